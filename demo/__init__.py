"""Playing one whole migration on this machine, and checking it."""
