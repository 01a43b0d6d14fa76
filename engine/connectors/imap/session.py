"""One signed-in connection, and the few commands that reading a mailbox takes.

Folders are opened with EXAMINE and bodies fetched with PEEK, so nothing changes at the server (RFC 3501 §6.3.2,
§6.4.5).
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient.response_parser import parse_response

from engine.connectors.imap import failures
from engine.connectors.imap.connection import LARGEST_ANSWER, Client, NotImapError
from engine.connectors.imap.fetch_response import Fetched, parse
from engine.connectors.imap.names import Row, rows

_QUOTABLE = re.compile(rb"[\x20-\x7e]{0,900}")
GOODBYE = 2.0       # seconds that LOGOUT may take
_MESSAGES = re.compile(rb"\bMESSAGES\s+\"?(\d+)[^()]*\)\s*$", re.IGNORECASE)


class LostError(Exception):
    """The connection is gone, or what comes over it makes no sense any more. A new one may do better.

    `words` are for the owner, after the host's name. `salvaged` is what had come whole of a FETCH until then.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        self.salvaged: tuple[Fetched, ...] = ()
        self.too_much = False


class DeclinedError(Exception):
    """The server answered NO or BAD; `words` are its own. `opening`: to EXAMINE."""

    def __init__(self, words: str, *, opening: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.opening = opening


@dataclass(frozen=True, slots=True)
class Opened:
    """What EXAMINE says of a folder. `validity` and `next_uid` are 0 where the server keeps them to itself."""

    exists: int
    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes of the three kinds of namespaces (RFC 2342), as raw names."""

    personal: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()


class Session:
    """A signed-in connection. Raises LostError and DeclinedError, nothing of imaplib's."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._imap = client._imap
        self.folder: bytes | None = None
        self.opened = Opened(0, 0, 0)
        self.utf8 = False
        with self._boundary():
            self.capabilities = client.offered()
            self._introduce()

    def _introduce(self) -> None:
        """Says who we are where the server asks (RFC 2971; some open no folder otherwise), and takes UTF-8."""
        if "ID" in self.capabilities:
            self._try("ID", b'("name" "OMM for Slack")')
        if "ENABLE" in self.capabilities and "UTF8=ACCEPT" in self.capabilities:
            enabled = self._try("ENABLE", b"UTF8=ACCEPT")
            told = self._imap.untagged_responses.pop("ENABLED", None) or []
            self.utf8 = enabled and any(b"UTF8=ACCEPT" in (line or b"").upper() for line in told)   # RFC 5161 §3.2

    def _try(self, command: str, argument: bytes) -> bool:
        try:
            return bool(self._imap._simple_command(command, argument)[0] == "OK")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return False

    @contextmanager
    def _boundary(self) -> Iterator[None]:
        try:
            yield
        except imaplib.IMAP4.abort as error:
            raise LostError(failures.lost(error, self._imap.untagged_responses.get("BYE"))) from error
        except imaplib.IMAP4.error as error:                    # BAD
            raise DeclinedError(failures.words_of(error)) from error
        except (OSError, NotImapError, ValueError, TypeError, LookupError, AssertionError) as error:
            raise LostError(failures.lost(error)) from error

    def _command(self, command: str, *arguments: bytes, answer: str | None = None) -> list[bytes | tuple[bytes, bytes]]:
        """The untagged answers of one kind to a command."""
        with self._boundary():
            kind, data = self._imap._simple_command(command, *arguments)
            if kind != "OK":
                raise DeclinedError(failures.text_of(data))
            found = self._imap.untagged_responses.pop(answer or command, [])
        return [record for record in found if record is not None]

    def _name(self, raw: bytes) -> tuple[bytes, ...]:
        """A mailbox name as the command's last argument: quoted, or as imaplib's one literal (RFC 3501 §4.3)."""
        if _QUOTABLE.fullmatch(raw) or self.utf8:
            return (b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"',)
        self._imap.literal = raw
        return ()

    def folders(self) -> list[Row]:
        """All mailboxes that the server shows us, subscribed to or not, with their special uses where it knows."""
        self._imap.untagged_responses.pop("LIST", None)
        if "SPECIAL-USE" in self.capabilities:
            try:
                return list(rows(self._command("LIST", b'""', b'"*"', b"RETURN (SPECIAL-USE)", answer="LIST")))
            except DeclinedError:
                self._imap.untagged_responses.pop("LIST", None)
        elif "XLIST" in self.capabilities:
            return list(rows(self._command("XLIST", b'""', b'"*"')))
        return list(rows(self._command("LIST", b'""', b'"*"')))

    def namespaces(self) -> Namespaces:
        """The namespaces, or nothing where the server has no such command.

        Raises DeclinedError when it has the command and refuses it: paths that are guessed would be other folders.
        """
        if "NAMESPACE" not in self.capabilities:
            return Namespaces()
        return _namespaces(self._command("NAMESPACE"))

    def count(self, raw: bytes, *, surely: bool = False) -> int:
        """How many messages a folder holds; 0 where the server does not say.

        `surely`: DeclinedError where it may say so later.
        """
        try:
            if _QUOTABLE.fullmatch(raw) or self.utf8:
                answer = self._command("STATUS", *self._name(raw), b"(MESSAGES)")
                found = _MESSAGES.search(answer[-1]) if answer and isinstance(answer[-1], bytes) else None
                return int(found[1]) if found else 0
            return self.examine(raw).exists
        except DeclinedError as declined:
            if surely and failures.is_passing(declined.words):
                raise
            return 0

    def examine(self, raw: bytes) -> Opened:
        """Opens a folder read-only."""
        self.folder = None
        with self._boundary():
            self._imap.untagged_responses.clear()
            self._imap.is_readonly = True
            kind, data = self._imap._simple_command("EXAMINE", *self._name(raw))
            if kind != "OK":
                self._imap.state = "AUTH"
                raise DeclinedError(failures.text_of(data), opening=True)
            self._imap.state = "SELECTED"
            self.folder = raw
            self.opened = Opened(self._number("EXISTS"), self._number("UIDVALIDITY"), self._number("UIDNEXT"))
            return self.opened

    def _number(self, answer: str) -> int:
        values = self._imap.untagged_responses.get(answer) or [b"0"]
        found = re.match(rb"\d+", values[-1] or b"0")
        return int(found[0]) if found else 0

    def fetch(
        self, messages: bytes, items: bytes, *, by_uid: bool = True, most: int = LARGEST_ANSWER
    ) -> list[Fetched]:
        """The answers to one FETCH. LostError(too_much) when their sections hold more than `most` bytes together.

        A NO because of messages that are gone leaves those out (RFC 5530, EXPUNGEISSUED); any other NO leaves it
        open what is missing, so it is a DeclinedError.
        """
        for name in ("FETCH", "EXPUNGE", "VANISHED"):
            self._imap.untagged_responses.pop(name, None)
        command = ("UID", b"FETCH") if by_uid else ("FETCH",)
        fetched: list[Fetched] = []
        try:
            self._imap.most_held = most
            with self._boundary():
                kind, data = self._imap._simple_command(*command, messages, items)
                self._take_fetched(fetched)
        except LostError as lost:
            with suppress(ValueError):
                self._take_fetched(fetched)
            lost.salvaged = tuple(fetched)
            lost.too_much = self._imap.was_too_much
            raise
        finally:
            self._imap.most_held = LARGEST_ANSWER
        if kind != "OK" and failures.code_of(words := failures.text_of(data)) != "EXPUNGEISSUED":
            raise DeclinedError(words)
        return fetched

    def _take_fetched(self, into: list[Fetched]) -> None:
        """What has come of a FETCH. ValueError at the first response that cannot be read; those before it are in."""
        for fetched in parse(self._imap.untagged_responses.pop("FETCH", [])):
            into.append(fetched)
        if any(fetched.uid is None for fetched in into) and "EXPUNGE" not in self._imap.untagged_responses:
            _join(into)

    def search(self, what: bytes) -> list[int]:
        """The UIDs of messages of the open folder of which that is true (RFC 3501 §6.4.4)."""
        self._imap.untagged_responses.pop("SEARCH", None)
        found = self._command("UID", b"SEARCH", what, answer="SEARCH")
        return [int(uid) for line in found if isinstance(line, bytes) for uid in line.split() if uid.isdigit()]

    def is_well(self) -> bool:
        """True: the connection takes a command that nothing can be wrong with. Raises LostError."""
        try:
            self._command("NOOP")
        except DeclinedError:
            return False
        return True

    def refresh(self) -> None:
        """Lets the server say what has changed (RFC 3501 §6.1.2)."""
        with suppress(DeclinedError):
            self._command("NOOP")

    def close(self) -> None:
        """Says goodbye where there is still somebody to hear it."""
        try:
            self._client.wait_at_most(GOODBYE)
            self._imap.logout()
        except (OSError, imaplib.IMAP4.error, ValueError, TypeError, LookupError, AssertionError, AttributeError):
            self.drop()

    def drop(self) -> None:
        """Closes the socket without a word."""
        self._client.drop()


def _join(responses: list[Fetched]) -> None:
    """Gives a response without UID the UID that another one about the same message number has."""
    uids = {each.number: each.uid for each in responses if each.uid is not None and each.number is not None}
    for each in responses:
        if each.uid is None and each.number is not None:
            each.uid = uids.get(each.number)


def _namespaces(answer: list[bytes | tuple[bytes, bytes]]) -> Namespaces:
    """Personal, other users' and shared namespaces, each NIL or a list of (prefix, separator, …)."""
    try:
        parsed: Any = parse_response(answer)        # type: ignore[arg-type]  # its hint forgets literals
        kinds = [tuple(bytes(entry[0]) for entry in kind or ()) for kind in parsed[:3]]
    except (ValueError, TypeError, LookupError, AssertionError, imaplib.IMAP4.error):
        return Namespaces()
    return Namespaces(kinds[0] if kinds else (), tuple(prefix for kind in kinds[1:] for prefix in kind))
