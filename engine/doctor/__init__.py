"""What a server can do, tried with messages of our own."""
