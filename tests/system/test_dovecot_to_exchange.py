"""A mailbox of Dovecot moves to Exchange as a person would have it moved: whole, once, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import Message, files, generated, write_folder
from tests.servers.owner import Owner, owner
from tests.servers.processes.installation import ADDRESS, PASSWORD, Installation, installation

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")

MESSAGES = 700
PLACES = {          # folder at the source: where its mail belongs at the destination
    (): ("Inbox",),
    ("Sent",): ("Sent Items",),
    ("Drafts",): ("Drafts",),
    ("Trash",): ("Deleted Items",),
    ("Junk",): ("Junk Email",),
    ("Archive",): ("Archive",),
    ("Projects",): ("Projects",),
    ("Projects", "2025"): ("Projects", "2025"),
    ("Projects", "2025", "Atlas & Söhne"): ("Projects", "2025", "Atlas & Söhne"),
    ("Ideas 💡",): ("Ideas 💡",),
    ("Work",): ("Work",),
    ("work",): ("work (2)",),
    ("Trailing ",): ("Trailing ",),
    ("x" * 200,): ("x" * 200,),
}
CATEGORIES = {"$label1": "Important", "$label4": "To Do", "next_week": "next_week", "Z&APw-rich": "Zürich"}


@dataclass
class Moved:
    """The installation after its first migration, with what was there before and what the source holds."""

    at: Installation
    mailbox: dict[tuple[str, ...], list[Message]]
    before: str
    said: dict[str, Any]


def furnish(at: Installation, count: int) -> dict[tuple[str, ...], list[Message]]:
    """Deals that many messages out to the folders."""
    mailbox: dict[tuple[str, ...], list[Message]] = {path: [] for path in PLACES}
    for number, message in enumerate(generated(count)):
        mailbox[list(PLACES)[number % len(PLACES)]].append(message)
    home = at.imap.home("claire")
    for path, messages in mailbox.items():
        write_folder(home / "Maildir", path, messages)
    at.imap.give_away(home)
    return mailbox


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    with installation(tmp_path_factory.mktemp("moved")) as at:
        mailbox = furnish(at, MESSAGES)
        before = at.emulator.dump()
        source_before = files(at.imap.home("claire"))
        said = at.migrate()
        assert files(at.imap.home("claire")).keys() == source_before.keys()
        yield Moved(at, mailbox, before, said)


@pytest.fixture
def user(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", moved.at.environment["OMM_CA_FILE"])
    with owner(moved.at.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


def lines(mime: bytes) -> bytes:
    """The message with every line end as CRLF."""
    return mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_every_message_arrives_byte_for_byte(moved: Moved) -> None:
    """What the destination received is what the source holds, in the folder where it belongs."""
    expected = Counter((PLACES[path], lines(m.mime)) for path, held in moved.mailbox.items() for m in held)

    received = Counter((m.folder, lines(m.mime)) for m in moved.at.emulator.messages(ADDRESS))

    assert moved.said["contents"]["mail"] == {
        "found": MESSAGES, "copied": MESSAGES, "already_there": 0, "failed": 0, "left_out": 0
    }
    assert sum(received.values()) == MESSAGES
    assert received == expected


def test_another_client_sees_the_same_dates_and_marks(moved: Moved, user: Owner) -> None:
    """Plain exchangelib reads the received date, read, flagged, answered, forwarded, draft and categories."""
    wrong = []
    for path, held in moved.mailbox.items():
        seen = {str(i.message_id).strip("<>"): i for i in _everything(user, PLACES[path])}
        assert len(seen) == len(held)
        for message in held:
            name = message.mime.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
            if _marks(seen[name]) != _expected(message):
                wrong.append((path, name, _marks(seen[name]), _expected(message)))
    assert wrong == []


def _everything(user: Owner, names: tuple[str, ...]) -> list[Any]:
    standard = {
        "Inbox": user.account.inbox, "Sent Items": user.account.sent, "Drafts": user.account.drafts,
        "Deleted Items": user.account.trash, "Junk Email": user.account.junk,
    }
    folder = standard.get(names[0]) or user.folder(*names)
    fields = ("message_id", "datetime_received", "is_read", "is_draft", "categories", "flag_status", "last_verb")
    return list(folder.all().only(*fields))


def _marks(item: Any) -> tuple[Any, ...]:
    return (
        int(item.datetime_received.timestamp()), item.is_read, item.flag_status == 2,
        item.last_verb, item.is_draft, frozenset(item.categories or ()),
    )


def _expected(message: Message) -> tuple[Any, ...]:
    forwarded = "$Forwarded" in message.keywords
    draft = "D" in message.flags
    return (
        int(message.date.timestamp()), "S" in message.flags, "F" in message.flags,
        102 if "R" in message.flags else 104 if forwarded else None, draft,
        frozenset(CATEGORIES[word] for word in message.keywords if word in CATEGORIES),
    )


def test_a_second_run_copies_nothing(moved: Moved) -> None:
    """The same command again finds everything already there and changes nothing."""
    before = moved.at.emulator.dump()

    said = moved.at.migrate()

    assert said["contents"]["mail"] == {
        "found": MESSAGES, "copied": 0, "already_there": MESSAGES, "failed": 0, "left_out": 0
    }
    assert moved.at.emulator.dump() == before


def test_a_rollback_leaves_what_was_there_and_what_is_the_owners(moved: Moved, user: Owner) -> None:
    """Everything of the migration goes, a moved message too; what its owner wrote, copied and filled stays."""
    projects = user.folder("Projects")
    user.write(projects, "my own words")
    message = _everything(user, ("Work",))[0]
    full = user.account.inbox.all()[0]
    full.copy(user.account.sent)
    user.account.fetch([message])
    next(iter(user.account.fetch([message]))).move(user.account.trash)

    done = moved.at.omm("rollback", moved.said["task_id"], "--yes", "--json")
    again = moved.at.omm("rollback", moved.said["task_id"], "--yes", "--json")

    assert (done.returncode, again.returncode) == (0, 0)
    left = sorted((m.folder, m.subject) for m in moved.at.emulator.messages(ADDRESS))
    assert left == sorted([(("Projects",), "my own words"), (("Sent Items",), full.subject)])
    user.account.bulk_delete(list(projects.all()) + list(user.account.sent.all()), delete_type="HardDelete")
    projects.delete(delete_type="HardDelete")
    assert moved.at.emulator.dump() == moved.before
