"""The suite for a live Exchange, run as somebody who has one runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator, Fault
from tests.servers.certificates import OURS_ALONE, certificate

LOGIN, PASSWORD = "claire.lefevre@kontor-exchange.example", "sentinel-7f3a/%40"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Somebody:
    """A person with a mailbox on an Exchange."""

    exchange: ExchangeEmulator
    ca: Path

    def runs(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`make live`, without make."""
        return subprocess.run(
            [sys.executable, "-m", "pytest", "tests/contract/live", "--live", "--tb=short", "-p", "no:cacheprovider",
             *arguments],
            cwd=REPOSITORY, capture_output=True, text=True, check=False,
            env={
                "PATH": os.environ["PATH"], "HOME": str(self.ca.parent), "LANG": "C.UTF-8", **OURS_ALONE,
                "OMM_LIVE_EWS": self.exchange.url.replace("https://", f"ews+https://{LOGIN.replace('@', '%40')}@"),
                "OMM_LIVE_PASSWORD": PASSWORD, "OMM_LIVE_CA_FILE": str(self.ca), **more,
            },
        )


@pytest.fixture
def somebody(tmp_path: Path) -> Iterator[Somebody]:
    tls = certificate(tmp_path / "tls")
    with ExchangeEmulator(tmp_path / "exchange.sqlite", tls=(tls.chain, tls.key)) as exchange:
        exchange.add_mailbox(LOGIN, password=PASSWORD)
        was = exchange.dump()
        yield Somebody(exchange, tls.ca)
        assert exchange.dump() == was
        assert exchange.outgoing() == []


def pasted(output: str) -> str:
    """What is to be pasted into an issue."""
    return output.partition("to paste into an issue")[2]


def test_it_asks_the_server_that_is_named(somebody: Somebody) -> None:
    """All of it passes over TLS and NTLM, the mailbox is as it was, and one sign-in was refused."""
    done = somebody.runs()

    assert done.returncode == 0, done.stdout
    assert pasted(done.stdout) == ""
    assert [one.accepted for one in somebody.exchange.sign_ins].count(False) == 1


def test_what_differs_is_a_sentence_that_names_nobody(somebody: Somebody) -> None:
    """The test's promise, what was seen instead, and the release; neither login nor server nor password."""
    somebody.exchange.add_fault(Fault(operation="MoveItem", action="items", positions=(0,), code="ErrorMoveCopyFailed"))

    done = somebody.runs("-k", "kept_on_a_move or usual")

    assert done.returncode == 1
    said = pasted(done.stdout)
    assert "test_a_tag_is_kept_on_a_move: The item has a new id" in said
    assert "Exchange 2019 (15.2.1748.10): refuses MoveItem" in said
    assert "ErrorMoveCopyFailed" in said
    for name in ("claire", "lefevre", "kontor", "localhost", PASSWORD):
        assert name not in said
    assert PASSWORD not in done.stdout + done.stderr


def test_a_server_that_is_too_old_is_one_sentence(somebody: Somebody) -> None:
    """What keeps every test from beginning is said once."""
    somebody.exchange.configure(version="2010")

    said = pasted(somebody.runs("-k", "usual or probe").stdout)

    assert said.count("The destination is Exchange 2010; Exchange 2013 or later is needed.") == 1


@pytest.mark.parametrize(("changes", "says"), [
    ({"OMM_LIVE_EWS": ""}, "OMM_LIVE_EWS: The account is empty"),
    ({"OMM_LIVE_EWS": "ews+http://claire@mail.invalid"}, "in clear text"),
    ({"OMM_LIVE_PASSWORD": ""}, "OMM_LIVE_PASSWORD is not set"),
])
def test_what_is_missing_is_said_before_anything_begins(
    somebody: Somebody, changes: dict[str, str], says: str
) -> None:
    """Nothing is asked of the server."""
    done = somebody.runs(**changes)

    assert done.returncode == 4
    assert says in done.stderr
    assert somebody.exchange.sign_ins == []
