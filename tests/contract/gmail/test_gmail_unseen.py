"""What an owner's settings hide from IMAP: gone around as far as it can be, and said."""

from __future__ import annotations

import pytest

from engine.connectors.google.source import GoogleSource
from engine.errors import RefusedError, RenumberedError
from engine.ports.items import Listed
from engine.ports.source import LeftFolder
from tests.contract.gmail.owner import everything, message, name_of, named, number_of, places
from tests.contract.gmail.placements import ARCHIVE, DELETED, DRAFTS, INBOX, JUNK, SENT
from tests.servers.gmail.account import System

CARRIED = {
    1: [System.INBOX, "Work"], 2: ["Work", "Work/A"], 3: [System.SENT], 4: [System.DRAFT], 5: [System.TRASH, "Work"],
    6: [System.SPAM], 7: [System.STARRED], 8: [System.IMPORTANT, "Secret"], 9: ["Work", "Family"], 10: [],
    11: ["Secret"],
}
FOUND = {
    1: [INBOX], 2: ["Work/A"], 3: [SENT], 4: [DRAFTS], 5: [DELETED], 6: [JUNK], 7: [ARCHIVE], 8: [ARCHIVE], 9: ["Work"],
}


def hidden(owner, total: int | None = None) -> GoogleSource:
    """A source on a mailbox whose All Mail is hidden; Gmail itself counts `total` messages."""
    owner.has([message(number, labels) for number, labels in CARRIED.items()])
    owner.sets(hidden=frozenset({System.ALL, "Secret"}))
    source = owner.source()
    source.asking(total=lambda: total)
    return source


def listed(reader, name: str) -> tuple[list[Listed], str]:
    """The listing of a folder, and what is said at its end."""
    found: list[Listed] = []
    try:
        found.extend(reader.listing(named(reader.folders(), name)))
    except RefusedError as error:
        return found, str(error)
    return found, ""


def places_of(reader) -> dict[int, str]:
    """The folder of each message; one that comes twice is an error."""
    found: dict[int, str] = {}
    for folder in reader.folders().folders:
        there, _ = listed(reader, name_of(folder)) if folder.selectable else ([], "")
        for each in reader.read(folder, [one.uid for one in there]):
            assert number_of(each) not in found
            found[number_of(each)] = name_of(folder)
    return found


def test_all_mail_is_hidden(owner) -> None:
    """Each message that some label shows comes once, with the same folder, categories and digest as ever."""
    with owner.reader(hidden(owner)) as reader:
        found = everything(reader)
        [left] = reader.folders().left
    owner.sets(hidden=frozenset({"Secret"}))
    with owner.reader() as reader:
        as_ever = everything(reader)

    assert {number: [name for name, _, _ in copies] for number, copies in found.items()} == FOUND
    for number, [(name, there, read)] in found.items():
        [(usual, usually_listed, usually_read)] = as_ever[number]
        assert (name, there.theirs, there.key, read.marks) == (
            usual, usually_listed.theirs, usually_listed.key, usually_read.marks,
        )
    assert sorted(as_ever) == list(CARRIED)
    assert (left.path, left.items, left.counted) == (("[Gmail]", "All Mail"), None, False)
    assert "Show in IMAP" in left.reason
    assert "cannot be seen" in left.reason


def test_all_mail_is_hidden_and_gmail_counts(owner) -> None:
    """Gmail's own count tells how many could not be seen, with the setting that hides them; nothing where all were."""
    source = hidden(owner, total=11)
    with owner.reader(source) as reader:
        _, said = listed(reader, ARCHIVE)
        left = reader.folders().left
    source = owner.source()
    source.asking(total=lambda: 9)
    with owner.reader(source) as reader:
        _, said_of_all = listed(reader, ARCHIVE)

    assert left == ()
    assert "counts 11 messages" in said
    assert "only 9 of them" in said
    assert "Show in IMAP" in said
    assert said_of_all == ""


def test_all_mail_is_hidden_and_a_label_numbered_anew(owner) -> None:
    """Scanned anew, each message comes once, where it was; what was missing is named the first time alone."""
    source = hidden(owner, total=20)
    with owner.reader(source) as reader:
        first = places_of(reader)
        work = named(reader.folders(), "Work")
        [old] = reader.listing(work)
        _, said = listed(reader, ARCHIVE)
        owner.mailbox.renumber("Family")        # where it was found first
        owner.gmail.control.end_sessions(owner.address)
        with pytest.raises(RenumberedError):
            list(reader.read(work, [old.uid]))
        again = places_of(reader)
        _, said_again = listed(reader, ARCHIVE)

    assert again == first
    assert "counts 20 messages" in said
    assert said_again == ""


