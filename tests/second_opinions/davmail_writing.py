"""One item of every kind that DavMail can write: iCalendar, vCards and a message, as a mail program sends them."""

from __future__ import annotations

import imaplib
from http.client import HTTPConnection

from .dav import authorization
from .davmail import DavMail


def _calendar(*components: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//OMM//EN\n{''.join(components)}END:VCALENDAR\n"


_PARIS = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""
_STAMP = "DTSTAMP:20240301T120000Z"
RESOURCES = {
    "calendar/visit.ics": _calendar(_PARIS, f"""\
BEGIN:VEVENT
UID:put-visit@example.org
{_STAMP}
SUMMARY:Visit
LOCATION:Roof
DESCRIPTION:Bring cake
CATEGORIES:Blue
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
DTSTART;TZID=Europe/Paris:20240402T140000
DTEND;TZID=Europe/Paris:20240402T153000
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT30M
END:VALARM
END:VEVENT
"""),
    "calendar/holiday.ics": _calendar(f"""\
BEGIN:VEVENT
UID:put-holiday@example.org
{_STAMP}
SUMMARY:Holiday
DTSTART;VALUE=DATE:20240401
DTEND;VALUE=DATE:20240402
END:VEVENT
"""),
    "calendar/round.ics": _calendar(_PARIS, f"""\
BEGIN:VEVENT
UID:put-round@example.org
{_STAMP}
SUMMARY:Round
DTSTART;TZID=Europe/Paris:20240325T090000
DTEND;TZID=Europe/Paris:20240325T100000
RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
EXDATE;TZID=Europe/Paris:20240408T090000
END:VEVENT
BEGIN:VEVENT
UID:put-round@example.org
{_STAMP}
RECURRENCE-ID;TZID=Europe/Paris:20240401T090000
SUMMARY:Round, moved
DTSTART;TZID=Europe/Paris:20240402T110000
DTEND;TZID=Europe/Paris:20240402T120000
END:VEVENT
"""),
    "calendar/write.ics": _calendar(f"""\
BEGIN:VTODO
UID:put-write@example.org
{_STAMP}
SUMMARY:Write
DUE;VALUE=DATE:20240405
PERCENT-COMPLETE:40
STATUS:IN-PROCESS
END:VTODO
"""),
    "calendar/read.ics": _calendar(f"""\
BEGIN:VTODO
UID:put-read@example.org
{_STAMP}
SUMMARY:Read
COMPLETED:20240302T000000Z
PERCENT-COMPLETE:100
STATUS:COMPLETED
END:VTODO
"""),
    "contacts/ann.vcf": """\
BEGIN:VCARD
VERSION:3.0
UID:put-ann
FN:Ann Müller
N:Müller;Ann;;;
ORG:Example
EMAIL;TYPE=work:ann@example.com
TEL;TYPE=work:+49 30 1
ADR;TYPE=home:;;;Łódź;;;
BDAY:1970-02-03
NOTE:A friend
END:VCARD
""",
    "contacts/team.vcf": """\
BEGIN:VCARD
VERSION:4.0
UID:put-team
KIND:group
FN:Team
N:Team;;;;
MEMBER:mailto:ann@example.com
MEMBER:mailto:bob@example.com
END:VCARD
""",
}
_MESSAGE = """\
From: =?utf-8?q?Ann_M=C3=BCller?= <ann@example.com>
To: Bob <bob@example.com>
Cc: cy@example.com
Subject: Written
Importance: high
Date: Tue, 05 Mar 2019 10:20:30 +0000
Message-ID: <written@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Ein Stück
--b
Content-Type: text/plain; name=plan.txt
Content-Disposition: attachment; filename=plan.txt

the plan
--b--
"""


def write(gateway: DavMail, login: str, password: str) -> dict[str, int]:
    """Writes everything, and returns the status of each resource."""
    connection = HTTPConnection("127.0.0.1", gateway.dav, timeout=60)
    answered = {}
    try:
        for path, text in RESOURCES.items():
            connection.request("PUT", f"/users/{login}/{path}", text.replace("\n", "\r\n").encode(), {
                "Authorization": authorization(login, password), "If-None-Match": "*",
                "Content-Type": f"text/{'calendar' if path.endswith('ics') else 'vcard'}; charset=utf-8"})
            answer = connection.getresponse()
            answer.read()
            answered[path] = answer.status
    finally:
        connection.close()
    with imaplib.IMAP4("127.0.0.1", gateway.port, timeout=60) as mail:
        mail.login(login, password)
        mail.append("INBOX", "(\\Seen \\Flagged)", '"05-Mar-2019 10:20:30 +0000"',
                    _MESSAGE.replace("\n", "\r\n").encode())
    return answered
