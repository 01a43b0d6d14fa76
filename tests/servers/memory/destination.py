"""A mailbox in memory as the engine's Destination, over a wire on which things go wrong as they do between machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

from engine.errors import (
    Cause,
    FatalError,
    GoneError,
    NameTakenError,
    RefusedError,
    RetryableError,
    Side,
    StateLostError,
)
from engine.migration.content import Content
from engine.ports.destination import MAIL_CLASS, Before, DestinationFolder, ItemWriter, Limits
from engine.ports.facts import Retention
from engine.ports.items import DONE, Outcome, Tagged, TaggedItem, TagPage, Verdict
from engine.ports.source import Role
from tests.servers.memory.mailbox import Item, Mailbox, NoStateError, NoSuchError, TakenNameError, subject_of
from tests.servers.memory.settings import MemorySettings, put
from tests.servers.processes.cooperative import KilledError

T = TypeVar("T")

BUSY = "The destination is busy."
LOST = "The answer was lost."
DEADLINE = 20.0             # seconds that a request may be under way
FULL = FatalError("The destination mailbox is full.", cause=Cause.MAILBOX_FULL, side=Side.DESTINATION)


class Fate(StrEnum):
    """What becomes of a request."""

    GOOD = "good"
    BEFORE = "lost on its way"              # never carried out, no answer
    AFTER = "answer lost"                   # carried out, no answer
    LATE = "late"                           # no answer; carried out later
    PART = "in part"                        # the first half of the items is carried out, the answer is cut
    BUSY = "busy"                           # nothing is carried out
    SOME_BUSY = "some busy"                 # every other item is put off
    ODD = "odd"                             # refused as a whole, for a reason that nobody knows
    FULL = "full"                           # the mailbox takes no more


ANSWERED = frozenset({Fate.GOOD, Fate.FULL, Fate.SOME_BUSY})      # where a request only asks


class Wire(Protocol):
    """The way of a request: what becomes of it, and how long that takes."""

    def send(self, operation: str) -> Fate:
        """Takes the request to the server."""
        ...

    def answer(self, operation: str) -> None:
        """Brings the answer back."""
        ...

    def give_up(self, operation: str) -> None:
        """Waits for an answer that does not come."""
        ...

    def later(self, do: Callable[[], object]) -> None:
        """Has the server do something after we gave it up, within the commit grace, or never."""
        ...

    def back_off(self) -> float | None:
        """The seconds that a busy server asks for."""
        ...


class Plain:
    """A wire on which nothing goes wrong."""

    def send(self, operation: str) -> Fate:
        return Fate.GOOD

    def answer(self, operation: str) -> None:
        pass

    def give_up(self, operation: str) -> None:
        pass

    def later(self, do: Callable[[], object]) -> None:
        do()

    def back_off(self) -> float | None:
        return None


@dataclass(frozen=True)
class MailWriter:
    """Writes mail."""

    at: MemoryDestination

    @property
    def largest(self) -> int:
        return self.at.limits.largest_message

    def create(self, folder_id: str, items: Sequence[Tagged[Any]]) -> list[Outcome]:
        return self.at.create(folder_id, items)

    def finish(self, item_id: str, item: Tagged[Any], before: Before) -> Outcome:
        return DONE

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        return {}


@dataclass
class MemoryDestination:
    """One sign-in. `by` is who it is, for the mailbox's own records; `refuses` are subjects that it does not take.

    `rules` are what the mailbox says that it takes away; it does not.
    """

    box: Mailbox
    wire: Wire
    by: str = "the engine"
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[datetime], datetime] = lambda true: true      # of the front end, which writes the Date header
    refuses: frozenset[str] = frozenset()
    held: frozenset[int] = frozenset()       # numbers of items that cannot be removed
    writers: Mapping[Content, Callable[[MemoryDestination], ItemWriter]] = field(default_factory=dict)
    rules: tuple[Retention, ...] = ()

    def __post_init__(self) -> None:
        self.closed = False

    # What is asked

    def mailbox(self) -> str:
        return self.box.key

    @property
    def top(self) -> str:
        return self.box.top

    def retention(self) -> tuple[Retention, ...]:
        return self.rules

    def now(self) -> datetime:
        return self.clock(self.box.now()).replace(microsecond=0)

    def probe(self, *, worked: bool = False, tries: int = 1) -> None:
        try:
            self._ask("probe", lambda: None)
        except RetryableError as error:
            raise FatalError(str(error), cause=Cause.UNREACHABLE, side=Side.DESTINATION) from error

    def folders(self) -> tuple[DestinationFolder, ...]:
        return self._ask("folders", lambda: tuple(self._shown(i) for i in self.box.rooms if i != self.box.top))

    def _shown(self, folder_id: str) -> DestinationFolder:
        room = self.box.rooms[folder_id]
        return DestinationFolder(
            room.id, room.parent, room.name, room.role, room.tag, room.kind, items=len(self.box.within(folder_id)),
            children=len(self.box.children(folder_id)),
        )

    def tags(self, folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        return self._ask("tags", lambda: self._page(folder_id, state, detail=detail))

    def _page(self, folder_id: str, state: str, *, detail: bool) -> TagPage:
        try:
            ids, reached, last = self.box.changes(folder_id, state)
        except NoSuchError:
            raise GoneError("its folder was removed at the destination meanwhile") from None
        except NoStateError:
            raise StateLostError("the destination does not know that state") from None
        there = [item for i in ids if (item := self.box.items.get(i)) is not None]
        found = tuple(_tagged(item, detail=detail) for item in there if item.tag)
        return TagPage(found, tuple(i for i in ids if i not in self.box.items), reached, last)

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        there = self.box.items
        return self._ask("names", lambda: {i: there[i].subject or "(no subject)" for i in ids if i in there})

    def created(self, item_id: str) -> datetime | None:
        return self._ask("created", lambda: self._item(item_id).created)

    def _item(self, item_id: str) -> Item:
        try:
            return self.box.item(item_id)
        except NoSuchError:
            raise GoneError("it was removed at the destination meanwhile") from None

    def deadline(self, size: int) -> float:
        return DEADLINE + size / 1_000_000

    def close(self) -> None:
        self.closed = True

    def told(self, operation: str, ask: Callable[[], T]) -> T:
        """The answer to what changes nothing."""
        return self._ask(operation, ask)

    def _ask(self, operation: str, ask: Callable[[], T]) -> T:
        fate = self.wire.send(operation)
        if fate is Fate.BUSY:
            self.wire.answer(operation)
            raise RetryableError(BUSY, back_off=self.wire.back_off())
        if fate not in ANSWERED:
            self.wire.give_up(operation)
            raise RetryableError(LOST, cause=Cause.TIMEOUT)
        answer = ask()
        self.wire.answer(operation)
        return answer

    # What is written

    def writer(self, content: Content) -> ItemWriter:
        return MailWriter(self) if content is Content.MAIL else self.writers[content](self)

    def settings(self, content: Content) -> MemorySettings:
        return MemorySettings(self.box.settings.setdefault(content.value, {}), self._ask, self.write)

    def stash(self, name: str, data: bytes) -> None:
        if self.stashed(name) != data:
            self._one("stash", partial(put, self.box.stashes, name, data))

    def stashed(self, name: str) -> bytes | None:
        return self._ask("stashed", lambda: self.box.stashes.get(name))

    def unstash(self, name: str) -> None:
        self._one("unstash", partial(put, self.box.stashes, name, None))

    def create(self, folder_id: str, messages: Sequence[Tagged[Any]]) -> list[Outcome]:
        if sum(new.item.size for new in messages) > self.limits.largest_message:
            self.wire.send("create")
            return _refused_whole("larger than the destination takes", len(messages))
        return self.write("create", [partial(self._create, folder_id, new) for new in messages])

    def _create(self, folder_id: str, new: Tagged) -> Outcome:
        mime = new.item.mime if isinstance(new.item.mime, bytes) else new.item.mime.read()
        subject, marks = subject_of(mime), new.item.marks
        if subject in self.refuses:
            return Outcome(Verdict.REFUSED, error=RefusedError("the destination found it damaged"))
        return self.made(folder_id, subject, tag=new.tag, draft=marks.draft, read=marks.read, mime=mime)

    def made(self, folder_id: str, subject: str, **how: Any) -> Outcome:
        """A new item."""
        try:
            item = self.box.make(folder_id, subject, by=self.by, **how)
        except NoSuchError:
            return Outcome(Verdict.REFUSED, error=RefusedError("its folder was removed at the destination meanwhile"))
        return Outcome(Verdict.DONE, item.id)

    def amended(self, item_id: str, **changes: Any) -> Outcome:
        """What further requests put into an item, or its tag."""
        try:
            self.box.amend(item_id, by=self.by, **changes)
        except NoSuchError:
            return Outcome(Verdict.GONE, error=RefusedError("it was removed at the destination meanwhile"))
        return Outcome(Verdict.DONE, item_id)

    def delete(self, ids: Sequence[str]) -> list[Outcome]:
        return self.write("delete", [partial(self._delete, item_id) for item_id in ids])

    def _delete(self, item_id: str) -> Outcome:
        try:
            if self.box.item(item_id).number in self.held:
                return Outcome(Verdict.REFUSED, error=RefusedError("it is on hold"))
            self.box.remove(item_id, by=self.by)
        except NoSuchError:
            return Outcome(Verdict.GONE, error=RefusedError("it was removed at the destination meanwhile"))
        return Outcome(Verdict.DONE)

    def create_folders(
        self, parent_id: str, new: Sequence[tuple[str, str]], *, folder_class: str = MAIL_CLASS
    ) -> list[Outcome]:
        make = partial(self._make, parent_id, folder_class=folder_class)
        return self.write("create folders", [partial(make, name, tag) for name, tag in new])

    def _make(self, parent_id: str, name: str, tag: str, *, folder_class: str) -> Outcome:
        try:
            return Outcome(
                Verdict.DONE, self.box.make_room(parent_id, name, by=self.by, tag=tag, kind=folder_class).id
            )
        except TakenNameError:
            return Outcome(Verdict.REFUSED, error=NameTakenError("a folder of this name is there already"))
        except NoSuchError:
            return Outcome(Verdict.REFUSED, error=RefusedError("its folder was removed at the destination meanwhile"))

    def create_folder(
        self, parent_id: str, name: str, tag: str, *, folder_class: str = MAIL_CLASS
    ) -> DestinationFolder:
        made = self._one("create folder", partial(self._make, parent_id, name, tag, folder_class=folder_class))
        return DestinationFolder(made.id or "", parent_id, name, tag=tag, kind=folder_class, items=0, children=0)

    def folder(self, folder_id: str) -> DestinationFolder:
        return self._ask("folder", lambda: self._found(folder_id))

    def _found(self, folder_id: str) -> DestinationFolder:
        try:
            self.box.folder(folder_id)
        except NoSuchError:
            raise GoneError("it was removed at the destination meanwhile") from None
        return self._shown(folder_id)

    def set_aside(self, folder_id: str) -> None:
        deleted = self.box.standard(Role.DELETED)
        if self.folder(folder_id).parent_id != deleted:
            self._one("set folder aside", partial(self._place, folder_id, deleted, ""))

    def put_back(self, folder_id: str, parent_id: str, name: str) -> None:
        self._one("put folder back", partial(self._place, folder_id, parent_id, name))

    def _place(self, folder_id: str, parent_id: str, name: str) -> Outcome:
        """Moves a folder; without a name it keeps its own, with a number behind it where that is taken."""
        try:
            own = name or self.box.folder(folder_id).name
            taken = {room.name.casefold() for room in self.box.children(parent_id) if room.id != folder_id}
            names = [own] if name else [own, *(f"{own}{number}" for number in range(1, 1000))]
            free = next((one for one in names if one.casefold() not in taken), own)
            self.box.place_room(folder_id, parent_id, free, by=self.by)
        except (TakenNameError, NoSuchError):
            return Outcome(Verdict.REFUSED, error=RefusedError("its folder was removed at the destination meanwhile"))
        return Outcome(Verdict.DONE)

    def delete_folder(self, folder_id: str) -> bool:
        return self._one("delete folder", partial(self._delete_folder, folder_id)).verdict is Verdict.DONE

    def _delete_folder(self, folder_id: str) -> Outcome:
        try:
            self.box.folder(folder_id)
        except NoSuchError:
            return Outcome(Verdict.DONE)
        if self.box.within(folder_id) or self.box.children(folder_id):
            return Outcome(Verdict.GONE)        # not a verdict on folders: it stays
        self.box.remove_room(folder_id, by=self.by)
        return Outcome(Verdict.DONE)

    def _one(self, operation: str, do: Callable[[], Outcome]) -> Outcome:
        """One thing, by the methods that raise."""
        (outcome,) = self.write(operation, [do])
        if outcome.verdict is Verdict.BUSY:
            raise RetryableError(BUSY, back_off=outcome.back_off)
        if outcome.verdict is Verdict.UNKNOWN:
            raise RetryableError(LOST, cause=Cause.TIMEOUT)
        if outcome.verdict in (Verdict.REFUSED, Verdict.FATAL):
            assert outcome.error is not None
            raise outcome.error
        return outcome

    def write(self, operation: str, parts: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
        """Carries the request out as fate will have it. One Outcome a part, at its place."""
        fate = self._sent(operation, parts)
        if fate in (Fate.BEFORE, Fate.LATE, Fate.PART, Fate.AFTER):
            return self._unanswered(fate, operation, parts)
        outcomes = [self._carried_out(fate, number, part) for number, part in enumerate(parts)]
        self.wire.answer(operation)
        return _refused_whole("the destination refused it (ErrorOdd)", len(parts)) if fate is Fate.ODD else outcomes

    def _sent(self, operation: str, parts: Sequence[Callable[[], Outcome]]) -> Fate:
        """Whoever is killed while the request is on its way may have it carried out all the same."""
        try:
            return self.wire.send(operation)
        except KilledError:
            self.wire.later(partial(_all, parts))
            raise

    def _unanswered(self, fate: Fate, operation: str, parts: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
        if fate is Fate.LATE:
            self.wire.later(partial(_all, parts))
        elif fate is not Fate.BEFORE:
            _all(parts if fate is Fate.AFTER else parts[: (len(parts) + 1) // 2])
        self.wire.give_up(operation)
        return [Outcome(Verdict.UNKNOWN, error=RetryableError(LOST, cause=Cause.TIMEOUT))] * len(parts)

    def _carried_out(self, fate: Fate, number: int, part: Callable[[], Outcome]) -> Outcome:
        if fate is Fate.BUSY or (fate is Fate.SOME_BUSY and number % 2):
            return Outcome(Verdict.BUSY, error=RetryableError(BUSY), back_off=self.wire.back_off())
        if fate is Fate.FULL:
            return Outcome(Verdict.FATAL, error=FULL)
        return Outcome(Verdict.REFUSED) if fate is Fate.ODD else part()


def _all(parts: Sequence[Callable[[], Outcome]]) -> None:
    for part in parts:
        part()


def _refused_whole(words: str, count: int) -> list[Outcome]:
    return [Outcome(Verdict.SPLIT if count > 1 else Verdict.REFUSED, error=RefusedError(words))] * count


def _tagged(item: Item, *, detail: bool) -> TaggedItem:
    if not detail:
        return TaggedItem(item.id, item.tag, element=item.element)
    return TaggedItem(item.id, item.tag, item.created, item.modified, item.sent, item.draft, item.element)
