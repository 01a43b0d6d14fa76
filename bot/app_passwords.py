"""App passwords: what is typed for a Google account where its owner cannot be asked for consent.

Google makes one of 16 letters for an account with 2-step verification, and shows it in four groups
(support.google.com/accounts/answer/185833). The account's own password does not open it over IMAP.
"""

from __future__ import annotations

import re

from engine.errors import InputError
from engine.store.vault import Secret

IS_ONE = re.compile(r"[A-Za-z]{16}")
LABEL = "App password"
HINT = (
    "It has 16 letters, and is made at myaccount.google.com/apppasswords. The account needs 2-step verification. In "
    "Google Workspace, an admin may have switched app passwords off."
)
NOT_ONE = (
    "This is no app password: Google makes them of 16 letters. The account's own password does not open it, so please "
    "change that one if you have typed it here."
)


def app_password(typed: str) -> Secret:
    """The app password without the spaces that Google shows in it. Raises InputError for what cannot be one."""
    if not is_app_password(typed):
        raise InputError(NOT_ONE)
    return Secret("".join(typed.split()).lower())


def is_app_password(typed: str) -> bool:
    """True: it may be one."""
    return IS_ONE.fullmatch("".join(typed.split())) is not None
