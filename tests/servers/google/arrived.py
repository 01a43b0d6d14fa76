"""What of a Google account has arrived in an Exchange mailbox, by raw requests; none of it goes through the engine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.tags import PROPERTY_NAME, TAG_FIELD
from engine.items.tags import UNFINISHED
from tests.servers.exchange.pair import Mailbox
from tests.servers.items.judge import Judge

# What is asked of contacts beside their fields: PidTagDisplayNamePrefix, PidLidYomiFirstName, PidLidYomiLastName; and
# PidTagLocation, PidTagHobbies, PidTagReferredByName, PidTagHomeAddressPostOfficeBox, PidTagOtherAddressPostOfficeBox,
# PidTagPostOfficeBox, PidTagLanguage, PidTagGovernmentIdNumber, PidTagAccount, PidTagCustomerId,
# PidTagOrganizationalIdNumber, PidTagGender.
PREFIX, YOMI_FIRST, YOMI_LAST = "0x3a45", "0x802c", "0x802d"
_PROPERTIES = (
    '<t:ExtendedFieldURI PropertyTag="0x3A45" PropertyType="String"/>'
    '<t:ExtendedFieldURI DistinguishedPropertySetId="Address" PropertyId="32812" PropertyType="String"/>'
    '<t:ExtendedFieldURI DistinguishedPropertySetId="Address" PropertyId="32813" PropertyType="String"/>'
    + "".join(f'<t:ExtendedFieldURI PropertyTag="0x{tag}" PropertyType="String"/>' for tag in (
        "3A0D", "3A43", "3A47", "3A5E", "3A64", "3A2B", "3A0C", "3A07", "3A00", "3A4A", "3A10"))
    + TAG_FIELD)
_SHAPE = ("<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>{}</t:BodyType><t:AdditionalProperties>"
          f"{_PROPERTIES}</t:AdditionalProperties></m:ItemShape>")
_AT_ONCE = 100
_TAGS = re.compile(r"</?[A-Za-z!][^>]*>")
_BREAKS = re.compile(r"<(br|/p|/div|/li|p|div|li|tr|hr)\b[^>]*>", re.IGNORECASE)
_SCRIPTS = re.compile(r"<(style|head)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_SPACES = re.compile(r"\s+")


def words(html: str) -> str:
    """What a reader sees of a text in HTML, its spaces folded."""
    return _SPACES.sub(" ", unescape(_TAGS.sub("", _BREAKS.sub(" ", _SCRIPTS.sub(" ", html))))).strip()


def moment(value: str) -> datetime:
    """A time of EWS, in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """An occurrence in a view of a calendar. `tag` is our own mark on it."""

    subject: str
    start: datetime
    end: datetime
    item: str
    tag: str


