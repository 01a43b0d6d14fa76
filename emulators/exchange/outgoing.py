"""What a real server would have sent to somebody: recorded, never sent."""

import json

from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item, received_bytes
from emulators.exchange.mime import Content, addresses
from emulators.exchange.soap import local


def record(call: Call, kind: str, recipients: list[str], subject: str) -> None:
    """Note something under its kind; see Outgoing in records.py."""
    call.db.execute("INSERT INTO outgoing (mailbox, time, kind, recipients, subject, cause) VALUES (?, ?, ?, ?, ?, ?)",
                    (call.mailbox.id, call.now, kind, json.dumps(recipients), subject, local(call.request)))


def _explicit(item: Item, *names: str) -> list[str]:
    """The e-mail addresses in explicitly set recipient elements."""
    found = []
    for name in names:
        for piece in item.extra.get(name, "").split("<t:EmailAddress>")[1:]:
            found.append(piece.partition("<")[0])
    return found


def mail(call: Call, item: Item, content: Content) -> None:
    """A message that is sent; raises ItemError ErrorInvalidRecipients when it has nobody to go to."""
    recipients = _explicit(item, "ToRecipients", "CcRecipients", "BccRecipients")
    for name in ("to", "cc", "bcc"):
        recipients += [address for _, address in addresses(content.headers.get(name))]
    if not recipients:
        raise ItemError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    record(call, "mail", recipients, item.subject)


def meeting(call: Call, item: Item, kind: str, recipients: list[str]) -> None:
    """A message about a meeting, if it has anybody to go to."""
    if recipients:
        record(call, kind, recipients, item.subject)


def receipt(call: Call, item: Item, kind: str) -> None:
    """A read or not-read receipt for a message that asked for one; it is sent once.

    Assumption: a draft is no exception; a real server would not answer for one.
    """
    if not item.read_receipt:
        return
    content = Content(received_bytes(call.db, item) or b"")
    header = content.headers.get("disposition-notification-to") or content.headers.get("from")
    recipients = [address for _, address in addresses(header)] or _explicit(item, "From", "Sender")
    record(call, kind, recipients, item.subject)
    item.read_receipt = False
    call.db.execute("UPDATE item SET read_receipt=0 WHERE row=?", (item.row,))
