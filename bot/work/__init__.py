"""What workers do with an order, and what is done from time to time."""
