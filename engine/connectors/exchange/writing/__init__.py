"""Items other than mail, as they are written into an Exchange mailbox: created, and finished request by request."""
