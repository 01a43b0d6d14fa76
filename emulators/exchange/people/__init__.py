"""Contacts, contact groups and the directory: what Exchange computes of people."""
