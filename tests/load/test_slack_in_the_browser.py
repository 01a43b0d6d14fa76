"""A person with a browser: a card is watched, cancelled, retried and rolled back, and an Exchange mailbox moves.

As tests/system/test_slack_in_the_browser.py, which has the shortest of these in `make test`; what each press does is
asked without a browser by tests/contract/slack there.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from bot.ids import Action, Block
from bot.views import choices
from demo import old_calendar, old_desk, old_mailbox, old_settings, stored
from demo.servers import OLD_LOGIN
from demo.truth import expected
from emulators.exchange import Fault
from emulators.exchange.control import Control
from engine.contents import movable
from engine.systems import System
from tests.servers.chromium import CHROMIUM
from tests.system.test_slack_in_the_browser import (
    WRONG,
    Screen,
    asks,
    claire,
    fill_in,
    fill_in_destination,
    opened_doors,
    subjects,
    window,
)

__all__ = ["claire", "opened_doors", "window"]      # fixtures

REFUSED = "clinique-confluence.example"     # stands in a few of the messages

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (make system-deps)"),
]


def test_what_failed_is_copied_by_a_retry_and_all_of_it_is_rolled_back(claire: Screen) -> None:
    """The report names it, a retry asks for the password and copies it, and a rollback leaves the mailbox as it was."""
    exchange = Control(claire.servers.destination.control)
    exchange.add_fault(Fault(
        operation="CreateItem", action="items", containing=REFUSED, code="ErrorMimeContentInvalid", name="refused"
    ))
    fill_in(claire, claire.servers.destination.password)
    claire.send()
    claire.begins()
    expect(claire.card()).to_contain_text("Completed, with failures")
    claire.keep("failures", claire.card())
    claire.press(Action.REPORT)
    expect(claire.dialog()).to_contain_text("could not read its format")
    named = claire.dialog().inner_text()
    claire.keep("report", claire.dialog())
    claire.dialog().locator("footer button").first.click()

    exchange.clear_faults()
    claire.press(Action.RETRY)
    expect(claire.dialog()).to_contain_text("Only what is missing is copied")
    claire.keep("retry", claire.dialog())
    claire.type(Block.SOURCE_PASSWORD, claire.servers.source.password)
    claire.send()
    expect(claire.card()).to_contain_text(f"{len(expected())} of {len(expected())} messages copied")
    copied = subjects(claire)
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    claire.press(Action.ROLLBACK)
    expect(claire.dialog()).to_contain_text(f"{len(expected())}")
    claire.keep("rollback", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Rolled back")
    claire.card().locator(".replies").click()
    expect(claire.page.locator("#thread")).to_contain_text("was rolled back")
    expect(claire.page.locator("#thread")).to_contain_text("200 of 200 messages removed")

    assert "Lexique médical : convention" in named
    assert len(copied) == len(expected())
    assert subjects(claire) == []
    assert re.search(r"Rollback asked for by\s+@claire", claire.card().inner_text())
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(0)


def test_a_running_migration_is_cancelled_by_its_dialog(claire: Screen) -> None:
    """The dialog says what is still finished; what was under way arrives, and the card says who cancelled."""
    exchange = Control(claire.servers.destination.control)
    exchange.add_fault(Fault(operation="CreateItem", nth=6, action="hold", name="slow"))
    fill_in(claire, claire.servers.destination.password)
    claire.send()
    claire.begins()
    assert exchange.wait_held("slow", 90)
    expect(claire.card()).to_contain_text(re.compile(r"\d+ of 200 messages"))
    claire.keep("running", claire.card())

    claire.press(Action.CANCEL)
    dialog = claire.page.locator("#modal")
    expect(dialog).to_contain_text("Finish this step first")
    words = dialog.inner_text()
    claire.keep("cancel", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Cancelling")
    exchange.release("slow")
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    expect(claire.card()).to_contain_text("Cancelled")

    assert "Pause" in words
    assert len(subjects(claire)) == len(expected())
    assert re.search(r"Cancelled by\s+@claire", claire.card().inner_text())


def switch_on(claire: Screen) -> None:
    """Presses the card's button for the out-of-office that was left off, and says yes."""
    assert not old_settings.is_on(claire.servers.destination)
    claire.press(Action.SWITCH_ON)
    asked = claire.page.locator("#confirm")
    expect(asked).to_contain_text("people may get two replies")
    asked.get_by_role("button", name="Switch it on").click()
    expect(claire.card()).to_contain_text("Out-of-office switched on by")
    assert old_settings.is_on(claire.servers.destination)


