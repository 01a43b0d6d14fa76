"""From one Exchange mailbox to another, and from IMAP and Exchange in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

import pytest
from exchangelib import CalendarItem, Contact

from emulators.exchange import Fault
from emulators.exchange.faults import Act
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.reading.folders import FEEDS, IN_THE_ARCHIVE, KEPT_BY_PROGRAMS, OF_PROGRAMS
from engine.connectors.exchange.reading.rebuilt import REBUILT
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents.mail import COMES_AGAIN
from engine.items.report.lines import OF_ANOTHER_KIND, REPLIES
from engine.migration.account import Account
from engine.migration.record import State
from engine.ports.items import Marks, SourceMessage, Tagged
from engine.ports.source import Role, SourceFolder
from tests.contract.exchange.conftest import account
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.owner import owner
from tests.servers.world import PASSWORD, World, world

OLD = "old@example.org"
INBOX, WORK = SourceFolder(("INBOX",), "INBOX", Role.INBOX), SourceFolder(("Work",), "Work")
ARRIVED = datetime(2020, 5, 17, 8, 30, 7, tzinfo=UTC)
ATTACHMENT = (
    b"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: =?utf-8?b?w4RwZmVs?=\r\nMessage-ID: <apples@x>\r\n"
    b"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\x84pfel\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.bin\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n--b--\r\n"
)
WITHOUT_ID = b"From: ann@example.net\r\nSubject: No id\r\nDate: Sun, 17 May 2020 08:29:00 +0000\r\n\r\nHello\r\n"


def kept(number: int) -> Kept:
    """A message that nobody takes for another one, with marks and a time of its own."""
    marks = Marks(read=number % 2 == 0, flagged=number % 3 == 0, answered=number % 4 == 0, categories=("Red",))
    return Kept(mail(f"Mail {number}").mime, ARRIVED + timedelta(seconds=number), marks)


def message(one: Kept) -> SourceMessage:
    return SourceMessage(1, one.mime, len(one.mime), one.received, one.marks)


MAIL = {INBOX: [*map(kept, range(8)), Kept(ATTACHMENT, ARRIVED)], WORK: [kept(100), Kept(WITHOUT_ID, ARRIVED)]}
ALL = sum(map(len, MAIL.values()))


@dataclass
class Both:
    """A world in which the mail lies at an IMAP server ("imap") and in an Exchange mailbox ("old")."""

    at: World

    def source(self) -> ExchangeSource:
        return ExchangeSource(self.account, PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0))

    @property
    def account(self) -> Account:
        return account(self.at.emulator.url, OLD)

    def fill(self) -> None:
        """Puts the mail into the old mailbox, as an earlier migration of ours did, tags and all."""
        mailbox = ExchangeDestination(self.account, PASSWORD, Network(trusts_person=True))
        ids = {f.role or f.name: f.id for f in mailbox.folders()}
        ids["Work"] = mailbox.create_folder(mailbox.top, "Work", "7K2F9QXD:0a1b2c3d").id
        for folder, held in MAIL.items():
            messages = [Tagged(f"7K2F9QXD:0a1b2c3d:{n:032x}", message(one)) for n, one in enumerate(held)]
            assert all(made.error is None for made in mailbox.create(ids[folder.role or "Work"], messages))
        mailbox.close()

    def seen(self, address: str) -> list[tuple[object, ...]]:
        """What the owner sees of each message: where it lies, its times and marks, its text and attachments."""
        return sorted(
            (one.folder, one.subject, one.received, one.sent, one.is_read, one.flag_status, tuple(one.categories),
             one.is_draft, *parts(one.mime)) for one in self.at.messages(address)
        )


def parts(mime: bytes) -> Iterator[object]:
    """The decoded parts of a message, attachments by their hash."""
    for part in message_from_bytes(mime).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            yield (part.get_content_type(), part.get_filename(), sha256(content.replace(b"\r\n", b"\n")).hexdigest())


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """The old mailbox is filled."""
    with world(tmp_path, {"imap": MemorySource(dict(MAIL))}, grace=0.02) as at:
        at.emulator.add_mailbox(OLD, password=PASSWORD)
        made = Both(at)
        made.fill()
        at.connectors.sources["old"] = made.source()    # type: ignore[assignment]  # a source as well
        yield made


def test_a_mailbox_moves_with_what_its_owner_sees_of_it(both: Both) -> None:
    """Folders, dates to the second, marks, text and attachments; the source stays as it was, and our tags in it."""
    before = both.at.emulator.dump(OLD)
    done = both.at.migrate("old")

    assert done.state is State.COMPLETED
    assert both.at.counts(done).copied == ALL
    assert both.seen(both.at.address) == both.seen(OLD)
    assert both.at.emulator.dump(OLD) == before
    assert {tag for one in both.at.messages() for tag in one.extended.values()}.isdisjoint(
        {tag for one in both.at.messages(OLD) for tag in one.extended.values()}
    )


def test_a_second_run_copies_nothing(both: Both) -> None:
    """Nor one by a process that has listed nothing yet."""
    both.at.migrate("old")
    both.at.connectors.sources["old"] = both.source()   # type: ignore[assignment]  # a source as well
    again = both.at.migrate("old")

    assert (both.at.counts(again).copied, both.at.counts(again).already_there) == (0, ALL)


def test_what_the_new_mailbox_has_taken_away_is_not_copied_again(both: Both) -> None:
    """Where its policy deletes mail of that age: it is left out, and a mailbox that was read anew still knows it."""
    both.at.emulator.configure(retention_tags=[{"Type": "All", "RetentionAction": "PermanentlyDelete"}])
    both.at.migrate("old")
    with owner(both.at.emulator.url, both.at.address, PASSWORD) as person:
        for number in range(3):
            person.one(person.folder("Inbox"), f"Mail {number}").delete()
    both.at.connectors.sources["old"] = both.source()   # type: ignore[assignment]  # a source as well
    again = both.at.counts(both.at.migrate("old"))

    assert (again.copied, again.already_there, again.left_out) == (0, ALL - 3, 3)


def test_the_report_names_the_address_that_replies_to_old_mail_go_to(both: Both) -> None:
    """Once, for the administrator of the new mailbox, where the old one tells it: by the owner's own appointments."""
    without = both.at.migrate("old")
    with owner(both.at.emulator.url, OLD, PASSWORD) as person:
        for day in (1, 2):
            CalendarItem(
                account=person.account, folder=person.account.calendar, subject="Lunch",
                start=datetime(2024, 3, day, 12, tzinfo=UTC), end=datetime(2024, 3, day, 13, tzinfo=UTC),
            ).save(send_meeting_invitations="SendToNone")
    done = both.at.migrate("old")

    assert REPLIES not in lines(both, without.task_id)
    (line,) = lines(both, done.task_id)[REPLIES]
    assert re.fullmatch(r": X500:/O=EXAMPLE/OU=[^/]+/CN=RECIPIENTS/CN=[0-9A-F]{32}-OLD", line)
    assert REPLIES not in lines(both, both.at.migrate("imap").task_id)


