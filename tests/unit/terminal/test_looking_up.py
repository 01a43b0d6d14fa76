"""Accounts typed without a server: no password leaves before the server is known, and agreed on where it must be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import StringIO
from typing import cast

import pytest

from engine.errors import Cause, FatalError, InputError, OmmError, Side
from engine.migration.account import Account, parse_account
from engine.ports.looking_up import Found
from terminal.looking_up import with_servers
from terminal.moving import request_of
from terminal.output import Output
from terminal.session import Session
from terminal.usage import UsageError
from wiring import Settings

TYPED = "ews+https://ann%40example.org@"
SOURCE = "imaps://ann@mail.example.org"
SERVER = parse_account("ews+https://ann%40example.org@ex.hoster.example")


class Terminal(StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        return True


@dataclass
class Looking:
    """A session that only speaks, and a look-up with this result; it counts what it was asked."""

    result: Found | OmmError | None
    said: StringIO = field(default_factory=StringIO)
    asked: list[tuple[str, Side]] = field(default_factory=list)

    @property
    def session(self) -> Session:
        out = Output(self.said, StringIO(), as_json=False)
        return Session(out, cast(Settings, None), None, None, None)  # type: ignore[arg-type]  # what is not asked for here

    def look_up(self, _settings: Settings, account: Account, side: Side) -> Found | None:
        self.asked.append((account.login, side))
        if isinstance(self.result, OmmError):
            raise self.result
        return self.result

    def found(self, destination: str = TYPED) -> Account:
        wanted = request_of(SOURCE, destination, None, allow_plaintext=False)
        return with_servers(self.session, wanted, self.look_up).destination


def test_an_account_with_a_server_is_not_looked_up() -> None:
    """What a person typed is what counts."""
    at = Looking(None)

    assert at.found(SERVER.url) == SERVER
    assert at.asked == []


def test_a_server_of_the_domains_own_is_taken_and_named() -> None:
    """The person reads where the password goes."""
    at = Looking(Found(replace(SERVER, host="mail.example.org", port=444), confirm=False))

    assert at.found().host == "mail.example.org"
    assert at.asked == [("ann@example.org", Side.DESTINATION)]
    assert at.said.getvalue() == "The server of ann@example.org (the destination) is mail.example.org:444.\n"


@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_another_server_is_agreed_on_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, agrees: bool
) -> None:
    """The question names it, and whoever only presses Enter has not agreed."""
    at = Looking(Found(SERVER, confirm=True))
    monkeypatch.setattr("sys.stdin", Terminal(typed))

    if agrees:
        assert at.found() == SERVER
    else:
        with pytest.raises(InputError, match="Nothing was sent"):
            at.found()

    assert "is said to be ex.hoster.example. Send the password there?" in capsys.readouterr().err


def test_where_nobody_can_be_asked_it_is_to_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program does not agree to anything: it is told what a person would type."""
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))

    with pytest.raises(UsageError, match=r"Type ews\+https://ann%40example\.org@ex\.hoster\.example$"):
        Looking(Found(SERVER, confirm=True)).found()


@pytest.mark.parametrize(("result", "kind"), [
    (None, UsageError), (InputError("This is not an e-mail address."), UsageError),
    (FatalError("It is not a public server.", cause=Cause.HOST_NOT_ALLOWED, side=Side.DESTINATION), FatalError),
])
def test_where_nothing_is_found_the_server_is_asked_for(result: OmmError | None, kind: type[OmmError]) -> None:
    """With how to type it, and the reason where there is one."""
    with pytest.raises(kind) as caught:
        Looking(result).found()

    assert str(result or "No Exchange server was found for ann@example.org.") in str(caught.value)
    assert isinstance(result, InputError) or str(caught.value).endswith("Type ews+https://ann%40example.org@SERVER")


@pytest.mark.parametrize("typed", [
    "imaps://ann%40example.org@", "ews+http://ann%40example.org@", "ews+https://@", "ews+https://ann%40example.org@/EWS",
    "ews+https://ann%40example.org@:443", "ews+https://",
])
def test_no_other_account_may_lack_its_server(typed: str) -> None:
    """There is nothing to look up for IMAP, and nothing leads to a server in clear text."""
    with pytest.raises(UsageError):
        request_of(SOURCE, typed, None, allow_plaintext=True)
