"""Steering: who may press a task's buttons, whether they still apply, and two of them: pause and resume.

A click is acknowledged when what it asks for is written down: one whose door dies before that comes again, or leaves a
warning sign behind. A second try does what the first has not come to (`tried`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from slack_bolt import Ack, App

from bot import cards, dialogs
from bot.deed import Deed
from bot.ids import Action
from bot.permissions import NotAllowedError, check_member, check_steering
from bot.reply import NoLongerError, show
from bot.services import Services
from bot.threads import Act
from engine import steering
from engine.errors import Cause, Side
from engine.migration import Migration, State
from engine.states import UNDER_WAY, Ask, after
from engine.visit import Engine

TYPED_ANEW = frozenset({Cause.SIGN_IN, Cause.NOT_KEPT})     # what another password mends
UNKNOWN = "Only its owner and the admins of this workspace can do that. If it was yours, its data has been deleted."
NOT_KEPT = "For security, passwords are kept only as long as they are needed. Please type it once more."


@dataclass(frozen=True, slots=True)
class Asking:
    """How something is asked of a task: by which button, what is then written down, and what is said meanwhile."""

    button: Action
    do: Callable[[Engine, str], Migration]
    act: Act
    doing: str


ASKING: Mapping[Ask, Asking] = MappingProxyType({
    Ask.PAUSE: Asking(Action.PAUSE, steering.pause, Act.PAUSE, "paused"),
    Ask.CANCEL: Asking(Action.CANCEL, steering.cancel, Act.CANCEL, "cancelled"),
    Ask.STOP: Asking(Action.STOP, steering.stop, Act.STOP, "stopped"),
})


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.PAUSE)(pause)
    app.action(Action.RESUME)(resume)
    app.action(Action.COPY_AGAIN)(copy_again)


# Whoever presses, and whether it applies


def allowed(services: Services, deed: Deed, task_id: str) -> Migration:
    """The task, for one who may steer it. Raises NotAllowedError, UnknownPersonError and InputError.

    A task that nobody knows is not told apart from one that they may not steer.
    """
    person, thread = services.people.look(deed.user), services.threads.load(task_id)
    if thread is not None:
        check_steering(person, thread)
    else:
        check_member(person, services.team)
        if not person.is_admin:
            raise NotAllowedError(UNKNOWN)
    return services.engine.store.load(task_id)


def check_applies(services: Services, migration: Migration, action: Action) -> None:
    """Raises NoLongerError when the button has outlived what it is for."""
    if not cards.applies(action, migration, services.clock()):
        pressed = services.threads.pressed(migration.task_id)
        raise NoLongerError(cards.button_gone(action, migration, pressed))


def check_asking(services: Services, migration: Migration, ask: Ask) -> None:
    """Raises NoLongerError when it is too late for that, or when it was asked already, or something stronger was."""
    check_applies(services, migration, ASKING[ask].button)
    asked = services.engine.store.asked(migration.task_id)
    if asked is not None and asked.ask in (ask, *ask.stronger):
        raise NoLongerError(f"Migration {migration.task_id} is being {ASKING[asked.ask].doing} already.")


# Asking


def ask_for(services: Services, deed: Deed, migration: Migration, ask: Ask) -> None:
    """Asks that of whoever works on a task, and writes down who asked. Raises NoLongerError."""
    if not (deed.tried and _has_come_about(migration, ask)):
        if not (deed.tried and _is_pending(services, migration, ask)):
            check_asking(services, migration, ask)
        ASKING[ask].do(services.engine, migration.task_id)
    services.threads.press(migration.task_id, deed.user, ASKING[ask].act, at=deed.at)


def _has_come_about(migration: Migration, ask: Ask) -> bool:
    return migration.state is after(State.RUNNING, ask.act)


def _is_pending(services: Services, migration: Migration, ask: Ask) -> bool:
    """True: it was asked. Where nobody works on the task, nobody has acted on it: asked again, it comes about."""
    asked = services.engine.store.asked(migration.task_id)
    return asked is not None and asked.ask is ask


def pause(ack: Ack, services: Services, deed: Deed) -> None:
    """Stops at the next batch."""
    ask_for(services, deed, allowed(services, deed, deed.value), Ask.PAUSE)
    ack()


# Resume


def resume(ack: Ack, services: Services, deed: Deed) -> None:
    """Goes on, after asking for a password that was refused or is not kept."""
    migration = allowed(services, deed, deed.value)
    check_resume(services, deed, migration)
    _resume(ack, services, deed, migration)


def copy_again(ack: Ack, services: Services, deed: Deed) -> None:
    """Goes on although nothing of what was copied earlier can be seen: everything is copied again."""
    migration = allowed(services, deed, deed.value)
    if not _is_resumed(deed, migration):
        check_applies(services, migration, Action.COPY_AGAIN)
        steering.copy_again(services.engine, migration.task_id)
    _resume(ack, services, deed, migration)


def check_resume(services: Services, deed: Deed, migration: Migration) -> None:
    """Raises NoLongerError when there is nothing to resume."""
    if not _is_resumed(deed, migration):
        check_applies(services, migration, Action.RESUME)


def _is_resumed(deed: Deed, migration: Migration) -> bool:
    """True: an earlier try at this very click has put the task back in line already."""
    return deed.tried and migration.state in UNDER_WAY


def _resume(ack: Ack, services: Services, deed: Deed, migration: Migration) -> None:
    sides = () if _is_resumed(deed, migration) else _to_be_typed(services, migration)
    if sides:
        ack()
        words = migration.attention.words if migration.attention else NOT_KEPT
        show(services, deed, dialogs.password_form(migration, sides, words, "resume"))
    else:
        go_on(services, deed, migration)
        ack()


def _to_be_typed(services: Services, migration: Migration) -> Collection[Side]:
    vault, stopped = services.engine.vault, migration.attention
    sides = {side for side in Side if not vault.has(migration.task_id, side)}
    if stopped is not None and stopped.cause in TYPED_ANEW and stopped.side is not None:
        sides.add(Side(stopped.side))
    return sides


def go_on(services: Services, deed: Deed, migration: Migration) -> None:
    """Puts it back in line, and writes down who did."""
    if not _is_resumed(deed, migration):
        steering.resume(services.engine, migration.task_id)
    services.jobs.migrate(migration.task_id)
    services.threads.press(migration.task_id, deed.user, Act.RESUME, at=deed.at)
