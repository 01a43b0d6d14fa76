"""Google in tests: accounts that a seed draws, how they are planted, moved and judged."""
