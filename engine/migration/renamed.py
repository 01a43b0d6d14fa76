"""Renamed: a destination account whose mailbox is opened by another name now than when the migration began.

That name is the login. Where a service account opens the mailbox, it is the mailbox's address, that account's login, or
both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from engine.errors import Cause, FatalError, Side
from engine.migration.account import Account
from engine.migration.record import Migration
from engine.ports.destination import Destination


class Visited(Protocol):
    """What is needed of a visit."""

    @property
    def migration(self) -> Migration: ...

    def update(self, **changes: object) -> None: ...

    def drop_password(self, side: Side) -> None: ...

    def decided(self, what: str, **facts: str | int) -> None: ...


class OtherMailboxError(FatalError):
    """A login opens another mailbox than the one that was migrated into. Another login may open that one."""


REFUSED = frozenset({Cause.SIGN_IN, Cause.FORBIDDEN, Cause.MAILBOX_GONE})


def destination_now(migration: Migration) -> Account:
    """The destination account, with the login that opens it now, or the address that its mailbox has now."""
    account, new = migration.request.destination, migration.new_login
    if not account.mailbox:
        return replace(account, login=new or account.login)
    return replace(account, login=migration.new_service or account.login, mailbox=new or account.mailbox)


def is_renamed(migration: Migration) -> bool:
    """True: the destination is opened by another name now."""
    return bool(migration.new_login or migration.new_service)


def check_mailbox(at: Visited, destination: Destination) -> None:
    """Raises OtherMailboxError when the login opens another mailbox than the one that was migrated into.

    A new login that does so is forgotten, with its password, so that nothing is ever done by it.
    """
    if at.migration.mailbox == destination.mailbox():
        return
    if is_renamed(at.migration):
        at.drop_password(Side.DESTINATION)
        _forget(at)
    raise OtherMailboxError(
        "This login opens another mailbox than the one that was migrated into.", side=Side.DESTINATION
    )


def check_still_the_same(at: Visited, destination: Destination) -> None:
    """Raises FatalError (NOTHING_FOUND) when a migration that has written would go on in another mailbox.

    Its address may belong to somebody else now, and its rollback could no longer find what it brought. A person who has
    it copy everything again knows of that.
    """
    migration = at.migration
    has_written = migration.mailbox is not None and migration.started is not None and migration.wrote
    if has_written and not migration.copy_again and migration.mailbox != destination.mailbox():
        raise FatalError(
            "The destination login opens another mailbox than the one that this migration copied into. "
            "If that is on purpose, choose to copy everything again; if not, ask the destination's administrator.",
            cause=Cause.NOTHING_FOUND, side=Side.DESTINATION,
        )


def forget_if_refused(at: Visited, error: FatalError) -> None:
    """Forgets a new login that the server does not know, or does not let in."""
    if is_renamed(at.migration) and error.side is Side.DESTINATION and error.cause in REFUSED:
        _forget(at)


def _forget(at: Visited) -> None:
    at.decided("new login forgotten")
    at.update(new_login="", new_service="")
