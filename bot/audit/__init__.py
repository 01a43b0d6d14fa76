"""What is written into a workspace's audit, and how people read it."""
