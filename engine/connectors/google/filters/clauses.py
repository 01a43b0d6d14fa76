"""Conditions of Exchange: several that hold together, with exceptions. A filter becomes one or several of these.

All conditions of a rule must hold; of several words or addresses in one condition, one suffices; no exception may hold
(Microsoft, "Conditions (RulePredicatesType)", "Exceptions"; [MS-OXORULE] 2.2.1.3.1.9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

FROM, SENDER = "FromAddresses", "ContainsSenderStrings"
TO, RECIPIENT = "SentToAddresses", "ContainsRecipientStrings"
SUBJECT, HEADER = "ContainsSubjectStrings", "ContainsHeaderStrings"
ATTACHED, SIZE = "HasAttachments", "WithinSizeRange"
AT_LEAST, AT_MOST = "MinimumSize", "MaximumSize"
MOST = 10       # rules that one filter becomes
BOTH = "it asks for two things of the same kind together ({}), and a rule of Exchange meets mail with either"
NEVER = "no mail can meet all of it"
WITHIN = "what it leaves out stands within what it asks for ({}), and a rule of Exchange leaves out all of that mail"
MANY = f"it would be more than {MOST} rules"
CALLED = {
    FROM: "senders", SENDER: "senders", TO: "recipients", RECIPIENT: "recipients", SUBJECT: "words in the subject",
    HEADER: "mailing lists", ATTACHED: "attachments", SIZE: "sizes",
}

T = TypeVar("T")
Parts = Mapping[str, tuple[str, ...]]
_NONE: Parts = MappingProxyType({})


class InexpressibleError(Exception):
    """What Exchange cannot express; the words say why, for the owner of the filter."""


class Kind(StrEnum):
    """What Exchange finds in more mail than Gmail does."""

    WORDS = "words"         # of a subject, which Gmail finds as whole words, and Exchange also within longer ones
    DOMAIN = "domain"       # which Exchange finds also at the beginning of a longer one
    LIST = "list"           # that is left out: Gmail finds its name within that of a list below it, too
    ATTACHED = "attached"   # files that mail must not have: to Gmail, pictures in the text are some, too
    SIZE = "size"           # of mail: Gmail counts what was sent, Exchange what it has made of that


@dataclass(frozen=True, slots=True)
class Loose:
    """A condition that Exchange finds in more mail than Gmail does, in the owner's words."""

    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions and exceptions by their names, each with the values of which one suffices.

    `loose` is what of it Exchange finds in more mail than Gmail does.
    """

    conditions: Parts = field(default_factory=lambda: _NONE)
    exceptions: Parts = field(default_factory=lambda: _NONE)
    loose: tuple[Loose, ...] = ()

    def and_(self, other: Clause) -> Clause | None:
        """What holds where both do; None where both never do. Raises InexpressibleError."""
        conditions = dict(self.conditions)
        for name, values in other.conditions.items():
            both = _both(name, conditions[name], values) if name in conditions else values
            if not both:
                return None
            conditions[name] = both
        exceptions = dict(self.exceptions)
        for name, values in other.exceptions.items():
            exceptions[name] = _either(name, exceptions.get(name, values), values)
        _check_apart(conditions, exceptions)
        return Clause(conditions, exceptions, _each_once((*self.loose, *other.loose)))

    def but_not(self, other: Clause) -> list[Clause]:
        """The clauses of which one holds where this does and the other does not. Raises InexpressibleError."""
        contrary = [
            *(Clause(exceptions={name: values}, loose=other.loose) for name, values in other.conditions.items()),
            *(Clause({name: values}, loose=other.loose) for name, values in other.exceptions.items()),
        ]
        found = [self.and_(one) for one in contrary]
        return [one for one in found if one is not None]

    def or_(self, other: Clause) -> Clause | None:
        """What holds where one of them does; None where one clause cannot say that."""
        if self.exceptions != other.exceptions or self.conditions.keys() != other.conditions.keys():
            return None
        apart = [name for name, values in self.conditions.items() if set(values) != set(other.conditions[name])]
        if len(apart) > 1 or SIZE in apart:
            return None
        joined = {name: _each_once((*self.conditions[name], *other.conditions[name])) for name in apart}
        return Clause({**self.conditions, **joined}, self.exceptions, _each_once((*self.loose, *other.loose)))

    def may_meet(self, other: Clause) -> bool:
        """False: no mail meets both, since each has one sender."""
        mine, theirs = (tuple(_senders(one)) for one in (self, other))
        return not mine or not theirs or any(_same_sender(one, another) for one in mine for another in theirs)


def all_of(parts: Sequence[Sequence[Clause]]) -> list[Clause]:
    """The clauses of which one holds where one of each part does. Raises InexpressibleError."""
    found = [Clause()]
    for part in parts:
        made = [one.and_(another) for one in found for another in part]
        found = [one for one in made if one is not None]
        if not found:
            raise InexpressibleError(NEVER)
        if len(found) > MOST:
            raise InexpressibleError(MANY)
    return found


def any_of(parts: Iterable[Sequence[Clause]]) -> list[Clause]:
    """The clauses of which one holds where one of any part does, as few as can be. Raises InexpressibleError."""
    found = fewest([clause for part in parts for clause in part])
    if len(found) > MOST:
        raise InexpressibleError(MANY)
    return found


def fewest(clauses: Sequence[Clause]) -> list[Clause]:
    """The same clauses, of which those are one that Exchange can express as one."""
    found: list[Clause] = []
    for one in clauses:
        joined = ((at, both) for at, other in enumerate(found) if (both := other.or_(one)) is not None)
        at, both = next(joined, (len(found), one))
        found[at : at + 1] = [both]
    return found if len(found) == len(clauses) else fewest(found)


def _both(name: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The values of which one holds where one of either does; none where that cannot be. Raises InexpressibleError."""
    if set(one) == set(other):
        return one
    if name == FROM:
        return tuple(value for value in one if value in other)
    if name == SIZE:
        return _range(one, other)
    within = (lambda value, values: value in values) if name == TO else _contains_any
    for narrow, wide in ((one, other), (other, one)):
        if all(within(value, wide) for value in narrow):
            return narrow
    raise InexpressibleError(BOTH.format(CALLED[name]))


