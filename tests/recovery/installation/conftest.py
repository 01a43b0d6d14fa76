"""One whole installation for all tests; each leaves every door open again, and has mailboxes of its own."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from tests.servers.house import House, contents, house
from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import generated, write_folder
from tests.servers.processes.installation import PASSWORD, SOURCE_LOGIN, SOURCE_PASSWORD, Installation, installation
from tests.servers.slack.person import Move, Person, until
from tests.servers.slack.said import WORDS

NAMES = itertools.count(1)
FOLDERS = 40        # each is a request of its own, so that a migration can be interrupted between them
MESSAGES = 120
SLOW = Fault(operation="CreateItem", action="delay", seconds=2)
SETTINGS = {"OMM_WORKERS": "2", "OMM_COMMIT_GRACE": "3"}
OWNER, COLLEAGUE, ADMIN = ("owner", "migrations"), ("colleague", "general"), ("admin", "dm")     # who types, and where


@pytest.fixture(scope="session")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    if not installed():
        pytest.skip("Dovecot is not installed (make system-deps)")
    with installation(tmp_path_factory.mktemp("whole") / "at") as built:
        built.emulator.configure(auth=("basic",))
        home, messages = built.imap.home(SOURCE_LOGIN), list(generated(MESSAGES, seed=3, size=500))
        for number in range(FOLDERS):
            write_folder(home / "Maildir", (f"Day {number}",) if number else (), messages[number::FOLDERS])
        built.imap.give_away(home)
        yield built


@pytest.fixture(scope="session")
def whole(at: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(at, tmp_path_factory.mktemp("house"), **SETTINGS) as opened:
        yield opened


@pytest.fixture(scope="session")
def undisturbed(at: Installation) -> Counter[tuple[Any, ...]]:
    """The mailbox that a migration leaves which nobody disturbs."""
    said = at.migrate()
    content = contents(at, at.address)
    assert said["contents"]["mail"]["copied"] == content.total() == MESSAGES
    return content


@pytest.fixture
def here(whole: House) -> Iterator[House]:
    """The installation, well. What a test has broken and left so is mended after it."""
    yield whole
    whole.at.emulator.clear_faults()
    for name, program in whole.slack.programs.items():
        if program.process.poll() is not None:
            whole.open(name)
    whole.slack.control.clear_faults()


def begin(opened: House, *movers: tuple[str, str]) -> list[Move]:
    """People begin at the same moment to move the same mail, each to a new mailbox."""
    people = [Person(opened.slack.control, key, channel) for key, channel in movers]
    with ThreadPoolExecutor(len(people)) as crowd:
        return list(crowd.map(lambda person: _begun(opened, person), people))


def _begun(opened: House, person: Person) -> Move:
    address = f"whole{next(NAMES)}@example.org"
    opened.at.emulator.add_mailbox(address, password=PASSWORD)
    return opened.begins(person, address, SOURCE_LOGIN, SOURCE_PASSWORD)


def completed(opened: House, moves: Sequence[Move]) -> None:
    """Waits until they are."""
    until(lambda: opened.is_in(State.COMPLETED, *(move.task_id for move in moves)))


def half_done(opened: House, moves: Sequence[Move], count: int) -> list[Move]:
    """Those of whom something has arrived, and not everything, as soon as there are so many of them."""
    def found() -> list[Move] | None:
        some = [move for move in moves if 0 < contents(opened.at, move.address).total() < MESSAGES]
        return some if len(some) >= count else None

    return list(until(found))


def told(move: Move) -> list[str]:
    """What its thread says in the end; the last of it is in a message of their own, too."""
    return [
        f"Migration {move.task_id} has started.",
        f"Mail: {MESSAGES} of {MESSAGES} messages copied.",
        f"Migration {move.task_id} is completed.",
    ]


def assert_whole(
    opened: House, moves: Sequence[Move], undisturbed: Counter[tuple[Any, ...]], *, twice: int = 0,
    paused: bool = False,
) -> None:
    """All is there once, and was told; cards only ever went forward. So many messages may have come twice.

    `paused`: somebody did that meanwhile, so that a card may have said so.
    """
    until(lambda: all(move.is_told() for move in moves))
    said, extra = opened.said(), 0
    for move in moves:
        assert contents(opened.at, move.address) == undisturbed
        assert move.card == f"Migration {move.task_id}: Completed. Mail 100%: {MESSAGES} of {MESSAGES} messages copied."
        words = [one.word for one in said[move.task_id] if not paused or one.word not in ("Pausing", "Paused")]
        assert [word for word, _ in itertools.groupby(words)] == [word for word in WORDS if word in words]
        for lines, wanted in ((move.told, told(move)), (move.letters, told(move)[-1:])):
            assert list(dict.fromkeys(lines)) == wanted
            extra += len(lines) - len(wanted)
    assert extra <= twice
