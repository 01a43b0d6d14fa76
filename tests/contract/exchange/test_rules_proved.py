"""What became of Inbox rules is what the mailbox shows, not what its server says of a request."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.rules.reading import IN_ERROR, IN_ERROR_NOW
from engine.contents import CONTENTS, contents
from engine.errors import FatalError, Side
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.migration.request import Choice
from engine.migration.steering import cancel, retry
from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry
from tests.contract.exchange.test_rules_moved import Rules, alter, counts
from tests.servers.exchange.pair import SENT, pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, people, strings
from tests.servers.world import PASSWORD, interpose

ALL = (Content.MAIL, Content.INBOX_RULES)
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


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorCorruptData"])
def test_rules_that_a_server_does_not_tell_stop_nothing(tmp_path: Path, code: str) -> None:
    """At either side: all else comes and goes back, and the report names them."""
    with pair_of(tmp_path, "2019", contents=contents(*map(CONTENTS.__getitem__, ALL))) as pair:
        at, rules = pair.at, Rules(pair, RuleBox(pair.old), RuleBox(pair.new))
        at.engine = replace(at.engine, patience=0.3)
        pair.old.create("a letter", "Message", "", SENT, "")
        rules.old.add("One", DELETE, SPAM)
        refused = Fault(operation="GetInboxRules", action="items", positions=(0,), code=code)
        pair.left.add_fault(refused)
        old = rules.migrate()
        pair.left.clear_faults()
        at.emulator.add_fault(refused)
        new = rules.migrate()
        at.emulator.clear_faults()
        both = rules.migrate()
        at.emulator.add_fault(refused)
        back = rules.roll_back(both)

        assert [counts(done) for done in (old, new, both)] == [
            *[Counts(found=1, left_out=1)] * 2, Counts(found=1, copied=1)]
        assert [done.step(Content.MAIL).counts.settled for done in (old, new)] == [1, 1]
        assert "the source server does not tell the rules" in rules.lines(old)["(all inbox rules)"][1]
        assert "the destination server does not tell the rules" in rules.lines(new)["One"][1]
        assert "so it stays" in rules.lines(back)["One"][1]


def test_rules_that_nobody_may_write_stop_nothing(tmp_path: Path) -> None:
    """An administrator can take that right away: what was to come has failed, what was to go stays."""
    with pair_of(tmp_path, "2019", contents=contents(*map(CONTENTS.__getitem__, ALL))) as pair:
        at, rules = pair.at, Rules(pair, RuleBox(pair.old), RuleBox(pair.new))
        refused = Fault(operation="UpdateInboxRules", action="items", positions=(0,), code="ErrorAccessDenied")
        pair.old.create("a letter", "Message", "", SENT, "")
        rules.old.add("One", DELETE, SPAM)
        at.emulator.add_fault(refused)
        without = rules.migrate()
        at.emulator.clear_faults()
        done = rules.migrate()
        at.emulator.add_fault(refused)
        back = rules.roll_back(done)

        assert counts(without) == Counts(found=1, failed=1)
        assert "may not do this" in rules.lines(without)["One"][1]
        assert "may not do this" in rules.lines(back)["One"][1]
        assert rules.new.names() == ["One"]


def test_a_rule_in_error_is_named(rules: Rules) -> None:
    """One that did not run is not set going in silence, nor is one that does not run now taken for one that does."""
    rules.old.add("Broken for years", DELETE, SPAM)
    mark_in_error(rules, "old")

    first = rules.migrate()
    told = rules.lines(first)
    mark_in_error(rules, "exchange")
    retry(rules.pair.at.engine, first.task_id, {Side.SOURCE: PASSWORD})
    second = rules.pair.at.run(first.task_id)

    assert told["Broken for years"] == ("noted", IN_ERROR)
    found = rules.pair.at.engine.store.reported(second.task_id).failures
    assert [line.reason for line in found] == [IN_ERROR, IN_ERROR_NOW]
    assert counts(second) == Counts(found=1, copied=1)
    rules.roll_back(second)
    assert rules.new.told() == []


def mark_in_error(rules: Rules, name: str) -> None:
    with closing(sqlite3.connect(rules.pair.directory / f"{name}.sqlite")) as db, db:
        db.execute("UPDATE inbox_rule SET in_error=1")


def test_a_rule_that_alerts_a_telephone_comes(rules: Rules) -> None:
    """A number is no address of mail, and is looked up nowhere."""
    rules.old.add("SMS", people("SendSMSAlertToRecipients", "carol@example.net"))
    alter(rules, "SMS", "carol@example.net</t:EmailAddress><t:RoutingType>SMTP",
          "+491711234567</t:EmailAddress><t:RoutingType>MOBILE")

    done = rules.migrate(Choice.FORWARDING)

    assert counts(done) == Counts(found=1, copied=1)
    assert rules.new.told()[0].parts == rules.old.told()[0].parts


def test_no_rule_comes_before_the_mail_has(tmp_path: Path) -> None:
    """Where mail was stopped, by its server or by a person, no rule acts in the new mailbox."""
    with pair_of(tmp_path, "2019", contents=contents(*map(CONTENTS.__getitem__, ALL))) as pair:
        at, rules = pair.at, Rules(pair, RuleBox(pair.old), RuleBox(pair.new))
        pair.old.create("a letter", "Message", "", SENT, "")
        rules.old.add("One", DELETE, SPAM)
        at.emulator.add_fault(Fault(operation="CreateItem", action="items", positions=(0,), code="ErrorQuotaExceeded"))
        task = at.begin().task_id
        stopped = at.run(task)
        at.emulator.clear_faults()
        assert (stopped.state, rules.new.told()) == (State.NEEDS_ATTENTION, [])

        ended = cancel(at.engine, task)

        assert (ended.state, rules.new.told()) == (State.CANCELLED, [])
        assert "UpdateInboxRules" not in [one.operation for one in at.emulator.requests]
