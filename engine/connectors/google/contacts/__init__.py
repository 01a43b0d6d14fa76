"""Google Contacts: people, made into contacts."""
