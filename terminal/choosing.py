"""What a person chooses beside what moves: the options of `omm migrate`, and when they matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engine.migration import question_words as say
from engine.migration.checks import Checked
from engine.migration.questions import ABOUT, Question, questions
from engine.migration.record import Migration
from engine.migration.request import Choice, MigrationRequest
from engine.systems import System
from engine.words import listed
from terminal.usage import UsageError

OPTIONS: Mapping[Choice, str] = MappingProxyType({
    Choice.FORWARDING: "--forwarding-rules",
    Choice.OUTLOOK_RULES: "--remove-outlook-rules",
    Choice.COPIES: "--label-copies",
    Choice.LEAVE_OFF: "--leave-out-of-office-off",
})


def choosing(
    wanted: MigrationRequest, *, forwarding: bool = False, outlook_rules: bool = False, copies: bool = False,
    leave_off: bool = False,
) -> MigrationRequest:
    """The request with the choices whose options were given. Raises UsageError for one that is about nothing in it."""
    given = {
        Choice.FORWARDING: forwarding, Choice.OUTLOOK_RULES: outlook_rules, Choice.COPIES: copies,
        Choice.LEAVE_OFF: leave_off,
    }
    made = tuple(choice for choice in Choice if given[choice])
    for choice in made:
        if ABOUT[choice] not in wanted.contents:
            raise UsageError(f"{OPTIONS[choice]} is about {ABOUT[choice]}, which this migration does not move.")
        if choice is Choice.COPIES and wanted.source.system is not System.GOOGLE:
            raise UsageError(f"{OPTIONS[choice]} is about labels, which the source does not have.")
    return replace(wanted, choices=made)


def would_matter(wanted: MigrationRequest, found: Checked, *, of: str = "") -> list[str]:
    """What happens by the choices that were made, and which option changes it: a line each, where it matters.

    `of` is the command that takes the options, where it is another one than was typed.
    """
    return [_line(question, wanted, f", type {of} with" if of else "") for question in _questions(wanted, found)]


def _line(question: Question, wanted: MigrationRequest, by: str) -> str:
    happens, option = say.what_happens(question), OPTIONS[question.choice]
    if not question.is_open:
        return f"Note: {happens}"
    return f"Note: {happens} " + (
        f"You have chosen {option}." if question.choice in wanted.choices else f"To choose otherwise{by}: {option}"
    )


def that_matter(wanted: MigrationRequest, found: Checked) -> list[dict[str, Any]]:
    """The same for programs: the options that would make a difference."""
    return [
        {"option": OPTIONS[question.choice], "content": ABOUT[question.choice].value, "rules": question.rules,
         "reason": say.what_happens(question)}
        for question in _questions(wanted, found) if question.is_open
    ]


def _questions(wanted: MigrationRequest, found: Checked) -> tuple[Question, ...]:
    return questions(wanted.contents, found.source, found.destination)


def keeps_its_own(opened: Migration, wanted: MigrationRequest) -> Iterator[str]:
    """That an open migration goes on as it was begun, where other options were given now, or more contents meant."""
    if rest := [content.value for content in wanted.contents if content not in opened.request.contents]:
        yield (
            f"Migration {opened.task_id} was begun without {listed(rest)}, and goes on so. When it has ended, type the "
            "same command again to move the rest."
        )
    if set(opened.request.choices) != set(wanted.choices):
        given = listed([OPTIONS[choice] for choice in Choice if choice in opened.request.choices])
        yield (
            f"Migration {opened.task_id} was begun {f'with {given}' if given else 'without these options'}, and goes "
            f"on so. To choose otherwise, end it first: omm cancel {opened.task_id}"
        )
