"""What a message is, as bytes: its key, its dates, its envelope, and one message of our own."""