@pytest.mark.parametrize("first", ["imap", "old"])
def test_the_same_mail_over_imap_and_from_exchange_is_the_same(both: Both, first: str) -> None:
    """Whichever comes second copies none of the messages that have a Message-ID, though they are rendered anew."""
    second = {"imap": "old", "old": "imap"}[first]
    both.at.migrate(first)
    again = both.at.counts(both.at.migrate(second))

    assert (again.copied, again.already_there) == (1, ALL - 1)
    assert [one.subject for one in both.at.messages()].count("No id") == 2


@pytest.mark.parametrize("first", ["imap", "old"])
def test_the_report_says_of_mail_without_message_id_that_it_came_again(both: Both, first: str) -> None:
    """Whoever finds a letter twice reads why; the first task and one more by the same way have nothing to say of it."""
    ways = [first, {"imap": "old", "old": "imap"}[first]]
    done = [both.at.migrate(way) for way in (*ways, *ways)]

    assert [both.at.counts(one).copied for one in done] == [ALL, 1, 0, 0]
    assert [lines(both, one.task_id).get(COMES_AGAIN) for one in done] == [None, ["Work: 1 message"], None, None]


def test_what_is_new_is_not_said_to_be_there_twice(both: Both) -> None:
    """A message without Message-ID that came after a task of the same way."""
    both.at.migrate("old")
    with owner(both.at.emulator.url, OLD, PASSWORD) as them:
        work = them.folder("Work")
        them.one(work, "No id").copy(work)
    done = both.at.migrate("old")

    assert both.at.counts(done).copied == 1
    assert COMES_AGAIN not in lines(both, done.task_id)


def test_both_ways_leave_the_same_mailbox(both: Both) -> None:
    """The same folders, times, marks, text and attachments."""
    task = both.at.migrate("imap").task_id
    over_imap = both.seen(both.at.address)
    both.at.roll_back(task)
    both.at.migrate("old")

    assert both.seen(both.at.address) == over_imap


