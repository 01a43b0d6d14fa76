"""Google's task lists become folders of tasks."""
