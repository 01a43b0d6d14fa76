"""Item tags and folder tags: how we know again, at the destination, what came from where.

item    7K2F9QXD:0a1b2c3d:00112233445566778899aabbccddeeff     task, source folder, source key
folder  7K2F9QXD:0a1b2c3d                                      task, source folder
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from engine.account import Account
from engine.task_id import compact


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag taken apart. `key` is '' on a folder."""

    task: str
    folder: str
    key: str

    @property
    def place(self) -> int:
        """Folder and key as one 64-bit number: equal for every task that copied this very item."""
        return place(self.folder, self.key)


def parse_tag(tag: str) -> Tag | None:
    """The tag taken apart, None when it is not one of ours."""
    parts = tag.split(":")
    if len(parts) not in (2, 3) or len(parts[0]) != 8 or len(parts[1]) != 8:
        return None
    return Tag(parts[0], parts[1], parts[2] if len(parts) == 3 else "")


def folder_code(account: Account, path: Iterable[str]) -> str:
    """A source folder in 8 hex digits."""
    text = "\0".join((account.identity, *path))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def source_key(account: Account, identity: bytes, twin: int) -> bytes:
    """The 16 bytes that make an item the same on a second visit. `twin` numbers equal identities of a folder from 0."""
    salted = b"\0".join((account.identity.encode("utf-8", "surrogatepass"), b"%d" % twin, identity))
    return hashlib.sha256(salted).digest()[:16]


def item_tag(task_id: str, folder: str, key: bytes) -> str:
    """The tag of an item, 50 ASCII characters."""
    return f"{compact(task_id)}:{folder}:{key.hex()}"


def folder_tag(task_id: str, folder: str) -> str:
    """The tag of a folder that we made."""
    return f"{compact(task_id)}:{folder}"


def place(folder: str, key: str) -> int:
    """A folder code and a source key (hex) as one number from 1 to 2**64 - 1."""
    digest = hashlib.blake2b(f"{folder}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
