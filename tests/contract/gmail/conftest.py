"""One Gmail for all of these tests; each person in it is one test's alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.gmail.owner import APP_PASSWORD, Owner
from tests.servers.gmail.account import Gmail, Person, Settings, gmail
from tests.servers.mail_servers import dovecot
from tests.servers.world import World, world

PEOPLE = [f"owner-{number}@gmail.example" for number in range(100)]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gmail, list[str]]]:
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    people = [Person(address, app_passwords=(APP_PASSWORD,)) for address in PEOPLE]
    # A client that goes by X-GM-LABELS shows labels without "Show in IMAP" (https://github.com/nylas/nylas-mail/issues/1038).
    told = Settings(hidden_labels_told=True)
    with gmail(tmp_path_factory.mktemp("gmail"), people, lambda _: {"active": False}, settings=told) as running:
        yield running, list(PEOPLE)


@pytest.fixture
def owner(server: tuple[Gmail, list[str]]) -> Owner:
    """Somebody with an empty mailbox, whom no other test knows."""
    running, unused = server
    return Owner(running, unused.pop())


@pytest.fixture
def moving(owner: Owner, tmp_path: Path) -> Iterator[tuple[Owner, World]]:
    """Somebody's mailbox at Gmail, and the world that it moves into; each visit opens it anew."""
    with world(tmp_path, {}) as there:
        there.connectors.source = lambda _account, _password, halt: owner.source(stop=halt.event)
        yield owner, there
