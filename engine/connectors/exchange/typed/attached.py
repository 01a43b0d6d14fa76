"""What is attached to an item: files, and items one level deep.

GetAttachment gives each with its content ([MS-OXWSATT] 3.1.4.3), and CreateAttachment takes the same elements but for
what the server knows of them. An attached message travels by its MIME, which holds whatever is attached to it; an
attached appointment or task by its fields; of any other item the server's MIME becomes a file. What is attached to such
an item stays behind, and is named.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.reading.rebuilt import LOST
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.facts import body_fact, item_facts, time_facts
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, ZONES
from engine.connectors.exchange.typed.not_given import why_not
from engine.connectors.exchange.typed.reduced import reduced
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.tasks import facts as task_facts
from engine.connectors.exchange.typed.tasks.completion import say_once
from engine.connectors.exchange.typed.tasks.fields import TASK

MOST_AT_ONCE = 20
MOST_BYTES = 8 * 1024 * 1024
LARGEST = 45 * 1024 * 1024          # what an answer of LARGEST_ANSWER (session.py) holds in base64
LOST_FILE = "its attachment “{}” could not be read at the source"
LINK = "its attachment “{}” is a link to a file that is kept elsewhere, which is not carried"
TOO_LARGE = "its attachment “{}” is larger than what is read at once, and is not carried"
DEEPER = "what is attached to its attachment “{}” is not carried"
NO_SERIES = "the changed occurrences of the attached series “{}” are not carried"
AS_FILE = "its attachment “{}” was an item, and arrives as a file"
_ENDINGS = {"Contact": ".vcf", "DistributionList": ".eml"}
_BY_FIELDS = MappingProxyType({fields.element: fields for fields in (CALENDAR_ITEM, TASK)})
_ZONES = (      # MS-OXWSATT_R549
    "<t:AdditionalProperties>" + "".join(f'<t:FieldURI FieldURI="calendar:{name}"/>' for name in ZONES)
    + "</t:AdditionalProperties>"
)
_MAIL = frozenset({
    "Item", "Message", "PostItem", "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation",
})


@dataclass(frozen=True, slots=True)
class Listed:
    """An attachment as its item lists it. `id` is "" where it cannot be asked for, for the reason `why`."""

    id: str
    name: str
    size: int
    is_item: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment with its content, as CreateAttachment takes it. `lacking` says what of it is not carried.

    `fact` is what a digest takes of it as it is in the mailbox, and `will_be` of it once it was written again.
    """

    element: bytes
    fact: str
    will_be: str
    lacking: tuple[str, ...] = ()


def listed(item: etree._Element) -> list[Listed]:
    """The attachments that an item names."""
    return [_listed(one) for one in xml.inner(item, "Attachments")]


def _listed(one: etree._Element) -> Listed:
    known, said, name = one.find(f"{TYPES}AttachmentId"), xml.words(one, "Size"), xml.words(one, "Name")[:200]
    size = int(said) if said.isdecimal() and len(said) < 18 else 0
    is_item = one.tag == f"{TYPES}ItemAttachment"
    if known is None or not (is_item or one.tag == f"{TYPES}FileAttachment"):
        return Listed("", name, 0, why=LINK.format(name))
    if size > LARGEST:
        return Listed("", name, 0, why=TOO_LARGE.format(name))
    return Listed(known.get("Id") or "", name, size, is_item)


def attached(asking: Asking, wanted: Sequence[Listed]) -> Iterator[Attached | str]:
    """Each attachment in turn; words for the report in the place of one that is not to be had.

    Raises FatalError, RetryableError.
    """
    for part in _parts(wanted):
        known = [one for one in part if one.id]
        given = iter(_asked(asking, known) if known else ())
        for one in part:
            found = next(given) if one.id else None
            yield one.why or _made(found) or LOST_FILE.format(one.name)


def _parts(wanted: Sequence[Listed]) -> Iterator[list[Listed]]:
    part: list[Listed] = []
    for one in wanted:
        if part and (len(part) == MOST_AT_ONCE or sum(each.size for each in part) + one.size > MOST_BYTES):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _asked(asking: Asking, wanted: Sequence[Listed]) -> list[etree._Element | None]:
    """Each of them, None where it cannot be had: an item whose MIME cannot be made is asked for without."""
    found = _once(asking, wanted, mime=True)
    for place, one in enumerate(wanted):
        if found[place] is None and one.is_item:
            [found[place]] = _once(asking, [one], mime=False)
    return _zoned(asking, wanted, found)


def _zoned(
    asking: Asking, wanted: Sequence[Listed], found: Sequence[etree._Element | None]
) -> list[etree._Element | None]:
    """The same, with the zones of appointments, which an answer tells only where they are asked for by name."""
    places = [place for place, one in enumerate(found)
              if one is not None and one.find(f"{TYPES}{CALENDAR_ITEM.element}") is not None]
    again = _once(asking, [wanted[place] for place in places], mime=False, more=_ZONES) if places else []
    zoned = dict(zip(places, again, strict=True))
    return [zoned.get(place) if zoned.get(place) is not None else one for place, one in enumerate(found)]


def _once(asking: Asking, wanted: Sequence[Listed], *, mime: bool, more: str = "") -> list[etree._Element | None]:
    ids = "".join(f"<t:AttachmentId Id={attribute(one.id)}/>" for one in wanted)
    body = (
        "<m:GetAttachment><m:AttachmentShape>"
        f"<t:IncludeMimeContent>{'true' if mime else 'false'}</t:IncludeMimeContent>{more}</m:AttachmentShape>"
        f"<m:AttachmentIds>{ids}</m:AttachmentIds></m:GetAttachment>"
    )
    size = sum(one.size for one in wanted) * 2
    question = Question(body, len(wanted), size)
    return asking.read(question, lambda answer: _in_order(wanted, [_given(one) for one in answer]))


