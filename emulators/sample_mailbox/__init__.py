"""A believable mailbox to try the product with: Claire Martin's, translator and project manager in Lyon.

Everything in it was written for this purpose; the people, places and firms do not exist.
"""
