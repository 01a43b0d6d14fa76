"""What a person is told and may choose before a migration begins, by what both sides showed at a first look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.migration.content import Content
from engine.migration.request import Choice
from engine.ports.facts import Facts
from engine.ports.settings import Live

NOTHING = Live()
# Which content a choice is about.
ABOUT: Mapping[Choice, Content] = MappingProxyType({
    Choice.FORWARDING: Content.INBOX_RULES,
    Choice.OUTLOOK_RULES: Content.INBOX_RULES,
    Choice.COPIES: Content.MAIL,
    Choice.LEAVE_OFF: Content.OUT_OF_OFFICE,
})
# What is chosen without a look: it depends on nothing that a mailbox shows.
UNASKED = frozenset({Choice.COPIES})


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a person is told before anything starts, and the choice that they have about it. It is stored.

    `rules` are the inbox rules that it is about; 0 where nobody has counted them. `is_open`: True: the choice makes a
    difference; False: they are only told.
    """

    choice: Choice
    rules: int = 0
    is_open: bool = True


def questions(contents: Collection[Content], source: Facts, destination: Facts) -> tuple[Question, ...]:
    """What is asked of whoever moves those contents: nothing that makes no difference to them."""
    asked = (*_of_rules(source, destination), *_of_replies(source, destination))
    return tuple(question for question in asked if ABOUT[question.choice] in contents)


def _of_rules(source: Facts, destination: Facts) -> Iterator[Question]:
    """A source that does not tell what rules it has may have some."""
    old, new = source.live, destination.live or NOTHING
    if old is not None and old.sending:
        yield Question(Choice.FORWARDING, old.sending)
    rules = None if old is None else old.rules
    if new.outlook_rules and rules != 0:
        yield Question(Choice.OUTLOOK_RULES, rules or 0)


def _of_replies(source: Facts, destination: Facts) -> Iterator[Question]:
    """Replies that are on at the source. A destination that has its own keeps them: if they are off, none go out."""
    old, new = source.live or NOTHING, destination.live or NOTHING
    if old.answers and (new.answers or not new.keeps_replies):
        yield Question(Choice.LEAVE_OFF, is_open=not new.answers)


def about(choices: Iterable[Choice], contents: Collection[Content]) -> tuple[Choice, ...]:
    """Those of the choices that are about one of the contents."""
    return tuple(choice for choice in choices if ABOUT[choice] in contents)


def answered(choices: Iterable[Choice], asked: Iterable[Question]) -> tuple[Choice, ...]:
    """Those of the choices that one of the questions leaves open, or that no look raises.

    Nobody has agreed to anything else.
    """
    left_open = {question.choice for question in asked if question.is_open} | UNASKED
    return tuple(choice for choice in choices if choice in left_open)
