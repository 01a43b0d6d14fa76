"""Gmail over IMAP: a proxy that makes one folder of a real IMAP server look like a Gmail account."""
