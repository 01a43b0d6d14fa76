"""Calendars move under either behaviour of a server that nobody has proved: nothing is lost, doubled or sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import State
from engine.ports.typed import TypedItem
from tests.contract.exchange.appointments import SUBJECT, at, changed, series
from tests.contract.exchange.diary import Diary, seen, tell_digests
from tests.contract.exchange.test_meetings_written import INVITED, OBJECT_ID, invitation, own_meeting, people
from tests.servers.world import World, world

KINDEST = {
    "uid_sets_global_object_id": True, "organizer_by_property": True, "attendee_responses_kept": True,
    "max_instance_index": None, "unsent_meetings_sent_later": False,
}
HARSHEST = {
    "uid_sets_global_object_id": False, "organizer_by_property": False, "attendee_responses_kept": False,
    "max_instance_index": 999, "unsent_meetings_sent_later": True,
}


def _numbered(*items: TypedItem) -> list[TypedItem]:
    return [replace(item, uid=number, key=bytes([number] * 16)) for number, item in enumerate(items, 1)]


ITEMS = _numbered(
    invitation(), own_meeting(answer="Accept"), own_meeting(sent=False),
    series(
        item=SUBJECT + OBJECT_ID + INVITED, calendar=people(), deleted=[at(2)],
        changed=[changed(at(3), at(3, hours=1), calendar=people("Decline")), changed(at(5), at(7, days=1))],
    ),
)


@pytest.fixture(params=[KINDEST, HARSHEST], ids=["kindest", "harshest"])
def moved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, dict[str, Any]]]:
    """A mailbox at such a server. When the test is over, nothing was sent."""
    with world(tmp_path, {"old": Diary(ITEMS)}, grace=0.02, contents=contents(CONTENTS[Content.CALENDARS])) as opened:
        opened.emulator.configure(**request.param)
        tell_digests(opened)
        yield opened, request.param


def test_all_of_it_moves_once_and_goes_again(moved: tuple[World, dict[str, Any]]) -> None:
    """A second run copies nothing, and a rollback leaves the mailbox as it was; the report says what was not kept."""
    opened, settings = moved
    before = opened.emulator.dump(opened.address)
    done, again = opened.migrate(), opened.migrate()
    said = {line.reason for line in opened.engine.store.reported(done.task_id).failures}

    counts = [each.step(Content.CALENDARS).counts for each in (done, again)]
    assert [(each.copied, each.already_there, each.failed) for each in counts] == [(4, 0, 0), (0, 4, 0)]
    assert len(list(seen(opened).shown.elements())) == 3 + 9
    assert any("and not who invited them" in words for words in said) is not settings["organizer_by_property"]
    assert any("what its people have answered" in words for words in said) is not settings["attendee_responses_kept"]
    assert any("never sent" in words for words in said)
    assert any("an appointment of its own" in words for words in said)

    back = opened.roll_back(done.task_id)
    assert (back.state, opened.emulator.dump(opened.address)) == (State.ROLLED_BACK, before)
