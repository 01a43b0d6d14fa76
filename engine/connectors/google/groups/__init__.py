"""Labels of Google's contacts become contact groups, as well as categories."""
