"""The doctor: does to a mailbox, with one message in a folder of its own, what a migration would do.

Whatever was made is removed at the end, also when it is told to stop half-way. Nothing is sent to anybody, and nothing
of the owner's is touched. Only a process that is killed leaves its folder behind; the next examination removes it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from engine.account import Account
from engine.canary import RECEIVED, Seen, canary, differences, write_large
from engine.clock import utc_now
from engine.errors import Cause, OmmError, RefusedError, RetryableError, SignInError
from engine.halt import Halt, HaltedError
from engine.ports import (
    Destination,
    DestinationFolder,
    Marks,
    NewMessage,
    Outcome,
    Role,
    SourceMessage,
    TaggedItem,
    Verdict,
)
from engine.sign_ins import SignIns
from engine.tags import folder_tag, item_tag, parse_tag
from engine.task_id import new_task_id

T = TypeVar("T")

FOLDER = "OMM check"            # begins the name of the folder that everything happens in
MARK = "_doctor_"               # stands in tags where a migration has a source folder's code, which is hexadecimal
ATTEMPTS = 3                    # of anything that a busy server turns away
WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds
AT_ONCE = 16                    # requests: as many as a migration's writers make


class Step(StrEnum):
    """What is tried, in this order."""

    OFFER = "sign-in offered"
    SIGN_IN = "signed in"
    FOLDERS = "folders"
    FOLDER = "folder made"
    WRITE = "message written"
    READ = "message read back"
    FIND = "found by its tag"
    MOVE = "found after a move"
    AT_ONCE = "many requests at once"
    LARGE = "large message"
    REMOVE = "message removed"
    CLEAN = "nothing left behind"


NEEDED = frozenset({Step.OFFER, Step.SIGN_IN, Step.FOLDERS, Step.FOLDER, Step.WRITE})    # for what comes after


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step brought. `seconds` is how long it took."""

    step: Step
    fine: bool
    words: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says about itself, and the scheme by which it let us in."""

    release: str
    build: str
    schema: str
    scheme: str
    folders: int
    messages: int


class Examination(Destination, Protocol):
    """A mailbox that is examined: a destination that can be looked into."""

    def offer(self) -> tuple[str, ...]:
        """The sign-in schemes that the server offers, asked without a login."""
        ...

    def sign_in(self) -> Server:
        """The first sign-in. Raises SignInError, FatalError (TOO_OLD names the release)."""
        ...

    def look(self, item_id: str) -> Seen:
        """The message as it is now."""
        ...

    def move(self, item_id: str, folder_id: str) -> str:
        """Moves an item as its owner might. Its new id."""
        ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How an examination ended. `waits` are what the server asked for when it was busy, in seconds."""

    findings: tuple[Finding, ...]
    offered: tuple[str, ...]
    server: Server | None
    waits: tuple[float, ...]
    stopped: bool

    @property
    def fine(self) -> bool:
        """Whether a migration would find everything that it relies on."""
        return not self.stopped and all(finding.fine for finding in self.findings)

    @property
    def untried(self) -> tuple[Step, ...]:
        """What was not come to."""
        tried = {finding.step for finding in self.findings}
        return tuple(step for step in Step if step not in tried and step is not Step.LARGE)


def examine(
    mailbox: Examination,
    account: Account,
    sign_ins: SignIns,
    *,
    halt: Halt,
    tell: Callable[[Finding], None] = lambda _finding: None,
    large: int = 0,
    clock: Callable[[], datetime] = utc_now,
) -> Diagnosis:
    """Examines a mailbox. `tell` hears of each finding as it comes; `large` is the size in bytes of a message to try.

    Raises nothing that a server did: that is a finding.
    """
    return _Doctor(mailbox, account, sign_ins, halt, tell, large, clock).examine()


class _WrongError(OmmError):
    """Something is not as a migration relies on; what comes after can be tried all the same."""


class _NoUseError(OmmError):
    """What comes after cannot be tried."""


