"""What becomes of a meeting message: processed or not, the item that it met, out of date or not."""

from emulators.exchange import item
from emulators.exchange.call import Call
from emulators.exchange.item import Item

KINDS = frozenset({"MeetingRequest", "MeetingResponse", "MeetingCancellation"})
_PROCESSED = "tag:0x7d01"       # PidTagProcessed (MS-OXOCAL 3.1.4.7.2.1)
# PidTagReceivedRepresentingSmtpAddress, PidTagReceivedRepresentingEmailAddress
_REPRESENTED = ("tag:0x5d08", "tag:0x0078")


def processed(message: Item, met: Item | None, request_type: str) -> None:
    """Note that the calendar knows of a message, and which item it met; of an occurrence that is its series."""
    message.appointment["entry"] = None if met is None else met.appointment.get("entry", met.entry)
    message.appointment["meeting"] = {**message.appointment["meeting"], "type": request_type, "processed": True}
    message.properties = {**message.properties, _PROCESSED: ("Boolean", "true")}


def reconsider(message: Item) -> None:
    """Take over what a client has said of PidTagProcessed, and of whom the message was received for."""
    _, said = message.properties.get(_PROCESSED, ("", "false"))
    told = [str(message.properties[path][1]).lower() for path in _REPRESENTED if path in message.properties]
    message.appointment["meeting"] = {
        **message.appointment["meeting"], "processed": said == "true", "represented": next(iter(told), None)}


def is_delegated(call: Call, message: Item) -> bool:
    """Whether it was received for somebody else, who has made the owner a delegate (MS-OXODLGT 3.2.4.3, 4.2.1)."""
    represented = message.appointment["meeting"].get("represented")
    return represented is not None and "@" in represented and represented != call.mailbox.address


def met(call: Call, message: Item) -> Item | None:
    """The appointment that a meeting message met, if it is still where it was."""
    entry = message.appointment["entry"]
    return None if entry is None else item.by_entry(call, entry)


def is_out_of_date(call: Call, message: Item) -> bool:
    """Whether the calendar knows of a later version of the meeting (MS-OXWSMTGS_R750, MS-OXOCAL 3.1.5.2)."""
    stored = met(call, message)
    if message.appointment["meeting"]["type"] == "Outdated":
        return True
    return stored is not None and bool(stored.appointment["sequence"] > message.appointment["sequence"])
