"""Our engine beside the simplest script of stock libraries that does the same."""
