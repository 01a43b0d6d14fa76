"""Tasks: what Exchange computes of what is to be done."""
