"""The mailbox that is moved: plain letters of one size, in the folders that people have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.servers.mailbox import Message, write_folder

FOLDERS: tuple[tuple[str, ...], ...] = (
    (), ("Sent",), ("Drafts",), ("Trash",), ("Junk",), ("Archive",), ("Archive", "2019"), ("Archive", "2020"),
    ("Customers",), ("Customers", "Müller & Söhne"), ("Customers", "Łódź"), ("Invoices",), ("Projects",), ("Travel",),
)
LINE = b"Please find the minutes of our last call attached, with what we agreed on.\r\n"
START = datetime(2015, 1, 1, tzinfo=UTC)


def letter(number: int, size: int) -> bytes:
    """A message of about `size` bytes, like no other."""
    head = (
        f"From: Sender {number % 97} <sender{number % 97}@example.net>\r\nTo: claire@example.org\r\n"
        f"Subject: Letter {number}\r\nDate: {format_datetime(START + timedelta(hours=number))}\r\n"
        f"Message-ID: <{number}@bench.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode()
    return head + LINE * max(1, (size - len(head)) // len(LINE))


def letters(numbers: range, size: int) -> Iterator[Message]:
    """Messages by their numbers: some unread, some flagged, some answered."""
    for number in numbers:
        flags = ("S", "S", "S", "", "FS", "RS")[number % 6]
        yield Message(letter(number, size), START + timedelta(hours=number), flags)


def furnish(maildir: Path, count: int, size: int, folders: tuple[tuple[str, ...], ...] = FOLDERS) -> None:
    """Writes `count` messages of `size` bytes, shared out evenly."""
    for place, path in enumerate(folders):
        first, last = count * place // len(folders), count * (place + 1) // len(folders)
        write_folder(maildir, path, letters(range(first, last), size))
