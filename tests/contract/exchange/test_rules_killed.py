"""A process dies at a request while it moves Inbox rules or takes them back, and another one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, State
from tests.servers.exchange.pair import Pair, pair_of
from tests.servers.exchange.rules import DELETE, STOP, RuleBox, people, strings
from tests.servers.processes.mortal import as_of, moments_of

SPAM = strings("ContainsSubjectStrings", "spam")
MOVED = ["Theirs", "Forwards (only stops)", "Off", "Twin", "Twin"]
SUMS = Counts(found=4, copied=3, left_out=1)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A mailbox whose rules move: one is left out and replaced, one is off, two mean the same."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.INBOX_RULES])) as made:
        made.at.connectors.shortest_deadline = 1.0
        old = RuleBox(made.old)
        old.add("Forwards", people("ForwardToRecipients", "carol@example.net") + STOP, SPAM)
        old.add("Off", DELETE, SPAM, enabled=False)
        old.add("Twin", DELETE + STOP, strings("ContainsBodyStrings", "win"))
        old.add("Twin", DELETE + STOP, strings("ContainsBodyStrings", "win"))
        RuleBox(made.new).add("Theirs", DELETE, strings("ContainsBodyStrings", "mine"))
        yield made


def held(number: int) -> Fault:
    return Fault(operation="*", nth=number, when="after", action="hold", name=f"request {number}")


def rules_of(pair: Pair) -> list[str]:
    return RuleBox(pair.new).names()


def test_at_each_request_forwards(pair: Pair) -> None:
    """The next process brings what is missing, once; a rollback then leaves the mailbox with what its owner has.

    So does one that comes at once, before anything was answered for.
    """
    at, task = pair.at, pair.at.begin().task_id

    moments = moments_of(at, lambda world: world.run(task), held, at.emulator)

    written = 0
    for moment in moments:
        after = as_of(at, moment)
        if rules_of(pair) == ["Theirs"]:
            done = after.run(task)
            assert (done.state, done.step(Content.INBOX_RULES).counts) == (State.COMPLETED, SUMS)
        else:
            written += 1
        assert rules_of(pair) == MOVED
        assert after.roll_back(task).state is State.ROLLED_BACK
        assert rules_of(pair) == ["Theirs"]
    assert 0 < written < len(moments)
    as_of(at, moments[-written]).run(task)
    assert rules_of(pair) == MOVED


def test_at_each_request_back(pair: Pair) -> None:
    """The next process removes what is left of ours, and nothing is named as changed by its owner."""
    at, task = pair.at, pair.at.migrate().task_id

    moments = moments_of(at, lambda world: world.roll_back(task), held, at.emulator)

    for moment in moments:
        after = as_of(at, moment)
        back = after.roll_back(task)
        assert back.state is State.ROLLED_BACK
        assert back.rollback is not None
        assert (back.rollback.found, back.rollback.removed) == (3, 3)
        assert rules_of(pair) == ["Theirs"]
        assert not [one for one in after.engine.store.reported(task).failures if one.outcome.value == "kept"]
