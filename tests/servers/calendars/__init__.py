"""Calendars in tests: seeds, how they are planted and judged."""
