"""Items that stand by themselves, without occurrences: what was read of one, made into what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.digests import ours
from engine.connectors.exchange.typed.fields import Fields
from engine.connectors.exchange.typed.reduced import reduced
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.whole import Whole
from engine.ports.typed import TypedItem


def digest_here(whole: Whole, owner: str) -> str:
    """The digest of an item as it will stand in the mailbox of that owner, attachments as they are written again."""
    return ours(replace(whole, attachments=tuple(replace(one, fact=one.will_be) for one in whole.attachments)), owner)


def item_of(
    uid: int, whole: Whole, fields: Fields, *, key: bytes, digests: tuple[str, str], untold: Iterable[str]
) -> TypedItem:
    """The item with the fields that are written, ready but for its tag. Takes `whole` apart."""
    written = xml.written(reduced(Shown(whole.item), fields))
    attachments = tuple(one.element for one in whole.attachments)
    here, there = digests
    return TypedItem(
        uid, written, key, here, there, sum(map(len, (written, *attachments))), attachments,
        untold="; ".join(dict.fromkeys(untold)),
    )
