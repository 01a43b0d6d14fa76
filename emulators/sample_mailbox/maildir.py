"""Lays letters out as a Maildir++ with the index files of Dovecot, which pymap reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from emulators.sample_mailbox import abroad, private, work
from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.letter import FOLDERS, INBOX, Folder, Letter
from emulators.sample_mailbox.series import series

VALIDITY = 1_700_000_000        # UIDVALIDITY, the same in every run

LABELS = {"Important": "$label1", "Work": "$label2", "Personal": "$label3", "To Do": "$label4", "Later": "$label5"}


def letters() -> list[Letter]:
    """All letters of the mailbox, oldest first."""
    written = [*work.LETTERS, *private.LETTERS, *abroad.LETTERS, *series()]
    return sorted(written, key=lambda letter: (letter.date, letter.subject))


def folders() -> dict[Folder, list[Letter]]:
    """The letters of each folder, oldest first; empty folders too."""
    found: dict[Folder, list[Letter]] = {INBOX: [], **{folder: [] for folder in FOLDERS}}
    for letter in letters():
        found[letter.folder].append(letter)
    return found


def write_maildir(directory: Path) -> None:
    """Writes the whole mailbox below `directory`, which becomes the inbox's Maildir."""
    for folder, content in folders().items():
        place = directory / ("." + ".".join(folder)) if folder else directory
        _write_folder(place, content)
        if folder:
            (place / "maildirfolder").touch()


def _write_folder(place: Path, content: Iterable[Letter]) -> None:
    for part in ("cur", "new", "tmp"):
        (place / part).mkdir(parents=True, exist_ok=True)
    codes = {label: chr(ord("a") + number) for number, label in enumerate(LABELS)}
    lines = []
    for uid, letter in enumerate(content, start=1):
        name = _file_name(uid, letter, codes)
        path = place / "cur" / name
        path.write_bytes(compose(letter))
        os.utime(path, (letter.date.timestamp(), letter.date.timestamp()))
        lines.append(f"{uid} :{name}\r\n")
    _write_index(place, lines)


def _file_name(uid: int, letter: Letter, codes: Mapping[str, str]) -> str:
    info = "".join(sorted(letter.flags)) + codes.get(letter.label, "")
    return f"{int(letter.date.timestamp())}.M{uid}P1.letterbox:2,{info}"


def _write_index(place: Path, lines: list[str]) -> None:
    guid = sha256(place.name.encode()).hexdigest()[:32]
    index = f"3 V{VALIDITY} N{len(lines) + 1} G{guid}\r\n" + "".join(lines)
    (place / "dovecot-uidlist").write_text(index, encoding="utf-8", newline="")
    keywords = "".join(f"{number} {keyword}\n" for number, keyword in enumerate(LABELS.values()))
    (place / "dovecot-keywords").write_text(keywords, encoding="ascii")
