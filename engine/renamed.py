"""Renamed: a destination account whose login is another one now than when the migration began."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.account import Account
from engine.decisions import decided
from engine.errors import Cause, FatalError, Side
from engine.migration import Migration
from engine.ports import Destination

if TYPE_CHECKING:
    from engine.visit import Visit


REFUSED = frozenset({Cause.SIGN_IN, Cause.FORBIDDEN, Cause.MAILBOX_GONE})


def destination_now(migration: Migration) -> Account:
    """The destination account, with the login that opens it now."""
    account = migration.request.destination
    return replace(account, login=migration.new_login) if migration.new_login else account


def check_mailbox(at: Visit, destination: Destination) -> None:
    """Raises FatalError when the login opens another mailbox than the one that was migrated into.

    A new login that does so is forgotten, with its password, so that nothing is ever done by it.
    """
    if at.migration.mailbox == destination.mailbox():
        return
    if at.migration.new_login:
        at.engine.vault.drop(at.task_id, Side.DESTINATION)
        _forget(at)
    raise FatalError("This login opens another mailbox than the one that was migrated into.", side=Side.DESTINATION)


def forget_if_refused(at: Visit, error: FatalError) -> None:
    """Forgets a new login that the server does not know, or does not let in."""
    if at.migration.new_login and error.side is Side.DESTINATION and error.cause in REFUSED:
        _forget(at)


def _forget(at: Visit) -> None:
    decided("new login forgotten", task=at.task_id)
    at.update(new_login="")
