"""The Tasks API: lists, and tasks with their sub-tasks."""
