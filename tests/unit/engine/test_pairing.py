"""Which messages of a source are at the destination already, and where the rest of their folders go."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contents.mail import KIND
from engine.items.compared.pairing import Pairing, pair, pair_late
from engine.items.folders.renames import plan_folders
from engine.items.known.census import Census, folder_number
from engine.items.known.on_record import OnRecord
from engine.items.source.listing import Listing
from engine.items.tags import folder_code, item_tag
from engine.ports.items import Listed, TaggedItem
from engine.ports.source import SourceFolder

OURS, THEIRS, OTHERS = "7K2F9QXD", "00000001", "00000002"


def key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def listing(name: str, texts: str, *, everything: bool = False, refusal: str = "") -> Listing:
    found = Listing(SourceFolder((name,), name, everything=everything), folder_code((name,)), refusal=refusal)
    for number, text in enumerate(texts):
        found.add(Listed(number + 1, 100, key(text)))
    return found


def census(*copied: tuple[str, str, str]) -> Census:
    """What is at the destination: task, source folder, and one letter a message."""
    found = Census(OURS)
    for task, name, texts in copied:
        twins: Counter[str] = Counter()
        for text in texts:
            tag = item_tag(task, folder_code([name]), key(text), twins[text])
            found.see("f1", TaggedItem(tag, tag))
            twins[text] += 1
    return found


def label(name: str, *messages: tuple[str, str]) -> Listing:
    """The folder of a label, which shares its code with all others: messages by a letter and a digest of labels."""
    folder = SourceFolder((name,), name, known_as=("all",))
    found = Listing(folder, KIND.item_code(folder))
    for number, (text, theirs) in enumerate(messages):
        found.add(Listed(number + 1, 100, key(text), theirs=theirs))
    return found


def labelled(*copied: tuple[str, str], task: str = THEIRS, mine: bool | None = None) -> Census:
    """What was copied out of folders of labels: letters and digests. `mine`: whether the source was this one."""
    found = Census(OURS, record=OnRecord({} if mine is None else {task: mine}))
    twins: Counter[str] = Counter()
    for text, theirs in copied:
        tag = item_tag(task, KIND.code(SourceFolder(("all",), "all")), key(text), twins[text], ("", theirs))
        found.see("f1", TaggedItem(tag, tag))
        twins[text] += 1
    return found


def paired(listings: list[Listing], found: Census) -> tuple[Pairing, list[str]]:
    """The pairing, and for each listing the letters' places that are to be copied."""
    pairing = pair(listings, found, OURS)
    return pairing, [",".join(map(str, left)) for left in pairing.left]


def test_a_listing_knows_the_digests_that_are_told() -> None:
    """Each that of its own message; where the source tells none, none is kept."""
    found = listing("INBOX", "ab")
    for number, theirs in enumerate(("0123456789ab", "", "", "ffffffffffff")):
        found.add(Listed(number + 3, 100, key(str(number)), theirs=theirs))

    assert [found.theirs(number) for number in range(6)] == ["", "", "0123456789ab", "", "", "ffffffffffff"]
    assert (len(found.digests), len(listing("INBOX", "ab").digests)) == (36, 0)


def test_a_second_run_copies_nothing() -> None:
    """Every message has a tag of its own place, under whatever task."""
    pairing, left = paired([listing("INBOX", "abc"), listing("Work", "ad")],
                           census((THEIRS, "INBOX", "abc"), (THEIRS, "Work", "ad")))

    assert left == ["", ""]
    assert (pairing.own, pairing.others, pairing.moved) == (0, 5, {})
    assert pairing.counts_on == {THEIRS: 5}


def test_a_message_filed_elsewhere_is_there_and_is_said_to_have_moved() -> None:
    """It is told by the pair of folders."""
    pairing, left = paired([listing("INBOX", "ac"), listing("Work", "b")], census((THEIRS, "INBOX", "abc")))

    assert left == ["", ""]
    assert pairing.moved == {(folder_number(folder_code(["INBOX"])), 1): 1}


