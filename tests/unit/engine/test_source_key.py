"""The source key: one message by many servers' hands, and messages that are nearly the same."""

from __future__ import annotations

import base64
import quopri
from email.header import Header
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.source_key import key_by_content, key_by_id, key_by_trace, message_key

BODY = b"\r\nHello,\r\nhow are you?\r\n"
FIELDS = {
    "Received": "from mx.example.net by mail.example.org; Sun, 17 May 2020 08:29:01 +0000",
    "From": "Ann Doe <Ann.Doe@Example.net>",
    "To": "Bob <bob@example.org>",
    "Subject": "Re: The plan",
    "Date": "Sun, 17 May 2020 10:29:00 +0200",
    "Message-ID": "<20200517.1@example.net>",
}


def made(changes: dict[str, str | bytes | None] | None = None, *, order: list[str] | None = None) -> bytes:
    """The message, with some fields written otherwise or (None) left out."""
    fields = {**FIELDS, **(changes or {})}
    lines = []
    for name in order or fields:
        value = fields[name]
        if value is not None:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n")
    return b"".join(lines) + BODY


def encoded(text: str, charset: str, letter: str) -> str:
    raw = text.encode(charset)
    if letter == "B":
        return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="
    return f"=?{charset}?Q?{quopri.encodestring(raw, header=True).decode().replace('=' + chr(10), '')}?="


GREETING = "Grüße aus Köln, schöne Tage"
PLAIN = made()
ACCENTS = made({"Subject": GREETING})

