"""Steering: pausing, cancelling, resuming and retrying a migration, by people in Slack and the operator, if they may.

Every function here first checks that the person may steer this migration and that what they ask for applies to it. All
raise NotAllowedError, NoLongerError when it does not apply (any more), InputError for a task that does not exist, and
TakenError while another process changes its record. A second try at the same click (`this.again`) does what the first
has not come to. Going on asks what the workspace's admins allow (bot/policy.py); stopping does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.audit.auditing import DONE, Outcome, audited, note, only_refusals
from bot.buttons import NoLongerError
from bot.ids import Action
from bot.people import Person
from bot.permissions import Actor, Operator, check_applies, steerable
from bot.policy import check_may_migrate
from bot.service_accounts import check_task
from bot.services import FIRST, Services, TaskServices, Try
from bot.stored.audit_entries import What
from bot.stored.threads import Act
from bot.where_typed import check_typed, ways
from engine.errors import Cause, Side
from engine.migration import steering
from engine.migration.forwards import keep_secrets
from engine.migration.keeping import TYPED_KEPT
from engine.migration.record import Migration, State
from engine.migration.states import UNDER_WAY, Ask, after
from engine.migration.visit import Engine
from engine.store.vault import Secret
from engine.systems import CredentialKind

TYPED_ANEW = frozenset({Cause.SIGN_IN, Cause.NOT_KEPT, Cause.CONSENT})      # what another password or consent mends
Typed = Mapping[Side, Secret]


@dataclass(frozen=True, slots=True)
class PasswordsNeeded:
    """Nothing was done yet: the passwords of these `sides` have to be typed first."""

    migration: Migration
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """The owner of the source's account has to consent first. `then`: "resume" or "retry", which follows by itself."""

    migration: Migration
    then: str


Came = Migration | PasswordsNeeded | ConsentNeeded


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


# Pause, cancel, stop


@audited(What.PAUSE)
def pause(services: TaskServices, person: Actor, task_id: str, this: Try = FIRST) -> Migration:
    """Has it stop at the next batch. Returns the record as it is then."""
    return _ask(services, person, steerable(services, person, task_id), Ask.PAUSE, this)


@audited(What.CANCEL, only_refusals)
def check_cancel(services: TaskServices, person: Actor, task_id: str) -> Migration:
    """Returns the migration, if the person can cancel it now, or stop what a cancel still finishes. Changes nothing."""
    migration = steerable(services, person, task_id)
    finishes = migration.step_under_way is not None and is_asked(services, migration, Ask.CANCEL)
    _check_ask(services, person, migration, Ask.STOP if finishes else Ask.CANCEL)
    return migration


@audited(What.CANCEL)
def cancel(services: TaskServices, person: Actor, task_id: str, this: Try = FIRST) -> Migration:
    """Ends one that only waits at once, any other after the step that it is at. Returns the record as it is then."""
    return _ask(services, person, steerable(services, person, task_id), Ask.CANCEL, this)


@audited(What.STOP)
def stop(services: TaskServices, person: Actor, task_id: str, this: Try = FIRST) -> Migration:
    """Ends it at the next batch, without the rest of the step that it is at. Returns the record as it is then."""
    return _ask(services, person, steerable(services, person, task_id), Ask.STOP, this)


def _ask(services: TaskServices, person: Actor, migration: Migration, ask: Ask, this: Try) -> Migration:
    """Leaves the ask for whoever works on the task, and writes down who asked."""
    if not (this.again and migration.state is after(State.RUNNING, ask.act)):
        if not (this.again and is_asked(services, migration, ask)):
            _check_ask(services, person, migration, ask)
        migration = ASKING[ask].do(services.engine, migration.task_id)
    services.threads.press(migration.task_id, person.id, ASKING[ask].act, at=this.at)
    return migration


