"""Contacts as Exchange's own element: what of one is read and written, and what it is for a digest."""
