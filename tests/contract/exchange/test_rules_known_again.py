"""Rules that a task has created are known again by what it has left in the mailbox, and count as long as they can."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

from engine.contents import CONTENTS, contents
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Counts
from engine.migration.request import Choice
from engine.migration.steering import retry
from engine.settings.copying import GONE
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange.pair import SENT, pair_of
from tests.servers.exchange.rules import DELETE, STOP, RuleBox, people, strings
from tests.servers.world import PASSWORD


@pytest.mark.parametrize(("mail", "asked"), [
    (True, (Content.MAIL, Content.INBOX_RULES)), (True, (Content.INBOX_RULES,)),
    (False, (Content.MAIL, Content.INBOX_RULES)),
])
def test_a_rule_that_its_owner_changed_does_not_come_again(
    tmp_path: Path, mail: bool, asked: tuple[Content, ...]
) -> None:
    """The tags of the task's mail tell that there was such a task, also to one that brings rules alone.

    Without any mail, only equal rules are known.
    """
    table = contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])
    with pair_of(tmp_path, "2019", contents=table) as pair:
        at, old, new = pair.at, RuleBox(pair.old), RuleBox(pair.new)
        if mail:
            pair.old.create("one", "Message", "", SENT, "")
        old.add("Junk", DELETE, strings("ContainsSubjectStrings", "spam"))
        old.add("Other", DELETE, strings("ContainsSubjectStrings", "offer"))
        at.run(at.begin().task_id)
        [junk, _] = new.told()
        new.put(junk.id, "Junk", DELETE, strings("ContainsSubjectStrings", "junk"))
        before = new.told()
        fakeredis.FakeRedis(server=at.server).flushall()

        again = at.run(at.begin_with(replace(at.request(), contents=asked)).task_id)

        assert len(new.told()) == len(before) + (not mail)
        assert again.step(Content.INBOX_RULES).counts.copied == (0 if mail else 1)


def test_what_came_stays_counted_when_its_source_is_gone(tmp_path: Path) -> None:
    """Its owner tidies the old mailbox, and has the rest copied once more; a rule that only stops is not counted."""
    table = contents(*(CONTENTS[one] for one in (Content.MAIL, Content.INBOX_RULES, OOF)))
    with pair_of(tmp_path, "2019", contents=table) as pair:
        at, desk, old, new = pair.at, Desk(pair), RuleBox(pair.old), RuleBox(pair.new)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        old.add("Sends", people("RedirectToRecipients", "carol@example.net") + STOP, strings("ItemClasses", "IPM.Note"))
        for name in ("Stays", "Goes"):
            old.add(name, DELETE, strings("ContainsSubjectStrings", name))
        first = at.run(at.begin_with(replace(at.request(), choices=(Choice.LEAVE_OFF,))).task_id)
        for rule in old.told():
            old.remove(rule.id)
        desk.sets(pair.old, BLANK)
        new.remove(new.told()[-1].id)
        retry(at.engine, first.task_id, {Side.SOURCE: PASSWORD})

        again = at.run(first.task_id)

        assert first.step(Content.INBOX_RULES).counts == Counts(found=3, copied=2, left_out=1)
        assert again.step(Content.INBOX_RULES).counts == Counts(found=2, copied=2, removed=1, removed_at_source=1)
        assert again.step(OOF).counts == Counts(found=1, copied=1, removed_at_source=1)
        assert again.left_off == first.left_off
        told = at.engine.store.reported(first.task_id).failures
        assert {(line.item, line.reason) for line in told} == {("Stays", GONE), ("Out-of-office", GONE)}
        assert new.names() == ["Sends (only stops)", "Stays"]
        at.roll_back(first.task_id)
        assert new.told() == []


def test_a_rule_that_was_made_anew_is_not_said_to_be_gone(tmp_path: Path) -> None:
    """Its owner has removed it at the source and made the same again: nobody is told to remove it where it acts."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.INBOX_RULES])) as pair:
        at, old, new = pair.at, RuleBox(pair.old), RuleBox(pair.new)
        mine = old.add("Mine", DELETE, strings("ContainsSubjectStrings", "spam"))
        at.migrate()
        old.add("Mine", DELETE, strings("ContainsSubjectStrings", "spam"))
        old.remove(mine)

        again = at.migrate()

        assert new.names() == ["Mine"]
        assert again.step(Content.INBOX_RULES).counts == Counts(found=1, already_there=1)
        assert at.engine.store.reported(again.task_id).failures == ()
