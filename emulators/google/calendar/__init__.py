"""Google Calendar, as developers.google.com/workspace/calendar/api documents it; pure but for what is registered."""
