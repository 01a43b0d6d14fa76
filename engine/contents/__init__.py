"""One file a content: migrate above, rollback below."""
