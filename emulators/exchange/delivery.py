"""Mail that arrives: delivered to the Inbox and its rules, or filed by one while somebody else is at work there."""

import sqlite3
from dataclasses import replace
from xml.sax.saxutils import escape

from lxml import etree

from emulators.exchange import draft, filing, folder, ids, mime, out_of_office
from emulators.exchange.calendar import arriving, meeting_message
from emulators.exchange.call import Call
from emulators.exchange.faults import Fault
from emulators.exchange.item import READ, UNSENT
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.people import directory
from emulators.exchange.rules import actions, operations, rule, validation
from emulators.exchange.rules.predicates import Delivered
from emulators.exchange.soap import MESSAGES, TYPES


def request(db: sqlite3.Connection, owner: Mailbox, fault: Fault) -> etree._Element:
    """The CreateItem that stands for the delivery; LookupError when there is no such folder."""
    place = folder_at(db, owner, tuple(fault.path))
    return etree.fromstring(
        f'<m:CreateItem xmlns:m="{MESSAGES}" xmlns:t="{TYPES}" MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f'<t:FolderId Id="{ids.folder_id(owner.guid, place.entry)}"/></m:SavedItemFolderId><m:Items><t:Message>'
        f"<t:Subject>{escape(fault.name)}</t:Subject></t:Message></m:Items></m:CreateItem>"
    )


def folder_at(db: sqlite3.Connection, owner: Mailbox, path: tuple[str, ...]) -> folder.Folder:
    """The folder at a path below Top of Information Store; LookupError when there is none."""
    (top,) = db.execute(
        "SELECT id FROM folder WHERE mailbox=? AND distinguished='msgfolderroot'", (owner.id,)).fetchone()
    place = folder.by_id(db, top)
    for name in path:
        found = [child for child in folder.children(db, place.id) if child.name == name]
        if not found:
            raise LookupError(f"There is no folder {'/'.join(path)}.")
        place = found[0]
    return place


def deliver(call: Call, raw: bytes) -> None:
    """Deliver a message to the owner of the mailbox: their enabled rules run on it, and it lies where they put it.

    Mail that brings a meeting request, an answer or a cancellation is a meeting message, and the calendar learns of it.
    Raises ItemError ErrorQuotaExceeded.
    """
    head = mime.headers(raw)
    new = draft.from_headers(call, "Message", head, raw)
    new.attachments, new.size = mime.has_attachments(raw, head), len(raw)
    new.flags, new.mime = new.flags & ~(READ | UNSENT), 0      # it has MIME; where, is known once it is stored
    calendar = meeting_message.classify(call, new, raw)
    mail = Delivered(new, mime.Content(raw), call.mailbox.address)
    able = [one for one in rule.load(call.db, call.mailbox) if one.enabled and not operations.is_in_error(call, one)]
    _resolve(call, able)
    out_of_office.reply(call, mail)
    fate = actions.carry_out(call, mail, able)
    places = fate.places(folder.distinguished(call, "inbox"))
    if calendar is not None and places and call.settings.processes_meeting_messages:
        arriving.learn(call, new, calendar)
    for place in places:
        filing.keep(call, replace(new), raw, place)


def _resolve(call: Call, rules: list[rule.Rule]) -> None:
    """Put the SMTP addresses that the directory knows in the place of EX addresses."""
    for address in [found for one in rules for found in validation.ex_addresses(one.element)]:
        known = directory.by_address(call, address.text or "")
        address.text = address.text if known is None else known.address
