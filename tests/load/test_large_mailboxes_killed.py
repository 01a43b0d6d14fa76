"""Mailboxes that take a while, killed at moments chosen by chance, again and again: each ends whole."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.installation import Installation, installation
from tests.servers.processes.killing import KINDS
from tests.servers.processes.zygote import Forked
from tests.system.test_dovecot_to_exchange import PLACES, furnish, lines
from tests.system.test_pop3_to_exchange import KNOWN, Maildrop, expected, maildrop

__all__ = ["maildrop"]      # a fixture

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

MESSAGES = 2_000


def test_killed_anywhere_and_run_again_it_ends_whole(tmp_path: Path) -> None:
    """A migration of 2,000 messages killed at random moments, again and again, ends with each message once."""
    chance = random.Random(20)
    with installation(tmp_path) as at:
        mailbox = furnish(at, MESSAGES)
        kills = 0
        for _ in range(6):
            process = at.start("migrate", at.source, at.destination, "--json")
            reached = _arrived(at) + chance.randrange(20, 400)
            if _when(lambda n=reached: _arrived(at) >= n, process):  # type: ignore[misc]
                process.kill()
                kills += 1
            process.communicate()

        said = at.migrate()

        received = Counter((m.folder, lines(m.mime)) for m in at.emulator.messages(at.address))
        whole = Counter((PLACES[path], lines(m.mime)) for path, held in mailbox.items() for m in held)
        assert kills >= 3
        assert received == whole
        assert said["contents"]["mail"]["found"] == MESSAGES
        again = at.migrate()
        assert again["contents"]["mail"]["copied"] == 0


def _arrived(at: Installation) -> int:
    return sum(r.items for r in at.emulator.requests if r.operation == "CreateItem" and r.committed)


def _when(holds: Callable[[], bool], process: Forked) -> bool:
    """Waits until it holds. False: the process ended before."""
    pause = threading.Event()
    while not holds():
        if process.poll() is not None:
            return False
        pause.wait(0.01)
    return True


@pytest.mark.parametrize("seed", range(2))
def test_a_maildrop_killed_anywhere_and_run_again_ends_whole(
    maildrop: Maildrop, seed: int  # the fixture
) -> None:
    """Killed at requests chosen by chance, again and again, it ends with each message once; the source is untouched."""
    chance = random.Random(seed)
    address = maildrop.bench.new_mailbox()
    kills = 0
    for operation, latest in (("*", 9), ("CreateItem", 3), ("CreateItem", 3), ("*", 9)):
        kind = chance.choice(list(KINDS))
        kills += maildrop.bench.killed_migration(address, *KINDS[kind](operation, chance.randint(1, latest)))

    maildrop.bench.migrate(address)

    assert kills == 4
    assert maildrop.contents(address) == expected(maildrop.kept)
    assert maildrop.bench.migrate(address)["contents"]["mail"] == KNOWN
    assert maildrop.found() == maildrop.before