def test_a_copy_in_the_same_place_goes_before_one_that_moved() -> None:
    """One tag, two copies: the one that is where the tag says has it, and the other is copied."""
    _, left = paired([listing("Work", "a"), listing("INBOX", "a")], census((THEIRS, "INBOX", "a")))

    assert left == ["0", ""]


def test_twins_are_paired_one_to_one() -> None:
    """Of three identical messages two are there, so one is copied."""
    _, left = paired([listing("INBOX", "aaa")], census((THEIRS, "INBOX", "aa")))

    assert left == ["2"]


WORK, HOME, LATER = "0123456789ab", "ffffffffffff", "00000000000c"     # digests of labels


def test_of_several_tags_of_one_key_a_message_takes_that_of_its_labels() -> None:
    """Whichever folder comes first: what is left takes what is left, and has other labels now; or is new."""
    _, left = paired([label("Home", ("a", HOME)), label("Work", ("a", WORK))], labelled(("a", WORK)))
    assert left == ["0", ""]

    pairing, left = paired(
        [label("Later", ("a", LATER)), label("Work", ("a", WORK))], labelled(("a", WORK), ("a", HOME)),
    )
    assert left == ["", ""]
    assert [(copy.listing, copy.number) for copy in pairing.relabelled] == [(0, 0)]


def test_of_hundreds_of_one_key_each_takes_a_tag_of_its_labels() -> None:
    """However they came, nobody's labels seem to have changed."""
    copied = [("a", (WORK, HOME, LATER)[number % 3]) for number in range(300)]
    there = [label(name, *[("a", theirs)] * 100) for name, theirs in (("1", LATER), ("2", HOME), ("3", WORK))]

    pairing, left = paired(there, labelled(*copied))

    assert (left, pairing.relabelled, pairing.others) == (["", "", ""], [], 300)


def test_a_message_waits_for_a_label_that_is_late() -> None:
    """A tag by its place alone may be that of a message which the late folder shows."""
    found = labelled(("a", WORK))
    late = label("Work")
    late.late = True
    listings = [label("Home", ("a", HOME)), late]
    pairing = pair(listings, found, OURS)
    assert [list(held) for held in pairing.held] == [[0], []]

    listings[1] = label("Work", ("a", WORK))
    listings[1].late = True
    pairing = pair_late(listings, pairing.held, found, OURS)

    assert [list(numbers) for numbers in pairing.left] == [[0], []]


def test_a_message_of_another_account_stands_for_one_of_the_same_labels_alone() -> None:
    """All accounts with labels share their folders' codes."""
    _, left = paired([label("Home", ("a", HOME), ("b", HOME))],
                     labelled(("a", WORK), ("b", HOME), mine=False))

    assert left == ["0"]


def test_what_is_thrown_away_is_known_though_most_of_the_source_is_not_shown() -> None:
    """It is on record that the task was of this source."""
    folder = SourceFolder(("Trash",), "Trash", known_as=("trash",))
    trash = Listing(folder, KIND.item_code(folder))
    trash.add(Listed(1, 100, key("a"), theirs=HOME))
    copied = [(text, WORK) for text in "abcdefgh"]
    there = [label("Work", ("b", WORK)), trash]

    assert paired(there, labelled(*copied, mine=True))[1] == ["", ""]


def test_what_the_source_does_not_show_to_its_end_has_not_moved() -> None:
    """A folder that broke off may still hold the message, so the copy elsewhere is copied."""
    _, left = paired([listing("INBOX", "", refusal="no"), listing("Work", "ab")], census((THEIRS, "INBOX", "ab")))

    assert left == ["", "0,1"]


def test_messages_of_another_account_count_as_new_and_it_is_said() -> None:
    """Less than half of the task's messages are here: one that is in another folder here is another message."""
    pairing, left = paired([listing("Work", "a")], census((OTHERS, "INBOX", "abc")))

    assert left == ["0"]
    assert pairing.of_another_source == {0: 1}


