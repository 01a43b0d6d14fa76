"""Meeting messages as mail, and what a mailbox shows of them."""

import re

from lxml import etree

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, distinguished, identity, reference

UID = "meeting-1@example.org"
INTRODUCTION = "Let us look at it together."


def event(
    *, hour: int = 9, sequence: int = 0, more: str = "", day: int = 4, uid: str = UID, summary: str = "Review"
) -> str:
    """A VEVENT of the boss in March 2024."""
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nSUMMARY:{summary}\r\nDTSTAMP:20240301T120000Z\r\n"
        f"DTSTART:202403{day:02}T{hour:02}0000Z\r\nDTEND:202403{day:02}T{hour + 1:02}0000Z\r\n"
        f"ORGANIZER;CN=Boss:mailto:boss@example.org\r\n{more}END:VEVENT\r\n"
    )


def mail(method: str, *events: str) -> bytes:
    """A message with a text and a calendar."""
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nVERSION:2.0\r\n{''.join(events or (event(),))}END:VCALENDAR\r\n"
    return (
        "From: Boss <boss@example.org>\r\nTo: me@example.org\r\nSubject: Review\r\nMessage-ID: <m@example.org>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{INTRODUCTION}\r\n"
        f"--b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n{calendar}\r\n--b--\r\n"
    ).encode()


def found(mailbox: Mailbox, folder: str = "inbox", *, more: str = "") -> list[etree._Element]:
    """The items in a folder as a search shows them, the oldest first."""
    answer = mailbox.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        f"{more}<m:ParentFolderIds>{distinguished(folder)}</m:ParentFolderIds></m:FindItem>"
    ).ok()
    return list(answer.one(".//t:Items"))[::-1]


def got(mailbox: Mailbox, folder: str = "inbox", *, place: int = -1) -> etree._Element:
    """One item in a folder, the newest unless told otherwise, as GetItem shows it."""
    return mailbox.item(identifier(found(mailbox, folder)[place]))


def identifier(item: etree._Element) -> str:
    """The ItemId of an item."""
    one = item.find("t:ItemId", NS)
    assert one is not None
    return reference(one)


def arrive(emulator: ExchangeEmulator, mailbox: Mailbox, method: str, *events: str) -> etree._Element:
    """Delivers a message and returns it as GetItem shows it."""
    emulator.deliver(mailbox.address, mail(method, *events))
    return got(mailbox)


def respond(kind: str, item_id: str, *, disposition: str = "SendAndSaveCopy") -> str:
    """A CreateItem with a response object."""
    return (
        f'<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{kind}>'
        f'<t:ReferenceItemId Id="{identity(item_id)}"/></t:{kind}></m:Items></m:CreateItem>'
    )


def unfolded(raw: bytes) -> str:
    """The calendar in a message or in iCalendar, its lines unfolded."""
    return re.sub(r"\r?\n[ \t]", "", raw.decode())
