"""Google's contacts become contacts, their labels categories."""
