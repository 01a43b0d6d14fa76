"""A folder size limit of Gmail's holds for each folder, and counts are put off: what is not seen is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.errors import RefusedError
from engine.migration.record import Reason, State
from tests.contract.gmail.owner import Owner, message, name_of, named
from tests.contract.gmail.placements import ARCHIVE, DELETED, JUNK
from tests.servers.gmail.account import System
from tests.servers.world import World


def told(owner: Owner, counts: Iterator[int | None], *, copies: bool = False) -> dict[str, str]:
    """What is said of each folder: in the list of folders, or at the end of its listing. `counts` are Gmail's own."""
    source = owner.source()
    source.asking(total=lambda: next(counts, None))
    if copies:
        source.copies()
    with owner.reader(source) as reader:
        found = {"/".join(left.path): left.reason for left in reader.folders().left}
        for folder in reader.folders().folders:
            try:
                list(reader.listing(folder) if folder.selectable else ())
            except RefusedError as error:
                found[name_of(folder)] = str(error)
    return found


def counting(there: World, total: int) -> None:
    """From now on Gmail's own count is known."""
    real = there.connectors.source

    def opened(account, password, halt):
        source = real(account, password, halt)
        source.asking(total=lambda: total)
        return source

    there.connectors.source = opened


@pytest.mark.parametrize("bin_of", [System.TRASH, System.SPAM])
def test_a_bin_that_is_limited(owner, bin_of) -> None:
    """It is said of that folder, with the setting: as possible where nobody knows Gmail's count, and else with numbers.

    Where Gmail shows as many as it counts, nothing is said.
    """
    owner.has([message(number, [bin_of]) for number in range(1, 1051)])
    owner.has([message(2000, [System.INBOX]), message(2001, [System.INBOX])])
    owner.sets(folder_limit=1000)
    name = DELETED if bin_of is System.TRASH else JUNK

    for copies in (False, True):
        unknown = told(owner, iter([]), copies=copies)
        known = told(owner, iter([1052, 1052]), copies=copies)
        fewer = told(owner, iter([1002, 1002]), copies=copies)

        [(path, said)] = unknown.items()
        assert path.startswith("[Gmail]/")
        assert "exactly 1,000 messages" in said
        assert "folder size limits" in said
        assert list(known) == [name]
        assert "counts 1,052 messages" in known[name]
        assert "only 1,002 of them" in known[name]
        assert "folder size limits" in known[name]
        assert "Show in IMAP" not in known[name]
        assert fewer == {}


def test_a_migration_of_a_bin_that_is_limited(moving) -> None:
    """It is not complete: what Gmail counts and does not show has failed."""
    owner, there = moving
    owner.has([message(number, [System.TRASH]) for number in range(1, 1051)])
    owner.has([message(2000, [System.INBOX])])
    owner.sets(folder_limit=1000)
    counting(there, 1051)

    done = there.migrate()

    assert len(there.messages()) == 1001
    report = there.engine.store.reported(done.task_id)
    assert [line.outcome for line in report.failures if "size limits" in line.reason] == [Reason.FAILED]


def test_all_mail_is_hidden_and_a_label_limited(owner) -> None:
    """Both settings are named: showing All Mail alone would not show what the limit hides."""
    owner.has([message(number, ["Work"]) for number in range(1, 1051)])
    owner.sets(folder_limit=1000, hidden=frozenset({System.ALL}))

    unknown, known = told(owner, iter([])), told(owner, iter([1050, 1050]))

    assert "Show in IMAP" in unknown["[Gmail]/All Mail"]
    assert "folder size limits" in unknown["Work"]
    assert list(known) == [ARCHIVE]
    assert "Show in IMAP" in known[ARCHIVE]
    assert "folder size limits" in known[ARCHIVE]


@pytest.mark.parametrize("setting", [{"folder_limit": 1000}, {"hidden": frozenset({System.ALL})}])
def test_gmail_counts_once(owner, setting) -> None:
    """Its interface answers at first and not at the end of the scan: what it said first is told all the same."""
    owner.has([message(number) for number in range(1, 1051)])
    owner.sets(**setting)

    found = told(owner, iter([1050]))

    assert list(found) == [ARCHIVE]
    assert "counts 1,050 messages" in found[ARCHIVE]


def test_counts_that_are_put_off(moving) -> None:
    """Gmail is busy when its folders are counted: a limit is noticed all the same, and nothing said to be missing."""
    owner, there = moving
    owner.has([message(number, ["Work"] if number <= 60 else [System.INBOX]) for number in range(1, 1061)])
    owner.sets(folder_limit=1000)
    owner.gmail.control.unavailable(owner.address, times=3, verb="STATUS")
    counting(there, 1060)

    done = there.migrate()
    owner.gmail.control.unavailable(owner.address, times=0)

    assert len(there.messages()) == 1060
    assert done.state is State.COMPLETED
    assert there.engine.store.reported(done.task_id).failures == ()
    with owner.reader() as reader:
        assert named(reader.folders(), DELETED)
