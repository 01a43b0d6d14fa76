"""Tags that are given while others are read back."""

from __future__ import annotations

import threading

from engine.contents.mail import KIND
from engine.items.batches import Batch, Entry
from engine.items.known.census import Census
from engine.items.moving.tagging import Tagging
from engine.items.tags import item_tag
from engine.ports.items import SourceMessage, TaggedItem
from engine.ports.source import SourceFolder

TASK, CODE = "0123ABCD", "0a1b2c3d"
FOLDER = SourceFolder(("INBOX",), "INBOX")


def test_the_census_takes_no_tag_while_an_item_is_compared_with_it() -> None:
    """A tag that is read back meanwhile waits: a census that grows cannot be looked at."""
    mime = b"Subject: a\r\nMessage-ID: <a@x>\r\n\r\n"
    read_back = TaggedItem("id", item_tag(TASK, CODE, bytes(range(16)), 0, None))
    seen: list[bool] = []
    reading: list[threading.Thread] = []

    def on_key(_entry: Entry, _key: bytes) -> None:
        reading.append(threading.Thread(target=tagging.see, args=("folder", read_back)))
        reading[0].start()
        reading[0].join(0.2)
        seen.append(bool(len(census)))

    census = Census(TASK)
    tagging = Tagging(TASK, KIND, census, on_key=on_key, on_there=lambda *_: None, on_doubt=lambda _: None)
    entry = Entry(1, len(mime), b"", 0, 0)
    tagging.identify(Batch(FOLDER, "folder", CODE, (entry,)), [(entry, SourceMessage(1, mime, len(mime), None))])
    reading[0].join(60)

    assert seen == [False]
    assert len(census) == 1
