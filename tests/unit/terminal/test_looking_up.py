"""Accounts typed without a server: no password leaves before the server is known, and agreed on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any, cast

import pytest

from engine.errors import Cause, FatalError, InputError, OmmError, Side
from engine.migration.account import Access, Account, parse_account
from engine.migration.request import MigrationRequest
from engine.ports.looking_up import Found
from engine.store.vault import Secret
from terminal.doctor import mailbox_of, run_doctor
from terminal.looking_up import with_servers
from terminal.moving import request_of
from terminal.output import Output
from terminal.passwords import Passwords
from terminal.session import Session
from terminal.usage import UsageError
from wiring import Settings

TYPED = "ews+https://ann%40example.org@"
SOURCE = "imaps://ann@mail.example.org"
SERVER = parse_account("ews+https://ann%40example.org@ex.hoster.example")
OWN = parse_account("ews+https://ann%40example.org@mail.example.org:444")


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
        return self.known(SOURCE, destination).destination

    def known(self, source: str, destination: str, **opened: Any) -> MigrationRequest:
        """What is gone on with; `opened` says which mailboxes service accounts open."""
        wanted = request_of(source, destination, None, allow_plaintext=False, **opened)
        return with_servers(self.session, wanted, self.look_up)


def test_an_account_with_a_server_is_not_looked_up() -> None:
    """What a person typed is what counts."""
    at = Looking(None)

    assert at.found(SERVER.url) == SERVER
    assert at.asked == []


@pytest.mark.parametrize("access", [Access.IMPERSONATION, Access.FULL_ACCESS])
@pytest.mark.parametrize("side", Side)
def test_a_service_account_opens_the_mailbox_that_was_named_wherever_its_server_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], side: Side, access: Access
) -> None:
    """Its own would be read or written in the place of somebody else's; the question tells the two names apart."""
    at = Looking(Found(SERVER, "Autodiscover at example.org"))
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    ends = {Side.SOURCE: SOURCE, Side.DESTINATION: "ews+https://bob%40example.net@ex.example.net", side: TYPED}
    full = [side.value] if access is Access.FULL_ACCESS else []
    opened = {"full_access": full, f"{side}_mailbox": "claire@example.org"}

    known = at.known(ends[Side.SOURCE], ends[Side.DESTINATION], **opened)
    account = known.source if side is Side.SOURCE else known.destination

    assert (account.login, account.host) == (SERVER.login, SERVER.host)
    assert (account.mailbox, account.access) == ("claire@example.org", access)
    asked = capsys.readouterr().err
    assert f"The server of claire@example.org (the {side}) is ex.hoster.example, according to" in asked
    assert "Send the password of ann@example.org there?" in asked


@pytest.mark.parametrize("server", [SERVER, OWN], ids=lambda one: one.host)
@pytest.mark.parametrize("named_by", ["Autodiscover at example.org", "an SRV record of example.org"])
@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_every_server_is_agreed_on_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, named_by: str, server: Account, *,
    agrees: bool,
) -> None:
    """The question names it and who named it, and whoever only presses Enter has not agreed."""
    at = Looking(Found(server, named_by))
    monkeypatch.setattr("sys.stdin", Terminal(typed))

    if agrees:
        assert at.found() == server
    else:
        with pytest.raises(InputError, match="Nothing was sent"):
            at.found()

    assert at.asked == [("ann@example.org", Side.DESTINATION)]
    assert (
        f"The server of ann@example.org (the destination) is {server.server}, according to {named_by}. "
        "Send the password of ann@example.org there?"
    ) in capsys.readouterr().err


@pytest.mark.parametrize("server", [SERVER, OWN], ids=lambda one: one.host)
def test_where_nobody_can_be_asked_it_is_to_be_typed(monkeypatch: pytest.MonkeyPatch, server: Account) -> None:
    """A program does not agree to anything: it is told what a person would type, and that is taken."""
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    at = Looking(Found(server, "Autodiscover at example.org"))

    with pytest.raises(UsageError, match=r"according to Autodiscover at example\.org") as refused:
        at.found()

    typed = str(refused.value).rpartition("Type ")[2]
    assert typed == f"ews+https://ann%40example.org@{server.server}"
    assert Looking(None).found(typed) == server


@dataclass
class Asking:
    """Where a password would come from; whoever asks for one is noted, and gets none."""

    accounts: list[Account] = field(default_factory=list)

    def of(self, _side: Side, account: Account) -> Secret:
        self.accounts.append(account)
        raise UsageError("There is no password.")


@pytest.mark.parametrize("agrees", [True, False])
def test_the_doctor_looks_up_a_server_too(monkeypatch: pytest.MonkeyPatch, agrees: bool) -> None:
    """Before it asks for a password, and as for a migration: by the address of the mailbox, and a person agrees."""
    at, asking = Looking(Found(SERVER, "Autodiscover at example.org")), Asking()
    monkeypatch.setattr("sys.stdin", Terminal("y\n") if agrees else StringIO("y\n"))
    session = replace(at.session, passwords=cast(Passwords, asking))
    mailbox = mailbox_of(TYPED, allow_plaintext=False, destination_mailbox="claire@example.org")

    with pytest.raises(UsageError, match=r"no password" if agrees else r"Type ews\+https://ann%40example\.org@ex\.hoster"):
        run_doctor(session, mailbox, large=0, show_host=False, look_up=at.look_up)

    assert at.asked == [("ann@example.org", Side.DESTINATION)]
    assert asking.accounts == [replace(mailbox, host=SERVER.host)] * agrees


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
