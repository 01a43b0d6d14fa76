"""Where items go, and which folders are made or removed."""
