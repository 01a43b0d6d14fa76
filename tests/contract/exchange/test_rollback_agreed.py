"""What a person says for a rollback at the terminal: what may be destroyed for good, and which mailbox it is."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.back import CountChangedError, Expected, preview, roll_back
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import Choice
from engine.pace.halt import Halt
from terminal.going_back import mailbox_of, run_rollback
from terminal.usage import UsageError
from tests.servers.exchange.pair import pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.terminal_session import session

OWN: dict[str, Any] = {"allow_plaintext": False, "destination_mailbox": None, "full_access": ()}


def test_outlooks_own_rules_are_removed_only_where_a_person_agrees(tmp_path: Path) -> None:
    """Else ours stay. No look, and no rollback that does not begin, leaves an agreement to the next."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.INBOX_RULES])) as pair:
        at, old, new = pair.at, RuleBox(pair.old), RuleBox(pair.new)
        old.add("Junk", DELETE, strings("ContainsSubjectStrings", "spam"))
        task = at.run(at.begin().task_id).task_id
        at.emulator.leave_outlook_rules(at.address)
        said = StringIO()

        without = preview(at.engine, task)
        agreed = preview(at.engine, task, choices=(Choice.OUTLOOK_RULES,))
        with pytest.raises(CountChangedError):
            roll_back(at.engine, task, expected=Expected(9, 0), choices=(Choice.OUTLOOK_RULES,), halt=Halt())
        next_time = preview(at.engine, task)
        looked = at.engine.store.load(task)
        status = run_rollback(
            session(at.engine, said), task, yes=True, discard_changes=False, choices=(Choice.OUTLOOK_RULES,)
        )

        assert (without.items, without.asks) == (0, {Choice.OUTLOOK_RULES})
        assert next_time == without
        assert (agreed.items, agreed.asks) == (1, frozenset())
        assert looked.request.choices == ()
        assert (status, at.engine.store.load(task).state) == (0, State.ROLLED_BACK)
        assert "Inbox rules: 1 rule, put back" in said.getvalue()
        assert new.told() == []


def test_another_mailbox_than_the_records_is_not_taken_for_it(tmp_path: Path) -> None:
    """Whoever names one is told which it is; how it is opened is said only of one that is named."""
    with pair_of(tmp_path, "2019") as pair:
        engine, task = pair.at.engine, pair.at.migrate().task_id
        another = mailbox_of("ews+https://ann%40example.org@mail.example.org", **OWN)

        with pytest.raises(UsageError, match=f"{task} moved to claire@example.org on .*Leave out --destination"):
            run_rollback(session(engine, StringIO()), task, yes=True, discard_changes=False, mailbox=another)
        with pytest.raises(UsageError, match="the mailbox of --destination"):
            mailbox_of(None, **OWN | {"full_access": ["destination"]})
        with pytest.raises(UsageError, match="The destination is an Exchange account"):
            mailbox_of("imaps://ann%40example.org@mail.example.org", **OWN)
        assert engine.store.load(task).state is State.COMPLETED
