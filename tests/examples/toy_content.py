"""A content that no product file names: notes on cards, which travel as posts with two attachments.

Each is written by three requests: the post, its attachments, and its tag without the mark of what is unfinished. It
shows what a content needs (CONTRIBUTING, "Adding a content"), and passes the suite that mail passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.connectors.exchange import elements
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, messages, parse, text
from engine.connectors.exchange.tags import TAG_FIELD, tag_of
from engine.items.kind import ItemKind
from engine.items.tags import DIGEST, UNFINISHED, parse_tag
from engine.items.way import ItemWay
from engine.migration.content import Content
from engine.ports.destination import Before
from engine.ports.items import Envelope, Item, Listed, Outcome, Tagged, Verdict
from engine.ports.source import FolderList, SourceFolder
from tests.servers.memory.destination import MemoryDestination

TOYS = Content.CONTACT_GROUPS       # whose place it takes here
FILES = ("front", "back")
FOLDER_CLASS, ELEMENT = "IPF.Note.Toy", "PostItem"


@dataclass(frozen=True)
class Toy:
    """A card with two files."""

    uid: int
    name: str
    words: str = "what is written on it"
    files: tuple[str, ...] = FILES
    untold: str = ""
    held: bool = True
    is_whole: bool = False

    @property
    def size(self) -> int:
        return len(self.name) + len(self.words) + sum(map(len, self.files))

    def close(self) -> None:
        """Nothing is open."""


def key(toy: Toy) -> bytes:
    """The name is what makes a card the same card."""
    return hashlib.sha256(toy.name.encode()).digest()[:16]


def digest(name: str, words: str, files: Sequence[str]) -> str:
    """Of all that is on a card."""
    whole = "\0".join((name, words, *sorted(files)))
    return hashlib.sha256(whole.encode()).hexdigest()[:DIGEST]


def is_begun(tag: str, name: str, words: str) -> bool:
    """True: nobody has changed a half-written card: both files apart, it is as it will be when it is finished."""
    found = parse_tag(tag)
    return found is not None and found.ours == digest(name, words, FILES)


def digests(toy: Toy) -> tuple[str, str]:
    """A card stands here as it was there."""
    own = digest(toy.name, toy.words, toy.files)
    return own, own


KIND = ItemKind(
    TOYS, noun="card", folder_class=FOLDER_CLASS, key=key, digests=digests, elements=frozenset({ELEMENT}),
)
WAY = ItemWay(KIND)


@dataclass
class ToySource:
    """Folders of cards. Reading changes nothing."""

    folders: dict[SourceFolder, list[Toy]]
    contents: frozenset[Content] = frozenset({TOYS})
    max_connections: int = 2

    def reader(self, content: Content) -> ToyReader:
        assert content in self.contents
        return ToyReader(self)


@dataclass
class ToyReader:
    """One connection to them."""

    source: ToySource

    def folders(self) -> FolderList:
        return FolderList(tuple(self.source.folders))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        for toy in self.source.folders[folder]:
            yield Listed(toy.uid, toy.size, key(toy) if keys else b"")

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[Item]:
        return (toy for toy in self.source.folders[folder] if toy.uid in uids)

    def spool(self, folder: SourceFolder, uid: int) -> Item | None:
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        return {toy.uid: Envelope(toy.name, "", "") for toy in self.source.folders[folder] if toy.uid in uids}

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class MemoryToys:
    """Writes cards into the mailbox in memory."""

    at: MemoryDestination
    largest: int = 1_000_000

    def create(self, folder_id: str, items: Sequence[Tagged[Toy]]) -> list[Outcome]:
        return self.at.write("create", [partial(self._create, folder_id, new) for new in items])

    def _create(self, folder_id: str, new: Tagged[Toy]) -> Outcome:
        return self.at.made(
            folder_id, new.item.name, tag=new.tag + UNFINISHED, mime=new.item.words.encode(), element=ELEMENT,
        )

    def finish(self, item_id: str, item: Tagged[Toy], before: Before) -> Outcome:
        before(item.item.size)
        files = [partial(self._attach, item_id, name) for name in item.item.files]
        outcomes = self.at.write("create attachment", files)
        outcome = next((outcome for outcome in outcomes if outcome.verdict is not Verdict.DONE), outcomes[0])
        if outcome.verdict is Verdict.DONE:
            before(0)
            (outcome,) = self.at.write("update", [partial(self.at.amended, item_id, tag=item.tag)])
        return outcome

    def _attach(self, item_id: str, name: str) -> Outcome:
        there = self.at.box.items.get(item_id)
        return self.at.amended(item_id, parts=(*(there.parts if there else ()), name))

    def untouched(self, ids: Sequence[str]) -> set[str]:
        there = self.at.box.items
        return self.at.told("untouched", lambda: {
            i for i in ids if i in there and is_begun(there[i].tag, there[i].subject, there[i].mime.decode())
        })

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        there = self.at.box.items
        return self.at.told("digests", lambda: {
            i: digest(there[i].subject, there[i].mime.decode(), there[i].parts) for i in ids if i in there
        })


@dataclass
class ExchangeToys:
    """Writes cards into an Exchange mailbox."""

    sessions: Sessions
    largest: int = 1_000_000
    asked: list[str] = field(default_factory=list)

    def create(self, folder_id: str, items: Sequence[Tagged[Toy]]) -> list[Outcome]:
        return elements.create(self.sessions, folder_id, [self._post(new) for new in items])

    @staticmethod
    def _post(new: Tagged[Toy]) -> str:
        return (
            f"<t:PostItem><t:Subject>{text(new.item.name)}</t:Subject>"
            f'<t:Body BodyType="Text">{text(new.item.words)}</t:Body>'
            f"{elements.tag_property(new.tag + UNFINISHED)}</t:PostItem>"
        )

    def finish(self, item_id: str, item: Tagged[Toy], before: Before) -> Outcome:
        before(item.item.size)
        files = [
            f"<t:FileAttachment><t:Name>{text(name)}</t:Name><t:Content>AAAA</t:Content></t:FileAttachment>"
            for name in item.item.files
        ]
        outcome = elements.attach(self.sessions, item_id, files)
        if outcome.verdict is Verdict.DONE:
            before(0)
            outcome = elements.retag(self.sessions, item_id, "PostItem", item.tag)
        return outcome

    def untouched(self, ids: Sequence[str]) -> set[str]:
        return {item_id for item_id, card in self._asked(ids) if is_begun(tag_of(card), *_words(card))}

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        return {item_id: _seen(card) for item_id, card in self._asked(ids)}

    def _asked(self, ids: Sequence[str]) -> Iterator[tuple[str, Any]]:
        listed = "".join(f"<t:ItemId Id={attribute(item_id)}/>" for item_id in ids)
        body = envelope(
            "<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape><t:BodyType>Text</t:BodyType>"
            f'<t:AdditionalProperties><t:FieldURI FieldURI="item:Attachments"/>{TAG_FIELD}</t:AdditionalProperties>'
            "</m:ItemShape>"
            f"<m:ItemIds>{listed}</m:ItemIds></m:GetItem>"
        )
        answer = messages(parse(self.sessions.ask(body)), len(ids))
        for item_id, one in zip(ids, answer, strict=True):
            if not isinstance(one, Exception):
                yield item_id, one.find(f"{MESSAGES}Items/*")


def _seen(card: Any) -> str:
    """The digest of a card as the server shows it."""
    names = [name.text or "" for name in card.iter(f"{TYPES}Name") if name.getparent().tag.endswith("Attachment")]
    return digest(*_words(card), names)


def _words(card: Any) -> tuple[str, str]:
    """Its name, and what is written on it."""
    subject, words = (next(card.iter(f"{TYPES}{field}")).text or "" for field in ("Subject", "Body"))
    return subject, words
