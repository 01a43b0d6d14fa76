"""Labels as folders or as categories: what an earlier task of the same two mailboxes has chosen, later ones choose too.

A message's tag names the folder of its label where each label has a copy, and else the folder that really holds it. By
the other choice nothing would be known again, and everything be copied once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from engine.errors import Cause, FatalError, Side
from engine.migration.content import Content
from engine.migration.record import Migration, State
from engine.migration.request import Choice, MigrationRequest
from engine.migration.states import GOING_BACK
from engine.ports.source import Labelling, Source

AS_COPIES, AS_ONE = "one copy for each of its labels", "one copy of each message"


def tell_choices(source: Source, request: MigrationRequest) -> None:
    """Tells a source that knows labels what was chosen about them, before it is read."""
    if Choice.COPIES in request.choices and isinstance(source, Labelling):
        source.copies()


def check_same_choice(
    request: MigrationRequest, source: Source, earlier: Callable[[], Iterable[Migration]], *, but: str = ""
) -> None:
    """Raises FatalError (OTHER_CHOICE) where a task of the `earlier` has the same source's mail by the other choice.

    `earlier` gives all that wrote into the mailbox. What is rolled back, or being so, does not count, nor does the
    task `but`.
    """
    knows_labels = hasattr(source, "copies")    # which one that is passed on by another shows like this alone
    if not knows_labels or Content.MAIL not in request.contents:
        return
    for task in earlier():
        if task.task_id != but and _counts(task) and _differs(task.request, request):
            raise FatalError(_words(task), cause=Cause.OTHER_CHOICE, side=Side.SOURCE)


def _counts(task: Migration) -> bool:
    return task.started is not None and task.wrote and task.state not in (*GOING_BACK, State.ROLLED_BACK)


def _differs(one: MigrationRequest, other: MigrationRequest) -> bool:
    """True: both move mail of one account, and the choices are not the same."""
    accounts = [(each.source.system, each.source.identity, each.source.host) for each in (one, other)]
    choices = [Choice.COPIES in each.choices for each in (one, other)]
    return accounts[0] == accounts[1] and Content.MAIL in one.contents and choices[0] != choices[1]


def _words(task: Migration) -> str:
    before, now = (AS_COPIES, AS_ONE) if Choice.COPIES in task.request.choices else (AS_ONE, AS_COPIES)
    return (
        f"Migration {task.task_id} copied mail of this account into this mailbox with {before}. "
        f"With {now}, everything would be copied once more. Nothing was copied. "
        f"Choose as before, or roll back migration {task.task_id} first."
    )


def check_nothing_forgotten(source: Source | None, choices: Collection[Choice], was_one: Callable[[], bool]) -> None:
    """Raises FatalError (OTHER_CHOICE) where labels shall have copies, and a task that is forgotten has chosen one.

    `was_one`: what it left in the mailbox tells so. It is the other way round that is no harm: one copy of several is
    known again.
    """
    if Choice.COPIES in choices and hasattr(source, "copies") and was_one():
        raise FatalError(
            f"Mail of this account was copied into this mailbox before, with {AS_ONE}, by a migration of which nothing "
            f"else is known any more. With {AS_COPIES}, much of it would be copied once more. Nothing was copied. "
            "Choose as before.",
            cause=Cause.OTHER_CHOICE, side=Side.SOURCE,
        )
