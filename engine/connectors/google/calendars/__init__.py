"""Google's calendars: their events, made into the appointments that an Exchange source would have given."""