def test_a_quick_look_at_a_hidden_mailbox(owner) -> None:
    """Where All Mail is hidden, a quick look does not count."""
    assert hidden(owner).check().messages is None


def test_all_mail_is_limited(owner) -> None:
    """Of 1,101 messages, All Mail shows 1,000, and a label older ones: these come as well. The rest is named.

    Where Gmail shows as many as it counts, a thousand messages are no limit, and nothing is said.
    """
    old = [message(number, ["Work"] if number <= 60 else []) for number in range(1, 101)]
    new = [message(number, [System.INBOX] if number % 2 else []) for number in range(101, 1101)]
    owner.has([*old, *new, message(2001, [System.TRASH])])
    owner.sets(folder_limit=1000)
    seen = 60 + 1000 + 1
    told: dict[int | None, tuple[str, tuple[LeftFolder, ...]]] = {}

    for total in (None, 1101, seen, 1001):
        source = owner.source()
        source.asking(total=lambda total=total: total)
        with owner.reader(source) as reader:
            work, _ = listed(reader, "Work")
            inbox, _ = listed(reader, INBOX)
            archive, said = listed(reader, ARCHIVE)
            read = list(reader.read(named(reader.folders(), "Work"), [each.uid for each in work]))
            told[total] = said, reader.folders().left
        assert len(work) + len(inbox) + len(archive) == (1000 if total == 1001 else 1060)
        assert sorted(map(number_of, read)) == ([] if total == 1001 else list(range(1, 61)))

    said, [left] = told[None]
    assert (said, left.path, left.items) == ("", ("[Gmail]", "All Mail"), None)
    assert "exactly 1,000 messages" in left.reason
    assert "folder size limits" in left.reason
    said, left = told[1101]
    assert left == ()
    assert "counts 1,101 messages" in said
    assert "only 1,061 of them" in said
    assert "folder size limits" in said
    assert told[seen] == told[1001] == ("", ())
    source = owner.source()
    source.copies()
    source.asking(total=lambda: 1101)
    with owner.reader(source) as reader:
        [left] = reader.folders().left
    assert (left.path, left.items) == (("[Gmail]", "All Mail"), 100)
    assert "folder size limits" in left.reason


def test_gmail_counts_more_than_it_shows(owner) -> None:
    """Where neither is hidden nor limited what we know of, the difference is named."""
    owner.has([message(1, [System.INBOX]), message(2, [System.SPAM])])
    owner.sets(hidden=frozenset({System.SPAM}))
    source = owner.source()
    source.asking(total=lambda: 2)

    with owner.reader(source) as reader:
        found = places(reader)
        [left] = reader.folders().left

    assert found == {1: [INBOX]}
    assert (left.items, left.counted) == (1, False)


def test_other_folders_are_hidden(owner) -> None:
    """Sent mail and drafts go to their places although their folders are hidden; of a hidden Trash nothing is known."""
    owner.has([message(1, [System.SENT]), message(2, [System.DRAFT]), message(3, [System.TRASH]), message(4, ["Work"])])
    owner.has([message(5, [System.CHAT])])
    own = frozenset({System.SENT, System.DRAFT, System.TRASH, System.SPAM, System.IMPORTANT, System.STARRED})
    owner.sets(hidden=own, chats=True)
    with owner.reader() as reader:
        found = places(reader)
        roles = {f"({folder.role})" for folder in reader.folders().folders if folder.role}
    owner.sets(hidden=own | {System.ALL})
    with owner.reader() as reader:
        of_labels = places(reader)
        left = [each.path for each in reader.folders().left]

    assert found == {1: [SENT], 2: [DRAFTS], 4: ["Work"]}
    assert roles == {INBOX, SENT, DRAFTS, ARCHIVE}
    assert of_labels == {4: ["Work"]}
    assert left == [("[Gmail]", "Chats"), ("[Gmail]", "All Mail")]


def test_filed_under_another_label_while_all_mail_is_hidden(owner) -> None:
    """What was in one label when it was scanned, and is in another when it is read, is found and given out there."""
    owner.has([message(1, ["Work"]), message(2, ["Work"]), message(3, ["Family"])])
    owner.sets(hidden=frozenset({System.ALL}))
    with owner.reader() as reader:
        work = named(reader.folders(), "Work")
        there = list(reader.listing(work))
        owner.mailbox.relabel(1, add=["Family"], remove=["Work"])
        read = list(reader.read(work, [each.uid for each in there]))
        owner.mailbox.relabel(2, add=["Family"], remove=["Work"])
        spooled = reader.spool(work, there[1].uid)
        assert spooled is not None
        spooled.close()

    assert sorted(map(number_of, read)) == [1, 2]
    assert spooled.uid == there[1].uid
