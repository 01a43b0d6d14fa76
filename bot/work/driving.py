"""Driving: a migration to its end, or back to where it began."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from bot import service_accounts
from bot.approvals import approved
from bot.audit.auditing import came_of, refused
from bot.ids import Action
from bot.notices.letters import letter
from bot.permissions import NotAllowedError
from bot.policy import ServerNotAllowedError, check_servers
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.orders import GivenUp
from bot.stored.threads import Act
from bot.views import blocks
from bot.work import turns
from engine.errors import (
    Cause,
    FatalError,
    InputError,
    LeaseLostError,
    Side,
    TakenError,
    UnreadableError,
)
from engine.migration import back as backwards
from engine.migration import forwards
from engine.migration.back import CountChangedError, Expected
from engine.migration.record import Migration, State
from engine.migration.request import Choice
from engine.migration.states import GOING_BACK, UNDER_WAY
from engine.migration.visiting import visit
from engine.pace.halt import Halt

DETAILS = "The details are in OMM's log."
NOTHING_LOST = "Nothing is lost: what was copied is in the new mailbox, and the old mailbox stays as it is."
STILL_THERE = "What the rollback has not removed is still in the new mailbox, and the old mailbox stays as it is."


def migrate(services: Services, halt: Halt, *, task_id: str) -> bool:
    """Drives a migration until it ends, is paused, or needs attention, which its record tells.

    One that has stopped meanwhile is left alone: resuming it puts it back in line first. False: it is handed over, or
    stays in line: while everybody's migrations are paused, or until its source gives more.
    """
    stays = is_early = False
    try:
        migration = services.engine.store.load(task_id)
        is_held = _is_held_up(services)
        if is_early := migration.is_early(services.engine.clock()):
            return False
        if migration.state in UNDER_WAY and (is_held or _may_work(services, migration)):
            engine = replace(services.engine, is_held_up=lambda: is_held or _is_held_up(services))
            migration = forwards.migrate(engine, task_id, halt=halt)
            is_early = migration.is_early(services.engine.clock())
            stays = migration.state in UNDER_WAY and not is_early
    except TakenError as error:     # it takes up no room while another one has its mailbox
        stays = isinstance(error, NoTurnError)
        raise
    except InputError:      # it has ended meanwhile, or was forgotten
        return True
    finally:
        if not stays:
            services.room.leave(task_id)
        services.threads.changed(task_id)
    return not (stays or is_early)


class NoTurnError(TakenError):
    """A migration that has to wait in line, by the settings of its workspace. Its words say for what."""


def _may_work(services: Services, migration: Migration) -> bool:
    """False: its workspace does not allow one of its servers, or its service account, (any more); its record says so.

    Raises NoTurnError when its turn has not come, which the record says as well, and UnreadableError where nobody can
    read what the admins have set. A migration of the terminal is the operator's, and no workspace's.
    """
    whose = _whose(services, migration.task_id)
    if whose is None:
        return True
    (team, owner), request = whose, migration.request
    try:
        policy = services.policies.load(team)
        check_servers(policy, {Side.SOURCE: request.source.host, Side.DESTINATION: request.destination.host})
        service_accounts.check_begin(services, migration, owner)
    except UnreadableError:
        _note_line(services, migration, turns.UNREAD)
        raise
    except NotAllowedError as error:
        why, side = (Cause.POLICY, error.side) if isinstance(error, ServerNotAllowedError) else (Cause.OTHER, None)
        with visit(services.engine, migration.task_id) as at:
            if at.migration.state in UNDER_WAY:
                at.needs_attention(FatalError(str(error), cause=why, side=side))
        came_of(services, owner, What.START, migration.task_id, refused(error))
        return False
    if words := turns.take(services, migration, team, owner, policy):
        _note_line(services, migration, words)
        raise NoTurnError(words)
    return True


def _whose(services: Services, task_id: str) -> tuple[str, str] | None:
    """The workspace and owner of a task, '' for an owner whom nobody can read now; None for a terminal's."""
    try:
        thread = services.threads.load(task_id)
    except (FatalError, UnreadableError):       # what is only for people to see stops no mail
        return services.team, ""
    return None if thread is None else (thread.team, thread.owner)


def _note_line(services: Services, migration: Migration, words: str) -> None:
    """Has the record, and so the card, say for what it waits in line."""
    if migration.stage == words and migration.state is State.WAITING:
        return
    with visit(services.engine, migration.task_id) as at:
        if at.migration.state in UNDER_WAY:
            at.update(state=State.WAITING, stage=words, waits_for=None)


def _is_held_up(services: Services) -> bool:
    """True: an admin has paused everybody's migrations, as far as this release can read."""
    return services.policies.hold(services.team) is not None


