"""Contacts between two Exchanges: the first one has every field, a photo and a file."""

from __future__ import annotations

from typing import ClassVar

from emulators.exchange import ExchangeEmulator
from tests.contract.contents.bench import NAMES, AtExchange, Example
from tests.servers.exchange.contacts import Cards, full, plain
from tests.servers.exchange.pair import OLD, Mailbox, Pair


class ContactsBetween(AtExchange):
    """Two Exchanges with contacts. One request writes a contact whole, so nothing else can be refused."""

    mends: ClassVar[frozenset[str]] = frozenset({"create attachment", "update"})
    pair: Pair

    @classmethod
    def seeded(cls, example: Example, pair: Pair) -> ContactsBetween:
        """With the four contacts at the source."""
        top = Cards(pair.old, '<t:DistinguishedFolderId Id="msgfolderroot"/>')
        for place, names in NAMES.items():
            top = Cards(pair.old, top.new_folder(place.path[-1], "IPF.Contact"))
            for name in names:
                top.put(full(name).replace("Not its name", name) if name == "a" else plain(name))
        made = cls(example, pair.at)
        made.pair = pair
        return made

    def loses_at_the_source(self, name: str) -> None:
        cards, there = _of(self.pair.old, OLD, self.pair.left, name)
        cards.delete(there)

    def changes_at_the_source(self, name: str) -> None:
        cards, there = _of(self.pair.old, OLD, self.pair.left, name)
        cards.note(there, "something else")

    def edits(self, name: str) -> None:
        cards, there = _of(self.pair.new, self.at.address, self.at.emulator, name)
        cards.rename(there, f"{name}, edited")

    def files_a_message(self, *path: str) -> None:
        cards = Cards(self.pair.new)
        Cards(self.pair.new, cards.folders()[path[-1]]).put(plain("mine"))


def _of(mailbox: Mailbox, address: str, emulator: ExchangeEmulator, name: str) -> tuple[Cards, str]:
    found = next(one for one in emulator.messages(address) if one.subject == name)
    return Cards(mailbox), found.item_id
