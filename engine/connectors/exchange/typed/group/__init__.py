"""Contact groups: what is read of one and written again, and what its digests hold."""
