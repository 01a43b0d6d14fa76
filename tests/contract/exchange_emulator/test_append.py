"""AppendToItemField: "the following properties support the append action" (page of the operation UpdateItem)."""

import base64

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, created, get, occurrence, shown, update, weekly
from .soap import Mailbox, identity
from .test_meetings_sent import ANN, BOB, MEETING, attendees, sent

LISTS = ["RequiredAttendees", "OptionalAttendees", "Resources"]
MIME = (
    b"From: ann@example.org\r\nTo: Ann <ann@example.org>, carl@example.org\r\nReply-To: ann@example.org\r\n"
    b"Subject: Lunch\r\nContent-Type: text/html\r\n\r\n<p>At noon?</p>\r\n"
)


def appending(item: str, path: str, element: str, *, kind: str = "CalendarItem", send: str = "SendToNone") -> str:
    """An UpdateItem that appends to one property."""
    request = update(item, (path, element), send=send).replace("SetItemField", "AppendToItemField")
    request = request.replace("<m:UpdateItem ", '<m:UpdateItem MessageDisposition="SaveOnly" ')
    return request.replace("<t:CalendarItem>", f"<t:{kind}>").replace("</t:CalendarItem>", f"</t:{kind}>")


def listed(mailbox: Mailbox, item: str, name: str) -> list[str | None]:
    """The addresses in a property of an item."""
    found = mailbox.call(get(f'<t:ItemId Id="{identity(item)}"/>')).ok()
    return [one.text for one in found.all(f".//t:{name}//t:EmailAddress")]


@pytest.mark.parametrize("name", LISTS)
def test_the_page_updateitem_an_attendee_is_appended(emulator: ExchangeEmulator, mailbox: Mailbox, name: str) -> None:
    """Whoever is appended to a list of attendees comes after those that were there, and is invited."""
    first, second = (attendees(one).replace("RequiredAttendees", name) for one in (ANN, BOB))
    meeting = created(mailbox, f"<t:Subject>Plan</t:Subject>{HOUR}{first}", send="SendOnlyToAll")

    mailbox.call(appending(meeting, f"calendar:{name}", second, send="SendOnlyToChanged")).ok()

    assert listed(mailbox, meeting, name) == [ANN, BOB]
    assert sent(emulator, mailbox)[-1] == ("meeting update", (BOB,))


def test_the_page_updateitem_attendees_appended_to_none_make_a_meeting(mailbox: Mailbox) -> None:
    """An appointment with nobody becomes a meeting; of a series only the occurrence that was changed."""
    series = created(mailbox, f"<t:Subject>Plan</t:Subject>{HOUR}{weekly('Monday', start='2024-03-04', number=2)}")

    mailbox.call(appending(occurrence(series, 2), "calendar:RequiredAttendees", attendees(BOB))).ok()

    items = mailbox.call(get(occurrence(series, 1), occurrence(series, 2))).ok().all(".//t:CalendarItem")
    assert [shown(one, "IsMeeting", "DisplayTo") for one in items] == [["false", ""], ["true", BOB]]


def test_the_page_of_responsecode_who_is_appended_has_an_address(mailbox: Mailbox) -> None:
    """Somebody without an address is refused wherever they are appended, and nothing changes."""
    meeting, message = created(mailbox, MEETING), mailbox.message()
    nobody = "<t:Mailbox><t:Name>Nobody</t:Name></t:Mailbox>"

    answers = [
        mailbox.call(
            appending(
                meeting,
                "calendar:RequiredAttendees",
                f"<t:RequiredAttendees><t:Attendee>{nobody}</t:Attendee></t:RequiredAttendees>",
            )
        ),
        mailbox.call(
            appending(message, "message:ToRecipients", f"<t:ToRecipients>{nobody}</t:ToRecipients>", kind="Message")
        ),
    ]

    assert [one.codes for one in answers] == [["ErrorMissingInformationEmailAddress"]] * 2
    assert listed(mailbox, meeting, "RequiredAttendees") == [ANN]


def test_the_page_updateitem_what_the_mime_says_stays(mailbox: Mailbox) -> None:
    """Appended to recipients, ReplyTo and the body that came as MIME, more comes after what it says."""
    message = mailbox.message(f"<t:MimeContent>{base64.b64encode(MIME).decode()}</t:MimeContent>")
    bob = f"<t:Mailbox><t:EmailAddress>{BOB}</t:EmailAddress></t:Mailbox>"

    for path, element in (
        ("message:ToRecipients", f"<t:ToRecipients>{bob}</t:ToRecipients>"),
        ("message:ReplyTo", f"<t:ReplyTo>{bob}</t:ReplyTo>"),
        ("item:Body", '<t:Body BodyType="HTML">&lt;p&gt;Or at one?&lt;/p&gt;</t:Body>'),
    ):
        mailbox.call(appending(message, path, element, kind="Message")).ok()

    assert listed(mailbox, message, "ToRecipients") == ["ann@example.org", "carl@example.org", BOB]
    assert listed(mailbox, message, "ReplyTo") == ["ann@example.org", BOB]
    body = mailbox.item(f'<t:ItemId Id="{identity(message)}"/>').find("{*}Body")
    assert body is not None
    assert (body.get("BodyType"), "".join(str(body.text).split())) == ("HTML", "<p>Atnoon?</p><p>Oratone?</p>")


@pytest.mark.parametrize(("kept", "more", "code"), [
    ("Text", "Text", "NoError"), ("HTML", "HTML", "NoError"),
    ("Text", "HTML", "ErrorInvalidPropertyAppend"), ("HTML", "Text", "ErrorInvalidPropertyAppend"),
])  # fmt: skip
def test_the_page_of_responsecode_a_body_grows_in_its_own_format(
    mailbox: Mailbox, kept: str, more: str, code: str
) -> None:
    """Text is not appended to HTML, nor HTML to text; the body stays as it was."""
    message = mailbox.message(f'<t:Body BodyType="{kept}">One</t:Body>')

    answer = mailbox.call(appending(message, "item:Body", f'<t:Body BodyType="{more}">Two</t:Body>', kind="Message"))

    assert answer.codes == [code]
    body = mailbox.item(f'<t:ItemId Id="{identity(message)}"/>').find("{*}Body")
    assert body is not None
    assert (body.get("BodyType"), body.text) == (kept, "OneTwo" if code == "NoError" else "One")
