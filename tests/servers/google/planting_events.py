"""Puts calendars and events into an account at Google, by Google's own methods and by what people do in its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tests.servers.google.truth.events import OWNER, Calendar, Change, Event, Guest, Reminder, Text

Body = dict[str, Any]
_BIRTHDAY = {"visibility": "private", "transparency": "transparent", "recurrence": ["RRULE:FREQ=YEARLY"],
             "birthdayProperties": {"type": "birthday"}}
_AT_HOME = {"visibility": "public", "transparency": "transparent",
            "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}}


class Google(Protocol):
    """The emulator, as far as seeds need it."""

    def call(self, method_id: str, address: str, /, *, body: Body | None = None, **given: Any) -> Body: ...
    def act(self, name: str, address: str, /, **given: Any) -> Any: ...


def iana(moment: datetime, zone: str, *, all_day: bool) -> Body:
    """A time as a resource has it."""
    if all_day:
        return {"date": f"{moment:%Y-%m-%d}"}
    return {"dateTime": moment.replace(tzinfo=ZoneInfo(zone)).isoformat(), "timeZone": zone}


def times(event: Event, start: datetime, span: Any) -> Body:
    """Start and end; a span is elapsed time, but for whole days."""
    if event.all_day:
        return {"start": iana(start, "", all_day=True), "end": iana(start + span, "", all_day=True)}
    end = (start.replace(tzinfo=ZoneInfo(event.zone)).astimezone(UTC) + span).astimezone(ZoneInfo(event.zone))
    return {"start": iana(start, event.zone, all_day=False),
            "end": {"dateTime": end.isoformat(), "timeZone": event.zone}}


def key(event: Event, wall: datetime) -> str:
    """What the id of an instance ends in."""
    if event.all_day:
        return f"{wall:%Y%m%d}"
    return f"{wall.replace(tzinfo=ZoneInfo(event.zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def lines(event: Event) -> list[str]:
    """Its recurrence, without an end where somebody sets one later."""
    found = []
    if event.rule:
        last = "" if event.until is None or event.cut else f";UNTIL={key(event, event.until)}"
        found.append(f"RRULE:{event.rule}{last}")
    for name, walls in (("RDATE", event.more), ("EXDATE", event.without)):
        if walls:
            kind = ";VALUE=DATE" if event.all_day else f";TZID={event.zone}"
            form = "%Y%m%d" if event.all_day else "%Y%m%dT%H%M%S"
            found.append(f"{name}{kind}:{','.join(one.strftime(form) for one in walls)}")
    return found


def guest(one: Guest) -> Body:
    """An attendee."""
    named = {"displayName": one.name} if one.name else {}
    named |= {"comment": one.comment} if one.comment else {}
    return {"email": one.address, "responseStatus": one.answer, "optional": one.optional, "resource": one.resource,
            **named}


def said(text: Text) -> Body:
    """What a resource says beside its times."""
    found: Body = {}
    for name, value in (("summary", text.title), ("description", text.description), ("location", text.place)):
        if value is not None:
            found[name] = value
    if text.guests is not None:
        found["attendees"] = [guest(one) for one in text.guests]
    if text.free is not None:
        found["transparency"] = "transparent" if text.free else "opaque"
    return found


def conference(kind: str) -> Body:
    """What an event has of a conference."""
    if kind == "meet":
        return {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    points = {"zoom": [
        {"entryPointType": "video", "uri": "https://zoom.example.com/j/9876543210?pwd=Abc", "label": "zoom.example.com",
         "meetingCode": "9876543210", "passcode": "s3same"},
        {"entryPointType": "phone", "uri": "tel:+1-312-626-6799,,9876543210#", "label": "+1 312 626 6799"}],
        "phone": [{"entryPointType": "phone", "uri": "tel:+49-30-5679", "label": "+49 30 5679", "pin": "4711"}]}[kind]
    return {"conferenceSolution": {"key": {"type": "addOn"}, "name": "Rooms of others"}, "entryPoints": points,
            "notes": "Please be on time."}


# What whoever reads the event has to find in its text, so that it can be joined.
JOINED: Mapping[str, tuple[str, ...]] = {
    "meet": ("https://meet.google.com/",),
    "zoom": ("https://zoom.example.com/j/9876543210?pwd=Abc", "+1 312 626 6799", "s3same", "Please be on time."),
    "phone": ("+49 30 5679", "4711"), "": ()}


def body(event: Event) -> Body:
    """The whole resource, as it is given to insert or import."""
    found = {"summary": event.name, **said(event.text), **times(event, event.start, event.span)}
    found |= {"visibility": event.visibility} if event.visibility != "default" else {}
    found |= {"status": event.status} if event.status == "tentative" else {}
    if event.is_series:
        found["recurrence"] = lines(event)
    if event.kind not in ("default", "fromGmail"):
        found["eventType"] = event.kind
    found |= {"birthday": _BIRTHDAY, "workingLocation": _AT_HOME}.get(event.kind, {})
    if event.conference:
        found["conferenceData"] = conference(event.conference)
    if event.files:
        found["attachments"] = [{"title": title, "fileUrl": url} for title, url in event.files]
    if event.source[1]:
        found["source"] = {"title": event.source[0], "url": event.source[1]}
    return found | _invited(event)


def _invited(event: Event) -> Body:
    if event.foreign is None:
        return {}
    guests = [guest(one) for one in event.text.guests or ()]
    return {"iCalUID": f"{event.name.replace(' ', '-')}@outlook.example.com",
            "organizer": {"email": event.foreign.address, "displayName": event.foreign.name},
            "attendees": [{"email": event.foreign.address, "responseStatus": "accepted"},
                          {"email": OWNER, "responseStatus": event.answer}, *guests]}


def reminders(some: Sequence[Reminder] | None) -> Body:
    """Somebody's own reminders of an event."""
    if some is None:
        return {"useDefault": True}
    return {"useDefault": False, "overrides": [{"method": one.method, "minutes": one.minutes} for one in some]}


