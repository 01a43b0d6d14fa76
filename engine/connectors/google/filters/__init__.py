"""Gmail's filters, read as Inbox rules of Exchange that do the same."""
