"""Google's calendars, moved: what a new mailbox shows of them, and what the report says."""
