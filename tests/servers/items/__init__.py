"""Contacts, groups, tasks and notes in tests: seeds, how they are planted, moved and judged."""
