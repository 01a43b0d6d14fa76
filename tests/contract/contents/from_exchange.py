"""Mail from one Exchange mailbox to another, each on a server of its own; a process dies at a request to either.

The old mailbox holds a message of each kind that is read or written in its own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from emulators.exchange import ExchangeEmulator, Fault
from engine.connectors.exchange.reading.reader import ExchangeReader
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.items.batches import SPOOLED_FROM
from engine.migration.content import Content
from engine.migration.record import Migration
from engine.ports.items import Listed, SourceMessage
from engine.ports.source import SourceFolder
from tests.contract.contents.bench import AtExchange, Example
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import CALENDAR, HEAD, MEETING, OLD, OUR_TAG, SENT, Pair, named, pair_of, tagged
from tests.servers.owner import owner
from tests.servers.processes.mortal import Moment, moments_of
from tests.servers.world import PASSWORD, World

NAME = "mail from exchange"
INBOX, BOX = ("Inbox",), ("Box",)
LONG = 20_000       # bytes; a message that is listed with more is read through a file here
BODY = "\r\nBody\r\n"
MARKS = (
    "<t:Sensitivity>Private</t:Sensitivity><t:Categories><t:String>Red</t:String></t:Categories>"
    "<t:Importance>High</t:Importance>"
)
NOTED = (
    SENT + tagged("0x1080", "Integer", "261") + tagged("0x1081", "Integer", "103")
    + tagged("0x1082", "SystemTime", "2020-05-18T07:00:01Z") + named("Common", 0x8530, "String", "Call her")
    + named("Common", 0x8503, "Boolean", "true") + named("Common", 0x8502, "SystemTime", "2020-06-02T07:00:00Z")
    + named("Common", 0x8560, "SystemTime", "2020-06-02T06:45:00Z")
    + "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2020-06-01T00:00:00Z</t:StartDate>"
    "<t:DueDate>2020-06-02T00:00:00Z</t:DueDate></t:Flag>"
)


def _mime(name: str, header: str = "", body: str = BODY, *, with_id: bool = True) -> str:
    message_id = f"Message-ID: <{name.replace(' ', '-')}@x>\r\n" if with_id else ""
    return f"{HEAD}Subject: {name}\r\n{message_id}{header}\r\n{body}"


# Of each message its folder, MIME, element, what stands before its properties, and these.
MAIL: Mapping[str, tuple[tuple[str, ...], str, str, str, str]] = {
    "plain": (INBOX, _mime("plain"), "Message", "", SENT),
    "every mark": (INBOX, _mime("every mark"), "Message", MARKS, NOTED),
    "post": (INBOX, _mime("post"), "PostItem", "<t:Categories><t:String>Red</t:String></t:Categories>", SENT),
    "meeting": (INBOX, f"{MEETING.format('meeting')}Message-ID: <m@x>\r\n\r\n{CALENDAR}", "Message", "", SENT),
    "not rendered": (INBOX, _mime("not rendered"), "Message", "", SENT),
    "long": (INBOX, _mime("long", body="A line of thirty-two characters.\r\n" * (LONG // 16)), "Message", "", SENT),
    "hidden": (INBOX, _mime("hidden", "Bcc: Carol <carol@example.net>\r\n"), "Message", "", SENT),
    "no id": (INBOX, _mime("no id", with_id=False), "Message", "", SENT),
    "unread": (BOX, _mime("unread"), "Message", "", tagged("0x0E07", "Integer", "0")),
    "draft": (BOX, _mime("draft"), "Message", "", tagged("0x0E07", "Integer", "9")),
}
# What a mailbox makes by itself, whether of the message or of its calendar; and what no rendering said.
OWN = ("ConversationIndex", "AssociatedCalendarItemId")
OF_THE_RENDERING = ("InternetMessageHeaders",)
EARLIER = "copied by an earlier migration"
EXAMPLE = Example(
    contents(CONTENTS[Content.MAIL]), source=dict, amended="draft",
    places=Counter((place, name) for name, (place, *_) in MAIL.items()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAnyServer(Fault):
    """Hits the `at`-th request since it was added, whichever of its servers that is sent to."""

    at: int
    requests: Iterator[int] = field(default_factory=lambda: count(1))

    def matches(self, operation: str, *, reused: bool) -> bool:
        return next(self.requests) == self.at


@dataclass(frozen=True)
class Servers:
    """Several servers, as one that holds requests."""

    each: Sequence[ExchangeEmulator]

    def add_fault(self, fault: Fault) -> None:
        for server in self.each:
            server.add_fault(fault)

    def clear_faults(self) -> None:
        for server in self.each:
            server.clear_faults()

    def wait_held(self, name: str, timeout: float) -> bool:
        return any(server.wait_held(name, timeout / len(self.each)) for server in self.each)

    def release(self, name: str) -> None:
        for server in self.each:
            server.release(name)


class Source(ExchangeSource):
    """The old mailbox. Counts the folders that were listed with keys, and the messages that came through a file."""

    listed_with_keys = 0
    through_files = 0

    def reader(self, content: Content) -> Any:
        return ListsLonger(super().reader(content), self)


@dataclass(frozen=True)
class ListsLonger:
    """A reader that lists a long message as one of those that are read through a file, though it is small enough."""

    inner: ExchangeReader
    source: Source

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        self.source.listed_with_keys += keys
        for each in self.inner.listing(folder, keys=keys):
            yield replace(each, size=SPOOLED_FROM + 1) if each.size > LONG else each

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        self.source.through_files += 1
        return self.inner.spool(folder, uid)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class FromExchange(AtExchange):
    """Between two servers. Whatever is done is done by another process, which has read nothing of the source yet."""

    pair: Pair
    wanted: Mapping[str, dict[str, list[str]]]      # of each message of the source: what it says of itself
    old: Source = field(init=False)

    def run(self, task: str) -> Migration:
        self._another_process()
        return super().run(task)

    def moments(self, work: Callable[[World], Any]) -> list[Moment]:
        self._another_process()
        both = Servers((self.pair.left, self.at.emulator))
        return moments_of(self.at, work, lambda number: OfAnyServer(
            at=number, when="after", action="hold", name=f"request {number}"), both)

    def _another_process(self) -> None:
        self.old = Source(account(self.pair.left.url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0))
        self.at.connectors.sources["old"] = self.old     # type: ignore[assignment]  # a source as well

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        """One that does not say the same of itself as at the source has a name in brackets."""
        found = self.at.messages()
        told = self.pair.new.told([one.item_id for one in found])
        return Counter(
            (one.folder, name if name not in self.wanted or _same(name, facts, self.wanted[name]) else f"({name})")
            for one, (name, facts) in zip(found, told, strict=True) if name != EARLIER
        )

    def edits(self, name: str) -> None:
        """A minute later, by the mailbox's clock."""
        self.at.emulator.configure(mailbox_ahead_s=60)
        super().edits(name)
        self.at.emulator.configure(mailbox_ahead_s=0)


