"""A trial: a folder of its own in a destination mailbox, what is done in it, and the removal of all of it.

A server that is busy is asked again, and what may have been done already is looked for before it is done again: nothing
is there twice, and nothing stays behind. A process that is killed leaves its folder; the next trial removes it. Two
trials in one mailbox at the same time get into each other's way.

Each thing is asked three times at most, not by `patiently` (engine/pace/repeat.py): a person waits for the answer, and
the pauses that the server asks for are part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from engine.errors import OmmError, RefusedError, RetryableError
from engine.items.tags import folder_tag, item_tag, parse_tag
from engine.messages.canary import Seen
from engine.migration.content import Content
from engine.migration.task_id import new_task_id
from engine.pace.halt import Halt
from engine.ports.destination import MAIL_CLASS, Destination, DestinationFolder
from engine.ports.items import Outcome, Tagged, TaggedItem, Verdict
from engine.ports.settings import Entry
from engine.ports.typed import TypedItem

T = TypeVar("T")

FOLDER = "OMM check"            # begins the name of the folder that everything happens in
MARK = "_doctor_"               # stands in tags where a migration has a source folder's code, which is hexadecimal
ATTEMPTS = 3                    # of anything that a busy server turns away
WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says about itself, and the scheme by which it let us in.

    `bound`: the sign-in named the certificate of its TLS connection, as Extended Protection asks for.
    """

    release: str
    build: str
    schema: str
    scheme: str
    folders: int
    messages: int
    bound: bool = False


@dataclass(frozen=True, slots=True)
class CalendarSeen:
    """What a server has made of a meeting and a series.

    True: it shows who the `organizer` is, and the `answers` of the people; it is the `same_meeting` to its organizer;
    it counts as one whose people were `invited`; occurrences beyond the 999th are `numbered`; `files` were taken
    away from one occurrence alone.
    """

    organizer: bool
    answers: bool
    same_meeting: bool
    invited: bool
    numbered: bool
    files: bool


class Examination(Destination, Protocol):
    """A mailbox that is examined: a destination that can be looked into."""

    def offer(self) -> tuple[str, ...]:
        """The sign-in schemes that the server offers, asked without a login."""
        ...

    def sign_in(self, *, tries: int) -> Server:
        """The first sign-in, with at most that many refusals.

        Raises SignInError, FatalError (TOO_OLD names the release).
        """
        ...

    def cookies(self) -> dict[str, bool]:
        """The names of the cookies that the server has set; True: it gets that one back with the next request."""
        ...

    def look(self, item_id: str) -> Seen:
        """The message as it is now."""
        ...

    def try_appointments(self, folder_id: str, tags: Sequence[str]) -> CalendarSeen:
        """Writes a meeting and a series, under those two tags, into a folder for appointments, and looks at them."""
        ...

    def move(self, item_id: str, folder_id: str) -> str:
        """Moves an item as its owner might. Its new id."""
        ...

    def contact(self) -> TypedItem:
        """A contact, as what writes contacts takes it, with its digest."""
        ...

    def note(self) -> TypedItem:
        """A sticky note, as what writes notes takes it."""
        ...

    def rule(self, folder_id: str) -> Entry:
        """An Inbox rule that is off and that no mail meets; it files into that folder."""
        ...

    def has_outlook_rules(self) -> bool:
        """True: Outlook keeps rules for itself in the mailbox, which a change of any rule destroys."""
        ...

    def is_note(self, item_id: str) -> bool:
        """True: the item is a sticky note, of the colour that `note` has."""
        ...


