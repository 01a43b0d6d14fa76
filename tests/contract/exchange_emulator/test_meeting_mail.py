"""Mail with a calendar that a client stores: the meeting message that Exchange makes of it, and what follows."""

import base64
from pathlib import Path

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .attachments import get
from .calendars import EVERYTHING, created, shown
from .meetings import arrive, event, found, got, identifier, mail
from .soap import NS, Answer, Mailbox, distinguished, local
from .test_meeting_messages import MINE

PROCESSED = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x7D01" PropertyType="Boolean"/><t:Value>true</t:Value>'
    "</t:ExtendedProperty>"
)


def answer(partstat: str) -> str:
    """The event of an answer by Ann."""
    return event(more=f"ATTENDEE;PARTSTAT={partstat}:mailto:ann@example.org\r\n")


# Ann would rather meet at two than at nine.
PROPOSAL = event(
    hour=14,
    more="ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@example.org\r\nX-MS-OLK-ORIGINALSTART:20240304T090000Z\r\n"
    "X-MS-OLK-ORIGINALEND:20240304T100000Z\r\n",
)


def stored(mailbox: Mailbox, raw: bytes, more: str = "", *, folder: str = "inbox", subject: str = "") -> Answer:
    """The answer to a CreateItem of a Message with this MIME and, behind it, more elements."""
    encoded = base64.b64encode(raw).decode()
    return mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{distinguished(folder)}'
        f"</m:SavedItemFolderId><m:Items><t:Message><t:MimeContent>{encoded}</t:MimeContent>{subject}{more}"
        "</t:Message></m:Items></m:CreateItem>"
    )


def kept(mailbox: Mailbox, raw: bytes, more: str = "", *, folder: str = "inbox") -> etree._Element:
    """Stores a message, and returns it as GetItem shows it."""
    item = stored(mailbox, raw, more, folder=folder).ok().one(".//m:Items")[0]
    return mailbox.item(identifier(item))


@pytest.mark.parametrize(
    ("method", "one", "kind", "item_class"),
    [
        ("REQUEST", event(), "MeetingRequest", "IPM.Schedule.Meeting.Request"),
        ("CANCEL", event(), "MeetingCancellation", "IPM.Schedule.Meeting.Canceled"),
        ("REPLY", answer("ACCEPTED"), "MeetingResponse", "IPM.Schedule.Meeting.Resp.Pos"),
        ("REPLY", answer("TENTATIVE"), "MeetingResponse", "IPM.Schedule.Meeting.Resp.Tent"),
        ("REPLY", answer("DECLINED"), "MeetingResponse", "IPM.Schedule.Meeting.Resp.Neg"),
        ("COUNTER", PROPOSAL, "MeetingResponse", "IPM.Schedule.Meeting.Resp.Tent"),
        ("PUBLISH", event(), "Message", "IPM.Note"),
    ],
)
def test_the_page_property_method_makes_the_class(
    mailbox: Mailbox, method: str, one: str, kind: str, item_class: str
) -> None:
    """MS-OXCICAL 2.1.3.1.1.1: METHOD says what a message becomes; the answer names it by that element at once."""
    made = stored(mailbox, mail(method, one), folder="drafts").ok().one(".//m:Items")[0]
    item = mailbox.item(identifier(made))

    assert [local(made), local(item)] == [kind, kind]
    assert shown(item, "ItemClass", "Subject", "InternetMessageId") == [item_class, "Review", "<m@example.org>"]


