"""Thirty people who move their mailboxes at the same moment, through every door as the Procfile runs it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.migration.record import State
from tests.servers.house import House, house
from tests.servers.mailbox import Message, generated, write_folder
from tests.servers.processes.installation import PASSWORD, Installation, installation
from tests.servers.slack.person import Move, Person, until
from tests.servers.slack.said import Said

MANY = 30
WORKERS = 6
MESSAGES = 40               # a mailbox
SERVICE = {"request_ms": 60, "item_ms": 40}     # what the Exchange server takes for each request and message
PLACES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("Inbox",), ("Sent",): ("Sent Items",), ("Clients",): ("Clients",)
}
CHANNELS = ("migrations", "general", "dm")     # where people type; `dm` is their conversation with the app
END = 600.0                 # seconds until everything must be told; they are far fewer


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


@contextmanager
def thirty_at_once(directory: Path) -> Iterator[Moved]:
    """They have done so, and everything has been told."""
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
        moves = list(crowd.map(lambda each, view: send(opened, each, view), movers, views))
        tasks = [each.task_id for each in moves]
        until(lambda: opened.is_in(State.COMPLETED, *tasks), seconds=END, every=0.5)
        until(lambda: all(each.is_told() for each in moves), seconds=END, every=1)
    return Moved(opened, movers, moves, records, time.time())


def send(opened: House, each: Mover, view: dict[str, Any]) -> Move:
    each.person.sends(view, opened.typed(each.address, each.person.key, each.password))
    return Move(each.person, each.address, view["private_metadata"])
