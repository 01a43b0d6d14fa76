"""A server that lets nobody change a setting: an administrator can take that right away from a mailbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import Choice
from engine.migration.steering import cancel
from engine.settings.switching_on import offered
from tests.contract.exchange.test_colours_moved import NEW, OLD
from tests.contract.exchange.test_colours_moved import Desk as Colours
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange_pair import SENT, pair_of
from tests.servers.exchange_rules import DELETE, RuleBox, strings

COLOURS, MAIL, RULES = Content.COLOURS, Content.MAIL, Content.INBOX_RULES
CODES = ["ErrorAccessDenied"]


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


def test_what_was_left_off_can_be_switched_on_where_the_migration_was_then_cancelled(tmp_path: Path) -> None:
    """The new mailbox has the texts, switched off; the server was unwell before anybody could look."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[OOF])) as pair:
        pair.at.engine = replace(pair.at.engine, patience=0.3)
        desk = Desk(pair)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        task = pair.at.begin_with(replace(pair.at.request(), choices=(Choice.LEAVE_OFF,))).task_id
        for name in ("GetUserOofSettingsRequest", "GetUserOofSettings"):
            for nth in range(2, 40):
                pair.at.emulator.add_fault(Fault(operation=name, nth=nth, action="status", status=503))
        stopped = pair.at.run(task)
        pair.at.emulator.clear_faults()
        assert desk.has(pair.new) == away("Disabled"), stopped

        cancel(pair.at.engine, task)

        assert offered(desk.record(stopped), pair.at.engine.clock()), desk.record(stopped).state
