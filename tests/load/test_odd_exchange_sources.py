"""Odd Exchange sources from `omm migrate` to the last message, in the ways that `make test` leaves out."""

from __future__ import annotations

import pytest

from emulators.exchange.settings import VersionName
from engine.connectors.exchange.reading.rebuilt import REBUILT
from tests.servers.exchange.between_exchanges import BetweenExchanges, moves_once_and_back
from tests.servers.exchange.pair import OLD
from tests.servers.memory.source import mail
from tests.system.test_odd_exchange_sources import (
    arrives_whole,
    at,
    filled,
    lets_in_by_binding,
    marked,
    opened_by_a_service_account,
)

__all__ = ["at"]        # a fixture


def test_a_server_that_cannot_render_3_of_500(at: BetweenExchanges) -> None:
    """All arrive; those three are put together from their fields, and the report says so."""
    filled(at, *(mail(f"Mail {n}").mime for n in range(500)))
    for one in at.old.messages(OLD):
        if one.subject in {"Mail 0", "Mail 250", "Mail 499"}:
            at.old.spoil(OLD, one.item_id)
    first = moves_once_and_back(at, 500)

    assert [(line.item, line.reason) for line in at.engine.store.reported(first.task_id).failures] == [
        ("3 messages", REBUILT)
    ]


@pytest.mark.parametrize("fault", [
    {"action": "cut", "bytes": 100_000}, {"action": "truncate", "bytes": 100_000}, {"action": "drop"},
], ids=["cut", "truncated", "dropped"])
def test_streams_that_are_truncated(at: BetweenExchanges, fault: dict[str, object]) -> None:
    """Each large message is read again until it is whole; no half of one arrives."""
    arrives_whole(at, fault)


def test_2010_sp1_has_no_flag_element(at: BetweenExchanges) -> None:
    """Its flags and categories arrive, and it is asked for nothing that it does not know."""
    marked(at, "2010 SP1")


def test_a_server_of_2010_that_lets_in_only_by_ntlm_with_binding(at: BetweenExchanges) -> None:
    """Each sign-in to it is bound to its certificate."""
    lets_in_by_binding(at, "2010 SP1")


@pytest.mark.parametrize(("right", "version"), [("impersonation", "2019"), ("full_access", "2010 SP1")])
def test_a_service_account_opens_it(at: BetweenExchanges, right: str, version: VersionName) -> None:
    """The mailbox that is named moves, and nothing of the service account's own."""
    opened_by_a_service_account(at, right, version)
