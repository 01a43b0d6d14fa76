"""Google ends all that an account has granted to a project when one token of it is given back.

developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke: a token that is revoked ends the grant.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.ports.consent import Grant, UselessGrantError
from engine.store.vault import Secret
from tests.servers.browser.browsers import paged
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, with_google
from tests.servers.slack.world import SlackWorld


class Whole(AskedConsent):
    """Ends the whole grant of an account.

    `meanwhile` happens while what was granted is on its way to us, `before` while a revocation is on its way to Google.
    """

    meanwhile: Callable[[], object] | None = None
    before: Callable[[], object] | None = None

    def exchange(self, **given: object) -> object:  # type: ignore[override]
        """As Consenting says."""
        grant = super().exchange(**given)  # type: ignore[arg-type]
        if self.meanwhile is not None:
            self.meanwhile()
        return grant

    def revoke(self, secret: Secret) -> None:
        """Ends what else the account has granted by then."""
        if self.before is not None:
            self.before()
        super().revoke(secret)
        address = json.loads(secret)["address"]
        self.revoked += [one for one in self.granted.values() if json.loads(one)["address"] == address]


def test_what_goes_back_of_an_earlier_migration_ends_no_consent_that_is_under_way(
    world: SlackWorld,
) -> None:
    """The earlier migration has just ended, and its owner authorises the next form: that one's access lasts."""
    google = Whole()
    with_google(world, google)
    with paged(world) as pages:
        form = Form(world, pages, google)
        vault = world.services.engine.vault
        form.open()
        browser = pages.browser()
        vault.put("7K2F-9QXD", Side.SOURCE, json.dumps({"address": ANN, "token": "earlier"}))
        page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
        vault.drop("7K2F-9QXD")
        google.meanwhile = lambda: give_back(world.services.engine)       # the keeper's look
        said = form.after_work(browser, page)

        assert "may now read" not in said or form.kept() not in google.revoked


def test_access_that_ends_while_it_is_granted_is_not_called_good(
    world: SlackWorld,
) -> None:
    """The earlier migration's is on its way back when the next form's owner comes from Google: they are asked again."""
    google, said = Whole(), []
    with_google(world, google)
    with paged(world) as pages:
        form = Form(world, pages, google)
        vault = world.services.engine.vault
        form.open()
        browser = pages.browser()
        vault.put("7K2F-9QXD", Side.SOURCE, json.dumps({"address": ANN, "token": "earlier"}))
        page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
        vault.drop("7K2F-9QXD")

        def comes() -> None:
            google.before = None
            said.append(form.after_work(browser, page))

        google.before = comes
        give_back(world.services.engine)

        assert len(said) == 1
        assert "may now read" not in said[0]
        assert google.alive == []


class Useless(Whole):
    """Grants nothing that lasts."""

    def exchange(self, **given: object) -> object:
        """As Consenting says."""
        raise UselessGrantError("For an hour only.", cast("Grant", super().exchange(**given)))


def test_a_consent_of_no_use_ends_no_other_migration(
    world: SlackWorld,
) -> None:
    """It goes back once the other migration of that account has ended."""
    google, earlier = Useless(), json.dumps({"address": ANN, "token": "earlier"})
    with_google(world, google)
    with paged(world) as pages:
        form = Form(world, pages, google)
        vault = world.services.engine.vault
        form.open()
        browser = pages.browser()
        vault.put("7K2F-9QXD", Side.SOURCE, earlier)
        page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))

        assert "may now read" not in form.after_work(browser, page)
        give_back(world.services.engine)
        assert (google.revoked, google.alive) == ([], [ANN])

        vault.drop("7K2F-9QXD")
        give_back(world.services.engine)
        assert earlier in google.revoked
        assert google.alive == []
