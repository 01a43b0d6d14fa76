"""One installation for all tests; each has a state directory, a Slack and a destination mailbox of its own."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.recovery.workers.workshop import Workshop, workshop
from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import generated, write_folder
from tests.servers.processes.installation import PASSWORD, Installation, installation

NAMES = itertools.count(1)
MESSAGES = 300


@pytest.fixture(scope="session")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    if not installed():
        pytest.skip("Dovecot is not installed (make system-deps)")
    with installation(tmp_path_factory.mktemp("workers") / "at") as built:
        built.emulator.configure(auth=("basic",))
        home = built.imap.home("claire")
        write_folder(home / "Maildir", (), generated(MESSAGES // 2, seed=1, size=500))
        write_folder(home / "Maildir", ("Clients",), generated(MESSAGES // 2, seed=2, size=500))
        built.imap.give_away(home)
        yield built


@pytest.fixture(scope="session")
def undisturbed(at: Installation, tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[Any, ...]]:
    """The mailbox that a migration leaves which nobody disturbs."""
    with workshop(at, tmp_path_factory.mktemp("undisturbed")) as shop:
        shop.open("checks")
        shop.open("migrations")
        address = new_mailbox(at)
        shop.completed(shop.start(address))
        content = shop.content(address)
    assert content.total() == MESSAGES
    return content


def new_mailbox(at: Installation) -> str:
    address = f"worker{next(NAMES)}@example.org"
    at.emulator.add_mailbox(address, password=PASSWORD)
    return address


@pytest.fixture
def address(at: Installation) -> str:
    """A destination mailbox that is empty."""
    return new_mailbox(at)


@pytest.fixture
def shop(at: Installation, tmp_path: Path) -> Iterator[Workshop]:
    before = at.emulator.settings
    with workshop(at, tmp_path) as built:
        yield built
    at.emulator.settings = before
