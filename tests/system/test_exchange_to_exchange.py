"""`omm` moves a mailbox from one Exchange to another, signed in by NTLM and bound to TLS at both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from engine.migration.questions import UNASKED
from terminal.choosing import OPTIONS
from tests.contract.exchange.conftest import account
from tests.contract.exchange.test_out_of_office_moved import away
from tests.contract.slack.test_choices_in_the_form import sets
from tests.servers.certificates import certificate
from tests.servers.exchange.contacts import Cards, full
from tests.servers.exchange.diary import Diary, item
from tests.servers.exchange.pair import Mailbox
from tests.servers.exchange.rules import RuleBox, people
from tests.servers.exchange.tasks import Desk, notes
from tests.servers.unheard import unheard
from tests.system.conftest import ADDRESS, MESSAGES, PASSWORD, Ends

NEW = "claire@new.example"


@pytest.fixture
def new(ends: Ends) -> Iterator[ExchangeEmulator]:
    """Another Exchange, with an empty mailbox. The mail of the first came over IMAP."""
    assert ends.command.run("migrate", *ends.urls).status == 0
    tls = certificate(ends.command.directory / "new-tls")
    known = ends.command.directory / "ca.pem"
    known.write_bytes(known.read_bytes() + tls.ca.read_bytes())
    ends.command.passwords["OMM_SOURCE_PASSWORD"] = PASSWORD
    with ExchangeEmulator(ends.command.directory / "new.sqlite", tls=(tls.chain, tls.key)) as exchange:
        exchange.configure(auth=("ntlm",), extended_protection="require")
        ends.exchange.configure(auth=("ntlm",), extended_protection="require")
        exchange.add_mailbox(NEW, password=PASSWORD)
        yield exchange
        unheard(exchange)


def urls(ends: Ends, new: ExchangeEmulator) -> tuple[str, str]:
    return ends.urls[1], new.url.replace("https://", f"ews+https://{quote(NEW, safe='')}@")


@pytest.mark.parametrize("version", ["2010 SP1", "2019"])
def test_a_mailbox_moves_once_and_back_and_its_source_stays_as_it_was(
    ends: Ends, new: ExchangeEmulator, version: str
) -> None:
    """Whole the first time, nothing the second, and taken back; the old mailbox is the same to the last property."""
    ends.exchange.configure(version=version)
    before = ends.exchange.dump()

    first = ends.command.run("migrate", *urls(ends, new), "--json")
    again = ends.command.run("migrate", *urls(ends, new), "--json")

    assert (first.status, again.status) == (0, 0), first.stderr + again.stderr
    assert first.json["contents"]["mail"] == {
        "found": MESSAGES, "copied": MESSAGES, "already_there": 0, "failed": 0, "left_out": 0,
    }
    assert again.json["contents"]["mail"]["already_there"] == MESSAGES
    assert seen(new, NEW) == seen(ends.exchange, ADDRESS)
    assert ends.command.run("rollback", first.json["task_id"], "--yes").status == 0
    assert new.messages(NEW) == []
    assert ends.exchange.dump() == before


def seen(exchange: ExchangeEmulator, address: str) -> list[object]:
    """What its owner sees of each message, and not what only the mailbox itself counts."""
    return sorted((
        one.folder, one.subject, one.received, one.sent, one.is_read, one.is_draft, one.flag_status,
        tuple(one.categories), one.importance,
    ) for one in exchange.messages(address))


def test_all_contents_move_unless_one_of_them_is_named(ends: Ends, new: ExchangeEmulator) -> None:
    """First the calendars alone, then all: what is there already counts for each by itself, sticky notes too."""
    with diary(ends, ends.exchange, ADDRESS) as old, diary(ends, new, NEW) as there:
        old.series("Round")
        old.single("Dentist")
        Desk(old.mailbox).single("Write")
        notes(old.mailbox).single("Milk")
        Cards(old.mailbox).put(full("Ann"))

        checked = ends.command.run("check", *urls(ends, new), "--json")
        alone = ends.command.run("migrate", *urls(ends, new), "--contents", "calendars", "--json")
        old.place(item(old.id_of("Dentist")), "Room 9")
        both = ends.command.run("migrate", *urls(ends, new), "--json")

        assert (alone.status, both.status) == (0, 0), alone.stderr + both.stderr
        assert [checked.json[side]["events"] for side in ("source", "destination")] == [2, 0]
        assert f"{MESSAGES} messages, 2 events" in checked.stderr
        events = {"found": 2, "copied": 2, "already_there": 0, "failed": 0, "left_out": 0, "changed": 0,
                  "removed_at_source": 0}
        assert alone.json["contents"] == {"calendars": events}
        copied = [both.json["contents"][name]["copied"] for name in ("mail", "contacts", "tasks", "notes")]
        assert copied == [MESSAGES, 1, 1, 1]
        assert "Contacts: 1 of 1 contact copied.\n" in both.stderr
        assert Cards(there.mailbox).all_facts() == Cards(old.mailbox).all_facts()
        assert "Tasks: 1 of 1 task copied.\n" in both.stderr
        assert "Notes: 1 of 1 note copied.\n" in both.stderr
        assert both.json["contents"]["calendars"] == {**events, "copied": 0, "already_there": 2, "changed": 1}
        [line] = [line for line in both.json["noted"] if line["content"] == "calendars"]
        assert line["item"].startswith("Dentist (")
        assert line["reason"] == "changed at the source since it was copied; the copy stays as it was"
        assert "2 were already there, 1 changed at the source since it was copied" in both.stderr
        assert len(there.shows()) == len(old.shows()) == 1 + 7

        for done in (both, alone):
            assert ends.command.run("rollback", done.json["task_id"], "--yes").status == 0
        assert there.shows() == Cards(there.mailbox).ids() == []
        assert Desk(there.mailbox).subjects() == notes(there.mailbox).subjects() == []


def test_what_acts_by_itself_comes_as_it_was_chosen(ends: Ends, new: ExchangeEmulator) -> None:
    """A check names the options that matter; without them rules stay, with them they come, and the replies stay off."""
    with diary(ends, ends.exchange, ADDRESS) as left, diary(ends, new, NEW) as there:
        old, arrived = RuleBox(left.mailbox), RuleBox(there.mailbox)
        old.add("On to Ann", people("ForwardToRecipients", "ann@example.net"))
        sets(left.mailbox, away("Enabled"))
        new.leave_outlook_rules(NEW)
        moved = ("--contents", "inbox-rules,out-of-office", "--json")
        options = [option for choice, option in OPTIONS.items() if choice not in UNASKED]

        checked = ends.command.run("check", *urls(ends, new), "--json")
        plain = ends.command.run("migrate", *urls(ends, new), "--contents", "inbox-rules", "--json")
        stays = (arrived.names(), arrived.has_outlooks())
        chosen = ends.command.run("migrate", *urls(ends, new), *options, *moved)
        again = ends.command.run("migrate", *urls(ends, new), *options, *moved)

        assert [each["option"] for each in checked.json["choices"]] == options
        assert (checked.json["source"]["sending"], checked.json["destination"]["outlook_rules"]) == (1, True)
        assert "Inbox rules: 1 rule, 1 of which sends mail on to others.\n" in checked.stderr
        assert plain.stderr.count("To choose otherwise: --") == 2       # replies do not move
        assert (plain.json["contents"]["inbox rules"]["left_out"], stays) == (1, ([], True))
        assert chosen.stderr.count("You have chosen --") == 3
        assert [chosen.json["contents"][name]["copied"] for name in ("inbox rules", "out-of-office")] == [1, 1]
        assert [again.json["contents"][name]["copied"] for name in ("inbox rules", "out-of-office")] == [0, 0]
        assert (arrived.names(), arrived.has_outlooks()) == (["On to Ann"], False)
        assert ends.command.run("switch-on", chosen.json["task_id"]).status == 0
        assert ends.command.run("rollback", chosen.json["task_id"], "--yes").status == 0
        assert arrived.names() == []


@contextmanager
def diary(ends: Ends, exchange: ExchangeEmulator, address: str) -> Iterator[Diary]:
    """The calendar of a mailbox, as its owner reaches it."""
    network = Network(ca_file=ends.command.directory / "ca.pem", trusts_person=True)
    with closing(Sessions(account(exchange.url, address), PASSWORD, network)) as sessions:
        yield Diary(Mailbox(sessions))
