"""Whether new mail ends in an Exchange mailbox where the filters of a Gmail account would have put it.

What is due comes of the seed: which filters a letter was made to meet, and what these do. It is compared with what the
Google emulator does with the same letter, and then with what the rules of the Exchange emulator have done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.migration.content import Content
from engine.migration.record import Failure, Migration, Reason
from tests.servers.google.moving import Moving
from tests.servers.google.truth.events import OWNER
from tests.servers.google.truth.filters import Filter, Letter, Outcome, mime, outcome, subject
from tests.servers.world import ADDRESS

INBOX, BIN, ARCHIVE = ("Inbox",), ("Deleted Items",), ("Archive",)


@dataclass(frozen=True, slots=True)
class Lies:
    """Where a message lies in Exchange, and how it is marked."""

    folder: tuple[str, ...]
    categories: frozenset[str]
    read: bool


def best(labels: frozenset[str]) -> str:
    """The label whose folder mail is in (docs/gmail.md): the deepest one, of these the shortest, the first by name."""
    return min(labels, key=lambda one: (-one.count("/"), len(one), one))


def place(due: Outcome) -> tuple[str, ...]:
    """The folder of such mail."""
    if due.trashed:
        return BIN
    if due.inbox:
        return INBOX
    return tuple(best(due.labels).split("/")) if due.labels else ARCHIVE


def otherwise(due: Outcome, there: Sequence[Lies], sent: frozenset[str]) -> Iterator[str]:
    """What is otherwise of one message, in words. The label of its folder may be a category as well."""
    if len(there) != 1:
        yield f"it is there {len(there)} times: {there}"
        return
    [one], folder = there, place(due)
    if one.folder != folder:
        yield f"it is in {one.folder}, not in {folder}"
    mine = due.labels - {"/".join(folder)}
    if not mine <= one.categories <= due.labels:
        yield f"its categories are {sorted(one.categories)}, not {sorted(mine)}"
    if one.read != due.read:
        yield f"read is {one.read}"
    if sent != due.forwarded:
        yield f"it was sent on to {sorted(sent)}, not to {sorted(due.forwarded)}"


def at_gmail(at: Moving, letter: Letter, number: int) -> Outcome:
    """What becomes of a letter at the Google emulator."""
    mine = letter.to if letter.to.startswith("ann") else OWNER
    done = at.google.act("gmail.deliver", OWNER, message=mime(letter, number), to=mine)
    return Outcome(frozenset(done.names), not (done.archived or done.trashed), done.read, done.starred, done.trashed,
                   frozenset(done.forwarded_to))


def at_exchange(at: Moving, some: Sequence[Letter]) -> list[tuple[list[Lies], frozenset[str]]]:
    """Lets letters arrive there; where each lies, and to whom it was sent on. Everything is as before then."""
    emulator, before = at.at.emulator, at.at.emulator.copied()
    try:
        for number, one in enumerate(some):
            emulator.deliver(ADDRESS, mime(one, number))
        lies: dict[str, list[Lies]] = {subject(one, number): [] for number, one in enumerate(some)}
        for found in emulator.messages(ADDRESS):
            if found.subject in lies:
                lies[found.subject].append(Lies(found.folder, frozenset(found.categories), found.is_read))
        sent: dict[str, set[str]] = {name: set() for name in lies}
        for going in (one for one in emulator.outgoing() if one.kind.startswith("rule ")):
            sent[going.subject.removeprefix("FW: ")] |= set(going.recipients)
        return [(lies[name], frozenset(sent[name])) for name in lies]
    finally:
        emulator.put_back(before)


def lines(at: Moving, done: Migration) -> list[Failure]:
    """What the report says of rules."""
    return [one for one in at.lines(done) if one.content is Content.INBOX_RULES]


def told(one: Filter, of: Sequence[Failure]) -> list[Failure]:
    """The lines that are about a filter: those that have all that it asks for."""
    asked = [value.strip('"') for value in one.ask.values() if isinstance(value, str) and value != one.ask.get(
        "sizeComparison")]
    return [line for line in of if all(value in line.item for value in asked)]


def left(some: Sequence[Filter], of: Sequence[Failure]) -> set[str]:
    """The names of the filters that the report says to have stayed whole, with their own text."""
    return {one.name for one in some if any(line.outcome is Reason.LEFT_OUT and not (
        one.forward and "forward to" in line.item) for line in told(one, of))}


def judged(
    at: Moving, some: Sequence[Filter], letters: Sequence[Letter], stayed: set[str], *, sends: bool
) -> list[str]:
    """What is otherwise of each letter, in words; of one that a filter meets which has stayed, the others count."""
    found, carried = [], [one for one in some if one.name not in stayed]
    for number, (letter, (lies, sent)) in enumerate(zip(letters, at_exchange(at, letters), strict=True)):
        assert at_gmail(at, letter, number) == outcome(letter, some), letter
        due = outcome(letter, carried)
        due = due if sends else _unsent(due)
        found += [f"{sorted(letter.meets)}: {line}" for line in otherwise(due, lies, sent)]
    return found


def _unsent(due: Outcome) -> Outcome:
    return Outcome(due.labels, due.inbox, due.read, due.starred, due.trashed)


def unnamed(some: Sequence[Filter], of: Sequence[Failure], *, sends: bool) -> list[str]:
    """Filters with something that no rule does, or may do, of which the report says nothing."""
    return [one.name for one in some
            if (one.star or one.never_spam or one.said or (one.forward and not sends)) and not told(one, of)]
