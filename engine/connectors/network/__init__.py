"""How a server that a person named is reached, and what to say when it is not."""
