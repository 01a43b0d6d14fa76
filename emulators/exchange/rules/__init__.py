"""Inbox rules: kept, checked, and carried out on mail that is delivered ([MS-OXWSRULES], [MS-OXORULE])."""
