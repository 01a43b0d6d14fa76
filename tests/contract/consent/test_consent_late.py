"""Consent that comes back after a break: what the page says, and whether it is given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.clock import utc_now
from engine.store.vault import Vault
from tests.servers.browser.browsers import Browser, Pages, paged
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, signed_in_now, with_google
from tests.servers.slack.signed_world import KEYS
from tests.servers.slack.world import OWNER, SlackWorld


@pytest.fixture
def pages(world: SlackWorld, google: AskedConsent) -> Iterator[Pages]:
    """The vault goes by the clock of the pages."""
    with_google(world, google)
    opened: list[Pages] = []

    def clock() -> datetime:
        return utc_now() + (opened[0].later if opened else timedelta())

    vault = Vault(world.redis, keys=KEYS, clock=clock, patience=1, goes_back=google.account)
    world.services = replace(world.services, engine=replace(world.services.engine, vault=vault, clock=clock))
    with paged(world) as pages:
        opened.append(pages)
        yield pages


def forget_cookies(browser: Browser, after: timedelta) -> None:
    """What a browser does with the cookies of a consent whose time is over."""
    for cookie in list(browser.session.cookies):
        ends = datetime.fromtimestamp(cookie.expires, UTC) if cookie.expires is not None else None
        if cookie.name.startswith("omm-consent") and ends is not None and ends <= utc_now() + after:
            browser.session.cookies.clear(cookie.domain, cookie.path, cookie.name)


def back_from_lunch(form: Form, pages: Pages, google: AskedConsent) -> str:
    """The owner leaves Google's page open for an hour, and allows it then; what they read afterwards."""
    form.open()
    browser = pages.browser()
    url = form.to_google(browser, form.link())
    pages.later = timedelta(hours=1)
    forget_cookies(browser, pages.later)
    signed_in_now(pages, browser, OWNER)
    page = form.came(browser, google.consents(url, ANN))
    for _ in range(2):
        pages.later += timedelta(minutes=2)
        for order in form.world.orders.all():
            form.world.try_once(order.key)
    return text(page)


def test_what_is_said_to_be_given_back_after_an_hour_is_given_back(
    form: Form, pages: Pages, google: AskedConsent
) -> None:
    """What the owner has allowed after an hour is given back, or the page says that they have to do it at Google."""
    said = back_from_lunch(form, pages, google)

    assert "gives back to Google" not in said or sum(google.exchanged.values()) == 1


def test_the_owner_who_was_slow_is_not_told_of_an_attack(form: Form, pages: Pages, google: AskedConsent) -> None:
    """Same person, same browser, an hour later: it took too long, and nobody is after their mail."""
    said = back_from_lunch(form, pages, google)

    assert "This did not begin in this browser" not in said
    assert "they wanted your mail" not in said
