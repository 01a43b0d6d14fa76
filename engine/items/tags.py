"""Item tags and folder tags: how we know again, at the destination, what came from where.

item    7K2F9QXD:0a1b2c3d:00112233445566778899aabbccddeeff[.1][/2][:<ours>:<theirs>][~]     at most 100 characters:
        task, source folder, source key, twin, part; two digests of the whole item, as it is to stand here and as it was
        at the source; of a message with labels only the second one, of these
folder  7K2F9QXD:0a1b2c3d                                             task, source folder

Neither the folder's code nor the key holds anything of the account: the same message is known again whatever login,
protocol or server name it is read by.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.migration.task_id import compact

UNFINISHED = "~"         # ends the tag of an item that still needs requests
PART = "/"               # stands before the number of a part
DIGEST = 12              # hex digits
_NUMBER, _DIGEST = r"([0-9]{1,9})", rf"([0-9A-Fa-f]{{{DIGEST}}})?"
_TAG = re.compile(
    r"([^:]{8}):([^:~]{8})"
    rf"(?::([0-9A-Fa-f]{{32}})(?:\.{_NUMBER})?(?:/{_NUMBER})?(?::{_DIGEST}:{_DIGEST})?(~)?)?"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag taken apart. `key` is '' on a folder; `twin` numbers identical items of one folder from 0.

    `part` numbers, from 1, what became of a source item that had to become several; 0: it is one. `ours` and `theirs`
    are digests, '' where the tag has none.
    """

    task: str
    folder: str
    key: str
    twin: int = 0
    unfinished: bool = False
    part: int = 0
    ours: str = ""
    theirs: str = ""


def parse_tag(tag: str) -> Tag | None:
    """Takes the tag apart. None: it is not one of ours."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    task, folder, key, twin, part, ours, theirs, unfinished = found.groups("")
    return Tag(task, folder, key, int(twin or 0), bool(unfinished), int(part or 0), ours, theirs)


def folder_code(path: Iterable[str]) -> str:
    """A source folder, by its path, in 8 hex digits."""
    text = "".join(f"\0{name}" for name in path)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def item_tag(
    task_id: str, folder: str, key: bytes, twin: int = 0, digests: tuple[str, str] | None = None, *, part: int = 0
) -> str:
    """The tag of an item: 50 ASCII characters, numbers of twin and part, and 26 more with digests (ours, theirs)."""
    number = f"{f'.{twin}' if twin else ''}{f'{PART}{part}' if part else ''}"
    behind = ":".join(("", *digests)) if digests else ""
    return f"{compact(task_id)}:{folder}:{key.hex()}{number}{behind}"


def part_of(tag: str, part: int, *, ours: str = "") -> str:
    """The tag of a part of the item that has this tag, with another digest where one is given; 0: of the item itself.

    A tag that is not an item's stays as it is.
    """
    found = parse_tag(tag)
    if found is None or not found.key:
        return tag
    digests = (ours or found.ours, found.theirs) if found.ours or found.theirs else None
    made = item_tag(found.task, found.folder, bytes.fromhex(found.key), found.twin, digests, part=part)
    return f"{made}{UNFINISHED}" if found.unfinished else made


def undigested(tag: str) -> str:
    """The tag without digests. They may be others at the end of the work on an item than they were at its beginning."""
    task, _, rest = tag.partition(":")
    folder, _, rest = rest.partition(":")
    key, digests, rest = rest.partition(":")
    mark = UNFINISHED if rest.endswith(UNFINISHED) else ""
    return f"{task}:{folder}:{key}{mark}" if digests else tag


def whole_of(tag: str) -> str:
    """The tag of the item that a part belongs to, or of the item itself, without mark and digests."""
    bare = undigested(tag).removesuffix(UNFINISHED)
    return part_of(bare, 0) if PART in bare else bare


def folder_tag(task_id: str, folder: str) -> str:
    """The tag of a folder that we made."""
    return f"{compact(task_id)}:{folder}"
