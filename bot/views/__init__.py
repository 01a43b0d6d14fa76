"""What people see: views and messages as Slack takes them, made by pure functions."""
