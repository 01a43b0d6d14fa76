"""Rules of a task that the store has lost are known again by what the task has left in the mailbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from tests.servers.exchange_pair import SENT, pair_of
from tests.servers.exchange_rules import DELETE, RuleBox, strings


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
