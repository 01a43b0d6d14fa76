"""Signing in to a server of the source: reached, greeted, secured and let in, in one attempt and never a second.

A wrong password must count once. How a greeting is read and how a password is sent is the protocol's own business.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Protocol, TypeVar

from engine.connectors.network.dialing import GREETING_TIME, Deadline
from engine.connectors.network.pinning import Endpoint, Network
from engine.errors import OmmError, Side
from engine.migration.account import Account
from engine.systems import Transport


class Dropped(Protocol):
    """A connection that can be closed without a word."""

    def drop(self) -> None: ...


S = TypeVar("S", bound=Dropped)
Greet = Callable[[Endpoint, ssl.SSLContext | None, Deadline], S | OmmError]
Introduce = Callable[[S, Endpoint, Deadline], OmmError | None]


def in_one_attempt(
    account: Account, network: Network, tls: ssl.SSLContext, *, seconds: float, greet: Greet[S], introduce: Introduce[S]
) -> S:
    """A connection to the account's server, signed in.

    `greet` connects, with TLS from the first byte on where it is given a context; `introduce` signs in. Both return
    what went wrong. It is told within ten seconds that nobody is there; the server's word on the password may take
    `seconds`.

    Raises FatalError, SignInError or RetryableError, in words for the owner. It is raised outside of every frame that
    holds the password's characters, and without the library's own exception behind it.
    """
    endpoint = network.endpoint(account.host, account.port, Side.SOURCE)
    result = _attempt(account, endpoint, tls, seconds, greet, introduce)
    if isinstance(result, OmmError):
        raise result
    return result


def _attempt(
    account: Account, endpoint: Endpoint, tls: ssl.SSLContext, seconds: float, greet: Greet[S], introduce: Introduce[S]
) -> S | OmmError:
    with Deadline(min(seconds, GREETING_TIME)) as deadline:
        greeted = greet(endpoint, tls if account.transport is Transport.TLS else None, deadline)
        if isinstance(greeted, OmmError):
            return greeted
        refusal = introduce(greeted, endpoint, deadline)
    if refusal is not None:
        greeted.drop()
        return refusal
    return greeted
