"""How much at once, when to ask again, and when to stop."""
