"""Calendars of other programs, as appointments of an Exchange mailbox, move to another one.

The .ics files of icalendar and khal come from PyPI (`make corpus`). Where they cannot be had, a few of our own move.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from engine.connectors.exchange.soap import MESSAGES
from engine.migration.record import State
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_seeded import SILENT, planted
from tests.servers import corpus
from tests.servers.calendars.judge import differences
from tests.servers.exchange.pair import Mailbox
from tests.servers.world import ADDRESS

# Both are read-only (MS-OXWSMTGS 2.2.4.7): what they say of one occurrence without its series is in its global object
# id.
ALONE = SILENT | {"RecurrenceId", "OriginalStart"}
# Where nobody has named a zone, it is UTC, and the new server calls it by its name.
UNNAMED = "<t:TimeZone>UTC</t:TimeZone>'] -> ['<t:TimeZone>(UTC) Coordinated Universal Time</t:TimeZone>"
OUR_OWN = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:ours
BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:series@example.org
DTSTART;TZID=Somewhere:20240311T090000
DTEND;TZID=Somewhere:20240311T100000
RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=20
EXDATE;TZID=Somewhere:20240513T090000
SUMMARY:Second Monday
END:VEVENT
BEGIN:VEVENT
UID:series@example.org
RECURRENCE-ID;TZID=Somewhere:20240408T090000
DTSTART;TZID=Somewhere:20240408T150000
DTEND;TZID=Somewhere:20240408T160000
SUMMARY:In the afternoon
END:VEVENT
BEGIN:VEVENT
UID:day@example.org
DTSTART;VALUE=DATE:20240229
DTEND;VALUE=DATE:20240301
SUMMARY:A day
END:VEVENT
END:VCALENDAR
"""


def pieces(raw: bytes) -> Iterator[bytes]:
    """A calendar for each UID of a file, with the file's zones."""
    words = re.sub(r"\r?\n[ \t]", "", raw.decode("utf-8", "replace")).replace("\r\n", "\n")
    zones = "".join(re.findall(r"BEGIN:VTIMEZONE\n.*?END:VTIMEZONE\n", words, re.DOTALL))
    by_uid = defaultdict(list)
    for number, event in enumerate(re.findall(r"BEGIN:VEVENT\n.*?END:VEVENT\n", words, re.DOTALL)):
        uid = re.search(r"^UID[^:\n]*:(.*)$", event, re.MULTILINE)
        by_uid[uid[1] if uid else str(number)].append(event)
    for events in by_uid.values():
        whole = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zones}{''.join(events)}END:VCALENDAR\n"
        yield whole.replace("\n", "\r\n").encode()


def created(mailbox: Mailbox, calendar: bytes) -> str:
    """Creates an appointment by its calendar; the code of the answer."""
    made = mailbox.asked(
        '<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"'
        f"/></m:SavedItemFolderId><m:Items><t:CalendarItem><t:MimeContent>{b64encode(calendar).decode()}</t:MimeContent>"
        "</t:CalendarItem></m:Items></m:CreateItem>")
    return str(made.findtext(f".//{MESSAGES}ResponseCode"))


def test_what_other_programs_have_written_moves(tmp_path: Path) -> None:
    """What the old server takes of it is the same in the new mailbox; a second run copies nothing."""
    files = corpus.calendars()
    with planted(tmp_path, KINDEST, []) as at:
        codes = Counter(created(Mailbox(at.moving.old.sessions), one)
                        for file in (OUR_OWN, *files.values()) for one in pieces(file))
        taken, there = codes["NoError"], at.old.whole()
        mine = {each[0]["UID"][0] for each in at.new.whole()}
        assert taken == len(there) >= (120 if files else 2), codes
        shown, before = at.old.shown(), at.new.shown()
        done, again = at.moving.migrate(), at.moving.migrate()
        said = at.moving.said(done)

        counts = [at.moving.counts(each) for each in (done, again)]
        assert [(each.copied, each.already_there) for each in counts] == [(taken, 0), (0, taken)], said
        here = [each for each in at.new.whole() if each[0]["UID"][0] not in mine]
        assert at.new.shown() - before == shown
        found = [line for old, new in zip(there, here, strict=True) for line in differences({"": [*old]}, {"": [*new]})]
        assert [line for line in found if line.split(": ")[1] not in ALONE and UNNAMED not in line] == [], said
        back = at.moving.at.roll_back(done.task_id)
        assert back.state is State.ROLLED_BACK
        assert at.moving.new.emulator.dump(ADDRESS) == at.before
