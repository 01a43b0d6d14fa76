"""The two digests of a whole item: all occurrences, attachments by their hash."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from types import MappingProxyType, ModuleType
from typing import Concatenate, ParamSpec

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.tags import tag_of
from engine.connectors.exchange.typed import facts
from engine.connectors.exchange.typed.addresses import Directory, resolving
from engine.connectors.exchange.typed.aliases import known_otherwise
from engine.connectors.exchange.typed.attached import Attached
from engine.connectors.exchange.typed.contact import facts as contact_facts
from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.group import facts as group_facts
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.group.owners import note_owners
from engine.connectors.exchange.typed.notes import facts as note_facts
from engine.connectors.exchange.typed.notes.fields import NOTE_ELEMENTS
from engine.connectors.exchange.typed.perhaps import written_perhaps
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.tasks import facts as task_facts
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.user_fields import user_facts
from engine.connectors.exchange.typed.whole import Occurrence, Whole, read_whole
from engine.items.tags import parse_tag


def _nothing(_item: Shown, _owner: str, _known_as: Mapping[str, str]) -> Iterable[str]:
    """For elements whose digest of ours holds nothing more."""
    return ()


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of the elements of one kind, a line each, in an order that does not change.

    `of_item` is what it is, to be equal whichever server shows it and at whatever time; it gets the address of the
    mailbox's owner, or "". `of_source` is what else the same server tells in the same way each time. `of_times` is when
    it is, and how it recurs. `of_here` is what else the server tells that it is written to, while people may have other
    addresses there, as the mapping says.
    """

    of_item: Callable[[Shown, str], Iterable[str]]
    of_source: Callable[[Shown], Iterable[str]]
    of_times: Callable[[Shown], Iterable[str]]
    of_here: Callable[[Shown, str, Mapping[str, str]], Iterable[str]] = _nothing


More = ParamSpec("More")


def _by_element(
    tells: Callable[Concatenate[etree._Element, More], Iterable[str]]
) -> Callable[Concatenate[Shown, More], Iterable[str]]:
    """The same of what is looked at by its element."""
    def of_shown(shown: Shown, /, *more: More.args, **named: More.kwargs) -> Iterable[str]:
        return tells(shown.item, *more, **named)

    return of_shown


def _telling_of(kind: ModuleType) -> Telling:
    """What such a module tells."""
    here = {"of_here": _by_element(kind.here_facts)} if hasattr(kind, "here_facts") else {}
    return Telling(
        _by_element(kind.item_facts), _by_element(kind.source_facts), _by_element(kind.time_facts), **here
    )


TELLINGS: Mapping[str, Telling] = MappingProxyType({        # by the name of the element
    CALENDAR_ITEM.element: Telling(facts.item_facts, facts.source_facts, facts.time_facts, facts.here_facts),
    CONTACT.element: _telling_of(contact_facts),
    GROUP.element: _telling_of(group_facts),
    TASK.element: _telling_of(task_facts),
    **dict.fromkeys(NOTE_ELEMENTS, _telling_of(note_facts)),
})
NOTHING_BEGUN: Mapping[str, Collection[str]] = MappingProxyType({})
DIGEST = 12     # hex digits, as in engine/items/tags.py
MOST = 1000     # ways in which an item may have been written that are tried
AT_ONCE = 20    # items that are read in one request


def digests_of(
    asking: Asking, element: str, ids: Sequence[str], *, begun: Mapping[str, Collection[str]] = NOTHING_BEGUN
) -> dict[str, str]:
    """Of each of those items its digest as it stands now (*ours*); one that cannot be read is left out.

    So is one with a file that cannot be read, which may be its owner's; and one that is half written, and is not itself
    among the pieces that are `begun` of it: its owner has changed it. What single occurrences have is not looked at: a
    server may keep less of them.

    Raises FatalError, RetryableError.
    """
    found: dict[str, str] = {}
    directory = Directory(resolving(asking))
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        given = read_whole(asking, element, part, held=False)
        if element == GROUP.element:
            note_owners(asking, [whole.item for whole in given if isinstance(whole, Whole)])
        for item_id, whole in zip(part, given, strict=True):
            if isinstance(whole, Whole):
                if _can_be_told(whole, asking.sessions.owner, directory, begun.get(item_id)):
                    found[item_id] = _now(whole, asking.sessions.owner, directory)
            elif not isinstance(whole, CodeError):
                raise whole
    return found


def _can_be_told(whole: Whole, owner: str, directory: Directory, begun: Collection[str] | None) -> bool:
    """True: all that is attached was read, and what is half written is itself as it was begun."""
    return not whole.files_unread and (begun is None or _is_itself(whole, owner, directory, begun))


def _is_itself(whole: Whole, owner: str, directory: Directory, known: Collection[str]) -> bool:
    """True: an item without its occurrences is one of those pieces. Raises FatalError, RetryableError."""
    alone = replace(whole, changed=(), deleted=())
    ways = written_as(alone, directory)
    return any(set(pieces(each, owner, known_as).values()) <= set(known) for known_as, each in ways)


def _now(whole: Whole, owner: str, directory: Directory) -> str:
    """The digest of an item as it stands; that of its tag where it differs only in what is no change of its owner's.

    Raises FatalError, RetryableError.
    """
    now, tag = ours(whole, owner), parse_tag(tag_of(whole.item))
    if tag is None or tag.ours in ("", now):
        return now
    ways = written_as(whole, directory)
    return next((tag.ours for known_as, each in ways if ours(each, owner, known_as) == tag.ours), now)


