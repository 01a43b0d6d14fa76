"""What the form asks once both mailboxes were looked at: what would happen by itself, and a box for each choice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.views import blocks, modals
from bot.views.blocks import Piece
from bot.views.forms import CHOICES
from engine.migration import question_words as say
from engine.migration.questions import Question
from engine.migration.request import Choice
from engine.words import number

TOP = "to_decide"
READ_ON = "Nothing has started yet. Please read this, tick what you want, and press Start migration."
LABELS: Mapping[Choice, str] = MappingProxyType({
    Choice.FORWARDING: "Rules that send mail on",
    Choice.OUTLOOK_RULES: "Rules that Outlook keeps for itself",
    Choice.COPIES: "Labels",
    Choice.LEAVE_OFF: "Out-of-office replies",
})


def asked(questions: Sequence[Question], made: Collection[Choice], edition: int, *, anew: bool) -> list[Piece]:
    """The questions, one below the other; `made` are the choices that are ticked.

    `anew`: True: the form has come back because of them. Another `edition` has the boxes come up as they are in `made`.
    """
    pieces = [piece for question in questions for piece in _question(question, made, edition)]
    return [*([blocks.alert(TOP, "warning", READ_ON)] if anew else []), *pieces]


def _question(question: Question, made: Collection[Choice], edition: int) -> Iterator[Piece]:
    choice = question.choice
    yield blocks.section(f"about_{CHOICES[choice]}", f"*{LABELS[choice]}*: {say.what_happens(question)}")
    if question.is_open:
        box = blocks.option(choice.value, box_of(question))
        ticked = [box] if choice in made else []
        yield modals.boxes(f"{CHOICES[choice]}{edition}", "Your choice", [box], chosen=ticked, optional=True)


def box_of(question: Question) -> str:
    """What stands beside the box, in at most 75 characters."""
    match question.choice:
        case Choice.FORWARDING:
            the = "the rule that sends" if question.rules == 1 else f"the {number(question.rules, 'rule')} that send"
            return f"Also create {the} mail on to others"
        case Choice.OUTLOOK_RULES:
            return "Outlook's own rules in the new mailbox may be lost for good"
        case Choice.COPIES:
            return "Copy a message into the folder of each of its labels"
        case Choice.LEAVE_OFF:
            return "Leave it off for now"
