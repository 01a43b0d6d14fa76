"""A person with Gmail, Slack and a phone: their mailbox moves by clicks, and nobody asks for a password of Google's.

With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/using.md and docs/gmail.md show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from bot.consent.consents import CALLBACK
from bot.ids import Action, Block
from tests.servers.browser.chromium import NEEDS_CHROMIUM, launched
from tests.servers.consent.pages import ANN
from tests.servers.gmail.in_chromium import Phone, keep, phone, screen
from tests.servers.gmail.in_slack import GmailInSlack, gmail_in_slack
from tests.servers.mail_servers import dovecot
from tests.servers.slack.world import slack_world
from tests.servers.world import ADDRESS

pytestmark = [NEEDS_CHROMIUM, pytest.mark.skipif(not dovecot.installed(), reason=dovecot.MISSING)]


@pytest.fixture
def gmail(tmp_path: Path) -> Iterator[GmailInSlack]:
    with slack_world(tmp_path) as world:
        world.slack.configure(rate_limits=False)
        with gmail_in_slack(world, tmp_path) as gmail:
            yield gmail


def keeps_no_code(phone: Phone) -> None:
    """Google's code was in one address, which is in no history and was never shown."""
    [back] = [one for one in phone.seen if urlsplit(one).path == CALLBACK]
    code = parse_qs(urlsplit(back).query)["code"][0].rpartition("/")[2]     # what no address has to escape
    assert [one for one in phone.seen if code in one] == [back]
    assert [one for one in phone.history() if code in one or CALLBACK in one] == []


def test_a_gmail_mailbox_moves_by_clicks_and_access_is_given_back(gmail: GmailInSlack) -> None:
    """The form comes up filled in after Google's page; the card says Completed, and a message that nothing is kept."""
    world = gmail.world
    with launched() as chromium, screen(chromium, gmail) as slack, phone(chromium) as their_phone:
        slack.opens_form(everything=True)
        keep("gmail-form", slack.window)
        link = slack.link()
        with slack.page.context.expect_page() as opened:
            slack.window.locator(f"[data-action='{Action.AUTHORISE_OPEN}']").click()
        expect(opened.value.get_by_role("button", name="Allow")).to_be_visible()
        opened.value.close()

        their_phone.opens(link)
        their_phone.says("Access to a Google account", "the Google account that you choose", ADDRESS)
        keep("gmail-before", their_phone.page.locator("html"))
        their_phone.to_google()
        their_phone.answers()
        their_phone.says("One moment, please")
        world.work("consent")
        their_phone.says("Thank you", f"OMM may now read the Google account {ANN}")
        keeps_no_code(their_phone)

        expect(slack.window).to_contain_text(f"Authorised as {ANN}")
        expect(slack.block(Block.SOURCE_LOGIN).locator("input")).to_have_value(ANN)
        keep("gmail-authorised", slack.window, until=slack.block("consent_buttons"))
        slack.starts()
        world.notify()
        gmail.give_back()
        world.notify()
        slack.visit()
        expect(slack.message(world.tasks()[0].task_id)).to_contain_text("Completed")
        slack.visit("dm")
        expect(slack.message("was given back to Google")).to_be_visible()

    assert {one.subject for one in world.exchange.messages(ADDRESS)} == {f"number {n}" for n in (1, 2, 3)}
    assert gmail.google.google.tokens(ANN) == {"access": [], "refresh": []}
