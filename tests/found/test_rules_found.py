"""Inbox rules that do something else in the new mailbox than their owner was promised."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

from emulators.exchange import Fault
from emulators.exchange.people.directory import ex_of
from engine.contents import CONTENTS, contents
from engine.errors import FatalError
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import Choice
from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry
from tests.contract.exchange.test_rules_moved import Rules, alter, counts
from tests.servers.exchange_pair import OLD, SENT, pair_of
from tests.servers.exchange_rules import DELETE, STOP, RuleBox, people, strings
from tests.servers.world import ADDRESS, interpose

SPAM = strings("ContainsSubjectStrings", "spam")


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    table = contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])
    with pair_of(tmp_path, "2019", contents=table) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


@pytest.mark.parametrize("to", ["internal", "alias of the old mailbox"])
def test_a_rule_that_forwards_to_the_new_mailbox_stays(rules: Rules, to: str) -> None:
    """However the rule names it: Outlook names whom it finds in the directory by an internal address."""
    rules.pair.left.add_mailbox(ADDRESS, password="-")
    address = ex_of(ADDRESS) if to == "internal" else OLD
    rules.old.add("All to the new one", people("ForwardToRecipients", address), SPAM)

    rules.migrate(Choice.FORWARDING)

    assert rules.new.told() == []


class Deaf:
    """A server that says NoError and creates nothing."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return [DONE] * len(add)


def test_what_is_counted_as_copied_was_seen(rules: Rules) -> None:
    """The server says NoError, and no rule is there: nobody is told that it was copied."""
    rules.old.add("One", DELETE, SPAM)
    interpose(rules.pair.at, settings=lambda inner, content: Deaf(inner.settings(content)))

    done = rules.migrate()

    assert counts(done).copied == 0, (counts(done), rules.lines(done))


def test_a_rule_that_its_owner_changed_does_not_come_again_with_rules_alone(rules: Rules) -> None:
    """The store was lost, the keys and the mailbox's own copy were not; the second run brings rules alone."""
    at = rules.pair.at
    rules.pair.old.create("one", "Message", "", SENT, "")
    rules.old.add("Junk", DELETE, SPAM)
    rules.migrate()
    [junk] = rules.new.told()
    rules.new.put(junk.id, "Junk", DELETE, strings("ContainsSubjectStrings", "junk"))
    fakeredis.FakeRedis(server=at.server).flushall()

    only = replace(at.request(), contents=(Content.INBOX_RULES,))
    at.run(at.begin_with(only).task_id)

    assert len(rules.new.told()) == 1


def test_a_condition_beside_the_known_parts_is_not_dropped(rules: Rules) -> None:
    rules.old.add("One", DELETE, SPAM)
    alter(rules, "One", "<t:Actions>", "<t:MoreConditions><t:Never>true</t:Never></t:MoreConditions><t:Actions>")

    done = rules.migrate()

    assert rules.new.told() == [], (counts(done), rules.lines(done))


def test_a_rule_that_comes_later_runs_where_it_ran(rules: Rules) -> None:
    """The report of the first task says "migrate again with rules that forward"; then it forwards what it forwarded.

    Behind the rule that stops it would never see that mail.
    """
    rules.old.add("Also to Carol", people("ForwardToRecipients", "carol@example.net"), SPAM)
    rules.old.add("Delete, and stop", DELETE + STOP, SPAM)
    rules.migrate()

    rules.migrate(Choice.FORWARDING)

    assert rules.new.names() == rules.old.names()


class Shown:
    """A server that shows a rule otherwise than it was written: a word without the blank around it."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return self._inner.apply([replace(one, key="x", value=one.value.replace("spam ", "spam")) for one in add])


@pytest.mark.parametrize("lost", [False, True])
def test_a_lost_answer_doubles_no_rule_that_the_server_shows_otherwise(rules: Rules, lost: bool) -> None:
    rules.old.add("One", DELETE, strings("ContainsSubjectStrings", "spam "))
    interpose(rules.pair.at, settings=lambda inner, content: Shown(inner.settings(content)))
    if lost:
        rules.pair.at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=1, when="after", action="drop"))

    rules.migrate()

    assert len(rules.new.names()) == 1


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
    assert back.rollback is None or back.rollback.removed == 0, back.rollback


def test_a_rule_that_did_not_run_is_not_set_going_in_silence(rules: Rules) -> None:
    """The old server has marked it as being in error, so it deleted nothing; in the new mailbox it deletes mail."""
    rules.old.add("Broken for years", DELETE, SPAM)
    with closing(sqlite3.connect(rules.pair.directory / "old.sqlite")) as db, db:
        db.execute("UPDATE inbox_rule SET in_error=1")

    done = rules.migrate()

    assert "Broken for years" in rules.lines(done), rules.new.told()


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

    at.run(task)

    assert len(rules.new.told()) == 1


def test_what_a_half_done_rollback_has_emptied_is_not_there(rules: Rules) -> None:
    """A second task finds a rule that means nothing any more, and that goes when the rollback goes on."""
    at = rules.pair.at
    at.connectors.shortest_deadline = 1.0
    at.engine = replace(at.engine, patience=0.3)
    rules.old.add("Off", DELETE, SPAM, enabled=False)
    first = rules.migrate()
    at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=3, action="fault", code="ErrorServerBusy"))
    for nth in range(4, 60):
        at.emulator.add_fault(Fault(operation="UpdateInboxRules", nth=nth, action="fault", code="ErrorServerBusy"))
    with suppress(FatalError):
        at.roll_back(first.task_id)
    at.emulator.clear_faults()

    second = rules.migrate()

    assert counts(second).already_there == 0, rules.new.told()
