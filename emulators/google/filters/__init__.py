"""Gmail's filters: what they may be, which mail they match, and where it ends."""
