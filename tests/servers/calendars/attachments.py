"""Appointments with all that can be attached to one: pictures, mail, other appointments, fields of the owner's."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, timedelta

from emulators.exchange.attached import Attached
from emulators.exchange.recurrence import Series
from tests.servers.calendars.seeds import Own, Seed, clock
from tests.servers.exchange.contacts import definition, definitions

BORN = "2023-11-05T06:07:08Z"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
MAIL = (
    b"From: Ann <ann@example.net>\r\nTo: bob@example.net\r\nSubject: the plan\r\nMessage-ID: <plan@example.net>\r\n"
    b"Date: Mon, 6 Nov 2023 06:07:08 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--x\r\nContent-Type: application/octet-stream\r\n"
    b'Content-Disposition: attachment; filename="deep.bin"\r\n\r\ndeep\r\n--x--\r\n'
)
PARTY = (
    "<t:CalendarItem>{0}<t:Subject>the party</t:Subject><t:Body BodyType=\"Text\">Bring cake</t:Body>"
    "<t:Start>2025-06-01T18:00:00Z</t:Start><t:End>2025-06-01T20:00:00Z</t:End><t:Location>Roof</t:Location>"
    '<t:StartTimeZone Id="Romance Standard Time"/></t:CalendarItem>'
)
OWN_ID = (
    '<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3"'
    ' PropertyType="Binary"/><t:Value>BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAECAwQ=</t:Value>'
    "</t:ExtendedProperty>"
)
# The owner has defined a field in Outlook and filled it in; where it is defined is PidLidPropertyDefinitionStream.
OWNERS = {
    "{00062008-0000-0000-c000-000000000046}/id:34112": (
        "Binary", b64encode(definitions(definition("Client", 0, 8))).decode()),
    "{00020329-0000-0000-c000-000000000046}/name:Client": ("String", "Atlas & Sons"),
}
INLINE = {"Body": '<t:Body BodyType="HTML">&lt;p&gt;&lt;img src="cid:logo@example.org"&gt;&lt;/p&gt;</t:Body>'}


def _attached(form: str, name: str, content: bytes, *, kind: str = "", content_id: str = "") -> Attached:
    return Attached((), False, form, name, kind, content_id, "", BORN, bool(content_id), content)


def picture() -> Attached:
    """A picture that stands in the text."""
    return _attached("file", "logo.png", PICTURE, kind="image/png", content_id="logo@example.org")


def mail() -> Attached:
    """A message, which has a file itself."""
    return _attached("mime", "the plan", MAIL)


def party() -> Attached:
    """Another appointment."""
    return _attached("element", "the party", PARTY.format(OWN_ID).encode())


def holding() -> list[Seed]:
    """An appointment for each thing that can be attached, and a series of which one occurrence has them all."""
    start = clock(2025, 6, 2, 9)
    daily = Series("DailyRecurrence", date(2025, 6, 2), number=4)
    return [
        Seed("a picture in the text", start, elements=INLINE, files=(picture(),)),
        Seed("a message attached", start + timedelta(hours=2), files=(mail(), ("a.txt", b"a"))),
        Seed("an appointment attached", start + timedelta(hours=4), files=(party(),)),
        Seed("with a field of the owner's", start + timedelta(hours=6), properties=OWNERS),
        Seed("once all of it", start, series=daily, own={2: Own(elements=INLINE, files=(picture(), mail(), party()))}),
    ]
