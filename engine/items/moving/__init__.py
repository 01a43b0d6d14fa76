"""Batches on their way: each item written once, and proved."""
