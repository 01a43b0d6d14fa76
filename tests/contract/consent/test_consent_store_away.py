"""Consent that comes back while the store is away: the page asks again by itself, until what came can be kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.errors import Cause, FatalError
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form
from tests.servers.slack.world import SlackWorld


class Away:
    """Consents of a store that does not answer."""

    def __getattr__(self, _name: str) -> Any:
        raise FatalError("The store does not answer.", cause=Cause.STORE)


def test_what_came_is_kept_once_the_store_answers(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The browser stays at the address that Google gave it, and goes there again; nobody has to press anything."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    door = world.door
    assert door is not None
    services = door.services
    assert services is not None
    door.services = replace(services, consents=Away())

    waits = browser.get(back)
    assert (waits.status_code, "goes on by itself" in text(waits)) == (503, True)
    assert 'http-equiv="refresh"' in waits.text

    door.services = services
    form.after_work(browser, form.came(browser, back))
    assert f"Authorised as {ANN}" in form.read()
