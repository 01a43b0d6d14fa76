"""Somebody has their data deleted while a browser shows a number that is to be typed into Slack."""

from __future__ import annotations

from datetime import timedelta

import requests

from bot.stored.consents import LASTS
from engine.migration.giving_back import give_back
from tests.contract.slack.test_secrets import stored
from tests.servers.browser.browsers import Browser, Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import came_back, number_on
from tests.servers.consent.pages import ANN, Form
from tests.servers.slack.world import OWNER, SlackWorld


def deleted(form: Form, pages: Pages, world: SlackWorld) -> tuple[Browser, requests.Response]:
    form.open(login=ANN)
    browser = pages.browser()
    page = came_back(form, browser, form.link())
    number_on(page)
    world.services.jobs.delete(world.team, OWNER, tasks=[], stays=[], at=world.clock().timestamp() + 1)
    world.work("delete")
    return browser, page


def test_no_number_is_asked_for_any_more(form: Form, pages: Pages, world: SlackWorld) -> None:
    """There is no form to type it into: the page says that nothing is needed, as for who is still at Google."""
    browser, page = deleted(form, pages, world)
    said = text(browser.open(page.url))

    assert "Type this number into Slack" not in said, said


def test_nothing_of_the_person_stays_in_clear(form: Form, pages: Pages, world: SlackWorld) -> None:
    """The address of their Google account is deleted with the rest."""
    deleted(form, pages, world)
    lines = [line for line in stored(world).splitlines() if ANN in line]

    assert lines == []


def test_what_was_allowed_is_given_back(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Within ten minutes, as the page has said."""
    deleted(form, pages, world)
    pages.later += LASTS + timedelta(seconds=1)
    world.services = pages.services()
    world.work("consent")
    give_back(world.services.engine)

    assert google.exchanged.total() == 1
    assert google.alive == []
