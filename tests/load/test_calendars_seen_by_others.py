"""ews-javascript-api and exchangelib look at a calendar, and at what it became when it moved to another Exchange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from exchangelib import CalendarItem

from tests.contract.exchange.calendar_box import FILE, HOUR, PARIS, occurrence
from tests.contract.exchange.test_calendars_reading import FULL
from tests.contract.exchange_emulator.series_matrix import drawn
from tests.recovery.engine.test_calendars_moved import Moving, moving_from, put
from tests.second_opinions import npm
from tests.servers.owner import owner
from tests.servers.world import PASSWORD

# What each mailbox counts, dates and numbers by itself, or says by the name that its zone has; and what is never as it
# was: nothing is sent by itself to people whom a meeting had not invited yet.
OWN = frozenset({
    "_id", "adjacent_meetings", "attachments", "conflicting_meetings", "conversation_id", "datetime_created",
    "datetime_received", "datetime_sent", "dtstamp", "first_occurrence", "last_modified_name", "last_modified_time",
    "last_occurrence", "meeting_request_was_sent", "mime_content", "modified_occurrences", "organizer",
    "parent_folder_id", "size", "timezone", "web_client_edit_form_query_string", "web_client_read_form_query_string",
})


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """A calendar with a bit of everything, and what it became."""
    with moving_from(tmp_path_factory.mktemp("moved"), "2019") as moving:
        moving.old.put(FULL, f"<t:Subject>Plain</t:Subject>{HOUR}{PARIS}",
                       "<t:Subject>Whole days</t:Subject><t:Start>2044-03-04T23:00:00Z</t:Start>"
                       f"<t:End>2044-03-06T23:00:00Z</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>{PARIS}")
        for row in drawn(8):
            if "custom" not in row.zone:        # exchangelib knows none
                put(moving.old, row)
        master = moving.old.series()
        moving.old.attach(master, FILE.format("all.txt", "QUJD"))
        moving.old.update(occurrence(master, 2), ("calendar:Location", "<t:Location>Elsewhere</t:Location>"))
        moving.migrate()
        yield moving


def test_ews_javascript_api_sees_the_same_typed_fields_on_both_sides(moved: Moving) -> None:
    """Of each appointment and series, the times of changed occurrences among them."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    old, new = (
        json.loads(npm.node("appointment.cjs", box.emulator.url, box.address, environment={"EWS_PASSWORD": PASSWORD}))
        for box in (moved.old, moved.new)
    )

    assert len(old) >= 6
    assert sorted(map(_without_reminder, new), key=str) == sorted(map(_without_reminder, old), key=str)


def _without_reminder(seen: dict[str, Any]) -> dict[str, Any]:
    """One that is past is turned off."""
    return {name: value for name, value in seen.items() if name != "remind"}


def test_exchangelib_sees_the_same_of_each_field_that_it_knows(moved: Moving) -> None:
    """But for what a mailbox makes by itself, and reminders of what is past."""
    old, new = (_seen(box.emulator.url, box.address) for box in (moved.old, moved.new))

    assert len(old) >= 6
    for mine, theirs in zip(new, old, strict=True):
        assert mine == theirs


def _seen(url: str, address: str) -> list[dict[str, str]]:
    with owner(url, address, PASSWORD) as them:
        found = [item for item in them.account.calendar.all() if isinstance(item, CalendarItem)]
        told = [
            {field.name: str(getattr(item, field.name)) for field in item.FIELDS if field.name not in OWN}
            for item in found
        ]
    for one in told:
        if "2024" in one["start"]:
            one.pop("reminder_is_set")
    return sorted(told, key=str)
