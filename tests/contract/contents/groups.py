"""Contact groups between two Exchanges: two contain one another, so that one of them takes further requests."""

from __future__ import annotations

from typing import ClassVar

from emulators.exchange import ExchangeEmulator
from tests.contract.contents.bench import NAMES, AtExchange, Example
from tests.servers.exchange.pair import OLD, Mailbox, Pair
from tests.servers.exchange.people import People, by_address, folder_of, nested

TOP = '<t:DistinguishedFolderId Id="msgfolderroot"/>'


class GroupsBetween(AtExchange):
    """Two Exchanges with groups: the last, in another folder, and the second hold each other; the first holds it."""

    mends: ClassVar[frozenset[str]] = frozenset({"create attachment"})
    pair: Pair

    @classmethod
    def seeded(cls, example: Example, pair: Pair) -> GroupsBetween:
        """With the four groups at the source."""
        people, folder, made = People(pair.old), TOP, dict[str, str]()
        for place, names in NAMES.items():
            folder = people.folder(place.path[-1], folder)
            for name in names:
                made[name] = people.group(name, by_address(f"{name}@example.net"), folder=folder)
        people.add(made["a"], nested(made["d"]))
        people.add(made["d"], nested(made["b"]))
        people.add(made["b"], nested(made["d"]))
        found = cls(example, pair.at)
        found.pair = pair
        return found

    def loses_at_the_source(self, name: str) -> None:
        people, there = _of(self.pair.old, OLD, self.pair.left, name)
        people.delete(there)

    def changes_at_the_source(self, name: str) -> None:
        people, there = _of(self.pair.old, OLD, self.pair.left, name)
        people.add(there, by_address("new@example.net"))

    def edits(self, name: str) -> None:
        """A minute later, by the mailbox's clock: what was made at once and never changed is nobody's work but ours."""
        self.at.emulator.configure(mailbox_ahead_s=60)
        people, there = _of(self.pair.new, self.at.address, self.at.emulator, name)
        people.rename(there, f"{name}, edited")
        self.at.emulator.configure(mailbox_ahead_s=0)

    def files_a_message(self, *path: str) -> None:
        found = next(one for one in self.at.messages() if one.folder == path)
        people = People(self.pair.new)
        people.group("mine", folder=folder_of(people.parent_of(found.item_id)))


def _of(mailbox: Mailbox, address: str, emulator: ExchangeEmulator, name: str) -> tuple[People, str]:
    found = next(one for one in emulator.messages(address) if one.subject == name)
    return People(mailbox), found.item_id
