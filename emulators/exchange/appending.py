"""AppendToItemField: which properties grow, and what they hold then.

"The following properties support the append action: message:ReplyTo, item:Body, all the recipient and attendee
collection properties" (page of the operation UpdateItem; "EWS property-related errors" names them one by one). What is
there may stand in the MIME alone.
"""

from lxml import etree

from emulators.exchange import body, correspondents, explicit, item
from emulators.exchange.calendar import attendees
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment
from emulators.exchange.item import Item
from emulators.exchange.mime import Content
from emulators.exchange.soap import local, text


def append(call: Call, stored: Item, element: etree._Element) -> None:
    """Append to a property, unstored.

    Raises ItemError: ErrorInvalidPropertyAppend for one that cannot grow, and for a body whose format "does not match
    the format of the item in the store" (page of ResponseCode); ErrorMissingInformationEmailAddress for somebody
    without an address.
    """
    name, content = local(element), Content(item.received_bytes(call.db, stored) or b"")
    if name == "Body":
        stored.extra[name] = _body(stored, content, element)
    elif name in attendees.NAMES and stored.kind == "CalendarItem":
        stored.extra[name] = _joined(stored.extra.get(name, ""), attendees.read(call, element))
    elif name in explicit.PEOPLE:
        explicit.check_people(element)
        kept = stored.extra.get(name) or correspondents.recipients(stored, content, name)
        stored.extra[name] = _joined(kept, fragment(element))
    else:
        raise ItemError("ErrorInvalidPropertyAppend")


def _joined(kept: str, more: str) -> str:
    """Two elements of one name as one."""
    if not kept or kept.endswith("/>"):
        return more
    opening, _, inner = more.partition(">")
    return kept if opening.endswith("/") else kept[:kept.rindex("</")] + inner


def _body(stored: Item, content: Content, element: etree._Element) -> str:
    """The body with more words; to none, either format can be appended (Assumption)."""
    kind, words = body.read(stored, content)
    if not words:
        return fragment(element)
    if kind != element.get("BodyType"):
        raise ItemError("ErrorInvalidPropertyAppend")
    return f'<t:Body BodyType="{kind}">{text(words + (element.text or ""))}</t:Body>'
