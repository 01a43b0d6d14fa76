"""Whether an item that is only half written is as we have left it, however far its requests had come.

What may be there of it is known before its first request, as digests of its pieces, and created with it in a property
of its own, which the last request takes away. So whoever comes later needs neither its source nor the store for it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.soap import MESSAGES
from engine.connectors.exchange.tags import BEGUN_FIELD, BEGUN_NAME, value_named
from engine.connectors.exchange.typed.addresses import Directory, resolving
from engine.connectors.exchange.typed.digests import AT_ONCE, DIGEST, deleted_piece, pieces, written_as
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.whole import Whole, read_whole
from engine.ports.typed import TypedItem

BY_THE_SERVER = timedelta(seconds=5)    # within which a server still works at what was created
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:DateTimeCreated"/><t:FieldURI FieldURI="item:LastModifiedTime"/>'
    f"{BEGUN_FIELD}</t:AdditionalProperties></m:ItemShape>"
)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a half-written item says of itself: the pieces that may be there of it, and whether it has its first form.

    Without pieces, one request has created all of it.
    """

    pieces: frozenset[str]
    unmodified: bool


def begun(whole: Whole, owner: str, shown: Shown) -> tuple[str, ...]:
    """The pieces that may be there of an item while it is half written; none of one that one request writes.

    An occurrence that is to be changed may be deleted in the end, and stand beside its series.
    """
    if not (whole.changed or whole.deleted):
        return ()
    apart = (deleted_piece(each.original) for each in whole.changed)
    return tuple(sorted({*pieces(whole, owner, shown=shown).values(), *apart}))


def pieces_of(item: TypedItem) -> tuple[str, ...]:
    """The pieces that may be there of an item while it is not whole; none where nothing is known of them."""
    return item.begun or (() if item.changed or item.deleted else (item.ours,))


def begun_property(item: TypedItem) -> bytes:
    """The property that an item is created with while it is not whole; b"" where nothing is known of its pieces."""
    if not (known := pieces_of(item)):
        return b""
    value = b64encode(bytes.fromhex("".join(known))).decode()
    return f"<t:ExtendedProperty>{BEGUN_FIELD}<t:Value>{value}</t:Value></t:ExtendedProperty>".encode()


def untouched(asking: Asking, element: str, ids: Sequence[str]) -> set[str]:
    """Those of the half-written items of that element that are as we have left them. Raises FatalError, RetryableError.

    One that was created whole, and of which no pieces are known, must not have been changed at all.
    """
    noted = dict(_noted(asking, ids))
    by_pieces = [item_id for item_id, one in noted.items() if one.pieces]
    found = {item_id for item_id, one in noted.items() if not one.pieces and one.unmodified}
    directory = Directory(resolving(asking))
    for start in range(0, len(by_pieces), AT_ONCE):
        part = by_pieces[start : start + AT_ONCE]
        for item_id, whole in zip(part, read_whole(asking, element, part, held=False), strict=True):
            if isinstance(whole, Whole):
                found |= {item_id} if _is_all_ours(asking, whole, noted[item_id].pieces, directory) else set()
            elif not isinstance(whole, CodeError):
                raise whole
    return found


def _is_all_ours(asking: Asking, whole: Whole, known: frozenset[str], directory: Directory) -> bool:
    """True: nothing is there but what may be there, each piece in one of the ways in which it may have been written.

    What cannot be read of it may be anybody's: a file that is too large, say, or a link to one.
    """
    if whole.lacking:
        return False
    owner, left = asking.sessions.owner, None
    for known_as, each in written_as(whole, directory):
        told = pieces(each, owner, known_as)
        strange = {name for name, digest in told.items() if digest not in known}
        left = strange if left is None else left - (told.keys() - strange)
        if not left:
            return True
    return False


def _noted(asking: Asking, ids: Sequence[str]) -> Iterator[tuple[str, _Begun]]:
    answers = asking.all(about_items(ids, _SHAPE)) if ids else ()
    for item_id, message in zip(ids, answers, strict=True):
        item = None if isinstance(message, CodeError) else message.find(f"{MESSAGES}Items/*")
        if item is not None:
            yield item_id, _Begun(_noted_pieces(item), _is_unmodified(item))


def _noted_pieces(item: etree._Element) -> frozenset[str]:
    try:
        value = b64decode(value_named(item, BEGUN_NAME)).hex()
    except ValueError:
        return frozenset()
    return frozenset(value[at : at + DIGEST] for at in range(0, len(value), DIGEST))


def _is_unmodified(item: etree._Element) -> bool:
    created, modified = moment(item, "DateTimeCreated"), moment(item, "LastModifiedTime")
    return created is not None and modified is not None and modified - created <= BY_THE_SERVER
