"""A running Gmail, its tokens and its clients."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from tests.servers.gmail.account import IMAP_ADMIN, MAIL, Gmail, GmailSeed, SeedMessage, System

APP_PASSWORD = "abcd efgh ijkl mnop"
PASSWORD = "of Google's pages"
ANN = "ann@gmail.example"           # a whole mailbox, which no test changes
LANGUAGES = {"english@gmail.example": "en", "british@gmail.example": "en-GB", "deutsch@gmail.example": "de",
             "francais@gmail.example": "fr", "nihongo@gmail.example": "ja", "taiwan@gmail.example": "zh-TW"}
OTHERS = tuple(f"person-{number}@gmail.example" for number in range(40))


@dataclass
class World:
    """A running Gmail, and the authorization server behind its tokens. `skip` moves Gmail's clock on."""

    gmail: Gmail
    tokens: dict[str, dict[str, Any]]
    seed: GmailSeed
    _moved: list[float]
    _unused: list[str] = field(default_factory=lambda: list(OTHERS))

    def newcomer(self) -> str:
        """The address of somebody with six messages, whom no other test knows."""
        address = self._unused.pop()
        self.gmail.mailbox(address).plant(few())
        return address

    def token(self, address: str, *scopes: str, **claims: Any) -> str:
        """A new token of somebody, for IMAP unless other scopes are named."""
        token = f"ya29.{len(self.tokens)}"
        self.tokens[token] = {"active": True, "email": address, "scope": " ".join(scopes or [MAIL]), **claims}
        return token

    def admin_token(self, address: str) -> str:
        """A token of a service account with domain-wide delegation."""
        return self.token(address, IMAP_ADMIN)

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self._moved[0] += seconds

    @property
    def tls(self) -> ssl.SSLContext:
        """What trusts the server."""
        return trusting(self.gmail.ca_file)

    @contextmanager
    def client(self, address: str, token: str = "") -> Iterator[IMAPClient]:
        """Somebody's client, signed in with a token."""
        client = self.unsigned()
        try:
            client.oauth2_login(address, token or self.token(address))
            yield client
        finally:
            with suppress(OSError):     # it may have logged out, or been cut
                client.shutdown()

    def unsigned(self) -> IMAPClient:
        """A client that has not signed in."""
        return IMAPClient(self.gmail.host, self.gmail.port, ssl_context=self.tls, timeout=60)


def trusting(authority: Path) -> ssl.SSLContext:
    """What trusts that authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    return context


def few() -> GmailSeed:
    """Six messages: two in the Inbox, of which one is labelled, two archived, a spam and a deleted one."""
    places = ({System.INBOX}, {System.INBOX, "Work"}, {"Work"}, set(), {System.SPAM}, {System.TRASH, "Work"})
    begin = datetime(2024, 5, 1, 12, tzinfo=UTC)
    return GmailSeed(["Work", "Empty"], [
        SeedMessage(msgid=100 + number, name=f"<{number}@few>", received=begin + timedelta(days=number),
                    raw=f"Message-ID: <{number}@few>\r\nSubject: number {number}\r\n\r\n{'text ' * 200}\r\n".encode(),
                    labels=frozenset(labels))
        for number, labels in enumerate(places)])
