"""The new mailbox through the eyes of another program: plain exchangelib, without a line of the engine.

exchangelib declares its items' fields and not their values, so its objects are Any here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from exchangelib import BASIC, DELEGATE, Account, Build, Configuration, Credentials, ExtendedProperty, Message, Version
from exchangelib.folders import FolderCollection
from exchangelib.protocol import BaseProtocol, CachingProtocol
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from demo.servers import Exchange
from demo.truth import Place, Seen, content

FLAGGED = 2
FIELDS = ("subject", "mime_content", "datetime_received", "is_read", "is_draft", "flag_status", "categories")


class FlagStatus(ExtendedProperty):
    """PidTagFlagStatus [MS-OXOFLAG] 2.2.1.1, of messages; what exchangelib has as another type, as posts, lacks it."""

    property_tag: Any = 0x1090
    property_type: Any = "Integer"


if "flag_status" not in {field.name for field in Message.FIELDS}:
    Message.register("flag_status", FlagStatus)


class Mailbox:
    """An open mailbox."""

    def __init__(self, account: Any) -> None:
        self._account = account

    def folders(self) -> dict[Place, Any]:
        """Every mail folder by its path."""
        top = self._account.msg_folder_root
        found = FolderCollection(account=self._account, folders=[top]).find_folders(depth="Deep")
        by_id = {folder.id: folder for folder in found}
        return {
            _path(folder, by_id): folder
            for folder in by_id.values()
            if folder.folder_class in (None, "IPF.Note") or folder.folder_class.startswith("IPF.Note.")
        }

    def messages(self) -> Iterator[Seen]:
        """Every message, folder by folder."""
        for path, folder in self.folders().items():
            if folder.total_count:
                yield from (_seen(path, item) for item in folder.all().only(*FIELDS))

    def write(self, subject: str, text: str) -> None:
        """The owner puts a message of their own into the inbox."""
        Message(account=self._account, folder=self._account.inbox, subject=subject, body=text).save()


def _path(folder: Any, by_id: dict[str, Any]) -> Place:
    names = [folder.name]
    while (folder := by_id.get(folder.parent_folder_id.id)) is not None:
        names.append(folder.name)
    return tuple(reversed(names))


def _seen(path: Place, item: Any) -> Seen:
    text, files = content(item.mime_content)
    return Seen(
        folder=path, subject=item.subject or "", text=text, files=files, received=item.datetime_received,
        read=item.is_read, flagged=getattr(item, "flag_status", None) == FLAGGED, draft=item.is_draft,
        categories=tuple(item.categories or ()),
    )


@contextmanager
def opened(exchange: Exchange) -> Iterator[Mailbox]:
    """The mailbox, until the context ends; its server's certificate is verified."""

    class Verifying(HTTPAdapter):
        def send(self, request: PreparedRequest, **options: object) -> Response:  # type: ignore[override]
            return super().send(request, **{**options, "verify": str(exchange.ca_file)})  # type: ignore[arg-type]

    usual = BaseProtocol.HTTP_ADAPTER_CLS
    BaseProtocol.HTTP_ADAPTER_CLS = Verifying
    try:
        configuration = Configuration(
            service_endpoint=exchange.service, credentials=Credentials(exchange.login, exchange.password),
            auth_type=BASIC, version=Version(Build(15, 2)), max_connections=1,
        )
        account = Account(exchange.login, config=configuration, autodiscover=False, access_type=DELEGATE)
        yield Mailbox(account)
        account.protocol.close()
    finally:
        BaseProtocol.HTTP_ADAPTER_CLS = usual
        CachingProtocol.clear_cache()
