"""Examining a deployment: its keys, store, programs, addresses, Slack and e-mail, a line for each thing."""
