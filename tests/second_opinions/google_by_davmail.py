"""What DavMail shows of a Google account that has moved, beside what the seed says: by CalDAV and CardDAV."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.servers.google.event_judge import LAST, OWNERS_ZONE, Due
from tests.servers.google.item_judge import PHONES, PLACES
from tests.servers.google.truth.events import Event
from tests.servers.google.truth.people import Person
from tests.servers.google.truth.tasks import DEFAULT

from .google_cards import NOTE, RELATIONS, Fields, contact, groups, joined, regrouped, tasks, whole, wrong
from .google_read import Read
from .google_shown import Point, Said, Shown, calendars, counted, differing, expected, grouped, unsaid
from .icalendar import Clocks, Component, Occurrence, components, occurrences, unescaped, zone_of
from .zone_years import are_alike

DAYS = ZoneInfo(OWNERS_ZONE)
MAILS = ("work", "home", "other")       # what DavMail calls the first address, the second and the third
TELEPHONES = {
    "HomePhone": "home", "BusinessPhone": "work", "MobilePhone": "cell", "BusinessFax": "fax", "Pager": "pager",
}
# Numbers that no card of DavMail's has: it does not ask for faxes at home and elsewhere, and takes the pager for the
# other telephone (CONTACT_ATTRIBUTES of davmail.exchange.ExchangeSession; FIELD_MAP of davmail.exchange.ews.Field).
UNTOLD = frozenset(f"phone {key}" for key in PHONES.values() if key not in TELEPHONES)
BUSY = {"FREE": "Free", "TENTATIVE": "Tentative", "OOF": "OOF", "BUSY": "Busy"}


def shown(one: Occurrence) -> Shown:
    """An occurrence as it is shown."""
    event = one.event
    return Shown(one.start, event.text("SUMMARY"), one.end, "VALUE=DATE" in event.first("DTSTART").parameters,
                 event.text("LOCATION"), BUSY[event.first("X-MICROSOFT-CDO-BUSYSTATUS").value],
                 event.first("CLASS").value == "PRIVATE")


@dataclass
class Calendar:
    """A collection. `otherwise` are names of events that go by the rules of one year in all years.

    The iCalendar of Exchange has one STANDARD and one DAYLIGHT of a zone, without years (MS-OXCICAL 2.1.3.1.1.19.2,
    2.1.3.1.1.19.3). Of a zone whose rules were others in another year, it shows other hours there; what Exchange's own
    calendars show is not touched by that.
    """

    of: Due
    resources: list[str]
    otherwise: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Know events by their names."""
        self._events = {event.name if event.text.title is None else event.text.title: event for event in self.of.events}

    def wrong(self) -> list[str]:
        """Occurrences that are missing, too much or otherwise, in words."""
        there = (one for resource in self.resources for one in occurrences(resource, self.clocks(resource), LAST))
        return differing(expected(self.of), counted(map(shown, there), self.of.years))

    def clocks(self, resource: str) -> Clocks:
        """By what a resource is read: its own VTIMEZONE; by its zone, where all that makes a difference is excused."""
        own = Clocks(zone_of(resource), DAYS)
        series = next((one for one in components(resource, "VEVENT") if one.all("RRULE")), None)
        event = self._events.get(series.text("SUMMARY")) if series else None
        if series is None or event is None or event.all_day:
            return own
        real = Clocks(ZoneInfo(event.zone), DAYS)
        told, due = (Counter(map(shown, occurrences(resource, each, LAST))) for each in (own, real))
        first = own.wall(series.first("DTSTART")).year
        if told == due or not all(self._is_excused(event, one, first) for one in (told - due) + (due - told)):
            return own
        self.otherwise.add(event.name)
        return real

    @staticmethod
    def _is_excused(event: Event, one: Shown, first: int) -> bool:
        """True: in that year, clocks of the zone went by other rules than in the first year of the series."""
        return not are_alike(event.zone, first, one.start.astimezone(ZoneInfo(event.zone)).year)

    def said(self) -> dict[Point, list[Said]]:
        """What each VEVENT says, by its title and begin."""
        return grouped(((event.text("SUMMARY"), clocks.utc(event.first("DTSTART"))), _said(event))
                       for resource in self.resources for clocks in [self.clocks(resource)]
                       for event in components(resource, "VEVENT"))


def _said(event: Component) -> Said:
    guests = frozenset(one.value.lower().removeprefix("mailto:") for one in event.all("ATTENDEE"))
    return Said(event.text("DESCRIPTION"), guests, event.first("ORGANIZER").value.removeprefix("mailto:"))


