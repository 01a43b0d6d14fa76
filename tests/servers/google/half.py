"""What an owner would find of a Google account while it is on its way: nothing twice, and nothing half without a mark.

Our mark says of an item that more requests are to come; what has none has to be whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.connectors.exchange.soap import TYPES
from engine.items.tags import Tag, parse_tag
from tests.servers.google.account import Account
from tests.servers.google.arrived import everything, is_unfinished
from tests.servers.google.event_judge import Due, Key, due, shown
from tests.servers.google.item_judge import People, Tasks, all_of, groups_wrong
from tests.servers.google.moving import Moving
from tests.servers.google.truth.draw_events import CALENDARS

NOT_YET = " is missing"


def half(at: Moving, account: Account) -> list[str]:
    """What is there twice, or passes for whole and is not, in words."""
    return [*_events(at, account), *_contacts(at, account), *_others(at, account)]


def twice(at: Moving) -> list[str]:
    """The keys of items that are there twice, in whatever folder for contacts, tasks or events."""
    found = []
    for path, (folder, kind) in at.here.folders().items():
        if kind.startswith(("IPF.Appointment", "IPF.Contact", "IPF.Task")):
            tags = [tag for tag in map(parse_tag, at.here.tags(folder)) if tag is not None]
            found += [f"{path}: {tag.key} is there twice" for tag, many in Counter(
                replace(tag, unfinished=False) for tag in tags).items() if many > 1]
    return found


def _events(at: Moving, account: Account) -> Iterator[str]:
    folders = at.here.of_class("IPF.Appointment")
    for each in due(CALENDARS, account.events, account.years):
        path = "Calendar" if each.calendar.primary else each.calendar.name
        if path in folders:
            yield from _folder(at, folders[path], each)


def _folder(at: Moving, folder: str, each: Due) -> Iterator[str]:
    """Items are told apart by the keys of their sources; whatever is under one key has to be one event."""
    tags = [tag for tag in map(parse_tag, at.here.tags(folder)) if tag is not None]
    twice = [number for number, many in Counter((tag.key, tag.part) for tag in tags).items() if many > 1]
    yield from (f"{each.calendar.name}: {key}/{part} is there twice" for key, part in twice)
    by_key: dict[str, list[Tag]] = defaultdict(list)
    for tag in tags:
        by_key[tag.key].append(tag)
    there = _by_key(at, folder, each.years)
    wanted = [Counter(key for key, some in Due(each.calendar, [one], each.years).occurrences().items()
                      for _ in some) for one in each.events]
    for key, found in there.items():
        if any(tag.unfinished for tag in by_key[key]):
            continue
        one = next((due_ for due_ in wanted if due_ == found), None)
        if one is None and any(tag.part for tag in by_key[key]):        # another part of it may be still to come
            one = next((due_ for due_ in wanted if found <= due_), None)
        if one is None:
            yield f"{each.calendar.name}: {sorted(found)[:3]} is no whole event"
        else:
            wanted.remove(one)


def _by_key(at: Moving, folder: str, years: Sequence[int]) -> dict[str, Counter[Key]]:
    found: dict[str, Counter[Key]] = defaultdict(Counter)
    for key, some in shown(at.here, folder, years).items():
        for one in some:
            tag = parse_tag(one.tag)
            assert tag is not None, one
            found[tag.key][key] += 1
    return found


def _contacts(at: Moving, account: Account) -> Iterator[str]:
    judge, left = People(at.here), list(account.people)
    for item in at.here.lying(at.here.of_class("IPF.Contact")["Contacts"]):
        if item.tag != f"{TYPES}Contact" or is_unfinished(item):
            continue
        text = everything(item)
        scores = [sum(value in text for value in all_of(one)) - sum(value not in text for value in all_of(one))
                  for one in left]
        if not scores:
            yield f"there is one contact too much: {text[:80]}"
            return
        near = [one for one, score in zip(left, scores, strict=True) if score == max(scores)]
        each = [judge.wrong(one, item) for one in near]
        best = min(range(len(near)), key=lambda number: len(each[number]))
        left.remove(near[best])
        yield from each[best]


def _others(at: Moving, account: Account) -> Iterator[str]:
    lines = [*groups_wrong(at.here, account.labels, account.people), *Tasks(at.here, account.tasks).wrong()]
    yield from (line for line in lines if NOT_YET not in line)
