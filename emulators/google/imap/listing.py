"""The folders: their tree, LIST in its old and extended forms (RFC 5258, 5819, 6154), and XLIST."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from emulators.google.imap.accounts import UserSettings
from emulators.google.imap.labels import ATTRIBUTES, Label, System
from emulators.google.imap.languages import LANGUAGES

# XLIST came before RFC 6154, and is deprecated: https://developers.google.com/workspace/gmail/imap/imap-extensions
_XLIST = {"\\All": "\\AllMail", "\\Junk": "\\Spam", "\\Flagged": "\\Starred"}


def folders(labels: Sequence[str], settings: UserSettings) -> dict[str, Label | None]:
    """The folders that a person's clients see, by path; None: one that cannot be selected.

    A level above a label that is no label itself is there, too, and cannot be selected.
    """
    paths: dict[str, Label | None] = {}
    own: dict[str, Label] = {path: folder for folder, path in LANGUAGES[settings.language].items()
           if folder is not System.CHAT or settings.chats}
    for path, folder in [*own.items(), *((label, label) for label in labels)]:
        if folder not in settings.hidden:
            for parent in _parents(path):
                paths.setdefault(parent, None)
            paths[path] = folder
    return dict(sorted(paths.items()))


def _parents(path: str) -> Iterable[str]:
    levels = path.split("/")
    return ("/".join(levels[:count]) for count in range(1, len(levels)))


def listed_attributes(path: str, folder: Label | None, among: Iterable[str]) -> list[str]:
    """What LIST tells of a folder: whether it can be selected, its children, its special use."""
    children = any(other.startswith(path + "/") for other in among)
    told = ["\\HasChildren" if children else "\\HasNoChildren"]
    if folder is None:
        told.append("\\Noselect")
    if isinstance(folder, System) and folder in ATTRIBUTES:
        told.append(ATTRIBUTES[folder])
    return told


def xlist_attributes(attributes: Iterable[str], folder: Label | None) -> list[str]:
    """The same for XLIST, which names some special uses otherwise, and INBOX as well."""
    told = [_XLIST.get(one, one) for one in attributes]
    return [*told, "\\Inbox"] if folder is System.INBOX else told


def matcher(reference: str, pattern: str) -> re.Pattern[str]:
    """A pattern of LIST: * is anything, % anything within a level (RFC 3501 §6.3.8). INBOX matches in any case."""
    whole = reference + pattern
    parts = re.split(r"([*%])", whole)
    wild = "".join({"*": ".*", "%": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    return re.compile(wild, re.DOTALL | (re.IGNORECASE if whole.upper().startswith("INBOX") else 0))
