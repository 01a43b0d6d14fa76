"""Inbox rules that do something else in the new mailbox than their owner was promised."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.request import Choice
from tests.contract.exchange.test_rules_moved import Rules
from tests.servers.exchange_pair import SENT, pair_of
from tests.servers.exchange_rules import DELETE, STOP, RuleBox, people, strings

SPAM = strings("ContainsSubjectStrings", "spam")


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    table = contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])
    with pair_of(tmp_path, "2019", contents=table) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


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


def test_a_rule_that_comes_later_runs_where_it_ran(rules: Rules) -> None:
    """The report of the first task says "migrate again with rules that forward"; then it forwards what it forwarded.

    Behind the rule that stops it would never see that mail.
    """
    rules.old.add("Also to Carol", people("ForwardToRecipients", "carol@example.net"), SPAM)
    rules.old.add("Delete, and stop", DELETE + STOP, SPAM)
    rules.migrate()

    rules.migrate(Choice.FORWARDING)

    assert rules.new.names() == rules.old.names()


def test_a_rule_that_did_not_run_is_not_set_going_in_silence(rules: Rules) -> None:
    """The old server has marked it as being in error, so it deleted nothing; in the new mailbox it deletes mail."""
    rules.old.add("Broken for years", DELETE, SPAM)
    with closing(sqlite3.connect(rules.pair.directory / "old.sqlite")) as db, db:
        db.execute("UPDATE inbox_rule SET in_error=1")

    done = rules.migrate()

    assert "Broken for years" in rules.lines(done), rules.new.told()


def test_what_came_stays_counted_when_its_source_is_gone(rules: Rules) -> None:
    """The owner tidies the old mailbox, and has what failed copied once more: the rule in the new one came of us."""
    old = rules.old.add("One", DELETE, SPAM)
    done = rules.migrate()
    rules.old.remove(old)
    retry(rules.pair.at.engine, done.task_id, {Side.SOURCE: PASSWORD})

    again = rules.pair.at.run(done.task_id)

    assert rules.new.names() == ["One"]
    assert counts(again).copied == 1
