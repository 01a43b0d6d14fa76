"""What is asked of a look-up: the server of an account that names none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Side
from engine.migration.account import Account


@dataclass(frozen=True, slots=True)
class Found:
    """An account with the server that is proposed for it. Nobody signs in there before a person has confirmed it.

    `named_by` says who named the server: "Autodiscover at example.org".
    """

    account: Account
    named_by: str


# The server is that of the mailbox which the account opens. Returns None where nothing is found. Raises FatalError for
# a server that cannot be reached from here, InputError for an account that is not named by an address. Nobody signs in.
LookUp = Callable[[Account, Side], Found | None]


def finds_nothing(_account: Account, _side: Side) -> None:
    """For whoever has no network to look in."""
