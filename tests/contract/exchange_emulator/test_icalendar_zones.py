"""The VTIMEZONE of an appointment, as other programs read it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from dateutil.tz import tzical

from .calendars import created
from .soap import Mailbox
from .test_icalendar import rendered

# As Exchange 2010 has written it: icalendar, src/icalendar/tests/calendars/issue_836_do_not_quote_tzid.ics.
EASTERN = """\
BEGIN:VTIMEZONE
TZID:Eastern Standard Time
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def zone_of(mailbox: Mailbox, zone: str, start: str) -> str:
    """The VTIMEZONE of an appointment in a zone that begins then, UTC."""
    made = created(mailbox, f'<t:Subject>There</t:Subject><t:Start>{start}</t:Start><t:End>{start[:17]}59Z</t:End>'
                            f'<t:StartTimeZone Id="{zone}"/>')  # fmt: skip
    lines = rendered(mailbox, made).replace("\r\n", "\n")
    return lines[lines.index("BEGIN:VTIMEZONE"):lines.index("BEGIN:VEVENT")]


def test_the_page_component_standard_a_zone_is_told_as_exchange_tells_it(mailbox: Mailbox) -> None:
    """One STANDARD and one DAYLIGHT, as in every year since 1601."""
    assert zone_of(mailbox, "Eastern Standard Time", "2024-10-28T21:00:00Z") == EASTERN


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("New Zealand Standard Time", "2027-01-05T20:00:00Z", 13),      # before the first change of the year
        ("New Zealand Standard Time", "2027-07-05T20:00:00Z", 12),
        ("Romance Standard Time", "2027-12-05T20:00:00Z", 1),
        ("Tokyo Standard Time", "2027-01-05T20:00:00Z", 9),             # without a change
        ("Volgograd Standard Time", "2020-01-05T20:00:00Z", 4),         # one change alone, in December
        ("Volgograd Standard Time", "2020-12-30T20:00:00Z", 3),
    ],
)  # fmt: skip
def test_another_program_reads_the_time_of_an_appointment(
    mailbox: Mailbox, zone: str, start: str, hours: float
) -> None:
    """dateutil finds the offset that clocks have then, whatever part of the year it is."""
    told = tzical(StringIO(zone_of(mailbox, zone, start))).get()

    moment = datetime.fromisoformat(start)
    local = moment.astimezone(told).replace(tzinfo=None)
    assert (local - moment.replace(tzinfo=None)).total_seconds() == hours * 3600
    assert local.replace(tzinfo=told).astimezone(UTC) == moment
