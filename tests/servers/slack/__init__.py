"""Slack in tests: worlds with people, forms and cards."""