def roll_back(  # noqa: PLR0913 - what an order holds
    services: Services, halt: Halt, *, task_id: str, user: str, items: int, kept: int, discard: bool,
    agreed: float = 0.0, counting_on_it: Sequence[str] = (), agrees: Sequence[str] = (),
) -> bool:
    """Takes a migration back, if that still does what `user` has agreed to; else they are told.

    `agreed` is when, in seconds since 1970. `agrees` are the choices that they have made beside that.
    """
    if not approved.take_up(services, task_id, agreed):
        return True
    try:
        choices = [Choice(choice) for choice in agrees]
        expected = _with_choices(services, halt, task_id, Expected(items, kept, tuple(counting_on_it)), choices)
        done = backwards.roll_back(
            services.engine, task_id, discard_changes=discard, expected=expected, halt=halt,
            agreed=datetime.fromtimestamp(agreed, UTC) if agreed else None, choices=choices,
        )
        _look_at_those_it_took_from(services, done)
    except TakenError:
        raise
    except CountChangedError as error:
        again = blocks.button(Action.ROLLBACK, "Roll back", task_id, style="danger")
        _not_taken(services, task_id)
        came_of(services, user, What.ROLLBACK, task_id, refused(error))
        _write(services, task_id, user, f"{error} To see what a rollback would do now, press Roll back again.", again)
    except InputError as error:
        _not_taken(services, task_id)
        came_of(services, user, What.ROLLBACK, task_id, refused(error))
        _write(services, task_id, user, str(error))
    except FatalError as error:
        if isinstance(error, LeaseLostError) or error.cause is Cause.STORE:
            raise
        _not_taken(services, task_id)
        came_of(services, user, What.ROLLBACK, task_id, refused(error))
    finally:
        services.threads.changed(task_id)
    approved.use_up(services, task_id, agreed)
    return True


def _with_choices(
    services: Services, halt: Halt, task_id: str, expected: Expected, choices: Sequence[Choice]
) -> Expected:
    """What is removed if a person who has agreed to what was `expected` has made those choices, too.

    Raises CountChangedError if something else than what was `expected` would be removed without them.
    """
    engine = services.engine
    if not choices or engine.store.load(task_id).state in GOING_BACK:
        return expected
    backwards.check_expected(backwards.preview(engine, task_id, halt=halt), expected)
    return backwards.preview(engine, task_id, choices=choices, halt=halt).expected


def _look_at_those_it_took_from(services: Services, migration: Migration) -> None:
    for task in services.engine.store.of_mailbox(migration.mailbox or ""):
        if migration.task_id in task.taken_away:
            services.threads.changed(task.task_id)


def _not_taken(services: Services, task_id: str) -> None:
    """The password goes when the window ends, and what was pressed is over: no card waits for it.

    The clock of whoever pressed may be ahead of ours, so the record says which press it was.
    """
    presses = [press.at for press in services.threads.pressed(task_id) if press.act is Act.ROLLBACK]
    with suppress(InputError):      # forgotten meanwhile
        with suppress(TakenError), visit(services.engine, task_id) as at:
            at.update(not_taken=max(presses, default=None))
        backwards.keep_no_longer(services.engine, services.engine.store.load(task_id), once_more=True)


def settled(services: Services, *, task_id: str, **_agreed: object) -> int:
    """How far a task is: items settled or removed, and steps ended. It only grows while anything comes of the work."""
    try:
        migration = services.engine.store.load(task_id)
    except InputError:
        return 0
    removed = migration.rollback.removed if migration.rollback else 0
    return removed + sum(step.counts.settled + bool(step.ended) for step in migration.steps.values())


def give_up_migration(services: Services, *, task_id: str, why: GivenUp) -> None:
    """Says in the record why nobody works on it any more; a person may resume."""
    with visit(services.engine, task_id) as at:
        if at.migration.state in UNDER_WAY:     # else a person was quicker
            at.needs_attention(FatalError(f"{why} {NOTHING_LOST} {DETAILS}"))
    services.threads.changed(task_id)


def give_up_rollback(
    services: Services, *, task_id: str, why: GivenUp, agreed: float = 0.0, **_rest: object
) -> None:
    """The same for a rollback, which goes on when it is asked for again. `agreed` is as for `roll_back`."""
    with visit(services.engine, task_id) as at:
        backwards.stopped(at, FatalError(f"{why} {STILL_THERE} {DETAILS}"))
    _not_taken(services, task_id)
    approved.use_up(services, task_id, agreed)
    services.threads.changed(task_id)


def _write(services: Services, task_id: str, user: str, words: str, *buttons: blocks.Piece) -> None:
    said = f"Migration {task_id} was not rolled back. {words}"
    services.outbox.put(letter(f"rollback:{task_id}:{user}", user, said, *buttons))
