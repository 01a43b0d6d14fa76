"""A rollback in a mailbox whose owner may not change its settings any more, as an administrator has decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.back import preview
from engine.migration.content import Content
from engine.migration.record import Migration, Reason, Rollback, State
from engine.pace.halt import Halt
from tests.contract.exchange.test_colours_moved import NEW, OLD
from tests.contract.exchange.test_colours_moved import Desk as Colours
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange.pair import SENT, Pair, pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, strings

WRITING = ("UpdateInboxRules", "SetUserOofSettings", "SetUserOofSettingsRequest", "UpdateUserConfiguration")
READING = ("GetInboxRules", "GetUserOofSettings", "GetUserOofSettingsRequest")


@dataclass(frozen=True)
class Moved:
    """Mail and all settings, moved."""

    pair: Pair
    done: Migration

    def forbid(self, *operations: str) -> None:
        for operation in operations:
            self.pair.at.emulator.add_fault(
                Fault(operation=operation, action="items", positions=(0,), code="ErrorAccessDenied"))

    def kept(self) -> dict[Content, str]:
        """Why each content stays, as the report says."""
        lines = self.pair.at.engine.store.reported(self.done.task_id).failures
        return {line.content: line.reason for line in lines if line.outcome is Reason.KEPT}


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Moved]:
    ways = (Content.COLOURS, Content.MAIL, Content.INBOX_RULES, OOF)
    with pair_of(tmp_path, "2019", contents=contents(*(CONTENTS[one] for one in ways))) as pair:
        desk, colours = Desk(pair), Colours(pair)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        colours.keeps(pair.old, OLD)
        colours.keeps(pair.new, NEW)
        pair.old.create("a letter", "Message", "", SENT, "")
        for name in ("One", "Two"):
            RuleBox(pair.old).add(name, DELETE, strings("ContainsSubjectStrings", name))
        yield Moved(pair, pair.at.run(pair.at.begin().task_id))


def sums(done: Rollback | None) -> tuple[int, int, int]:
    assert done is not None
    return done.found, done.removed, done.kept


def test_what_may_not_be_put_back_is_named_and_the_rest_goes(moved: Moved) -> None:
    """Each entry of a setting counts as kept; the mail is removed."""
    at, there = moved.pair.at, RuleBox(moved.pair.new)
    came = moved.done.step(Content.COLOURS).counts.copied
    moved.forbid(*WRITING)

    back = at.roll_back(moved.done.task_id)

    assert (back.state, at.messages(), there.names()) == (State.ROLLED_BACK, [], ["One", "Two"]), back.attention
    assert moved.kept().keys() == {Content.COLOURS, Content.INBOX_RULES, OOF}
    assert all("may not do this in its mailbox" in why for why in moved.kept().values())
    assert sums(back.rollback) == (came + 4, 1, came + 3)


def test_what_may_not_be_read_stays_and_the_rest_goes(moved: Moved) -> None:
    """A preview says so before."""
    at, there = moved.pair.at, RuleBox(moved.pair.new)
    moved.forbid(*READING)

    seen = preview(at.engine, moved.done.task_id, halt=Halt())
    back = at.roll_back(moved.done.task_id)
    at.emulator.clear_faults()

    assert [one.content for one in seen.contents if one.lost and one.closed] == [Content.INBOX_RULES, OOF]
    assert (back.state, at.messages(), there.names()) == (State.ROLLED_BACK, [], ["One", "Two"]), back.attention
    assert moved.kept().keys() == {Content.INBOX_RULES, OOF}
    assert sums(back.rollback)[1] == moved.done.step(Content.COLOURS).counts.copied + 1
