"""Google Tasks: lists and their tasks."""
