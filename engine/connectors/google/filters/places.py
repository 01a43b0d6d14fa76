"""Where filters file mail: the folders of labels, as mail has them, by what the Gmail API tells of labels.

A consent for settings alone opens no IMAP. So LIST's rows are made of the labels' names; the mail of the same label
lies in the same folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cmp_to_key

from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.google.filters.shape import listed_in
from engine.connectors.google.mail.folders import ROOT, Mailbox, mailbox_of
from engine.connectors.google.mail.labels import Meaning
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import Interface
from engine.connectors.imap.names import INBOX, Row

PATH = "/users/me/labels"
_SEPARATOR = b"/"
# Gmail's own that have a place of their own in the new mailbox, which no label of the same name takes.
OWN = ((INBOX, b"\\inbox"), (b"[Gmail]/Trash", b"\\trash"), (b"[Gmail]/Spam", b"\\junk"))


def labels(asking: Asking) -> Mapping[str, str]:
    """The names of the owner's labels by their ids. Raises FatalError, RetryableError, RefusedError."""
    found = [one for one in listed_in(asking.one(Interface.GMAIL, PATH), "labels") if isinstance(one, dict)]
    told = ((str(one.get("id") or ""), str(one.get("name") or "")) for one in found if one.get("type") == "user")
    return {one: NOT_XML.sub("\ufffd", name) for one, name in told if one and name}


class Places:
    """The folders of a mailbox that has labels of those names."""

    def __init__(self, names: Iterable[str]) -> None:
        rows = [Row(name.encode(), _SEPARATOR, frozenset()) for name in names]
        own = [Row(name, _SEPARATOR, frozenset({use})) for name, use in OWN]
        self.mailbox: Mailbox = mailbox_of([*own, *rows], utf8=True)
        self._known: dict[frozenset[str], Meaning] = {}
        self._names = {folder.ref: "/".join(folder.path[folder.path[0] == ROOT:]) for folder in self.mailbox.shown}

    def of(self, names: Iterable[str]) -> Meaning:
        """Where a message of exactly those labels lies, and its categories."""
        asked = frozenset(names)
        found = self._known.get(asked)
        if found is None:
            found = self._known[asked] = self.mailbox.labels.in_one_folder([name.encode() for name in asked])
        return found

    def named(self, ref: str) -> str:
        """What the folder is called, with those above it."""
        return self._names.get(ref, ref)

    def order(self, sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
        """Sets of labels; one comes before another if a message with both lies in the folder of the first."""
        return sorted(sets, key=cmp_to_key(self._compare))

    def _compare(self, one: frozenset[str], other: frozenset[str]) -> int:
        mine, theirs, both = (self.of(names).folder for names in (one, other, one | other))
        return 0 if mine == theirs else -1 if both == mine else 1
