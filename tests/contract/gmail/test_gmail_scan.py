"""One scan for all folders: what it saw counts, whatever happens to connections, numbers and labels meanwhile."""

from __future__ import annotations

import threading

import pytest

from engine.errors import RenumberedError, RetryableError
from tests.contract.gmail.owner import Owner, everything, message, named, number_of, places
from tests.contract.gmail.placements import ARCHIVE, DELETED, INBOX
from tests.servers.gmail.account import Cut, System


def filled(owner: Owner, count: int = 60) -> dict[int, list[str]]:
    """Messages under three labels, in the inbox, archived and in Trash; the folder of each."""
    kinds = (
        (["Work"], "Work"), (["Family"], "Family"), ([System.INBOX], INBOX), ([], ARCHIVE), ([System.TRASH], DELETED),
    )
    messages = {number: kinds[number % len(kinds)] for number in range(1, count + 1)}
    owner.has([message(number, labels) for number, (labels, _) in messages.items()], ["Empty"])
    return {number: [folder] for number, (_, folder) in messages.items()}


def test_each_folder_is_opened_once(owner) -> None:
    """Three folders hold the mail, and no label's folder is read: forty labels cost no more than one."""
    expected = filled(owner)

    with owner.reader() as reader:
        listed = {folder.path: list(reader.listing(folder)) for folder in reader.folders().folders if folder.selectable}
        before = owner.gmail.control.spent(owner.address).commands["EXAMINE"]
        found = places(reader)

    assert sum(len(messages) for messages in listed.values()) == len(expected)
    assert found == expected
    assert before == 3


@pytest.mark.parametrize("how", Cut)
def test_a_connection_lost_in_the_middle_of_the_scan(owner, how) -> None:
    """Cut in a window, the scan goes on; nothing comes twice, nothing is missing."""
    expected = filled(owner)

    with owner.reader() as reader:
        reader.folders()
        owner.gmail.control.cut(owner.address, how, after=20)
        found = places(reader)

    assert found == expected


def test_a_scan_that_was_broken_off_goes_on_where_it_was(owner) -> None:
    """Where nothing may be fetched for a while, what was scanned before is not asked for again."""
    expected = filled(owner)
    source, windows = owner.source(window=10), list[int]()

    def spend(size: int) -> None:
        windows.append(size)
        if len(windows) == 4:
            raise RetryableError("away")

    source.asking(spend=spend)
    with owner.reader(source) as reader:
        inbox = named(reader.folders(), INBOX)
        with pytest.raises(RetryableError, match="away"):
            list(reader.listing(inbox))
        list(reader.listing(inbox))
        fetched = owner.gmail.control.spent(owner.address).commands["UID FETCH"]
        found = places(reader)

    assert found == expected
    assert fetched == 5     # the windows of All Mail, none of them twice


def test_filed_otherwise_while_it_is_read(owner) -> None:
    """Archived, relabelled, their label deleted after the scan: each message arrives as it was seen, once."""
    owner.has([message(1, [System.INBOX]), message(2, ["Work"]), message(3, ["Gone", "Work/A"]), message(4, ["Gone"])])

    with owner.reader() as reader:
        folders = reader.folders()
        list(reader.listing(named(folders, INBOX)))
        owner.mailbox.archive(1)
        owner.mailbox.relabel(2, add=["Family"], remove=["Work"])
        owner.mailbox.delete_label("Gone")
        found = everything(reader)

    assert {number: [name for name, _, _ in copies] for number, copies in found.items()} == {
        1: [INBOX], 2: ["Work"], 3: ["Work/A"], 4: ["Gone"],
    }
    assert found[3][0][2].marks.categories == ("Gone",)
    assert all(listed.theirs == read.theirs for [(_, listed, read)] in found.values())


def test_thrown_away_between_two_scans(owner) -> None:
    """What is in Trash by the time that it is read, or scanned there, was found before: it comes once, and it comes."""
    owner.has([message(1, [System.INBOX]), message(2, [System.TRASH]), message(3, [System.INBOX])])

    with owner.reader() as reader:
        folders = reader.folders()
        seen = [each.uid for each in reader.listing(named(folders, INBOX))]
        owner.mailbox.trash(1)
        trashed = list(reader.listing(named(folders, DELETED)))
        owner.mailbox.spam(3)
        read = list(reader.read(named(folders, INBOX), seen))
        spooled = reader.spool(named(folders, INBOX), seen[0])
        spooled.close()

    assert len(trashed) == 1
    assert {(each.uid, number_of(each)) for each in read} == set(zip(seen, (1, 3), strict=True))
    assert spooled.uid == seen[0]


