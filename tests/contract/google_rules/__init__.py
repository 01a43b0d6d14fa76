"""Filters and the vacation responder of a Gmail account, moved into an Exchange mailbox."""
