"""Numbers that are typed into Slack more than once: what the form and the pages say then."""

from __future__ import annotations

from dataclasses import replace

from bot.consent.numbers import MOST_TRIES
from bot.ids import Action
from bot.stored.consents import Status
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import asks_again, authorises, came_back, number_on, types
from tests.servers.consent.pages import ANN, Form, acts, go_on
from tests.servers.slack.world import OWNER, SlackWorld


def test_a_number_of_an_older_consent_is_not_asked_for(form: Form, pages: Pages) -> None:
    """Two browsers: once the computer was sent to Google, the phone's page stops asking for its number."""
    form.open()
    phone, computer = pages.browser(), pages.browser()
    page = came_back(form, phone, form.link())
    old = number_on(page)
    go_on(computer, computer.open(form.link()))
    form.type_number(old)
    form.press(Action.AUTHORISED)

    assert "Nothing has come from Google yet" not in form.read()
    assert old not in text(phone.open(page.url))


def test_a_press_that_is_asked_for_has_its_button(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Authorised, and more is allowed: whoever reads "press the button again" finds that button."""
    form.open()
    browser = pages.browser()
    authorises(form, browser)
    types(form, asks_again(form, browser, ANN))
    buttons = [one.get("action_id") for block in world.view()["blocks"] for one in block.get("elements", ())]

    assert "press the button again" not in form.read() or Action.AUTHORISED in buttons


def test_a_number_that_came_too_late_is_answered(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Authorised, and another account is allowed: after ten minutes its number is void, and the form says so."""
    form.open()
    browser = pages.browser()
    authorises(form, browser)
    number = asks_again(form, browser, "other@gmail.com")
    consent = world.services.consents.newest(form.draft.id, OWNER)
    assert consent is not None
    world.services.consents.change(consent.id, lambda now: replace(now, status=Status.LATE))
    form.type_number(number)
    form.press(Action.AUTHORISED)

    assert "again" in form.read().partition("Destination")[0]


def test_who_mistypes_is_not_told_of_another_browser(form: Form, pages: Pages, world: SlackWorld) -> None:
    """Five wrong numbers in the owner's own form: neither page, form nor audit says that a stranger came."""
    form.open()
    browser = pages.browser()
    page = came_back(form, browser, form.link())
    number = number_on(page)
    for _ in range(MOST_TRIES):
        form.type_number(f"{(int(number.replace(' ', '')) + 1) % 10 ** 8:08}")
        form.press(Action.AUTHORISED)

    assert "another browser" not in text(browser.open(page.url))
    assert not any("another browser" in why for _what, why in acts(world))
    assert "Other numbers were typed too often" in form.read()
