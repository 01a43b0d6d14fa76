"""What of ours is at the destination, as its tags tell."""
