"""Google's tasks, moved."""
