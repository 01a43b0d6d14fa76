"""A field that the owner has defined, with another value on one day of a series, arrives with it or is named."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import Box, occurrence
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.attachments import OWNERS
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Seed, clock
from tests.servers.exchange.pair import OLD

START = clock(2025, 1, 6, 6)
FIELD = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Client" PropertyType="String"/>'


def _client(box: Box, index: int) -> str:
    [master] = box.ids()
    answer = box.call(
        f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{FIELD}"
        f"</t:AdditionalProperties></m:ItemShape><m:ItemIds>{occurrence(master, index)}</m:ItemIds></m:GetItem>")
    return answer.findtext(".//{*}ExtendedProperty/{*}Value", "")


def test_the_value_of_one_day_is_that_of_the_day(tmp_path: Path) -> None:
    """The series is for one client, and one day of it is for another."""
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8), properties=OWNERS)
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        [master] = moving.old.ids()
        moving.old.call(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
            f"<m:ItemChanges><t:ItemChange>{occurrence(master, 3)}<t:Updates><t:SetItemField>{FIELD}<t:CalendarItem>"
            f"<t:ExtendedProperty>{FIELD}<t:Value>Borealis</t:Value></t:ExtendedProperty></t:CalendarItem>"
            "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")
        done = moving.migrate()

        there, here = ([_client(box, index) for index in (2, 3)] for box in (moving.old, moving.new))
        assert there == ["Atlas & Sons", "Borealis"]
        assert here == there or moving.said(done), here
