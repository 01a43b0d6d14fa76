"""What takes an hour: every point at which a process can be killed, and thousands of histories drawn at random."""
