"""Gmail gives so much a day, or less, and ends sessions, tokens and consents: all comes once, and nobody hammers.

BUDGET_SEED draws the same shares again.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from emulators.exchange import Fault
from engine.errors import Cause
from engine.migration.record import Migration, State
from tests.servers.gmail.account import Ending, GmailSeed, Label, SeedMessage, System
from tests.servers.gmail.moving import House, Hurried, Moving, gmail_moving
from tests.servers.gmail.seeds import large_seed
from tests.servers.mail_servers.dovecot import MISSING, installed

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

PEOPLE = tuple(f"person-{number}@example.org" for number in range(16))
MESSAGES, SIZE = 200, 100_000
A_DAY = 100 * SIZE          # of our constant; a batch is a tenth of it
MOST_VISITS = 24
MOST_SIGN_INS = 12          # of a visit, those that were refused included
MOST_COMMANDS = 150
LONGEST = timedelta(days=1, hours=1)
_people = iter(PEOPLE)
_numbers = count(1)


@pytest.fixture(scope="module")
def chance() -> random.Random:
    seed = int(os.environ.get("BUDGET_SEED") or secrets.randbelow(1_000_000))
    print(f"BUDGET_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with gmail_moving(tmp_path_factory.mktemp("gmail"), PEOPLE) as house:
        yield house


@pytest.fixture
def house(running: House) -> Iterator[House]:
    """With a small day, and as it was afterwards."""
    running.days.a_day, running.clock.step = A_DAY, 0.0
    yield running
    running.days.a_day, running.clock.step = 100 * A_DAY, 0.0
    running.google.gmail.control.behave(recheck_tokens=False)
    running.google.google.configure(access_seconds=3600.0)
    Hurried.answer_time = 60.0


def large_messages(messages: int = MESSAGES) -> GmailSeed:
    """Mail of some size, in a few labels."""
    places: list[set[Label]] = [{System.INBOX}, {"Work"}, {System.SENT, "Work"}, set()]
    begin = datetime(2024, 5, 1, tzinfo=UTC)
    return GmailSeed(["Work"], [
        SeedMessage(1_000 + number, f"<large-{number}>", _raw(number), begin + timedelta(days=number),
                    frozenset(places[number % len(places)]))
        for number in range(messages)])


def _raw(number: int) -> bytes:
    head = f"Message-ID: <large-{number}>\r\nFrom: a@example.net\r\nSubject: {number}\r\n\r\n".encode()
    return head + b"words and more words, seventy of them in each line, or nearly so many\r\n" * (SIZE // 71)


def someone(house: House, seed: GmailSeed | None = None) -> Moving:
    return house.moving(next(_people), seed or large_messages())


def bounded(at: Moving, visit: Callable[[], Migration]) -> Migration:
    """A visit that asks Gmail for no more than is needed."""
    before = at.spent()
    done = visit()
    after = at.spent()
    assert after.sign_ins + after.refused - before.sign_ins - before.refused <= MOST_SIGN_INS
    assert sum(after.commands.values()) - sum(before.commands.values()) <= MOST_COMMANDS
    return done


def visited(at: Moving, task: str) -> int:
    """Brings it up whenever its time has come, until it has ended. How often it waited."""
    waits = 0
    while (done := bounded(at, lambda: at.at.run(task))).state is not State.COMPLETED:
        assert (done.state, done.attention) == (State.WAITING, None), (done.attention, at.said(done))
        assert done.not_before is not None
        assert timedelta() < done.not_before - at.house.clock() <= LONGEST
        waits += 1
        assert waits < MOST_VISITS
        before = at.spent()
        assert at.at.engine.store.load(task).is_early(at.house.clock())
        assert at.spent() == before
        at.house.clock.move_to(done.not_before)
    assert done.not_before is None
    return waits


def in_mid_run(at: Moving, task: str, happens: Callable[[], object], *, nth: int = 2) -> Migration:
    """Works on it; that happens at the request that writes of that number."""
    emulator, name = at.house.at.emulator, f"mid-run {next(_numbers)}"
    emulator.add_fault(Fault(operation="CreateItem", nth=nth, action="hold", name=name))
    with ThreadPoolExecutor(1) as process:
        working = process.submit(bounded, at, lambda: at.at.run(task))
        while not emulator.wait_held(name, 0.1):
            assert not working.done(), working.result()
        happens()
        emulator.release(name)
        emulator.clear_faults()
        return working.result()


@pytest.mark.parametrize(("ending", "low", "high"), [
    (Ending.BYE, 0.3, 0.8), (Ending.BYE, 0.8, 1.5), (Ending.REFUSED, 0.3, 0.8), (Ending.REFUSED, 0.8, 1.5),
    (Ending.CRAWL, 0.5, 0.9),
])
def test_all_comes_once_however_early_gmail_cuts(
    house: House, chance: random.Random, ending: Ending, low: float, high: float
) -> None:
    """By BYE, by refusing sign-ins, by crawling: few visits, few sign-ins, and nothing for a person to do."""
    share = chance.uniform(low, high)
    print(ending, f"{share:.2f}")
    if ending is Ending.CRAWL:
        Hurried.answer_time = 2.0       # and what is sent to it comes at 853 bytes a second
    at = someone(house, large_messages(MESSAGES // 2 if ending is Ending.CRAWL else MESSAGES))
    truth = at.mailbox.truth()
    house.google.gmail.control.limit(at.login, int(share * A_DAY), ending)
    task = at.begin()

    waits = visited(at, task)

    assert at.wrong() == []
    assert waits >= 1
    assert at.mailbox.truth() == truth


def test_another_client_eats_the_day(house: House) -> None:
    """What it has read counts at Gmail alone: the cut is taken as it comes, and all goes on when the day is over."""
    at = someone(house)
    house.google.gmail.control.limit(at.login, A_DAY // 2, Ending.BYE)
    task = at.begin()

    def eats() -> None:
        house.google.gmail.control.spend(at.login, A_DAY)

    waiting = in_mid_run(at, task, eats)

    assert (waiting.state, waiting.attention) == (State.WAITING, None)
    assert waiting.not_before is not None
    house.clock.move_to(waiting.not_before)
    assert visited(at, task) >= 1
    assert at.wrong() == []


def test_two_tasks_share_the_day(house: House) -> None:
    """The second one of an account whose day is spent waits without signing in."""
    at = someone(house)
    first = at.at.run(at.begin())
    other = house.afresh(at)
    task, before = other.begin(), at.spent()

    waiting = at.at.run(task)

    assert (first.state, waiting.state) == (State.WAITING, State.WAITING)
    assert waiting.not_before == first.not_before
    assert at.spent() == before
    assert other.dump().count("  item") == 0


def test_a_locked_account_is_waited_for(house: House) -> None:
    """A lockout in mid-run: no person is asked, nobody tries again and again, and it ends by itself."""
    at = someone(house, large_seed(3, count=200))
    task = at.begin()

    waiting = in_mid_run(at, task, lambda: house.google.gmail.control.lock_out(at.login, 20 * 3600))

    assert (waiting.state, waiting.attention) == (State.WAITING, None), waiting.attention
    assert at.spent().refused <= 6
    assert visited(at, task) <= 5
    assert at.wrong() == []


def test_a_consent_that_is_taken_back_is_asked_for_and_it_goes_on(house: House) -> None:
    """In mid-run: it needs consent, asks Gmail no more meanwhile, and goes on where it was with a new one."""
    at = someone(house, large_seed(4, count=400))
    truth, task = at.mailbox.truth(), at.begin()
    house.google.gmail.control.behave(recheck_tokens=True)

    stopped = in_mid_run(at, task, lambda: house.google.google.revoke(at.login))

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert (stopped.attention.cause, stopped.attention.side) == (Cause.CONSENT, "source")
    there = at.arrived().messages
    assert there < at.judge.expected(truth)
    again = bounded(at, lambda: at.at.run(task))
    assert (again.state, again.attention and again.attention.cause) == (State.NEEDS_ATTENTION, Cause.CONSENT)
    at.consent_again(task)
    assert at.ended(bounded(at, lambda: at.at.run(task))).retries == 0
    assert at.wrong() == []
    assert at.mailbox.truth() == truth


def test_tokens_that_end_every_few_seconds_are_renewed(house: House) -> None:
    """Sessions end with them: nobody is asked, nothing waits for the next day, and sign-ins are few for each token."""
    at = someone(house, large_seed(5, count=400))
    house.google.gmail.control.behave(recheck_tokens=True)
    house.google.google.configure(access_seconds=30.0)
    task, before = at.begin(), len(house.google.google.requests)
    house.clock.step = 0.05

    done = at.at.run(task)

    house.clock.step = 0.0
    renewed = sum(call.endpoint == "token" for call in house.google.google.requests[before:])
    at.ended(done)
    assert at.wrong() == []
    assert renewed > 2
    assert at.spent().sign_ins <= 3 * (renewed + 1)
    assert at.spent().refused <= 3 * renewed
