"""A message as the XML of CreateItem."""

import base64
import itertools
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from emulators.exchange.schema import Schema
from engine.connectors.exchange.message import PIECE, EncodedFile, closing, fragment, sent_date
from engine.connectors.exchange.soap import HEAD, TAIL, TYPES
from engine.connectors.exchange.tags import PROPERTY_NAME, PROPERTY_SET
from engine.ports.items import Marks, SourceMessage, Tagged

TAG = "7K2F9QXD:0a1b2c3d:00112233445566778899aabbccddeeff"
MIME = b"Date: Sun, 17 May 2020 10:29:00 +0200\r\nSubject: x\r\n\r\nbody"
RECEIVED = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)


def new(mime: bytes = MIME, received: datetime | None = RECEIVED, **marks: object) -> Tagged:
    return Tagged(TAG, SourceMessage(1, mime, len(mime), received, Marks(**marks)))


def request(message: Tagged) -> etree._Element:
    """The CreateItem around one fragment, parsed."""
    whole = HEAD + (
        b'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:FolderId Id="x"/></m:SavedItemFolderId>'
        b"<m:Items>" + fragment(message) + b"</m:Items></m:CreateItem>"
    ) + TAIL
    return etree.fromstring(whole)[1][0]


def item(message: Tagged) -> etree._Element:
    return request(message)[1][0]


def properties(message: Tagged) -> dict[str, str]:
    """The extended properties by tag or name."""
    found = {}
    for one in item(message).iterfind(f"{TYPES}ExtendedProperty"):
        uri = one[0]
        found[uri.get("PropertyTag") or uri.get("PropertyName") or ""] = one.findtext(f"{TYPES}Value") or ""
    return found


def header_date(date: str) -> bytes:
    return f"From: a\r\nDate: {date}\r\nSubject: x\r\n\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000\r\n".encode("latin-1")


@pytest.mark.parametrize("marks", [
    dict(zip(("read", "flagged", "answered", "forwarded", "draft"), flags, strict=True))
    for flags in itertools.product((False, True), repeat=5)
])
def test_every_combination_of_marks_obeys_the_schema(schema: Schema, marks: dict[str, bool]) -> None:
    """All elements are known and in the schema's order, with and without categories and dates."""
    for categories, received in itertools.product(((), ("red", "a&b")), (RECEIVED, None)):
        assert schema.violation(request(new(received=received, categories=categories, **marks))) is None
        assert schema.violation(request(new(b"", received=received, categories=categories, **marks))) is None


@pytest.mark.parametrize(("marks", "flags", "read"), [
    ({}, "0", "false"), ({"read": True}, "1", "true"),
    ({"draft": True}, "8", "false"), ({"draft": True, "read": True}, "9", "true"),
])
def test_read_and_draft_are_said_once(marks: dict[str, bool], flags: str, read: str) -> None:
    """PidTagMessageFlags and IsRead agree; only a draft is unsent."""
    message = new(**marks)

    assert properties(message)["0x0E07"] == flags
    assert item(message).findtext(f"{TYPES}IsRead") == read


@pytest.mark.parametrize(("marks", "found"), [
    ({}, {}),
    ({"answered": True}, {"0x1080": "261", "0x1081": "102"}),
    ({"forwarded": True}, {"0x1080": "262", "0x1081": "104"}),
    ({"answered": True, "forwarded": True}, {"0x1080": "261", "0x1081": "102"}),
    ({"flagged": True}, {"0x1090": "2"}),
])
def test_marks_become_the_properties_that_outlook_shows(marks: dict[str, bool], found: dict[str, str]) -> None:
    """Answered, forwarded and flagged, and nothing of the kind where there is no mark."""
    seen = properties(new(**marks))

    assert {tag: seen.get(tag) for tag in ("0x1080", "0x1081", "0x1090") if tag in seen} == found


def test_the_tag_is_in_the_same_request() -> None:
    """The one named property carries the tag, so an item is never without it."""
    seen = properties(new())
    uri = item(new()).find(f".//{TYPES}ExtendedFieldURI[@PropertyName]")

    assert seen[PROPERTY_NAME] == TAG
    assert uri is not None
    assert dict(uri.attrib) == {
        "PropertySetId": PROPERTY_SET, "PropertyName": "OmmItemTag", "PropertyType": "String"}


def test_no_receipt_is_asked_for() -> None:
    """What asked for a receipt at the source does not ask again."""
    for name in ("IsReadReceiptRequested", "IsDeliveryReceiptRequested"):
        assert item(new()).findtext(f"{TYPES}{name}") == "false"


def test_importance_and_sensitivity_are_left_to_the_mime_where_the_source_tells_neither() -> None:
    """Nothing is said that Exchange takes from the message's own header."""
    names = {etree.QName(child).localname for child in item(new(read=True, flagged=True, categories=("x",)))}

    assert names == {"MimeContent", "Categories", "ExtendedProperty", "IsReadReceiptRequested",
                     "IsDeliveryReceiptRequested", "IsRead"}


