"""A migration: what was asked, where it stands, how it moves forwards and back, and what people do to it."""
