"""A stand-in for Google: consent, tokens, what the Gmail API says of a mailbox, and Gmail's IMAP."""

from emulators.google.calls import Call
from emulators.google.clients import Client, NotPossibleError
from emulators.google.emulator import GoogleEmulator
from emulators.google.faults import Fault
from emulators.google.mailboxes import Label, Mailboxes
from emulators.google.settings import Settings

__all__ = ["Call", "Client", "Fault", "GoogleEmulator", "Label", "Mailboxes", "NotPossibleError", "Settings"]
