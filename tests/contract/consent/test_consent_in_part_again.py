"""Consent for some contents, and what its owner is told and given to allow more."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import requests

from bot.consent import consents
from bot.ids import Action, Block
from engine.migration.content import Content
from engine.migration.record import Step
from tests.contract.consent.test_consent import needs_consent_again, owner
from tests.contract.consent.test_consent_in_part import ticked
from tests.servers.browser.browsers import Browser, Pages
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import link_in
from tests.servers.consent.pages import ANN, Form, go_on
from tests.servers.slack.world import SlackWorld

BOTH = (Content.MAIL, Content.TASKS)
TASKS = frozenset({Content.TASKS})
TASKS_ALONE = (Content.TASKS,)


def scopes(url: str) -> str:
    return parse_qs(urlsplit(url).query)["scope"][0]


def in_part(form: Form, pages: Pages, google: AskedConsent) -> tuple[Browser, requests.Response, str]:
    """Mail and tasks are asked for, and mail alone is allowed; what the page says then."""
    form.open(contents=BOTH)
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN, missing=TASKS))
    said = form.after_work(browser, page)
    return browser, page, said


def test_allow_more_on_the_page_asks_for_more(form: Form, pages: Pages, google: AskedConsent) -> None:
    """The button of the page asks for what was left off; once it is allowed, it is ticked in the form again."""
    browser, page, said = in_part(form, pages, google)
    assert "You can ask Google once more, and tick it there" in said
    again = go_on(browser, browser.get(page.url))

    assert "tasks" in scopes(again.headers["Location"])
    form.after_work(browser, form.came(browser, google.consents(again.headers["Location"], ANN)))
    assert "not ticked" not in form.read()
    assert ticked(form) == ["mail", "tasks"]


def test_what_is_left_off_a_second_time_is_not_ticked(form: Form, pages: Pages, google: AskedConsent) -> None:
    """Ticked in the form again, asked for, and left off again at Google: it is off again."""
    browser, _page, _said = in_part(form, pages, google)
    tick_both(form)
    form.press(Action.AUTHORISE_FORM)
    link = link_in(form)
    page = form.came(browser, google.consents(form.to_google(browser, link), ANN, missing=TASKS))
    said = form.after_work(browser, page)

    assert "therefore off: Tasks" in said
    assert "therefore not ticked below" in form.read()
    assert ticked(form) == ["mail"]


def test_a_migration_leaves_off_what_is_not_allowed_any_more(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Consent once more for a migration, with a box left off: it goes on without that, and the page says so."""
    form.open(contents=BOTH)
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    task_id = needs_consent_again(form, google, world)
    url = form.to_google(browser, consents.link_to_task(world.services, owner(world), task_id))
    page = form.came(browser, google.consents(url, ANN, missing=TASKS))
    said = form.after_work(browser, page)
    left = world.record(task_id).request

    assert (left.contents, left.unopened) == ((Content.MAIL,), TASKS_ALONE)
    assert "therefore off: Tasks" in said
    assert "Allow more" not in said     # it would lead nowhere: the migration has gone on


def test_a_migration_that_has_begun_with_what_was_left_off_stops_there(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """What was copied of it can still be rolled back, so it stays among what moves; the page says what comes then."""
    form.open(contents=BOTH)
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    task_id = needs_consent_again(form, google, world)
    store = world.services.engine.store
    store.save(replace(store.load(task_id), steps={Content.TASKS: Step(started=world.clock())}))
    url = form.to_google(browser, consents.link_to_task(world.services, owner(world), task_id))
    said = form.after_work(browser, form.came(browser, google.consents(url, ANN, missing=TASKS)))

    assert world.record(task_id).request.contents == BOTH
    assert "therefore off" not in said
    assert "it stops there, and its card asks you for access once more" in said


def tick_both(form: Form) -> None:
    form.world.slack.fill("owner", form.world.view()["id"], {
        str(form.world.block(Block.CONTENTS)["block_id"]): [content.value for content in BOTH],
    })


def test_a_form_that_is_authorised_is_not_called_unauthorised(form: Form, pages: Pages, google: AskedConsent) -> None:
    """"Allow more" was pressed: what was granted "stays good meanwhile" (docs/gmail.md), and Start would move mail."""
    in_part(form, pages, google)
    tick_both(form)
    form.press(Action.AUTHORISE_FORM)

    assert form.kept()
    assert "not authorised yet" not in form.read()


def test_what_is_ticked_is_not_said_to_be_unticked(form: Form, pages: Pages, google: AskedConsent) -> None:
    """Ticked again, and sent or drawn anew without allowing it."""
    in_part(form, pages, google)
    tick_both(form)
    form.press(Action.CHECK_FIRST)

    assert "tasks" in ticked(form)
    assert "therefore not ticked below: tasks" not in form.read()
