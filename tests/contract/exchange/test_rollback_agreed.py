"""What a rollback would destroy for good needs a person's agreement."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from engine.contents import CONTENTS, contents
from engine.migration.back import preview
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import Choice
from terminal.going_back import run_rollback
from tests.servers.exchange_pair import pair_of
from tests.servers.exchange_rules import DELETE, RuleBox, strings
from tests.servers.terminal_session import session


def test_outlooks_own_rules_are_removed_only_where_a_person_agrees(tmp_path: Path) -> None:
    """Else ours stay. A look stores no agreement; with it ours go, and with them Outlook's."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.INBOX_RULES])) as pair:
        at, old, new = pair.at, RuleBox(pair.old), RuleBox(pair.new)
        old.add("Junk", DELETE, strings("ContainsSubjectStrings", "spam"))
        task = at.run(at.begin().task_id).task_id
        at.emulator.leave_outlook_rules(at.address)
        said = StringIO()

        without = preview(at.engine, task)
        agreed = preview(at.engine, task, choices=(Choice.OUTLOOK_RULES,))
        looked = at.engine.store.load(task)
        status = run_rollback(
            session(at.engine, said), task, yes=True, discard_changes=False, choices=(Choice.OUTLOOK_RULES,)
        )

        assert (without.items, without.asks) == (0, {Choice.OUTLOOK_RULES})
        assert (agreed.items, agreed.asks) == (1, frozenset())
        assert looked.request.choices == ()
        assert (status, at.engine.store.load(task).state) == (0, State.ROLLED_BACK)
        assert "Inbox rules: 1 rule, put back" in said.getvalue()
        assert new.told() == []
