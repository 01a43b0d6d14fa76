"""Consent at Google in tests: pages, browsers and numbers."""
