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
    """The same, each account as `with_server` gives it. Raises what that raises."""
    return replace(
        wanted,
        source=with_server(session, wanted.source, Side.SOURCE, look_up),
        destination=with_server(session, wanted.destination, Side.DESTINATION, look_up),
    )


def with_server(session: Session, account: Account, side: Side, look_up: LookUp = wiring.looked_up) -> Account:
    """The account with its server, looked up and agreed on where none was typed, and otherwise as it was typed.

    Raises UsageError, FatalError where none is found, InputError where a person does not agree.
    """
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
        raise UsageError(f"No Exchange server was found for {account.owner}. {_typed(account, 'SERVER')}")
    server = found.account
    known = replace(account, host=server.host, port=server.port, transport=server.transport, path=server.path)
    _confirm(known, side, found.named_by)
    return known


def _confirm(account: Account, side: Side, named_by: str) -> None:
    """Returns when a person agrees. Raises InputError when they do not, UsageError where nobody can be asked."""
    server = account.server
    said = f"The server of {account.owner} (the {side}) is {server}, according to {named_by}."
    if not sys.stdin.isatty():
        raise UsageError(f"{said} Without a terminal, nobody can confirm it. If it is right: {_typed(account, server)}")
    if not click.confirm(clean(f"{said} Send the password of {account.login} there?"), default=False, err=True):
        raise InputError(f"Nothing was sent. {_typed(account, 'SERVER')}")


def _typed(account: Account, server: str) -> str:
    """How to type the account with its server."""
    return f"Type {account.url.rpartition('@')[0]}@{server}"