def test_numbered_anew_in_the_middle_of_the_scan(owner) -> None:
    """With another UIDVALIDITY after a lost connection, the scan begins anew: each message once."""
    expected = filled(owner)
    source, windows = owner.source(window=10), list[int]()

    def spend(size: int) -> None:
        windows.append(size)
        if len(windows) == 4:
            owner.mailbox.renumber(System.ALL)
            owner.gmail.control.end_sessions(owner.address)

    source.asking(spend=spend)
    with owner.reader(source) as reader:
        found = places(reader)

    assert found == expected


def test_numbered_anew_after_the_scan(owner) -> None:
    """Numbers of the first scan are refused, not taken for other messages; listed anew, all is filed as it was before.

    What was filed otherwise meanwhile stays where it was listed, and what is new is filed by its labels.
    """
    expected = filled(owner)

    with owner.reader() as reader:
        folders = reader.folders()
        work, inbox, archive = (named(folders, name) for name in ("Work", INBOX, ARCHIVE))
        old = {folder.ref: [each.uid for each in reader.listing(folder)] for folder in (work, inbox, archive)}
        owner.mailbox.archive(2)
        owner.mailbox.relabel(5, add=["Family"], remove=["Work"])
        owner.mailbox.renumber(System.ALL)
        owner.has([message(100, [System.INBOX])])
        owner.gmail.control.end_sessions(owner.address)
        with pytest.raises(RenumberedError):
            list(reader.read(work, old[work.ref]))
        again = {each.uid for each in reader.listing(work)}
        with pytest.raises(RenumberedError):
            list(reader.read(inbox, old[inbox.ref]))
        found = places(reader)

    assert again.isdisjoint(old[work.ref])
    assert found == expected | {100: [INBOX]}


def test_a_stop_ends_a_scan(owner) -> None:
    """Told to stop, a scan asks for no more messages."""
    filled(owner)
    stop = threading.Event()
    source = owner.source(stop=stop)

    with owner.reader(source) as reader:
        inbox = named(reader.folders(), INBOX)
        stop.set()
        with pytest.raises(RetryableError):
            list(reader.listing(inbox))

    assert "UID FETCH" not in owner.gmail.control.spent(owner.address).commands


def test_bytes_are_announced_before_they_are_fetched(owner) -> None:
    """Whoever keeps the day's budget hears of what is about to be fetched, and can say no: then nothing is."""
    owner.has([message(1, [System.INBOX], text="x" * 50_000)])
    source, heard = owner.source(), list[int]()

    def spend(size: int) -> None:
        heard.append(size)
        if size > 40_000 and len(heard) > 1:
            raise RetryableError("tomorrow")

    source.asking(spend=spend)
    with owner.reader(source) as reader:
        inbox = named(reader.folders(), INBOX)
        [listed] = reader.listing(inbox)
        before = owner.gmail.control.spent(owner.address).total
        with pytest.raises(RetryableError, match="tomorrow"):
            list(reader.read(inbox, [listed.uid]))

    assert heard[-1] == listed.size > 50_000
    assert owner.gmail.control.spent(owner.address).total - before < 1000


def test_many_are_gone_or_moved(owner) -> None:
    """Of fifty messages that are not where they were, thirty are in Trash: all are looked for with few commands."""
    owner.has([message(number, ["Work"]) for number in range(1, 61)])

    with owner.reader() as reader:
        work = named(reader.folders(), "Work")
        listed = [each.uid for each in reader.listing(work)]
        for number in range(1, 51):
            owner.mailbox.trash(number) if number <= 30 else owner.mailbox.delete(number)
        before = sum(owner.gmail.control.spent(owner.address).commands.values())
        read = list(reader.read(work, listed))
        spent = sum(owner.gmail.control.spent(owner.address).commands.values()) - before

    assert sorted(map(number_of, read)) == [*range(1, 31), *range(51, 61)]
    assert {each.uid for each in read} <= set(listed)
    assert spent < 30
