"""What makes libraries quicker in tests; what they do stays the same."""
