"""What a door opens can look servers up, by its own network's rules."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest
from cryptography.fernet import Fernet

import wiring
from engine.connectors.exchange import autodiscover
from engine.connectors.network.pinning import Network
from engine.connectors.network.srv import Resolve, resolve_srv
from engine.errors import Side
from engine.migration.account import Account, parse_account
from engine.ports.looking_up import Found
from tests.servers.slack.signed_world import services_on
from wiring import opening

TYPED = parse_account("ews+https://ann%40example.org@", may_lack_server=True)
FOUND = Found(parse_account("ews+https://ann%40example.org@mail.example.org"), "Autodiscover at example.org")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, frozenset[str], bool]]:
    """Addresses that are looked up, with the hosts that the network allows beside public ones, and its trust."""
    seen: list[tuple[str, frozenset[str], bool]] = []

    def discovered(account: Account, network: Network, resolve: Resolve, *, side: Side) -> Found:
        assert (resolve, side) == (resolve_srv, Side.DESTINATION)
        seen.append((account.login, network.allowed, network.trusts_person))
        return FOUND

    monkeypatch.setattr(autodiscover, "discovered", discovered)
    return seen


def test_the_doors_of_slack_look_up_by_the_operator_s_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: list[tuple[str, frozenset[str], bool]]
) -> None:
    """The services that a checker works with have it."""
    redis = fakeredis.FakeRedis()
    monkeypatch.setattr(opening, "_reached", lambda *_: redis)
    chosen = wiring.settings({
        "HOME": str(tmp_path), "OMM_REDIS_URL": "redis://127.0.0.1:9", "OMM_ALLOWED_HOSTS": "10.0.0.0/8",
        "OMM_SECRET_KEYS": Fernet.generate_key().decode(),
    })

    with wiring.doors(chosen) as opened:
        found = services_on(opened).look_up(TYPED, Side.DESTINATION)

    assert found == FOUND
    assert asked == [("ann@example.org", frozenset({"10.0.0.0/8"}), False)]


def test_the_terminal_looks_up_too(tmp_path: Path, asked: list[tuple[str, frozenset[str], bool]]) -> None:
    """By the settings of this machine."""
    chosen = wiring.settings({"HOME": str(tmp_path)})

    assert wiring.looked_up(chosen, TYPED, Side.DESTINATION) == FOUND
    assert [address for address, *_ in asked] == ["ann@example.org"]
