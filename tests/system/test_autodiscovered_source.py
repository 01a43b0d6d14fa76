"""An Exchange source of which only the address is typed, from the look-up to the last message, and back."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from engine.errors import Cause, FatalError, InputError
from tests.servers.exchange.between_exchanges import (
    HERE,
    SERVICE,
    BetweenExchanges,
    between_exchanges,
    moves_once_and_back,
    port,
    write,
)
from tests.servers.exchange.pair import OLD
from tests.servers.world import PASSWORD

HOSTER, INNER = "ex.hoster.example", "intranet.example.org"


class Terminal(StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at(tmp_path: Path) -> Iterator[BetweenExchanges]:
    """The domain of the old mailbox answers Autodiscover, and there is a host within somebody's network."""
    with between_exchanges(tmp_path, "example.org", HOSTER) as made:
        made.names.add_host("example.org", HERE)
        made.names.add_host(HOSTER, HERE)
        made.names.add_host(INNER, "10.1.2.3")
        write(made.box, "plain", "another")
        yield made


def named(at: BetweenExchanges, host: str) -> None:
    """Autodiscover names that host."""
    at.old.configure(external_url=f"https://{host}:{port(at.old)}")


def only_the_address(login: str = OLD) -> str:
    return f"ews+https://{login.replace('@', '%40')}@"


def test_a_private_host_is_refused_and_another_host_is_confirmed_first(
    at: BetweenExchanges, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before a person agrees nobody signs in and no task is begun; then the mailbox moves, and back."""
    source, before = only_the_address(), len(at.old.sign_ins)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    named(at, INNER)
    with pytest.raises(FatalError, match=INNER.replace(".", r"\.")) as refused:
        at.migrate(source)
    named(at, HOSTER)
    with pytest.raises(InputError, match="Nothing was sent"):
        at.migrate(source)

    assert refused.value.cause is Cause.HOST_NOT_ALLOWED
    assert f"The server of {OLD} (the source) is {HOSTER}:{port(at.old)}, according to" in capsys.readouterr().err
    assert (len(at.old.sign_ins), at.new.sign_ins, list(at.engine.store.all())) == (before, [], [])

    monkeypatch.setattr("sys.stdin", Terminal("y\ny\n"))
    first = moves_once_and_back(at, 2, source=source)

    assert (first.request.source.host, first.request.source.login) == (HOSTER, OLD)
    assert all(one.accepted for one in at.old.sign_ins)


@pytest.mark.parametrize("right", ["impersonation", "full_access"])
def test_a_service_account_is_led_to_the_server_of_the_mailbox_that_it_opens(
    at: BetweenExchanges, monkeypatch: pytest.MonkeyPatch, right: str
) -> None:
    """By the mailbox's address, though its own has another domain; all of the mailbox moves, and back."""
    service = SERVICE.replace("example.org", "hoster.example")
    at.old.add_account(service, password=PASSWORD)
    at.old.configure(**{right: {service: [OLD]}})
    named(at, HOSTER)
    monkeypatch.setattr("sys.stdin", Terminal("y\ny\n"))
    how = {"full_access": ("source",)} if right == "full_access" else {}
    first = moves_once_and_back(at, 2, source=only_the_address(service), mailbox=OLD, **how)

    assert (first.request.source.host, first.request.source.owner) == (HOSTER, OLD)
    assert not [host for _, host in at.names.asked if host == "hoster.example"]
