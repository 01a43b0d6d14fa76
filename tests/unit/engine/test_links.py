"""What items point to: found at the destination by source keys, and waited for in the right order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.contents.contact_groups import KIND
from engine.items.batches import Batch, Entry
from engine.items.known.links import Links
from engine.items.moving.pointing import Pointing
from engine.items.tags import UNFINISHED, item_tag
from engine.migration.content import Content
from engine.ports.items import Outcome, TaggedItem, Verdict
from engine.ports.source import SourceFolder
from engine.ports.typed import Link, Member, TypedItem

OURS, THEIRS = "7K2F9QXD", "0123ABCD"
FOLDER = SourceFolder(("Contacts",), "ref")
HERE, ELSEWHERE = KIND.code(FOLDER), "0a1b2c3d"


def key(name: str) -> bytes:
    return name.encode().ljust(16, b"-")


def tag(name: str, *, task: str = OURS, folder: str = HERE, twin: int = 0, part: int = 0) -> str:
    return item_tag(task, folder, key(name), twin, ("0" * 12, "1" * 12), part=part)


def test_an_item_is_found_by_its_key_and_rather_in_its_own_folder() -> None:
    """Then rather our own task's, then the first of twins."""
    links = Links(OURS)
    for item_id, known in {
        "other folder": tag("a", folder=ELSEWHERE), "other task": tag("a", task=THEIRS), "twin": tag("a", twin=1),
        "it": tag("a"),
    }.items():
        links.see(TaggedItem(item_id, known))

    assert links.of(key("a"), HERE) == ("it",)
    links.gone("it")
    assert links.of(key("a"), HERE) == ("twin",)
    links.gone("twin")
    assert links.of(key("a"), HERE) == ("other task",)
    assert links.of(key("a"), ELSEWHERE) == ("other folder",)
    assert links.of(key("b"), HERE) == ()


def test_nothing_points_to_what_is_not_finished_or_goes_away() -> None:
    """Nor to a part that is left of an item."""
    links = Links(OURS, ignored=[THEIRS])
    links.see(TaggedItem("half", tag("a") + UNFINISHED))
    links.see(TaggedItem("goes", tag("a", task=THEIRS)))
    links.see(TaggedItem("left", tag("a", part=2)))

    assert links.of(key("a"), HERE) == ()


def test_an_item_that_became_several_is_all_of_them_in_their_order() -> None:
    """What was made now replaces what there was of it."""
    links = Links(OURS)
    links.see(TaggedItem("old part", tag("a", part=2)))
    links.made(tag("a"), "first", "second", "third")
    links.see(TaggedItem("third", tag("a", part=3)))

    assert links.of(key("a"), HERE) == ("first", "second", "third")


def group(name: str, *inner: str) -> TypedItem:
    """A group that contains others."""
    members = tuple(Member(one, link=Link(Content.CONTACT_GROUPS, key(one), "ref")) for one in inner)
    return TypedItem(1, b"", key(name), "", "", 0, members=members)


class Groups:
    """Groups by what they contain, in the order in which they are written."""

    def __init__(self, groups: Mapping[str, Sequence[str]], *, refused: Sequence[str] = ()) -> None:
        self.links = Links(OURS)
        self.written: list[str] = []
        self._items = [group(name, *inner) for name, inner in groups.items()]
        self._refused = refused
        self._pointing = Pointing(KIND, self.links, [FOLDER], self._identify)
        entries = [Entry(1, 1, item.key, 0, number) for number, item in enumerate(self._items)]
        self._write(Batch(FOLDER, "id", HERE, tuple(entries)))
        while due := self._pointing.due():
            for batch in due:
                self._write(batch)

    def _identify(self, _batch: Batch, contents: Sequence[tuple[Entry, TypedItem]]) -> list[Entry | None]:
        return [entry.named(entry.key, tag(name_of(item))) for entry, item in contents]

    def _write(self, batch: Batch) -> None:
        contents = [(entry, self._items[entry.number]) for entry in batch.entries]
        now = self._pointing.resolved(self._pointing.identified(batch, contents))
        done = [Verdict.REFUSED if name_of(item) in self._refused else Verdict.DONE for _, item in now]
        self._pointing.written(now, [
            Outcome(verdict, id=f"id of {name_of(item)}") for verdict, (_, item) in zip(done, now, strict=True)
        ])
        for _, item in now:
            known = sorted(ids[0] for ids in item.linked.values())
            self.written.append(" ".join([f"{name_of(item)}:", *(one.removeprefix("id of ") for one in known)]))


def name_of(item: TypedItem) -> str:
    return item.key.decode().rstrip("-")


def test_what_is_contained_is_written_first() -> None:
    """However they are listed."""
    found = Groups({"a": ["b", "d"], "b": ["c"], "c": ["d"], "d": []})

    assert found.written == ["d:", "c: d", "b: c", "a: b d"]


def test_of_a_circle_one_is_written_without_and_all_others_in_their_order() -> None:
    """One that only leads to the circle waits for it."""
    found = Groups({"leads to it": ["a"], "a": ["b"], "b": ["c"], "c": ["a"], "itself": ["itself"]})

    without = [one for one in found.written if one.endswith(":")]
    assert without[0] == found.written[0] == "itself:"
    assert without[1:] in (["a:"], ["b:"], ["c:"])
    wanted = {"leads to it: a", "a: b", "b: c", "c: a"} - {f"{without[1]} {one}" for one in "abc"}
    assert set(found.written) == {*without, *wanted}


def test_nobody_waits_for_what_could_not_be_written() -> None:
    """Whoever contains it is written without."""
    found = Groups({"a": ["b", "c"], "b": ["c"], "c": []}, refused=["c"])

    assert found.written == ["c:", "b:", "a: b"]
