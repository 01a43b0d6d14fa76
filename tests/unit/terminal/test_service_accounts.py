"""Service accounts, as they are typed."""

from __future__ import annotations

from io import StringIO

import pytest

import cli
from engine.errors import Side
from engine.migration.account import Access
from engine.migration.content import Content
from engine.migration.request import MigrationRequest
from terminal.doctor import mailbox_of
from terminal.moving import request_of
from terminal.output import Output
from terminal.records import detailed
from terminal.usage import UsageError
from terminal.words import table
from tests.unit.bot.records import migration

SOURCE, DESTINATION = "imaps://ann@mail.example.org", "ews+https://mover%40example.org@ex.example.org"


def typed(source: str | None = None, destination: str | None = None, *full: Side) -> MigrationRequest:
    return request_of(
        SOURCE, DESTINATION, None, allow_plaintext=False, source_mailbox=source, destination_mailbox=destination,
        full_access=[side.value for side in full],
    )


def test_the_right_is_impersonation_unless_full_access_is_said() -> None:
    """The two are told apart by the person, never guessed: each may open what the other does not."""
    by_default, by_full_access = typed(None, "bob@example.org"), typed(None, "bob@example.org", Side.DESTINATION)

    assert (by_default.destination.mailbox, by_default.destination.access) == ("bob@example.org", Access.IMPERSONATION)
    assert by_full_access.destination.access is Access.FULL_ACCESS
    assert typed().destination.access is Access.OWN


@pytest.mark.parametrize(("given", "says"), [
    (("bob@example.org",), "--source-mailbox: An account on IMAP opens no mailbox but its own"),
    ((None, "bob"), "--destination-mailbox: The mailbox to open is not an e-mail address"),
    ((None, ""), "--destination-mailbox: The mailbox to open is not an e-mail address"),
    ((None, None, Side.DESTINATION), "--full-access destination says how a mailbox is opened: name it with --dest"),
    ((None, "bob@example.org", Side.SOURCE), "--full-access source says how a mailbox is opened: name it with --sou"),
])
def test_what_cannot_be_meant_is_said(given: tuple[str | None], says: str) -> None:
    """Before anybody signs in."""
    with pytest.raises(UsageError, match=says):
        typed(*given)


@pytest.mark.parametrize("side", list(Side))
def test_full_access_moves_neither_rules_nor_out_of_office(side: Side) -> None:
    """They are the login's own; impersonation reaches them. Whoever names them is told why not."""
    ends = ["ews+https://mover%40example.org@old.example.org", DESTINATION]
    mailbox = {f"{side.value}_mailbox": "bob@example.org"}

    full = request_of(*ends, None, allow_plaintext=False, full_access=[side.value], **mailbox).contents  # type: ignore[arg-type]  # each is a mailbox
    whole = request_of(*ends, None, allow_plaintext=False, **mailbox).contents  # type: ignore[arg-type]  # as above
    with pytest.raises(UsageError) as told:
        request_of(*ends, "inbox rules", allow_plaintext=False, full_access=[side.value], **mailbox)  # type: ignore[arg-type]  # as above

    assert set(whole) - set(full) == {Content.INBOX_RULES, Content.OUT_OF_OFFICE}
    assert Content.COLOURS in full
    assert "Inbox rules and out-of-office can be moved by impersonation" in str(told.value)


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_both_commands_take_it(command: str) -> None:
    """With the words of its own field when it is wrong."""
    said = StringIO()
    arguments = [command, SOURCE, DESTINATION, "--destination-mailbox", "bob", "--full-access", "destination"]

    assert cli._run(cli.Door(Output(StringIO(), said, as_json=False)), arguments) == cli.USAGE
    assert said.getvalue().startswith("--destination-mailbox: The mailbox to open is not an e-mail address.")


@pytest.mark.parametrize(("full", "access"), [([], Access.IMPERSONATION), (["destination"], Access.FULL_ACCESS)])
def test_the_doctor_takes_what_a_destination_may_be(full: list[str], access: Access) -> None:
    """A service account, and an account without a server, as omm migrate takes them."""
    account = mailbox_of(
        "ews+https://mover%40example.org@", allow_plaintext=False, destination_mailbox="bob@example.org",
        full_access=full,
    )

    assert (account.login, account.host) == ("mover@example.org", "")
    assert (account.mailbox, account.access) == ("bob@example.org", access)


@pytest.mark.parametrize(("options", "says"), [
    (["--destination-mailbox", "bob"], "--destination-mailbox: The mailbox to open is not an e-mail address"),
    (["--full-access", "destination"], "--full-access destination says how a mailbox is opened"),
    (["--destination-mailbox", "bob@example.org", "--full-access", "source"], "Invalid value for '--full-access'"),
])
def test_what_the_doctor_cannot_be_meant_to_open_is_said(options: list[str], says: str) -> None:
    """It tries a destination: a right on the other side would be left unused without a word."""
    said = StringIO()

    assert cli._run(cli.Door(Output(StringIO(), said, as_json=False)), ["doctor", DESTINATION, *options]) == cli.USAGE
    assert said.getvalue().startswith(says)


def test_a_task_is_listed_by_the_mailbox_and_not_by_who_opens_it() -> None:
    """A hundred mailboxes that one login moves are a hundred lines apart; programs read both names."""
    task = migration(request=typed(None, "bob@example.org"))

    assert "bob@example.org" in table([(task, False)])[1]
    assert "mover" not in table([(task, False)])[1]
    assert detailed(task, held=False)["destination_mailbox"] == "bob@example.org"
    assert "source_mailbox" not in detailed(task, held=False)