@given(st.binary(max_size=2000))
def test_the_mime_travels_byte_for_byte(mime: bytes) -> None:
    """What is decoded is what was given, whatever it holds."""
    assert base64.b64decode(item(new(mime)).findtext(f"{TYPES}MimeContent") or "", validate=True) == mime


@given(st.lists(st.text(st.characters(), max_size=300), max_size=5))
@example(["\x00\x01\x1f\x7f", "\ud800", "\udfff x", "\ufffe\uffff", "<&>\"'", "\U0001f4e7" * 300, "]]>"])
def test_categories_of_any_characters_are_carried(words: list[str]) -> None:
    """Control characters and lone surrogates become U+FFFD; no category is longer than 255 characters."""
    found = [one.text or "" for one in item(new(categories=tuple(words))).iterfind(f"{TYPES}Categories/{TYPES}String")]

    assert len(found) == len(words)
    assert all(len(one) <= 255 for one in found)


def test_categories_keep_what_xml_can_carry() -> None:
    """Ordinary words, markup and emoji come through as they are."""
    words = ("Rot & <b>", "\U0001f4e7 Поездка", "a\ufffeb\ud800c\x01d")
    found = [one.text for one in item(new(categories=words)).iterfind(f"{TYPES}Categories/{TYPES}String")]

    assert found == ["Rot & <b>", "\U0001f4e7 Поездка", "a\ufffdb\ufffdc\ufffdd"]


# Dates


@pytest.mark.parametrize(("written", "meant"), [
    ("Sun, 17 May 2020 10:29:00 +0200", "2020-05-17T08:29:00Z"),
    ("17 May 2020 10:29 +0200", "2020-05-17T08:29:00Z"),
    ("Sun, 17 May 2020\r\n\t10:29:00 +0200 (CEST)", "2020-05-17T08:29:00Z"),
    ("Sun, 17 May 2020 08:29:00 GMT", "2020-05-17T08:29:00Z"),
    ("Sun, 17 May 2020 08:29:00 -0000", "2020-05-17T08:29:00Z"),
    ("Sun, 17 May 2020 08:29:00", "2020-05-17T08:29:00Z"),
    ("Fri, 1 Jan 1999 00:00:00 +0000", "1999-01-01T00:00:00Z"),
    ("1 Jan 70 00:00:00 GMT", "1970-01-01T00:00:00Z"),
    ("Fri, 31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59Z"),
])
def test_the_sent_date_is_the_messages_own(written: str, meant: str) -> None:
    """Folded, commented, without a weekday or a zone: UTC, and never one from the body."""
    seen = properties(new(header_date(written)))

    assert (seen["0x0039"], seen["0x0E06"]) == (meant, "2020-05-17T08:30:00Z")


@pytest.mark.parametrize("written", [
    "", "yesterday", "Sun, 17 May 20200 10:29:00 +0200", "32 Jan 2020 10:29 +0000", "1 Jan 2020 25:61 +0000",
    "1 Jan 1601 00:00 +0000", "1 Jan 0999 00:00 +0000", "1 Jan 1601 00:00 +2359", "31 Dec 9999 23:59 -2359",
    "1 Jan 2020 00:00 +9999", "\xff\xfe", "1" * 5000, ", , , ,",
])
def test_a_date_that_exchange_cannot_hold_gives_way_to_the_received_one(written: str) -> None:
    """Unreadable, before 1601, past the calendar: as if it were not there."""
    seen = properties(new(header_date(written)))

    assert (seen["0x0039"], seen["0x0E06"]) == ("2020-05-17T08:30:00Z", "2020-05-17T08:30:00Z")


@pytest.mark.parametrize("before", [b"\r\n\r\n", b"\r\n", b"\n", b"Subject: x\n\n", b"X-", b"Subject: x\r\n "])
def test_a_date_outside_the_header_is_none(before: bytes) -> None:
    """A body, a header of another name and a folded line have no say."""
    assert sent_date(new(before + b"Date: 1 Jan 2001 00:00 +0000\r\n\r\n").item) is None


def test_a_date_is_found_behind_any_line_end_and_in_any_case() -> None:
    """LF alone, DATE in capitals and space before the colon are read."""
    assert sent_date(new(b"DATE : 1 Jan 2001 00:00 +0000\nSubject: x\n\n").item) == datetime(2001, 1, 1, tzinfo=UTC)


def test_a_field_whose_name_only_begins_like_a_date_is_passed_over() -> None:
    """`Date-Received` before it is another field."""
    header = b"Date-Received: 2 Feb 2002 00:00 +0000\r\nDate: 1 Jan 2001 00:00 +0000\r\n\r\n"

    assert sent_date(new(header).item) == datetime(2001, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("received", "meant"), [
    (datetime(2020, 5, 17, 10, 30, tzinfo=timezone(timedelta(hours=2))), "2020-05-17T08:30:00Z"),
    (datetime(2020, 5, 17, 8, 30), "2020-05-17T08:30:00Z"),  # noqa: DTZ001 - a source that breaks its promise
    (None, "2020-05-17T08:29:00Z"),
    (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "2020-05-17T08:29:00Z"),
    (datetime(1600, 12, 31, tzinfo=UTC), "2020-05-17T08:29:00Z"),
    (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14))), "2020-05-17T08:29:00Z"),
    (datetime(1899, 12, 30, tzinfo=UTC), "1899-12-30T00:00:00Z"),
])
def test_the_received_date_is_utc_or_gives_way_to_the_sent_one(received: datetime | None, meant: str) -> None:
    """Zones are converted; a moment that Exchange cannot hold counts as none."""
    assert properties(new(received=received))["0x0E06"] == meant


