"""The People API: contacts, their groups and photos, and other contacts."""
