"""Browsers at our web pages: people who open an address, sign in with Slack on its own page, and come back.

    with paged(world) as pages:                 # the world's web door, now with its pages
        browser = pages.browser("owner")        # somebody who is signed in to Slack as claire
        answer = browser.open("/password/…")    # through Slack, if the page sends them there, and back
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import requests
from flask import Blueprint, Flask, Response, request
from slack_bolt import App
from werkzeug.serving import make_server

import wiring
from app import Door, create_app, pages
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services
from bot.stored.consents import Consents
from bot.stored.one_time import OneTimeLinks
from bot.stored.web_sessions import WebSessions
from bot.workspace import Workspace
from emulators.listening import Listening
from emulators.slack import SlackEmulator
from engine.clock import utc_now
from tests.servers.slack.signed import SECRET
from tests.servers.slack.workspace import TOKEN
from tests.servers.slack.world import Silent, SlackWorld
from web.pages import page
from web.sign_in import CALLBACK, SlackSignIn

WHO = "/for-tests/who"      # a page of the tests: it says who is before it, and sends whoever it does not know to Slack
SECONDS = 60                # that a request may take; nothing here is about speed


@dataclass
class Browser:
    """A browser with its cookies. `user` is who is signed in to Slack in it; they allow what apps ask."""

    url: str
    slack: SlackEmulator
    user: str
    answer: str = "allow"
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def get(self, address: str, **options: Any) -> requests.Response:
        """One request, and no redirect followed. `address` is a path of ours, or whole."""
        return self._sent("GET", address, **options)

    def post(self, address: str, **options: Any) -> requests.Response:
        """As `get`; `data` are the fields of a form."""
        return self._sent("POST", address, **options)

    def open(self, address: str) -> requests.Response:
        """Goes there and wherever it leads; on Slack's page they press Allow, or what `answer` says."""
        return self.follow(self.get(address))

    def follow(self, answer: requests.Response) -> requests.Response:
        """Goes wherever an answer leads."""
        for _ in range(10):
            if answer.is_redirect:
                answer = self.get(requests.compat.urljoin(answer.url, answer.headers["Location"]))
            elif answer.url.startswith(self.slack.page_url) and "<form" in answer.text:
                answer = self.press(answer)
            else:
                return answer
        raise AssertionError(f"it leads round and round: {answer.url}")

    def press(self, asked: requests.Response) -> requests.Response:
        """Answers Slack's question."""
        found = re.search(r'name="query" value="([^"]*)"', asked.text)
        assert found is not None, asked.text
        return self.post(asked.url.partition("?")[0],
                         data={"query": unescape(found[1]), "user": self.user, "do": self.answer})

    def to_slack(self, address: str = WHO) -> str:
        """Where a page sends them: Slack's address, at which they have not been yet."""
        return self.get(address).headers["Location"]

    def back_from_slack(self, address: str = WHO) -> str:
        """Where Slack sends them back to, at which they have not been yet."""
        asked = self.get(self.to_slack(address))
        return (asked if asked.is_redirect else self.press(asked)).headers["Location"]

    def _sent(self, verb: str, address: str, **options: Any) -> requests.Response:
        whole = self.url + address if address.startswith("/") else address
        return self.session.request(verb, whole, allow_redirects=False, timeout=SECONDS, **options)


@dataclass
class Pages:
    """The pages of a world. `url` is where browsers reach them.

    `later` moves their clock: that of sign-ins, sessions, one-time links and consents. Slack's stays. `signs_in`: Slack
    says who is before a page.
    """

    world: SlackWorld
    url: str
    signs_in: bool = True
    later: timedelta = timedelta()

    def clock(self) -> datetime:
        """The time at which the pages are."""
        return utc_now() + self.later

    def services(self) -> Services:
        """Those of the world, with pages."""
        redis = self.world.redis
        return replace(
            self.world.services, public_url=self.url if self.signs_in else "", consent_url=self.url, clock=self.clock,
            web_sessions=WebSessions(redis, clock=self.clock, patience=0.1),
            one_time=OneTimeLinks(redis, clock=self.clock), consents=Consents(redis, clock=self.clock),
        )

    def browser(self, user: str = "owner") -> Browser:
        """A browser of somebody who is signed in to Slack, and not yet to us."""
        return Browser(self.url, self.world.slack, user)

    def signed_in(self, user: str = "owner") -> Browser:
        """A browser of somebody who has signed in to our pages."""
        browser = self.browser(user)
        assert browser.open(WHO).status_code == 200
        return browser


def slack_settings(slack: SlackEmulator, public_url: str) -> wiring.SlackSettings:
    """The settings with which our pages are there."""
    return wiring.SlackSettings(
        TOKEN, SECRET, "", slack.url, client_id=slack.settings.client_id, client_secret=slack.settings.client_secret,
        public_url=public_url,
    )


@contextmanager
def paged(world: SlackWorld, **settings: Any) -> Iterator[Pages]:
    """The same world with a web door that has pages; `settings` are those of the app's Slack that are different."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True, request_handler=Silent)
    server.daemon_threads = True        # type: ignore[attr-defined]  # of the threaded server that this is
    url = f"http://127.0.0.1:{server.server_port}"
    chosen = replace(slack_settings(world.slack, url), **settings)
    world.slack.configure(redirect_urls=(f"{url}{CALLBACK}",))
    these = Pages(world, url, chosen.signs_in)
    services = world.services = these.services()

    def make(team: str) -> tuple[App, Services]:
        own = replace(services, team=team)
        return build(own, Deliveries(world.redis), world.listeners, signing_secret=SECRET), own

    door = world.door = Door(world.redis, Workspace(world.redis, services.slack), make)
    door.open()
    own = [*pages(door, chosen), for_tests(sign_in_of(door, chosen))]
    server.app = create_app(door, signing_secret=SECRET, pages=own)
    listening = Listening(server, "pages")
    world.slack.point_to(f"{url}/slack/events")
    try:
        yield these
        world.listeners.settle()
    finally:
        listening.stop()
        server.server_close()


def sign_in_of(
    door: Door, chosen: wiring.SlackSettings, services: Services | None = None, *, timeout: float = 60
) -> SlackSignIn:
    """What tells a page of the tests who is before it; it keeps nothing itself. It waits so many seconds for Slack."""
    return SlackSignIn(
        lambda: services or door.services, wiring.slack_client(chosen, timeout=timeout), client_id=chosen.client_id,
        client_secret=chosen.client_secret, public_url=chosen.public_url,
    )


def for_tests(sign_in: SlackSignIn) -> Blueprint:
    """The page at WHO."""
    found = Blueprint("for_tests", __name__)

    @found.get(WHO)
    def who() -> Response:
        person = sign_in.who()
        if person is not None:
            return page("Who", f"<p>{person.user} of {person.team}</p>")
        return sign_in.begin(request.full_path.rstrip("?"))

    return found