@dataclass
class Trial:
    """One trial. Its methods raise the errors of `engine.errors`, and HaltedError when a stop is asked for.

    `waits` has an entry for everything that had to be asked again: the seconds that the server asked for, 0 for none.
    """

    mailbox: Examination
    halt: Halt
    task_id: str = field(default_factory=new_task_id)
    waits: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the folder is called."""
        return f"{FOLDER} {self.task_id}"

    @property
    def folder_tag(self) -> str:
        """The tag of all folders that are made."""
        return folder_tag(self.task_id, MARK)

    def tag(self, number: int) -> str:
        """The tag of a message."""
        return item_tag(self.task_id, MARK, number.to_bytes(16))

    def make(self, parent_id: str, name: str, *, folder_class: str = MAIL_CLASS) -> str:
        """A new folder. Its id."""
        for _ in range(ATTEMPTS):
            try:
                return self.mailbox.create_folder(parent_id, name, self.folder_tag, folder_class=folder_class).id
            except RetryableError as error:
                self.wait(error.back_off)
            for there in self.ask(self.mailbox.folders):
                if (there.tag, there.name) == (self.folder_tag, name):
                    return there.id
        raise RefusedError("The server stayed busy.")

    def write(self, folder_id: str, new: Tagged[Any], content: Content = Content.MAIL) -> str:
        """A new item; one whose answer was lost is looked for, and never sent again. Its id."""
        for _ in range(ATTEMPTS):
            (outcome,) = self.mailbox.writer(content).create(folder_id, [new])
            if outcome.verdict is Verdict.DONE and outcome.id:
                return outcome.id
            if outcome.verdict not in (Verdict.BUSY, Verdict.UNKNOWN):
                raise _why(outcome)
            self.wait(outcome.back_off)
            if outcome.verdict is Verdict.UNKNOWN:
                return self._found(folder_id, new.tag) or _raise(_why(outcome))
        raise RefusedError("The server stayed busy.")

    def move(self, item_id: str, tag: str, folder_id: str) -> str:
        """Moves a message. Its new id."""
        for _ in range(ATTEMPTS):
            try:
                return self.mailbox.move(item_id, folder_id)
            except RetryableError as error:
                self.wait(error.back_off)
            there = self._found(folder_id, tag)
            if there:
                return there
        raise RefusedError("The server stayed busy.")

    def remove(self, ids: Sequence[str]) -> None:
        """Removes items for good; what is gone is gone."""
        for _ in range(ATTEMPTS):
            outcomes = self.mailbox.delete(ids)
            again = [one for one in outcomes if one.verdict in (Verdict.BUSY, Verdict.UNKNOWN)]
            refused = [one for one in outcomes if one.verdict not in (Verdict.DONE, Verdict.GONE) and one not in again]
            if refused:
                raise _why(refused[0])
            if not again:
                return
            self.wait(again[0].back_off)
        raise RefusedError("The server stayed busy.")

    def tagged(self, folder_id: str) -> list[TaggedItem]:
        """Everything with a tag in a folder."""
        return self.ask(lambda: list(self._listed(folder_id)))

    def _listed(self, folder_id: str) -> Iterator[TaggedItem]:
        state, last = "", False
        while not last:
            page = self.mailbox.tags(folder_id, state, detail=True)
            yield from page.items
            state, last = page.state, page.last

    def _found(self, folder_id: str, tag: str) -> str:
        """The id of the message with that tag, '' when there is none."""
        return next((item.id for item in self.tagged(folder_id) if item.tag == tag), "")

    def leave(self) -> list[str]:
        """Takes away what this trial made, and one that was killed. The names of the folders that could not go."""
        mine = [folder for folder in self.ask(self.mailbox.folders) if _is_ours(folder.tag or "")]
        for folder in mine:
            items = [item.id for item in self.tagged(folder.id) if _is_ours(item.tag)]
            if items:
                self.remove(items)
        return [folder.name for folder in _deepest_first(mine) if not self._gone(folder.id)]

    def _gone(self, folder_id: str) -> bool:
        return self.ask(lambda: self.mailbox.delete_folder(folder_id))

    def ask(self, ask: Callable[[], T]) -> T:
        """The answer to what may be asked again without harm."""
        for _ in range(ATTEMPTS - 1):
            try:
                return ask()
            except RetryableError as error:
                self.wait(error.back_off)
        return ask()

    def wait(self, back_off: float | None) -> None:
        """Waits as long as the server asks for, or a moment."""
        self.waits.append(back_off or 0.0)
        self.halt.wait(min(back_off or WAIT, LONGEST_WAIT))


def _why(outcome: Outcome) -> OmmError:
    error = outcome.error
    return error if isinstance(error, OmmError) else RefusedError("The destination did not say why it did not.")


def _raise(error: OmmError) -> str:
    raise error


def _is_ours(tag: str) -> bool:
    parsed = parse_tag(tag)
    return parsed is not None and parsed.folder == MARK


def _deepest_first(folders: list[DestinationFolder]) -> list[DestinationFolder]:
    """Folders within others before those."""
    parents = {folder.id: folder.parent_id for folder in folders}

    def depth(folder_id: str | None) -> int:
        return 0 if folder_id not in parents else 1 + depth(parents[folder_id])

    return sorted(folders, key=lambda folder: -depth(folder.id))
