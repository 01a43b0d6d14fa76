"""With a copy in the folder of each label: folders are read as themselves."""

from __future__ import annotations

from engine.ports.source import Labelling
from tests.contract.gmail.owner import everything, message, name_of
from tests.contract.gmail.placements import ARCHIVE, DELETED, DRAFTS, INBOX, JUNK, SENT
from tests.servers.gmail.account import System

CARRIED = {
    1: [System.INBOX, "Work", "Work/A"], 2: [System.SENT, System.INBOX], 3: [System.SENT, "Family", System.STARRED],
    4: [], 5: ["Secret"], 6: [System.DRAFT], 7: [System.TRASH, "Work"], 8: [System.SPAM], 9: ["Family", "Secret"],
    10: [System.IMPORTANT, System.STARRED],
}
FOUND = {
    1: [INBOX, "Work", "Work/A"], 2: [INBOX, SENT], 3: [SENT, "Family"], 4: [ARCHIVE], 5: [ARCHIVE], 6: [DRAFTS],
    7: [DELETED], 8: [JUNK], 9: ["Family"], 10: [ARCHIVE],
}


def test_a_copy_in_each_label(owner) -> None:
    """A message is in each of its labels' folders, archived only if in none; what has no folder is a category."""
    owner.has([message(number, labels) for number, labels in CARRIED.items()])
    owner.sets(hidden=frozenset({"Secret"}), language="de")
    source = owner.source()
    assert isinstance(source, Labelling)
    source.copies()

    with owner.reader(source) as reader:
        found = everything(reader)
        known = {name_of(folder): folder.known_as for folder in reader.folders().folders if folder.selectable}

    assert {number: [name for name, _, _ in copies] for number, copies in found.items()} == FOUND
    assert {number: copies[0][2].marks.categories for number, copies in found.items()} == {
        **dict.fromkeys(CARRIED, ()), 5: ("Secret",), 7: ("Work",), 9: ("Secret",),
    }
    assert all(read.marks.flagged == (number in (3, 10)) for number, copies in found.items() for _, _, read in copies)
    assert {listed.theirs for copies in found.values() for _, listed, _ in copies} == {""}
    assert known == {
        INBOX: (), SENT: ("\\Sent",), DRAFTS: ("\\Drafts",), DELETED: ("\\Trash",), JUNK: ("\\Junk",),
        ARCHIVE: ("\\All",), "Family": (), "Work": (), "Work/A": (),
    }


def test_copies_with_all_mail_hidden(owner) -> None:
    """Labels' folders are complete by themselves; of archived mail it is said that it cannot be seen."""
    owner.has([message(1, ["Work", "Family"]), message(2)])
    owner.sets(hidden=frozenset({System.ALL}))
    source = owner.source()
    source.copies()

    with owner.reader(source) as reader:
        found = everything(reader)
        [left] = reader.folders().left

    assert list(found) == [1]
    assert sorted(name for name, _, _ in found[1]) == ["Family", "Work"]
    assert "Show in IMAP" in left.reason
