"""A process dies at a request and the store is lost with it: what lies in the mailbox is enough to roll back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.errors import InputError
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.taking_up import take_up
from tests.contract.exchange.test_colours_moved import NEW, OLD, Desk
from tests.servers.exchange.pair import SENT, Pair, pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.world import ADDRESS, PASSWORD, World

MOVED = (Content.COLOURS, Content.MAIL, Content.INBOX_RULES)
EACH = 7        # how many requests lie between two deaths


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A mailbox with mail, categories and a rule, and one whose owner has some of their own."""
    with pair_of(tmp_path, "2019", contents=contents(*(CONTENTS[content] for content in MOVED))) as made:
        made.at.connectors.shortest_deadline = 1.0
        for subject in ("one", "two"):
            made.old.create(subject, "Message", "", SENT, "")
        RuleBox(made.old).add("Junk", DELETE, strings("ContainsSubjectStrings", "spam"))
        RuleBox(made.new).add("Theirs", DELETE, strings("ContainsBodyStrings", "mine"))
        Desk(made).keeps(made.old, OLD)
        Desk(made).keeps(made.new, NEW)
        yield made


def held(number: int) -> Fault:
    return Fault(operation="*", nth=number, when="after", action="hold", name=f"request {number}")


def seen(pair: Pair) -> object:
    """What the owner of the new mailbox has."""
    return pair.at.subjects(), RuleBox(pair.new).names(), Desk(pair).has(pair.new)


def lose_store(at: World) -> None:
    fakeredis.FakeRedis(server=at.server).flushall()


def known_to_mailbox(at: World) -> bool:
    return "OMM." in at.emulator.dump(ADDRESS)


def taken_back(at: World, task: str) -> State:
    """Somebody names the mailbox of a task that the store has lost, and rolls it back."""
    lose_store(at)
    take_up(at.engine, task, at.request().destination, password=PASSWORD)
    return at.roll_back(task).state


def test_a_task_that_died_at_any_request_is_taken_back_without_its_record(pair: Pair) -> None:
    """From the first setting that it keeps on; before that, nobody knows of it, and nothing changes."""
    at, before, task = pair.at, seen(pair), pair.at.begin().task_id

    moments = moments_of(at, lambda world: world.run(task), held, at.emulator)[::EACH]

    known = 0
    for moment in moments:
        after = as_of(at, moment)
        if known_to_mailbox(after):
            known += 1
            assert taken_back(after, task) is State.ROLLED_BACK
            assert not known_to_mailbox(after)
        else:
            there = seen(pair)
            with pytest.raises(InputError, match="neither has the mailbox"):
                taken_back(after, task)
            assert seen(pair) == there
        assert seen(pair) == before or not known
    assert 0 < known < len(moments)


def test_a_rollback_that_died_with_the_store_is_begun_again(pair: Pair) -> None:
    """As long as the mailbox knows of the task, all that is left of it goes."""
    at, before, task = pair.at, seen(pair), pair.at.migrate().task_id

    moments = moments_of(at, lambda world: world.roll_back(task), held, at.emulator)[::EACH]

    for moment in moments:
        after = as_of(at, moment)
        if known_to_mailbox(after):
            assert taken_back(after, task) is State.ROLLED_BACK
        assert not known_to_mailbox(after)
        assert seen(pair) == before
