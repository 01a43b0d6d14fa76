"""A stand-in for Google: consent, tokens, the Gmail API's answers, and Gmail's IMAP; knows nothing of the engine."""
