"""Consent by a number that a browser shows, as people go about it: from the form to Google, and back to the form."""

from __future__ import annotations

import re

import requests

from bot.ids import Action
from bot.stored.consents import Status
from tests.servers.browser.browsers import Browser
from tests.servers.browser.private_pages import text
from tests.servers.consent.pages import ANN, Form, go_on
from tests.servers.slack.world import OWNER

UNSET = {"client_id": "", "client_secret": ""}      # of Sign in with Slack


def came_back(form: Form, browser: Browser, link: str) -> requests.Response:
    """Somebody goes from the link to Google, allows it, and comes back: the page that they see then."""
    url = go_on(browser, browser.open(link)).headers["Location"]
    return browser.open(form.google.consents(url, ANN))


def number_on(page: requests.Response) -> str:
    """The number that a page shows."""
    found = re.search(r"<p class=\"number\"><b>([0-9]{4} [0-9]{4})</b>", page.text)
    assert found is not None, text(page)
    return found[1]


def types(form: Form, number: str) -> None:
    """They type it into the form, and press the button."""
    form.type_number(number)
    form.press(Action.AUTHORISED)


def authorises(form: Form, browser: Browser) -> None:
    """The whole way, until the form has the access."""
    types(form, number_on(came_back(form, browser, form.link())))
    form.world.work("consent")


def link_in(form: Form) -> str:
    """The link that stands in the form."""
    return next(
        str(one["url"]) for block in form.world.view()["blocks"] for one in block.get("elements", ())
        if one.get("action_id") == Action.AUTHORISE_OPEN
    )


def asks_again(form: Form, browser: Browser, address: str) -> str:
    """They press the button of a form that is authorised, and allow it with that account; the number that they see."""
    form.press(Action.AUTHORISE_FORM)
    url = go_on(browser, browser.open(link_in(form))).headers["Location"]
    return number_on(browser.open(form.google.consents(url, address)))


def of(form: Form) -> Status:
    """How far the newest consent for the form has come."""
    consent = form.world.services.consents.newest(form.draft.id, OWNER)
    assert consent is not None
    return consent.status
