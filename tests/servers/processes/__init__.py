"""Processes that tests start, kill and outlive."""
