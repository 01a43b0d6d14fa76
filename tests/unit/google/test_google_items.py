"""Items of a Google account: listed whole, kept by numbers that last, read as they were listed."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.reading.items import At, Found, GoogleItems, Reading
from engine.connectors.google.reading.shelf import Shelf
from engine.connectors.google.reading.shelved import Shelves
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.denials import NoServiceError
from engine.connectors.google.source import opened
from engine.connectors.network.pinning import Network
from engine.errors import GoneError, RefusedError, RetryableError
from engine.migration.account import parse_account
from engine.ports.items import Envelope
from engine.ports.source import FolderList, SourceFolder
from engine.ports.typed import TypedItem

FOLDER = SourceFolder(("Tasks",), "list")
WHEN = datetime(2026, 5, 1, tzinfo=UTC)


class Google:
    """What it lists and what happens when one of it is made."""

    def __init__(self, *ids: str) -> None:
        self.found = [Found(each, ({"id": each, "title": each.upper()},), WHEN) for each in ids]
        self.breaks: dict[str, Exception] = {}
        self.listing_breaks: Exception | None = None

    def _listed(self, _asking: Asking, _folder: SourceFolder) -> Iterator[Found]:
        yield from self.found
        if self.listing_breaks is not None:
            raise self.listing_breaks

    def _made(self, number: int, found: Found, _at: At) -> TypedItem:
        if found.id in self.breaks:
            raise self.breaks[found.id]
        return TypedItem(number, found.item["title"].encode(), b"", "", "", 10)

    @property
    def reading(self) -> Reading:
        def named(item: Json) -> Envelope:
            return Envelope(item["title"], "", "")
        return Reading("tasks", lambda _asking: FolderList((FOLDER,)), self._listed, self._made, named)

    def readers(self, count: int = 1) -> list[GoogleItems]:
        source = opened(
            parse_account("gmail://ann@gmail.com"), "password", Network(trusts_person=True), stop=threading.Event()
        )
        shelves, directory = Shelves(), Directory(lambda _address: (), owner="ann@gmail.com")
        return [GoogleItems(self.reading, source._asking(), shelves, directory) for _ in range(count)]


def read(reader: GoogleItems, *numbers: int) -> list[bytes]:
    return [item.element for item in reader.read(FOLDER, numbers)]


def test_an_item_keeps_its_number_however_often_it_is_listed() -> None:
    """For all readers; a new one gets a new number, and what is gone has none any more."""
    google = Google("a", "b", "c")
    one, other = google.readers(2)
    first = {listed.key: listed.uid for listed in one.listing(FOLDER)}
    google.found = [
        Found("new", ({"id": "new", "title": "NEW"},)), google.found[2], Found("a", ({"id": "a", "title": "CHANGED"},)),
    ]
    again = list(other.listing(FOLDER))

    assert [listed.uid for listed in again] == [4, 3, 1]
    assert {listed.key: listed.uid for listed in again}.items() >= {
        key: uid for key, uid in first.items() if uid != 2
    }.items()
    assert read(one, 1, 2, 3, 4) == [b"CHANGED", b"C", b"NEW"]
    assert one.envelopes(FOLDER, [1, 2, 3, 99]).keys() == {1, 3}
    assert one.spool(FOLDER, 2) is None


def test_what_is_listed_says_when_it_changed_and_what_it_is() -> None:
    """An item that is of no content of ours is listed as another one; the key is Google's id's alone."""
    google = Google("a")
    google.found.append(Found("b", ({"id": "b"}, {"id": "b2"}), other=True))
    [reader] = google.readers()
    first, second = reader.listing(FOLDER)

    assert (first.modified, first.other, second.modified, second.other) == (int(WHEN.timestamp()), False, 0, True)
    assert first.key == google.reading.key("a", "")
    assert first.size > 0
    assert [item.key for item in reader.read(FOLDER, [1])] == [first.key]


def test_a_listing_that_breaks_off_leaves_the_earlier_one() -> None:
    """The engine asks again; whatever was listed before can still be read by its number."""
    google = Google("a", "b")
    [reader] = google.readers()
    list(reader.listing(FOLDER))
    google.listing_breaks = RetryableError("busy")
    google.found = google.found[:1]

    with pytest.raises(RetryableError):
        list(reader.listing(FOLDER))
    assert read(reader, 1, 2) == [b"A", b"B"]

    google.listing_breaks = None
    google.found = Google("c", "a").found
    assert [listed.uid for listed in reader.listing(FOLDER)] == [3, 1]


@pytest.mark.parametrize("error", [KeyError("id"), TypeError()])
def test_a_list_of_an_odd_shape_is_refused_with_its_folder(error: Exception) -> None:
    """It ends no migration; what was listed before is known still."""
    google = Google("a")
    [reader] = google.readers()
    list(reader.listing(FOLDER))
    google.listing_breaks = error

    with pytest.raises(RefusedError):
        list(reader.listing(FOLDER))
    assert [item.element for item in reader.read(FOLDER, [1])] == [b"A"]


@pytest.mark.parametrize("error", [KeyError("title"), ValueError("no date"), TypeError(), AttributeError()])
def test_an_item_of_an_odd_shape_is_refused_alone(error: Exception) -> None:
    """All others come first; what Google says of it stands in no message."""
    google = Google("a", "b", "c")
    google.breaks["a"] = error
    [reader] = google.readers()
    list(reader.listing(FOLDER))
    items = reader.read(FOLDER, [1, 2, 3])

    assert [next(items).element, next(items).element] == [b"B", b"C"]
    with pytest.raises(RefusedError, match="cannot be read"):
        next(items)


def test_what_is_gone_meanwhile_is_left_out_and_what_may_pass_comes_before_what_will_not() -> None:
    """As every source does."""
    google = Google("a", "b", "c", "d")
    google.breaks = {"a": RefusedError("never"), "b": RetryableError("later"), "c": GoneError("gone")}
    [reader] = google.readers()
    list(reader.listing(FOLDER))
    items = reader.read(FOLDER, [1, 2, 3, 4])

    assert next(items).element == b"D"
    with pytest.raises(RetryableError):
        next(items)
    del google.breaks["b"]
    with pytest.raises(RefusedError):
        list(reader.read(FOLDER, [1, 2, 3, 4]))
    assert read(reader, 3) == []


def test_many_items_take_little_memory() -> None:
    """Less than 200 bytes each, whatever Google tells of one."""
    google = Google()
    count = 5_000
    text = "x" * 500

    def many(_asking: Asking, _folder: SourceFolder) -> Iterator[Found]:
        for number in range(count):
            yield Found(f"id-{number}", ({"id": f"id-{number}", "title": text},))
    google._listed = many       # type: ignore[method-assign]
    [reader] = google.readers()
    tracemalloc.start()
    listed = sum(1 for _ in reader.listing(FOLDER))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert listed == count
    assert kept / count < 80
    assert peak / count < 350


def test_a_shelf_gives_back_what_was_put_there() -> None:
    """From many threads; what is put there again takes no more room."""
    shelf = Shelf()
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(shelf.put, [{"n": number, "t": "ä\ud800" * number} for number in range(200)]))
        found = list(threads.map(shelf.get, numbers))
    assert sorted(each["n"] for each in found) == list(range(200))
    assert all(found[place]["n"] == place for place in range(200))

    end = shelf._end
    shelf.replace(numbers[3], {"n": 3, "t": "ä\ud800" * 3})
    assert shelf._end == end
    shelf.replace(numbers[3], "other")
    assert shelf.get(numbers[3]) == "other"
    for number in (0, 201):
        with pytest.raises(LookupError):
            shelf.get(number)
    shelf.drop()
    assert (len(shelf), shelf.put("again"), shelf.get(1)) == (0, 1, "again")


def test_an_account_without_the_service_has_no_folders_and_the_report_says_why() -> None:
    """All else moves."""
    google = Google()
    [reader] = google.readers()

    def none(_asking: Asking) -> FolderList:
        raise NoServiceError("this Google account has no tasks")
    reader._reading = replace(reader._reading, folders=none)

    found = reader.folders()
    assert found.folders == ()
    assert [(left.path, left.items, left.reason) for left in found.left] == [
        (("Tasks",), None, "this Google account has no tasks"),
    ]
