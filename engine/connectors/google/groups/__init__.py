"""Labels of Google Contacts, made into contact groups."""
