"""Google accounts: mail over IMAP, and whatever Google's own interfaces give."""
