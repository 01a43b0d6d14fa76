"""How the owner of a Google account consents, from the form to what was granted."""
