"""Accounts that were typed without a server: it is looked up, and a person agrees before a password goes there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import click

import wiring
from engine.errors import FatalError, InputError, Side
from engine.migration.account import Account
from engine.migration.request import MigrationRequest
from engine.ports.looking_up import Found
from terminal.output import clean
from terminal.session import Session
from terminal.usage import UsageError, usage
from wiring import Settings

LookUp = Callable[[Settings, Account, Side], Found | None]


def with_servers(session: Session, wanted: MigrationRequest, look_up: LookUp = wiring.looked_up) -> MigrationRequest:
    """The same, each account with its server and otherwise as it was typed.

    Raises UsageError, FatalError where none is found or agreed on.
    """
    return replace(
        wanted,
        source=_with_server(session, wanted.source, Side.SOURCE, look_up),
        destination=_with_server(session, wanted.destination, Side.DESTINATION, look_up),
    )


def _with_server(session: Session, account: Account, side: Side, look_up: LookUp) -> Account:
    if account.host:
        return account
    try:
        with usage():
            found = look_up(session.settings, account, side)
    except UsageError as error:
        raise UsageError(f"The {side} names no server. {error} {_typed(account, 'SERVER')}") from None
    except FatalError as error:
        raise FatalError(f"{error} {_typed(account, 'SERVER')}", cause=error.cause, side=side) from error
    if found is None:
        raise UsageError(f"No Exchange server was found for {account.login}. {_typed(account, 'SERVER')}")
    server = found.account
    known = replace(account, host=server.host, port=server.port, transport=server.transport, path=server.path)
    if found.confirm:
        _confirmed(known, side)
    else:
        session.out.say(f"The server of {account.login} (the {side}) is {known.server}.")
    return known


def _confirmed(account: Account, side: Side) -> None:
    """Returns when a person agrees. Raises UsageError where nobody does, or nobody can be asked."""
    server = account.server
    if not sys.stdin.isatty():
        raise UsageError(
            f"The server of {account.login} (the {side}) is said to be {server}, which is not sure to be right. "
            f"If it is: {_typed(account, server)}"
        )
    asked = f"The server of {account.login} (the {side}) is said to be {server}. Send the password there?"
    if not click.confirm(clean(asked), default=False, err=True):
        raise InputError(f"Nothing was sent. {_typed(account, 'SERVER')}")


def _typed(account: Account, server: str) -> str:
    """How to type the account with its server."""
    return f"Type {account.url.rpartition('@')[0]}@{server}"
