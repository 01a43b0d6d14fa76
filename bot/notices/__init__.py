"""What is sent to people, and when: queued, retried, written down as sent."""
