"""What Slack delivers, one file a conversation: plain functions, registered by `register(app, desk)`."""
