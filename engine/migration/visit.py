"""One process's visit to a migration: the lease, the two sides opened, the record kept, the asks heard."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol, cast

from engine import threads
from engine.clock import utc_now
from engine.contents import CONTENTS, Contents
from engine.credentials import KINDS, Credential, Make
from engine.errors import Cause, FatalError, InLineError, Side, SignInError
from engine.hooks import LOGGED, Decided, Hook, Saved, Waited, emit
from engine.items.back.mailbox_clock import MailboxClock
from engine.items.known.survey import Survey
from engine.items.run import Run
from engine.migration.access import Access
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.earlier import earlier_tasks
from engine.migration.journal import TaskJournal
from engine.migration.let_in import Noticing
from engine.migration.probe import probe
from engine.migration.rates import Rates
from engine.migration.record import Attention, Failure, LeftOff, Migration, State, Step
from engine.migration.renamed import check_mailbox, destination_now, is_renamed
from engine.migration.same_choice import tell_choices
from engine.migration.states import Event, after, can_become, is_due
from engine.migration.task_id import as_shown
from engine.pace.halt import Halt
from engine.pace.repeat import PATIENCE, patiently
from engine.ports.consent import Returning
from engine.ports.destination import Destination, address_in
from engine.ports.facts import Facts
from engine.ports.source import Readdressing, Source
from engine.store.lease import Lease
from engine.store.sign_ins import SignIns
from engine.store.store import Store
from engine.store.vault import Vault
from engine.systems import CredentialKind

COMMIT_GRACE = 120.0              # seconds that a request may take to be carried out after we gave it up
ASKED_EVERY = 1.0                 # seconds
log = logging.getLogger(__name__)


class Connectors(Protocol):
    """How to open an account; filled in by the doors, which know the connectors."""

    def source(self, account: Account, credential: Credential, halt: Halt) -> Source: ...

    def destination(self, account: Account, credential: Credential) -> Destination: ...

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts: ...

    def check_destination(
        self, account: Account, password: str, *, tries: int, live: bool = False
    ) -> Facts: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything the engine works with. `grace`, `patience`, `in_line` are in seconds; `contents` are what it can move.

    `credentials` make a credential of what the vault keeps, by its kind. `returning` gives back what was granted.

    `in_line` is how long a task stands in line for a mailbox that another one has; then TakenError lets go of the
    process, for others to use, until somebody brings the task up again. None: until its turn comes.

    `is_held_up`: True while no migration is to be moved forwards; each goes back in line at its next batch.

    `forget_beside` removes what others keep of a task that is being forgotten, and is told who asks for it. `hooks`
    observe the work (engine/hooks.py).
    """

    store: Store
    vault: Vault
    sign_ins: SignIns
    connectors: Connectors
    clock: Callable[[], datetime] = utc_now
    grace: float = COMMIT_GRACE
    patience: float = PATIENCE
    in_line: float | None = None
    contents: Contents = field(default_factory=lambda: CONTENTS)
    credentials: Mapping[CredentialKind, Make] = field(default_factory=lambda: KINDS)
    returning: Returning | None = None
    is_held_up: Callable[[], bool] = lambda: False
    forget_beside: Callable[[Migration, str], None] = lambda _migration, _by: None
    hooks: tuple[Hook, ...] = LOGGED

    def with_hooks(self, *hooks: Hook) -> Engine:
        """The same engine, observed by those hooks as well."""
        return replace(self, hooks=(*self.hooks, *hooks))

    def decided(self, what: str, *, task: str, **facts: str | int) -> None:
        """Emits a decision about a task, with its facts by name."""
        emit(self.hooks, Decided(task, what, facts))


