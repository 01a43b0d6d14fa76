"""Playing whole migrations on this machine, and checking them."""
