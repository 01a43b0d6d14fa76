"""The text of an event: its description, and what Google keeps beside it, in readable form.

Ways into a conference, files in Drive, the page that it was made of, and what guests wrote with their answers
(Event, ConferenceData, EntryPoint, EventAttachment of calendar.v3).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.google.rest.asking import Json

# What a text in angle brackets must be called to be a tag of HTML: an address of a page or of a person is none, and of
# words that other people put there as well (<address>, <code>, <name>) the reader sees the brackets.
_TAGS = (
    "a abbr acronym b basefont big blockquote body br caption center col colgroup dd del dfn div dl dt em figure font "
    "footer h[1-6] head header hr html i img ins kbd li meta nobr ol p pre q s samp section small span strike strong "
    "style sub sup table tbody td tfoot th thead tr tt u ul wbr o:p"
)
_TAG = rf"/?(?:{'|'.join(_TAGS.split())})(?=[\s/>])[^<>]*>"
_MARKED_UP = re.compile(rf"<{_TAG}|&(?:[A-Za-z]+|#\d+);", re.IGNORECASE)
_NO_TAG = re.compile(rf"<(?!{_TAG}|!--|!doctype\b)", re.IGNORECASE)
_BLOCKS = re.compile(r"<(?:p|div|li|tr|h[1-6]|pre|table|ul|ol|blockquote|body|html)\b", re.IGNORECASE)
# A line break that is written by itself, and not beside the tag that stands for it.
_BARE_BREAK = re.compile(r"(<br\s*/?>[ \t]*\n)|\n(?![ \t]*<br\b)", re.IGNORECASE)
_CODES = (
    ("meetingCode", "Meeting code"), ("accessCode", "Access code"), ("passcode", "Passcode"), ("password", "Password"),
    ("pin", "PIN"),
)
_WAYS = {"video": "Join", "phone": "By phone", "sip": "By SIP", "more": "More ways to join"}
# Characters that XML 1.0 cannot hold (XML 1.0 2.2).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is written behind the description; with an address it is a link, if it is HTML."""

    words: str
    link: str = ""
    marked_up: bool = False


def clean(words: object) -> str:
    """A text as XML can hold it."""
    return _NO_XML.sub("", words) if isinstance(words, str) else ""


def write(item: etree._Element, event: Json) -> None:
    """Gives an appointment its text, if there is any: HTML where the description is or where notes are."""
    description, lines = clean(event.get("description")).strip(), [*_lines(event)]
    if not description and not lines:
        return
    if _MARKED_UP.search(description) or any(one.marked_up for one in lines):
        xml.add(item, "Body", _as_html(description, lines), BodyType="HTML")
        return
    told = [f"{one.words}: {one.link}" if one.link else one.words for one in lines]
    xml.add(item, "Body", "\n".join((*((description, "") if description and told else (description,)), *told)).strip(),
            BodyType="Text")


def _as_html(description: str, lines: list[Line]) -> str:
    shown = _tagged(description)
    if not _BLOCKS.search(shown):
        shown = _BARE_BREAK.sub(lambda found: found[1] or "<br>\n", shown.replace("\r\n", "\n"))
    behind = "".join(f"<div>{_line(one)}</div>\n" for one in lines)
    return f"<html><body><div>{shown}</div>\n{'<br>' if description and behind else ''}{behind}</body></html>"


def _tagged(words: str) -> str:
    """A text as HTML; where it is HTML, what is no tag in it can be read."""
    return _NO_TAG.sub("&lt;", words) if _MARKED_UP.search(words) else html.escape(words, quote=False)


def _line(one: Line) -> str:
    if one.marked_up:
        return _tagged(one.words)
    words = html.escape(one.words, quote=False)
    if not one.link:
        return words
    shown = html.escape(one.link)
    return f'{words}: <a href="{shown}">{shown}</a>'


def _lines(event: Json) -> Iterator[Line]:
    yield from _conference(event)
    for one in event.get("attachments", ()):
        yield Line(f"Attached: {clean(one.get('title')) or 'file'}", clean(one.get("fileUrl")))
    source = event.get("source") or {}
    if source.get("url"):
        yield Line(f"From: {clean(source.get('title')) or 'page'}", clean(source["url"]))
    for one in event.get("attendees", ()):
        if one.get("comment"):
            name = clean(one.get("displayName")) or clean(one.get("email")) or "Somebody"
            yield Line(f"{name} answered: {clean(one['comment'])}")


def _conference(event: Json) -> Iterator[Line]:
    conference = event.get("conferenceData") or {}
    points = conference.get("entryPoints") or ()
    if points:
        name = clean((conference.get("conferenceSolution") or {}).get("name"))
        yield from ([Line(name)] if name else [])
    elif event.get("hangoutLink"):
        yield Line("Join", clean(event["hangoutLink"]))
    for one in points:
        yield from _way(one)
    notes = clean(conference.get("notes"))
    if notes:
        yield Line(notes, marked_up=bool(_MARKED_UP.search(notes)))


def _way(one: Json) -> Iterator[Line]:
    uri, label = clean(one.get("uri")), clean(one.get("label"))
    how = _WAYS.get(one.get("entryPointType", ""), "Join")
    number = f"{how} {label}" if label and label not in uri else how
    region = clean(one.get("regionCode"))
    yield Line(f"{number} ({region})" if region else number, uri)
    for name, words in _CODES:
        if one.get(name):
            yield Line(f"{words}: {clean(one[name])}")
