"""An Exchange mailbox as the doctor examines it: what a destination does, and a look at what it made of it.

What is not a migration's business (moving an item, reading a message) is done here with raw requests of its own.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

from lxml import etree

from engine.connectors.exchange.contact_trial import trial_contact
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.message import PROCESSED
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.session import WARM_UP
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, parse, server_version, single
from engine.connectors.exchange.tags import PROPERTY_NAME, TAG_FIELD
from engine.connectors.exchange.typed.notes.fields import COLOUR, NOTE_CLASS
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.versions import release
from engine.doctor.trial import CalendarSeen, Server
from engine.items.tags import DIGEST
from engine.messages.canary import Seen
from engine.migration.content import Content
from engine.ports.settings import Entry
from engine.ports.typed import TypedItem

FLAG_STATUS = "0x1090"      # [MS-OXOFLAG] 2.2.1.1: 2 is flagged
BUILD = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    '<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:DateTimeReceived"/>'
    '<t:FieldURI FieldURI="item:IsDraft"/><t:FieldURI FieldURI="item:DateTimeCreated"/>'
    '<t:FieldURI FieldURI="message:IsRead"/>'
    f'<t:ExtendedFieldURI PropertyTag="{FLAG_STATUS}" PropertyType="Integer"/>'
    f'<t:ExtendedFieldURI PropertyTag="{PROCESSED[0]}" PropertyType="{PROCESSED[1]}"/>{TAG_FIELD}'
    "</t:AdditionalProperties></m:ItemShape>"
)
GREEN = "1"                 # PidLidNoteColor [MS-OXONOTE] 2.2.1.1; no program shows it where nothing is said
NOTE_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    f'<t:FieldURI FieldURI="item:ItemClass"/>{COLOUR.uri}</t:AdditionalProperties></m:ItemShape>'
)
NOTE_TO_WRITE = (
    f'<t:Message xmlns:t="{TYPES[1:-1]}"><t:ItemClass>{NOTE_CLASS}</t:ItemClass><t:Subject>OMM doctor</t:Subject>'
    '<t:Body BodyType="Text">OMM doctor</t:Body>'
    f"<t:ExtendedProperty>{COLOUR.uri}<t:Value>{GREEN}</t:Value></t:ExtendedProperty></t:Message>"
)


class ExchangeExamination(ExchangeDestination):
    """A mailbox on an Exchange of any age: one that is too old says so when it is signed in to."""

    def offer(self) -> tuple[str, ...]:
        """The sign-in schemes that the server offers, in lower case."""
        return tuple(sorted(self._offered()))

    def sign_in(self, *, tries: int) -> Server:
        """Signs in as a check does, and says what answered."""
        facts = self.check(tries=tries)
        version = server_version(self._sessions.ask(WARM_UP))
        if version is None:
            raise AnswerLostError("The destination does not say which version it is.")
        return Server(
            release=release(version), build=".".join(version.get(part) or "?" for part in BUILD),
            schema=version.get("Version") or "?", scheme=facts.scheme, folders=facts.folders or 0,
            messages=facts.messages, bound=self._sessions.bound,
        )

    def cookies(self) -> dict[str, bool]:
        """The names of the cookies that the server has set; True: it gets that one back."""
        return self._sessions.cookies()

    def look(self, item_id: str) -> Seen:
        """GetItem, with the MIME as the server writes it anew."""
        body = envelope(f"<m:GetItem>{SHAPE}<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:GetItem>")
        item = single(parse(self._sessions.ask(body))).find(f"{MESSAGES}Items/*")
        if item is None:
            raise AnswerLostError("The destination's answer lacks what was asked for.")
        return _seen(item)

    def try_appointments(self, folder_id: str, tags: Sequence[str]) -> CalendarSeen:
        """As a migration writes them. What that needs is loaded when it is tried."""
        from engine.connectors.exchange.calendar_trial import try_appointments  # noqa: PLC0415 - see above

        return try_appointments(self._sessions, self.writer(Content.CALENDARS), folder_id, tags)

    def move(self, item_id: str, folder_id: str) -> str:
        """MoveItem. The item's new id."""
        body = envelope(
            f"<m:MoveItem><m:ToFolderId><t:FolderId Id={attribute(folder_id)}/></m:ToFolderId>"
            f"<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:MoveItem>"
        )
        moved = single(parse(self._sessions.post(body, len(body)))).find(f"{MESSAGES}Items/*/{TYPES}ItemId")
        if moved is None or not moved.get("Id"):
            raise AnswerLostError("The destination does not say what became of a message that was moved.")
        return str(moved.get("Id"))

    def contact(self) -> TypedItem:
        """A contact that nobody has."""
        return trial_contact()

    def note(self) -> TypedItem:
        """A message of the class of notes."""
        written = NOTE_TO_WRITE.encode()
        return TypedItem(1, written, bytes(16), "0" * DIGEST, "0" * DIGEST, len(written))

    def rule(self, folder_id: str) -> Entry:
        """A rule that nobody has. What that needs is loaded when it is tried."""
        from engine.connectors.exchange.rules.trial_rule import trial_rule  # noqa: PLC0415 - see above

        return trial_rule(folder_id)

    def has_outlook_rules(self) -> bool:
        """GetInboxRules."""
        from engine.connectors.exchange.rules.there import Looking  # noqa: PLC0415 - as above

        return Looking(self._sessions).look().outlooks

    def is_note(self, item_id: str) -> bool:
        """GetItem of its class and its colour."""
        asked = f"<t:ItemId Id={attribute(item_id)}/>"
        body = envelope(f"<m:GetItem>{NOTE_SHAPE}<m:ItemIds>{asked}</m:ItemIds></m:GetItem>")
        item = single(parse(self._sessions.ask(body))).find(f"{MESSAGES}Items/*")
        if item is None:
            raise AnswerLostError("The destination's answer lacks what was asked for.")
        return item.findtext(f"{TYPES}ItemClass") == NOTE_CLASS and value_of(item, COLOUR.number) == GREEN


def _seen(item: etree._Element) -> Seen:
    properties = {_name(one): one.findtext(f"{TYPES}Value") for one in item.iterfind(f"{TYPES}ExtendedProperty")}
    return Seen(
        subject=item.findtext(f"{TYPES}Subject") or "",
        received=moment(item, "DateTimeReceived"),
        created=moment(item, "DateTimeCreated"),
        draft=item.findtext(f"{TYPES}IsDraft") == "true",
        read=item.findtext(f"{TYPES}IsRead") == "true",
        flagged=properties.get(FLAG_STATUS) == "2",
        tag=properties.get(PROPERTY_NAME) or "",
        processed=properties.get(PROCESSED[0].lower()) == PROCESSED[2],
        mime=_decoded(item.findtext(f"{TYPES}MimeContent") or ""),
    )


def _decoded(mime: str) -> bytes:
    try:
        return b64decode(mime)
    except ValueError:
        raise AnswerLostError("The destination's answer cannot be read.") from None


def _name(extended: etree._Element) -> str:
    uri = extended.find(f"{TYPES}ExtendedFieldURI")
    return "" if uri is None else (uri.get("PropertyTag") or "").lower() or uri.get("PropertyName") or ""
