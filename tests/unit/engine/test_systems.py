"""Systems: one row each, and everything that loops over the rows."""

import json

import pytest

from bot import sources
from engine.connectors.network.pinning import Network
from engine.contents import COMES_WITH, CONTENTS, movable, why_not
from engine.errors import InputError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Migration
from engine.pace.halt import Halt
from engine.store import stored
from engine.systems import System, Transport, an_account, systems
from engine.words import listed
from terminal.moving import request_of
from terminal.usage import UsageError
from tests.unit.bot.records import migration
from wiring.connectors import Connectors

CONNECTORS = Connectors(Network())
CHOSEN = tuple(content for content in CONTENTS if content not in COMES_WITH)
MORE = listed([content.value for content in CHOSEN if content is not Content.MAIL]).capitalize()


def account(system: System) -> Account:
    scheme = next(iter(system.row.schemes.values()))
    return Account(system, "ann", "mail.example.org", scheme.port, Transport.TLS, system.row.path)


@pytest.mark.parametrize("system", systems(Side.SOURCE))
def test_every_source_of_the_table_can_be_opened_and_has_what_its_row_says(system: System) -> None:
    """The connector of its key opens it, without a connection, and gives the contents of the row."""
    opened = CONNECTORS.source(account(system), "secret", Halt())

    assert opened.contents == system.row.gives
    with pytest.raises(InputError, match="inbox rules"):
        opened.reader(Content.INBOX_RULES)


@pytest.mark.parametrize("system", systems(Side.DESTINATION))
def test_every_destination_of_the_table_can_be_opened_and_takes_what_its_row_says(system: System) -> None:
    """The connector of its key opens it, without a connection, and writes the contents of the row."""
    opened = CONNECTORS.destination(account(system), "secret")

    settings = [content for content in system.row.takes if CONTENTS[content].kind is None]
    assert all(opened.writer(content).largest > 0 for content in system.row.takes if content not in settings)
    assert all(opened.settings(content) for content in settings)
    opened.close()


@pytest.mark.parametrize("system", System)
def test_what_is_no_source_or_no_destination_is_said_with_what_would_be_one(system: System) -> None:
    """Nothing is imported for it, and the words name the systems that can be on that side."""
    if system not in systems(Side.SOURCE):
        with pytest.raises(InputError) as failure:
            CONNECTORS.source(account(system), "secret", Halt())
        assert str(failure.value) == f"The source is {an_account(*systems(Side.SOURCE))}"
    if system not in systems(Side.DESTINATION):
        with pytest.raises(InputError) as failure:
            CONNECTORS.destination(account(system), "secret")
        assert str(failure.value) == f"The destination is {an_account(*systems(Side.DESTINATION))}"


def test_systems_are_named_as_people_write_a_list() -> None:
    """With an article, commas, and an example to go by."""
    imap, pop3, exchange = System.IMAP, System.POP3, System.EXCHANGE

    assert an_account(imap, pop3) == "an IMAP or POP3 account: imaps://user%40example.org@mail.example.org"
    assert an_account(exchange) == "an Exchange account: ews+https://user%40example.org@mail.example.org"
    assert an_account(pop3, imap, exchange).startswith("a POP3, IMAP or Exchange account: pop3s://")


def test_no_scheme_belongs_to_two_systems_and_every_system_has_an_encrypted_one() -> None:
    """A URL names its system, and the preferred scheme protects the password."""
    schemes = [name for system in System for name in system.row.schemes]

    assert len(schemes) == len(set(schemes))
    assert [system for system in System if next(iter(system.row.schemes)) not in system.encrypted] == []


def test_the_form_offers_exactly_the_systems_that_can_be_a_source() -> None:
    """Each with its own words, and with the contents that can move from it."""
    offered = [source.system for source in sources.SOURCES.values()]

    assert offered == list(systems(Side.SOURCE))
    assert set(sources.WORDS) == set(offered)
    assert {source.system: source.contents for source in sources.SOURCES.values()} == {
        system: movable(system, System.EXCHANGE) for system in systems(Side.SOURCE)
    }


def test_what_moves_at_the_terminal_is_what_both_systems_have() -> None:
    """Without --contents all of it moves, in the order of the steps; what a side has not is refused by name."""
    ends = "imaps://ann@mail.example.org", "ews+https://ann@ex.example.org"

    assert request_of(*ends, None, allow_plaintext=False).contents == movable(System.IMAP, System.EXCHANGE)
    with pytest.raises(UsageError) as refused:
        request_of(*ends, "calendars", allow_plaintext=False)
    assert str(refused.value) == (
        "OMM cannot move calendars between these accounts. These can be moved: mail. "
        f"IMAP gives only mail. {MORE} can be moved from Gmail and Exchange."
    )


def test_between_two_exchanges_all_that_has_a_tick_moves_unless_some_of_it_is_named() -> None:
    """In the order of the steps, however they are named; notes come with the tasks, category colours with mail."""
    ends = "ews+https://ann@old.example.org", "ews+https://ann@ex.example.org"
    asked = {text: request_of(*ends, text, allow_plaintext=False).contents for text in (
        None, "calendars", "mail", "calendars,mail", "Calendars, Mail", "calendars,contacts", "tasks",
        "Out-of-office,inbox-rules",
    )}

    both, tasks = (Content.COLOURS, Content.MAIL, Content.CALENDARS), (Content.TASKS, Content.NOTES)
    assert asked == {
        None: tuple(CONTENTS), "calendars": both[2:], "mail": both[:2], "calendars,mail": both, "Calendars, Mail": both,
        "calendars,contacts": (Content.CONTACTS, Content.CALENDARS), "tasks": tasks,
        "Out-of-office,inbox-rules": (Content.INBOX_RULES, Content.OUT_OF_OFFICE),
    }
    with pytest.raises(UsageError, match=rf"these can be moved: {', '.join(CHOSEN)}\.$"):
        request_of(*ends, "journal", allow_plaintext=False)
    with pytest.raises(UsageError, match=r"Notes come with the tasks: name tasks instead\.$"):
        request_of(*ends, "mail,notes", allow_plaintext=False)


@pytest.mark.parametrize(("system", "words"), [
    (System.IMAP, f"IMAP gives only mail. {MORE} can be moved from Gmail and Exchange."),
    (System.POP3, f"POP3 gives only mail. {MORE} can be moved from Gmail and Exchange."),
    (System.EXCHANGE, ""),
])
def test_what_a_source_has_not_is_said_with_where_it_can_come_from(system: System, words: str) -> None:
    """The form says it below the boxes, the terminal where it refuses."""
    assert why_not(system, System.EXCHANGE) == words


def test_an_account_is_stored_as_releases_before_stored_it() -> None:
    """The key of its system stands under "kind", and is read back from there."""
    written = stored.write(migration())
    source = json.loads(written)["request"]["source"]

    assert source["kind"] == "imap"
    assert "system" not in source
    assert stored.read(Migration, written, name="It") == migration()
