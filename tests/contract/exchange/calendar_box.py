"""A mailbox with a calendar: what is put into it by raw requests, what a source reads of it, and what it holds then."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.typed import TypedReader
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.typed.digests import digests_of
from engine.connectors.network.pinning import Network
from engine.errors import Side
from engine.migration.content import Content
from engine.ports.source import SourceFolder
from engine.ports.typed import TypedItem
from tests.contract.exchange.conftest import PASSWORD, account
from tests.contract.exchange_emulator.meetings import event

NEW = "new@example.com"
_count = itertools.count(1)
NS = {"t": TYPES[1:-1], "m": MESSAGES[1:-1]}
HOUR = "<t:Start>2024-03-04T09:00:00Z</t:Start><t:End>2024-03-04T10:00:00Z</t:End>"
PARIS = '<t:StartTimeZone Id="Romance Standard Time"/>'
DAILY = (
    "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
    "<t:StartDate>2024-03-04</t:StartDate><t:NumberOfOccurrences>10</t:NumberOfOccurrences></t:NumberedRecurrence>"
    "</t:Recurrence>"
)
FILE = "<t:FileAttachment><t:Name>{}</t:Name><t:Content>{}</t:Content></t:FileAttachment>"


@dataclass
class Box:
    """A mailbox of an emulator."""

    emulator: ExchangeEmulator
    database: Path
    address: str
    sessions: Sessions

    def call(self, body: str) -> etree._Element:
        """Sends one request; every answer in it is a success."""
        answer = parse(self.sessions.ask(envelope(body, version=b"Exchange2010_SP1")))
        codes = [one.text for one in answer.iter(f"{MESSAGES}ResponseCode")]
        assert set(codes) == {"NoError"}, etree.tostring(answer)
        return answer

    def put(self, *insides: str, folder: str = '<t:DistinguishedFolderId Id="calendar"/>') -> str:
        """Creates appointments; the id of the last."""
        return self.create(*(f"<t:CalendarItem>{inside}</t:CalendarItem>" for inside in insides), folder=folder)[-1]

    def create(
        self, *elements: str, folder: str = '<t:DistinguishedFolderId Id="calendar"/>', more: str = ""
    ) -> list[str]:
        """Creates items of those elements; their ids. `more` are further attributes of the request."""
        made = self.call(
            f'<m:CreateItem SendMeetingInvitations="SendToNone" {more}><m:SavedItemFolderId>{folder}'
            f"</m:SavedItemFolderId><m:Items>{''.join(elements)}</m:Items></m:CreateItem>"
        )
        return [one.get("Id", "") for one in made.iter(f"{TYPES}ItemId")]

    def series(self, inside: str = f"<t:Subject>Round</t:Subject>{HOUR}{DAILY}{PARIS}") -> str:
        """Creates a series; its id."""
        return self.put(inside)

    def answered(self) -> str:
        """Receives a daily series of five that its owner accepts, and its third day perhaps; the id of the series."""
        every_day = event(more="RRULE:FREQ=DAILY;COUNT=5\r\n")
        asked = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\n{every_day}END:VCALENDAR\r\n"
        assert self.emulator.receive_meeting(self.address, asked.encode()) == "created"
        [master] = self.ids()
        for answer, what in (("Accept", master), ("TentativelyAccept", self.occurrence_id(master, 3))):
            self.call(f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{answer}Item>'
                      f'<t:ReferenceItemId Id="{what}"/></t:{answer}Item></m:Items></m:CreateItem>')
        return master

    def update(self, target: str, *changes: tuple[str, str]) -> None:
        """Sets fields (path, element), or deletes one whose element is empty."""
        sets = "".join(
            f'<t:SetItemField><t:FieldURI FieldURI="{path}"/><t:CalendarItem>{inside}</t:CalendarItem></t:SetItemField>'
            if inside else f'<t:DeleteItemField><t:FieldURI FieldURI="{path}"/></t:DeleteItemField>'
            for path, inside in changes
        )
        self.call(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
            f"<m:ItemChanges><t:ItemChange>{target}<t:Updates>{sets}</t:Updates></t:ItemChange></m:ItemChanges>"
            "</m:UpdateItem>"
        )

    def delete(self, target: str) -> None:
        """Deletes an item or an occurrence."""
        self.call(
            f'<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>{target}'
            "</m:ItemIds></m:DeleteItem>"
        )

    def attach(self, item_id: str, *attachments: str) -> None:
        """Attaches to an item."""
        self.call(
            f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments>{"".join(attachments)}'
            "</m:Attachments></m:CreateAttachment>"
        )

    def ids(self) -> list[str]:
        """The ids of whatever lies in the calendar."""
        answer = self.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
        )
        return [one.get("Id", "") for one in answer.iter(f"{TYPES}ItemId")]

    def shown(self, target: str) -> etree._Element:
        """An item as GetItem shows all of it."""
        shape = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        answer = self.call(f"<m:GetItem>{shape}<m:ItemIds>{target}</m:ItemIds></m:GetItem>")
        found = answer.find(f".//{MESSAGES}Items/*")
        assert found is not None
        return found

    def occurrence_id(self, master: str, index: int) -> str:
        """The id of an occurrence by itself."""
        return str(self.shown(occurrence(master, index)).find(f"{TYPES}ItemId").get("Id"))  # type: ignore[union-attr]  # there

    def sql(self, statement: str, *values: Any) -> None:
        """Changes what is stored, behind the server's back."""
        with sqlite3.connect(self.database, timeout=30) as db:
            db.execute(statement, values)
        db.close()

    def source(self) -> ExchangeSource:
        """The mailbox as a source, whose owner moves to another address."""
        found = ExchangeSource(
            account(self.emulator.url, self.address), PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0)
        )
        found.moves_to(NEW)
        return found

    @contextmanager
    def reading(self) -> Iterator[TypedReader]:
        """A reader of its calendars."""
        reader = self.source().reader(Content.CALENDARS)
        assert isinstance(reader, TypedReader)
        try:
            yield reader
        finally:
            reader.close()

    def read(self) -> list[TypedItem]:
        """Whatever lies in its calendar."""
        with self.reading() as reader:
            place = calendar(reader)
            return list(reader.read(place, [one.uid for one in reader.listing(place)]))

    def one(self) -> TypedItem:
        """The one item that lies in its calendar."""
        [found] = self.read()
        return found

    def silence(self, item_id: str) -> None:
        """Turns a reminder off, as that of what is past will be in another mailbox."""
        off = "<t:ReminderIsSet>false</t:ReminderIsSet>"
        self.update(f'<t:ItemId Id="{item_id}"/>', ("item:ReminderIsSet", off))

    def digest(self, item_id: str) -> str:
        """The digest of an item as it is now."""
        asking = Asking(self.sessions, stop=threading.Event(), waits=(0.0,))
        asking.sign_in()
        return digests_of(asking, "CalendarItem", [item_id])[item_id]


def box(emulator: ExchangeEmulator, database: Path) -> Box:
    """A new mailbox."""
    address = f"owner{next(_count)}@example.org"
    emulator.add_mailbox(address, password=PASSWORD)
    there = account(emulator.url, address)
    return Box(emulator, database, address, Sessions(there, PASSWORD, Network(trusts_person=True), side=Side.SOURCE))


def calendar(reader: TypedReader) -> SourceFolder:
    """The calendar that every mailbox has."""
    return next(folder for folder in reader.folders().folders if folder.path == ("Calendar",))


def occurrence(master: str, index: int) -> str:
    """The OccurrenceItemId of an occurrence by its index."""
    return f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="{index}"/>'


def element(item: TypedItem | bytes) -> etree._Element:
    """What is written of an item."""
    return etree.fromstring(item if isinstance(item, bytes) else item.element)


def told(found: etree._Element, *names: str) -> list[str | None]:
    """The texts of some fields; None where one is missing."""
    return [found.findtext(f"t:{name}", namespaces=NS) for name in names]
