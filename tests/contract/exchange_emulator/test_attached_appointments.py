"""An appointment that is attached to another item stays what it was when it came."""

import pytest
from lxml import etree

from .attachments import attached, attached_item, get
from .calendars import weekly
from .soap import NS, Mailbox, identity

EASTERN = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Eastern Standard Time"/></t:TimeZoneContext>'
SHAPE = (
    '<t:AdditionalProperties><t:FieldURI FieldURI="calendar:UID"/><t:FieldURI FieldURI="calendar:DateTimeStamp"/>'
    "</t:AdditionalProperties>"
)
LOCAL = "<t:Subject>Inner</t:Subject><t:Start>2024-03-04T09:00:00</t:Start><t:End>2024-03-04T10:00:00</t:End>"


def attach(mailbox: Mailbox, inside: str, *, header: str = EASTERN, version: str | None = "") -> str:
    """Attaches an appointment to a message, and returns the attachment's id."""
    answer = mailbox.call(
        f'<m:CreateAttachment><m:ParentItemId Id="{identity(mailbox.message())}"/>'
        f"<m:Attachments>{attached_item(inside, kind='CalendarItem')}</m:Attachments></m:CreateAttachment>",
        header=header,
        version=version,
    ).ok()
    return str(answer.one(".//t:AttachmentId").get("Id"))


def times(mailbox: Mailbox, attachment: str) -> list[str | None]:
    """Start and end of an attached appointment."""
    item = get(mailbox, attachment).ok().one(".//t:CalendarItem")
    return [item.findtext(f"t:{name}", namespaces=NS) for name in ("Start", "End")]


def test_the_page_time_zones_and_ews_the_zone_of_the_request_is_kept(mailbox: Mailbox) -> None:
    """Times without a zone are in that of the CreateAttachment, whoever reads them, and over a clock change."""
    single = attach(mailbox, LOCAL)
    series = attach(mailbox, LOCAL + weekly("Monday", start="2024-03-04", number=2))

    assert times(mailbox, single) == ["2024-03-04T14:00:00Z", "2024-03-04T15:00:00Z"]
    last = get(mailbox, series).ok().one(".//t:LastOccurrence/t:Start")
    assert last.text == "2024-03-11T13:00:00Z"


def test_MS_OXWSMTGS_R151_an_attached_appointment_has_one_uid(mailbox: Mailbox) -> None:
    """It is the same at each reading, and so is all the rest of it."""
    held = attach(mailbox, LOCAL)

    first, second = (etree.tostring(get(mailbox, held, shape=SHAPE).ok().one(".//t:CalendarItem")) for _ in range(2))

    assert first == second
    assert b"UID>" in first


@pytest.mark.parametrize("written", ["Exchange2007_SP1", "Exchange2010", "Exchange2013"])
@pytest.mark.parametrize("read", ["Exchange2007_SP1", "Exchange2013"])
def test_MS_OXWSMTGS_R713_R715_every_version_reads_what_another_has_written(
    mailbox: Mailbox, written: str, read: str
) -> None:
    """A zone that one version cannot set is no reason for not showing it what another has set."""
    zone = (
        '<t:MeetingTimeZone TimeZoneName="Romance Standard Time"/>'
        if written == "Exchange2007_SP1"
        else '<t:StartTimeZone Id="Romance Standard Time"/>'
    )
    held = attach(mailbox, LOCAL + zone, header="", version=written)

    mailbox.version = read

    assert times(mailbox, held) == ["2024-03-04T08:00:00Z", "2024-03-04T09:00:00Z"]


@pytest.mark.parametrize("kind", ["CalendarItem", "Message"])
def test_MS_OXWSATT_R141_what_is_attached_has_no_folder(mailbox: Mailbox, kind: str) -> None:
    """Asked for its folder, an attached item tells none; it is no store item."""
    item = mailbox.message()
    held = attached(mailbox, item, attached_item("<t:Subject>Inner</t:Subject>", kind=kind))
    asked = '<t:AdditionalProperties><t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties>'

    assert get(mailbox, held, shape=asked).ok().all(".//t:ParentFolderId") == []
