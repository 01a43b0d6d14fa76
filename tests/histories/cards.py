"""Cards beside the mail of a history: the toy content's, made of the messages of a source of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.contents import contents
from engine.contents.mail import MAIL
from engine.items.way import ItemWay
from engine.messages.source_key import message_key
from engine.migration.content import Content
from engine.ports.items import SourceMessage
from engine.ports.source import SourceFolder
from tests.examples import toy_content
from tests.examples.toy_content import TOYS
from tests.servers.memory.mailbox import subject_of
from tests.servers.memory.source import MemoryReader, SignedIn


@dataclass(frozen=True)
class Card:
    """What a message of the source says, to be written as a card. It is known by the message's key."""

    message: SourceMessage
    files: tuple[str, ...] = ("front", "back")
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

    @property
    def name(self) -> str:
        return subject_of(self.mime)

    @property
    def words(self) -> str:
        return self.mime.decode()

    def close(self) -> None:
        """Nothing is open."""


KIND = replace(toy_content.KIND, key=lambda card: message_key(card.mime))
MAIL_AND_CARDS = contents(MAIL, ItemWay(KIND))


@dataclass(frozen=True)
class WithCards:
    """One process's sign-in to an account that has both."""

    mail: SignedIn
    cards: SignedIn
    contents: frozenset[Content] = frozenset(MAIL_AND_CARDS)
    max_connections: int = 2

    def reader(self, content: Content) -> MemoryReader:
        if content is not TOYS:
            return self.mail.reader(content)
        self.cards.ask("connect")
        return CardReader(self.cards)


class CardReader(MemoryReader):
    """One connection to the cards."""

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[Card]:  # type: ignore[override]  # items all the same
        return map(Card, super().read(folder, uids))

    def spool(self, folder: SourceFolder, uid: int) -> Card | None:  # type: ignore[override]  # as above
        return next(self.read(folder, [uid]), None)
