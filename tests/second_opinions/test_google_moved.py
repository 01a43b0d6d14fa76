"""DavMail and ews-javascript-api read what a Google account became at Exchange, and see what the seed says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.servers.google.account import Account, put, small, written_apart
from tests.servers.google.arrived import folded
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.event_judge import LAST, LEFT_KINDS
from tests.servers.google.moving import ITEMS, Moving, google_moving
from tests.servers.google.truth.draw_events import PRIMARY
from tests.servers.google.truth.events import Event, seen
from tests.servers.google.truth.people import Person
from tests.servers.google.truth.tasks import DEFAULT
from tests.servers.world import ADDRESS, PASSWORD

from . import davmail, npm
from .dav import CALENDAR, CONTACTS, resources

pytestmark = pytest.mark.timeout(300)       # the first time, the packages come from the registry
Point = tuple[str, datetime, datetime]
ZONE = "Europe/Berlin"      # the primary calendar's


@dataclass
class Moved:
    """What was at Google, and where it is now."""

    at: Moving
    account: Account
    directory: Path

    @cached_property
    def davmail(self) -> dict[str, list[list[str]]]:
        """The lines of each resource that DavMail hands on."""
        if not davmail.installed():
            pytest.skip(davmail.MISSING)
        trusted = self.directory / "google-ca.pem"
        with davmail.davmail(self.directory / "davmail", self.at.at.emulator.url, trusted) as running:
            return {collection: [one.split("\n") for one in resources(
                running.dav, ADDRESS, PASSWORD, collection, report)]
                for collection, report in (("calendar", CALENDAR), ("contacts", CONTACTS))}

    def node(self, script: str) -> Any:
        """What ews-javascript-api sees."""
        if not npm.installed():
            pytest.skip(npm.MISSING)
        try:
            npm.modules()
        except npm.NotInstalledError as error:
            pytest.skip(f"npm could not install ews-javascript-api: {error}")
        return json.loads(npm.node(script, self.at.at.emulator.url, ADDRESS, "Exchange2013",
                                   environment={"EWS_PASSWORD": PASSWORD}))


@pytest.fixture(scope="module")
def moved() -> Iterator[Moved]:
    """A small account, moved."""
    with tempfile.TemporaryDirectory(prefix="omm-g-") as name, google_moving(Path(name), **KEPT) as at:
        account = small()
        put(at, account)
        at.migrate(ITEMS)
        yield Moved(at, account, Path(name))


def points(event: Event) -> Iterator[Point]:
    """The first occurrence of an event, and each that is otherwise than its series."""
    for number, one in enumerate(seen(event, ZONE, LAST)):
        if one.change is not None or (number == 0 and one.start == event.utc(event.start, ZONE)):
            yield folded(one.title), one.start, one.end


def due(account: Account) -> list[Event]:
    """The events of the primary calendar that move."""
    return [one for one in account.events if one.calendar == PRIMARY and one.kind not in LEFT_KINDS]


def line_of(lines: list[str], name: str) -> tuple[str, str]:
    """(parameters, value) of the first line of that name; ("", "") where there is none."""
    found = next((one for one in lines if one.split(":", 1)[0].split(";", 1)[0] == name), ":")
    head, _, value = found.partition(":")
    return head.partition(";")[2], value


def instant(parameters: str, value: str) -> datetime:
    """A time of iCalendar; a day is a midnight of the calendar's clocks."""
    zone = parameters.partition('TZID="')[2].partition('"')[0] or ZONE
    form = "%Y%m%d" if "VALUE=DATE" in parameters else "%Y%m%dT%H%M%S"
    wall = datetime.strptime(value.removesuffix("Z"), form)  # noqa: DTZ007 - the zone follows
    return wall.replace(tzinfo=UTC if value.endswith("Z") else ZoneInfo(zone)).astimezone(UTC)


def vevents(lines: list[str]) -> Iterator[list[str]]:
    """The VEVENTs of a resource, without their alarms."""
    found: list[str] = []
    for line in lines:
        if line == "BEGIN:VEVENT":
            found = []
        elif line == "END:VEVENT":
            yield found
        else:
            found.append(line)


