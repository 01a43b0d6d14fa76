"""Google Calendar: calendars and their events, made into appointments."""