class Visit:
    """A migration while this process owns it. Only `update` writes its record.

    `works`: it moves the migration forwards, so that people may ask it to stop. `halt` is set when it is to stop, and
    `heard` when that is because of an ask.
    """

    def __init__(self, engine: Engine, migration: Migration, halt: Halt, *, works: bool) -> None:
        self.engine = engine
        self.migration = migration
        self.halt = halt
        self.works = works
        self.heard = False
        self.journal = TaskJournal(engine.store, migration.task_id, engine.clock)
        self._access = Access(engine.vault, engine.sign_ins, engine.credentials, migration.task_id)
        self._rates = Rates(engine.clock)
        self._reported: dict[tuple[str, ...], int] = {}
        self._waits: Counter[Side] = Counter()      # how many threads wait for that side
        self._writing = threads.RLock()

    @property
    def task_id(self) -> str:
        """The task ID."""
        return self.migration.task_id

    def update(self, **changes: object) -> None:
        """Changes the record and writes it down.

        Raises LeaseLostError when somebody else owns it now, and ValueError for a state that does not follow from the
        one before (engine/migration/states.py).
        """
        self._update(changes, quietly=False)

    def update_quietly(self, **changes: object) -> None:
        """The same for what is no news of the migration: `updated` stays as it was."""
        self._update(changes, quietly=True)

    def _update(self, changes: Mapping[str, object], *, quietly: bool) -> None:
        with self._writing:
            before = self.migration
            changed = replace(before, **changes)  # type: ignore[arg-type]  # checked by the dataclass's callers
            if not can_become(before.state, changed.state):
                raise ValueError(f"A migration that is {before.state} cannot become {changed.state}.")
            self.migration = changed
            self.engine.store.save(changed, quietly=quietly)
            emit(self.engine.hooks, Saved(before, changed))

    def decided(self, what: str, **facts: str | int) -> None:
        """Emits a decision about this task, with its facts by name."""
        self.engine.decided(what, task=self.task_id, **facts)

    def is_to_stop(self) -> bool:
        """True: somebody asks for what this visit acts on between two batches."""
        asked = self.engine.store.asked(self.task_id)
        return asked is not None and is_due(self.migration, asked.ask)

    def is_held_up(self) -> bool:
        """True: all migrations are held up, and nobody asks this one for anything else."""
        return self.engine.is_held_up() and self.engine.store.asked(self.task_id) is None

    def update_step(self, content: Content, step: Step) -> None:
        """Writes down how far a step is."""
        self.update(steps=self.migration.with_step(content, step).steps)

    def open_source(self, destination: Destination) -> Source:
        """The source, not yet connected, which knows who its owner is from now on.

        Raises FatalError (NOT_KEPT, SIGN_IN_LIMIT; what the destination raises).
        """
        account = self.migration.request.source
        source = self.engine.connectors.source(account, self._access.credential(Side.SOURCE, account), self.halt)
        if isinstance(source, Readdressing):
            known = patiently(lambda: address_in(destination), self.halt, patience=self.engine.patience)
            source.moves_to(known or destination_now(self.migration).owner)
        tell_choices(source, self.migration.request)
        return cast("Source", Noticing(source, lambda: self._access.accepted(Side.SOURCE, account)))

    def _account(self, side: Side) -> Account:
        return self.migration.request.source if side is Side.SOURCE else destination_now(self.migration)

    def drop_password(self, side: Side) -> None:
        """Removes the password of that side from the vault."""
        self.engine.vault.drop(self.task_id, side)

    @contextmanager
    def destination(self) -> Iterator[Destination]:
        """The destination, signed in; by a new login only if that opens the same mailbox, else FatalError is raised."""
        account = self._account(Side.DESTINATION)
        destination = self.engine.connectors.destination(account, self._access.credential(Side.DESTINATION, account))
        try:
            tries = self._access.tries(Side.DESTINATION)
            signing_in = partial(probe, destination, worked=self.migration.mailbox is not None, tries=tries)
            patiently(signing_in, self.halt, patience=self.engine.patience)
            self._access.accepted(Side.DESTINATION, account)
            if is_renamed(self.migration):
                check_mailbox(self, destination)
            yield destination
        finally:
            destination.close()

    @contextmanager
    def mailbox(
        self, destination: Destination, *, waiting: State | None = None, quietly: bool = False
    ) -> Iterator[Lease]:
        """Acquires the lease of the destination mailbox.

        While another migration holds it, the record is in state `waiting` with that one's task ID in `waits_for`;
        `quietly` leaves the record as it is. Raises InLineError when it has waited for as long as the engine lets it,
        or a migration is to be paused or cancelled.
        """
        key = destination.mailbox()
        if not quietly:
            self.update(mailbox=key)
        began = threads.monotonic()
        while True:
            lease = self.engine.store.acquire(mailbox_lease(key), holder=self.task_id)
            if isinstance(lease, Lease):
                break
            if self.migration.waits_for != lease and not quietly:
                state = waiting or self.migration.state
                self.update(state=state, waits_for=lease, stage=f"waiting for migration {lease}")
            waited = threads.monotonic() - began
            asked = waiting is not None and self.is_to_stop()
            if asked or (self.engine.in_line is not None and waited > self.engine.in_line):
                raise InLineError(f"Migration {lease} is using the destination mailbox.")
            self.halt.wait(ASKED_EVERY)
        with lease:
            if not quietly:
                self.update(waits_for=None)
            yield lease

    def run(
        self, content: Content, destination: Destination, owner: Lease, *, source: Source | None = None,
        survey: Survey | None = None,
    ) -> Run:
        """What the work on one content is given."""
        return Run(
            task_id=self.task_id,
            destination=destination,
            journal=replace(self.journal, written_at=destination.now, content=content),
            mailbox_clock=MailboxClock(self.task_id, self.journal, destination, hooks=self.engine.hooks),
            owner=owner,
            halt=self.halt,
            grace=self.engine.grace,
            on_step=lambda step: self.update_step(content, self._timed(content, step)),
            report=self.report,
            begin_report=partial(self._begin_report, content),
            earlier=tuple(earlier_tasks(
                self.engine.store, self.migration.mailbox or "", content, self.migration.request.source
            )),
            copy_again=self.migration.copy_again,
            note_counts_on=partial(self._note_counts_on, content),
            note_left_off=self._note_left_off,
            patience=self.engine.patience,
            on_wait=partial(self._waiting, content),
            hooks=self.engine.hooks,
            contents=self.migration.request.contents,
            choices=self.migration.agreed if source is None else self.migration.request.choices,
            source=source,
            survey=survey, images=self.engine.store.images,
            record=lambda: replace(self.migration, updated=self.engine.clock()),
        )

    def survey(self, destination: Destination, owner: Lease) -> Survey:
        """What this visit sees of our tags at the destination, for all contents together."""
        kinds = [way.kind for way in self.engine.contents.values() if way.kind is not None]
        return Survey(self.run(self.migration.request.contents[0], destination, owner), kinds)

    def _note_counts_on(self, content: Content, items: Mapping[str, int]) -> None:
        """Writes down how many items of other tasks were found already there now, after whatever was taken away."""
        found = MappingProxyType({as_shown(task): count for task, count in items.items()})
        steps = self.migration.with_step(content, replace(self.migration.step(content), counts_on=found)).steps
        whole: Counter[str] = Counter()
        for step in steps.values():
            whole.update(step.counts_on)
        self.update(steps=steps, counts_on=MappingProxyType(whole), taken_away=MappingProxyType({}))

    def _note_left_off(self, left: LeftOff) -> None:
        """Writes down that an out-of-office was left off; nothing changes once it was switched on."""
        known = self.migration.left_off
        if left != known and (known is None or known.switched_on is None):
            self.update(left_off=left)

    def settle(self) -> None:
        """Waits until nothing that any task has sent into this mailbox can still arrive without an answer.

        No longer than until somebody asks it to stop.
        """
        tasks = self.engine.store.of_mailbox(self.migration.mailbox or "")
        left = max((self.unanswered(task.task_id) for task in tasks), default=0.0)
        if left > 0:
            self.decided("unanswered requests waited for", seconds=round(left))
            self.update(stage="checking whether what was sent last has arrived")
        until = threads.monotonic() + left
        while (left := until - threads.monotonic()) > 0 and not self.is_to_stop():
            self.halt.wait(min(left, ASKED_EVERY))

    def unanswered(self, task_id: str | None = None) -> float:
        """The seconds within which something that a task (this one) has sent can still arrive without an answer."""
        return unanswered(self.engine, task_id or self.task_id)

    def _waiting(self, content: Content, side: Side, waits: bool) -> None:  # noqa: FBT001 - as OnWait
        """Says in the record that a server is waited for, and when that is over. Called from any thread."""
        emit(self.engine.hooks, Waited(self.task_id, side, waits))
        with self._writing:
            self._waits[side] += 1 if waits else -1
            slow = next((side for side, waiting in self._waits.items() if waiting), None)
            stage = f"waiting for the {slow} server to answer" if slow else moving(content)
            if stage != self.migration.stage and self.migration.state is State.RUNNING:
                self.update(stage=stage)

    def _timed(self, content: Content, step: Step) -> Step:
        before = self.migration.step(content)
        return self._rates.rated(content, replace(step, started=before.started, counts_on=before.counts_on))

    def _begin_report(self, content: Content) -> None:
        """Empties a content's report: what belongs into it was found anew."""
        self.engine.store.clear_report(self.task_id, content)
        self._reported.clear()

    def report(self, failures: Sequence[Failure]) -> None:
        """Adds to the report."""
        self.engine.store.report(self.task_id, failures, seen=self._reported)

    def needs_attention(self, error: FatalError) -> None:
        """Stops, says why, and lets a person resume. A rollback stops in the same way."""
        self.note(error)
        state = after(self.migration.state, Event.FATAL)
        self.update(state=state, stage="", waits_for=None, attention=self.attention(error))

    def attention(self, error: FatalError) -> Attention:
        """What the record says of an error that this visit has met."""
        side = error.side.value if error.side else None
        return Attention(str(error), error.cause.value, side, self.migration.fencing)

    def note(self, error: FatalError) -> None:
        """Counts a sign-in that was refused."""
        if isinstance(error, SignInError) and error.cause is Cause.SIGN_IN:
            side = error.side or Side.DESTINATION
            self._access.refused(side, self._account(side), times=error.times)


def mailbox_lease(mailbox: str) -> str:
    """The lease that whoever writes into that destination mailbox has meanwhile."""
    return f"mailbox:{mailbox}"


def moving(content: Content) -> str:
    """What is being done while nothing is in the way."""
    return f"moving {content}"


def is_moving(migration: Migration) -> bool:
    """True: the visit under way has settled items of the step that it is at."""
    content = migration.step_under_way
    moves = content is not None and migration.stage == moving(content)
    return moves and content is not None and migration.step(content).items_per_second > 0


def unanswered(engine: Engine, task_id: str) -> float:
    """The seconds within which something that the task has sent can still arrive without an answer."""
    journal = TaskJournal(engine.store, task_id, engine.clock)
    ages = (sent.age for sent in journal.opened().values())
    return max((min(engine.grace - age, engine.grace) for age in ages), default=0.0)
