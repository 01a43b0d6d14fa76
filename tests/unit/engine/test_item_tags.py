"""Item tags and folder tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.account import parse_account
from engine.tags import Tag, folder_code, folder_tag, item_tag, parse_tag, place, source_key

ANN = parse_account("imaps://ann@example.org@mail.example.org")
BOB = parse_account("imaps://bob@example.org@mail.example.org")
names = st.lists(st.text(max_size=20), max_size=4)


@given(names, st.binary(max_size=60), st.integers(0, 9))
def test_a_tag_is_taken_apart_into_what_made_it(path: list[str], identity: bytes, twin: int) -> None:
    """Task, folder and key come back; the tag is at most 64 ASCII characters whatever the folder's name holds."""
    code, key = folder_code(ANN, path), source_key(ANN, identity, twin)
    tag = item_tag("7K2F-9QXD", code, key)

    assert parse_tag(tag) == Tag("7K2F9QXD", code, key.hex())
    assert tag.isascii()
    assert len(tag) == 50


@given(names)
def test_a_folder_tag_has_no_key(path: list[str]) -> None:
    """A folder's tag is told from an item's."""
    code = folder_code(ANN, path)

    assert parse_tag(folder_tag("7K2F-9QXD", code)) == Tag("7K2F9QXD", code, "")


@pytest.mark.parametrize("text", ["", ":", "::", "7K2F9QXD", "7K2F-9QXD:00000000", "7K2F9QXD:000000:x", "a:b:c:d"])
def test_what_is_no_tag_of_ours_is_none(text: str) -> None:
    """The property may hold anything; only what has our form counts."""
    assert parse_tag(text) is None


@given(names, names)
def test_folders_are_told_apart_by_their_whole_path(one: list[str], other: list[str]) -> None:
    """Equal codes only for equal paths: a name with a slash is not two names."""
    assert (folder_code(ANN, one) == folder_code(ANN, other)) is (one == other)


def test_a_slash_in_a_name_is_not_two_names() -> None:
    """"a/b" is another folder than b in a."""
    assert len({folder_code(ANN, path) for path in (["a/b"], ["a", "b"], ["ab"], ["a", "", "b"], ["", "a", "b"])}) == 5


def test_codes_and_keys_are_the_accounts_own() -> None:
    """The same folder or message of another account is another; the server's name is no part of it."""
    elsewhere = parse_account("imaps://ANN@example.org@imap.example.net:1993")

    assert folder_code(ANN, ["a"]) != folder_code(BOB, ["a"])
    assert source_key(ANN, b"x", 0) != source_key(BOB, b"x", 0)
    assert source_key(ANN, b"x", 0) == source_key(elsewhere, b"x", 0)


def test_twins_have_keys_of_their_own() -> None:
    """Equal messages of a folder are numbered, and are as many items."""
    assert len({source_key(ANN, b"x", twin) for twin in range(12)}) == 12


@given(names, st.binary(max_size=20), st.sampled_from(["7K2F-9QXD", "0000-0000"]))
def test_the_place_is_the_same_for_every_task(path: list[str], identity: bytes, task: str) -> None:
    """A second task recognises what a first one copied; the number fits a KeySet."""
    code, key = folder_code(ANN, path), source_key(ANN, identity, 0)
    tag = parse_tag(item_tag(task, code, key))

    assert tag is not None
    assert tag.place == place(code, key.hex())
    assert 1 <= tag.place < 2**64
