"""Rules, out-of-office and colours in tests: seeds, how they are planted, moved and judged."""
