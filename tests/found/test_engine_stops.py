"""A server that gives a setting to nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import State
from tests.servers.exchange_pair import SENT, pair_of
from tests.servers.exchange_rules import DELETE, RuleBox, strings

COLOURS, MAIL, RULES = Content.COLOURS, Content.MAIL, Content.INBOX_RULES
CODES = ["ErrorAccessDenied", "ErrorCorruptData"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("side", ["old", "new"])
def test_the_rest_comes_where_rules_are_refused(tmp_path: Path, code: str, side: str) -> None:
    """They are named."""
    ways = contents(*(CONTENTS[one] for one in (MAIL, RULES, Content.OUT_OF_OFFICE)))
    with pair_of(tmp_path, "2019", contents=ways) as pair:
        at = pair.at
        at.engine = replace(at.engine, patience=0.3)
        pair.old.create("a letter", "Message", "", SENT, "")
        RuleBox(pair.old).add("One", DELETE, strings("ContainsSubjectStrings", "x"))
        (pair.left if side == "old" else at.emulator).add_fault(
            Fault(operation="GetInboxRules", action="items", positions=(0,), code=code))

        done = at.run(at.begin().task_id)
        lines = at.engine.store.reported(done.task_id).failures

        assert done.state is State.COMPLETED, done.attention
        assert [line for line in lines if line.content is RULES]
