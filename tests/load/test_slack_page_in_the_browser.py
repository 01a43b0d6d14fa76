"""The Slack emulator's page in a browser: it follows what happens, and nothing that a person is doing is lost by it.

`make test` has a person move a mailbox by it (tests/system/test_gmail_in_the_browser.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from emulators.slack import SlackEmulator
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.slack.person import until
from tests.unit.emulators_slack.app import App
from tests.unit.emulators_slack.conftest import Call, app, call, clock, slack
from tests.unit.emulators_slack.payloads import (
    actions,
    button,
    entry,
    field,
    message,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
)
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS, open_form, posted

__all__ = ["app", "call", "clock", "slack"]     # fixtures

SCREEN = {"width": 1280, "height": 900}

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """One for all, since each costs a second; and what it asked for, printed and failed at."""
    happened: list[str] = []
    with browser.new_page(viewport=SCREEN) as page:
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda one: happened.append(one.url))
        page.on("console", lambda one: happened.append(one.text))
        page.on("pageerror", lambda error: happened.append(str(error)))
        yield page, happened


@pytest.fixture
def page(window: tuple[Page, list[str]], slack: SlackEmulator) -> Iterator[Page]:
    """The owner in #migrations; nothing may be fetched from elsewhere, and no script may fail."""
    page, happened = window
    happened.clear()
    page.goto(f"{slack.page_url}client/owner/migrations")
    page.evaluate("window.loadedOnce = true")
    yield page
    page.goto("about:blank")
    assert [one for one in happened if not one.startswith((slack.page_url, "data:", "about:blank"))] == []


def typed(page: Page, block_id: str) -> str:
    return page.locator(f"#modal [data-block='{block_id}'] input").input_value()


def test_enter_sends_the_command_and_escape_closes_the_form(slack: SlackEmulator, app: App, call: Call,
                                                            page: Page) -> None:
    """The keyboard is enough: type, Enter, the form opens with the caret in it, Escape, and it is gone."""
    app.respond = lambda got: call("views.open", trigger_id=got.form["trigger_id"], view=modal()) and None
    page.locator("#say input").fill("/omm migrate")
    page.keyboard.press("Enter")
    expect(page.locator("#modal")).to_contain_text("Migrate")
    page.keyboard.type("Claire")
    assert typed(page, "name") == "Claire"

    page.keyboard.press("Escape")

    expect(page.locator("#modal")).to_have_count(0)
    expect(page.locator("#say input")).to_have_value("")
    expect(page.locator("#say input")).to_be_focused()
    assert slack.views("owner") == []
    assert app.got[0].form["text"] == "migrate"
    assert page.evaluate("window.loadedOnce")


def test_what_is_being_typed_outlives_an_update_of_the_form(slack: SlackEmulator, app: App, call: Call,
                                                            page: Page) -> None:
    """The app draws the form anew while somebody types: words and caret stay, but for a field with new ids."""
    view = open_form(slack, app, call, modal(entry("name"), entry("password")))
    page.locator("#modal [data-block='password'] input").fill("old")
    name = page.locator("#modal [data-block='name'] input")
    name.fill("Claire")
    name.press("ArrowLeft")

    call("views.update", view_id=view["id"], view=modal(
        {"type": "alert", "level": "error", "text": mrkdwn("*Refused.* Try again.")}, entry("name"),
        entry("password-2", label="Password again")))

    expect(page.locator("#modal .alert.error")).to_contain_text("Refused.")
    page.keyboard.type("-")
    assert (typed(page, "name"), typed(page, "password-2")) == ("Clair-e", "")


def test_a_tick_stays_with_its_option(slack: SlackEmulator, app: App, call: Call, page: Page) -> None:
    """When the options change, what was ticked is not ticked for another one in its place."""
    def form(*numbers: int) -> dict[str, Any]:
        return modal(entry("what", field("checkboxes", "c", options=[option(number) for number in numbers])))
    view = open_form(slack, app, call, form(0, 1, 2))
    page.get_by_label("Option 1").check()

    call("views.update", view_id=view["id"], view=form(0, 2, 1))

    expect(page.locator("#modal label").nth(2)).to_contain_text("Option 1")
    assert page.get_by_label("Option 1").is_checked()
    assert not page.get_by_label("Option 2").is_checked()


def test_a_card_changes_under_the_hand(slack: SlackEmulator, call: Call, page: Page) -> None:
    """An update is worked into the card: the open menu stays open, and a button is pressed all the same."""
    def card(share: int) -> list[dict[str, Any]]:
        return [section(f"{share} %", block_id="bar"),
                actions(button(), field("overflow", "more", options=options(2)), block_id="acts")]
    ts = posted(call, *card(10))
    page.locator(".overflow summary").click()
    go = page.locator("[data-action='go']").element_handle()

    call("chat.update", channel=MIGRATIONS, ts=ts, text="x", blocks=card(20))

    expect(page.locator(".message")).to_contain_text("20 %")
    expect(page.locator(".overflow .menu")).to_be_visible()
    assert go is not None
    assert go.evaluate("button => button.isConnected")
    go.click()
    until(lambda: slack.acks)
    expect(page.locator("[data-busy]")).to_have_count(0)
    assert [(ack.kind, ack.name) for ack in slack.acks] == [("block_actions", "go")]


