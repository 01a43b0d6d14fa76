"""A destination that deletes or archives old mail by itself: said beforehand, and not fought against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.network.pinning import Network
from engine.errors import Side
from engine.migration.checks import Checked
from engine.migration.content import Content
from engine.migration.earlier import Brought, brought_fact
from engine.migration.record import Failure, Migration, Reason, State
from engine.migration.steering import copy_again, retry
from engine.ports.facts import Facts
from engine.ports.source import Role, SourceFolder
from terminal.words import checked
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.owner import owner
from tests.servers.world import PASSWORD, World, world
from wiring.connectors import Connectors

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
WORK = SourceFolder(("Work",), "Work")
TAGS = "GetUserRetentionPolicyTags"
AFTER_A_YEAR = {"Type": "All", "RetentionPeriod": "365", "RetentionAction": "PermanentlyDelete"}
INTO_THE_ARCHIVE = {"Type": "All", "RetentionPeriod": "730", "RetentionAction": "MoveToArchive"}
OTHERS = tuple(f"other {number}" for number in range(9))
YOUNG = datetime.now(UTC) - timedelta(days=30)


def old(*subjects: str) -> list[Kept]:
    """Messages of 2020."""
    return [mail(subject) for subject in subjects]


def young(*subjects: str) -> list[Kept]:
    """Messages of last month."""
    return [replace(mail(subject), received=YOUNG) for subject in subjects]


@pytest.fixture
def source() -> MemorySource:
    """Six old messages and two of last month."""
    return MemorySource({
        INBOX: old("a", "b", "c") + young("new"),
        WORK: old("d", "e", "f") + young("newer"),
    })


@pytest.fixture
def at(tmp_path: Path, source: MemorySource) -> Iterator[World]:
    """The destination deletes what is older than a year."""
    with world(tmp_path, {"old": source, "other": MemorySource({INBOX: old(*OTHERS)})}, grace=0.02) as made:
        made.emulator.configure(retention_tags=[AFTER_A_YEAR])
        yield made


def take_away(at: World, folder: str, *subjects: str) -> None:
    """What a policy of the destination does to those messages in time."""
    with owner(at.emulator.url, at.address, PASSWORD) as person:
        for subject in subjects:
            person.one(person.folder(folder), subject).delete()


def said(at: World, migration: Migration, outcome: Reason) -> list[tuple[str, str, str]]:
    def parts(one: Failure) -> tuple[str, str, str]:
        return one.folder, one.item, one.reason

    return [parts(one) for one in at.engine.store.reported(migration.task_id).failures if one.outcome is outcome]


DELETED = (
    "copied before and no longer there: the destination deletes mail older than 365 days by itself (a retention "
    "policy), so copying them again would be in vain"
)


def test_what_was_taken_away_is_left_out_and_named(at: World) -> None:
    """Old mail that a first run has brought is not copied again; young mail that its owner has removed is."""
    at.migrate()
    take_away(at, "Inbox", "a", "b", "new")
    take_away(at, "Work", "d")
    again = at.migrate()

    counts = at.counts(again)
    assert (counts.found, counts.copied, counts.already_there, counts.left_out) == (8, 1, 4, 3)
    assert said(at, again, Reason.LEFT_OUT) == [
        ("INBOX", "2 messages", DELETED), ("Work", "1 message", DELETED),
    ]  # fmt: skip
    assert (("Inbox",), "new") in at.subjects()


def test_a_first_run_copies_everything(at: World) -> None:
    """However old it is, and also where another source was moved into the mailbox before and lost what it brought."""
    at.migrate("other")
    take_away(at, "Inbox", *OTHERS[1:])
    done = at.migrate()

    assert (at.counts(done).copied, at.counts(done).left_out) == (8, 0)


def test_the_owner_is_told_beforehand_and_in_the_report(at: World) -> None:
    """Each rule that will act is a line, with the age and what becomes of the mail; one that nobody chose is none."""
    at.emulator.configure(retention_tags=[
        AFTER_A_YEAR, INTO_THE_ARCHIVE, {**AFTER_A_YEAR, "Type": "Inbox", "RetentionPeriod": "1"},
        {**AFTER_A_YEAR, "Type": "Personal"}, {**AFTER_A_YEAR, "Type": "Tasks"},
        {**AFTER_A_YEAR, "RetentionAction": "MarkAsPastRetentionLimit"}, {**AFTER_A_YEAR, "RetentionPeriod": "0"},
    ])  # fmt: skip
    deletes = "the destination deletes it by itself (a retention policy), also what was copied"
    there = Connectors(Network(trusts_person=True)).check_destination(at.request().destination, PASSWORD, tries=2)
    found = checked(at.request(), Checked(Facts(2, 8), there))

    assert said(at, at.migrate(), Reason.NOTED) == [
        ("", "mail older than 365 days", deletes),
        ("", "mail older than 730 days", deletes.replace("deletes it", "moves it to its archive")),
        ("", "mail older than 1 day in Inbox", deletes),
    ]
    assert [line.partition(":")[0] for line in found] == ["Source", "Destination", "Note", "Note", "Note"]
    assert found[2] == (
        "Note: mail older than 365 days: the destination deletes it by itself (a retention policy). What you copy into "
        "it is no exception."
    )


@pytest.mark.parametrize("fault", [
    Fault(operation=TAGS, action="status", status=501),
    Fault(operation=TAGS, action="fault", code="ErrorAccessDenied"),
    Fault(operation=TAGS, action="fault", code="ErrorInvalidRequest"),
    Fault(operation=TAGS, action="fault", code="ErrorServerBusy"),
    Fault(operation=TAGS, action="drop"),
])
def test_a_destination_that_does_not_tell_changes_nothing(at: World, fault: Fault) -> None:
    """What is not there is copied again, and nothing is said."""
    at.migrate()
    take_away(at, "Inbox", "a")
    at.emulator.add_fault(fault)
    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).left_out) == (1, 0)
    assert said(at, again, Reason.NOTED) == []


def test_nothing_is_left_out_by_a_guess(at: World, source: MemorySource) -> None:
    """An old message that came to the source later may be any of those without a tag: all of them are copied."""
    at.migrate()
    take_away(at, "Inbox", "a", "b")
    source.folders[INBOX] += old("found again")
    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).left_out) == (3, 0)
    assert (("Inbox",), "found again") in at.subjects()


def test_what_the_source_received_since_is_copied(at: World, source: MemorySource) -> None:
    """Also where it is too old for the destination by now, and as much was taken away there."""
    first = at.migrate()
    take_away(at, "Inbox", "a", "b")
    then = datetime.now(UTC) - timedelta(days=1000)
    at.engine.store.remember(first.task_id, brought_fact(Content.MAIL), Brought(8, then).written())
    source.folders[INBOX] = [*source.folders[INBOX][2:], replace(mail("since"), received=then + timedelta(days=2))]
    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).left_out) == (1, 0)


def test_each_run_knows_it_again(at: World) -> None:
    """A retry of the same task and a third task leave the same messages out."""
    first = at.migrate()
    take_away(at, "Inbox", "a", "b")
    for _ in range(2):
        retry(at.engine, first.task_id, {Side.SOURCE: "-"})
        done = at.run(first.task_id)
        assert (at.counts(done).copied, at.counts(done).left_out) == (6, 2)
    third = at.migrate()

    assert (at.counts(third).copied, at.counts(third).already_there, at.counts(third).left_out) == (0, 6, 2)


def test_a_run_that_was_stopped_half_way_hides_nothing(at: World, source: MemorySource) -> None:
    """What it has brought until then does not count in the place of what was taken away."""
    first = at.migrate()
    take_away(at, "Inbox", "a", "b")
    source.folders[INBOX] += young("more")
    source.folders[WORK] += young("and more")
    retry(at.engine, first.task_id, {Side.SOURCE: "-"})
    at.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="fault", code="ErrorQuotaExceeded"))
    stopped = at.run(first.task_id)
    at.emulator.clear_faults()
    done = at.run(first.task_id)

    assert stopped.state is State.NEEDS_ATTENTION
    assert (at.counts(done).copied, at.counts(done).left_out) == (8, 2)


def test_everything_comes_again_where_it_is_asked_for(at: World) -> None:
    """`--copy-again` copies what was taken away, too."""
    at.migrate()
    take_away(at, "Inbox", "a", "b")
    again = at.begin()
    copy_again(at.engine, again.task_id)
    done = at.run(again.task_id)

    assert (at.counts(done).copied, at.counts(done).left_out) == (2, 0)


def test_a_folder_has_its_own_age(at: World, source: MemorySource) -> None:
    """What a rule is for goes by that rule, with the folders below; all other mail by the general one."""
    below = SourceFolder(("INBOX", "Below"), "INBOX/Below")
    source.folders[below] = old("deep")
    at.emulator.configure(retention_tags=[{**AFTER_A_YEAR, "Type": "Inbox"}])
    at.migrate()
    take_away(at, "Inbox", "a")
    take_away(at, "Work", "d")
    with owner(at.emulator.url, at.address, PASSWORD) as person:
        person.one(person.folder("Inbox", "Below"), "deep").delete()
    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).left_out) == (1, 2)
    assert (("Work",), "d") in at.subjects()


def test_the_age_of_a_folder_goes_before_that_of_all_mail(at: World) -> None:
    """What the general rule would take away lies safe in a folder with a rule of its own that takes longer."""
    at.emulator.configure(retention_tags=[AFTER_A_YEAR, {**AFTER_A_YEAR, "Type": "Inbox", "RetentionPeriod": "20000"}])
    at.migrate()
    take_away(at, "Inbox", "a")
    take_away(at, "Work", "d")
    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).left_out) == (1, 1)
    assert (("Inbox",), "a") in at.subjects()
