"""Thirty people move their mailboxes at the same moment, through every door as the Procfile runs it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from engine.migration import State
from tests.servers.dovecot import installed
from tests.servers.house import House, house
from tests.servers.installation import PASSWORD, Installation, installation
from tests.servers.mailbox import Message, generated, write_folder
from tests.servers.person import Move, Person, until
from tests.servers.said import Said, oldest

pytestmark = [
    pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)"),
    pytest.mark.timeout(400),
]

MANY = 30
WORKERS = 6
MESSAGES = 40               # a mailbox
SERVICE = {"request_ms": 60, "item_ms": 40}     # what the Exchange server takes for each request and message
PLACES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("Inbox",), ("Sent",): ("Sent Items",), ("Clients",): ("Clients",)
}
CHANNELS = ("migrations", "general", "dm")     # where people type; `dm` is their conversation with the app
ANSWERED, POSTED = 1.0, 15.0        # seconds
OLDEST = 60.0               # seconds; promised are 90, for runs of any length
END = 300.0                 # seconds until everything must be told


@dataclass(frozen=True)
class Mover:
    """One of them, with the password and the messages of their old mailbox; its login is what they are called."""

    person: Person
    password: str
    messages: dict[tuple[str, ...], list[Message]]

    @property
    def address(self) -> str:
        """Of the new mailbox."""
        return f"{self.person.key}@example.org"

    def arrived(self) -> Counter[tuple[tuple[str, ...], bytes]]:
        """What their new mailbox must hold: folder and content of every message."""
        return Counter((PLACES[path], message.mime) for path, held in self.messages.items() for message in held)


@dataclass(frozen=True)
class Moved:
    """What came of it: everybody's migration, in their order, and what could be seen meanwhile."""

    house: House
    movers: list[Mover]
    moves: list[Move]
    records: dict[str, list[Said]]
    ended: float


def furnish(at: Installation) -> dict[str, dict[tuple[str, ...], list[Message]]]:
    """A mailbox of their own for each, all different."""
    found = {}
    for number in range(MANY):
        login, messages = f"person{number}", list(generated(MESSAGES, seed=100 + number))
        found[login] = {path: messages[place::len(PLACES)] for place, path in enumerate(PLACES)}
        home = at.imap.home(login)
        for path, held in found[login].items():
            write_folder(home / "Maildir", path, held)
        at.imap.give_away(home)
        at.emulator.add_mailbox(f"{login}@example.org", password=PASSWORD)
    return found


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    directory = tmp_path_factory.mktemp("thirty")
    users = {f"person{number}": f"the old one of {number}" for number in range(MANY)}
    with installation(directory / "at", users=users) as at:
        mailboxes = furnish(at)
        at.emulator.configure(auth=("basic",), **SERVICE)
        with house(at, directory / "house", OMM_WORKERS=str(WORKERS)) as opened:
            people = [joined(opened, number) for number in range(MANY)]
            yield move([Mover(one, users[one.key], mailboxes[one.key]) for one in people], opened)


def joined(opened: House, number: int) -> Person:
    """One more person in Slack."""
    opened.slack.control.add_user(f"person{number}")
    return Person(opened.slack.control, f"person{number}", CHANNELS[number % len(CHANNELS)])


def move(movers: list[Mover], opened: House) -> Moved:
    """All open the form, all send it at the same moment, and everything comes about."""
    with ThreadPoolExecutor(MANY) as crowd, opened.watched() as records:
        views = list(crowd.map(lambda each: each.person.opens_form(), movers))
        began = time.monotonic()
        moves = list(crowd.map(lambda each, view: send(opened, each, view), movers, views))
        tasks = [each.task_id for each in moves]
        until(lambda: opened.is_in(State.COMPLETED, *tasks), seconds=END, every=0.5)
        print(f"moved after {time.monotonic() - began:.1f} s")
        until(lambda: all(each.is_told() for each in moves), seconds=END, every=1)
        print(f"told after {time.monotonic() - began:.1f} s")
    return Moved(opened, movers, moves, records, time.time())


def send(opened: House, each: Mover, view: dict[str, Any]) -> Move:
    each.person.sends(view, opened.typed(each.address, each.person.key, each.password))
    return Move(each.person, each.address, view["private_metadata"])


def test_everybody_is_answered_within_a_second(moved: Moved) -> None:
    """Thirty commands and thirty forms, each answered long before Slack would show an error."""
    acks = [ack for ack in moved.house.slack.control.acks if ack.kind in ("command", "view_submission")]

    slowest = max(ack.seconds for ack in acks)
    print(f"slowest answer: {slowest:.2f} s")
    assert Counter(ack.kind for ack in acks) == {"command": MANY, "view_submission": MANY}
    assert {ack.outcome for ack in acks} == {"ok"}
    assert slowest < ANSWERED


def test_slack_never_has_to_refuse(moved: Moved) -> None:
    """Every call was within Slack's exact limits, and such as Slack takes it."""
    calls = moved.house.slack.control.requests

    print(Counter(call.method for call in calls))
    assert [(call.method, call.error) for call in calls if not call.ok] == []


def test_everybody_soon_has_a_card(moved: Moved) -> None:
    """Ten in one channel, where Slack takes a message a second: cards do not wait for what others are told."""
    waits = [float(each.cards[0]["ts"]) - moved.records[each.task_id][0].at for each in moved.moves]

    print(f"cards after {sorted(round(wait) for wait in waits)} s")
    assert max(waits) < POSTED


def test_no_card_is_old(moved: Moved) -> None:
    """What a live card says was so at most ninety seconds ago, all the time."""
    said = moved.house.said()
    ages = [oldest(said[each.task_id], moved.records[each.task_id], moved.ended) for each in moved.moves]

    print(f"oldest cards: {sorted(round(age) for age in ages)}")
    assert max(ages) <= OLDEST


def test_everybody_is_told_everything_once(moved: Moved) -> None:
    """One card that says completed, three milestones in its thread, in order, and one message of their own."""
    for each in moved.moves:
        assert each.card == f"Migration {each.task_id}: Completed. Mail 100%: {MESSAGES} of {MESSAGES} messages."
        assert each.told == [
            f"Migration {each.task_id} has started.",
            f"Mail done: {MESSAGES} found = {MESSAGES} copied + 0 already there + 0 failed + 0 left out.",
            f"Migration {each.task_id} is completed.",
        ]
        assert each.letters == [f"Migration {each.task_id} is completed."]


def test_every_mailbox_is_whole(moved: Moved) -> None:
    """Each holds its own person's messages, every one once, and nobody else's."""
    for each in moved.movers:
        found = moved.house.at.emulator.messages(each.address)

        assert Counter((one.folder, one.mime) for one in found) == each.arrived()