def test_a_mailbox_on_exchange_moves_and_is_rolled_back(claire: Screen) -> None:
    """A wrong password is said above its field, the form asks before it starts; the card counts, and all goes back."""
    old = replace(claire.servers.destination, login=OLD_LOGIN)
    for part in (old_mailbox, old_calendar, old_desk, old_settings):
        part.fill(old)
    old_settings.fill_own(claire.servers.destination)
    own = old_settings.shown(claire.servers.destination)
    events = len(Counter(stored.appointments(old.database, OLD_LOGIN)))     # an invitation in the mail is one of them
    before = Control(old.control).dump(OLD_LOGIN)
    messages = len(old_mailbox.MARKED) + len(old_mailbox.letters())
    asks(claire)
    claire.block(Block.SOURCE_KIND).locator("select").select_option(label="Exchange (all folders)")
    expect(claire.dialog()).to_contain_text("Exchange 2010 SP1 or later")
    ticked = movable(System.EXCHANGE, System.EXCHANGE)
    expect(claire.block(Block.CONTENTS).locator("input:checked")).to_have_count(len(ticked))
    claire.type(Block.SOURCE_SERVER, old.service)
    claire.type(Block.SOURCE_LOGIN, old.login)
    claire.type(Block.SOURCE_PASSWORD, WRONG)
    fill_in_destination(claire, claire.servers.destination.password)
    claire.send()
    alert = claire.page.locator("#modal .alert.error")
    expect(alert).to_contain_text("The source server refused the login")
    kept = [claire.typed(name) for name in (Block.SOURCE_SERVER, Block.SOURCE_LOGIN, Block.DESTINATION_LOGIN)]
    chosen = claire.block(Block.SOURCE_KIND).locator("select").input_value()
    below = alert.locator("xpath=following-sibling::*[1]").get_attribute("data-block") or ""

    claire.type(Block.SOURCE_PASSWORD, old.password)
    claire.send()
    expect(claire.block(choices.TOP)).to_contain_text("Nothing has started yet.")
    claire.keep("choices", claire.block(choices.TOP), until=claire.block(Block.LEAVE_OFF))
    ticked_before = [claire.block(box).locator("input").is_checked() for box in (Block.FORWARDING, Block.LEAVE_OFF)]
    claire.dialog().locator(f"[data-action='{Action.CHECK_FIRST}']").click()
    expect(claire.dialog()).to_contain_text("Nothing was written or changed.")
    found = claire.dialog().locator("[data-block='seen']")
    claire.keep("check-first", claire.block("look"), until=found, height=3000)
    looked = claire.dialog().inner_text()
    claire.block(Block.LEAVE_OFF).locator("input").check()
    claire.send()
    claire.begins()
    expect(claire.card()).to_contain_text(f"{messages} of {messages} messages copied")
    expect(claire.card()).to_contain_text(f"{events} of {events} events copied")
    expect(claire.card()).to_contain_text("1 of 1 note copied")
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    expect(claire.card()).to_contain_text("2 of 3 rules copied, 1 was left out")
    claire.keep("contents", claire.card())
    copied, arrived = subjects(claire), old_settings.shown(claire.servers.destination)
    switch_on(claire)
    claire.press(Action.ROLLBACK)
    expect(claire.dialog()).to_contain_text(f"{messages + events + old_desk.ITEMS + old_settings.ENTRIES} items")
    expect(claire.dialog()).to_contain_text("Out-of-office: as it was before")
    claire.keep("rollback-contents", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Rolled back")

    assert f"Mail: {messages} messages" in looked
    assert f"Calendars: {events} events" in looked
    assert "Contact groups: 1 contact group" in looked
    assert "Inbox rules: 3 rules, 1 of which sends mail on to others." in looked
    assert ticked_before == [False, False]
    assert len(arrived) == len(own) + old_settings.ENTRIES + 1      # two replies are one setting
    assert old_settings.shown(claire.servers.destination) == own
    assert not old_settings.is_on(claire.servers.destination)
    assert below.startswith("source_")
    assert kept == [old.service, old.login, claire.servers.destination.login]
    assert chosen == "exchange"
    assert WRONG not in claire.page.content()
    assert len(copied) == messages
    assert subjects(claire) == []
    assert Control(old.control).dump(OLD_LOGIN) == before
