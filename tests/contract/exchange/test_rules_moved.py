"""Inbox rules, moved from one Exchange mailbox to another: what they mean there, what stays, and what goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
from tests.servers.exchange_pair import Pair, new_folder, pair_of, put
from tests.servers.exchange_rules import DELETE, STOP, RuleBox, filing, people, strings


@dataclass(frozen=True)
class Rules:
    """Both mailboxes with their rules."""

    pair: Pair
    old: RuleBox
    new: RuleBox

    def migrate(self, *choices: Choice) -> Migration:
        """By a new task."""
        wanted = replace(self.pair.at.request(), choices=choices)
        done = self.pair.at.run(self.pair.at.begin_with(wanted).task_id)
        assert done.state is State.COMPLETED, done.attention
        return done

    def lines(self, done: Migration) -> dict[str, tuple[str, str]]:
        """What the report says of rules, by their names."""
        found = self.pair.at.engine.store.reported(done.task_id).failures
        return {line.item: (line.outcome.value, line.reason) for line in found if line.content is Content.INBOX_RULES}


def counts(done: Migration) -> Counts:
    return done.step(Content.INBOX_RULES).counts


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    """A mailbox with rules, and the one that it moves to."""
    table = contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])
    with pair_of(tmp_path, "2019", contents=table) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


def test_rules_come_with_their_folders_and_go_back(rules: Rules) -> None:
    """Behind the mailbox's own, in their order and state; found again by a second task; removed by a rollback."""
    lists = new_folder(rules.pair, "Lists", "IPF.Note")
    put(rules.pair, "one", lists)
    rules.new.add("Owner's own", DELETE, strings("ContainsSubjectStrings", "spam"))
    rules.old.add("To lists", filing(lists) + STOP, strings("ContainsSenderStrings", "list"))
    rules.old.add("Off", DELETE, people("FromAddresses", "ann@example.net"), enabled=False)
    rules.old.add("Junk", filing("junkemail"), strings("ContainsBodyStrings", "win"))
    before = rules.new.told()

    first = rules.migrate()
    arrived = rules.new.told()
    second = rules.migrate()

    assert rules.lines(first) == {}
    assert counts(first) == Counts(found=3, copied=3)
    assert [one.name for one in arrived] == ["Owner's own", "To lists", "Off", "Junk"]
    assert [one.enabled for one in arrived] == [True, True, False, True]
    assert counts(second) == Counts(found=3, already_there=3)
    assert rules.new.told() == arrived
    assert rules.pair.at.roll_back(first.task_id).state is State.ROLLED_BACK
    assert rules.new.told() == before