def _same(name: str, facts: dict[str, list[str]], wanted: dict[str, list[str]]) -> bool:
    own = (*OWN, *OF_THE_RENDERING) if name == "not rendered" else OWN
    return all(facts.get(key) == wanted.get(key) for key in {*facts, *wanted}.difference(own))


def _fill(pair: Pair) -> None:
    with owner(pair.left.url, OLD, PASSWORD) as them:
        box = them.new_folder(them.account.msg_folder_root, "Box")
        for place, mime, element, before, behind in MAIL.values():
            pair.old.create_mime(mime, element, before, behind)
            if place == BOX:
                them.one(them.account.inbox, mime.partition("Subject: ")[2].partition("\r")[0]).move(box)
    [one] = [one for one in pair.left.messages(OLD) if one.subject == "not rendered"]
    pair.old.attach(one.item_id, "a.bin")
    pair.left.spoil(OLD, one.item_id)


@contextmanager
def bench(directory: Path) -> Iterator[FromExchange]:
    """An old mailbox with mail, which is the same to the last property when the context ends, and a new one."""
    with pair_of(directory, "2019") as pair:
        _fill(pair)
        pair.new.create(EARLIER, "Message", "", SENT + OUR_TAG, "")
        before = pair.left.dump()
        wanted = dict(pair.old.told([one.item_id for one in pair.left.messages(OLD)]))
        yield FromExchange(EXAMPLE, pair.at, pair, wanted)
        assert pair.left.dump() == before
        assert EARLIER in [one.subject for one in pair.at.messages()]