def unescaped(value: str) -> str:
    """A text of iCalendar or vCard as it was (RFC 5545 3.3.11, RFC 6350 3.4)."""
    return folded(value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\"))


def test_davmail_shows_events_at_their_times(moved: Moved) -> None:
    """By CalDAV: single events, series, and occurrences that are otherwise than their series."""
    found = {(unescaped(line_of(one, "SUMMARY")[1]), *(instant(*line_of(one, name)) for name in ("DTSTART", "DTEND")))
             for lines in moved.davmail["calendar"] for one in vevents(lines)}

    wanted = {point for one in due(moved.account) for point in points(one)}
    assert wanted - found == set()


def test_davmail_shows_contacts_and_groups(moved: Moved) -> None:
    """By CardDAV: names, addresses, birthdays and notes; labels with their members."""
    cards = moved.davmail["contacts"]
    for one in moved.account.people:
        wanted = lines_of(one)
        assert not wanted or any(wanted <= set(map(unescaped, lines)) for lines in cards), (one.key, wanted)
    people = {one.key: one for one in moved.account.people}
    for label in moved.account.labels:
        members = {f"MEMBER:mailto:{people[key].mails[0].value}" for key in label.members if people[key].mails}
        if members and "&" not in label.name:       # DavMail lists such a name and does not find it again
            assert any({f"FN:{label.name}", *members} <= set(map(unescaped, lines)) for lines in cards), label.name


def lines_of(one: Person) -> set[str]:
    """Lines that a vCard of somebody has."""
    found = {f"FN:{_shown(one)}"} if one.given and one.family and "<" not in one.given else set()
    if one.birthday and one.birthday[0]:
        found.add("BDAY:{:04}-{:02}-{:02}".format(*one.birthday))
    return found


def _shown(one: Person) -> str:
    names = " ".join(each for each in (one.prefix, one.given, one.middle, one.family) if each)
    return f"{names}, {one.suffix}" if one.suffix else names


def test_ews_javascript_api_sees_events_at_their_times(moved: Moved) -> None:
    """Each item of the calendar with its changed occurrences; the types of those that recur."""
    told = moved.node("calendars.cjs")
    found = {(folded(each["subject"] or ""), _time(each["start"]), _time(each["end"]))
             for items in told.values() for each in items}

    whole = [one for one in due(moved.account) if not written_apart(one)]
    assert {point for one in whole for point in points(one)} - found == set()
    for one in whole:
        if one.is_series and not any(change.gone for change in one.changes) and one.name in told:
            assert told[one.name][0]["type"] == "RecurringMaster", one.name
            assert len(told[one.name][0]["modified"] or ()) == len(one.changes), one.name


def test_ews_javascript_api_sees_contacts_groups_and_tasks(moved: Moved) -> None:
    """Addresses in their order, numbers, whom each group reaches, and what was completed."""
    told = moved.node("people.cjs")
    contacts = [one for one in told["Contacts"] if one["kind"] == "Contact"]
    assert len(contacts) == len(moved.account.people)
    for one in moved.account.people:
        mails = [each.value for each in one.mails[:3]]
        found = [[each[1] for each in there["mails"].values() if each] for there in contacts
                 if (there["GivenName"] or "", there["Surname"] or "") == (one.given, one.family)]
        assert mails in found, one.key
    people = {one.key: one for one in moved.account.people}
    groups = {one["DisplayName"]: {each[1] for each in one["reaches"]} for one in told["Contacts"]
              if one["kind"] == "ContactGroup"}
    assert groups == {label.name: {people[key].mails[0].value for key in label.members if people[key].mails}
                      for label in moved.account.labels}
    mine = [one for one in moved.account.tasks if one.list == DEFAULT]
    assert sorted((one["Subject"], one["IsComplete"]) for one in told["Tasks"]) == sorted(
        (one.title, one.completed is not None) for one in mine)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)
