"""A number is typed into Slack: while a form is authorised already, closed or started anew, and in other browsers."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.ids import Action, Block
from bot.stored.consents import Status
from bot.work import consenting
from engine.migration.content import Content
from engine.pace.halt import Halt
from tests.servers.browser.browsers import Pages, paged
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import UNSET, asks_again, authorises, came_back, number_on, of, types
from tests.servers.consent.pages import ANN, Form, go_on, with_google
from tests.servers.slack.world import OWNER, SlackWorld

BOTH = (Content.MAIL, Content.TASKS)


def test_more_is_allowed_by_a_number(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Who has left a box off, and allows it later."""
    form.open(contents=BOTH)
    browser = pages.browser()
    url = go_on(browser, browser.open(form.link())).headers["Location"]
    types(form, number_on(browser.open(google.consents(url, ANN, missing=frozenset({Content.TASKS})))))
    world.work("consent")
    world.slack.fill("owner", world.view()["id"], {
        str(world.block(Block.CONTENTS)["block_id"]): [content.value for content in BOTH],
    })

    types(form, asks_again(form, browser, ANN))
    world.work("consent")

    assert of(form) is Status.GRANTED
    assert "Allow more" not in form.read()


def test_another_account_is_authorised_by_a_number(form: Form, pages: Pages, world: SlackWorld) -> None:
    """The form shows the new one, once the number was typed; before that the field for it."""
    form.open()
    browser = pages.browser()
    authorises(form, browser)
    number = asks_again(form, browser, "other@gmail.com")
    form.press(Action.AUTHORISED)
    assert "Type the number that your browser shows" in form.read()

    types(form, number)
    world.work("consent")

    assert "Authorised as other@gmail.com" in form.read()


def test_sign_in_with_slack_is_set_up_in_between(world: SlackWorld, google: AskedConsent) -> None:
    """A browser that shows a number already finds a field for it in Slack."""
    with_google(world, google)
    with paged(world, **UNSET) as pages:
        form, browser = Form(world, pages, google), pages.browser()
        form.open()
        page = came_back(form, browser, form.link())
    with paged(world) as form.pages:
        browser.url = form.pages.url
        form.press(Action.AUTHORISED)
        types(form, number_on(browser.open(urlsplit(page.url).path)))
        assert of(form) is Status.TAKEN


def test_sign_in_with_slack_is_taken_away_in_between(world: SlackWorld, google: AskedConsent) -> None:
    """Who was at Google meanwhile types a number, as everybody does from then on."""
    with_google(world, google)
    with paged(world) as pages:
        form, browser = Form(world, pages, google), pages.browser()
        form.open()
        url = form.to_google(browser, form.link())
    with paged(world, **UNSET) as form.pages:
        browser.url = form.pages.url
        number = number_on(browser.open(google.consents(url, ANN)))
        form.press(Action.AUTHORISED)
        types(form, number)
        assert of(form) is Status.TAKEN


def test_a_form_that_was_closed_meanwhile_comes_back_by_a_message(form: Form, pages: Pages, world: SlackWorld) -> None:
    """Its browser says to type a number into it; the message is sent once, however often the order is begun."""
    form.open()
    browser, link, draft_id = pages.browser(), form.link(), form.draft.id
    world.close()
    number_on(came_back(form, browser, link))
    consent = world.services.consents.newest(draft_id, OWNER)
    assert consent is not None
    for _ in range(2):
        assert not consenting.exchange(world.services, Halt(), about=draft_id, consent_id=consent.id, user=OWNER)
    world.notify()

    buttons = [
        one.get("action_id") for letter in world.letters() for block in letter["blocks"]
        for one in block.get("elements", ())
    ]
    assert buttons.count(Action.CONTINUE) == 1


def test_another_browser_reads_no_account_and_asks_nothing_again(form: Form, pages: Pages, world: SlackWorld) -> None:
    """The page of what came is its own browser's, as nobody says who is before it."""
    form.open()
    browser, stranger = pages.browser(), pages.browser("colleague")
    page = came_back(form, browser, form.link())
    number = number_on(page)
    shown = stranger.open(page.url)
    assert "did not begin in this browser" in text(shown)
    assert stranger.post(shown.url, data={}).status_code == 403

    types(form, number)
    world.work("consent")

    assert ANN in text(browser.open(page.url))
    assert ANN not in text(stranger.open(page.url))
