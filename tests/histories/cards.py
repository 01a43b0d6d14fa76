"""Cards beside the mail of a history: items of three requests, whose tags hold digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.contents import contents
from engine.contents.mail import MAIL
from engine.items.kind import ItemKind
from engine.items.tags import DIGEST, UNFINISHED
from engine.items.way import ItemWay
from engine.messages.source_key import message_key
from engine.migration.request import Content
from engine.ports.items import Envelope, Listed, Outcome, SourceMessage, Tagged, Verdict
from engine.ports.source import FolderList, SourceFolder
from tests.servers.memory_destination import MemoryDestination
from tests.servers.memory_mailbox import subject_of
from tests.servers.memory_source import MemoryReader, SignedIn

CARDS = Content.CONTACT_GROUPS       # whose place they take here
FILES = ("front", "back")
ELEMENT = "PostItem"


@dataclass(frozen=True)
class Card:
    """What a message of the source says, to be written by several requests."""

    message: SourceMessage
    untold: str = ""
    held: bool = True
    is_whole: bool = False

    @property
    def uid(self) -> int:
        return self.message.uid

    @property
    def size(self) -> int:
        return self.message.size

    @property
    def mime(self) -> bytes:
        assert isinstance(self.message.mime, bytes)
        return self.message.mime

    def close(self) -> None:
        """Nothing is open."""


def _digest(subject: str, mime: bytes, parts: Sequence[str]) -> str:
    return hashlib.sha256(repr((subject, mime, tuple(parts))).encode()).hexdigest()[:DIGEST]


def _digests(card: Card) -> tuple[str, str]:
    own = _digest(subject_of(card.mime), card.mime, FILES)
    return own, own


KIND = ItemKind(
    CARDS, noun="card", folder_class="IPF.Note.Toy", key=lambda card: message_key(card.mime), digests=_digests,
    elements=frozenset({ELEMENT}),
)
MAIL_AND_CARDS = contents(MAIL, ItemWay(KIND))


@dataclass(frozen=True)
class WithCards:
    """One process's sign-in to an account that has both."""

    mail: SignedIn
    cards: SignedIn
    contents: frozenset[Content] = frozenset(MAIL_AND_CARDS)
    max_connections: int = 2

    def reader(self, content: Content) -> Any:
        return self.mail.reader(content) if content is Content.MAIL else CardReader(self.cards.connect())


@dataclass(frozen=True)
class CardReader:
    """One connection to the cards."""

    at: MemoryReader

    def folders(self) -> FolderList:
        return self.at.folders()

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        return self.at.listing(folder, keys=keys)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[Card]:
        return map(Card, self.at.read(folder, uids))

    def spool(self, folder: SourceFolder, uid: int) -> Card | None:
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        return self.at.envelopes(folder, uids)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class CardWriter:
    """Writes them: the card, its files, and its tag without the mark of what is unfinished."""

    at: MemoryDestination
    largest: int = 1_000_000

    def create(self, folder_id: str, items: Sequence[Tagged[Card]]) -> list[Outcome]:
        return self.at.write("create", [partial(self._create, folder_id, new) for new in items])

    def _create(self, folder_id: str, new: Tagged[Card]) -> Outcome:
        mime = new.item.mime
        return self.at.made(folder_id, subject_of(mime), tag=new.tag + UNFINISHED, mime=mime, element=ELEMENT)

    def finish(self, item_id: str, item: Tagged[Card]) -> Outcome:
        outcomes = self.at.write("create attachment", [partial(self._attach, item_id, name) for name in FILES])
        outcome = next((outcome for outcome in outcomes if outcome.verdict is not Verdict.DONE), outcomes[0])
        if outcome.verdict is Verdict.DONE:
            (outcome,) = self.at.write("update", [partial(self.at.amended, item_id, tag=item.tag)])
        return outcome

    def _attach(self, item_id: str, name: str) -> Outcome:
        there = self.at.box.items.get(item_id)
        return self.at.amended(item_id, parts=(*(there.parts if there else ()), name))

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        there = self.at.box.items
        return self.at.told(
            "digests", lambda: {i: _digest(there[i].subject, there[i].mime, there[i].parts) for i in ids if i in there}
        )