@dataclass
class ByDavMail:
    """All of it. `otherwise`: see Calendar."""

    read: Read
    otherwise: set[str] = field(default_factory=set)

    def calendars(self) -> Iterator[Calendar]:
        """Each calendar."""
        for name, of in calendars(self.read.account).items():
            yield Calendar(of, self.read.davmail["calendar" if name == "Calendar" else name], self.otherwise)

    def events_wrong(self) -> list[str]:
        """Occurrences that are missing, too much or otherwise, in words."""
        return [f"{one.of.calendar.name}: {line}" for one in self.calendars() for line in one.wrong()]

    def unsaid(self) -> list[str]:
        """Texts, guests and organizers that are missing."""
        return [f"{one.of.calendar.name}: {line}" for one in self.calendars() for line in unsaid(one.of, one.said())]

    def cards(self, *, groups: bool) -> list[Component]:
        """The cards of groups, or of contacts."""
        found = (one for resource in self.read.davmail["contacts"] for one in components(resource, "VCARD"))
        return [one for one in found if (one.first("KIND").value == "group") == groups]

    def contacts_wrong(self) -> list[str]:
        """Contacts that are missing, too much or otherwise, in words, but for what DavMail has no line for.

        A group without members is a card as those of contacts are (ExchangeSession$Contact, getBody).
        """
        account, members = self.read.account, groups(self.read.account)
        due = [*map(_due, account.people), *({"family": name} for name, each in members.items() if not each)]
        return wrong(due, list(map(_card, self.cards(groups=False))), but=UNTOLD)

    def told_after_all(self) -> list[str]:
        """Numbers that a card has although DavMail is said to tell none of their kind."""
        untold = {value for one in self.read.account.people for name, value in contact(one).items() if name in UNTOLD}
        return [one.value for card in self.cards(groups=False) for one in card.all("TEL") if one.value in untold]

    def groups_wrong(self) -> list[str]:
        """Groups that are missing, too much, or reach others, in words; but for those without members."""
        there = whole((one.text("FN"), [each.value.removeprefix("mailto:") for each in one.all("MEMBER")])
                      for one in self.cards(groups=True))
        return regrouped({name: each for name, each in groups(self.read.account).items() if each}, there)

    def tasks_wrong(self) -> list[str]:
        """Tasks that are missing, too much or otherwise, in words."""
        account, found = self.read.account, list[str]()
        for name in account.lists:
            there = [_task(one) for resource in self.read.davmail["tasks" if name == DEFAULT else name]
                     for one in components(resource, "VTODO")]
            found += [f"{name}: {line}" for line in wrong(tasks(account, name), there)]
        return found


def _due(one: Person) -> Fields:
    """A contact; where it has no family name, DavMail tells what it is called by (ExchangeSession$Contact, getBody)."""
    called = (one.given, *(each.name for each in one.works), *(each.value for each in (*one.mails, *one.phones)))
    return {**contact(one), "family": one.family or next(filter(None, called), "")}


def _card(of: Component) -> Fields:
    """A card as fields."""
    family, given, middle, prefix, suffix = (*of.text("N").split(";"), *[""] * 4)[:5]
    company, _, department = of.text("ORG").partition(";")
    found = {"family": family, "given": given, "middle": middle, "prefix": prefix, "suffix": suffix,
             "nickname": of.text("NICKNAME"), NOTE: of.text("NOTE"), "birthday": of.text("BDAY"),
             "wedding": of.text("ANNIVERSARY"), "work name": company, "work department": department,
             "work title": of.text("TITLE"), "photo": b64decode(of.first("PHOTO").value).hex(),
             "categories": ", ".join(sorted(filter(None, of.text("CATEGORIES").split(",")))),
             **{kind: of.text(f"X-{kind.upper()}") for kind in RELATIONS}}
    found |= {f"mail {number}": unescaped(_typed(of, "EMAIL", kind)) for number, kind in enumerate(MAILS)}
    found |= {f"phone {key}": unescaped(_typed(of, "TEL", kind)) for key, kind in TELEPHONES.items()}
    for kind, key in PLACES.items():
        _, office, *parts = (*_typed(of, "ADR", kind).split(";"), "", "")
        found[f"place {key}"] = joined(*map(unescaped, parts[:5]))
        found |= {"work location": unescaped(office)} if kind == "work" and office else {}
    return found


def _typed(of: Component, name: str, kind: str) -> str:
    return next((one.value for one in of.all(name) if one.parameters == f";TYPE={kind}"), "")


def _task(of: Component) -> Fields:
    def day(name: str) -> str:
        found = of.first(name).value
        return f"{found[:4]}-{found[4:6]}-{found[6:]}" if found else ""

    return {"subject": of.text("SUMMARY"), NOTE: of.text("DESCRIPTION"), "due": day("DUE"),
            "completed": day("COMPLETED"), "state": "completed" if of.first("STATUS").value == "COMPLETED" else "open"}
