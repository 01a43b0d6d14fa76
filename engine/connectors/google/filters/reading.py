"""Gmail's filters as Inbox rules; those that Exchange cannot express with their own words, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import digest
from engine.connectors.exchange.rules.reading import TO_ITSELF
from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.filters import writing
from engine.connectors.google.filters.clauses import InexpressibleError
from engine.connectors.google.filters.conditions import Conditions
from engine.connectors.google.filters.deeds import deeds_of
from engine.connectors.google.filters.looseness import loosely
from engine.connectors.google.filters.moves import Carried, Marking, Moving, together
from engine.connectors.google.filters.places import Places, labels
from engine.connectors.google.filters.shape import is_filter, listed_in
from engine.connectors.google.filters.words import told
from engine.connectors.google.reading.items import ODD
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import RefusedError
from engine.ports.rules import NOWHERE, Rule
from engine.ports.settings import Note

PATH = "/users/me/settings/filters"
FORWARDING_PATH = "/users/me/settings/autoForwarding"
FORWARDING = "Forwarding"
FORWARDED = "Gmail sends all new mail on to {}, which OMM does not carry; set it up in the new mailbox if it is wanted"
MAKE_ANEW = "{}; make it anew in the new mailbox"
ODD_FILTER = "a filter"
NO_DEED = "it does nothing that a rule of Exchange can do"
LOOSE_DELETION = "it deletes mail by {}; a rule of Exchange would delete other mail as well: {}"
LOOSE_FORWARD = "it sends mail on by {}; a rule of Exchange would send on other mail as well: {}"
BEYOND = "{}, which no rule of Exchange does"


class Filters:
    """Fills in `ports.settings.SettingReader` and `Noting`: the rules in the order in which they are to run."""

    def __init__(self, asking: Asking, directory: Directory) -> None:
        self._asking, self._directory = asking, directory
        self._notes: Sequence[Note] = ()

    def read(self) -> Sequence[Rule]:
        """Every filter, as one rule or several. Raises FatalError, RetryableError, RefusedError."""
        found = rules_of(filters(self._asking), labels(self._asking), self._directory)
        self._notes = (*found.notes, *forwarding(self._asking))
        return found.rules

    def notes(self) -> Sequence[Note]:
        """What filters that are carried do besides, and no rule can; what a rule finds in more mail; forwarding."""
        return self._notes

    def close(self) -> None:
        """Nothing is kept open."""


def forwarding(asking: Asking) -> Iterator[Note]:
    """That Gmail sends on all mail, which is no filter (gmail.v1, AutoForwarding). Raises FatalError, RetryableError.

    Nothing where Google does not tell.
    """
    try:
        told = asking.one(Interface.GMAIL, FORWARDING_PATH)
    except RefusedError:
        return
    if told.get("enabled") is True:
        address = NOT_XML.sub("\ufffd", str(told.get("emailAddress") or "an address"))
        yield Note(FORWARDING, FORWARDED.format(address))


def filters(asking: Asking) -> Sequence[Json]:
    """All filters, in Gmail's order; one that is none as Google's documents have it is one that does nothing.

    Raises FatalError, RetryableError, RefusedError.
    """
    return [one if is_filter(one) else {} for one in listed_in(asking.one(Interface.GMAIL, PATH), "filter")]


@dataclass(frozen=True, slots=True)
class Read:
    """The rules that filters become, in the order in which they are to run, then each filter that stays."""

    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]


def rules_of(told_of: Sequence[Json], names: Mapping[str, str], directory: Directory) -> Read:
    """Those filters as rules. `names` are those of labels by their ids."""
    reading = _Reading(names, directory)
    found = [reading.filter(number, one) for number, one in enumerate(told_of)]
    places = Places(names.values())
    carried = [one for one in found if isinstance(one, Carried)]
    marking, moving = together(carried, places)
    made = _Made(told_of, places, directory)
    return Read(
        (*(made.marking(one) for one in marking), *(made.moving(one) for one in moving),
         *(one for one in found if isinstance(one, Rule))),
        tuple(Note(told(told_of[one.number], names), words) for one in carried for words in _notes(one)),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads one filter after the other."""

    names: Mapping[str, str]
    directory: Directory

    def filter(self, number: int, one: Json) -> Carried | Rule:
        """What can be carried of it; a rule that stays where nothing can."""
        if not one:
            return self._stays(one, ODD)
        deeds = deeds_of(one.get("action") or {}, self.names)
        try:
            clauses = tuple(Conditions(self.directory).of(one.get("criteria") or {}))
        except InexpressibleError as error:
            return self._stays(one, MAKE_ANEW.format(error))
        if not deeds.any:
            return self._stays(one, "; ".join((NO_DEED, *deeds.beyond)))
        if deeds.deletes and (loose := loosely(clauses)):
            return self._stays(one, MAKE_ANEW.format(loose.of(LOOSE_DELETION)))
        return Carried(number, clauses, deeds)

    def _stays(self, one: Json, why: str) -> Rule:
        name, theirs = told(one, self.names) if one else ODD_FILTER, _theirs(one)
        return Rule(key=theirs, name=name, value=writing.nothing(name), id=str(one.get("id") or ""), stays=why,
                    theirs=theirs)


