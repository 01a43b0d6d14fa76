"""Whose mailbox it is: how they sign in, and what they have set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from emulators.google.imap.labels import Label

FOLDER_LIMITS = (1000, 2000, 5000, 10_000)      # what Gmail's settings offer, under "Folder size limits"


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What a person can set about IMAP.

    `hidden` are labels and folders without "Show in IMAP" (ALL may be among them). `folder_limit`: a folder shows its
    newest so many messages alone. `chats`: the folder of an old account's conversations is shown.
    """

    imap: bool = True
    hidden: frozenset[Label] = frozenset()
    folder_limit: int | None = None
    chats: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `password` opens Google's pages only; an app password of sixteen letters opens IMAP."""

    address: str
    password: str = field(default="", repr=False)
    app_passwords: tuple[str, ...] = field(default=(), repr=False)
    settings: UserSettings = UserSettings()

    def has_app_password(self, typed: str) -> bool:
        """True: one of the app passwords was typed; spaces between its letters do not matter.

        Google shows it in four groups of four (https://support.google.com/accounts/answer/185833).
        """
        bare = re.sub(r"\s", "", typed)
        return bool(re.fullmatch(r"[a-z]{16}", bare)) and bare in {re.sub(r"\s", "", one) for one in self.app_passwords}
