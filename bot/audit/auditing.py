"""Auditing: whoever does something, or is refused it, has it written into the audit.

`audited` stands before each function that people's acts come to; `attempt` does the same for a part of one. An act
that calls another one is one entry. Nothing that goes wrong here stops what was asked for: an entry that could not be
written is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from bot.buttons import NoLongerError
from bot.permissions import Actor, NotAllowedError, Operator
from bot.services import TaskServices
from bot.stored.audit_entries import Entry, Result, Sealed, Surface, What
from engine.errors import FatalError, InputError, OmmError, Side, TakenError, UnreadableError
from engine.migration.account import Account
from engine.migration.request import MigrationRequest
from engine.migration.task_id import parse_task_id
from engine.store import stored

if TYPE_CHECKING:       # a migration that begins at the terminal has neither
    from bot.stored.drafts import Draft
    from bot.stored.threads import Thread

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=TaskServices)
A = TypeVar("A", bound=Actor)

NO_ACCOUNT = Sealed()
REFUSALS = (InputError, NoLongerError, NotAllowedError, UnreadableError)
OF_A_START = frozenset({What.START, What.OPEN_SOURCE, What.OPEN_DESTINATION})
OWN_WORDS = (NoLongerError, NotAllowedError, TakenError)        # they name no account
log = logging.getLogger(__name__)
_inside: ContextVar[bool] = ContextVar("inside", default=False)     # True: an act that is written down calls this one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act. `words` name no account; `sealed` may."""

    result: Result
    words: str = ""
    sealed: Sealed = NO_ACCOUNT


DONE = Outcome(Result.DONE)


@dataclass(slots=True)
class Attempt:
    """What somebody does now. None as its outcome: nothing came of it that is worth an entry.

    `given_up`: True where they left it before anything was done.
    """

    what: What
    task_id: str
    outcome: Outcome | None = DONE
    given_up: bool = False


def done(_came: object) -> Outcome | None:
    """Whatever came of it, it is done."""
    return DONE


def only_refusals(_came: object) -> Outcome | None:
    """It changes nothing, so only a refusal is written down."""
    return None


def audited(
    what: What, judge: Callable[[Any], Outcome | None] = done
) -> Callable[[Callable[Concatenate[S, A, P], T]], Callable[Concatenate[S, A, P], T]]:
    """Has each call of a function (services, person, task ID or something else, …) written down.

    `judge` says what it means that it returns; what it raises is a refusal or a failure.
    """

    def around(do: Callable[Concatenate[S, A, P], T]) -> Callable[Concatenate[S, A, P], T]:
        @wraps(do)
        def doing(services: S, person: A, /, *args: P.args, **named: P.kwargs) -> T:
            with attempt(services, person, what, _task(args[0] if args else None)) as this:
                came = do(services, person, *args, **named)
                this.outcome = judge(came)
            return came

        return doing

    return around


@contextmanager
def attempt(services: TaskServices, person: Actor, what: What, task_id: str = "") -> Iterator[Attempt]:
    """Has what is done meanwhile written down as one act, which is done unless it raises. Raises what it raises."""
    this = Attempt(what, task_id)
    if _inside.get():
        yield this
        return
    team = team_of(services, person, task_id)       # what is forgotten meanwhile says no more whose it was
    inside = _inside.set(True)
    try:
        yield this
    except Exception as error:
        this.outcome = None if this.given_up else _raised(error)
        raise
    except BaseException:       # the process ends
        this.outcome = None
        raise
    finally:
        _inside.reset(inside)
        if this.outcome is not None:
            who = services.trail.operator if isinstance(person, Operator) else person.id
            if this.task_id != task_id:
                team = team_of(services, person, this.task_id)
            _write(services, team, _entry(services, who, this.what, this.task_id, this.outcome), this.outcome.sealed)


def note(services: TaskServices, person: Actor, what: What, task_id: str) -> None:
    """Writes down something that was done beside another act, such as a password that was given."""
    with suppress(OmmError):
        who = services.trail.operator if isinstance(person, Operator) else person.id
        team = team_of(services, person, task_id)
        _write(services, team, _entry(services, who, what, task_id, DONE), NO_ACCOUNT)


def came_of(
    services: TaskServices, user: str, what: What, task_id: str, outcome: Outcome, surface: Surface = Surface.OMM
) -> None:
    """Writes down what a worker made of something that the Slack user had asked for."""
    entry = replace(_entry(services, user, what, task_id, outcome), surface=surface.value)
    _write(services, services.team, entry, outcome.sealed)


def began(services: TaskServices, draft: Draft, request: MigrationRequest) -> None:
    """Writes down that the form's owner has started its migration; once, however often it is called."""
    outcome = Outcome(Result.DONE, sealed=replace(of_accounts(request), address=draft.page_from))
    came_of(services, draft.owner, What.START, draft.id, outcome, Surface.FORM)