def written_as(whole: Whole, directory: Directory) -> Iterator[tuple[Mapping[str, str], Whole]]:
    """The ways in which an item may have been written that is shown so: people by other addresses, and the item.

    Raises FatalError, RetryableError.
    """
    as_written = list(written_perhaps(whole))
    ways = chain((facts.NOBODY,), known_otherwise([whole.item, *(each.item for each in whole.changed)], directory))
    return islice(((known_as, each) for known_as in ways for each in as_written), MOST)


def ours(
    whole: Whole, owner: str, known_as: Mapping[str, str] = facts.NOBODY, *, shown: Shown | None = None
) -> str:
    """The digest of an item as it stands in the mailbox of that owner, or will when it is finished.

    `known_as` are other addresses of people; `shown` is the item, where it was looked at before.
    """
    return _digest(_lines(_as_it_stands(whole, owner, known_as), whole, shown, all_occurrences=False))


def pieces(
    whole: Whole, owner: str, known_as: Mapping[str, str] = facts.NOBODY, *, shown: Shown | None = None
) -> dict[str, str]:
    """Digests of what there is of an item, by what each is of: the item itself, and what single occurrences have.

    The arguments are those of `ours`. While an item is only half written, it has some of the pieces of the whole one.
    """
    told = _as_it_stands(whole, owner, known_as)
    series = _Series.of(whole, told, shown)
    found = {"": series.lines, **{one: [one] for each in whole.deleted if (one := f"deleted {_utc(each)}")}}
    for each in whole.changed:
        own, files = series.told_of(each)
        of = f"of {_utc(each.original)}"
        found |= {f"{of} {number} {one}": [of, one] for number, one in enumerate(files)}
        found |= {of: own} if series.has_otherwise(each, own) else {}
    return {name: _digest(lines) for name, lines in found.items()}


def deleted_piece(original: datetime) -> str:
    """The piece of an occurrence that was deleted, by when the pattern has it."""
    return _digest([f"deleted {_utc(original)}"])


def theirs(whole: Whole, shown: Shown | None = None) -> str:
    """The digest of a source's item as it was read; `shown` is the item, where it was looked at before."""
    telling = _telling(whole)
    told = _Told(lambda item: [*telling.of_item(item, ""), *telling.of_source(item)], telling.of_times)
    return _digest(_lines(told, whole, shown, all_occurrences=True))


def _telling(whole: Whole) -> Telling:
    return TELLINGS[whole.item.tag.rpartition("}")[2]]


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of an item, and of when it is."""

    of_item: Callable[[Shown], list[str]]
    of_times: Callable[[Shown], Iterable[str]]


def _as_it_stands(whole: Whole, owner: str, known_as: Mapping[str, str]) -> _Told:
    telling = _telling(whole)
    return _Told(
        lambda item: [*telling.of_item(item, owner), *telling.of_here(item, owner, known_as)], telling.of_times
    )


@dataclass(frozen=True, slots=True)
class _Series:
    """An item, with the lines that are told of it alone, and what its occurrences are compared with."""

    whole: Whole
    told: _Told
    lines: list[str]
    facts: list[str]
    fields: list[str]

    @classmethod
    def of(cls, whole: Whole, told: _Told, shown: Shown | None) -> _Series:
        own = shown or Shown(whole.item)
        told_of, fields = told.of_item(own), list(user_facts(own))
        lines = [*told_of, *told.of_times(own), *fields, *sorted(one.fact for one in whole.attachments)]
        return cls(whole, told, lines, told_of, fields)

    def told_of(self, each: Occurrence) -> tuple[list[str], list[str]]:
        """The lines of an occurrence, and those on what is attached to it otherwise than to the series."""
        shown, of_series = Shown(each.item), self.whole.attachments
        files = sorted(one.fact for one in beyond(each.attachments, of_series))
        lacking = sorted(one.fact for one in beyond(of_series, each.attachments))
        fields = [one for one in user_facts(shown) if one not in self.fields]
        times = f"occurrence {_utc(each.original)} {_utc(each.start)} {_utc(each.end)}"
        return [times, *self.told.of_item(shown), *fields], [*files, *(f"without {one}" for one in lacking)]

    def has_otherwise(self, each: Occurrence, own: Sequence[str]) -> bool:
        """True: an occurrence of those lines has something that its series has otherwise, files apart."""
        return list(own[1:]) != self.facts or is_moved(each, self.whole.item)


def _lines(told: _Told, whole: Whole, shown: Shown | None, *, all_occurrences: bool) -> list[str]:
    """All that is told of an item. Without `all_occurrences`, those that are told as their series has them are none."""
    series = _Series.of(whole, told, shown)
    found = list(series.lines)
    for each in sorted(whole.changed, key=lambda one: one.original):
        own, files = series.told_of(each)
        if all_occurrences or files or series.has_otherwise(each, own):
            found += [*own, *files]
    return found + [f"deleted {_utc(each)}" for each in sorted(whole.deleted)]


def is_moved(each: Occurrence, series: etree._Element) -> bool:
    """True: the occurrence is not when its series has it, or not as long."""
    start, end = moment(series, "Start"), moment(series, "End")
    return each.start != each.original or start is None or end is None or each.end - each.start != end - start


def beyond(own: Iterable[Attached], of_series: Iterable[Attached]) -> list[Attached]:
    """The attachments of an occurrence that its series has not: those of the series are each occurrence's too."""
    shared = Counter(one.fact for one in of_series)
    found = []
    for one in own:
        shared[one.fact] -= 1
        if shared[one.fact] < 0:
            found.append(one)
    return found


def _utc(found: datetime) -> str:
    return found.astimezone(UTC).isoformat(timespec="seconds")