def _check_ask(services: TaskServices, person: Actor, migration: Migration, ask: Ask) -> None:
    """Raises NoLongerError when it is too late for that, or when it was asked already, or something stronger was.

    The operator may ask the same again: the command waits for it once more.
    """
    check_applies(services, person, migration, ASKING[ask].button)
    asked = services.engine.store.asked(migration.task_id)
    again = (ask,) if not isinstance(person, Operator) else ()
    if asked is not None and asked.ask in (*again, *ask.stronger):
        raise NoLongerError(f"Migration {migration.task_id} is being {ASKING[asked.ask].doing} already.")


def is_asked(services: TaskServices, migration: Migration, ask: Ask) -> bool:
    """True: it was asked. Where nobody works on the task, nobody has acted on it: asked again, it comes about."""
    asked = services.engine.store.asked(migration.task_id)
    return asked is not None and asked.ask is ask


# Resume


def _judged(came: Came) -> Outcome | None:
    """None: nothing was done yet."""
    return DONE if isinstance(came, Migration) else None


@audited(What.RESUME)
def go_on(
    services: TaskServices, person: Actor, task_id: str, typed: Typed, *, copy_again: bool = False
) -> Migration:
    """Resumes a migration that has stopped or was interrupted; the caller's own process works on it next.

    `typed` are the passwords that were given for it. `copy_again`: True lets it copy everything again, as the function
    of that name does. Returns the record. A migration that is in line already is left as it is, without a press. Raises
    what `engine.migration.steering.go_on` does.
    """
    before = steerable(services, person, task_id)
    keep_secrets(services.engine, task_id, typed)
    if copy_again:
        steering.copy_again(services.engine, task_id)
    migration = steering.go_on(services.engine, task_id)
    if before.state is not State.WAITING:
        services.threads.press(task_id, person.id, Act.RESUME)
    _note_passwords(services, person, task_id, typed)
    return migration


@audited(What.RESUME, _judged)
def resume(
    services: Services, person: Person, task_id: str, this: Try = FIRST, *, typed: Typed | None = None
) -> Came:
    """Puts it back in line, with the passwords that were `typed` for it; None: nobody was asked for one yet.

    Returns the record as it was before; PasswordsNeeded where one was refused or is not kept, unless some were typed;
    ConsentNeeded where it is a consent that is missing, once no password is. A grant that came is among what was typed.
    """
    migration = steerable(services, person, task_id)
    check_typed(services, person, typed)
    check_task(services, person, migration)
    if not _is_back_in_line(migration, this):
        check_may_migrate(services, person)
        check_applies(services, person, migration, Action.RESUME)
    return _resume(services, person, migration, this, typed)


@audited(What.COPY_AGAIN, _judged)
def copy_again(
    services: Services, person: Person, task_id: str, this: Try = FIRST
) -> Came:
    """Resumes it although nothing of what was copied earlier can be seen: everything is copied again.

    Returns what `resume` does.
    """
    migration = steerable(services, person, task_id)
    check_task(services, person, migration)
    if not _is_back_in_line(migration, this):
        check_may_migrate(services, person)
        check_applies(services, person, migration, Action.COPY_AGAIN)
        steering.copy_again(services.engine, task_id)
    return _resume(services, person, migration, this, None)


def _resume(
    services: Services, person: Person, migration: Migration, this: Try, typed: Typed | None
) -> Came:
    task_id, resumed = migration.task_id, _is_back_in_line(migration, this)
    lacking = () if resumed else _to_be_typed(services, migration)
    if typed is not None:
        _keep(services, person, task_id, typed, this)
    if (needed := _needed(services, migration, lacking, typed, "resume")) is not None:
        return needed
    if not resumed:
        steering.resume(services.engine, task_id)
    services.jobs.migrate(task_id)
    services.threads.press(task_id, person.id, Act.RESUME, at=this.at)
    return migration


def _to_be_typed(services: Services, migration: Migration) -> tuple[Side, ...]:
    """The sides whose password is not kept, and the one whose password was refused."""
    stopped = migration.attention
    refused = stopped.side if stopped is not None and stopped.cause in TYPED_ANEW else None
    return tuple(side for side in Side if side == refused or not services.engine.vault.has(migration.task_id, side))


