"""The way to Google and back, as people go it: from the form through our pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import requests

from bot.ids import Action, Block
from bot.stored.audit_entries import Result, What
from bot.stored.drafts import Draft
from engine.credentials import KINDS
from engine.errors import Side
from engine.migration.content import Content
from engine.store.vault import Vault
from engine.systems import CredentialKind, System
from tests.servers.browser.browsers import Browser, Pages
from tests.servers.browser.private_pages import FROM_THE_PAGE, hidden, text
from tests.servers.consent.asked import AskedConsent
from tests.servers.slack.signed_world import KEYS
from tests.servers.slack.world import SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

ANN = "ann@gmail.com"
DESTINATION = {
    Block.DESTINATION_SERVER: "ex.example.org", Block.DESTINATION_LOGIN: ADDRESS, Block.DESTINATION_PASSWORD: PASSWORD,
}


def with_google(world: SlackWorld, google: AskedConsent) -> None:
    """Has the world ask Google for consent; Ann has a mailbox there."""
    world.sides.sources[ANN] = next(iter(world.sides.sources.values()))
    kinds = {CredentialKind.GRANT: KINDS[CredentialKind.PASSWORD], **KINDS}
    engine = world.services.engine
    vault = Vault(world.redis, keys=KEYS, clock=engine.clock, patience=1, goes_back=google.account)
    world.services = replace(
        world.services, consenting=google, engine=replace(engine, vault=vault, credentials=kinds, returning=google),
    )


@dataclass
class Form:
    """A form with Gmail chosen in it, and the person before it."""

    world: SlackWorld
    pages: Pages
    google: AskedConsent

    def open(self, *, login: str = "", contents: Collection[Content] = (Content.MAIL,)) -> None:
        """Opens it, types what belongs to the destination, and ticks the contents."""
        self.world.open_form()
        self.world.press(Action.SOURCE_KIND, where=self.world.view()["id"], value=System.GOOGLE.value)
        typed: dict[str, Any] = dict(DESTINATION) | ({Block.SOURCE_LOGIN: login} if login else {})
        typed |= {Block.CONTENTS: [content.value for content in contents]}
        self.world.slack.fill("owner", self.world.view()["id"], {
            str(self.world.block(name)["block_id"]): value for name, value in typed.items()
        })

    def press(self, button: Action) -> None:
        self.world.press(button, where=self.world.view()["id"])

    def link(self) -> str:
        """Presses "Authorise access"; the address behind the button that opens the page."""
        if not self._has(Action.AUTHORISE_FORM):        # a link stands there
            self.press(Action.AUTHORISED)
        self.press(Action.AUTHORISE_FORM)
        return next(
            str(element["url"]) for block in self.world.view()["blocks"] for element in block.get("elements", ())
            if element.get("action_id") == Action.AUTHORISE_OPEN
        )

    def type_number(self, number: str) -> None:
        """Types it into its field."""
        self.world.slack.fill("owner", self.world.view()["id"], {Block.CONSENT_NUMBER.value: number})

    def _has(self, button: Action) -> bool:
        blocks = self.world.view()["blocks"]
        return any(one.get("action_id") == button for block in blocks for one in block.get("elements", ()))

    @property
    def draft(self) -> Draft:
        found = self.world.services.drafts.load(self.world.view()["private_metadata"])
        assert found is not None
        return found

    def kept(self, about: str = "") -> str:
        """What is kept for the source; '' for nothing."""
        vault, about = self.world.services.engine.vault, about or self.draft.id
        return str(vault.get(about, Side.SOURCE)) if vault.has(about, Side.SOURCE) else ""

    def read(self) -> str:
        """All that stands in the form."""
        return str(words(self.world.view()["blocks"]))

    def to_google(self, browser: Browser, link: str) -> str:
        """Reads the page before Google's, and goes on; Google's address."""
        return str(go_on(browser, browser.open(link)).headers["Location"])

    def came(self, browser: Browser, back: str) -> requests.Response:
        """Comes back from Google; the page of what came of it, before a worker has looked at it."""
        return browser.open(back)

    def after_work(self, browser: Browser, page: requests.Response) -> str:
        """What that page says once a worker has looked at it."""
        self.world.work("consent")
        return text(browser.get(page.url))


def go_on(browser: Browser, shown: requests.Response, **others: Any) -> requests.Response:
    """Presses the button of a page of ours; no redirect is followed. `others` are other fields, and `headers`."""
    headers = others.pop("headers", FROM_THE_PAGE)
    return browser.post(shown.url, data=hidden(shown) | others, headers=headers)


def signed_in_now(pages: Pages, browser: Browser, user: str) -> None:
    """Has a browser signed in to our pages as the Slack user of that ID, at the time at which the pages are."""
    services = pages.services()
    browser.session.cookies.set("omm-person", services.web_sessions.open(services.team, user), domain="127.0.0.1")


def acts(world: SlackWorld, *whats: What) -> list[tuple[str, str]]:
    """What was done or refused of these, and the reason, oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    chosen = [one for one in found if one is not None and one.what in (whats or (What.CONSENT, What.REVOKE))]
    return [(one.what if one.result == Result.DONE else f"{one.what}: {one.result}", one.words)
            for one in reversed(chosen)]


def in_a_minute(world: SlackWorld, pages: Pages) -> None:
    """Nobody comes for a minute."""
    pages.later += timedelta(seconds=61)
