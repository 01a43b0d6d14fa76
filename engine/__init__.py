"""Moves mailboxes. Knows no Slack, no Flask, no RQ."""
