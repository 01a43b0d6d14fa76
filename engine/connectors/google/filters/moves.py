"""Filters together: which rules make mail end where all of the filters that meet it have it.

Gmail carries out every filter that meets a message. Exchange goes through its rules in order ([MS-OXORULE] 3.2.1.2),
and a message that several rules move lies in the folder of each. So the rules that only mark come first, then those
that move, each of which stops: a message is moved once, by the first that meets it. They stand in the order in which
a message with several labels chooses its folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from engine.connectors.google.filters.clauses import Clause, InexpressibleError, fewest
from engine.connectors.google.filters.deeds import Deeds
from engine.connectors.google.filters.places import Places

MOST_LOOKED_AT = 400    # meetings of two filters, of which several are one rule
MOST_MEETINGS = 40      # rules for mail that two filters meet, of which one moves it and the other has its folder


@dataclass(frozen=True, slots=True)
class Carried:
    """A filter that can be carried: its number in Gmail's order, what it asks and what it does."""

    number: int
    clauses: tuple[Clause, ...]
    deeds: Deeds


@dataclass(frozen=True, slots=True)
class Marking:
    """A rule that leaves mail where it is. `forward`: it does nothing but send it on."""

    of: Carried
    clause: Clause
    categories: tuple[str, ...] = ()
    reads: bool = False
    forward: str = ""


@dataclass(frozen=True, slots=True)
class Moving:
    """A rule that takes mail out of the inbox, and stops. `folder` is the ref of the one it goes into; "": it deletes.

    `with_` is the filter of whose label the folder is, where that is another one. `whole` is the clause of its own
    filter, where that may ask for less; None where the rule is for mail that two filters meet, and asks for both.
    """

    of: Carried
    clause: Clause
    folder: str
    categories: tuple[str, ...] = ()
    reads: bool = False
    with_: Carried | None = None
    whole: Clause | None = None


def together(filters: Sequence[Carried], places: Places) -> tuple[list[Marking], list[Moving]]:
    """The rules that mark, and those that move, in their order."""
    others = _Others(filters, places)
    meetings = _meetings(filters, others)
    alone = _Alone(filters, places, others, MOST_MEETINGS - len(meetings))
    moving = _in_order([*alone.moving(), *meetings], places)
    marking = list(_markings(filters))
    made = []
    for at, one in enumerate(moving):
        earlier = [each for each in moving[:at] if each.clause.may_meet(one.clause)]
        apart = _marked_before(one, earlier, places)
        marking += [apart] if apart is not None and apart not in marking else []
        made.append(one if apart is None else replace(one, categories=(), reads=False))
    return sorted(marking, key=lambda one: one.of.number), made


def _markings(filters: Sequence[Carried]) -> Iterator[Marking]:
    """What filters do to mail that they leave in the inbox, and what they send on."""
    for one in filters:
        for clause in one.clauses:
            if not one.deeds.moves and (one.deeds.labels or one.deeds.reads):
                yield Marking(one, clause, one.deeds.labels, one.deeds.reads)
            if one.deeds.forward:
                yield Marking(one, clause, forward=one.deeds.forward)


@dataclass(slots=True)
class _Alone:
    """What moves the mail of each filter. `room` is for how many further rules there is some."""

    filters: Sequence[Carried]
    places: Places
    others: _Others
    room: int

    def moving(self) -> Iterator[Moving]:
        """Those rules, one for each clause, and what stands behind it."""
        for one in self.filters:
            for clause in one.clauses if one.deeds.moves else ():
                if one.deeds.deletes:
                    yield Moving(one, clause, "", one.deeds.labels, one.deeds.reads)
                else:
                    yield from self._archiving(one, clause)

    def _archiving(self, one: Carried, clause: Clause) -> list[Moving]:
        """What moves mail into the filter's own folder, and behind that into a better one that another filter gives.

        Of two conditions of one kind, as words in the subject, Exchange cannot ask for both. So the filter's own rule
        leaves out what the other one meets, and whatever is left behind it meets both.
        """
        own = self.places.of(one.deeds.labels)
        left, behind = [clause], list[Moving]()
        for other, folder in self.others.better(one) if self.room > 0 else ():
            for theirs in other.clauses:
                without = self._without(left, theirs) if _only_apart(clause, theirs) else None
                if without is not None:
                    behind[:0] = (Moving(one, each, folder, one.deeds.labels, one.deeds.reads, other, clause)
                                  for each in left)
                    left = without
        front = [Moving(one, each, own.folder, own.categories, one.deeds.reads, None, clause) for each in left]
        return front + behind

    def _without(self, left: Sequence[Clause], other: Clause) -> list[Clause] | None:
        """What those clauses leave where the other one does not hold; None where Exchange or the room is in the way."""
        try:
            found = fewest([each for one in left for each in one.but_not(other)])
        except InexpressibleError:
            return None
        if len(found) > self.room:
            return None
        self.room -= len(found)
        return found


