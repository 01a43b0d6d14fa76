"""What became of Inbox rules is what the mailbox shows, not what its server says of a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.errors import FatalError
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry
from tests.contract.exchange.test_rules_moved import Rules, counts
from tests.servers.exchange_pair import pair_of
from tests.servers.exchange_rules import DELETE, RuleBox, strings
from tests.servers.world import interpose

SPAM = strings("ContainsSubjectStrings", "spam")


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    """A mailbox with rules, and the one that it moves to."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.INBOX_RULES])) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


class Deaf:
    """A server that says NoError and creates nothing."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return [DONE] * len(add)


def test_what_is_counted_as_copied_was_seen(rules: Rules) -> None:
    """The server says NoError, and no rule is there: nobody is told that it was copied."""
    rules.old.add("One", DELETE, SPAM)
    interpose(rules.pair.at, settings=lambda inner, content: Deaf(inner.settings(content)))

    done = rules.migrate()

    assert counts(done) == Counts(found=1, failed=1)
    assert "does not show it" in rules.lines(done)["One"][1]


class DeafBack(Deaf):
    """A server that says NoError and removes nothing."""

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return self._inner.apply(add)

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        return [DONE] * len(ours)


def test_what_is_counted_as_removed_is_gone(rules: Rules) -> None:
    """The server says NoError to the removal, and the rule goes on deleting mail: its owner is told."""
    rules.old.add("One", DELETE, SPAM)
    done = rules.migrate()
    interpose(rules.pair.at, settings=lambda inner, content: DeafBack(inner.settings(content)))

    back = rules.pair.at.roll_back(done.task_id)

    assert rules.new.names() == ["One"]
    assert back.rollback is not None
    assert (back.rollback.removed, back.rollback.kept) == (0, 1)
    assert "does not show that" in rules.lines(back)["One"][1]


class Shown:
    """A server that shows a rule otherwise than it was written: a word without the blank around it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return self._inner.apply([replace(one, key="x", value=one.value.replace("spam ", "spam")) for one in add])


@pytest.mark.parametrize("lost", [False, True])
def test_no_rule_is_doubled_that_the_server_shows_otherwise(rules: Rules, lost: bool) -> None:
    """Nor when the answer to its creation is lost: it is the new one of its name."""
    rules.old.add("One", DELETE, strings("ContainsSubjectStrings", "spam "))
    interpose(rules.pair.at, settings=lambda inner, content: Shown(inner.settings(content)))
    if lost:
        rules.pair.at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=1, when="after", action="drop"))

    done = rules.migrate()

    assert (rules.new.names(), counts(done)) == (["One"], Counts(found=1, copied=1))
    rules.roll_back(done)
    assert rules.new.names() == []


def test_a_rule_that_is_changed_while_the_migration_stands_still_does_not_come_again(rules: Rules) -> None:
    """It was created, the server was away for a day before anybody looked, and its owner changed the rule."""
    at = rules.pair.at
    at.engine = replace(at.engine, patience=0.3)
    rules.old.add("One", DELETE, SPAM)
    at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=1, when="after", action="drop"))
    for nth in range(4, 40):
        at.emulator.add_fault(Fault(operation="GetInboxRules", nth=nth, action="status", status=503))
    task = at.begin().task_id
    stopped = at.run(task)
    at.emulator.clear_faults()
    assert stopped.state is State.NEEDS_ATTENTION
    [one] = rules.new.told()
    rules.new.put(one.id, "One", "<t:MarkAsRead>true</t:MarkAsRead>", SPAM)

    done = at.run(task)
    changed = rules.new.told()

    assert (len(changed), counts(done)) == (1, Counts(found=1, copied=1))
    rules.roll_back(done)
    assert rules.new.told() == changed


def test_what_a_half_done_rollback_has_emptied_is_not_there(rules: Rules) -> None:
    """A second task finds a rule that means nothing any more, and that goes when the rollback goes on."""
    at = rules.pair.at
    at.connectors.shortest_deadline = 1.0
    at.engine = replace(at.engine, patience=0.3)
    rules.old.add("Off", DELETE, SPAM, enabled=False)
    first = rules.migrate()
    for nth in range(3, 60):
        at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=nth, action="fault", code="ErrorServerBusy"))
    with suppress(FatalError):
        at.roll_back(first.task_id)
    at.emulator.clear_faults()

    second = rules.migrate()

    assert (counts(second), rules.new.names()) == (Counts(found=1, copied=1), ["Off", "Off"])
    rules.roll_back(first)
    assert [(one.name, one.enabled) for one in rules.new.told()] == [("Off", False)]
    rules.roll_back(second)
    assert rules.new.told() == []