def _needed(
    services: Services, migration: Migration, lacking: Collection[Side], typed: Typed | None, then: str
) -> PasswordsNeeded | ConsentNeeded | None:
    """What has to come first where something is lacking: passwords, if none was asked for yet, and then a consent."""
    by_consent = migration.request.source.system.row.credential is CredentialKind.GRANT
    can_be_typed = ways(services).typed(by_consent=by_consent)
    sides = tuple(side for side in lacking if side in can_be_typed)
    if sides and typed is None:
        return PasswordsNeeded(migration, sides)
    consents = {side for side in lacking if side not in can_be_typed} - (typed or {}).keys()
    return ConsentNeeded(migration, then) if consents else None


def _keep(services: Services, person: Person, task_id: str, typed: Typed, this: Try) -> None:
    """Keeps the passwords, and writes down that the person gave them."""
    keep_secrets(services.engine, task_id, typed)
    services.threads.press(task_id, person.id, Act.PASSWORD, at=this.at)
    _note_passwords(services, person, task_id, typed)


def _note_passwords(services: TaskServices, person: Actor, task_id: str, typed: Typed) -> None:
    if typed:
        note(services, person, What.PASSWORD, task_id)


# Retry


@audited(What.RETRY, _judged)
def retry(
    services: Services, person: Person, task_id: str, this: Try = FIRST, *, typed: Typed | None = None
) -> Came:
    """Puts one that has ended back in line for what is missing, with the passwords that were `typed` for it.

    Returns the record as it was before; PasswordsNeeded for those that are no longer kept, usually the source's, if
    `typed` is None, as nobody was asked for one yet; ConsentNeeded as `resume` does.
    """
    migration = steerable(services, person, task_id)
    check_typed(services, person, typed)
    check_task(services, person, migration)
    retried = _is_back_in_line(migration, this)
    if not retried:
        check_may_migrate(services, person)
        check_applies(services, person, migration, Action.RETRY)
        gone = tuple(side for side in Side if not services.engine.vault.has(task_id, side))
        if (needed := _needed(services, migration, gone, typed, "retry")) is not None:
            _keep_until_then(services, person, task_id, typed or {})
            return needed
    if retried:
        keep_secrets(services.engine, task_id, typed or {})
        _note_passwords(services, person, task_id, typed or {})
        _press_retry(services, person, migration, this)
    else:
        begin_retry(services, person, task_id, typed or {}, this)
    services.jobs.migrate(task_id)
    return migration


@audited(What.RETRY)
def begin_retry(
    services: TaskServices, person: Actor, task_id: str, typed: Typed, this: Try = FIRST
) -> Migration:
    """Puts one that has ended back in line for what is missing, with the passwords that were `typed` for it.

    Returns the record. The caller then orders the work, or does it.
    """
    steerable(services, person, task_id, Action.RETRY)
    migration = steering.retry(services.engine, task_id, typed)
    _note_passwords(services, person, task_id, typed)
    # Before the work: the message that tells of the retry names who pressed, and is sent as soon as the retry begins.
    _press_retry(services, person, migration, this)
    return migration


def _keep_until_then(services: Services, person: Person, task_id: str, typed: Typed) -> None:
    """Keeps passwords of a migration that has ended until a consent has come as well, for an hour at most."""
    until = services.engine.clock() + TYPED_KEPT
    for side, secret in typed.items():
        services.engine.vault.put(task_id, side, secret, expires=until)
    _note_passwords(services, person, task_id, typed)


def _press_retry(services: TaskServices, person: Actor, migration: Migration, this: Try) -> None:
    services.threads.press(migration.task_id, person.id, Act.RETRY, at=this.at, retry=migration.retries)


def _is_back_in_line(migration: Migration, this: Try) -> bool:
    """True: an earlier try at this very click has put the task back in line already."""
    return this.again and migration.state in UNDER_WAY