def test_a_folder_that_shows_everything_gives_what_is_in_no_other() -> None:
    """Archived mail is in \\All alone; the rest is left out, and two identical messages are not one."""
    pairing, left = paired([listing("INBOX", "abb"), listing("All", "abbbc", everything=True)], census())

    assert left == ["0,1,2", "3,4"]
    assert pairing.shown_again == {1: 3}


def test_a_message_whose_key_is_not_known_yet_is_read() -> None:
    """Its own bytes will tell."""
    found = Listing(SourceFolder(("INBOX",), "INBOX"), folder_code(("INBOX",)))
    found.add(Listed(1, 100, b""))

    pairing, _ = paired([found], census((THEIRS, "INBOX", "a")))

    assert list(pairing.left[0]) == [0]


@given(st.lists(st.text("abc", max_size=6), min_size=2, max_size=2),
       st.lists(st.tuples(st.sampled_from([OURS, THEIRS]), st.sampled_from(["INBOX", "Work", "Gone"]),
                          st.text("abc", max_size=5)), max_size=4, unique_by=lambda each: each[:2]))
def test_nothing_is_lost_and_nothing_is_paired_twice(texts: list[str], copied: list[tuple[str, str, str]]) -> None:
    """However often a message is in the source, at most as many of it count as there as there are tags of it."""
    listings = [listing("INBOX", texts[0]), listing("Work", texts[1])]
    pairing = pair(listings, census(*copied), OURS)

    there = Counter(text for _, _, letters in copied for text in letters)
    for letter in "abc":
        in_source = sum(text.count(letter) for text in texts)
        left = sum(texts[index][number] == letter for index in (0, 1) for number in pairing.left[index])
        assert in_source - left <= there[letter]
    assert pairing.own + pairing.others + sum(map(len, pairing.left)) == sum(map(len, texts))


# Folders


def plan(listings: list[Listing], found: Census, *more: SourceFolder):
    pairing = pair(listings, found, OURS)
    return plan_folders(KIND, [*(each.folder for each in listings), *more], listings, pairing)


def test_a_renamed_folder_goes_where_its_old_mail_lies() -> None:
    """All its messages came from one folder that the source no longer has."""
    found = plan([listing("Jobs", "abcd")], census((THEIRS, "Work", "abc")))

    assert found.former == {("Jobs",): folder_code(["Work"])}


def test_a_folder_into_which_mail_was_filed_was_not_renamed() -> None:
    """The old folder is still there."""
    found = plan([listing("Work", "d"), listing("Jobs", "abc")], census((THEIRS, "Work", "abcd")))

    assert found.former == {}
    assert found.unneeded == {("Jobs",), ("Work",)}


@pytest.mark.parametrize(("texts", "unneeded"), [("abc", True), ("abcx", False), ("", False)])
def test_a_folder_whose_messages_are_all_there_is_not_made(texts: str, *, unneeded: bool) -> None:
    """One with new mail is, and so is one that is empty: it is part of the hierarchy."""
    found = plan([listing("Work", "d"), listing("Jobs", texts)], census((THEIRS, "Work", "abcd")))

    assert (("Jobs",) in found.unneeded) is unneeded


def test_a_folder_of_folders_is_made_for_the_sake_of_what_lies_in_it() -> None:
    """Only when nothing goes into any of them it is not needed."""
    parent = SourceFolder(("Clients",), "Clients", selectable=False)
    child = Listing(SourceFolder(("Clients", "New"), "Clients/New"), folder_code(("Clients", "New")))
    child.add(Listed(1, 100, key("n")))

    assert plan([child], census(), parent).unneeded == set()
    assert plan([child], census((THEIRS, "Old", "n")), parent).unneeded == {("Clients",), ("Clients", "New")}
