"""What people are told of items: sums, losses and lines."""
