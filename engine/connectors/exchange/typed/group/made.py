"""A contact group as it was read, made into one that can be written into another mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.digests import ours, theirs
from engine.connectors.exchange.typed.flag import settle_flag
from engine.connectors.exchange.typed.group.facts import ALONE, NESTED
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.group.members import members_of, note_keys
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.reduced import reduced
from engine.connectors.exchange.typed.reminders import silence_flag
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.whole import Whole
from engine.messages.source_key import key_by_content
from engine.ports.typed import Member, TypedItem

MEMBER_SIZE = 200       # bytes; what one more costs in a request


def made(uid: int, whole: Whole, at: Circumstances) -> TypedItem:
    """The group, ready to be written but for its tag and members. Takes `whole` apart.

    Raises FatalError, RetryableError.
    """
    untold = list(whole.lacking)
    key = search_key_of(whole.item) or key_by_content(xml.written(whole.item))
    members = members_of(whole.item, at, untold)
    note_keys(whole.item, at)
    digest = theirs(whole)
    silence_flag(whole.item, at.now)
    settle_flag(whole.item)
    element = reduced(Shown(whole.item), GROUP)
    attachments = tuple(replace(one, fact=one.will_be) for one in whole.attachments)
    written = xml.written(element)
    _add_members(element, members)
    here = ours(Whole(element, attachments), at.directory.becomes)
    parts = (written, *(one.element for one in attachments))
    return TypedItem(
        uid, written, key, here, digest, sum(map(len, parts)) + MEMBER_SIZE * len(members), parts[1:],
        untold="; ".join(dict.fromkeys(untold)), members=members,
    )


def _add_members(element: etree._Element, members: Sequence[Member]) -> None:
    """The members as the destination will tell them."""
    holder = xml.add(element, "Members")
    for one in members:
        mailbox = xml.add(xml.add(holder, "Member"), "Mailbox")
        if one.address:
            xml.add(mailbox, "EmailAddress", one.address)
            if one.link is None:
                xml.add(mailbox, "Name", one.name)
                xml.add(mailbox, "MailboxType", ALONE)
        else:
            xml.add(mailbox, "MailboxType", NESTED)
