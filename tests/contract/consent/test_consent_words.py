"""What people read of a consent that came to nothing: whose matter it is."""

from __future__ import annotations

import pytest

from bot.stored.consents import LASTS
from emulators.slack import Fault
from engine.connectors.google.access import refusals
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, signed_in_now
from tests.servers.slack.world import OWNER, SlackWorld


class Strict(AskedConsent):
    """`refuses_us`: True: Google does not take our client any more, as the operator has made a new secret."""

    refuses_us: bool = False

    def exchange(self, **given: object) -> object:  # type: ignore[override]
        if self.refuses_us:
            raise refusals.our_client("invalid_client")
        return super().exchange(**given)  # type: ignore[arg-type]


@pytest.fixture
def google() -> Strict:
    return Strict()


def test_a_client_that_google_does_not_take_is_said_to_be_the_operators_matter(
    form: Form, pages: Pages, google: Strict
) -> None:
    """The owner is not sent to Google's page again and again for what only OMM's administrator can mend."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    google.refuses_us = True

    said = form.after_work(browser, page)

    assert "perhaps it was used before" not in said
    assert "administrator" in said or "runs OMM" in said


def test_whoever_signs_in_too_late_is_not_said_to_be_in_another_browser(
    form: Form, pages: Pages, google: Strict, world: SlackWorld
) -> None:
    """Same person, same browser; only their sign-in had ended, and they came back to it after the ten minutes."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    browser.session.cookies.pop("omm-person")
    page = browser.get(back).headers["Location"]
    pages.later = LASTS
    world.work("consent")
    signed_in_now(pages, browser, OWNER)

    said = text(browser.open(page))

    assert "another browser" not in said
    assert "has not sent there" not in said


def test_a_slack_that_does_not_answer_is_not_called_google(
    form: Form, pages: Pages, google: Strict, world: SlackWorld
) -> None:
    """It is Slack that did not say who they are, while Google answered all the time."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    (key,) = [order.key for order in world.orders.all()]
    for known in world.redis.keys("omm:person*"):
        world.redis.delete(known)
    world.slack.add_fault(Fault(method="users.info", action="error", error="fatal_error"))
    pages.later = LASTS
    world.try_once(key)
    world.slack.clear_faults()
    world.work("consent")
    signed_in_now(pages, browser, OWNER)

    assert "Google did not answer" not in text(browser.open(page.url))
