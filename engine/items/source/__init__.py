"""What the source holds, listed and read."""