def _check_apart(conditions: Parts, exceptions: Parts) -> None:
    """Raises InexpressibleError where an exception is found in all mail that a value of a condition is found in."""
    for name in (SENDER, RECIPIENT, SUBJECT, HEADER):
        left_out = exceptions.get(name, ())
        within = [value for value in conditions.get(name, ()) if _contains_any(value, left_out)]
        if within:
            raise InexpressibleError(WITHIN.format(", ".join(within)))


def _contains_any(value: str, values: Sequence[str]) -> bool:
    return any(one.casefold() in value.casefold() for one in values)


def _range(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    low = max((int(values[0]) for values in (one, other) if values[0]), default=None)
    high = min((int(values[1]) for values in (one, other) if values[1]), default=None)
    if low is not None and high is not None and low > high:
        return ()
    return ("" if low is None else str(low), "" if high is None else str(high))


def _either(name: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if name == SIZE and one != other:
        raise InexpressibleError(BOTH.format(CALLED[name]))
    return _each_once((*one, *other))


def _each_once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _senders(clause: Clause) -> Iterator[str]:
    yield from clause.conditions.get(FROM, ())
    if FROM not in clause.conditions:
        yield from clause.conditions.get(SENDER, ())


def _same_sender(one: str, other: str) -> bool:
    """True: a sender may have both; each is an address, its end with @ or a dot before it, or what stands before @."""
    one, other = one.lower(), other.lower()
    if one[-1:] == "@" or other[-1:] == "@":
        return one[:1] in "@." or other[:1] in "@." or one[-1:] == other[-1:] or one in other or other in one
    if one[:1] in "@." or other[:1] in "@.":
        return one.endswith(other) or other.endswith(one)
    return one == other