@dataclass
class _Doctor:
    """One examination."""

    mailbox: Examination
    account: Account
    sign_ins: SignIns
    halt: Halt
    tell: Callable[[Finding], None]
    large: int
    clock: Callable[[], datetime]
    task_id: str = field(default_factory=new_task_id)
    findings: list[Finding] = field(default_factory=list)
    offered: tuple[str, ...] = ()
    server: Server | None = None
    waits: list[float] = field(default_factory=list)
    folder: str = ""        # ids
    item: str = ""

    def examine(self) -> Diagnosis:
        stopped = False
        try:
            for step, work in self._steps():
                self.halt.check()
                self._do(step, work)
        except HaltedError:
            stopped = True
        except _NoUseError:
            pass
        finally:
            if self.server is not None:
                self._do(Step.CLEAN, self._clean_up)
        return Diagnosis(tuple(self.findings), self.offered, self.server, tuple(self.waits), stopped)

    def _steps(self) -> Iterator[tuple[Step, Callable[[], str]]]:
        yield Step.OFFER, self._offer
        yield Step.SIGN_IN, self._sign_in
        yield Step.FOLDERS, self._folders
        yield Step.FOLDER, self._make_folder
        yield Step.WRITE, self._write
        yield Step.READ, self._read
        yield Step.FIND, self._find
        yield Step.MOVE, self._move
        yield Step.AT_ONCE, self._at_once
        if self.large:
            yield Step.LARGE, self._write_large
        yield Step.REMOVE, self._remove

    def _do(self, step: Step, work: Callable[[], str]) -> None:
        began = time.monotonic()
        try:
            words, fine = work(), True
        except HaltedError:
            raise
        except OmmError as error:
            words, fine = str(error), False
        finding = Finding(step, fine, words, time.monotonic() - began)
        self.findings.append(finding)
        self.tell(finding)
        if not fine and step in NEEDED:
            raise _NoUseError

    # -- what is tried ----------------------------------------------------------------------------

    def _offer(self) -> str:
        self.offered = self.mailbox.offer()
        return ", ".join(name.upper() if name == "ntlm" else name.capitalize() for name in self.offered)

    def _sign_in(self) -> str:
        """One sign-in, counted with all others of the account."""
        self.sign_ins.before(self.account)
        try:
            found = self.mailbox.sign_in()
        except SignInError as error:
            if error.cause is Cause.SIGN_IN:
                self.sign_ins.refused(self.account)
            raise
        self.sign_ins.accepted(self.account)
        self.server = found
        return f"by {found.scheme.upper() if found.scheme == 'ntlm' else found.scheme.capitalize()}; {self._clock()}"

    def _clock(self) -> str:
        ahead = (self.mailbox.now() - self.clock()).total_seconds()
        if abs(ahead) < 2:      # it tells its time in whole seconds
            return "its clock agrees with this machine's"
        return f"its clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"

    def _folders(self) -> str:
        found = self._calmly(self.mailbox.folders)
        roles = {folder.role for folder in found}
        missing = [role.value for role in Role if role not in roles and role is not Role.ARCHIVE]
        without = f", without a folder for {', '.join(missing)}" if missing else ", all the usual ones among them"
        return f"{len(found):,}{without}"

    def _make_folder(self) -> str:
        name = f"{FOLDER} {self.task_id}"
        self.folder = self._made(self.mailbox.top, name)
        found = next((f for f in self._calmly(self.mailbox.folders) if f.id == self.folder), None)
        if found is None or (found.name, found.tag) != (name, folder_tag(self.task_id, MARK)):
            raise _WrongError("The folder that was made is not listed, or without its name or tag.")
        return "with its tag"

    def _made(self, parent_id: str, name: str) -> str:
        """The id of a new folder; one whose answer was lost is looked for before it is made again."""
        tag = folder_tag(self.task_id, MARK)
        for _ in range(ATTEMPTS):
            try:
                return self.mailbox.create_folder(parent_id, name, tag).id
            except RetryableError as error:
                self._wait(error)
            for there in self._calmly(self.mailbox.folders):
                if (there.tag, there.name) == (tag, name):
                    return there.id
        raise RefusedError("No folder could be made: the server stayed busy.")

    def _write(self) -> str:
        mime = canary(self.clock())
        marks = Marks(read=True, flagged=True)
        self.item = self._created(NewMessage(self._tag(0), SourceMessage(1, mime, len(mime), RECEIVED, marks)))
        return "once, not sent to anybody"

    def _created(self, new: NewMessage) -> str:
        """The id of a message that was written; a lost answer is looked for, never sent again."""
        for _ in range(ATTEMPTS):
            (outcome,) = self.mailbox.create(self.folder, [new])
            if outcome.verdict is Verdict.DONE and outcome.id:
                return outcome.id
            if outcome.verdict is Verdict.UNKNOWN:
                return self._looked_for(new.tag, outcome)
            if outcome.verdict is not Verdict.BUSY:
                raise _why(outcome)
            self._wait(RetryableError("", back_off=outcome.back_off))
        raise RefusedError("The server stayed busy.")

    def _looked_for(self, tag: str, lost: Outcome) -> str:
        self.halt.wait(WAIT)
        found = [item.id for item in self._tagged(self.folder) if item.tag == tag]
        if not found:
            raise _why(lost)
        return found[0]

    def _read(self) -> str:
        seen = self._calmly(lambda: self.mailbox.look(self.item))
        wrong = list(differences(seen, self._tag(0)))
        if wrong:
            raise _WrongError("; ".join(wrong))
        return "subject, text, attachment, dates, marks and tag as written"

    def _find(self) -> str:
        found = [item.id for item in self._calmly(lambda: self._tagged(self.folder)) if item.tag == self._tag(0)]
        if found != [self.item]:
            raise _WrongError(f"The folder's list shows the message's tag {len(found)} times, or with another id.")
        return "by a list of the folder, page by page"

    def _move(self) -> str:
        before = self._calmly(lambda: self.mailbox.look(self.item))
        other = self._made(self.folder, "Moved")
        self.item = self.mailbox.move(self.item, other)
        here, there = self._tagged(self.folder), self._tagged(other)
        if here or [(item.id, item.tag) for item in there] != [(self.item, self._tag(0))]:
            raise _WrongError("A message that was moved is not found by its tag where it went, or is still there.")
        if self._calmly(lambda: self.mailbox.look(self.item)).created != before.created:
            raise _WrongError("A message that is moved gets a new time of creation: a rollback would not know it.")
        return "by its tag; its time of creation stayed"

    def _at_once(self) -> str:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            took = sorted(threads.map(lambda _: self._timed(), range(AT_ONCE)))
        answered = [seconds for seconds in took if seconds >= 0]
        if not answered:
            raise _WrongError(f"Of {AT_ONCE} requests made at once, the server answered none.")
        away = f"{AT_ONCE - len(answered)} of them not, " if len(answered) < AT_ONCE else ""
        return f"{AT_ONCE}: {away}answered in {answered[len(answered) // 2]:.2f} s, the last in {answered[-1]:.2f} s"

    def _timed(self) -> float:
        """Seconds until the answer to one small request; -1 when there was none, or only that the server is busy."""
        began = time.monotonic()
        try:
            self.mailbox.names([self.item])
        except RetryableError as error:
            self.waits.append(error.back_off or 0.0)
            return -1
        return time.monotonic() - began

    def _write_large(self) -> str:
        fits = self.mailbox.limits.largest_message
        if self.large > fits:
            raise _WrongError(f"A message of {_megabytes(self.large)} does not fit into one request to Exchange.")
        with tempfile.TemporaryFile() as file:
            size = write_large(file, self.large, self.clock())
            self._created(NewMessage(self._tag(1), SourceMessage(2, file, size, RECEIVED)))
        return _megabytes(self.large)

    def _remove(self) -> str:
        (outcome,) = self.mailbox.delete([self.item])
        if outcome.verdict is not Verdict.DONE:
            raise _why(outcome)
        (again,) = self.mailbox.delete([self.item])
        if again.verdict is not Verdict.GONE:
            raise _WrongError("A message that was removed is not known to be gone when it is removed once more.")
        return "for good, and nobody was told"

    def _clean_up(self) -> str:
        """Takes away everything that an examination made, this one or one that was killed, however far it came."""
        self.halt = Halt()      # being told to stop does not stop this
        mine = [folder for folder in self._calmly(self.mailbox.folders) if _made_here(folder)]
        for folder in reversed(mine):
            items = [item.id for item in self._calmly(lambda: self._tagged(folder.id)) if _is_mine(item.tag)]  # noqa: B023 - called at once
            if items:
                self.mailbox.delete(items)
        left = [folder.name for folder in _deepest_first(mine) if not self._removed(folder)]
        if left:
            raise _WrongError(f"Could not be removed: {', '.join(left)}. Please remove it by hand.")
        return "everything was removed"

    def _removed(self, folder: DestinationFolder) -> bool:
        return self._calmly(lambda: self.mailbox.delete_folder(folder.id))

    # -- how ------------------------------------------------------------------------------------

    def _tag(self, number: int) -> str:
        return item_tag(self.task_id, MARK, number.to_bytes(16))

    def _tagged(self, folder_id: str) -> list[TaggedItem]:
        """Everything with a tag in a folder."""
        found: dict[str, TaggedItem] = {}
        state, last = "", False
        while not last:
            page = self.mailbox.tags(folder_id, state, detail=True)
            found |= {item.id: item for item in page.items}
            state, last = page.state, page.last
        return list(found.values())

    def _calmly(self, ask: Callable[[], T]) -> T:
        """The answer to what may be asked again."""
        for _ in range(ATTEMPTS - 1):
            try:
                return ask()
            except RetryableError as error:
                self._wait(error)
        return ask()

    def _wait(self, error: RetryableError) -> None:
        self.waits.append(error.back_off or 0.0)
        self.halt.wait(min(error.back_off or WAIT, LONGEST_WAIT))


def _why(outcome: Outcome) -> OmmError:
    error = outcome.error
    return error if isinstance(error, OmmError) else RefusedError("The destination did not say why it did not.")


def _made_here(folder: DestinationFolder) -> bool:
    return folder.tag is not None and _is_mine(folder.tag)


def _is_mine(tag: str) -> bool:
    parsed = parse_tag(tag)
    return parsed is not None and parsed.folder == MARK


def _deepest_first(folders: list[DestinationFolder]) -> list[DestinationFolder]:
    """Folders within others before those."""
    parents = {folder.id: folder.parent_id for folder in folders}

    def depth(folder_id: str | None) -> int:
        return 0 if folder_id not in parents else 1 + depth(parents[folder_id])

    return sorted(folders, key=lambda folder: -depth(folder.id))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
