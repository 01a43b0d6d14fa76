"""Mail of Gmail in tests."""
