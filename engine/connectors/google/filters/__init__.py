"""Gmail filters, made into Inbox rules."""
