"""Labels become folders and categories, as people are told."""

from __future__ import annotations

from engine.messages.source_key import message_key
from engine.ports.source import Role
from tests.contract.gmail import placements as told
from tests.contract.gmail.owner import everything, message, name_of, named
from tests.contract.gmail.placements import PLACEMENTS
from tests.servers.gmail.account import System

LABELS = (*told.NESTED, *told.ODD, *told.PLAIN, *told.EMPTY, *told.SECRET)


def expected(folder: str) -> str:
    """A label below Inbox is a folder below the inbox, which every server calls INBOX."""
    return folder.replace("Inbox/", "INBOX/")


def test_each_message_is_where_its_owner_would_look_for_it(owner) -> None:
    """All placements at once: each message comes once, in its folder, with its categories and its flag; whole."""
    messages = [message(number, placed.labels) for number, placed in enumerate(PLACEMENTS, 1)]
    owner.has(messages, LABELS)
    owner.sets(language="de", hidden=frozenset(told.SECRET))

    with owner.reader() as reader:
        found = everything(reader)
        folders = reader.folders()

    assert sorted(found) == list(range(1, len(PLACEMENTS) + 1))
    for number, placed in enumerate(PLACEMENTS, 1):
        [(folder, listed, read)] = found[number]
        assert (placed.labels, folder, read.marks.categories, read.marks.flagged) == (
            placed.labels, expected(placed.folder), placed.categories, placed.flagged,
        )
        assert read.marks.draft == (folder == told.DRAFTS)
        assert read.mime == messages[number - 1].raw
        assert listed.key == message_key(read.mime)
        assert listed.theirs == read.theirs
        assert listed.size == read.size
    assert folders.left == folders.virtual == ()


def test_folders(owner) -> None:
    """Every label that is shown is a folder, empty ones too, parents first; tags name one that no language changes."""
    owner.has([], LABELS)
    owner.sets(language="fr", hidden=frozenset(told.SECRET))

    with owner.reader() as reader:
        found = reader.folders()

    shown = {name_of(folder): folder for folder in found.folders}
    labels = {expected(label) for label in LABELS if label not in told.SECRET}
    assert labels <= set(shown)
    assert set(shown) - labels == {
        told.INBOX, told.SENT, told.DRAFTS, told.DELETED, told.JUNK, told.ARCHIVE, "Kunden", "Archiv", "旅行",
    }
    assert not any(shown[parent].selectable for parent in ("Kunden", "Archiv", "旅行"))
    assert {folder.known_as for folder in found.folders if folder.selectable and folder.role not in (
        Role.DELETED, Role.JUNK,
    )} == {("\\All",)}
    assert (shown[told.DELETED].known_as, shown[told.JUNK].known_as) == (("\\Trash",), ("\\Junk",))
    seen: set[tuple[str, ...]] = set()
    for folder in found.folders:
        assert folder.path[:-1] in {(), ("[Gmail]",), *seen}
        seen.add(folder.path)
    assert len(seen) == len(found.folders)
    assert shown[told.SENT].path == ("[Gmail]", "Messages envoyés")


def test_the_digest_is_of_labels_that_move_a_message(owner) -> None:
    """Stars, importance and reading change no digest; another label, and leaving the inbox, do. Order plays no part."""
    labels = {
        1: (System.INBOX, "Work", "Family"), 2: ("Family", "Work", System.INBOX, System.STARRED, System.IMPORTANT),
        3: (System.INBOX, "Work"), 4: ("Family", "Work"), 5: (System.INBOX, "Work", "Family", System.MUTED),
    }
    owner.has([message(number, carried) for number, carried in labels.items()])
    owner.mailbox.mark(2, add=["\\Seen"])

    with owner.reader() as reader:
        found = {number: listed.theirs for number, [(_, listed, _)] in everything(reader).items()}

    assert found[1] == found[2] == found[5]
    assert len({found[1], found[3], found[4]}) == 3
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in found.values())


def test_two_messages_with_one_message_id(owner) -> None:
    """Each of two MSGIDs is a message, though both have one Message-ID; one in Trash and one in All Mail as well."""
    twin = "<twin@gmail.example>"
    owner.has([
        message(1, ["Work"], name=twin), message(2, ["Work", "Family"], name=twin), message(3, ["Family"], name=twin),
        message(4, [System.TRASH], name=twin),
    ])

    with owner.reader() as reader:
        found = everything(reader)

    assert {number: [name for name, _, _ in copies] for number, copies in found.items()} == {
        1: ["Work"], 2: ["Work"], 3: ["Family"], 4: [told.DELETED],
    }


def test_chats_are_counted_and_stay(owner) -> None:
    """Where Gmail shows chats, they are left, counted, and named by the folder that they are in."""
    owner.has([message(1, [System.INBOX]), message(2, [System.CHAT]), message(3, [System.CHAT])])
    owner.sets(chats=True)

    with owner.reader() as reader:
        found = everything(reader)
        [left] = reader.folders().left

    assert list(found) == [1]
    assert (left.path, left.items, left.counted) == (("[Gmail]", "Chats"), 2, True)
    assert "chats" in left.reason


def test_a_quick_look_counts_each_message_once(owner) -> None:
    """The check that comes before a migration does not count a message for each of its labels."""
    owner.has([message(1, [System.INBOX, "Work", "Family"]), message(2, [System.TRASH]), message(3, [System.SPAM])])

    seen = owner.source().check()

    assert seen.messages == 3
    assert named(seen.folders, "Work").selectable


def test_a_large_message_and_what_to_call_it(owner) -> None:
    """A large message comes in pieces, with its marks, digest and number; a report names it by its subject."""
    large = message(7, ["Work", "Family", System.STARRED], text="0123456789abcdef\r\n" * 150_000)
    owner.has([large])
    owner.mailbox.mark(7, add=["\\Seen"])

    with owner.reader() as reader:
        work = named(reader.folders(), "Work")
        [listed] = reader.listing(work)
        spooled = reader.spool(work, listed.uid)
        with spooled.mime:
            content = spooled.mime.read()
        named_so = reader.envelopes(work, [listed.uid])

    assert content == large.raw
    assert (spooled.uid, spooled.size, spooled.theirs) == (listed.uid, len(content), listed.theirs)
    assert (spooled.marks.categories, spooled.marks.flagged, spooled.marks.read) == (("Family",), True, True)
    assert named_so[listed.uid].subject == "number 7"


def test_messages_that_are_gone(owner) -> None:
    """What its owner has deleted for ever since it was listed is left out, and named by nobody."""
    owner.has([message(1, ["Work"]), message(2, ["Work"])])

    with owner.reader() as reader:
        work = named(reader.folders(), "Work")
        uids = [each.uid for each in reader.listing(work)]
        owner.mailbox.delete(1)
        read = list(reader.read(work, uids))
        gone = reader.spool(work, uids[0])
        named_so = reader.envelopes(work, uids)

    assert [each.uid for each in read] == uids[1:]
    assert gone is None
    assert list(named_so) == uids[1:]
