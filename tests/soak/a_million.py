"""A program: lists a million messages at a source that holds none, reads their million tags, and says what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from engine.contents.mail import MAIL
from engine.items.run import Run, Sent
from engine.items.tags import folder_code, item_tag
from engine.pace.halt import Halt
from engine.ports.destination import DestinationFolder, Limits
from engine.ports.facts import Retention
from engine.ports.items import Foretold, Listed, TaggedItem, TagPage
from engine.ports.source import FolderList, Role, SourceFolder

MANY = 1_000_000
FOLDERS = 20
PAGE = 512
PATHS = tuple((f"Folder {number}",) for number in range(FOLDERS))
EARLIER = "0000-0001"


def key(folder: int, number: int) -> bytes:
    """The source key of a message."""
    return blake2b(b"%d %d" % (folder, number), digest_size=16).digest()


class Source:
    """Folders whose messages are made as they are listed."""

    max_connections = 2

    def reader(self, _content: object) -> Source:
        return self

    def folders(self) -> FolderList:
        return FolderList(tuple(SourceFolder(path, str(number)) for number, path in enumerate(PATHS)))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        for number in range(MANY // FOLDERS):
            yield Listed(number + 1, 2000, key(int(folder.ref), number) if keys else b"")

    def close(self) -> None:
        pass


class Destination:
    """A mailbox whose tags are made as they are read: an earlier task has brought everything."""

    limits = Limits()
    top = "top"

    def folders(self) -> tuple[DestinationFolder, ...]:
        mine = [DestinationFolder(f"f{n}", self.top, path[0], items=MANY // FOLDERS) for n, path in enumerate(PATHS)]
        return (DestinationFolder("inbox", self.top, "Inbox", Role.INBOX, items=0), *mine)

    def tags(self, folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        since, last = int(state or 0), MANY // FOLDERS
        folder = int(folder_id[1:])
        code = folder_code(PATHS[folder])
        numbers = range(since, min(since + PAGE, last))
        items = tuple(TaggedItem(f"{folder_id} {n}", item_tag(EARLIER, code, key(folder, n))) for n in numbers)
        return TagPage(items, (), str(numbers.stop), last=numbers.stop == last)

    largest = limits.largest_message

    def writer(self, _content: object) -> Destination:
        return self

    def deadline(self, size: int) -> float:
        return 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def retention(self) -> tuple[Retention, ...]:
        return ()


class Journal:
    """Nothing was ever sent."""

    def open(self, folder_id: str, tags: Sequence[str], *, deadline: float, **_more: object) -> None:
        raise AssertionError("nothing is to be sent")

    def close(self, tags: Sequence[str], **_more: object) -> None:
        pass

    def foretold(self) -> dict[str, Foretold]:
        return {}

    def noted(self) -> dict[str, tuple[str, ...]]:
        return {}

    def opened(self) -> Mapping[str, Sent]:
        return {}

    def resent(self) -> Mapping[str, Sent]:
        return {}

    def remember(self, key: str, value: str) -> None:
        pass

    def recall(self, key: str) -> str | None:
        return None


class Owner:
    """A lease that lasts."""

    def cover(self, seconds: float) -> None:
        pass


def main() -> None:
    """Prints the counts and the peak of memory, in bytes, as JSON."""
    run = Run(
        task_id="0000-0002", destination=Destination(), journal=Journal(), owner=Owner(), halt=Halt(), grace=1.0,  # type: ignore[arg-type]  # as much of them as a look needs
        on_step=lambda _step: None, report=lambda _failures: None, begin_report=lambda: None,
        mailbox_clock=None, source=Source(), images=None,  # type: ignore[arg-type]  # so are these
    )
    counts = MAIL.forwards(run)
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    print(json.dumps({"found": counts.found, "already_there": counts.already_there, "peak": peak}))


if __name__ == "__main__":
    main()
