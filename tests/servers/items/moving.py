"""A mailbox with contacts, groups, tasks and notes that no client has written, and the one that it moves to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, State
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import OLD, Mailbox
from tests.servers.items.judge import Found, Judge, differences
from tests.servers.items.planting import plant
from tests.servers.items.seeds import Seed
from tests.servers.world import ADDRESS, PASSWORD, World, world

NOTES = next((one for one in Content if one.value == "notes"), Content.TASKS)
ITEMS = tuple(dict.fromkeys((Content.CONTACTS, Content.CONTACT_GROUPS, Content.TASKS, NOTES)))
KINDS = {
    "Contact": Content.CONTACTS,
    "DistributionList": Content.CONTACT_GROUPS,
    "Task": Content.TASKS,
    "Message": NOTES,
}
NEVER = ": never "  # what is never to move is called so
TELLING = ("CreateItem", "UpdateItem", "DeleteItem")


@dataclass
class End:
    """One of both mailboxes, by raw requests."""

    emulator: ExchangeEmulator
    address: str
    database: Path
    mailbox: Mailbox
    version: str

    def call(self, body: str) -> Any:
        """Sends one request; every answer in it is a success."""
        sessions = self.mailbox.sessions
        answer = parse(sessions.ask(envelope(body, version=self.version.encode())), sessions.side)
        assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, etree.tostring(answer)
        return answer

    def update(self, kind: str, item_id: str, *changes: tuple[str, str]) -> None:
        """Sets fields (path, element), or deletes one whose element is empty."""
        self.call(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"'
            ' SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>'
            f'<t:ItemId Id="{item_id}"/><t:Updates>{"".join(_change(kind, *one) for one in changes)}</t:Updates>'
            "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def append(self, kind: str, item_id: str, path: str, inside: str) -> None:
        """Appends to a field."""
        self.call(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:AppendToItemField><t:FieldURI FieldURI="{path}"/>'
            f"<t:{kind}>{inside}</t:{kind}></t:AppendToItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def create(self, kind: str, folder: str, inside: str) -> str:
        """Creates an item in a distinguished folder; its id."""
        made = self.call(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="{folder}"/>'
            f"</m:SavedItemFolderId><m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
        )
        return str(made.find(f".//{TYPES}ItemId").get("Id"))

    def delete(self, *item_ids: str) -> None:
        """Deletes items for good."""
        wanted = "".join(f'<t:ItemId Id="{one}"/>' for one in item_ids)
        self.call(
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
            f' AffectedTaskOccurrences="AllOccurrences"><m:ItemIds>{wanted}</m:ItemIds></m:DeleteItem>'
        )

    def shown(self, item_id: str) -> Any:
        """An item as GetItem shows all of it."""
        answer = self.call(
            "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>"
            f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>'
        )
        return answer.find(f".//{MESSAGES}Items/*")

    def attach(self, item_id: str, attachment: str) -> None:
        """Attaches to an item."""
        self.call(
            f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments>{attachment}</m:Attachments>'
            "</m:CreateAttachment>"
        )

    def detach(self, item_id: str, index: int = 0) -> None:
        """Takes a file away."""
        files = [one.get("Id") for one in self.shown(item_id).iter(f"{TYPES}AttachmentId")]
        self.call(
            f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{files[index]}"/></m:AttachmentIds>'
            "</m:DeleteAttachment>"
        )


def _change(kind: str, path: str, inside: str) -> str:
    uri = path if path.startswith("<") else f'<t:FieldURI FieldURI="{path}"/>'
    if not inside:
        return f"<t:DeleteItemField>{uri}</t:DeleteItemField>"
    return f"<t:SetItemField>{uri}<t:{kind}>{inside}</t:{kind}></t:SetItemField>"


@dataclass
class Moving:
    """Both mailboxes, a judge of each, and what the new one held before."""

    at: World
    old: End
    new: End
    seeds: Sequence[Seed]
    there: Judge
    here: Judge
    mine: Sequence[Seed] = ()
    before: str = ""
    contents: Collection[Content] = field(default_factory=tuple)
    never: Sequence[Seed] = ()

    def migrate(self) -> Migration:
        """Moves all of it, by a new task."""
        done = self.at.migrate("old")
        assert done.state is State.COMPLETED, (done.state, done.attention, self.said(done))
        return done

    def counts(self, done: Migration, content: Content) -> Counts:
        """The sums of a content."""
        return done.step(content).counts

    def lines(self, done: Migration) -> list[Failure]:
        """The lines of a task's report."""
        return list(self.at.engine.store.reported(done.task_id).failures)

    def said(self, done: Migration) -> list[str]:
        """The same in words."""
        return [f"{line.content.value}: {line.folder}: {line.item}: {line.reason}" for line in self.lines(done)]

    def original(self) -> Found:
        """What the old mailbox has to move."""
        return {name: each for name, each in self.there.all().items() if NEVER not in name}

    def arrived(self) -> Found:
        """What lies in the new mailbox beside what its owner had."""
        own = {name for one in self.mine for name in (f"{one.kind}: {one.name}",)}
        return {name: each for name, each in self.here.all().items() if name not in own}

    def otherwise(self, there: Found) -> list[tuple[str, str, list[str] | None, list[str] | None]]:
        """(item, field, what it was, what it is) of whatever is otherwise in the new mailbox."""
        here = self.arrived()
        more = [(name, "", None, [str(len(each))]) for name, each in here.items() if name not in there]
        return [*differences(there, here), *more]

    def expected(self, content: Content) -> int:
        """How many seeds are of a content."""
        return sum(KINDS[seed.kind] is content for seed in self.seeds)


