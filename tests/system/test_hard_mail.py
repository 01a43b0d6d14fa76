"""Mail as the world has it: messages that nobody here wrote, and one of each kind that programs trip over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.migration.record import State
from engine.ports.destination import Limits
from tests.recovery.hard_servers.conftest import moving
from tests.servers import corpus
from tests.servers.hard_messages import RECEIVED, SIGNED_PART, Signer, hard_messages, too_large
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.mail_servers.hard_imap import Held, hard_imap
from tests.servers.outcomes import table
from tests.servers.processes.installation import ADDRESS, Installation, installation

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

COLLECTED = table("fidelity", "collections")
KINDS = table("fidelity", "kinds")
SIGNER = Signer()
HARD = hard_messages(SIGNER)
TOO_LARGE = "one over the destination's limit (48 MB)"
AS_RECEIVED = "as received"

# What does not arrive as it lies in the source's files, and why.
NUL = "as the server gives it: Dovecot gives the byte 80 (hexadecimal) for NUL"
OTHERWISE = {"NUL bytes in header and body": NUL, "UTF-16 text": NUL}
AT_LEAST = {corpus.CPYTHON: 45, "mail-parser": 23, "talon": 13, "mailman": 13}
WITH_NUL = {"mail-parser": 2}       # a message as Outlook keeps it in a file, and one that is damaged


@dataclass
class Moved:
    """The installation after its migration, with what the source holds of what nobody here wrote."""

    at: Installation
    said: dict[str, Any]
    real: dict[str, list[bytes]]
    arrived: dict[str, Counter[bytes]]


def lines(mime: bytes) -> bytes:
    """The message with every line end as CRLF; a lone CR is none."""
    return mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


LINES = {kind: lines(one.mime) for kind, one in HARD.items()}


def place(maildir: Path, folder: str, messages: list[tuple[bytes, datetime]]) -> None:
    """Puts messages into a Maildir as they are: no size and no index says anything about them."""
    for each in ("cur", "new", "tmp"):
        (maildir / f".{folder}" / each).mkdir(parents=True)
    for number, (mime, received) in enumerate(messages):
        path = maildir / f".{folder}" / "cur" / f"{number + 1:09}.M{number}P1.real:2,S"
        path.write_bytes(mime)
        os.utime(path, (received.timestamp(), received.timestamp()))


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    real = {name: list(corpus.messages(name).values()) for name in corpus.COLLECTIONS}
    hard = [(one.mime, one.received) for one in HARD.values() for _ in range(one.copies)]
    with installation(tmp_path_factory.mktemp("hard")) as at:
        home = at.imap.home("claire")
        for number, messages in enumerate(real.values()):
            place(home / "Maildir", f"Real{number}", [(mime, RECEIVED) for mime in messages])
        place(home / "Maildir", "Hard", hard)
        place(home / "Maildir", "Large", [(too_large(Limits().largest_message), RECEIVED)])
        at.imap.give_away(home)
        said = at.migrate(timeout=250)
        arrived: dict[str, Counter[bytes]] = {}
        for message in at.emulator.messages(ADDRESS):
            arrived.setdefault(message.folder[0], Counter())[lines(message.mime)] += 1
        yield Moved(at, said, real, arrived)


@pytest.mark.parametrize("collection", corpus.COLLECTIONS)
def test_real_messages_arrive_as_received(moved: Moved, collection: str) -> None:
    """Messages that nobody here wrote arrive byte for byte, every one of them."""
    if not moved.real[collection]:
        pytest.skip(corpus.MISSING.format(collection))
    there = moved.arrived[f"Real{corpus.COLLECTIONS.index(collection)}"]

    expected = Counter(lines(mime).replace(b"\0", b"\x80") for mime in moved.real[collection])
    with_nul = sum(b"\0" in mime for mime in moved.real[collection])
    assert there == expected
    assert sum(expected.values()) >= AT_LEAST[collection]
    assert with_nul == WITH_NUL.get(collection, 0)
    COLLECTED.saw(collection, f"each as received; {with_nul} of them {NUL}" if with_nul else "each as received")


def seen(moved: Moved, kind: str) -> str:
    """What became of a kind, in the document's words."""
    if kind == TOO_LARGE:
        return f"named: {next(f['reason'] for f in moved.said['failures'] if f['folder'] == 'Large')}"
    there, mime = moved.arrived["Hard"], LINES[kind]
    alike = sum(HARD[each].copies for each, other in LINES.items() if other == mime)
    if there[mime] == alike:
        return AS_RECEIVED
    if there[mime.replace(b"\0", b"\x80")] == alike:
        return NUL
    return "not as received"


