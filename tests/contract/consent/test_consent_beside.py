"""Consent, and what happens beside it: the private page, deletion, a form that ends, an admin's hold."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from bot import pausing_all
from bot.consent import consents
from bot.consent.consents import CALLBACK
from bot.pages import private_page
from engine.errors import Side
from engine.migration.giving_back import give_back
from tests.contract.consent.test_consent import owner, stopped
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import send, text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, go_on, in_a_minute
from tests.servers.slack.world import ADMIN, OWNER, SlackWorld
from tests.servers.world import PASSWORD

BERT = "bert@gmail.com"


def test_a_form_is_not_lost_whose_private_page_is_used_while_its_owner_is_at_google(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """They type the password in one tab, close the form in Slack, and consent in the other tab: nothing is lost."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    url = form.to_google(browser, form.link())
    link = private_page.link_to_form(world.services, owner(world), draft_id)
    answer = send(browser, browser.open(link), do="save", destination=PASSWORD)
    assert answer.status_code == 303, text(answer)
    world.work("page_used")
    world.close()

    page = form.came(browser, google.consents(url, ANN))

    assert "may now read" in form.after_work(browser, page)


def test_a_form_is_not_lost_that_is_authorised_while_its_private_page_is_open(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The other way round: they consent, close the form in Slack, and type the password in the tab that is open."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    shown = browser.open(private_page.link_to_form(world.services, owner(world), draft_id))
    url = form.to_google(browser, consents.link(world.services, owner(world), draft_id))
    assert "may now read" in form.after_work(browser, form.came(browser, google.consents(url, ANN)))
    world.close()

    changed = send(browser, shown, do="save", destination=PASSWORD)     # the page says that the form was closed
    answer = browser.follow(send(browser, changed, do="save", destination=PASSWORD))

    assert answer.status_code == 200, text(answer)
    assert world.services.engine.vault.has(draft_id, Side.SOURCE)


def test_data_that_is_deleted_while_its_owner_is_at_google(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """They delete their data, and allow it then in the tab that was still open: it is given back, or they are told."""
    form.open()
    browser = pages.browser()
    url = form.to_google(browser, form.link())
    world.services.jobs.delete(world.team, OWNER, tasks=[], stays=[], at=world.clock().timestamp() + 1)
    world.work("delete")

    page = form.came(browser, google.consents(url, ANN))
    in_a_minute(world, pages)
    world.work("consent")

    assert "they have told you: with your consent, your mail would be copied" not in text(page)
    assert sum(google.exchanged.values()) == 1
    assert google.alive == []


def test_a_colleague_reads_no_promise_that_the_sender_can_break(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Whoever sends them Google's address first brings made-up codes, so that theirs is one too many."""
    form.open()
    url = form.to_google(pages.browser(), form.link())
    state = parse_qs(urlsplit(url).query)["state"][0]
    for number in range(5):
        pages.browser().get(f"{CALLBACK}?state={state}&code=made-up-{number}")

    told = pages.browser("colleague").open(google.consents(url, BERT))
    assert "gives back to Google what you may have allowed there" in text(told)
    in_a_minute(world, pages)
    world.work("consent")

    assert [code for code in google.codes if google.exchanged[code]] == list(google.codes)


def test_a_colleague_who_comes_after_a_made_up_code_was_settled(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The same with one made-up code and a minute: the page promises to give back, and nobody does."""
    form.open()
    url = form.to_google(pages.browser(), form.link())
    state = parse_qs(urlsplit(url).query)["state"][0]
    pages.browser().get(f"{CALLBACK}?state={state}&code=made-up")
    in_a_minute(world, pages)
    world.work("consent")

    told = pages.browser("colleague").open(google.consents(url, BERT))
    assert "gives back to Google what you may have allowed there" in text(told)
    in_a_minute(world, pages)
    world.work("consent")

    assert [code for code in google.codes if google.exchanged[code]] == list(google.codes)


def test_the_page_says_nothing_of_access_that_is_gone(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The tab stays open; the form is closed in Slack, and its consent given back: the tab, loaded again, knows it."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    assert "may now read" in form.after_work(browser, page)
    world.close()
    give_back(world.services.engine)
    assert google.alive == []

    assert "OMM may now read the Google account" not in text(browser.get(page.url))


def test_authorise_another_account_does_that(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """No login was typed; the first consent has filled it in. The button asks for another account, and gets it."""
    form.open()
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    assert "Authorise another account" in str(world.view()["blocks"])

    page = form.came(browser, google.consents(form.to_google(browser, form.link()), BERT))

    assert f"may now read the Google account {BERT}" in form.after_work(browser, page)


def test_nothing_is_said_to_resume_while_the_admins_have_paused_everything(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The private page says that it is in line; so does this one."""
    browser, task_id, _first = pages.browser(), *stopped(form, pages, google, world)
    link = consents.link_to_task(world.services, owner(world), task_id)
    pausing_all.pause_all(world.services, world.services.people.look(ADMIN))
    assert world.services.policies.hold(world.team)

    page = form.came(browser, google.consents(go_on(browser, browser.open(link)).headers["Location"], ANN))

    assert "The migration resumes." not in form.after_work(browser, page)


def test_an_answer_that_was_held_counts_no_more_once_somebody_asks_again(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Signed out, they came back with Bert's account; then they ask once more, for Ann's: only the newest counts."""
    form.open()
    browser = pages.browser()
    first = form.to_google(browser, form.link())
    browser.session.cookies.pop("omm-person")
    held = browser.get(google.consents(first, BERT)).headers["Location"]
    second = form.to_google(browser, form.link())

    page = browser.open(held)       # the tab that was waiting goes on by itself
    form.after_work(browser, page)
    assert form.kept() == ""
    last = form.came(browser, google.consents(second, ANN))
    assert f"may now read the Google account {ANN}" in form.after_work(browser, last)
