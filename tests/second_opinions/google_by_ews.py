"""What ews-javascript-api shows of a Google account that has moved, beside what the seed says."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.servers.google.account import written_apart
from tests.servers.google.arrived import folded, words
from tests.servers.google.event_judge import OWNERS_ZONE, Due
from tests.servers.google.item_judge import PHONES, PLACES
from tests.servers.google.truth.events import Event
from tests.servers.google.truth.tasks import DEFAULT

from .google_cards import MAILS, NOTE, Fields, contact, groups, joined, lost, regrouped, tasks, whole, wrong
from .google_read import Read
from .google_shown import Point, Said, Shown, calendars, counted, differing, expected, grouped, unsaid

Told = Mapping[str, Any]        # of an item, as the scripts print it
ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "CountryOrRegion")
WORK = {"name": "CompanyName", "title": "JobTitle", "department": "Department", "location": "OfficeLocation"}


def time(value: str) -> datetime:
    """A time of JavaScript."""
    return datetime.fromisoformat(value).astimezone(UTC)


def day(value: str | None) -> str:
    """The day of a field that holds one, at whatever hour next to midnight."""
    found = time(value) if value else None
    return str(datetime.fromordinal(found.toordinal() + (found.hour >= 12)).date()) if found else ""


def shown(one: Told) -> Shown:
    """An occurrence as it is shown."""
    return Shown(time(one["start"]), folded(one["subject"] or ""), time(one["end"]), one["all_day"],
                 folded(one["place"] or ""), one["busy"], one["sensitivity"] in ("Private", "Confidential"))


def said(one: Told) -> tuple[Point, Said]:
    """What an item says, by its title and begin."""
    kind, text = one["body"]
    body = words(text or "") if kind == "HTML" else folded(text or "")
    guests = frozenset(address.lower() for each in one["guests"] for address in each)
    return (folded(one["subject"] or ""), time(one["start"])), Said(body, guests, one["organizer"][1])


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What of a series is otherwise: (when it would be, begin, end) of each changed occurrence; those deleted."""

    changed: frozenset[tuple[datetime, datetime, datetime]]
    deleted: frozenset[datetime]


def exceptions_due(event: Event) -> Exceptions:
    """What of a series has to be otherwise."""
    changed = []
    for one in event.changes:
        start = one.start or one.at
        begin, end = (event.utc(wall, OWNERS_ZONE) for wall in (start, start + (one.span or event.span)))
        changed += [] if one.gone else [(event.utc(one.at, OWNERS_ZONE), begin, end)]
    gone = [*event.without, *(one.at for one in event.changes if one.gone)]
    return Exceptions(frozenset(changed), frozenset(event.utc(wall, OWNERS_ZONE) for wall in gone))


def exceptions_there(one: Told) -> Exceptions:
    """What of it is otherwise."""
    changed = [(time(original), time(begin), time(end)) for original, begin, end in one["modified"] or ()]
    return Exceptions(frozenset(changed), frozenset(map(time, one["deleted"] or ())))


def series_wrong(of: Due, items: Iterable[Told]) -> list[str]:
    """Series that are none, or differ in what was changed and deleted of them, in words; but those written apart."""
    there = {folded(one["subject"] or ""): one for one in items if one["type"] == "RecurringMaster"}
    found = []
    for event in of.events:
        if not event.is_series or written_apart(event):
            continue
        one = there.get(folded(event.name))
        is_, due = one and exceptions_there(one), exceptions_due(event)
        found += [f"{event.name}: {is_}, not {due}"] if is_ != due else []
    return found


@dataclass
class ByEws:
    """All of it."""

    read: Read

    def calendars(self) -> Iterator[tuple[str, Due, Any]]:
        """The name of each calendar, what it has to show, and what it shows."""
        due, there = calendars(self.read.account), self.read.ews["calendars"]
        assert due.keys() == there.keys()
        yield from ((name, due[name], there[name]) for name in due)

    def events_wrong(self) -> list[str]:
        """Occurrences that are missing, too much or otherwise, in words."""
        return [f"{name}: {line}" for name, due, there in self.calendars() for line in differing(expected(due), counted(
            map(shown, {(one["id"], one["start"]): one for one in there["views"]}.values()), due.years))]

    def series_wrong(self) -> list[str]:
        """Series with other exceptions than the seed's."""
        return [f"{name}: {line}" for name, due, there in self.calendars()
                for line in series_wrong(due, there["items"])]

    def unsaid(self) -> list[str]:
        """Texts, guests and organizers that are missing."""
        return [f"{name}: {line}" for name, due, there in self.calendars() for line in unsaid(
            due, grouped(said(one) for item in there["items"] for one in (item, *item["own"])))]

    def _of_kind(self, kind: str) -> list[Told]:
        return [one for one in self.read.ews["contacts"]["Contacts"] if one["kind"] == kind]

    def contacts_wrong(self) -> list[str]:
        """Contacts that are missing, too much or otherwise, and what nobody's contact says, in words."""
        there = self._of_kind("Contact")
        due = [contact(one) for one in self.read.account.people]
        return wrong(due, list(map(_card, there))) + lost(self.read.account, ("\n".join(_texts(one)) for one in there))

    def groups_wrong(self) -> list[str]:
        """Groups that are missing, too much, or reach others, in words."""
        there = whole((one["DisplayName"], [address for _, address in one["reaches"]])
                      for one in self._of_kind("ContactGroup"))
        return regrouped(groups(self.read.account), there)

    def tasks_wrong(self) -> list[str]:
        """Lists and tasks that are missing, too much or otherwise, in words."""
        account, there = self.read.account, self.read.ews["tasks"]
        assert {"Tasks" if name == DEFAULT else name for name in account.lists} == set(there)
        return [f"{name}: {line}" for name in account.lists for line in wrong(
            tasks(account, name), list(map(_task, there["Tasks" if name == DEFAULT else name])))]


def _card(one: Told) -> Fields:
    """A contact as fields."""
    name, mails = one["name"], one["mails"]
    found = {"given": one["GivenName"], "middle": one["MiddleName"], "family": one["Surname"],
             "suffix": one["Generation"], "nickname": one["NickName"], "prefix": name["Title"],
             NOTE: folded(one["body"][1] or ""), "birthday": day(one["Birthday"]),
             "wedding": day(one["WeddingAnniversary"]),
             "spouse": one["SpouseName"], "assistant": one["AssistantName"], "manager": one["Manager"],
             "categories": ", ".join(sorted(one["Categories"] or ())), "photo": b64decode(one["photo"]).hex(),
             **{f"work {kind}": one[field] for kind, field in WORK.items()},
             **{f"phone {key}": one["phones"][key] for key in PHONES.values()},
             **{f"mail {number}": (mails[f"EmailAddress{number + 1}"] or ("", ""))[1] for number in range(MAILS)}}
    for key in PLACES.values():
        found[f"place {key}"] = joined(*((one["places"][key] or {}).get(part) for part in ADDRESS_PARTS))
    return {field: value or "" for field, value in found.items()}


def _texts(of: Any) -> Iterator[str]:
    """All texts in what is told of an item, their spaces folded."""
    if isinstance(of, dict | list):
        for one in of.values() if isinstance(of, dict) else of:
            yield from _texts(one)
    elif isinstance(of, str):
        yield folded(of)


def _task(one: Told) -> Fields:
    return {"subject": folded(one["Subject"] or ""), NOTE: folded(one["body"][1] or ""), "due": day(one["DueDate"]),
            "completed": str(time(one["CompleteDate"]).date()) if one["CompleteDate"] else "",
            "state": "completed" if one["IsComplete"] else "open"}
