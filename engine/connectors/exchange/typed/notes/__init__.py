"""Sticky notes: what is read of them, what is written again, and what their digests hold."""
