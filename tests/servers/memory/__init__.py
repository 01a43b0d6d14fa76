"""Sources and destinations in memory."""
