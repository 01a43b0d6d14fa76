"""What people read and type at a terminal; `cli.py` is its door."""
