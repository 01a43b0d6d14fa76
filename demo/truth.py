"""What a mailbox must hold after the migration, from the sample's own letters, and how two mailboxes differ.

Nothing here comes from the engine or from the emulator, so that their mistakes cannot be ours too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from hashlib import sha256

from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.letter import Folder, Letter
from emulators.sample_mailbox.maildir import folders

STANDARD = {(): "Inbox", ("Sent",): "Sent Items", ("Trash",): "Deleted Items", ("Junk",): "Junk Email"}

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its owner sees it; text and files as hashes."""

    folder: Place
    subject: str
    text: str
    files: tuple[str, ...]
    received: datetime
    read: bool
    flagged: bool
    draft: bool
    categories: tuple[str, ...]


def expected_folders() -> set[Place]:
    """The folders that must be there."""
    return {_place(folder) for folder in folders()}


@cache
def expected() -> tuple[Seen, ...]:
    """The messages that must be there."""
    return tuple(
        seen(letter, _place(folder), draft="D" in letter.flags, categories=(letter.label,) if letter.label else ())
        for folder, letters in folders().items() for letter in letters
    )


def _place(folder: Folder) -> Place:
    """A standard folder goes to the standard folder of the other side, whatever its name there."""
    return (STANDARD[folder],) if folder in STANDARD else folder


def seen(letter: Letter, place: Place, *, draft: bool, categories: tuple[str, ...]) -> Seen:
    """A letter as its owner must see it in that place."""
    text, files = content(compose(letter))
    return Seen(
        folder=place, subject=_subject(letter), text=text, files=files, received=letter.date,
        read="S" in letter.flags, flagged="F" in letter.flags, draft=draft, categories=categories,
    )


def _subject(letter: Letter) -> str:
    """A subject in 8 bits that do not say of which charset is read as Western European, as Exchange does."""
    return letter.subject.encode(letter.charset).decode("cp1252") if letter.raw else letter.subject


def content(mime: bytes) -> tuple[str, tuple[str, ...]]:
    """Hashes of a message's text and of its files, in the order they come."""
    message = message_from_bytes(mime, policy=default)
    assert isinstance(message, EmailMessage)
    texts = [part for part in message.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
    files = [part for part in message.walk() if part.get_filename()]
    words = "\n".join(_text(part) for part in texts)
    names = tuple(f"{part.get_filename()} {_hash(_bytes(part))}" for part in files)
    return _hash(words.encode("utf-8", "surrogateescape")), names


def _text(part: EmailMessage) -> str:
    """The words, whatever the line ends and the blanks at the end."""
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    text = raw.decode(part.get_content_charset("utf-8"), "surrogateescape")
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _bytes(part: EmailMessage) -> bytes:
    raw = part.get_payload(decode=True)
    return raw.replace(b"\r\n", b"\n") if isinstance(raw, bytes) else b""


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def differences(wanted: Sequence[Seen], found: Sequence[Seen]) -> list[str]:
    """What is missing, what is too much, and what is otherwise, each in one line; none when all is well."""
    missing, extra = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    return list(_told(sorted(missing.elements(), key=_order), sorted(extra.elements(), key=_order)))


def _order(seen: Seen) -> tuple[Place, datetime, str]:
    return seen.folder, seen.received, seen.subject


def _told(missing: list[Seen], extra: list[Seen]) -> Iterator[str]:
    for one in missing:
        other = next((each for each in extra if _likely(one, each)), None)
        if other is None:
            yield f"missing: {_name(one)}"
        else:
            extra.remove(other)
            yield f"otherwise: {_name(one)}: {', '.join(_changes(one, other))}"
    yield from (f"too much: {_name(one)}" for one in extra)


def _likely(one: Seen, other: Seen) -> bool:
    """Whether these are the same message, though not the same in all."""
    same = [f.name for f in fields(Seen) if getattr(one, f.name) == getattr(other, f.name)]
    return len(same) >= len(fields(Seen)) - 2


def _changes(one: Seen, other: Seen) -> Iterator[str]:
    for each in fields(Seen):
        wanted, found = getattr(one, each.name), getattr(other, each.name)
        if wanted != found:
            hidden = each.name in ("text", "files")
            yield f"{each.name} differs" if hidden else f"{each.name} is {found!r} and not {wanted!r}"


def _name(seen: Seen) -> str:
    return f"{'/'.join(seen.folder)}: {seen.subject}"