@contextmanager
def moving(
    directory: Path,
    seeds: Sequence[Seed],
    *,
    mine: Sequence[Seed] = (),
    never: Sequence[Seed] = (),
    version: VersionName = "2019",
    asked: str = "Exchange2016",
    wanted: Sequence[Content] = ITEMS,
) -> Iterator[Moving]:
    """Everything is where it belongs; `never` is what lies beside it and is not to move. In the end nobody was told."""
    network = Network(trusts_person=True)
    ways = contents(*(CONTENTS[one] for one in CONTENTS if one in wanted))
    assert set(ways) == set(wanted)
    settings = Settings(auth=("basic",), version=version)
    with (
        world(directory, {}, grace=0.02, contents=ways) as at,
        ExchangeEmulator(directory / "old.sqlite", settings=settings) as left,
    ):
        left.add_mailbox(OLD, password=PASSWORD)
        left.add_mailbox("bob@example.org", password="-")
        left.add_system_folders(OLD)
        plant(directory / "old.sqlite", OLD, seeds)
        plant(directory / "old.sqlite", OLD, never)
        plant(directory / "exchange.sqlite", ADDRESS, mine)
        there, here = account(left.url, OLD), account(at.emulator.url, at.address)
        at.connectors.sources["old"] = ExchangeSource(there, PASSWORD, network, waits=(0.0,))  # type: ignore[assignment]  # a source
        with (
            closing(Sessions(there, PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(here, PASSWORD, network)) as new,
        ):
            names = {"<t:Owner>old<": "<t:Owner>claire<", "<t:LastModifiedName>old<": "<t:LastModifiedName>claire<"}
            yield Moving(
                at,
                End(left, OLD, directory / "old.sqlite", Mailbox(old), asked),
                End(at.emulator, ADDRESS, directory / "exchange.sqlite", Mailbox(new), asked),
                seeds,
                Judge(Mailbox(old), seeds, names, asked),
                Judge(Mailbox(new), seeds, version=asked),
                mine,
                at.emulator.dump(ADDRESS),
                wanted,
                never,
            )
        assert left.schema_faults == []
        assert left.outgoing() == []
        assert {one.tells for one in at.emulator.requests if one.operation in TELLING} <= {"SendToNone", ""}