def test_without_any_date_nothing_is_claimed() -> None:
    """No received and no sent date: the server dates it itself."""
    assert not {"0x0E06", "0x0039"} & set(properties(new(b"Subject: x\r\n\r\n", received=None)))


NEARLY = st.from_regex(
    r"([A-Z][a-z]{2}, ?)?\d{1,2} (Jan|Feb|Dec) \d{1,6} \d{1,3}:\d\d(:\d+)? [+-]?\d{1,8}", fullmatch=True)


@given(st.one_of(st.text(max_size=60), NEARLY))
def test_no_date_breaks_a_message(written: str) -> None:
    """Whatever stands in the header, the result is a moment of UTC or none."""
    mime = b"Date: " + written.encode("utf-8", "surrogatepass") + b"\r\n\r\n"
    date = sent_date(SourceMessage(1, mime, len(mime), None))

    assert date is None or date.utcoffset() == timedelta()


def test_a_huge_header_is_read_in_no_time() -> None:
    """Ten megabytes without a line end, or of folded lines, do not stall the search."""
    for mime in (b"x" * 10_000_000, b"Date:" + b"\r\n " * 3_000_000, b"Date" * 2_000_000, b"\n " * 4_000_000):
        assert sent_date(SourceMessage(1, mime, len(mime), None)) is None


# Spooled


def pieces(body: EncodedFile) -> bytes:
    return b"".join(iter(lambda: body.read(8192), b""))


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2])
def test_an_encoded_file_is_as_long_as_it_says_and_the_same_each_time(size: int) -> None:
    """Its length is known beforehand; at its end it stands at its start again, as NTLM needs it."""
    mime = bytes(n % 251 for n in range(size))
    with tempfile.TemporaryFile() as file, EncodedFile(b"<head>", file, b"<tail>") as empty:
        assert pieces(empty) == b"<head><tail>"
        file.write(mime)
        file.seek(size // 2)
        with EncodedFile(b"<head>", file, b"<tail>") as body:
            first, second = pieces(body), pieces(body)

            assert len(body) == body.length == len(first)
            assert first == second == b"<head>" + base64.b64encode(mime) + b"<tail>"


def test_an_encoded_file_rewinds_wherever_it_is_told_to() -> None:
    """seek goes back to the start whatever is asked; tell says so."""
    with EncodedFile(b"<head>", BytesIO(b"x" * 100_000), b"<tail>") as body:
        whole = pieces(body)
        for ask in (lambda: body.seek(0), lambda: body.seek(-len(body), 1), body.tell):
            body.read(1)
            body.read(1)

            assert ask() == 0
            assert pieces(body) == whole


def test_a_spooled_message_has_its_date_read_and_stands_at_its_start_again() -> None:
    """Reading the header of a file leaves it where it was."""
    file = BytesIO(MIME)

    assert sent_date(SourceMessage(1, file, len(MIME), None)) == datetime(2020, 5, 17, 8, 29, tzinfo=UTC)
    assert file.tell() == 0


def test_a_file_is_never_taken_for_bytes() -> None:
    """A spooled message has no fragment in memory."""
    with pytest.raises(TypeError):
        fragment(Tagged(TAG, SourceMessage(1, BytesIO(MIME), len(MIME), None)))


@pytest.mark.parametrize(("header", "processed"), [
    (b"Content-Type: text/calendar; method=REQUEST; charset=utf-8", True),
    (b"Content-Type: TEXT/Calendar;\r\n method=reply", True),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/calendar; method=CANCEL", True),
    (b"Content-Type: application/ms-tnef; name=winmail.dat", True),
    (b"Content-Type: text/plain", False),
])
@pytest.mark.parametrize("spooled", [False, True])
def test_meeting_messages_are_marked_as_dealt_with(header: bytes, processed: bool, spooled: bool) -> None:
    """No server books, or answers, an invitation again that was only copied; in memory or through a file."""
    mime = b"Subject: x\r\n" + b"X-Long: y\r\n" * 6000 + header + b"\r\n\r\nBEGIN:VCALENDAR\r\n"
    if spooled:
        message = Tagged(TAG, SourceMessage(1, BytesIO(mime), len(mime), RECEIVED))
        assert (b"0x7D01" in closing(message)) == processed
        assert message.item.mime.read() == mime  # type: ignore[union-attr]  # a file
    else:
        assert properties(new(mime)).get("0x7D01") == ("true" if processed else None)
