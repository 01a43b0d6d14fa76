"""The Google emulator's pages in Chromium, as wide as a telephone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from emulators.google import GoogleEmulator
from emulators.google.scopes import EMAIL, MAIL
from tests.servers.browser.chromium import NEEDS_CHROMIUM, launched

pytestmark = NEEDS_CHROMIUM
BACK = "http://127.0.0.1:9/callback"
CALENDAR = "https://www.googleapis.com/auth/calendar.readonly"


@pytest.mark.parametrize("button", ["Continue", "Cancel"])
def test_people_choose_an_account_tick_and_go_back_to_the_app(button: str) -> None:
    """No box is ticked before they tick one, nothing runs over the edge, and the browser complains of nothing."""
    with GoogleEmulator() as google, launched() as chromium:
        google.add_person("claire.with.a.long.name@a-subdomain.example.org", "Claire Martin")
        google.add_person("bob@gmail.com")
        client = google.add_client("web", redirect_uris=[BACK])
        query = urlencode({"client_id": client.id, "redirect_uri": BACK, "response_type": "code", "state": "a state",
                           "scope": f"openid {EMAIL} {MAIL} {CALENDAR}", "login_hint": "bob@gmail.com"})
        page = chromium.new_page(viewport={"width": 390, "height": 760})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.route(f"{BACK}*", lambda route: route.fulfill(body="the app"))

        page.goto(f"{google.url}o/oauth2/v2/auth?{query}")
        page.get_by_role("button", name="Use another account").click()
        page.get_by_role("button", name="Claire Martin").click()
        boxes = page.get_by_role("checkbox")
        assert [boxes.nth(one).is_checked() for one in range(boxes.count())] == [False, False]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.get_by_label("all your email from Gmail").check()
        page.get_by_role("button", name=button).click()
        page.wait_for_url(f"{BACK}*")

        back = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
        assert said == []
        assert back["state"] == "a state"
        if button == "Cancel":
            assert back["error"] == "access_denied"
        else:
            assert set(back["scope"].split()) == {"openid", EMAIL, "email", MAIL}
