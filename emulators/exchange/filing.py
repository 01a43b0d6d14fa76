"""Items that are complete, put where they belong."""

import os
from collections.abc import Sequence

from emulators.exchange import attached, item
from emulators.exchange.attached import Attached
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.item import Item
from emulators.exchange.store import insert_rows, next_number

Made = tuple[Item, bytes | None, list[Attached]]     # a checked item, its MIME as received, its attachments


def check_limits(call: Call, new: Item) -> None:
    """Raise ItemError ErrorQuotaExceeded when the mailbox has no room for one more."""
    quota = call.settings.quota_bytes
    if quota is not None and call.mailbox.used + new.size > quota:
        raise ItemError("ErrorQuotaExceeded")


def keep(call: Call, new: Item, raw: bytes | None, place: Folder) -> None:
    """Store one item that is complete; raises ItemError ErrorQuotaExceeded."""
    check_limits(call, new)
    number(call, new, place)
    store(call, [(new, raw, [])])


def number(call: Call, new: Item, place: Folder) -> None:
    """Give the item its place and its numbers."""
    new.folder, new.entry = place.id, call.mailbox.entry()
    new.search_key = os.urandom(16)
    new.born = new.change = new.content = call.mailbox.change()
    item.sign(call, new)
    call.mailbox.used += new.size


def store(call: Call, made: Sequence[Made]) -> None:
    """Store the request's items at once; the transaction that it is part of stores all or none."""
    with_mime = [(new, raw) for new, raw, _ in made if raw is not None]
    for identifier, (new, _) in enumerate(with_mime, next_number(call.db, "mime", "id")):
        new.mime = identifier
    insert_rows(call.db, "INSERT INTO mime (id, bytes)", [(new.mime, raw) for new, raw in with_mime])
    item.insert(call.db, [new for new, _, _ in made])
    attached.insert(call.db, [(new.row, one) for new, _, held in made for one in held])