class _Made:
    """Makes the rules."""

    def __init__(self, told_of: Sequence[Json], places: Places, directory: Directory) -> None:
        self._told_of, self._places, self._directory = told_of, places, directory
        self._count = Counter[str]()
        self._called = Counter[str]()

    def marking(self, one: Marking) -> Rule:
        """A rule that leaves mail where it is."""
        does = [*(f"category {name}" for name in one.categories), *(["mark as read"] if one.reads else []),
                *([f"forward to {one.forward}"] if one.forward else [])]
        made = self._rule(one, writing.marking(one), does)
        if not one.forward:
            return made
        return replace(made, sends=True, stays=self._kept_from_sending(one))

    def _kept_from_sending(self, one: Marking) -> str:
        """Why it may not send mail on; "" where it may."""
        if one.forward.lower() in {self._directory.becomes.lower(), self._directory.owner.lower()}:
            return TO_ITSELF
        loose = loosely([one.clause])
        return MAKE_ANEW.format(loose.of(LOOSE_FORWARD)) if loose else ""

    def moving(self, one: Moving) -> Rule:
        """A rule that moves mail."""
        where = self._places.named(one.folder)
        known_by = writing.moving(replace(one, categories=(), reads=False))     # which earlier rules may have done
        made = self._rule(one, writing.moving(one), [where if one.folder else "delete"], known_by)
        return replace(made, folders={one.folder: where} if one.folder else NOWHERE)

    def _rule(
        self, one: Marking | Moving, element: etree._Element, does: Iterable[str],
        known_by: etree._Element | None = None,
    ) -> Rule:
        """A later run tells the several rules of one filter apart by what they do, whatever filters there are then."""
        told_of = self._told_of[one.of.number]
        theirs = _theirs(told_of)
        deed = digest(writing.named(element if known_by is None else known_by, ""))
        which = f"{told_of.get('id') or theirs}/{deed}"
        self._count[which] += 1
        name = self._unique(f"{writing.PREFIX}{writing.called(one.clause)} → {', '.join(does)}"[:form.LONGEST_NAME])
        key = f"{which}/{self._count[which]}"
        return Rule(key=key, name=name, value=writing.named(element, name), id=key, theirs=theirs)

    def _unique(self, name: str) -> str:
        self._called[name] += 1
        return name if self._called[name] == 1 else f"{name} ({self._called[name]})"


def _notes(one: Carried) -> Iterator[str]:
    yield from (BEYOND.format(words) for words in one.deeds.beyond)
    if loose := loosely(one.clauses):
        yield from loose.told


def _theirs(one: Json) -> str:
    return digest(json.dumps({name: one.get(name) for name in ("criteria", "action")}, sort_keys=True))
