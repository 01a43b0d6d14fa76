"""What the Gmail API tells of the mail that is served over IMAP."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from emulators.google.imap.labels import Label, System
from emulators.google.imap.mailbox import Message
from emulators.google.imap.server import GmailImap
from emulators.google.mailboxes import Label as ApiLabel
from emulators.google.mailboxes import Raw, system_labels

_SYSTEM: Mapping[str, System] = MappingProxyType({
    "CHAT": System.CHAT, "SENT": System.SENT, "INBOX": System.INBOX, "IMPORTANT": System.IMPORTANT,
    "TRASH": System.TRASH, "DRAFT": System.DRAFT, "SPAM": System.SPAM, "STARRED": System.STARRED,
})


class ImapMailboxes:
    """`Mailboxes` for the Gmail API. What a person's IMAP settings hide is counted: the API knows nothing of them.

    A label's counts are those of its folder: what lies in Trash or Spam is counted there alone.
    """

    def __init__(self, imap: GmailImap) -> None:
        """Tell of that server's accounts; of an address that has none, nothing."""
        self._imap = imap
        self._ids: dict[str, dict[str, str]] = defaultdict(dict)

    def messages_total(self, address: str) -> int:
        """All messages, those in Spam and Trash and conversations among them."""
        return len(self._messages(address))

    def threads_total(self, address: str) -> int:
        """How many conversations these are."""
        return len({one.thread for one in self._messages(address)})

    def labels(self, address: str) -> Sequence[ApiLabel]:
        """The system's labels, and the user's with ids that last as long as their names."""
        own = [self._label(address, name) for name in self._imap.mailbox(address).labels] if self._has(address) else []
        return [*(self._counted(address, one, _SYSTEM.get(one.id)) for one in system_labels()), *own]

    def add_label(self, address: str, name: str) -> ApiLabel:
        """A label of the user's own, which is a folder over IMAP."""
        self._imap.mailbox(address).create_label(name)
        return self._label(address, name)

    def message(self, address: str, msgid: int) -> Raw | None:
        """One message, read from the server behind."""
        found = self._imap.mailbox(address).messages.get(msgid) if self._has(address) else None
        if found is None:
            return None
        held = {folder: one.id for one in system_labels() if (folder := _SYSTEM.get(one.id)) is not None}
        named = [held.get(one) if isinstance(one, System) else self._label(address, one).id for one in found.labels]
        unread = () if "\\Seen" in found.flags else ("UNREAD",)
        return Raw(content=self._imap.raw(address, found.stored), thread=found.thread,
                   labels=(*sorted(one for one in named if one), *unread),
                   received=int(found.received.timestamp() * 1000))

    def _label(self, address: str, name: str) -> ApiLabel:
        ids = self._ids[address.lower()]
        made = ApiLabel(id=ids.setdefault(name, f"Label_{len(ids) + 1}"), name=name)
        return self._counted(address, made, name)

    def _counted(self, address: str, label: ApiLabel, folder: Label | None) -> ApiLabel:
        if label.id == "UNREAD":
            shown = [one for one in self._messages(address) if "\\Seen" not in one.flags]
        elif folder is None or not self._has(address):
            return label
        else:
            shown = [one for _, one in self._imap.mailbox(address).view(folder)]
        unread = [one for one in shown if "\\Seen" not in one.flags]
        return dataclasses.replace(
            label, messages_total=len(shown), messages_unread=len(unread),
            threads_total=len({one.thread for one in shown}), threads_unread=len({one.thread for one in unread}))

    def _messages(self, address: str) -> Sequence[Message]:
        return list(self._imap.mailbox(address).messages.values()) if self._has(address) else []

    def _has(self, address: str) -> bool:
        return self._imap.account(address) is not None
