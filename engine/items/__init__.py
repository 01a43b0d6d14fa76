"""What every content of items shares: listed, known again, copied once, proved, and removed."""
