"""An emulator with one mailbox, and raw requests to it."""

import base64
import http.client
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings

ADDRESS, PASSWORD = "claire@example.org", "correct horse"
_M = "http://schemas.microsoft.com/exchange/services/2006/messages"
_T = "http://schemas.microsoft.com/exchange/services/2006/types"


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[ExchangeEmulator]:
    """A running server with the mailbox of Claire; it must not have broken its own schema."""
    running = ExchangeEmulator(tmp_path / "exchange.db", settings=Settings())
    running.add_mailbox(ADDRESS, password=PASSWORD, user="EXAMPLE\\claire")
    with running:
        yield running
        assert running.schema_faults == []


class Client:
    """One keep-alive connection that sends SOAP bodies."""

    def __init__(self, url: str, *, password: str = PASSWORD, timeout: float = 30) -> None:
        """Connect when the first request is sent."""
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        self._token = base64.b64encode(f"{ADDRESS}:{password}".encode()).decode()

    def post(self, body: str, *, version: str = "Exchange2013_SP1") -> tuple[int, bytes]:
        """Send a body; the status and the bytes of the answer."""
        envelope = (
            f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="{_M}" xmlns:t="{_T}">'
            f'<s:Header><t:RequestServerVersion Version="{version}"/></s:Header><s:Body>{body}</s:Body></s:Envelope>'
        )
        self.connection.request("POST", "/EWS/Exchange.asmx", envelope.encode(), {
            "Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {self._token}"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def call(self, body: str, *, version: str = "Exchange2013_SP1") -> etree._Element:
        """Send a body; the parsed answer."""
        return etree.fromstring(self.post(body, version=version)[1])

    def create(self, *raw: bytes, folder: str = "inbox", extra: str = "") -> etree._Element:
        """Create messages from their MIME, neither drafts nor read."""
        flags = ('<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
                 "<t:Value>0</t:Value></t:ExtendedProperty>")
        items = "".join(f"<t:Message><t:MimeContent>{base64.b64encode(one).decode()}</t:MimeContent>{extra}{flags}"
                        "</t:Message>" for one in raw)
        return self.call(f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
                         f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items>{items}</m:Items>'
                         "</m:CreateItem>")

    def codes(self, answer: etree._Element) -> list[str]:
        """The response codes of an answer."""
        return [str(one.text) for one in answer.iter(f"{{{_M}}}ResponseCode")]

    def ids(self, answer: etree._Element) -> list[str]:
        """The item ids in an answer, as elements to send."""
        return [f'<t:ItemId Id="{one.get("Id")}"/>' for one in answer.iter(f"{{{_T}}}ItemId")]


@pytest.fixture
def connect() -> Iterator[Callable[[str], Client]]:
    """Opens connections, and closes them in the end."""
    made: list[Client] = []

    def opened(url: str) -> Client:
        made.append(Client(url))
        return made[-1]

    yield opened
    for one in made:
        one.connection.close()


@pytest.fixture
def client(emulator: ExchangeEmulator, connect: Callable[[str], Client]) -> Client:
    """A connection to the emulator."""
    return connect(emulator.url)