def lines(both: Both, task: str) -> dict[str, list[str]]:
    """What the report says of folders and items, by the reason."""
    found: dict[str, list[str]] = {}
    for one in both.at.engine.store.reported(task).failures:
        found.setdefault(one.reason, []).append(f"{one.folder}: {one.item}")
    return found


def test_what_stays_is_counted_and_named(both: Both) -> None:
    """The archive, feeds, what programs keep, search folders and the journal; a contact among deleted mail."""
    both.at.emulator.add_system_folders(OLD)
    both.at.emulator.add_archive(OLD)
    with owner(both.at.emulator.url, OLD, PASSWORD) as them:
        contact = Contact(account=them.account, folder=them.account.contacts, display_name="Ann", given_name="Ann")
        contact.save().move_to_trash()
        for folder in (them.folder("RSS Feeds"), them.folder("Sync Issues", "Conflicts"), them.folder("News Feed"),
                       them.account.archive_deleted_items):
            them.write(folder, "stays")
    done = both.at.migrate("old")
    counts, said = both.at.counts(done), lines(both, done.task_id)

    assert (counts.found, counts.copied, counts.left_out) == (ALL + 4, ALL, 4)
    assert said[FEEDS] == ["RSS Feeds: 1 message"]
    assert said[OF_PROGRAMS] == ["Sync Issues/Conflicts: 1 message"]
    assert said[KEPT_BY_PROGRAMS] == ["News Feed: 1 message"]
    assert said[OF_ANOTHER_KIND] == ["Deleted Items: 1 item"]
    assert said[IN_THE_ARCHIVE] == ["In-Place Archive: 1 item"]
    assert "stays" not in [one.subject for one in both.at.messages()]


def test_a_server_that_cannot_render_some_of_many_keeps_no_other_back(both: Both) -> None:
    """They are put together from their fields, and the report says so once."""
    there = [one for one in both.at.messages(OLD) if one.subject in {"Mail 1", "Mail 4", "Mail 100"}]
    for one in there:
        both.at.emulator.spoil(OLD, one.item_id)
    done = both.at.migrate("old")
    again = both.at.migrate("old")

    assert (both.at.counts(done).copied, both.at.counts(done).failed) == (ALL, 0)
    assert lines(both, done.task_id)[REBUILT] == ["INBOX: 2 messages", "Work: 1 message"]
    assert both.at.counts(again).copied == 0
    assert [row[:8] for row in both.seen(both.at.address)] == [row[:8] for row in both.seen(OLD)]


def test_a_source_that_is_busy_is_waited_for(both: Both) -> None:
    """Each pause that it names is kept, and nothing is lost or there twice."""
    for number in (2, 3, 5):
        both.at.emulator.add_fault(
            Fault(operation="GetItem", nth=number, action="fault", code="ErrorServerBusy", back_off_ms=20)
        )
    both.at.emulator.add_fault(
        Fault(operation="SyncFolderItems", nth=2, action="fault", code="ErrorServerBusy", back_off_ms=20)
    )
    done = both.at.migrate("old")

    assert (done.state, both.at.counts(done).copied) == (State.COMPLETED, ALL)
    assert both.seen(both.at.address) == both.seen(OLD)


@pytest.mark.parametrize("act", ["purge", "delete", "move", "read"])
def test_an_owner_at_work_at_the_source_meanwhile(both: Both, act: Act) -> None:
    """What they took away between the listing and the reading is left out and named; nothing else is touched by it."""
    both.at.emulator.add_fault(
        Fault(operation="GetItem", nth=1, action="owner", act=act, name="Mail 1", path=("Work",))
    )
    done = both.at.migrate("old")
    counts = both.at.counts(done)

    assert done.state is State.COMPLETED
    assert counts.copied + counts.left_out == ALL
    assert [one.subject for one in both.at.messages()].count("Mail 1") == counts.copied - (ALL - 1)
    again = both.at.counts(both.at.migrate("old"))
    assert [one.subject for one in both.at.messages()].count("Mail 1") == (0 if act == "purge" else 1)
    assert again.failed == 0


def test_a_copy_that_the_owner_made_is_copied_too_and_once(both: Both) -> None:
    """A message without Message-ID and its copy have the same search key; each run after the first copies nothing."""
    with owner(both.at.emulator.url, OLD, PASSWORD) as them:
        work = them.folder("Work")
        them.one(work, "No id").copy(work)
        them.one(work, "Mail 100").copy(work)
    first, second = (both.at.counts(both.at.migrate("old")) for _ in range(2))

    assert (first.copied, second.copied, second.already_there) == (ALL + 2, 0, ALL + 2)
    assert both.seen(both.at.address) == both.seen(OLD)
