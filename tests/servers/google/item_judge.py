"""Whether contacts, labels and tasks of a Google account are at Exchange as their owner had them at Google.

What is due comes of the seed alone. A value has its own field where Exchange has one for it; where it has none, the
value can be read in the notes. Nothing is lost in either case.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from engine.connectors.exchange.soap import TYPES
from tests.servers.google.arrived import (
    PREFIX,
    YOMI_FIRST,
    YOMI_LAST,
    Reader,
    body,
    entries,
    everything,
    folded,
    is_unfinished,
    property_of,
    text,
    words,
)
from tests.servers.google.truth.people import Label, Person, Place
from tests.servers.google.truth.tasks import DEFAULT, Task

# The first number of a type has this key of Exchange's.
PHONES = {"home": "HomePhone", "work": "BusinessPhone", "mobile": "MobilePhone", "homeFax": "HomeFax",
          "workFax": "BusinessFax", "otherFax": "OtherFax", "pager": "Pager", "other": "OtherTelephone"}
PLACES = {"home": "Home", "work": "Business", "other": "Other"}
_PART = re.compile(r" \(\d+ of \d+\)$")
Wrong = Iterator[tuple[str, object, object]]


def joined(values: Sequence[str]) -> str:
    """Values in one text."""
    return " ".join(values)


def all_of(one: Person) -> list[str]:
    """Each value of a contact, as it has to be found somewhere."""
    found = [one.given, one.middle, one.family, one.prefix, one.suffix, *one.phonetic, *one.nicknames, one.note,
             one.birthday_text, *(each.value for each in (*one.mails, *one.phones, *one.relations, *one.pages)),
             *(name for _, name in one.chats), *(part for pair in one.own for part in pair),
             *(value for _, value in one.more)]
    for place in one.places:
        found += [*place.street.split("\n"), place.city, place.region, place.code, place.country, place.box, place.more]
    for work in one.works:
        found += [work.name, work.title, work.department, work.location, work.job]
    return [folded(each) for each in found if each]


@dataclass
class People:
    """What contacts have to be. `item` is one as raw XML."""

    reader: Reader

    def wrong(self, one: Person, item: Any) -> list[str]:
        """What is otherwise, in words."""
        found = [*self._names(one, item), *self._reached(one, item), *self._works(one, item), *self._days(one, item),
                 *self._others(one, item)]
        there = everything(item)
        lost = [value for value in all_of(one) if value not in there]
        return [f"{one.key}: {name} is {was!r}, not {due!r}" for name, was, due in found if was != due] + [
            f"{one.key}: {value[:60]!r} is nowhere" for value in lost]

    @staticmethod
    def _names(one: Person, item: Any) -> Wrong:
        yield "unfinished", is_unfinished(item), False
        for name, due in (("GivenName", one.given), ("MiddleName", one.middle), ("Surname", one.family),
                          ("Generation", one.suffix), ("Nickname", joined(one.nicknames[:1]))):
            yield name, folded(text(item, name)), folded(due)
        for key, due in ((PREFIX, one.prefix), (YOMI_FIRST, one.phonetic[0]), (YOMI_LAST, one.phonetic[1])):
            yield key, property_of(item, key), due

    @staticmethod
    def _reached(one: Person, item: Any) -> Wrong:
        mails = entries(item, "EmailAddresses")
        yield "EmailAddresses", [mails.get(f"EmailAddress{number}", "").removeprefix("SMTP:") for number in range(
            1, len(mails) + 1)], [each.value for each in one.mails[:3]]
        phones = entries(item, "PhoneNumbers")
        for kind, key in PHONES.items():
            first = next((each.value for each in one.phones if each.type == kind), "")
            if first:
                yield key, phones.get(key, ""), first
        known = {each.value for each in one.phones}
        yield "numbers of nobody", sorted(set(phones.values()) - known), []
        for kind, key in PLACES.items():
            place = next((each for each in one.places if each.type == kind), None)
            if place is not None:
                yield f"address {key}", _place(item, key), _parts(place)

    @staticmethod
    def _works(one: Person, item: Any) -> Wrong:
        work = one.works[0] if one.works else None
        for name, due in (("CompanyName", work and work.name), ("JobTitle", work and work.title),
                          ("Department", work and work.department), ("OfficeLocation", work and work.location)):
            yield name, text(item, name), due or ""

    @staticmethod
    def _days(one: Person, item: Any) -> Wrong:
        if one.birthday and one.birthday[0]:
            yield "Birthday", _day(text(item, "Birthday")), date(*one.birthday)  # type: ignore[arg-type]  # of three numbers
        elif one.birthday:
            month, day = one.birthday[1:]
            names = {f"{month}-{day}", f"{month:02}-{day:02}", f"{day} {date(2000, month, day):%B}",
                     f"{date(2000, month, day):%B} {day}", f"{day:02}.{month:02}."}
            has_field = _day(text(item, "Birthday"))
            yield "Birthday without its year", bool(has_field and (has_field.month, has_field.day) == (month, day)) or (
                any(name in body(item) for name in names)), True
        wedding = next((when for kind, when in one.dates if kind == "anniversary"), None)
        if wedding and wedding[0]:
            yield "WeddingAnniversary", _day(text(item, "WeddingAnniversary")), date(*wedding)  # type: ignore[arg-type]  # of three numbers

    def _others(self, one: Person, item: Any) -> Wrong:
        related = {kind: [each.value for each in one.relations if each.type == kind]
                   for kind in ("spouse", "assistant", "manager", "child")}
        for kind, name in (("spouse", "SpouseName"), ("assistant", "AssistantName"), ("manager", "Manager")):
            if related[kind]:
                yield name, text(item, name), related[kind][0]
        if related["child"]:
            yield "Children", [each.text for each in item.iterfind(f"{TYPES}Children/{TYPES}String")], related["child"]
        yield "notes", folded(one.note) in body(item), True
        categories = {each.text for each in item.iterfind(f"{TYPES}Categories/{TYPES}String")}
        due = {re.sub("[,;]", "-", label) for label in one.labels}
        yield "Categories", due <= categories and len(categories - due) <= one.starred, True
        pictures = [each for each in self.reader.attached(item) if text(each, "IsContactPhoto") == "true"]
        yield "photos", [base64.b64decode(text(each, "Content")) for each in pictures], [one.photo] * bool(one.photo)
        yield "names of photos", [text(each, "Name") for each in pictures], ["ContactPicture.jpg"] * bool(one.photo)


def _parts(place: Place) -> tuple[str, ...]:
    return (folded(place.street), place.city, place.region, place.code, place.country)


def _place(item: Any, key: str) -> tuple[str, ...]:
    for one in item.iterfind(f"{TYPES}PhysicalAddresses/{TYPES}Entry"):
        if one.get("Key") == key:
            found = [folded(one.findtext(f"{TYPES}{name}") or "")
                     for name in ("Street", "City", "State", "PostalCode", "CountryOrRegion")]
            return tuple(found)
    return ()


def _day(value: str) -> date | None:
    """The day of a field that holds one, as its owner reads it: by a clock nearest to midnight."""
    if not value:
        return None
    told = datetime.fromisoformat(value).astimezone(UTC)
    return date.fromordinal(told.toordinal() + (told.hour >= 12))


def mark_of(one: Person) -> str:
    """What a contact is found again by: whatever of it nobody else has."""
    return next((value for value in all_of(one) if value), "")


def contacts_wrong(reader: Reader, some: Sequence[Person], folder: str) -> list[str]:
    """Whatever is otherwise of the contacts of a folder. Each is compared with the one that is nearest to it."""
    judge, items = People(reader), [one for one in reader.lying(folder) if one.tag == f"{TYPES}Contact"]
    left, found = [(item, everything(item)) for item in items], []
    for one in sorted(some, key=lambda each: -len(all_of(each))):
        if not left:
            found.append(f"{one.key} is missing")
            continue
        values = all_of(one)
        scores = [(sum(value in each[1] for value in values), -len(each[1])) for each in left]
        near = [each for each, score in zip(left, scores, strict=True) if score == max(scores)]
        wrong = [judge.wrong(one, each[0]) for each in near]
        best = min(range(len(near)), key=lambda number: len(wrong[number]))
        left.remove(near[best])
        found += wrong[best]
    return found + [f"too much: {each[:80]}" for _, each in left]


def groups_wrong(reader: Reader, labels: Sequence[Label], some: Sequence[Person]) -> list[str]:
    """Whatever is otherwise of the groups: whom a message to each would reach. Parts of one are one."""
    people, found = {one.key: one for one in some}, []
    there: dict[str, set[str]] = {}
    for name, addresses in reader.expanded().items():
        there.setdefault(_PART.sub("", name), set()).update(each.lower() for each in addresses)
    for label in labels:
        here = there.pop(label.name, None)
        due = [{each.value.lower() for each in people[key].mails} for key in label.members if people[key].mails]
        if here is None:
            found.append(f"the group {label.name} is missing")
            continue
        found += [f"{label.name} lacks {sorted(each)}" for each in due if not each & here]
        strangers = here - set().union(*due) if due else here
        found += [f"{label.name} has {sorted(strangers)}"] * bool(strangers)
    return found + [f"too much: the group {name}" for name in there]


@dataclass
class Tasks:
    """What tasks have to be, by their lists."""

    reader: Reader
    some: Sequence[Task]
    folders: dict[str, str] = field(default_factory=dict)

    def wrong(self) -> list[str]:
        """Whatever is otherwise, in words."""
        self.folders = self.reader.of_class("IPF.Task")
        parents, found = {one.key: one for one in self.some}, []
        for name in {DEFAULT, *(one.list for one in self.some)}:
            folder = self.folders.get("Tasks" if name == DEFAULT else name) or next(
                (key for path, key in self.folders.items() if path.endswith(f"/{name}")), None)
            if folder is None:
                found.append(f"the list {name} is missing")
                continue
            due = [one for one in self.some if one.list == name]
            found += self._of_folder(due, self.reader.lying(folder), parents)
        return found

    def _of_folder(self, due: Sequence[Task], left: list[Any], parents: dict[str, Task]) -> list[str]:
        found = []
        for one in due:
            near = [item for item in left if self._is(one, item, parents)]
            if not near:
                found.append(f"{one.key} is missing in {one.list}")
                continue
            each = {id(item): [line for line in self._fields(one, item) if line] for item in near}
            best = min(near, key=lambda item: len(each[id(item)]))
            left.remove(best)
            found += each[id(best)]
        return found + [f"too much: {text(item, 'Subject')[:60]}" for item in left]

    @staticmethod
    def _is(one: Task, item: Any, parents: dict[str, Task]) -> bool:
        subject = folded(text(item, "Subject"))
        if one.parent:
            return one.title in subject and parents[one.parent].title in f"{subject} {body(item)}"
        return subject in (folded(one.title), folded(one.title)[:255]) or (not one.title and one.note in body(item))

    @staticmethod
    def _fields(one: Task, item: Any) -> Iterator[str]:
        told = (
            ("unfinished", is_unfinished(item), False),
            ("Body", folded(words(one.note.replace("<", "&lt;").replace("\n", " "))) in body(item), True),
            ("the whole title", folded(one.title) in f"{folded(text(item, 'Subject'))} {body(item)}", True),
            ("DueDate", _day(text(item, "DueDate")), one.due),
            ("IsComplete", text(item, "IsComplete") == "true", one.completed is not None),
            ("CompleteDate", _near(text(item, "CompleteDate"), one.completed), True))
        for name, was, due in told:
            yield "" if was == due else f"{one.key}: {name} is {was!r}, not {due!r}"


def _near(value: str, due: datetime | None) -> bool:
    """True: it was completed on that day, or on the next one to it by another clock; or on neither side."""
    if due is None or not value:
        return due is None and not value
    return abs((datetime.fromisoformat(value).astimezone(UTC).date() - due.date()).days) <= 1
