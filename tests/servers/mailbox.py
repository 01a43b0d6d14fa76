"""Mailboxes for tests, written straight into a Maildir++ as Dovecot keeps it: the same from the same seed."""

from __future__ import annotations

import base64
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from imapclient.imap_utf7 import encode as encode_utf7

KEYWORDS = ("$label1", "$label4", "$Forwarded", "NonJunk", "$MDNSent", "Z&APw-rich", "next_week")
FLAGS = ("S", "S", "S", "", "FS", "RS", "RS", "FRS", "D")

_WORDS = {
    "utf-8": "Grüße meeting café Привет 会議 مرحبا Καλημέρα 🎉 naïve budget Łódź schedule",
    "iso-8859-1": "réunion demain à déjeuner Straße façade garçon mañana über",
    "koi8-r": "отчёт завтра встреча спасибо договор",
    "shift_jis": "会議 資料 明日 確認 報告書",
    "us-ascii": "please find the minutes of our last call attached below",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message to put into a folder. `flags` are Maildir's letters."""

    mime: bytes
    date: datetime
    flags: str = "S"
    keywords: tuple[str, ...] = ()


def generated(count: int, seed: int = 1, *, size: int = 2_000) -> Iterator[Message]:
    """That many messages: several charsets and encodings, attachments, 8-bit headers, flags, ten years of dates."""
    chance = random.Random(seed)
    start = datetime(2015, 1, 1, tzinfo=UTC)
    for number in range(count):
        date = start + timedelta(seconds=number * 300_000_000 // max(count, 1) + chance.randrange(600))
        yield Message(
            _mime(chance, f"{seed}-{number}", date, size),
            date,
            chance.choice(FLAGS),
            tuple(chance.sample(KEYWORDS, chance.choice((0, 0, 0, 1, 2)))),
        )


def _mime(chance: random.Random, name: str, date: datetime, size: int) -> bytes:
    charset = chance.choice(tuple(_WORDS))
    words = _WORDS[charset].split()
    subject = " ".join(chance.choices(words, k=5))
    text = "\r\n".join(" ".join(chance.choices(words, k=9)) for _ in range(chance.randrange(1, size // 60 + 2)))
    head = [
        f"From: {Header('Ünal ' + name, 'utf-8').encode()} <sender-{name}@example.net>".encode(),
        b"To: someone@example.org",
        _subject(chance, subject, charset),
        b"Date: " + format_datetime(date).encode(),
        f"Message-ID: <{name}@generated.example>".encode(),
        b"MIME-Version: 1.0",
    ]
    return b"\r\n".join([*head, *_body(chance, name, text, charset)])


def _subject(chance: random.Random, subject: str, charset: str) -> bytes:
    if chance.random() < 0.1:
        return b"Subject: " + subject.encode(charset)       # 8 bits as they are
    return b"Subject: " + Header(subject, charset, header_name="Subject").encode(linesep="\r\n").encode()


def _body(chance: random.Random, name: str, text: str, charset: str) -> list[bytes]:
    plain = [f"Content-Type: text/plain; charset={charset}".encode()]
    if chance.random() < 0.5:
        plain += [b"Content-Transfer-Encoding: 8bit", b"", text.encode(charset)]
    else:
        plain += [b"Content-Transfer-Encoding: base64", b"", _base64(text.encode(charset))]
    if chance.random() < 0.7:
        return plain
    border = sha256(name.encode()).hexdigest()[:16].encode()
    data = _base64(chance.randbytes(chance.randrange(100, 3000)))
    return [
        b'Content-Type: multipart/mixed; boundary="' + border + b'"', b"", b"--" + border, *plain, b"--" + border,
        b"Content-Type: application/octet-stream", b'Content-Disposition: attachment; filename="data.bin"',
        b"Content-Transfer-Encoding: base64", b"", data, b"--" + border + b"--", b"",
    ]


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def write_folder(
    maildir: Path, path: Sequence[str], messages: Iterable[Message], *,
    uids: Sequence[int] | None = None, validity: int = 1_600_000_000, new: bool = False,
    on_disk: Callable[[str], str] = lambda name: encode_utf7(name).decode(),
) -> None:
    """Puts messages into the folder of that path (empty: the inbox), before the server has seen it.

    `uids` numbers them; 1, 2, 3… otherwise. `new` leaves them where deliveries arrive, unread and recent. A
    folder's name may hold no dot: that is Maildir++'s separator on disk. `on_disk` writes names as the server does.
    """
    place = maildir / ("." + ".".join(map(on_disk, path))) if path else maildir
    for part in ("cur", "new", "tmp"):
        (place / part).mkdir(parents=True, exist_ok=True)
    if path:
        (place / "maildirfolder").touch()
    lines, last = [], 0
    for number, message in enumerate(messages):
        last = uids[number] if uids is not None else number + 1
        name = _write(place, last, message, new=new)
        lines.append(f"{last} :{name}\n")
    guid = sha256("/".join(path).encode()).hexdigest()[:32]
    (place / "dovecot-uidlist").write_text(f"3 V{validity} N{last + 1} G{guid}\n" + "".join(lines))
    (place / "dovecot-keywords").write_text("".join(f"{n} {word}\n" for n, word in enumerate(KEYWORDS)))


def _write(place: Path, uid: int, message: Message, *, new: bool) -> str:
    """One file. Returns its name without flags, as Dovecot's index holds it."""
    stamp = message.date.timestamp()
    name = f"{int(stamp)}.M{uid}P1.test,S={len(message.mime)},W={len(message.mime)}"
    letters = "".join(chr(ord("a") + KEYWORDS.index(word)) for word in message.keywords)
    path = place / "new" / name if new else place / "cur" / f"{name}:2,{message.flags}{''.join(sorted(letters))}"
    path.write_bytes(message.mime)
    os.utime(path, (stamp, stamp))
    return name


def files(maildir: Path) -> dict[str, tuple[int, int]]:
    """Every message file, with size and time: what must not change when a mailbox is read."""
    found = (path for path in maildir.rglob("*") if re.search(r"/(cur|new)/[^/]+$", str(path)))
    return {str(p.relative_to(maildir)): (p.stat().st_size, int(p.stat().st_mtime)) for p in found}
