"""A Gmail account in memory with labels, filters and a vacation responder, and the mailbox that it moves into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.contents import SETTINGS
from engine.connectors.google.filters import places
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
from engine.ports.settings import SettingReader
from engine.ports.source import SourceFolder
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import Mailbox
from tests.servers.exchange.rules import RuleBox
from tests.servers.gmail.labelled_source import LabelledSource
from tests.servers.google.told import Told
from tests.servers.world import PASSWORD, World, world

ME = "ann@example.org"
MOVED = (Content.MAIL, Content.INBOX_RULES, Content.OUT_OF_OFFICE)
FILTERS, LABELS, VACATION = (f"/users/me/{path}" for path in ("settings/filters", "labels", "settings/vacation"))
Json = dict[str, Any]


class GmailAccount(LabelledSource):
    """Its mail is in memory, in a folder of each label; its settings are what Google tells of them."""

    contents = frozenset(MOVED)

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__({}, empty=labels)
        self.folders[places.Places(()).mailbox.archive] = []
        told = [{"id": label_id(name), "name": name, "type": "user"} for name in labels]
        told.append({"id": "INBOX", "name": "INBOX", "type": "system"})
        self.told = Told(single={LABELS: {"labels": told}, FILTERS: {}, VACATION: {}})
        self._directory = Directory(lambda _address: (), owner=ME)

    def has(self, *filters: Json) -> None:
        """From now on these are its filters."""
        self.tell(FILTERS, {"filter": list(filters)} if filters else {})

    def tell(self, path: str, answer: Mapping[str, Any]) -> None:
        self.told.single = {**self.told.single, path: dict(answer)}

    def settings(self, content: Content) -> SettingReader:  # type: ignore[override]  # another reader
        return SETTINGS[content](self.told, self._directory)  # type: ignore[arg-type]  # as an Asking

    def rule_folders(self) -> Sequence[SourceFolder]:
        return places.Places(places.labels(self.told).values()).mailbox.shown  # type: ignore[arg-type]  # as an Asking

    def moves_to(self, address: str) -> None:
        self._directory = Directory(lambda _address: (), owner=ME, becomes=address)


def label_id(name: str) -> str:
    return f"Label_{name.encode().hex()}"


def filter_(
    name: str, ask: Mapping[str, object], *, labels: Iterable[str] = (), archive: bool = False, read: bool = False,
    more: Iterable[str] = (), less: Iterable[str] = (), forward: str = "",
) -> Json:
    """A filter as the Gmail API tells it. `more` and `less` are labels of Gmail's own that it gives and takes away."""
    added = [*map(label_id, labels), *more]
    removed = [*(["INBOX"] if archive else []), *(["UNREAD"] if read else []), *less]
    action = {"addLabelIds": added, "removeLabelIds": removed, "forward": forward}
    return {"id": f"ANe1{name}", "criteria": dict(ask), "action": {key: each for key, each in action.items() if each}}


@dataclass
class Moving:
    """The account and the mailbox."""

    at: World
    gmail: GmailAccount
    new: Mailbox
    rules: RuleBox = field(init=False)

    def __post_init__(self) -> None:
        self.rules = RuleBox(self.new)

    def migrate(self, *choices: Choice, contents: Sequence[Content] = MOVED) -> Migration:
        """By a new task."""
        wanted = replace(self.at.request(), choices=choices, contents=tuple(contents))
        done = self.at.run(self.at.begin_with(wanted).task_id)
        assert done.state is State.COMPLETED, done.attention
        return done

    def lines(self, done: Migration, content: Content = Content.INBOX_RULES) -> dict[str, str]:
        """What the report says of a setting, by names."""
        found = self.at.engine.store.reported(done.task_id).failures
        return {line.item: line.reason for line in found if line.content is content}

    def notes(self, done: Migration) -> list[str]:
        """All that the report says, of whatever."""
        return [line.reason for line in self.at.engine.store.reported(done.task_id).failures]

    def counts(self, done: Migration) -> Counts:
        return done.step(Content.INBOX_RULES).counts


@contextmanager
def moving_from(directory: Path, labels: Sequence[str]) -> Iterator[Moving]:
    """Runs the server of the mailbox until the context ends."""
    gmail = GmailAccount(labels)
    with world(directory, {"old": gmail}, grace=0.02, contents=contents(*(CONTENTS[one] for one in MOVED))) as at:
        here = account(at.emulator.url, at.address)
        with closing(Sessions(here, PASSWORD, Network(trusts_person=True))) as sessions:
            yield Moving(at, gmail, Mailbox(sessions))
