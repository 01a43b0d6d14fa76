"""Identifiers that the server chooses."""

import re
from base64 import b32hexencode
from hashlib import sha256

GIVEN = re.compile(r"[a-v0-9]{5,1024}")     # the reference of Event, `id`


def of_number(number: int) -> str:
    """A new event's id: 26 characters of base32hex in lower case; the same number always has the same."""
    return b32hexencode(sha256(f"event {number}".encode()).digest()).decode().lower()[:26]


def of_import(uid: str) -> str:
    """The id of an imported event: an underscore, and its iCalUID in base32hex.

    No page says it; the example of Remove-GSCalendarEvent has one (github.com/SCRT-HQ/PSGSuite), of an Exchange UID.
    """
    return "_" + b32hexencode(uid.encode()).decode().lower().rstrip("=")


def of_calendar(number: int) -> str:
    """A secondary calendar's id, which has the form of an address."""
    return f"c_{sha256(f'calendar {number}'.encode()).hexdigest()}@group.calendar.google.com"


def of_instance(series: str, key: str) -> str:
    """The id of an instance: `<id>_20260105T080000Z`, of an all-day one `<id>_20260105`."""
    return f"{series}_{key}"


def of_following(series: str, key: str) -> str:
    """The id of the series that begins with "This and following events": `<id>_R20260105T090000`.

    `key` is the wall time. No page says it; answers have such ids, and iCalUIDs of the same form.
    """
    return f"{series.partition('_R')[0]}_R{key}"


def series_and_key(given: str) -> tuple[str, str]:
    """What an instance's id is made of; a series' own id may have underscores, too."""
    series, _, key = given.rpartition("_")
    return series, key


def meeting_code(number: int) -> str:
    """The code of a conference of Google Meet, as aaa-bbbb-ccc."""
    letters = "".join(chr(97 + one % 26) for one in sha256(f"meeting {number}".encode()).digest())
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:10]}"
