"""A server that gives a setting to nobody, or lets nobody change it: an administrator can take that right away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.network.attempts import WAITS
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import State
from tests.contract.exchange.test_colours_moved import NEW, OLD
from tests.contract.exchange.test_colours_moved import Desk as Colours
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange.pair import SENT, pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.processes.mortal import Moment, as_of

COLOURS, MAIL, RULES = Content.COLOURS, Content.MAIL, Content.INBOX_RULES
CODES = ["ErrorAccessDenied"]
READ = ["ErrorAccessDenied", "ErrorCorruptData"]


@pytest.mark.parametrize("code", CODES)
def test_mail_comes_where_the_list_of_categories_may_not_be_written(tmp_path: Path, code: str) -> None:
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[COLOURS], CONTENTS[MAIL])) as pair:
        pair.at.engine = replace(pair.at.engine, patience=0.3)
        Colours(pair).keeps(pair.old, OLD)
        Colours(pair).keeps(pair.new, NEW)
        pair.old.create("a letter", "Message", "", SENT, "")
        pair.at.emulator.add_fault(
            Fault(operation="UpdateUserConfiguration", action="items", positions=(0,), code=code))

        done = pair.at.run(pair.at.begin().task_id)

        assert (done.state, done.step(MAIL).counts.copied) == (State.COMPLETED, 1), done.attention


@pytest.mark.parametrize("code", CODES)
def test_the_out_of_office_comes_where_rules_may_not_be_written(tmp_path: Path, code: str) -> None:
    ways = contents(*(CONTENTS[one] for one in (MAIL, RULES, OOF)))
    with pair_of(tmp_path, "2019", contents=ways) as pair:
        pair.at.engine = replace(pair.at.engine, patience=0.3)
        desk = Desk(pair)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        RuleBox(pair.old).add("One", DELETE, strings("ContainsSubjectStrings", "x"))
        pair.at.emulator.add_fault(Fault(operation="UpdateInboxRules", action="items", positions=(0,), code=code))

        done = pair.at.run(pair.at.begin().task_id)

        assert (done.state, done.step(OOF).counts.copied) == (State.COMPLETED, 1), done.attention


OPERATIONS = (
    "UpdateInboxRules", "SetUserOofSettingsRequest", "GetUserOofSettingsRequest", "GetInboxRules",
    "GetUserConfiguration",
)


@pytest.mark.parametrize("code", CODES)
def test_a_rollback_removes_the_mail_where_a_setting_may_not_be_written(tmp_path: Path, code: str) -> None:
    """What cannot be put back is named. One migration is taken back once for each operation that is refused."""
    ways = contents(*(CONTENTS[one] for one in (MAIL, RULES, OOF)))
    with pair_of(tmp_path, "2019", contents=ways) as pair:
        pair.at.connectors.shortest_deadline = 1.0
        desk = Desk(pair)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        pair.old.create("a letter", "Message", "", SENT, "")
        RuleBox(pair.old).add("One", DELETE, strings("ContainsSubjectStrings", "x"))
        done = pair.at.migrate()
        migrated = Moment.of(pair.at)
        for operation in OPERATIONS:
            at = as_of(pair.at, migrated)
            at.engine = replace(at.engine, patience=0.3)
            assert len(at.messages()) == 1
            for name in {operation, operation.removesuffix("Request")}:
                at.emulator.add_fault(Fault(operation=name, action="items", positions=(0,), code=code))

            back = at.roll_back(done.task_id)

            at.emulator.clear_faults()
            assert (back.state, at.messages()) == (State.ROLLED_BACK, []), (operation, back.attention)


@pytest.mark.parametrize("code", READ)
@pytest.mark.parametrize("side", ["old", "new"])
def test_mail_comes_where_the_list_of_categories_is_refused(tmp_path: Path, code: str, side: str) -> None:
    """Nobody chose colours, and nobody can leave them out: they keep no mail from moving, and are waited for once."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[COLOURS], CONTENTS[MAIL])) as pair:
        at = pair.at
        at.engine = replace(at.engine, patience=0.3)
        pair.old.create("a letter", "Message", "", SENT, "")
        refusing = pair.left if side == "old" else at.emulator
        refusing.add_fault(Fault(operation="GetUserConfiguration", action="items", positions=(0,), code=code))

        done = at.run(at.begin().task_id)

        assert (done.state, done.step(MAIL).counts.copied) == (State.COMPLETED, 1), done.attention
        assert 1 <= [one.operation for one in refusing.requests].count("GetUserConfiguration") <= len(WAITS) + 1
