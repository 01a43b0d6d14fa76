"""Mail by Gmail's IMAP: labels, folders, and what it does not show."""