HOLIDAYS = "en.german#holiday@group.v.calendar.google.com"
OTHER = "ben@example.org"       # whose calendars the owner may see


@dataclass
class Planting:
    """Events being put into calendars.

    `ids` has the id of each calendar by its name, `made` those of events, `uids` their iCalUIDs.
    """

    google: Google
    owner: str = OWNER
    ids: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    _roles: dict[str, str] = field(default_factory=dict)

    def calendars(self, some: Sequence[Calendar]) -> None:
        """Makes calendars, each on the owner's list."""
        primary = next(one for one in some if one.primary)
        self.google.act("calendar.setting", self.owner, name="timezone", value=primary.zone)
        for one in some:
            self.ids[one.name] = self.owner if one.primary else self._calendar(one)
            own: Body = {"hidden": True} if one.hidden else {}
            own["defaultReminders"] = [{"method": r.method, "minutes": r.minutes} for r in one.reminders]
            self.google.call("calendar.calendarList.patch", self.owner, body=own, calendarId=self.ids[one.name])
            self._roles[one.name] = self._whose(one) if one.role not in ("owner", "writer") else self.owner

    def _calendar(self, one: Calendar) -> str:
        if one.kind == "birthdays":
            return str(self.google.act("calendar.birthdays", self.owner, contacts={"Zoë": "1990-05-06"}))
        made = HOLIDAYS if one.kind else str(self.google.call(
            "calendar.calendars.insert", self._whose(one), body={"summary": one.name, "timeZone": one.zone})["id"])
        if one.role != "owner":
            if not one.kind:
                self.google.call("calendar.acl.insert", OTHER, calendarId=made, body={
                    "role": one.role, "scope": {"type": "user", "value": self.owner}})
            self.google.call("calendar.calendarList.insert", self.owner, body={"id": made})
        return made

    def _whose(self, one: Calendar) -> str:
        return self.owner if one.role == "owner" else OTHER

    def events(self, some: Sequence[Event]) -> None:
        """Makes events, and then whatever is changed about single occurrences."""
        for one in some:
            self._event(one)

    def _event(self, event: Event) -> None:
        where, who = self.ids[event.calendar], self._roles[event.calendar]
        made = self._made(event, where, who)
        self.made[event.name] = made
        for change in event.changes:
            self._change(event, where, made, change)
        if event.cut:
            cut = [f"RRULE:{event.rule};UNTIL={key(event, event.until)}"]  # type: ignore[arg-type]  # what is cut ends
            self.google.call("calendar.events.patch", who, body={"recurrence": cut}, calendarId=where, eventId=made)
        if event.status == "cancelled":
            self.google.call("calendar.events.delete", who, calendarId=where, eventId=made)

    def _made(self, event: Event, where: str, who: str) -> str:
        given = body(event)
        if event.orphan:
            given |= {"recurringEventId": "aseriesofothers", "originalStartTime": given["start"]}
        if event.kind == "fromGmail":
            given["eventType"] = event.kind
        if event.kind == "birthday":
            given["reminders"] = reminders(())
        elif event.kind != "workingLocation":
            given["reminders"] = reminders(event.reminders)
        if event.orphan or event.kind == "fromGmail":
            return self._known(event, self.google.act("calendar.place", who, resource=given, calendar=where))
        more: Body = {"calendarId": where, "conferenceDataVersion": 1, "supportsAttachments": True}
        method = "import" if event.foreign else "insert"
        return self._known(event, self.google.call(f"calendar.events.{method}", who, body=given, **more))

    def _known(self, event: Event, made: Body) -> str:
        self.uids[event.name] = str(made["iCalUID"])
        return str(made["id"])

    def _change(self, event: Event, where: str, made: str, change: Change) -> None:
        one = f"{made}_{key(event, change.at)}"
        if change.gone:
            self.google.call("calendar.events.delete", self.owner, calendarId=where, eventId=one)
            return
        given = said(change.text)
        if change.start is not None or change.span is not None:
            given |= times(event, change.start or change.at, change.span or event.span)
        if event.foreign is None:
            self.google.call("calendar.events.patch", self.owner, body=given, calendarId=where, eventId=one)
            return
        original = times(event, change.at, event.span)
        whole = {name: value for name, value in body(event).items() if name != "recurrence"} | given
        self.google.act("calendar.place", self.owner, calendar=where, resource=whole | {
            "id": one, "recurringEventId": made, "originalStartTime": original["start"]})
