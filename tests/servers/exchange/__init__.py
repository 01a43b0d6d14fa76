"""Mailboxes of the Exchange emulator, as tests fill and read them."""
