"""Openings: what a form says of the logins that open its two mailboxes: their own, or a service account's.

No other file of the bot makes an account that opens somebody else's mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType

from bot.addresses import unpasted
from bot.ids import Block
from bot.stored.drafts import Draft, Fields
from bot.views.values import Values, elements_of, selected_in, text_in, ticked_in
from engine.errors import InputError, Side
from engine.migration.account import Access, Account, opening

ACCESS: Mapping[Side, Block] = MappingProxyType({
    Side.SOURCE: Block.SOURCE_ACCESS, Side.DESTINATION: Block.DESTINATION_ACCESS,
})
MAILBOX: Mapping[Side, Block] = MappingProxyType({
    Side.SOURCE: Block.SOURCE_MAILBOX, Side.DESTINATION: Block.DESTINATION_MAILBOX,
})
NO_SERVER = "Type the server: with a service account, another admin approves where OMM signs in."


def of_side(fields: Fields, side: Side) -> tuple[Access, str]:
    """By which right the login of that side opens the mailbox, and its address as it is typed."""
    if side is Side.SOURCE:
        return fields.source_access, fields.source_mailbox
    return fields.destination_access, fields.destination_mailbox


def with_openings(values: Values, draft: Draft, fields: Fields) -> Fields:
    """The fields with what is on the screen about service accounts; what is not on it is as in the draft."""
    source, destination = (_read(values, side, draft.fields) for side in Side)
    return replace(
        fields, source_access=source[0], source_mailbox=source[1], destination_access=destination[0],
        destination_mailbox=destination[1], somebody_elses=_agreed(values, draft),
    )


def _read(values: Values, side: Side, known: Fields) -> tuple[Access, str]:
    access, mailbox = of_side(known, side)
    chosen = selected_in(values, ACCESS[side], access.value)
    access = Access(chosen) if chosen in set(Access) else access
    dropped = access is Access.OWN and any(elements_of(values, ACCESS[side]))
    return access, "" if dropped else text_in(values, MAILBOX[side], mailbox)


def _agreed(values: Values, draft: Draft) -> str:
    """The destination's address if it is ticked that it may be somebody else's; it counts for that address alone."""
    if not any(elements_of(values, Block.SOMEBODY_ELSES)):
        return draft.fields.somebody_elses
    return draft.asks_about if ticked_in(values, Block.SOMEBODY_ELSES) == [mark(draft.asks_about)] else ""


def mark(address: str) -> str:
    """What the box about that address comes back with."""
    return sha256(address.encode("utf-8", "replace")).hexdigest()[:16]


def opened(fields: Fields, side: Side, account: Account) -> Account:
    """The account, opening the mailbox that the form names for its side. Raises InputError for no address."""
    access, mailbox = of_side(fields, side)
    if access is Access.OWN or not account.system.row.opens_others:
        return account
    return opening(account, unpasted(mailbox), access)


def check_server(account: Account, other: Account) -> None:
    """Raises InputError if the account's server is still to be looked up while one of both opens another's mailbox."""
    if not account.host and (account.mailbox or other.mailbox):
        raise InputError(NO_SERVER)


def settled(fields: Fields, source: Account, destination: Account) -> Fields:
    """The fields without what they say of a service account on a side whose login opens its own mailbox."""
    if not source.mailbox:
        fields = replace(fields, source_access=Access.OWN, source_mailbox="")
    if not destination.mailbox:
        fields = replace(fields, destination_access=Access.OWN, destination_mailbox="")
    return fields
