"""Consent where Slack does not say who is before a page: a number in the browser that came back is typed into Slack."""

from __future__ import annotations

from datetime import timedelta

from bot.consent import numbers as consent_numbers
from bot.ids import Action
from bot.stored.audit_entries import What
from bot.stored.consents import LASTS, Status
from engine.migration.giving_back import give_back
from engine.migration.record import State
from tests.contract.consent.test_consent import needs_consent_again
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import came_back, number_on, of
from tests.servers.consent.pages import ANN, Form, acts
from tests.servers.slack.world import SlackWorld, words


def test_a_form_is_authorised_once_its_owner_has_typed_the_number(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The page names who asked and asks nobody to sign in; nothing is exchanged before the number is typed."""
    browser = pages.browser()
    form.open()
    link = form.link()
    shown = browser.open(link)
    for part in ("asked for this", "https://example.slack.com/", form.draft.id, "Has somebody else sent you here",
                 "this page shows a number"):
        assert part in text(shown)

    page = came_back(form, browser, link)
    number = number_on(page)
    assert "Tell it to nobody" in text(page)
    form.press(Action.AUTHORISED)
    assert google.exchanged.total() == 0
    assert "Type the number that your browser shows" in form.read()
    form.type_number(number)
    form.press(Action.AUTHORISED)
    world.work("consent")

    assert f"Authorised as {ANN}" in form.read()
    assert f"may now read the Google account {ANN}" in text(browser.open(page.url))
    world.sides.source_password = form.kept()
    draft_id = form.draft.id
    world.submit()
    world.work()
    assert world.record(draft_id).state is State.COMPLETED


def test_the_number_counts_when_the_form_is_sent_with_it(form: Form, pages: Pages, world: SlackWorld) -> None:
    """Who presses Start instead of the button reads beside the field what is awaited."""
    form.open()
    number = number_on(came_back(form, pages.browser(), form.link()))
    form.type_number(number.replace(" ", "-"))

    answer = world.submit()

    assert "OMM looks at it now" in str(answer)
    world.work("consent")
    assert f"Authorised as {ANN}" in form.read()


def test_a_consent_whose_number_nobody_types_is_given_back(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """A colleague who was sent the link consents in full, and reads the number out to nobody."""
    form.open()
    colleague = pages.browser("colleague")
    page = came_back(form, colleague, form.link())
    number_on(page)

    pages.later += LASTS + timedelta(seconds=1)
    world.services = pages.services()
    world.work("consent")
    give_back(world.services.engine)

    assert google.alive == []
    assert of(form) is Status.LATE
    assert "took too long" in text(colleague.open(page.url))
    assert "Authorised" not in form.read()


def test_after_five_wrong_numbers_the_consent_is_given_back(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Nobody can try numbers until one fits; afterwards the right one is refused, too."""
    form.open()
    number = number_on(came_back(form, pages.browser(), form.link()))
    wrong = f"{(int(number.replace(' ', '')) + 1) % 10 ** consent_numbers.DIGITS:08}"
    for _ in range(consent_numbers.MOST_TRIES):
        form.type_number(wrong)
        form.press(Action.AUTHORISED)

    assert of(form) is Status.FOREIGN
    form.type_number(number)
    form.press(Action.AUTHORISED)
    world.work("consent")
    give_back(world.services.engine)

    assert google.alive == []
    assert "Authorised" not in form.read()


def test_the_number_stands_in_the_browser_that_was_at_google_alone(form: Form, pages: Pages) -> None:
    """Somebody else who has the address of that page reads no number."""
    form.open()
    page = came_back(form, pages.browser(), form.link())

    other = pages.browser("colleague").open(page.url)

    assert "did not begin in this browser" in text(other)
    assert number_on(page) not in other.text


def test_a_made_up_link_shows_nothing(form: Form, pages: Pages) -> None:
    """Neither whose it is, nor that there is such a person."""
    answer = pages.browser().open("/oauth/google/start/" + "x" * 43)

    assert (answer.status_code, "not for you" in text(answer)) == (404, True)


def test_a_migration_resumes_with_the_number(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Its window has a field for the number, and says what comes of it."""
    form.open()
    form.type_number(number_on(came_back(form, pages.browser(), form.link())))
    form.press(Action.AUTHORISED)
    world.work("consent")
    task_id = needs_consent_again(form, google, world)
    world.notify()
    world.press(Action.AUTHORISE)
    window = world.view()
    link = next(str(one["url"]) for block in window["blocks"] for one in block.get("elements", ()) if "url" in one)
    page = came_back(form, pages.browser(), link)

    answer = sent(world, "1")
    assert "another number" in str(answer)
    sent(world, number_on(page))

    assert "resumes by itself" in words(world.view()["blocks"])
    world.work("consent")
    assert world.record(task_id).state is State.WAITING
    assert acts(world, What.CONSENT)[-1][1].startswith("as ")


def sent(world: SlackWorld, number: str) -> object:
    """Sends the window with that number in its field; what Slack got for an answer."""
    world.slack.fill("owner", world.view()["id"], {"consent_number": number})
    return world.submit()