# Each pair is one message as two servers or programs give it.
SAME: dict[str, tuple[bytes, bytes]] = {
    # Lines and their order
    "LF alone (mbox, pymap)": (PLAIN, PLAIN.replace(b"\r\n", b"\n")),
    "CR alone": (PLAIN, PLAIN.replace(b"\r\n", b"\r")),
    "names in capitals": (PLAIN, PLAIN.replace(b"Subject:", b"SUBJECT:").replace(b"From:", b"FROM:")),
    "names in small letters": (PLAIN, PLAIN.replace(b"Message-ID:", b"message-id:").replace(b"Date:", b"date:")),
    "Message-Id": (PLAIN, PLAIN.replace(b"Message-ID:", b"Message-Id:")),
    "a space before the colon": (PLAIN, PLAIN.replace(b"Subject:", b"Subject :")),
    "no space behind the colon": (PLAIN, PLAIN.replace(b"Subject: ", b"Subject:")),
    "a tab behind the colon": (PLAIN, PLAIN.replace(b"Subject: ", b"Subject:\t")),
    "spaces at the ends of lines": (PLAIN, PLAIN.replace(b"plan\r\n", b"plan  \r\n")),
    "fields in another order": (PLAIN, made(order=sorted(FIELDS))),
    "a subject folded with a space": (PLAIN, made({"Subject": "Re: The\r\n plan"})),
    "a subject folded with a tab": (PLAIN, made({"Subject": "Re:\r\n\tThe plan"})),
    "a Message-ID on a line of its own": (PLAIN, made({"Message-ID": "\r\n <20200517.1@example.net>"})),
    "a date folded": (PLAIN, made({"Date": "Sun, 17 May 2020\r\n 10:29:00 +0200"})),
    # What servers add
    "Status and X-UID of a POP3 server": (PLAIN, b"Status: RO\r\nX-UID: 17\r\nX-Status: \r\nX-Keywords: \r\n" + PLAIN),
    "Status behind the header": (PLAIN, PLAIN.replace(b"\r\n\r\n", b"\r\nStatus: RO\r\nX-UID: 3\r\n\r\n", 1)),
    "one more Received line": (PLAIN, b"Received: from a by b; Mon, 18 May 2020 00:00:00 +0000\r\n" + PLAIN),
    "a Return-Path and Delivered-To": (PLAIN, b"Return-Path: <ann@example.net>\r\nDelivered-To: bob\r\n" + PLAIN),
    "an mbox line in front": (PLAIN, b"From ann@example.net Sun May 17 08:29:01 2020\r\n" + PLAIN),
    "a second Subject": (PLAIN, PLAIN.replace(b"\r\n\r\n", b"\r\nSubject: other\r\n\r\n", 1)),
    "a second Message-ID": (PLAIN, PLAIN.replace(b"\r\n\r\n", b"\r\nMessage-ID: <other@x>\r\n\r\n", 1)),
    "the header alone": (PLAIN, PLAIN.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"),
    "another body": (PLAIN, PLAIN + b"-- \r\nThis list is kept by example.org\r\n"),
    # Dates
    "the date in UTC (Exchange)": (PLAIN, made({"Date": "Sun, 17 May 2020 08:29:00 +0000"})),
    "the date in another zone": (PLAIN, made({"Date": "Sun, 17 May 2020 03:29:00 -0500"})),
    "a zone by name": (PLAIN, made({"Date": "Sun, 17 May 2020 08:29:00 GMT"})),
    "a comment behind the date": (PLAIN, made({"Date": "Sun, 17 May 2020 10:29:00 +0200 (CEST)"})),
    "no weekday": (PLAIN, made({"Date": "17 May 2020 10:29:00 +0200"})),
    # Addresses
    "no name": (PLAIN, made({"From": "ann.doe@example.net"})),
    "angle brackets alone": (PLAIN, made({"From": "<ann.doe@example.net>"})),
    "a quoted name (Exchange)": (PLAIN, made({"From": '"Ann Doe" <ann.doe@example.net>'})),
    "a name with a comma": (PLAIN, made({"From": '"Doe, Ann" <ann.doe@example.net>'})),
    "the name as a comment": (PLAIN, made({"From": "ann.doe@example.net (Ann Doe)"})),
    "an encoded name": (PLAIN, made({"From": "=?utf-8?B?QW5uIERvZQ==?= <ann.doe@example.net>"})),
    # Subjects
    "8-bit UTF-8 and an encoded word": (ACCENTS, made({"Subject": encoded(GREETING, "utf-8", "B")})),
    "8-bit Latin-1 (Cyrus) and UTF-8": (ACCENTS, made({"Subject": GREETING.encode("latin-1")})),
    "B and Q": (ACCENTS, made({"Subject": encoded(GREETING, "utf-8", "Q")})),
    "another charset": (ACCENTS, made({"Subject": encoded(GREETING, "iso-8859-1", "Q")})),
    "two encoded words in two charsets": (ACCENTS, made({"Subject": (
        f"{encoded('Grüße aus Kö', 'utf-8', 'B')}\r\n {encoded('ln, schöne Tage', 'iso-8859-1', 'Q')}")})),
    "several encoded words (Exchange)": (made({"Subject": GREETING * 4}), made({
        "Subject": Header(GREETING * 4, "utf-8", 60).encode(linesep="\r\n")})),
    "a letter cut in two between two words": (ACCENTS, made({"Subject": (
        f"=?utf-8?B?{base64.b64encode(GREETING.encode()[:3]).decode()}?= "
        f"=?utf-8?B?{base64.b64encode(GREETING.encode()[3:]).decode()}?=")})),
    "an encoded word of plain letters": (PLAIN, made({"Subject": "=?us-ascii?Q?Re:_The?= plan"})),
    "decomposed letters": (ACCENTS, made({"Subject": GREETING.replace("ü", "u\u0308").replace("ö", "o\u0308")})),
    "other punctuation": (PLAIN, made({"Subject": "RE - The plan!"})),
}

Change = dict[str, str | bytes | None]

# Each differs from the plain message, or from the one beside it, in one field.
DIFFERENT: dict[str, tuple[Change, Change]] = {
    **{f"Message-ID {value}": ({}, {"Message-ID": value}) for value in (
        "<20200517.2@example.net>", "<20200517.1@example.org>", "20200517.1@example.net", "<20200517.1@EXAMPLE.net>",
        "<20200517.1@example.net>x", "<20200517.1 @example.net>", "<>", "<20200517.11@example.net>", "<a@b>", None,
    )},
    **{f"Date {value}": ({}, {"Date": value}) for value in (
        "Sun, 17 May 2020 10:29:01 +0200", "Sun, 17 May 2020 10:29:00 +0100", "Mon, 18 May 2020 10:29:00 +0200",
        "Sun, 17 May 2021 10:29:00 +0200", "Sun, 17 Jun 2020 10:29:00 +0200", "Sun, 17 May 2020 22:29:00 +0200",
        "Sun, 17 May 2020 10:29:00 -0200", "yesterday", "", None,
    )},
    **{f"From {value}": ({}, {"From": value}) for value in (
        "Ann Doe <ann.doe@example.org>", "Ann Doe <ann@example.net>", "Ann Doe <anndoe@example.net>",
        "Ann Doe <ann.doe@mail.example.net>", "Ann Doe <ann.doe+1@example.net>", "Ann Doe", "",
        '"Ann <ann.doe@example.net>" <eve@example.net>', "undisclosed-senders:;", None,
    )},
    **{f"Subject {value}": ({}, {"Subject": value}) for value in (
        "The plan", "Re: Re: The plan", "Re: The plans", "Re: The plan 2", "Fwd: The plan", "Re: The plän",
        "Re: The plan б", "", None,
    )},
    "a Cyrillic letter that looks the same": ({"Subject": "A"}, {"Subject": "А"}),
    "two texts without a letter of ASCII": ({"Subject": "会議"}, {"Subject": "会談"}),
}


@pytest.mark.parametrize("name", SAME)
def test_one_message_by_two_hands_has_one_key(name: str) -> None:
    """Whatever a server writes anew, and whichever program gives it, it is the same message."""
    one, other = SAME[name]

    assert one != other
    assert message_key(one) == message_key(other)


@pytest.mark.parametrize("name", DIFFERENT)
def test_messages_that_differ_in_one_field_have_two_keys(name: str) -> None:
    """Message-ID, Date, From and Subject each tell messages apart."""
    one, other = (made(changes) for changes in DIFFERENT[name])

    assert message_key(one) != message_key(other)


def test_there_are_forty_of_either() -> None:
    """The tables are as long as they are meant to be."""
    assert min(len(SAME), len(DIFFERENT)) >= 40


@pytest.mark.parametrize(("field", "value"), [
    ("Date", "Sun, 17 May 2020 10:29:01 +0200"), ("From", "eve@example.net"), ("To", "eve@example.net"),
    ("Subject", "other"), ("Received", "from mx2.example.net by mail.example.org; Sun, 17 May 2020 08:29:01 +0000"),
])
def test_without_message_id_five_fields_tell(field: str, value: str) -> None:
    """A message without Message-ID is known by Date, From, To, Subject and all Received lines."""
    plain = made({"Message-ID": None})

    assert message_key(plain) == message_key(b"X-UID: 1\r\n" + plain)
    assert message_key(plain) != message_key(made({"Message-ID": None, field: value}))


def test_without_a_header_the_first_64_kb_tell() -> None:
    """What is no header is known by how it begins."""
    start = b"\r\n" + b"x" * 70_000

    assert message_key(start) == key_by_content(start) == message_key(start[:65_536] + b"another end")
    assert message_key(start) != message_key(b"\r\ny" + start)


def test_a_listing_needs_only_the_fields_that_tell() -> None:
    """The fields of a listing give the key of the whole message; without Message-ID it takes more of them."""
    asked = b"".join(f"{name}: {FIELDS[name]}\r\n".encode() for name in ("Date", "From", "Subject", "Message-ID"))
    traced = b"".join(f"{name}: {FIELDS[name]}\r\n".encode() for name in ("Received", "From", "To", "Subject", "Date"))

    assert key_by_id(asked + b"\r\n") == message_key(PLAIN)
    assert key_by_id(traced) is None
    assert key_by_trace(traced) == message_key(made({"Message-ID": None}))
    assert key_by_trace(b"\r\n") is None


def test_a_file_is_left_at_its_start() -> None:
    """A large message has the same key, and can be sent afterwards."""
    file = BytesIO(PLAIN)

    assert message_key(file) == message_key(PLAIN)
    assert file.read() == PLAIN


@given(st.binary(max_size=400))
def test_whatever_comes_has_a_key_of_sixteen_bytes(raw: bytes) -> None:
    """No message is too broken."""
    assert len(message_key(raw)) == 16


ODD = st.one_of(st.binary(max_size=40), st.text(max_size=30).map(str.encode), st.sampled_from([
    b"=?", b"=?utf-8?B?", b"=?x?Q?=ZZ?=", b"=?utf-8?B?QQ?=", b"=?hex?B?QUFB?=", b"<a@b", b"a@b>", b'"a', b"(((",
    b"31 Feb 2020",
    b"Sun, 99 Foo 99999 99:99:99 +9999", b"=?utf-16?B?/w==?=", b"=?idna?Q?a?=", b"=?utf-8*de?Q?a?=",
]))


@given(ODD, ODD, ODD, ODD)
def test_broken_fields_have_a_key_that_line_ends_and_folding_do_not_change(
    date: bytes, sender: bytes, subject: bytes, message_id: bytes
) -> None:
    """Whatever stands in the fields, the way in which lines end and fold changes nothing."""
    values = (b" ".join(value.split()) for value in (date, sender, subject, message_id))
    fields = zip((b"Date", b"From", b"Subject", b"Message-ID"), values, strict=True)
    header = b"".join(name + b": a " + value + b"\r\n" for name, value in fields)

    folded = header.replace(b": a ", b": a\r\n\t ")

    assert message_key(header + b"\r\n") == message_key(header.replace(b"\r\n", b"\n") + b"\n")
    assert message_key(header + b"\r\n") == message_key(folded + b"\r\n")
