"""Access to a Google account: consent, tokens, service accounts, and giving it back."""