def _in_order(
    wanted: Sequence[Listed], found: list[etree._Element | None]
) -> list[etree._Element | None]:
    """The same. Raises AnswerLostError where one stands in the place of another."""
    known = {one.id for one in wanted}
    for one, given in zip(wanted, found, strict=True):
        told = None if given is None else given.find(f"{TYPES}AttachmentId")
        if told is not None and told.get("Id") != one.id and told.get("Id") in known:
            raise AnswerLostError("The source's answer gives one attachment in the place of another.")
    return found


def _given(message: etree._Element | CodeError) -> etree._Element | None:
    if isinstance(message, CodeError):
        # ErrorUnsupportedMimeConversion, say: of a task an older 2010 has none (MS-OXWSCORE_R23093).
        if message.code not in LOST and meaning_of(message.code) not in (Meaning.REFUSED, Meaning.GONE):
            raise why_not(message)
        return None
    found = message.find(f"{MESSAGES}Attachments/*")
    if found is None:
        raise AnswerLostError("The source's answer lacks what was asked for.")
    return found


def _made(found: etree._Element | None) -> Attached | None:
    """The attachment to be written; None: its content is not there."""
    if found is None:
        return None
    if found.tag == f"{TYPES}FileAttachment":
        return file_attached(found)
    inner = next((one for one in found if etree.QName(one).localname in (*_MAIL, *_BY_FIELDS, *_ENDINGS)), None)
    return None if inner is None else _item(found, inner)


def file_attached(found: etree._Element) -> Attached | None:
    """A FileAttachment to be written; None: its content is not there."""
    content = _decoded(found.findtext(f"{TYPES}Content"))
    if content is None:
        if xml.words(found, "Size") not in ("", "0"):
            return None
        content = b""
    return _as_file(found, xml.words(found, "Name") or "attachment", content)


def _as_file(
    found: etree._Element, name: str, content: bytes, fact: str = "", lacking: tuple[str, ...] = ()
) -> Attached:
    made = xml.new("FileAttachment")
    xml.add(made, "Name", name)
    for field in ("ContentType", "ContentId", "ContentLocation"):
        if xml.words(found, field):
            xml.add(made, field, xml.words(found, field))
    xml.add(made, "IsInline", "true" if xml.words(found, "IsInline") == "true" else "false")
    is_photo = xml.words(found, "IsContactPhoto") == "true"
    if is_photo:
        xml.add(made, "IsContactPhoto", "true")
    xml.add(made, "Content", b64encode(content).decode())
    was, own = (_file_fact(each, content, is_photo=is_photo) for each in (xml.words(found, "Name"), name))
    return Attached(xml.written(made), fact or was, own, lacking)


def _file_fact(name: str, content: bytes, *, is_photo: bool) -> str:
    """What a file is; a server may name a photo as it likes."""
    return f"{'photo' if is_photo else f'file {name.strip()}'} {hashlib.sha256(content).hexdigest()}"


def _item(found: etree._Element, inner: etree._Element) -> Attached | None:
    kind, name = etree.QName(inner).localname, xml.words(found, "Name") or xml.words(inner, "Subject")
    mime = _decoded(inner.findtext(f"{TYPES}MimeContent"))
    fact = _fact(kind, inner)
    if kind in _BY_FIELDS:
        lacking = (
            *((DEEPER.format(name),) if inner.find(f"{TYPES}Attachments") is not None else ()),
            *((NO_SERIES.format(name),) if inner.find(f"{TYPES}ModifiedOccurrences") is not None else ()),
        )
        say_once(inner)     # of a task; an appointment has nothing of it
        return Attached(_holding(name, reduced(Shown(inner), _BY_FIELDS[kind])), fact, fact, lacking)
    if mime is None:
        return None
    if kind not in _MAIL:
        named = f"{name or kind}{_ENDINGS.get(kind, '.eml')}"
        return _as_file(found, named, mime, fact, (AS_FILE.format(name),))
    message = xml.new("Message")
    xml.add(message, "MimeContent", b64encode(mime).decode())
    flags = xml.add(message, "ExtendedProperty")       # PidTagMessageFlags [MS-OXCMSG] 2.2.1.6: no draft
    xml.add(flags, "ExtendedFieldURI", PropertyTag="0x0E07", PropertyType="Integer")
    xml.add(flags, "Value", "1")
    return Attached(_holding(name, message), fact, fact)


def _holding(name: str, inner: etree._Element) -> bytes:
    made = xml.new("ItemAttachment")
    xml.add(made, "Name", name)
    made.append(inner)
    return xml.written(made)


def _fact(kind: str, inner: etree._Element) -> str:
    """What an attached item is, whichever server renders it."""
    if kind == "CalendarItem":
        shown = Shown(inner)
        facts = (*item_facts(shown, ""), *time_facts(shown))
        return f"appointment {' '.join(facts)}"
    if kind == "Task":
        facts = (*task_facts.item_facts(inner, ""), *task_facts.time_facts(inner))
        return f"task {' '.join(facts)}"
    author = (inner.findtext(f"{TYPES}From/{TYPES}Mailbox/{TYPES}EmailAddress") or "").strip().lower()
    files = sorted(xml.words(one, "Name") for one in xml.inner(inner, "Attachments"))
    subject, text = xml.words(inner, "Subject").strip(), body_fact(inner.find(f"{TYPES}Body"))
    return f"message {subject} {author if '@' in author else ''} {files} {text}"


def _decoded(content: str | None) -> bytes | None:
    if content is None:
        return None
    try:
        return b64decode("".join(content.split()), validate=True)
    except ValueError:
        raise AnswerLostError("The source's answer cannot be read.") from None
