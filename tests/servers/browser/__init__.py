"""Browsers in tests, and the pages that they see."""
