"""What lies in a folder, while its owner may be at work there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def files(directory: Path) -> dict[Path, bytes]:
    """Every file below it, with what it holds; one that goes before it is read (a journal of SQLite) is left out."""
    found = {}
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                found[path] = path.read_bytes()
    return found
