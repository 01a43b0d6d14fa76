"""The doctor: does to a mailbox, with a few items in folders of its own, what a migration would do.

Whatever was made is removed at the end, also when it is told to stop half-way. Nothing is sent to anybody, and nothing
of the owner's is touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial

from engine import threads
from engine.clock import utc_now
from engine.doctor import settings
from engine.doctor.appointments import Question, meaning
from engine.doctor.rules import try_rules
from engine.doctor.trial import CalendarSeen, Examination, Server, Trial
from engine.errors import Cause, OmmError, RetryableError, SignInError
from engine.messages.canary import Seen, canary, differences, meeting, write_large
from engine.messages.dates import TRIAL
from engine.migration.account import Access, Account
from engine.migration.content import Content
from engine.pace.halt import Halt, HaltedError
from engine.ports.items import Marks, SourceMessage, Tagged, Verdict
from engine.ports.source import Role
from engine.store.sign_ins import SignIns

EXCHANGE_COOKIES = frozenset({"exchangecookie", "X-BackEndCookie", "X-BackEndOverrideCookie"})
APPOINTMENTS = "IPF.Appointment"
CONTACTS = "IPF.Contact"
AT_ONCE = 16        # requests: as many as a migration's writers make


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
    MEETING = "meeting message"
    ORGANIZER = "who invited you"
    ANSWERS = "answers to meetings"
    SAME_MEETING = "updates of meetings"
    INVITED = "invitations"
    NUMBERED = "long series"
    FILES = "files of single days"
    CONTACT = "contact"
    NOTE = "sticky note"
    KEPT = "settings kept"
    CATEGORIES = "category colours"
    RULE = "inbox rule"
    REPLIES = "out-of-office"
    AT_ONCE = "many requests at once"
    COOKIES = "cookies"
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
class Diagnosis:
    """How an examination ended. `waits` are those of the trial, in seconds."""

    findings: tuple[Finding, ...]
    offered: tuple[str, ...]
    server: Server | None
    waits: tuple[float, ...]
    stopped: bool

    @property
    def fine(self) -> bool:
        """True: a migration would find everything that it relies on."""
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
    trial: Trial = field(init=False)
    findings: list[Finding] = field(default_factory=list)
    offered: tuple[str, ...] = ()
    server: Server | None = None
    folder: str = ""        # ids
    item: str = ""
    calendar: CalendarSeen | None = None

    def __post_init__(self) -> None:
        self.trial = Trial(self.mailbox, self.halt)

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
        return Diagnosis(tuple(self.findings), self.offered, self.server, tuple(self.trial.waits), stopped)

    def _steps(self) -> Iterator[tuple[Step, Callable[[], str]]]:
        yield Step.OFFER, self._offer
        yield Step.SIGN_IN, self._sign_in
        yield Step.FOLDERS, self._folders
        yield Step.FOLDER, self._make_folder
        yield Step.WRITE, self._write
        yield Step.READ, self._read
        yield Step.FIND, self._find
        yield Step.MOVE, self._move
        yield Step.MEETING, self._meeting
        for question in Question:
            if self.calendar is not None or question is Question.ORGANIZER:
                yield Step[question.name], partial(self._of_calendars, question)
        yield Step.CONTACT, self._contact
        yield Step.NOTE, self._note
        yield Step.KEPT, partial(settings.keeps, self.trial)
        yield Step.CATEGORIES, partial(settings.categories, self.trial)
        yield Step.RULE, lambda: try_rules(self.mailbox, self.account, self.trial)
        if self.account.access is not Access.FULL_ACCESS:       # by which nobody is told
            yield Step.REPLIES, partial(settings.replies, self.trial)
        yield Step.AT_ONCE, self._at_once
        yield Step.COOKIES, self._cookies
        if self.large:
            yield Step.LARGE, self._write_large
        yield Step.REMOVE, self._remove

    def _do(self, step: Step, work: Callable[[], str]) -> None:
        began = threads.monotonic()
        try:
            words, fine = work(), True
        except HaltedError:
            raise
        except OmmError as error:
            words, fine = str(error), False
        finding = Finding(step, fine, words, threads.monotonic() - began)
        self.findings.append(finding)
        self.tell(finding)
        if not fine and step in NEEDED:
            raise _NoUseError

    def _offer(self) -> str:
        self.offered = self.mailbox.offer()
        return ", ".join(map(_scheme, self.offered))

    def _sign_in(self) -> str:
        """One sign-in, counted with all others of the account."""
        tries = self.sign_ins.before(self.account)
        try:
            self.server = self.trial.ask(lambda: self.mailbox.sign_in(tries=tries))
        except SignInError as error:
            if error.cause is Cause.SIGN_IN:
                self.sign_ins.refused(self.account, times=error.times)
            raise
        self.sign_ins.accepted(self.account)
        bound = ", bound to its TLS connection (Extended Protection)" if self.server.bound else ""
        inside = ", with NTLM inside; Kerberos was not tried" if self.server.scheme == "negotiate" else ""
        return f"by {_scheme(self.server.scheme)}{inside}{bound}; {self._clock()}"

    def _clock(self) -> str:
        ahead = (self.mailbox.now() - self.clock()).total_seconds()
        if abs(ahead) < 2:      # it tells its time in whole seconds
            return "its clock agrees with this machine's"
        return f"its clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"

    def _folders(self) -> str:
        found = self.trial.ask(self.mailbox.folders)
        roles = {folder.role for folder in found}
        missing = [role.value for role in Role if role not in roles and role is not Role.ARCHIVE]
        without = f", without a folder for {', '.join(missing)}" if missing else ", all the usual ones among them"
        return f"{len(found):,}{without}"

    def _make_folder(self) -> str:
        self.folder = self.trial.make(self.mailbox.top, self.trial.name)
        found = next((f for f in self.trial.ask(self.mailbox.folders) if f.id == self.folder), None)
        if found is None or (found.name, found.tag) != (self.trial.name, self.trial.folder_tag):
            raise _WrongError("The folder that was made is not listed, or without its name or tag.")
        return "with its tag"

    def _write(self) -> str:
        mime = canary(self.clock())
        message = SourceMessage(1, mime, len(mime), TRIAL, Marks(read=True, flagged=True))
        self.item = self.trial.write(self.folder, Tagged(self.trial.tag(0), message))
        return "once, not sent to anybody"

    def _read(self) -> str:
        wrong = list(differences(self._seen(), self.trial.tag(0)))
        if wrong:
            raise _WrongError("; ".join(wrong))
        return "subject, text, attachment, dates, marks and tag as written"

    def _seen(self) -> Seen:
        return self.trial.ask(lambda: self.mailbox.look(self.item))

    def _find(self) -> str:
        found = [(item.id, item.tag) for item in self.trial.tagged(self.folder)]
        if found != [(self.item, self.trial.tag(0))]:
            raise _WrongError(f"The list of the folder shows {len(found)} tagged messages, not the one written.")
        return "in a list of the folder, page by page"

    def _move(self) -> str:
        before = self._seen()
        other = self.trial.make(self.folder, "Moved")
        self.item = self.trial.move(self.item, self.trial.tag(0), other)
        there = [(item.id, item.tag) for item in self.trial.tagged(other)]
        if self.trial.tagged(self.folder) or there != [(self.item, self.trial.tag(0))]:
            raise _WrongError("A message that was moved is not found by its tag where it went, or is still there.")
        if self._seen().created != before.created:
            raise _WrongError("A message that is moved gets a new time of creation: a rollback would not know it.")
        return "by its tag; its time of creation stayed"

    def _meeting(self) -> str:
        """True: the mark stays by which a server leaves an imported request alone ([MS-OXOCAL] 3.1.4.7.2.1)."""
        mime = meeting(self.clock())
        message = SourceMessage(3, mime, len(mime), TRIAL, Marks(read=True))
        item = self.trial.write(self.folder, Tagged(self.trial.tag(2), message))
        seen = self.trial.ask(lambda: self.mailbox.look(item))
        self.trial.remove([item])
        if not seen.processed:
            raise _WrongError(
                "A meeting message loses its mark as dealt with (0x7D01): the server may book it once more."
            )
        return "marked as dealt with (0x7D01), and the mark stays: nothing is to be booked or answered once more"

    def _of_calendars(self, question: Question) -> str:
        """What the server's way with appointments means. It is tried when the first question comes."""
        if self.calendar is None:
            folder = self.trial.make(self.folder, "Appointments", folder_class=APPOINTMENTS)
            tags = [self.trial.tag(3), self.trial.tag(4)]
            self.calendar = self.trial.ask(lambda: self.mailbox.try_appointments(folder, tags))
        return meaning(question, self.calendar)

    def _contact(self) -> str:
        """By its digest, as a rollback compares it."""
        folder, new = self.trial.make(self.folder, "Contacts", folder_class=CONTACTS), self.mailbox.contact()
        item = self.trial.write(folder, Tagged(self.trial.tag(6), new), Content.CONTACTS)
        shown = self.trial.ask(lambda: self.mailbox.writer(Content.CONTACTS).digests([item]))
        self.trial.remove([item])
        if shown.get(item) != new.ours:
            raise _WrongError(
                "A contact is shown otherwise than it was written: a rollback would take copied contacts for changed "
                "by their owner, and keep them."
            )
        return "shown as it was written, its photo included: a rollback tells what you change from what was copied"

    def _note(self) -> str:
        """The web service has no type for notes: one is a message of a class of its own ([MS-OXONOTE] 2.2.1)."""
        item = self.trial.write(self.folder, Tagged(self.trial.tag(5), self.mailbox.note()), Content.NOTES)
        is_note = self.trial.ask(lambda: self.mailbox.is_note(item))
        self.trial.remove([item])
        if not is_note:
            raise _WrongError("A sticky note loses its class or its colour: it would arrive as a message.")
        return "written as one, with its colour"

    def _cookies(self) -> str:
        """Those by which a load balancer keeps a connection at one server."""
        kept = self.mailbox.cookies()
        if not kept:
            return "the server sets none: nothing keeps a connection at one server by them"
        back = _cookie_names([name for name, is_back in kept.items() if is_back])
        other = _cookie_names([name for name, is_back in kept.items() if not is_back])
        said = [f"{back} sent back for as long as a connection lives"] if back else []
        return "; ".join([*said, f"{other} not sent back: set for another address"] if other else said)

    def _at_once(self) -> str:
        with threads.ThreadPoolExecutor(AT_ONCE) as pool:
            took = sorted(pool.map(lambda _: self._timed(), range(AT_ONCE)))
        answered = [seconds for seconds in took if seconds >= 0]
        if not answered:
            raise _WrongError(f"Of {AT_ONCE} requests made at once, the server answered none.")
        away = f"{AT_ONCE - len(answered)} of them not, " if len(answered) < AT_ONCE else ""
        return f"{AT_ONCE}: {away}answered in {answered[len(answered) // 2]:.2f} s, the last in {answered[-1]:.2f} s"

    def _timed(self) -> float:
        """Seconds until the answer to one small request; -1 when there was none, or only that the server is busy."""
        began = threads.monotonic()
        try:
            self.mailbox.names([self.item])
        except RetryableError as error:
            self.trial.waits.append(error.back_off or 0.0)
            return -1
        return threads.monotonic() - began

    def _write_large(self) -> str:
        if self.large > self.mailbox.limits.largest_message:
            raise _WrongError(f"A message of {_megabytes(self.large)} does not fit into one request to Exchange.")
        with tempfile.TemporaryFile() as file:
            size = write_large(file, self.large, self.clock())
            self.trial.write(self.folder, Tagged(self.trial.tag(1), SourceMessage(2, file, size, TRIAL)))
        return _megabytes(self.large)

    def _remove(self) -> str:
        self.trial.remove([self.item])
        (again,) = self.mailbox.delete([self.item])
        if again.verdict is not Verdict.GONE:
            raise _WrongError("A message that was removed is not known to be gone when it is removed once more.")
        return "for good, and nobody was told"

    def _clean_up(self) -> str:
        """Whatever the examination has come to, and whoever asked it to stop."""
        self.trial.halt = Halt()
        left = self.trial.leave()
        if left:
            raise _WrongError(f"Could not be removed: {', '.join(left)}. Please remove it by hand.")
        return "everything was removed"


def _cookie_names(names: list[str]) -> str:
    """Exchange's own by name; any other may be called after a machine, which a report must not name."""
    known = [name for name in names if name in EXCHANGE_COOKIES]
    others = len(names) - len(known)
    return ", ".join([*known, *([f"{others} of a load balancer or proxy"] if others else [])])


def _scheme(name: str) -> str:
    return name.upper() if name == "ntlm" else name.capitalize()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