def opened(services: TaskServices, draft: Draft, side: Side, account: Account, words: str) -> None:
    """Writes down which service account opens a mailbox for the form's migration; once, as `began`.

    `words` say who has approved it and who is told, and name no account.
    """
    mailbox = f"{account.mailbox} on {account.host}"
    sealed = Sealed(words=f"{account.login} opens {mailbox} by {account.access}")
    if side is Side.SOURCE:
        what, sealed = What.OPEN_SOURCE, replace(sealed, source=mailbox)
    else:
        what, sealed = What.OPEN_DESTINATION, replace(sealed, destination=mailbox)
    came_of(services, draft.owner, what, draft.id, Outcome(Result.DONE, words, sealed), Surface.FORM)


def not_begun(services: TaskServices, draft: Draft | None) -> Draft | None:
    """Writes down why a form that was sent was refused, if its verdict says so: a question is none. Returns it."""
    if draft is not None and (verdict := draft.verdict) is not None and not verdict.only_asks:
        words = f"{verdict.side}: {verdict.cause}" if verdict.side else verdict.cause
        came_of(services, draft.owner, What.START, draft.id, Outcome(Result.REFUSED, words), Surface.FORM)
    return draft


def given_up(
    services: TaskServices, user: str, what: What, task_id: str, why: str, surface: Surface = Surface.OMM
) -> None:
    """Writes down that a worker could not do what the Slack user had asked for; `why` names no account."""
    came_of(services, user, what, task_id, Outcome(Result.FAILED, why.rstrip(".")), surface)


def of_accounts(request: MigrationRequest) -> Sealed:
    """Both mailboxes of a migration."""
    source, destination = (
        f"{account.mailbox or account.login} on {account.host}" for account in (request.source, request.destination)
    )
    return Sealed(source, destination)


def team_of(services: TaskServices, person: Actor, task_id: str) -> str:
    """The workspace in whose audit it is: the person's; that of the task for the operator, '' for the terminal's."""
    if not isinstance(person, Operator) or not task_id:
        return services.team
    thread: Thread | None = None
    with suppress(OmmError):
        thread = services.threads.load(task_id)
    return services.team if thread is None else thread.team


def refused(error: OmmError) -> Outcome:
    """The outcome of what was refused, or failed, with that error."""
    own = isinstance(error, OWN_WORDS)
    if isinstance(error, NotAllowedError) and error.brief:
        return Outcome(Result.REFUSED, error.brief, Sealed(words=str(error)))
    result = Result.REFUSED if isinstance(error, REFUSALS) else Result.FAILED
    return Outcome(result, str(error) if own else _short(error), NO_ACCOUNT if own else Sealed(words=str(error)))


def _task(about: object) -> str:
    """The ID of the task or form that it is about, '' for anything else."""
    with suppress(InputError):
        return parse_task_id(about) if isinstance(about, str) else ""
    return ""


def _raised(error: Exception) -> Outcome | None:
    if isinstance(error, OmmError):
        return refused(error)
    return Outcome(Result.FAILED, f"an error of OMM's own ({type(error).__name__})")


def _short(error: OmmError) -> str:
    """What can be said of an error for ever."""
    if isinstance(error, FatalError):
        return f"{error.side}: {error.cause}" if error.side else error.cause.value
    return "there is no such migration, or it does not allow that now" if isinstance(error, REFUSALS) else ""


def _entry(services: TaskServices, who: str, what: What, task_id: str, outcome: Outcome) -> Entry:
    at = services.trail.this.at or services.clock()
    surface, result = services.trail.surface.value, outcome.result.value
    return Entry(at, who, what.value, task_id, surface, result, words=outcome.words)


def _is_same(one: Entry, other: Entry) -> bool:
    """True: they are one act, which was tried again. A form starts its migration once."""
    names = [(entry.who, entry.what, entry.task, entry.result) for entry in (one, other)]
    return names[0] == names[1] and (one.at == other.at or _is_a_start(one))


def _is_a_start(entry: Entry) -> bool:
    return entry.what in OF_A_START and (entry.surface, entry.result) == (Surface.FORM, Result.DONE)


def _write(services: TaskServices, team: str, entry: Entry, sealed: Sealed) -> None:
    """Appends the entry, unless an earlier try at the same has. What fails is in the log."""
    try:
        audit, again = services.trail.audit, services.trail.this.again or _is_a_start(entry)
        if again and audit.was_written(team, entry.task, lambda one: _is_same(one, entry)):
            return
        sealed = replace(sealed, address=sealed.address or services.trail.address)
        if sealed != NO_ACCOUNT and (entry.task or entry.what == What.SETTINGS):
            keys, plain = services.engine.store.task_keys, stored.write(sealed)
            token = keys.seal(entry.task, plain) if entry.task else keys.of_no_task.encrypt(plain.encode()).decode()
            entry = replace(entry, sealed=token)
        audit.append(team, entry)
    except OmmError as error:
        log.error(  # noqa: TRY400 - the words say it all
            "what %s did is not in the audit (%s): %s, task %s, %s", entry.who or "OMM", error, entry.what, entry.task,
            entry.result,
        )
