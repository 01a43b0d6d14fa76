"""Taking up a task whose record was lost with the store: the destination mailbox itself says what the task was.

A migration that changes a setting leaves the before-image in the mailbox, encrypted, and its record with it
(engine/settings/stash.py). Of these a record is made anew, so that everything else goes on as with any other task.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

from engine.errors import Cause, FatalError, InputError, OmmError, Side, SignInError, TakenError
from engine.migration.access import Access
from engine.migration.account import Account
from engine.migration.journal import TaskJournal
from engine.migration.keeping import FORM_KEPT, settle
from engine.migration.probe import probe, true_cause
from engine.migration.record import Attention, Failure, Migration, Reason, State
from engine.migration.renamed import OtherMailboxError
from engine.migration.states import ENDED, GOING_BACK
from engine.migration.task_id import compact
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.pace.repeat import patiently
from engine.ports.destination import Destination
from engine.settings.ending import STASH_ENDED
from engine.settings.keeping import STASH_GONE, stash_name
from engine.settings.stash import Stash
from engine.store.facts import WINDOW_END
from engine.store.lease import Lease

UNBOUNDED = "taken up without an end"       # the fact that nobody knows when the task last wrote
THE_TASK = "(the migration itself)"
TAKEN_UP = "what OMM had stored about it was lost, and was made anew from the mailbox: what it had named here is gone"
NO_END = "nobody knows when it stopped, so all that carries its mark and was created since it began counts as its own"
STORE_LOST = "What OMM had stored about this migration was lost before it had ended."
NOT_KNOWN = (
    "OMM has stored nothing about migration {task}, and neither has the mailbox of {account}. A migration leaves "
    "something there only if it has changed a setting, such as category colours or inbox rules, and only until its "
    "rollback window ends. Nothing was changed. Check the task ID and the destination. If both are right, put back a "
    "backup of OMM's store, or remove by hand what was copied."
)
OLDER = (
    "An older release of OMM left something about migration {task} in the mailbox, but not what a rollback needs to "
    "know. Nothing was changed. Put back a backup of OMM's store, or remove by hand what was copied."
)
LOCKED = (
    "{error} Nothing was changed. As long as OMM cannot read what migration {task} left there, what it brought can be "
    "removed by hand alone."
)
OTHER_MAILBOX = "This login opens another mailbox than the one that was migrated into. Nothing was changed."


def take_up(
    engine: Engine, task_id: str, account: Account, *, password: str, halt: Halt | None = None
) -> Migration:
    """Makes the record of a task anew, of what it has left in the mailbox of `account`; changes nothing there.

    Returns the record, with the password in the vault; a record that there is stays as it is. Raises InputError where
    the mailbox knows nothing of the task, OtherMailboxError, FatalError (cause STORE where what the mailbox has cannot
    be read with our keys), UnreadableError where a newer release has left it, TakenError.
    """
    lease = engine.store.acquire(f"migration:{task_id}", holder=task_id)
    if not isinstance(lease, Lease):
        raise TakenError(f"Another process is working on migration {task_id}.")
    with lease:
        with suppress(InputError):
            return engine.store.load(task_id)
        engine.vault.put(task_id, Side.DESTINATION, password, expires=engine.clock() + FORM_KEPT)
        try:
            made = _known_from_mailbox(engine, task_id, account, halt or Halt())
        except OmmError:
            engine.vault.drop(task_id)
            raise
        engine.store.begin(made)
        engine.store.save(replace(made, fencing=lease.fencing))
        settle(engine.vault, made, engine.clock())
        engine.decided("taken up from its mailbox", task=task_id, state=made.state)
        return engine.store.load(task_id)


def _known_from_mailbox(engine: Engine, task_id: str, account: Account, halt: Halt) -> Migration:
    """The record as it is to be stored; all that belongs to it is kept already."""
    with _opened(engine, task_id, account, halt) as destination:
        stashes = _stashes(engine, task_id, account, destination, halt)
        migration, stash = _newest(task_id, stashes)
        if migration.mailbox != patiently(destination.mailbox, halt, patience=engine.patience):
            raise OtherMailboxError(OTHER_MAILBOX, side=Side.DESTINATION)
        made = _made(engine, migration, stash, account)
        _keep(engine, made, stashes, stash, destination)
        return made


@contextmanager
def _opened(engine: Engine, task_id: str, account: Account, halt: Halt) -> Iterator[Destination]:
    """The destination, signed in."""
    side = Side.DESTINATION
    access = Access(engine.vault, engine.sign_ins, engine.credentials, task_id)
    destination = engine.connectors.destination(account, access.credential(side, account))
    try:
        signing_in = partial(probe, destination, worked=False, tries=access.tries(side))
        patiently(signing_in, halt, patience=engine.patience)
        access.accepted(side, account)
        yield destination
    except SignInError as error:
        if error.cause is Cause.SIGN_IN:
            access.refused(side, account, times=error.times)
        raise
    except FatalError as error:
        raise true_cause(error, destination) from error
    finally:
        destination.close()


def _stashes(
    engine: Engine, task_id: str, account: Account, destination: Destination, halt: Halt
) -> list[Stash]:
    """All that the task has left in the mailbox. Raises InputError where that is nothing, FatalError."""
    found = []
    for content, way in engine.contents.items():
        if way.kind is None:
            ask = partial(destination.stashed, stash_name(task_id, content))
            data = patiently(ask, halt, patience=engine.patience)
            if data is not None:
                try:
                    found.append(engine.store.images.unseal(data, task_id, content))
                except FatalError as error:
                    raise FatalError(LOCKED.format(error=error, task=task_id), cause=error.cause) from error
    if not found:
        raise InputError(NOT_KNOWN.format(task=task_id, account=account))
    return found


def _newest(task_id: str, stashes: list[Stash]) -> tuple[Migration, Stash]:
    """The record that was written last, with what it was written beside. Raises InputError where there is none."""
    records = [(record, stash) for stash in stashes if (record := stash.task()) is not None]
    if not records:
        raise InputError(OLDER.format(task=task_id))
    return max(records, key=lambda each: (each[0].fencing, each[0].updated))


def _made(engine: Engine, known: Migration, stash: Stash, account: Account) -> Migration:
    """The record as it is to be stored: of a task that has ended, or that stands still in its midst."""
    state, ended, attention = known.state, known.ended, None
    if known.state not in ENDED | GOING_BACK:
        has_ended = WINDOW_END in stash.facts and all(map(known.is_done, known.request.contents))
        state, ended = (State.COMPLETED, known.updated) if has_ended else (State.NEEDS_ATTENTION, None)
        attention = None if has_ended else Attention(STORE_LOST, Cause.STORE.value, None)
    return replace(
        known, request=replace(known.request, destination=account), new_login="", new_service="", state=state,
        ended=ended, attention=attention, stage="", waits_for=None, fencing=0, updated=engine.clock(),
    )


def _keep(engine: Engine, made: Migration, stashes: list[Stash], newest: Stash, destination: Destination) -> None:
    """Keeps all that belongs to the record, before there is one."""
    task_id, journal = made.task_id, TaskJournal(engine.store, made.task_id, engine.clock, destination.now)
    for stash in stashes:
        engine.store.images.save(stash)
    for name, value in newest.facts.items():
        journal.remember(name, value)
    journal.remember(STASH_GONE, "")
    ends = WINDOW_END in newest.facts
    journal.remember(STASH_ENDED, "yes" if ends else "")
    journal.remember(UNBOUNDED, "" if ends else "yes")
    if not ends:    # a request may still be under way
        journal.open("", [f"{compact(task_id)}:unknown"], deadline=0.0)
    first = made.request.contents[0]
    said = TAKEN_UP if ends else f"{TAKEN_UP}; {NO_END}"
    engine.store.report(task_id, [Failure(first, "", THE_TASK, said, Reason.NOTED)])


def was_taken_up(engine: Engine, task_id: str) -> bool:
    """True: the record was made anew, so the mailbox is the one that the task has written into."""
    return engine.store.recall(task_id, UNBOUNDED) is not None


def is_unbounded(engine: Engine, task_id: str) -> bool:
    """True: the task was taken up from its mailbox, and nobody knows when it last wrote."""
    return bool(engine.store.recall(task_id, UNBOUNDED)) and not engine.store.recall(task_id, WINDOW_END)
