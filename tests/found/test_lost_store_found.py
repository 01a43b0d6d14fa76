"""The store is lost, the keys are not."""

from __future__ import annotations

from pathlib import Path

import fakeredis

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.request import Choice
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange_pair import SENT, pair_of

COLOURS, MAIL, RULES = Content.COLOURS, Content.MAIL, Content.INBOX_RULES


def test_what_was_left_off_can_be_switched_on_after_the_store_was_lost(tmp_path: Path) -> None:
    """The same person asks for the same once more: it is there, off, and nothing switches it on."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[MAIL], CONTENTS[OOF])) as pair:
        desk = Desk(pair)
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        pair.old.create("a letter", "Message", "", SENT, "")
        desk.migrates(Choice.LEAVE_OFF)
        fakeredis.FakeRedis(server=pair.at.server).flushall()

        second = desk.migrates(Choice.LEAVE_OFF)

        assert desk.has(pair.new) == away("Disabled")
        assert desk.offered(second)
