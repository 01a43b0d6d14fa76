"""The mailbox's owner, with a mail program of their own: plain exchangelib, no code of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exchangelib import (
    BASIC,
    DELEGATE,
    Account,
    Build,
    Configuration,
    Credentials,
    ExtendedProperty,
    Folder,
    Message,
    Version,
)
from exchangelib.protocol import CachingProtocol


class FlagStatus(ExtendedProperty):
    """PidTagFlagStatus: 2 is flagged."""

    property_tag = 0x1090
    property_type = "Integer"


class LastVerb(ExtendedProperty):
    """PidTagLastVerbExecuted: 102 replied, 104 forwarded."""

    property_tag = 0x1081
    property_type = "Integer"


for name, field in (("flag_status", FlagStatus), ("last_verb", LastVerb)):
    if name not in {known.name for known in Message.FIELDS}:      # the demo registers one of them, too
        Message.register(name, field)


class Owner:
    """What an owner does in their mailbox."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def folder(self, *names: str) -> Folder:
        folder = self.account.inbox if names[0] == "Inbox" else self.account.msg_folder_root
        for name in names[1:] if names[0] == "Inbox" else names:
            folder = next(f for f in self._children(folder) if f.name == name)
        return folder

    def _children(self, folder: Folder) -> list[Folder]:
        from exchangelib.folders import FolderCollection

        found = FolderCollection(account=self.account, folders=[folder]).find_folders(depth="Shallow")
        return [f for f in found if not isinstance(f, Exception)]

    def one(self, folder: Folder, subject: str) -> Message:
        return folder.filter(subject=subject).get()

    def write(self, folder: Folder, subject: str) -> None:
        Message(account=self.account, folder=folder, subject=subject, body="mine").save()

    def new_folder(self, parent: Folder, name: str) -> Folder:
        folder = Folder(parent=parent, name=name)
        folder.save()
        return folder


@contextmanager
def owner(url: str, address: str, password: str) -> Iterator[Owner]:
    """Signs in with a client that shares nothing with the engine."""
    config = Configuration(
        service_endpoint=url, credentials=Credentials(address, password), auth_type=BASIC,
        version=Version(Build(15, 2)), max_connections=2,
    )
    account = Account(address, config=config, autodiscover=False, access_type=DELEGATE)
    try:
        yield Owner(account)
    finally:
        account.protocol.close()
        CachingProtocol.clear_cache()
