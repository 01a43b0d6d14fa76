"""Items removed again, and what of them stays."""