@pytest.mark.parametrize("kind", [*HARD, TOO_LARGE])
def test_hard_messages_arrive_as_received(moved: Moved, kind: str) -> None:
    """One of each kind arrives byte for byte, or is on the list of what cannot, with its reason."""
    expected = OTHERWISE | {TOO_LARGE: "named: larger than the destination takes"}

    assert seen(moved, kind) == expected.get(kind, AS_RECEIVED)
    KINDS.saw(kind, seen(moved, kind))


def test_nothing_disappears(moved: Moved) -> None:
    """The sums balance, 95 in a hundred arrive, and the rest is named with folder, subject, date, size and reason."""
    counts = moved.said["contents"]["mail"]
    held = sum(len(each) for each in moved.real.values()) + sum(one.copies for one in HARD.values()) + 1

    assert counts["found"] == held
    assert counts["found"] == sum(counts[name] for name in ("copied", "already_there", "failed", "left_out"))
    assert counts["copied"] == sum(sum(each.values()) for each in moved.arrived.values())
    assert counts["copied"] >= 0.95 * held
    assert [(f["folder"], f["item"], f["reason"]) for f in moved.said["failures"]] == [
        ("Large", "Too large (Ann <ann@example.net>, 2020-05-17 08:29, 50.3 MB)", "larger than the destination takes")
    ]


def test_received_dates_and_twins_are_kept(moved: Moved) -> None:
    """Dates of reception from 1970 to 2100 are those of the source, and each twin is there."""
    there = Counter((lines(m.mime), m.received) for m in moved.at.emulator.messages(ADDRESS) if m.folder == ("Hard",))

    for kind, one in HARD.items():
        if kind not in OTHERWISE:
            assert there[LINES[kind], f"{one.received:%Y-%m-%dT%H:%M:%SZ}"] == one.copies


def test_signatures_hold_and_secrets_can_be_read(moved: Moved) -> None:
    """A signature of S/MIME still verifies, what was encrypted can be read, and PGP's signed part has every byte."""
    def there(word: bytes) -> bytes:
        return next(mime for mime in moved.arrived["Hard"] if b"Subject: " + word in mime)

    SIGNER.verify(there(b"SMIME signed"))
    assert SIGNER.read(there(b"SMIME encrypted")) == SIGNED_PART
    assert SIGNED_PART + b"\r\n------=_hard" in there(b"PGP signed")


def test_a_second_run_finds_them_all_again(moved: Moved) -> None:
    """Without Message-ID, without header, alike or not: none is copied a second time."""
    said = moved.at.migrate(timeout=250)

    counts = said["contents"]["mail"]
    assert (counts["copied"], counts["failed"]) == (0, 1)
    assert counts["already_there"] == counts["found"] - 1


def test_what_a_server_gives_arrives_to_the_byte(tmp_path: Path) -> None:
    """From a server that changes nothing, NUL bytes and lone line feeds arrive too, of real messages as of others."""
    given = [(one.mime, one.received) for kind, one in HARD.items() if kind != "40 MB"]
    given += [(mime, RECEIVED) for name in corpus.COLLECTIONS for mime in corpus.messages(name).values()]
    held = [Held(number + 1, mime, received) for number, (mime, received) in enumerate(given)]
    with hard_imap(held) as server, moving(tmp_path, server) as moved:
        there = Counter(m.mime for m in moved.world.messages())

    assert moved.migration.state is State.COMPLETED
    assert there == Counter(mime for mime, _ in given)


def test_the_document_is_about_these_kinds() -> None:
    """No row of the document is without a test."""
    KINDS.holds_only([*HARD, TOO_LARGE])
    COLLECTED.holds_only(corpus.COLLECTIONS)