class Reader(Judge):
    """A mailbox, read by raw requests."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Read the mailbox as a client of Exchange 2016 does."""
        super().__init__(mailbox, ())
        self._shape = _SHAPE.format("Best")

    def of_class(self, folder_class: str) -> dict[str, str]:
        """The ids of the folders of a class, by their paths."""
        return {path: key for path, (key, kind) in self.folders().items() if kind.startswith(folder_class)}

    def view(self, folder: str, windows: Sequence[tuple[datetime, datetime]]) -> list[Shown]:
        """What a calendar shows in each of these windows; what is in two of them is in the list once."""
        found: dict[str, Shown] = {}
        left = list(windows)
        while left:
            begin, end = left.pop()
            answer = self.asked(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
                '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/>'
                f'<t:FieldURI FieldURI="calendar:End"/>{TAG_FIELD}</t:AdditionalProperties></m:ItemShape>'
                f'<m:CalendarView StartDate="{begin:%Y-%m-%dT%H:%M:%SZ}" EndDate="{end:%Y-%m-%dT%H:%M:%SZ}"/>'
                f'<m:ParentFolderIds><t:FolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>')
            root = answer.find(f".//{MESSAGES}RootFolder")
            if root.get("IncludesLastItemInRange") != "true":       # more than one answer holds
                left += [(begin, begin + (end - begin) / 2), (begin + (end - begin) / 2, end)]
                continue
            for one in root.iterfind(f"{TYPES}Items/*"):
                start, stop = (moment(one.findtext(f"{TYPES}{name}")) for name in ("Start", "End"))
                item = one.find(f"{TYPES}ItemId").get("Id")
                found[f"{item} {start}"] = Shown(
                    one.findtext(f"{TYPES}Subject") or "", start, stop, item, property_of(one, PROPERTY_NAME))
        return list(found.values())

    def whole(self, ids: Sequence[str], body: str = "Best") -> dict[str, Any]:
        """Each item with all of its fields, by its id."""
        found: dict[str, Any] = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            wanted = "".join(f'<t:ItemId Id="{one}"/>' for one in part)
            answer = self.asked(f"<m:GetItem>{_SHAPE.format(body)}<m:ItemIds>{wanted}</m:ItemIds></m:GetItem>")
            assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, etree.tostring(answer)
            found |= dict(zip(part, answer.iterfind(f".//{MESSAGES}Items/*"), strict=True))
        return found

    def lying(self, folder: str) -> list[Any]:
        """All items of a folder, whole."""
        return list(self.whole([one.find(f"{TYPES}ItemId").get("Id") for one in self._listed(folder)]).values())

    def tags(self, folder: str) -> list[str]:
        """Our marks on the items of a folder; a series is one."""
        found, offset, more = [], "0", True
        while more:
            answer = self.asked(
                f'<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
                f"<t:AdditionalProperties>{TAG_FIELD}</t:AdditionalProperties></m:ItemShape>"
                f'<m:IndexedPageItemView MaxEntriesReturned="500" Offset="{offset}" BasePoint="Beginning"/>'
                f'<m:ParentFolderIds><t:FolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>')
            root = answer.find(f".//{MESSAGES}RootFolder")
            found += [property_of(one, PROPERTY_NAME) for one in root.iterfind(f"{TYPES}Items/*")]
            offset, more = root.get("IndexedPagingOffset"), root.get("IncludesLastItemInRange") != "true"
        return found

    def attached(self, item: Any) -> Iterator[Any]:
        """What is attached to an item, with its content."""
        for one in item.iter(f"{TYPES}AttachmentId"):
            answer = self.asked(f'<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="{one.get("Id")}"/>'
                                "</m:AttachmentIds></m:GetAttachment>")
            yield answer.find(f".//{MESSAGES}Attachments/*")


def text(item: Any, path: str) -> str:
    """The text of a field; "" where it has none."""
    return item.findtext("/".join(f"{TYPES}{name}" for name in path.split("/"))) or ""


def body(item: Any) -> str:
    """What a reader sees of the body, its spaces folded."""
    found = item.find(f"{TYPES}Body")
    if found is None or not found.text:
        return ""
    return words(found.text) if found.get("BodyType") == "HTML" else _SPACES.sub(" ", found.text).strip()


def entries(item: Any, holder: str) -> dict[str, str]:
    """The entries of an indexed field, by their keys."""
    return {one.get("Key"): one.text or "" for one in item.iterfind(f"{TYPES}{holder}/{TYPES}Entry") if one.text}


def property_of(item: Any, key: str) -> str:
    """The value of a property by its tag or number."""
    for one in item.iterfind(f"{TYPES}ExtendedProperty"):
        uri = one[0]
        names = {str(uri.get("PropertyTag")).lower(), f"0x{int(uri.get('PropertyId') or 0):04x}",
                 str(uri.get("PropertyName"))}
        if key in names:
            return one.findtext(f"{TYPES}Value") or ""
    return ""


def is_unfinished(item: Any) -> bool:
    """True: our mark says that something of it is still to come."""
    return property_of(item, PROPERTY_NAME).endswith(UNFINISHED)


def everything(item: Any) -> str:
    """All text of an item, of its fields, its body and its properties, its spaces folded."""
    found = [one.text for one in item.iter() if one.text]
    return _SPACES.sub(" ", " ".join([*found, *(words(one) for one in found if "<" in one)]))


def attendees(item: Any, holder: str) -> dict[str, tuple[str, str]]:
    """(name, answer) of each attendee, by the address in lower case."""
    return {one.findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress", "").lower(): (
        one.findtext(f"{TYPES}Mailbox/{TYPES}Name", ""), one.findtext(f"{TYPES}ResponseType", ""))
        for one in item.iterfind(f"{TYPES}{holder}/{TYPES}Attendee")}


def windows(*years: int) -> list[tuple[datetime, datetime]]:
    """A window for each of these years."""
    return [(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)) for year in years]


def folded(value: str) -> str:
    """A text as it is compared: its spaces folded."""
    return _SPACES.sub(" ", value).strip()


Times = Counter[tuple[str, datetime, datetime]]
