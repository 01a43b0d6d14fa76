"""The census: tags at the destination, each once, and which source copy each stands for."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from engine.items.known.census import Census, Match, folder_number, key_number, place_number
from engine.items.tags import folder_code, item_tag
from engine.ports.items import TaggedItem

OURS, THEIRS = "7K2F9QXD", "00000001"
INBOX, WORK, JOBS = (folder_code([name]) for name in ("INBOX", "Work", "Jobs"))


def key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def number(text: str) -> int:
    return key_number(key(text))


def tag(task: str, code: str, text: str, twin: int = 0) -> str:
    return item_tag(task, code, key(text), twin)


def seen(*tags: str, task: str = OURS) -> Census:
    census = Census(task)
    for each in tags:
        census.see("f1", TaggedItem(each, each))
    return census


def test_a_copy_that_the_owner_made_counts_once() -> None:
    """The same tag on several items is one tag: the owner has copied the message."""
    census = seen(tag(THEIRS, INBOX, "a"), tag(THEIRS, INBOX, "a"))
    census.mark(folder_number(INBOX), number("a"))

    first, second = (census.take_same(folder_number(INBOX), number("a")) for _ in range(2))

    assert first == Match(THEIRS, folder_number(INBOX))
    assert second is None


def test_the_first_part_of_an_item_that_became_several_stands_for_all() -> None:
    """The others stand for no other item of that key; while it is unfinished, nothing is there."""
    parts = [item_tag(THEIRS, INBOX, key("a"), part=part) for part in (1, 2, 3)]

    whole, unfinished = seen(*parts), seen(f"{parts[0]}~", *parts[1:])

    assert [len(whole), len(unfinished)] == [1, 0]


def test_a_source_s_digest_is_known_by_whichever_of_its_twins_has_it() -> None:
    """Nobody can say which of two twins was copied under which of two tags; a third digest is of a change."""
    one, other, third = "a" * 12, "b" * 12, "c" * 12
    census = seen(*(
        item_tag(THEIRS, INBOX, key("a"), twin, ("0" * 12, theirs)) for twin, theirs in enumerate((one, other))
    ))

    known = {theirs: census.is_as_copied(number("a"), theirs) for theirs in (one, other, third)}

    assert known == {one: True, other: True, third: False}
    assert not census.is_as_copied(number("b"), one)


def test_what_the_source_shows_nowhere_is_gone_there_if_it_is_the_same_source() -> None:
    """By folder. Of a task most of whose items are not in this source nothing can be said."""
    others = "00000002"
    census = seen(*(tag(THEIRS, WORK, each) for each in "abc"), *(tag(others, JOBS, each) for each in "xyz"))
    for each in "ab":
        census.mark(folder_number(WORK), number(each))
    census.take_same(folder_number(WORK), number("a"))

    assert census.gone_at_the_source() == {folder_number(WORK): 1}


def test_twins_are_as_many_tags() -> None:
    """Identical messages of a folder have tags of their own, and each stands for one copy."""
    census = seen(*(tag(THEIRS, INBOX, "a", twin) for twin in range(3)))

    taken = [census.take_same(folder_number(INBOX), number("a")) for _ in range(4)]

    assert [match is not None for match in taken] == [True, True, True, False]


def test_a_message_filed_elsewhere_takes_the_tag_of_its_old_folder() -> None:
    """The old folder no longer holds the key, so the copy in the new folder is the same message."""
    census = seen(tag(THEIRS, INBOX, "a"), tag(THEIRS, INBOX, "b"))
    census.mark(folder_number(WORK), number("a"))
    census.mark(folder_number(INBOX), number("b"))

    moved = census.take_moved(number("a"))

    assert moved == Match(THEIRS, folder_number(INBOX))


def test_a_message_that_is_in_both_folders_was_not_moved() -> None:
    """The old folder still holds the key: the second copy is a copy."""
    census = seen(tag(THEIRS, INBOX, "a"))
    for code in (INBOX, WORK):
        census.mark(folder_number(code), number("a"))

    assert census.take_moved(number("a")) is None


def test_a_folder_that_was_not_listed_to_its_end_may_still_hold_its_messages() -> None:
    """Nothing is taken for moved out of a folder of which nobody knows what it holds."""
    census = seen(tag(THEIRS, INBOX, "a"))
    census.doubt(folder_number(INBOX))
    census.mark(folder_number(WORK), number("a"))

    assert census.take_moved(number("a")) is None


def test_a_task_of_another_source_says_nothing_about_what_moved() -> None:
    """Fewer than half of its keys are in this source, so its message with this key is another account's."""
    census = seen(*(tag(THEIRS, INBOX, text) for text in "abc"))
    census.mark(folder_number(WORK), number("a"))

    assert census.take_moved(number("a")) is None
    assert census.is_elsewhere(number("a"))


def test_our_own_task_is_of_this_source_however_little_of_it_is_left() -> None:
    """Whoever emptied most of the source meanwhile has not made it another source."""
    census = seen(*(tag(OURS, INBOX, text) for text in "abcdef"))
    census.mark(folder_number(WORK), number("a"))

    assert census.take_moved(number("a")) == Match(OURS, folder_number(INBOX))


def test_tags_of_a_task_that_is_rolled_back_do_not_count() -> None:
    """What is about to be removed is not there."""
    census = Census(OURS, ignored=[THEIRS])
    census.see("f1", TaggedItem("i", tag(THEIRS, INBOX, "a")))

    assert len(census) == 0


def test_unfinished_items_and_foreign_tags_count_as_missing() -> None:
    """An item that still needs requests, a folder's tag, the tag of a check, and what is no tag."""
    census = seen(f"{tag(OURS, INBOX, 'a')}~", f"{OURS}:{INBOX}", f"{OURS}:_doctor_:{'0' * 32}", "hello")

    assert len(census) == 0


def test_an_item_is_at_home_once_it_was_seen_where_we_write() -> None:
    """What lies elsewhere was moved by its owner; each of our tags is told once."""
    census = Census(OURS)
    census.expect(folder_number(INBOX), "home")
    for folder_id, text in (("home", "a"), ("away", "b"), ("away", "a")):
        census.see(folder_id, TaggedItem(text, tag(OURS, INBOX, text)))

    found = dict(census.own())

    assert found == {
        place_number(folder_number(INBOX), number("a")): True, place_number(folder_number(INBOX), number("b")): False,
    }


@given(st.lists(st.tuples(st.sampled_from([OURS, THEIRS]), st.sampled_from([INBOX, WORK, JOBS]),
                          st.integers(0, 40).map(str), st.integers(0, 60)), max_size=300))
def test_every_tag_is_kept_and_counted_once(entries: list[tuple[str, str, str, int]]) -> None:
    """Whatever order they come in, however many share a key, each distinct tag is there once."""
    census = seen(*(tag(*each) for each in [*entries, *reversed(entries)]))

    assert len(census) == len(set(entries))
    assert census.count(OURS) == len({each for each in entries if each[0] == OURS})


def test_two_thousand_twins_pair_with_two_thousand_tags() -> None:
    """A key that thousands of items share is looked up as quickly as any other."""
    census = seen(*(tag(THEIRS, INBOX, "a", twin) for twin in range(2000)))
    for _ in range(2000):
        census.mark(folder_number(INBOX), number("a"))

    taken = [census.take_same(folder_number(INBOX), number("a")) for _ in range(2001)]

    assert sum(match is not None for match in taken) == 2000
