"""What a program has to show of contacts, groups and tasks of a Google account that has moved, by the seed alone.

Each is told as texts by the names of fields, in the same words whichever program shows it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from itertools import zip_longest

from tests.servers.google.account import Account
from tests.servers.google.arrived import folded
from tests.servers.google.item_judge import PHONES, PLACES, all_of
from tests.servers.google.truth.people import Person, Place
from tests.servers.google.truth.tasks import Task

Fields = Mapping[str, str]
NOTE = "note"       # has to be in the notes; every other field has to be the same
MAILS = 3           # addresses of mail that a contact of Exchange has
STAR = "Starred"
RELATIONS = ("spouse", "assistant", "manager")
LONGEST = 255       # characters of a subject
_PART = re.compile(r"(.*) \((\d+) of (\d+)\)")


def contact(one: Person) -> Fields:
    """A contact, with a field that is empty where it must be."""
    birthday = date(*one.birthday) if one.birthday and one.birthday[0] else None  # type: ignore[arg-type]  # of three numbers
    wedding = next((date(*when) for kind, when in one.dates if kind == "anniversary" and when[0]), None)  # type: ignore[arg-type]  # of three numbers
    labels = [re.sub("[,;]", "-", label) for label in one.labels] + [STAR] * one.starred
    found = {"given": one.given, "middle": one.middle, "family": one.family, "prefix": one.prefix,
             "suffix": one.suffix, "nickname": one.nicknames[0] if one.nicknames else "", NOTE: one.note,
             "birthday": str(birthday or ""), "wedding": str(wedding or ""), "categories": ", ".join(sorted(labels)),
             "photo": one.photo.hex(), **dict(_reached(one)), **dict(_works(one))}
    return {name: folded(value) for name, value in found.items()}


def _reached(one: Person) -> Iterator[tuple[str, str]]:
    for number, mail in zip_longest(range(MAILS), one.mails[:MAILS]):
        yield f"mail {number}", mail.value if mail else ""
    for kind, key in PHONES.items():
        yield from ((f"phone {key}", each.value) for each in [each for each in one.phones if each.type == kind][:1])
    for kind, key in PLACES.items():
        yield from ((f"place {key}", place(each)) for each in [each for each in one.places if each.type == kind][:1])


def _works(one: Person) -> Iterator[tuple[str, str]]:
    work = one.works[0] if one.works else None
    for name in ("name", "title", "department", "location"):
        yield f"work {name}", str(getattr(work, name, ""))
    for kind in RELATIONS:
        yield from ((kind, each.value) for each in [each for each in one.relations if each.type == kind][:1])


def place(one: Place) -> str:
    """A postal address."""
    return joined(one.street, one.city, one.region, one.code, one.country)


def joined(*parts: str | None) -> str:
    """Parts of an address."""
    return "|".join(folded(one or "") for one in parts)


def task(one: Task, parents: Mapping[str, Task]) -> Fields:
    """A task; the subject of a part begins with the title of what it is a part of."""
    title = f"{parents[one.parent].title} › {one.title}" if one.parent else one.title
    return {"subject": folded(title)[:LONGEST], NOTE: folded(one.note), "due": str(one.due or ""),
            "completed": str(one.completed.astimezone(UTC).date()) if one.completed else "",
            "state": "completed" if one.completed else "open"}


def tasks(account: Account, name: str) -> list[Fields]:
    """What a list has to show."""
    parents = {one.key: one for one in account.tasks}
    return [task(one, parents) for one in account.tasks if one.list == name]


def wrong(due: Iterable[Fields], there: Sequence[Fields], *, but: Collection[str] = ()) -> list[str]:
    """What is missing, too much or otherwise, in words; each is compared with the one that is nearest to it."""
    left, found = list(there), []
    for one in sorted(due, key=lambda fields: -len(str(fields))):
        each = [_otherwise(one, other, but) for other in left]
        if not each:
            found.append(f"missing: {_told(one)}")
            continue
        best = min(range(len(each)), key=lambda number: len(each[number]))
        found += [f"{_told(one)}: {line}" for line in each[best]]
        del left[best]
    return found + [f"too much: {_told(one)}" for one in left]


def _otherwise(due: Fields, there: Fields, but: Collection[str]) -> list[str]:
    return [f"{name} is {there.get(name, '')[:100]!r}, not {value[:100]!r}" for name, value in due.items()
            if name not in but and not (
                value in there.get(name, "") if name == NOTE else value == there.get(name, ""))]


def _told(one: Fields) -> str:
    return ", ".join(value[:40] for value in one.values() if value)[:160]


def lost(account: Account, there: Iterable[str]) -> list[str]:
    """Values of contacts that are nowhere in what is shown of any, in words."""
    whole = "\n".join(there)
    return [f"{one.key}: {value[:60]!r} is nowhere" for one in account.people for value in all_of(one)
            if value not in whole]


def groups(account: Account) -> dict[str, Counter[str]]:
    """Whom a message to each group has to reach: those with an address, by the first one of each."""
    people = {one.key: one for one in account.people}
    return {label.name: Counter(people[key].mails[0].value for key in label.members if people[key].mails)
            for label in account.labels}


def regrouped(due: Mapping[str, Counter[str]], there: Mapping[str, Counter[str]]) -> list[str]:
    """What groups lack, and what they have too much, in words."""
    found = [f"{sign} the group {name}" for sign, names in (
        ("missing:", due.keys() - there.keys()), ("too much:", there.keys() - due.keys())) for name in sorted(names)]
    for name in due.keys() & there.keys():
        for sign, left in (("lacks", due[name] - there[name]), ("has", there[name] - due[name])):
            found += [f"{name} {sign} {sorted(left.elements())}"] if left else []
    return found


def whole(parts: Iterable[tuple[str, Sequence[str]]]) -> dict[str, Counter[str]]:
    """Groups of which each part is there once, by the names that they had: "Choir (2 of 3)" is a part of "Choir"."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name, members in parts:
        match = _PART.fullmatch(name)
        found[match[1] if match else name] += Counter(members)
        numbers[(match[1], match[3]) if match else (name, "1")].append(int(match[2]) if match else 1)
    for (name, many), each in numbers.items():
        assert sorted(each) == list(range(1, int(many) + 1)), (name, each)
    return dict(found)
