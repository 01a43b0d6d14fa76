"""One Gmail for all of these tests, with people of whom each test that changes something has its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.contract.gmail_imap.world import ANN, APP_PASSWORD, LANGUAGES, OTHERS, PASSWORD, World
from tests.servers.gmail.account import Person, UserSettings, gmail
from tests.servers.gmail.seeds import large_seed
from tests.servers.mail_servers import dovecot


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    tokens: dict[str, dict[str, Any]] = {}
    moved = [0.0]
    seed = large_seed(1, count=400, chats=5)
    people = [Person(ANN, PASSWORD, (APP_PASSWORD,)),
              *(Person(address, settings=UserSettings(language=language)) for address, language in LANGUAGES.items()),
              *(Person(address, PASSWORD, (APP_PASSWORD,)) for address in OTHERS)]
    def introspected(token: str) -> Mapping[str, Any]:
        return tokens.get(token, {"active": False})

    with gmail(tmp_path_factory.mktemp("gmail"), people, introspected, seeds={ANN: seed},
               clock=lambda: time.time() + moved[0]) as running:
        yield World(running, tokens, seed, moved)