def test_errors_stand_under_their_fields(slack: SlackEmulator, app: App, call: Call, page: Page) -> None:
    """A form that is refused stays open with what was typed, and the line under the field is red."""
    open_form(slack, app, call, modal(entry("name", hint=plain("As on the door"))))
    app.respond = lambda _: {"response_action": "errors", "errors": {"name": "Nobody of that name"}}
    page.locator("#modal input[type=text]").fill("Clair")

    page.locator("#modal footer .primary").click()

    mistake = page.locator("#modal [data-block='name'] .mistake")
    expect(mistake).to_have_text("Nobody of that name")
    red, green, blue = mistake.evaluate("one => getComputedStyle(one).color.match(/[0-9]+/g).map(Number)")
    assert red > 3 * max(green, 1)
    assert red > 2 * blue
    assert typed(page, "name") == "Clair"


def test_a_question_comes_before_a_button_that_asks_one(slack: SlackEmulator, call: Call, page: Page) -> None:
    """Its words are drawn, Escape and the first button send nothing, the second does."""
    confirm = {"title": plain("Cancel it?"), "text": mrkdwn("It ends *here*."), "confirm": plain("Cancel it"),
               "deny": plain("Keep going"), "style": "danger"}
    posted(call, actions(button("Cancel", "cancel", confirm=confirm)))
    dialog = page.locator("#confirm")
    for no in (lambda: page.keyboard.press("Escape"), dialog.get_by_text("Keep going").click):
        page.locator("[data-action='cancel']").click()
        expect(dialog.locator("strong")).to_have_text("here")
        no()
        expect(dialog).to_be_hidden()
    assert slack.acks == []

    page.locator("[data-action='cancel']").click()
    dialog.get_by_text("Cancel it", exact=True).click()

    until(lambda: slack.acks)
    expect(page.locator("[data-busy]")).to_have_count(0)
    assert [ack.name for ack in slack.acks] == ["cancel"]


def test_who_reads_further_up_is_left_there(slack: SlackEmulator, page: Page) -> None:
    """A new message does not pull the reader down; at the end of the conversation it is followed."""
    for number in range(40):
        slack.say("colleague", "migrations", f"Message {number}")
    expect(page.locator(".message")).to_have_count(40)
    expect(page.get_by_text("Message 39")).to_be_in_viewport()
    page.locator("#messages").evaluate("one => one.scrollTop = 0")

    slack.say("colleague", "migrations", "One more")

    expect(page.locator(".message")).to_have_count(41)
    expect(page.get_by_text("Message 0", exact=True)).to_be_in_viewport()


def test_long_words_are_broken(slack: SlackEmulator, call: Call, page: Page) -> None:
    """Nothing makes the page wider than the window, in the channel or in the thread beside it."""
    word = "Donaudampfschifffahrtsgesellschaft" * 12
    ts = posted(call, {"type": "header", "text": plain(word[:150])},
                section(word, fields=[mrkdwn(word), plain(word)]), {"type": "context", "elements": [mrkdwn(word)]},
                actions(button(word[:75], "a"), button(word[:75], "b")))
    call("chat.postMessage", channel=MIGRATIONS, thread_ts=ts, text=word)

    page.locator(".replies").click()

    expect(page.locator("#thread .message")).to_have_count(2)
    wider = "part => part.scrollWidth > part.clientWidth"
    assert [one for one in ("html", "#messages", "#thread", ".body") if page.locator(one).first.evaluate(wider)] == []


def test_a_command_of_another_app_is_refused_where_it_was_typed(slack: SlackEmulator, page: Page) -> None:
    """The words stay in the field, to be mended."""
    page.locator("#say input").fill("/remind me")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("/remind is not a valid command.")
    expect(page.locator("#say input")).to_have_value("/remind me")
    assert slack.messages("migrations") == []


def test_a_press_is_seen_by_everybody_who_looks(slack: SlackEmulator, app: App, call: Call, browser: Browser,
                                                page: Page) -> None:
    """What one person does changes the other's screen without their doing."""
    posted(call, actions(button()))
    app.respond = lambda got: call("chat.postMessage", channel=MIGRATIONS, **message(text="Bruno has pressed")) and None
    with browser.new_page() as other:
        other.goto(f"{slack.page_url}client/colleague/migrations")
        other.locator("[data-action='go']").click()

        expect(page.locator("#messages")).to_contain_text("Bruno has pressed")
