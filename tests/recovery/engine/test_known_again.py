"""A second run knows a message again, whatever its owner or its server has done with it at the source meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.migration.record import Migration, Reason, State
from engine.ports.source import SourceFolder
from tests.recovery.engine.conftest import CLIENTS, EXPECTED, INBOX, hundred
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.world import World, world

JOBS = SourceFolder(("Jobs",), "Jobs")
ALL = SourceFolder(("[Gmail]", "All Mail"), "[Gmail]/All Mail", everything=True)


def noted(at: World, task: Migration) -> list[tuple[str, str, str]]:
    """What the report says of messages that are there."""
    report = at.engine.store.reported(task.task_id)
    return [(f.folder, f.item, f.reason) for f in report.failures if f.outcome is Reason.NOTED]


def sums(at: World, task: Migration) -> tuple[int, int]:
    counts = at.counts(task)
    return counts.copied, counts.already_there


def test_a_message_filed_into_another_folder_is_not_copied_again(small_world: World, source: MemorySource) -> None:
    """It stays where it is at the destination, and the report says by folders what moved."""
    small_world.migrate()
    source.folders[CLIENTS].append(source.folders[INBOX].pop(3))

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)
    assert small_world.subjects() == EXPECTED
    [(folder, item, reason)] = noted(small_world, again)
    assert (folder, item) == ("Clients", "1 message")
    assert "from “INBOX”" in reason


def test_a_folder_renamed_at_the_source_is_where_it_was(small_world: World, source: MemorySource) -> None:
    """Nothing is copied, no folder is made, and new mail goes to the old."""
    small_world.migrate()
    source.folders[JOBS] = [*source.folders.pop(CLIENTS), mail("new")]

    again = small_world.migrate()

    assert sums(small_world, again) == (1, 100)
    assert small_world.subjects() == sorted([*EXPECTED, (("Clients",), "new")])
    assert "from “Clients”" in noted(small_world, again)[0][2]


def test_a_folder_into_which_old_mail_was_filed_is_not_made(small_world: World, source: MemorySource) -> None:
    """All of its messages are there."""
    small_world.migrate()
    source.folders[JOBS] = [source.folders[CLIENTS].pop() for _ in range(5)]

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)
    assert small_world.subjects() == EXPECTED


def test_another_spelling_of_the_login_is_the_same_mailbox(tmp_path: Path) -> None:
    """What makes a message the same holds nothing of the account."""
    with world(tmp_path, {"claire@example.net": hundred(), "claire": hundred()}) as at:
        at.migrate("claire@example.net")

        again = at.migrate("claire")

        assert sums(at, again) == (0, 100)
        assert at.subjects() == EXPECTED


def test_a_restored_store_with_other_dates_and_numbers_changes_nothing(
    small_world: World, source: MemorySource
) -> None:
    """Neither when a message was received nor its number is part of what it is."""
    small_world.migrate()
    for folder, kept in source.folders.items():
        later = [replace(each, received=each.received + timedelta(days=90)) for each in kept]
        source.folders[folder] = later[::-1]

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)
    assert small_world.subjects() == EXPECTED


def test_two_accounts_whose_servers_number_alike_lose_nothing(tmp_path: Path) -> None:
    """A second account's messages are other messages, although their numbers and folders are called the same."""
    first, second = ({INBOX: [mail(f"{name} {n}") for n in range(5)]} for name in ("ann", "ben"))
    with world(tmp_path, {"info@isp1": MemorySource(first), "info@isp2": MemorySource(second)}) as at:
        at.migrate("info@isp1")

        done = at.migrate("info@isp2")

        assert sums(at, done) == (5, 0)
        assert len(at.subjects()) == 10


def test_a_letter_of_two_merged_accounts_in_a_folder_of_its_own_counts_as_new(tmp_path: Path) -> None:
    """Most of the first account's messages are not in the second: no folder of it says what moved, and this is said."""
    shared = mail("shared")
    first = MemorySource({INBOX: [shared, *(mail(f"ann {n}") for n in range(5))]})
    second = MemorySource({JOBS: [shared]})
    with world(tmp_path, {"ann": first, "ben": second}) as at:
        at.migrate("ann")

        done = at.migrate("ben")

        assert sums(at, done) == (1, 0)
        assert noted(at, done)[0][:2] == ("Jobs", "1 message")


@pytest.mark.parametrize("field", ["Message-ID", "Date", "From", "Subject"])
def test_messages_that_differ_in_one_field_are_two(tmp_path: Path, field: str) -> None:
    """Message-ID, Date, From and Subject tell messages apart."""
    one = mail("a")
    start = one.mime.index(f"{field}: ".encode()) + len(field) + 2
    end = one.mime.index(b"\r\n", start)
    other = {"Date": b"Mon, 18 May 2020 08:29:00 +0000", "From": b"Ben <ben@example.net>"}.get(field, b"b")
    changed = Kept(one.mime[:start] + other + one.mime[end:])
    old, new = MemorySource({INBOX: [one]}), MemorySource({INBOX: [one, changed]})
    with world(tmp_path, {"old": old, "new": new}) as at:
        at.migrate("old")

        assert sums(at, at.migrate("new")) == (1, 1)


def test_two_messages_that_agree_in_all_four_fields_both_arrive(small_world: World, source: MemorySource) -> None:
    """One visit that sees both copies both, and the next one knows both."""
    twins = [mail("twin", size=400), mail("twin", size=500), mail("twin", size=600)]
    source.folders[INBOX] += twins

    done = small_world.migrate()
    again = small_world.migrate()

    assert sums(small_world, done) == (103, 0)
    assert sums(small_world, again) == (0, 103)
    assert {len(m.mime) for m in small_world.messages() if m.subject == "twin"} == {400, 500, 600}


def test_a_folder_that_shows_everything_gives_what_is_archived(tmp_path: Path) -> None:
    """Mail that is in no other folder arrives; what is shown again is left out, counted and named."""
    inbox = [mail(f"in {n}") for n in range(8)]
    source = MemorySource({INBOX: inbox, ALL: [*inbox, *(mail(f"archived {n}") for n in range(22))]})
    with world(tmp_path, {"old": source}) as at:
        done = at.migrate()
        again = at.migrate()

        counts = at.counts(done)
        assert (counts.found, counts.copied, counts.left_out) == (38, 30, 8)
        assert sums(at, again) == (0, 30)
        assert len(at.subjects()) == 30


def test_a_message_whose_listing_shows_another_key_is_known_by_its_bytes(
    small_world: World, source: MemorySource
) -> None:
    """A server that renders headers otherwise in a listing has it read again, and nothing comes twice."""
    small_world.migrate()
    source.key_of = lambda _kept: b"another key, always"[:16]

    again = small_world.migrate()

    assert again.state is State.COMPLETED
    assert sums(small_world, again) == (0, 100)
    assert small_world.subjects() == EXPECTED


def test_a_first_run_asks_the_listing_for_no_keys(small_world: World, source: MemorySource) -> None:
    """Into a mailbox without a tag of ours the messages themselves tell them, so each header travels once."""
    small_world.migrate()
    small_world.migrate()

    assert source.listed_with_keys == [False] * 3 + [True] * 3
