"""The same mail over IMAP and from Exchange arrives as the same, but for the renderings in `docs/fidelity.md`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from itertools import chain, count

import pytest

from emulators.exchange.records import StoredMessage
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents.mail import COMES_AGAIN
from engine.messages.source_key import has_id
from engine.migration.record import Migration
from engine.ports.items import Marks
from engine.ports.source import SourceFolder
from tests.contract.exchange.conftest import account
from tests.servers import corpus
from tests.servers.hard_messages import Signer, hard_messages, letter
from tests.servers.memory.source import Kept, MemorySource
from tests.servers.outcomes import table
from tests.servers.world import PASSWORD, World, world

OLD, FIRST, OTHER = "old@example.org", "first@example.org", "other@example.org"
ARRIVED = datetime(2020, 5, 17, 8, 30, 7, tzinfo=UTC)
TABLE = table("fidelity", "renderings")
FOLDED, BOUNDARIES, LINE_ENDS = "where headers are folded", "boundaries between parts", "a lone CR"
ENDS = "line ends at the end of a part, and behind the last one"
ADDED = {
    "x-ms-has-attach": "X-MS-Has-Attach", "x-ms-tnef-correlator": "X-MS-TNEF-Correlator", "importance": "Importance",
}
LEFT_OUT = {"bcc": "Bcc", "disposition-notification-to": "Disposition-Notification-To"}
MEANING = {
    FOLDED: "their words are the same",
    BOUNDARIES: "the parts are the same",
    "X-MS-Has-Attach": "added by the server",
    "X-MS-TNEF-Correlator": "added by the server",
    "Importance": "added, where X-Priority says how important a message is",
    "Bcc": "left out; the hidden recipients arrive beside the message",
    "Disposition-Notification-To": "left out: the message asks for no receipt",
    ENDS: "all before them is the same",
    LINE_ENDS: "made a line end, also in an attachment that travels in 8 bits",
}


def lines(mime: bytes) -> bytes:
    """The message with its line ends as CRLF, as a server gives it over IMAP."""
    return mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _marks(number: int) -> Marks:
    return Marks(
        read=number % 2 == 0, flagged=number % 3 == 0, answered=number % 5 == 0, draft=number % 7 == 0,
        categories=("Red",) if number % 4 == 0 else (),
    )


def mail() -> dict[SourceFolder, list[Kept]]:
    """Everything, each message with a time of arrival of its own."""
    found = {name: list(corpus.messages(name).values()) for name in corpus.COLLECTIONS}
    for name, messages in found.items():
        if not messages:
            pytest.skip(corpus.MISSING.format(name))
    hard = [one.mime for kind, one in hard_messages(Signer()).items() if kind != "40 MB"]
    found["Hard"] = [*hard, letter("hidden", more=b"Bcc: Carol <carol@example.net>\r\n")]
    numbers = count()
    return {
        SourceFolder((name,), name): [
            Kept(lines(mime), ARRIVED + timedelta(seconds=number), _marks(number))
            for mime, number in zip(messages, numbers, strict=False)
        ] for name, messages in found.items()
    }


@dataclass
class Ways:
    """Two new mailboxes: `first` got the mail over IMAP and then from Exchange, `other` the other way round."""

    at: World
    mail: dict[SourceFolder, list[Kept]]
    first: tuple[Migration, Migration]
    other: tuple[Migration, Migration]
    over_imap: list[StoredMessage]
    from_exchange: list[StoredMessage]

    @property
    def without_id(self) -> Counter[tuple[str, ...]]:
        """How many messages have no Message-ID, by their folders."""
        return Counter(folder.path for folder, kept in self.mail.items() for one in kept if not has_id(one.mime))


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    held = mail()
    with world(tmp_path_factory.mktemp("ways"), {"imap": MemorySource(held)}, grace=0.02) as at:
        for address in (OLD, FIRST, OTHER):
            at.emulator.add_mailbox(address, password=PASSWORD)
        old = ExchangeSource(account(at.emulator.url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0,))
        at.connectors.sources["exchange"] = old     # type: ignore[assignment]  # a source as well
        at.address = OLD
        at.migrate("imap")
        before = at.emulator.dump(OLD)
        done: dict[str, list[Migration]] = {}
        there: dict[str, list[StoredMessage]] = {}
        for at.address, both in ((FIRST, ("imap", "exchange")), (OTHER, ("exchange", "imap"))):
            done[at.address] = [at.migrate(both[0])]
            there[at.address] = at.messages()
            done[at.address].append(at.migrate(both[1]))
        yield Ways(
            at, held, (done[FIRST][0], done[FIRST][1]), (done[OTHER][0], done[OTHER][1]), there[FIRST], there[OTHER],
        )
        assert at.emulator.dump(OLD) == before


def differences(one: bytes, other: bytes) -> Iterator[str]:
    """What of a message is rendered otherwise; AssertionError where it is none of what is known."""
    here, there = (list(message_from_bytes(mime).walk()) for mime in (one, other))
    assert len(here) == len(there)
    for mine, theirs in zip(here, there, strict=True):
        yield from _in_headers(mine, theirs)
        if not mine.is_multipart():
            yield from _in_content(mine, theirs)
        elif mine.get_boundary() != theirs.get_boundary():
            yield BOUNDARIES
        assert _words(mine.preamble) == _words(theirs.preamble)
        assert _words(mine.epilogue) == _words(theirs.epilogue)
        if mine.epilogue != theirs.epilogue:
            yield ENDS


def _in_headers(mine: Message, theirs: Message) -> Iterator[str]:
    here, there = _fields(mine), _fields(theirs)
    for name in here.keys() - there.keys():
        yield LEFT_OUT[name]
    for name in there.keys() - here.keys():
        yield ADDED[name]
    for name in here.keys() & there.keys():
        if name == "content-type" and mine.get_boundary() is not None:
            assert mine.get_content_type() == theirs.get_content_type()
            continue
        assert [_words(value) for value in here[name]] == [_words(value) for value in there[name]], name
        if here[name] != there[name]:
            yield FOLDED


def _fields(part: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in part.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def _words(value: str | None) -> list[str]:
    return (value or "").split()


def _in_content(mine: Message, theirs: Message) -> Iterator[str]:
    here, there = mine.get_payload(decode=True), theirs.get_payload(decode=True)
    assert isinstance(here, bytes)
    assert isinstance(there, bytes)
    if here != there:
        here, there = (re.sub(rb"\r\n?|\n", b"\n", content) for content in (here, there))
        yield LINE_ENDS if here == there else ENDS
        assert here.rstrip(b"\n") == there.rstrip(b"\n")


def seen(one: StoredMessage) -> tuple[object, ...]:
    """What its owner sees of a message beside its text."""
    return (
        one.folder, one.received, one.subject, one.sent, one.is_read, one.is_draft, one.flag_status,
        tuple(one.categories), one.importance,
    )


def test_folders_times_and_marks_are_the_same(ways: Ways) -> None:
    """Of every message; times to the second."""
    assert len(ways.over_imap) == sum(map(len, ways.mail.values())) > 150
    assert sorted(map(seen, ways.over_imap)) == sorted(map(seen, ways.from_exchange))


def test_what_is_rendered_otherwise_is_what_the_document_says(ways: Ways) -> None:
    """Each row is about something that differs, and nothing else does: neither a text nor an attachment."""
    theirs = {(one.folder, one.received): one.mime for one in ways.from_exchange}
    found = set(chain.from_iterable(
        differences(lines(one.mime), lines(theirs[one.folder, one.received])) for one in ways.over_imap
    ))

    for kind in (each for each in MEANING if each in found):
        TABLE.saw(kind, MEANING[kind])
    TABLE.holds_only(found)


def test_whichever_way_comes_second_copies_only_what_has_no_message_id(ways: Ways) -> None:
    """The report says folder by folder how many of those came again."""
    again = {f"{'/'.join(path)}: {number} messages" for path, number in ways.without_id.items()}
    for first, second in (ways.first, ways.other):
        counts = ways.at.counts(second)
        report = ways.at.engine.store.reported(second.task_id).failures

        assert ways.at.counts(first).copied == len(ways.over_imap)
        assert (counts.copied, counts.already_there) == (
            ways.without_id.total(), len(ways.over_imap) - ways.without_id.total()
        )
        assert {f"{line.folder}: {line.item}" for line in report if line.reason == COMES_AGAIN} == again
