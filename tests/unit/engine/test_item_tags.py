"""Item tags and folder tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.items.tags import Tag, folder_code, folder_tag, item_tag, parse_tag, part_of, undigested, whole_of

names = st.lists(st.text(max_size=20), max_size=4)
keys = st.binary(min_size=16, max_size=16)


digests = st.none() | st.tuples(*[st.text("0123456789abcdef", min_size=12, max_size=12)] * 2)


@given(path=names, key=keys, twin=st.integers(0, 999_999), part=st.integers(0, 999), both=digests,
       unfinished=st.booleans())
def test_a_tag_is_taken_apart_into_what_made_it(
    path: list[str], key: bytes, twin: int, part: int, both: tuple[str, str] | None, *, unfinished: bool
) -> None:
    """All of it comes back; the tag is at most 100 ASCII characters whatever the folder's name holds."""
    code = folder_code(path)
    tag = item_tag("7K2F-9QXD", code, key, twin, both, part=part) + "~" * unfinished

    assert parse_tag(tag) == Tag("7K2F9QXD", code, key.hex(), twin, unfinished, part, *(both or ("", "")))
    assert tag.isascii()
    assert len(tag) <= 100


@given(key=keys, twin=st.integers(0, 999), part=st.integers(1, 999), both=digests, unfinished=st.booleans())
def test_the_tag_of_a_part_is_that_of_the_item_with_a_number(
    key: bytes, twin: int, part: int, both: tuple[str, str] | None, *, unfinished: bool
) -> None:
    """And that of the item is found again from it."""
    whole = item_tag("7K2F-9QXD", "0a1b2c3d", key, twin, both) + "~" * unfinished

    assert part_of(whole, part) == item_tag("7K2F-9QXD", "0a1b2c3d", key, twin, both, part=part) + "~" * unfinished
    assert part_of(part_of(whole, part), 0) == whole


@given(key=keys, twin=st.integers(0, 999), part=st.integers(1, 999), both=digests, unfinished=st.booleans())
def test_a_tag_without_digests_is_the_same_for_each_state_of_the_item(
    key: bytes, twin: int, part: int, both: tuple[str, str] | None, *, unfinished: bool
) -> None:
    """That it is unfinished is told still; the tag of the whole tells it no more."""
    plain, mark = item_tag("7K2F-9QXD", "0a1b2c3d", key, twin), "~" * unfinished
    tag = item_tag("7K2F-9QXD", "0a1b2c3d", key, twin, both) + mark

    assert undigested(tag) == plain + mark
    assert undigested(part_of(tag, part)) == part_of(plain, part) + mark
    assert [whole_of(tag), whole_of(part_of(tag, part))] == [plain, plain]
    assert [undigested(text) for text in ("7K2F9QXD:0a1b2c3d", "their own")] == ["7K2F9QXD:0a1b2c3d", "their own"]


def test_a_part_may_have_a_digest_of_its_own() -> None:
    """Of what stands here; that of the source stays. What is no item's tag stays as it is."""
    whole = item_tag("7K2F-9QXD", "0a1b2c3d", bytes(16), digests=("0" * 12, "1" * 12))

    assert part_of(whole, 2, ours="a" * 12).endswith(f"/2:{'a' * 12}:{'1' * 12}")
    assert [part_of(text, 2) for text in ("7K2F9QXD:0a1b2c3d", "their own")] == ["7K2F9QXD:0a1b2c3d", "their own"]


@given(names)
def test_a_folder_tag_has_no_key(path: list[str]) -> None:
    """A folder's tag is told from an item's."""
    code = folder_code(path)

    assert parse_tag(folder_tag("7K2F-9QXD", code)) == Tag("7K2F9QXD", code, "")


KEY = "0" * 32


@pytest.mark.parametrize("text", [
    "", ":", "::", "7K2F9QXD", "7K2F-9QXD:00000000", "7K2F9QXD:000000:x", "a:b:c:d", "7K2F9QXD:00000000~",
    f"7K2F9QXD:00000000:{KEY}0", f"7K2F9QXD:00000000:{KEY}.", f"7K2F9QXD:00000000:{KEY}.-1",
    f"7K2F9QXD:00000000:{KEY}.²", f"7K2F9QXD:00000000:{KEY}.0000000001", f"7K2F9QXD:00000000:{'g' * 32}",
    f"7K2F9QXD:00000000:{KEY}/", f"7K2F9QXD:00000000:{KEY}/x", f"7K2F9QXD:00000000:{KEY}/1.2",
    f"7K2F9QXD:00000000:{KEY}:0123456789ab", f"7K2F9QXD:00000000:{KEY}:0123456789ab:0123456789a",
    f"7K2F9QXD:00000000:{KEY}:0123456789ab:0123456789ag", f"7K2F9QXD:00000000:{KEY}::0123456789ab:",
])
def test_what_is_no_tag_of_ours_is_none(text: str) -> None:
    """The property may hold anything; only what has our form counts."""
    assert parse_tag(text) is None


@given(names, names)
def test_folders_are_told_apart_by_their_whole_path(one: list[str], other: list[str]) -> None:
    """Equal codes only for equal paths: a name with a slash is not two names."""
    assert (folder_code(one) == folder_code(other)) is (one == other)


def test_a_slash_in_a_name_is_not_two_names() -> None:
    """"a/b" is another folder than b in a."""
    assert len({folder_code(path) for path in (["a/b"], ["a", "b"], ["ab"], ["a", "", "b"], ["", "a", "b"])}) == 5
