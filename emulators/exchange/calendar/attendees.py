"""The people of a meeting: attendees, and the organizer.

Whoever creates an item in a calendar is its organizer; the properties of a sender say otherwise only where
`Settings.organizer_by_property` lets them.
"""

from lxml import etree

from emulators.exchange.calendar import counter
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import parsed
from emulators.exchange.item import Item
from emulators.exchange.soap import local, t, text

_MAILBOX = t("Mailbox")
NAMES = ("RequiredAttendees", "OptionalAttendees", "Resources")
DISPLAYED = {"DisplayTo": "RequiredAttendees", "DisplayCc": "OptionalAttendees", "DisplayBcc": "Resources"}


def read(call: Call, element: etree._Element) -> str:
    """RequiredAttendees, OptionalAttendees or Resources as it is kept.

    Raises ItemError ErrorMissingInformationEmailAddress for one without an address. Where
    `Settings.attendee_responses_kept` is off, an answer that a client claims is Unknown.
    """
    name = str(element.tag).rpartition("}")[2]
    return f"<t:{name}>{''.join(_attendee(call, one) for one in element)}</t:{name}>"


def _attendee(call: Call, element: etree._Element) -> str:
    mailbox = element.find(_MAILBOX)
    given = {} if mailbox is None else _texts(mailbox)
    address = given.get("EmailAddress", "").strip()
    if not address:
        raise ItemError("ErrorMissingInformationEmailAddress")
    inner = "".join(f"<t:{name}>{text(given.get(name) or default)}</t:{name}>" for name, default in (
        ("Name", address), ("EmailAddress", address), ("RoutingType", "SMTP"), ("MailboxType", "Mailbox")))
    said = _texts(element) if call.settings.attendee_responses_kept else {}
    response, answered = said.get("ResponseType", "Unknown"), said.get("LastResponseTime")
    when = f"<t:LastResponseTime>{text(answered)}</t:LastResponseTime>" if answered else ""
    return (f"<t:Attendee><t:Mailbox>{inner}</t:Mailbox><t:ResponseType>{text(response)}</t:ResponseType>{when}"
            "</t:Attendee>")


def _texts(element: etree._Element) -> dict[str, str]:
    """The texts of an element's children by their names; the schema lets none come twice."""
    return {local(one): one.text or "" for one in element}


def shown(call: Call, item: Item, name: str) -> str:
    """Attendees as an answer shows them, or nothing."""
    kept = item.extra.get(name, "")
    return kept if counter.is_told(call) else counter.without(kept)


def any_in(item: Item) -> bool:
    """Whether anybody is invited."""
    return any(name in item.extra for name in NAMES)


def display(item: Item, name: str) -> str:
    """DisplayTo, DisplayCc or DisplayBcc: the names of attendees, joined."""
    kept = item.extra.get(DISPLAYED[name])
    if kept is None:
        return ""
    return "; ".join(one.findtext(t("Name"), "") for one in parsed(kept).iter(t("Mailbox")))


def addresses(item: Item) -> list[str]:
    """The addresses of all attendees."""
    return [one.text or "" for name in NAMES if name in item.extra
            for one in parsed(item.extra[name]).iter(t("EmailAddress"))]


# PidTagSentRepresentingSmtpAddress, PidTagSentRepresentingEmailAddress, PidTagSentRepresentingName.
_SENDER = ("tag:0x5d02", "tag:0x0065", "tag:0x0042")


def organize(item: Item) -> None:
    """Take the organizer from the properties of a sender."""
    smtp, other, name = (str(item.properties.get(path, ("", ""))[1]) for path in _SENDER)
    if smtp or other:
        item.appointment["organizer"] = [name or smtp or other, smtp or other]


def organizer(call: Call, item: Item, *, search: bool) -> str:
    """The Organizer element.

    A search shows the owner by the legacy address, as recorded from Exchange 2019; GetItem by the SMTP address.
    """
    kept = item.appointment.get("organizer")
    name, address, routing, kind = (*kept, "SMTP", "OneOff") if kept else \
        (call.mailbox.name, call.mailbox.address, "SMTP", "Mailbox")
    if search and not kept:
        address, routing, kind = legacy(call), "EX", "OneOff"
    return (f"<t:Organizer><t:Mailbox><t:Name>{text(name)}</t:Name><t:EmailAddress>{text(address)}</t:EmailAddress>"
            f"<t:RoutingType>{routing}</t:RoutingType><t:MailboxType>{kind}</t:MailboxType></t:Mailbox></t:Organizer>")


def legacy(call: Call) -> str:
    """The owner's legacyExchangeDN."""
    return ("/O=EXAMPLE/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN="
            f"{call.mailbox.guid.hex.upper()}-{call.mailbox.name.upper()}")