class _Others:
    """The filters that give a label and leave mail in the inbox."""

    def __init__(self, filters: Sequence[Carried], places: Places) -> None:
        self._places = places
        found = [one for one in filters if one.deeds.labels and not one.deeds.moves]
        order = places.order(dict.fromkeys(frozenset(one.deeds.labels) for one in found))
        ranks = {labels: rank for rank, labels in enumerate(order)}
        self._filters = sorted(found, key=lambda one: ranks[frozenset(one.deeds.labels)])

    def better(self, one: Carried) -> list[tuple[Carried, str]]:
        """Those whose label's folder mail has that they and that filter meet, with the folder; the best first."""
        home = self._places.of(one.deeds.labels).folder
        told = [(other, self._places.of((*one.deeds.labels, *other.deeds.labels)).folder) for other in self._filters]
        return [(other, folder) for other, folder in told if folder != home]


def _only_apart(one: Clause, other: Clause) -> bool:
    """True: mail may meet both, and Exchange cannot ask for both."""
    try:
        one.and_(other)
    except InexpressibleError:
        return one.may_meet(other)
    return False


def _meetings(filters: Sequence[Carried], others: _Others) -> list[Moving]:
    """What moves mail that one filter archives and another one gives a label, whose folder then is the mail's."""
    found: dict[str, list[Moving]] = {}
    for one in islice(_all_meetings(filters, others), MOST_LOOKED_AT):
        found.setdefault(one.folder, []).append(one)
    few = [replace(of[0], clause=clause) for of in found.values() for clause in fewest([one.clause for one in of])]
    return few[:MOST_MEETINGS]


def _all_meetings(filters: Sequence[Carried], others: _Others) -> Iterator[Moving]:
    """Those rules, one for each two clauses."""
    for one in filters:
        for other, folder in others.better(one) if one.deeds.archives and not one.deeds.deletes else ():
            yield from (Moving(one, clause, folder, with_=other) for clause in _met(one, other))


def _met(one: Carried, other: Carried) -> Iterator[Clause]:
    """The clauses of mail that both filters meet, as far as Exchange can express them."""
    for mine in one.clauses:
        for theirs in other.clauses:
            try:
                both = mine.and_(theirs) if mine.may_meet(theirs) else None
            except InexpressibleError:
                continue
            if both is not None:
                yield both


def _in_order(moving: Sequence[Moving], places: Places) -> list[Moving]:
    """What deletes comes first; then by whose folder a message with the labels of both lies in."""
    order = places.order(dict.fromkeys(map(_labels, moving)))
    ranks = {labels: rank for rank, labels in enumerate(order)}
    return sorted(moving, key=lambda one: (bool(one.folder), ranks[_labels(one)], one.of.number))


def _labels(one: Moving) -> frozenset[str]:
    with_ = () if one.with_ is None or one.whole is not None else one.with_.deeds.labels
    return frozenset((*one.of.deeds.labels, *with_))


def _marked_before(one: Moving, earlier: Sequence[Moving], places: Places) -> Marking | None:
    """What is to be done to mail although an earlier rule moves it: its label is a category, if its folder is another.

    None: nothing.
    """
    others = [each for each in earlier if each.of is not one.of or each.with_ is not None]
    elsewhere = any(each.folder != one.folder for each in others)
    home = [name for name in one.of.deeds.labels if elsewhere and one.folder and places.of([name]).folder == one.folder]
    categories = (*home, *one.categories)
    if not others or not (categories or one.reads):
        return None
    return Marking(one.of, one.whole or one.clause, categories, one.reads)