def test_properties_win_over_the_calendar(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """What is set beside the MIME stays: a subject, and that the calendar knows of the message already."""
    item = stored(mailbox, mail("REQUEST"), PROCESSED, subject="<t:Subject>Look</t:Subject>").ok().one(".//m:Items")[0]
    request = mailbox.item(identifier(item))

    assert shown(request, "Subject", "HasBeenProcessed", "Start") == ["Look", "true", "2024-03-04T09:00:00Z"]
    assert found(mailbox, "calendar") == []
    assert [one for one in emulator.outgoing() if one.mailbox == mailbox.address] == []


@pytest.mark.parametrize(("folder", "processes", "appointments"), [("inbox", True, 1), ("inbox", False, 0),
                                                                   ("sentitems", True, 0)])  # fmt: skip
def test_a_request_that_is_put_into_the_inbox_reaches_the_calendar(
    emulator: ExchangeEmulator, mailbox: Mailbox, folder: str, appointments: int, *, processes: bool
) -> None:
    """Unless PidTagProcessed is set, the Inbox is watched; other folders are not (MS-OXOCAL 3.1.4.7.2.1)."""
    emulator.configure(processes_created_meeting_messages=processes)
    request = kept(mailbox, mail("REQUEST"), folder=folder)

    assert len(found(mailbox, "calendar")) == appointments
    assert shown(request, "HasBeenProcessed") == ["true" if appointments else "false"]


@pytest.mark.parametrize(
    ("item_class", "code"),
    [("IPM.Schedule.Meeting.Request", "NoError"), ("IPM.Schedule.Meeting.Request.Mine", "NoError"),
     ("IPM.Schedule.Meeting.Canceled", "ErrorObjectTypeChanged"), ("IPM.Note", "ErrorObjectTypeChanged")],
)  # fmt: skip
def test_MS_OXWSCDATA_R619_the_class_must_fit_what_the_mime_has_made(
    mailbox: Mailbox, item_class: str, code: str
) -> None:
    """A request stays one: a class of another kind beside its MIME is refused, and nothing is stored."""
    answer_ = stored(mailbox, mail("REQUEST"), subject=f"<t:ItemClass>{item_class}</t:ItemClass>", folder="drafts")

    assert answer_.codes == [code]
    assert [shown(one, "ItemClass") for one in found(mailbox, "drafts")] == [[item_class]] * (code == "NoError")


OUTER = (
    b'Subject: Look\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=o"\r\n\r\n'
    b"--=o\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--=o\r\nContent-Type: message/rfc822\r\n\r\n"
    + mail("REQUEST") + b"\r\n--=o--\r\n"
)  # fmt: skip


def test_a_calendar_inside_of_an_attached_message_makes_no_meeting_message(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """An invitation that is passed on as an attachment stays inside of mail, created or delivered."""
    emulator.deliver(mailbox.address, OUTER)

    assert local(kept(mailbox, OUTER)) == "Message"
    assert [local(one) for one in found(mailbox)] == ["Message", "Message"]
    assert found(mailbox, "calendar") == []


def test_a_message_that_is_attached_is_a_meeting_message_itself(mailbox: Mailbox) -> None:
    """GetAttachment shows an attached invitation as the MeetingRequest that it is, and the calendar learns nothing."""
    one = kept(mailbox, OUTER).find("t:Attachments/t:ItemAttachment/t:AttachmentId", NS)
    assert one is not None

    request = get(mailbox, str(one.get("Id"))).ok().one(".//t:ItemAttachment/t:MeetingRequest")

    assert shown(request, "ItemClass", "Start", "HasBeenProcessed", "Subject") == [
        "IPM.Schedule.Meeting.Request", "2024-03-04T09:00:00Z", "false", "Review",
    ]  # fmt: skip
    assert found(mailbox, "calendar") == []


@pytest.mark.parametrize(
    ("find", "instead"),
    [(b"DTSTART:2024", b"DTSTART:never"), (b"DTSTAMP:2024", b"DTSTAMP:never"), (b"END:VEVENT\r\n", b""),
     (b"METHOD:", b"X-METHOD:")],
)
def test_a_calendar_that_cannot_be_read_leaves_mail(mailbox: Mailbox, find: bytes, instead: bytes) -> None:
    """A message whose calendar says nothing is stored all the same, as mail."""
    assert local(kept(mailbox, mail("REQUEST").replace(find, instead))) == "Message"


def asked(mailbox: Mailbox, item: str, **properties: str) -> list[str | None]:
    """Properties of the set Appointment: `id_33360="SystemTime"` and so on."""
    uris = "".join(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="{name[3:]}" PropertyType="{kind}"/>'
        for name, kind in properties.items()
    )
    shape = f"{EVERYTHING}<t:AdditionalProperties>{uris}</t:AdditionalProperties>"
    held = {
        str(one[0].get("PropertyId")): one.findtext("t:Value", namespaces=NS)
        for one in mailbox.item(item, shape=shape).iterfind("t:ExtendedProperty", NS)
    }
    return [held.get(name[3:]) for name in properties]


def test_the_page_property_dtstart_of_a_counter_is_what_is_proposed(mailbox: Mailbox) -> None:
    """The answer keeps the times of the meeting, and holds the proposed ones in the properties of MS-OXOCAL 2.2.7."""
    response = kept(mailbox, mail("COUNTER", PROPOSAL), folder="drafts")

    assert shown(response, "Start", "End", "ResponseType") == [
        "2024-03-04T09:00:00Z", "2024-03-04T10:00:00Z", "Tentative",
    ]  # fmt: skip
    assert asked(
        mailbox, identifier(response), id_33360="SystemTime", id_33361="SystemTime", id_33366="Integer",
        id_33367="Boolean",
    ) == ["2024-03-04T14:00:00Z", "2024-03-04T15:00:00Z", "60", "true"]  # fmt: skip


def test_the_page_x_ms_olk_originalend_missing_the_proposal_is_the_time(mailbox: Mailbox) -> None:
    """Without the original times the proposed ones are those of the answer, too."""
    only = PROPOSAL.replace("X-MS-OLK-ORIGINALEND:20240304T100000Z\r\n", "")

    assert shown(kept(mailbox, mail("COUNTER", only), folder="drafts"), "Start", "End") == [
        "2024-03-04T14:00:00Z", "2024-03-04T15:00:00Z",
    ]  # fmt: skip


def test_MS_OXWSMTGS_R1334_R1336_a_proposal_stands_beside_its_attendee(
    emulator: ExchangeEmulator, mailbox: Mailbox, schema_folder: Path
) -> None:
    """The organizer sees who asks for which time, from 2016 on, until another answer comes."""
    made = created(mailbox, MINE)
    arrive(emulator, mailbox, "COUNTER", PROPOSAL)
    wanted = ("ResponseType", "ProposedStart", "ProposedEnd")

    def seen(version: str) -> list[str | None]:
        mailbox.version = version
        attendee = mailbox.item(made).find("t:RequiredAttendees/t:Attendee", NS)
        assert attendee is not None
        return shown(attendee, *wanted)

    known = b'name="ProposedStart"' in (schema_folder / "types.xsd").read_bytes()
    proposed = ["2024-03-04T14:00:00Z", "2024-03-04T15:00:00Z"] if known else [None, None]
    assert seen("Exchange2013") == ["Tentative", None, None]
    assert seen("Exchange2016") == ["Tentative", *proposed]
    assert shown(got(mailbox), *wanted[1:]) == proposed
    assert asked(mailbox, made, id_33369="Integer") == ["1"]
    emulator.configure(version="2013")
    assert seen("Exchange2013") == ["Tentative", None, None]
    emulator.configure(version="2019")
    arrive(emulator, mailbox, "REPLY", answer("ACCEPTED"))
    assert seen("Exchange2016") == ["Accept", None, None]
    assert asked(mailbox, made, id_33369="Integer") == [None]


def test_a_proposal_moves_nothing(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The meeting stays where it is, and an attendee's own calendar ignores a proposal."""
    made = created(mailbox, MINE)
    arrive(emulator, mailbox, "COUNTER", PROPOSAL)
    emulator.deliver(mailbox.address, mail("COUNTER", PROPOSAL.replace("meeting-1", "meeting-2")))

    assert shown(mailbox.item(made), "Start") == ["2024-03-04T09:00:00Z"]
    assert len(found(mailbox, "calendar")) == 1


@pytest.mark.parametrize(("received_for", "delegated"), [("boss@example.org", "true"), ("", "false")])
def test_MS_OXWSMTGS_R266_R749_a_message_received_for_somebody_else_is_delegated(
    mailbox: Mailbox, received_for: str, delegated: str
) -> None:
    """MS-OXODLGT 3.2.4.3: received-representing properties that are not the owner's say for whom it came."""
    whom = (
        '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x5D08" PropertyType="String"/>'
        f"<t:Value>{received_for or mailbox.address}</t:Value></t:ExtendedProperty>"
    )
    request = kept(mailbox, mail("REQUEST"), whom)

    assert shown(request, "IsDelegated") == [delegated]
    assert shown(found(mailbox)[0], "IsDelegated") == [delegated]
