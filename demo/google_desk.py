"""What else is in Claire's Google account: a calendar, contacts with a label, tasks, a filter and a vacation responder.

Put there by Google's own methods, and looked for at the destination by plain requests of Exchange Web Services.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from demo import old_calendar, old_desk, old_settings
from demo.servers import Exchange
from emulators.google.control import Control

PARIS = "Europe/Paris"
SERIES, ONCE, LABEL, LIST_LABEL = "Atelier d'écriture", "Chez l'imprimeur", "Lecteurs", "Later"
CONTACTS = (
    ("Anouk", "Leroy", "anouk@editions.example", "+33 1 40 00 00 01"),
    ("Zofia", "Żółtowska", "zofia@druk.example", "+48 22 000 00 03"),
)
TASK, SUB_TASK = "Rendre les épreuves", "Relire le chapitre 3"
REPLY = "Je suis à Lyon."
ITEMS = {"contacts": 2, "contact groups": 1, "calendars": 2, "tasks": 2, "inbox rules": 1, "out-of-office": 1}
# What a calendar shows in 2025, by the clocks of Paris: the third Monday was put off by a day, the fourth is off.
SHOWN = (
    (SERIES, "2025-03-03T08:00:00Z"), (SERIES, "2025-03-10T08:00:00Z"), (SERIES, "2025-03-18T13:00:00Z"),
    (SERIES, "2025-03-31T07:00:00Z"), (ONCE, "2025-05-06T12:00:00Z"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a mailbox shows of all this, a line each."""

    calendar: tuple[str, ...]
    others: tuple[str, ...]
    settings: tuple[str, ...]


def look(new: Exchange) -> Desk:
    """The mailbox as it is now."""
    return Desk(
        tuple(old_calendar.shown(new)), tuple(old_desk.shown(new)), tuple(old_settings.without_colours(new))
    )


def fill(control: Control, address: str) -> None:
    """Puts all of it into the account. Raises NotPossibleError where Google's methods refuse anything."""
    def call(method: str, **given: Any) -> dict[str, Any]:
        return dict(control.call("call", method_id=method, address=address, **given))

    def event(subject: str, day: str, **more: Any) -> str:
        return str(call("calendar.events.insert", calendarId="primary", body={
            "summary": subject, "start": _at(f"{day}:00"), "end": _at(f"{day}:45"), **more,
        })["id"])

    series = event(SERIES, "2025-03-03T09", recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"], location="Salle bleue")
    event(ONCE, "2025-05-06T14")
    call("calendar.events.patch", calendarId="primary", eventId=f"{series}_20250317T080000Z", body={
        "start": _at("2025-03-18T14:00"), "end": _at("2025-03-18T14:45"),
    })
    call("calendar.events.delete", calendarId="primary", eventId=f"{series}_20250324T080000Z")
    people = [call("people.people.createContact", body=_contact(*one))["resourceName"] for one in CONTACTS]
    group = call("people.contactGroups.create", body={"contactGroup": {"name": LABEL}})
    call("people.contactGroups.members.modify", resourceName=group["resourceName"],
         body={"resourceNamesToAdd": people})
    parent = call("tasks.tasks.insert", tasklist="@default", body={"title": TASK, "due": "2044-03-18T00:00:00.000Z"})
    call("tasks.tasks.insert", tasklist="@default", parent=parent["id"], body={"title": SUB_TASK})
    [label] = [one for one in call("gmail.users.labels.list", userId="me")["labels"] if one["name"] == LIST_LABEL]
    call("gmail.users.settings.filters.create", userId="me", body={
        "criteria": {"from": CONTACTS[0][2]}, "action": {"addLabelIds": [label["id"]], "removeLabelIds": ["INBOX"]},
    })
    call("gmail.users.settings.updateVacation", userId="me", body={
        "enableAutoReply": False, "responseBodyPlainText": REPLY,
    })


def _at(time: str) -> dict[str, str]:
    return {"dateTime": f"{time}:00", "timeZone": PARIS}


def _contact(given: str, surname: str, address: str, phone: str) -> dict[str, Any]:
    return {
        "names": [{"givenName": given, "familyName": surname}], "emailAddresses": [{"value": address}],
        "phoneNumbers": [{"value": phone, "type": "work"}],
    }


def differences(before: Desk, now: Desk) -> list[str]:
    """What the mailbox shows beside what it showed before, and should not, or does not, and should."""
    wanted, events = Counter(SHOWN), Counter(now.calendar) - Counter(before.calendar)
    found = Counter({(line.split(", ")[0], line.split(", ")[1]): count for line, count in events.items()})
    wrong = [f"not in the calendar: {each}" for each in (wanted - found).elements()]
    wrong += [f"too much in the calendar: {each}" for each in (found - wanted).elements()]
    others = list((Counter(now.others) - Counter(before.others)).elements())
    rows = [*((f"{given} {surname}", address, phone) for given, surname, address, phone in CONTACTS),
            (LABEL, *(one[2] for one in CONTACTS)), (TASK, "2044-03-18"), (TASK, SUB_TASK)]
    wrong += [f"not there: {', '.join(row)}" for row in rows if not any(_has(line, row) for line in others)]
    wrong += [f"{len(others)} things and not {len(rows)}: {others}"] if len(others) != len(rows) else []
    settings = list((Counter(now.settings) - Counter(before.settings)).elements())
    wrong += [f"no such setting: {', '.join(row)}" for row in ((CONTACTS[0][2], LIST_LABEL), (REPLY,))
              if not any(_has(line, row) for line in settings)]
    return wrong


def _has(line: str, row: tuple[str, ...]) -> bool:
    return all(part in line for part in row)
