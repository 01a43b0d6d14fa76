"""Consent for some of what was ticked: the rest is off, its owner reads that, and may allow it later."""

from __future__ import annotations

from bot.ids import Action, Block
from emulators.google.shapes import document
from engine.connectors.google.access.scopes import asked as scopes_of
from engine.migration.content import Content
from oauth_callback.words import LABELS_TICK, MAIL_TICK, READS, SETTINGS_TICK, ticks
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form

BOTH = (Content.MAIL, Content.TASKS)


def ticked(form: Form) -> list[str]:
    box = form.world.block(Block.CONTENTS)
    [held] = form.world.view()["state"]["values"][box["block_id"]].values()
    return [one["value"] for one in held["selected_options"]]


def test_what_was_left_off_is_not_ticked_any_more_and_can_be_allowed_later(
    form: Form, pages: Pages, google: AskedConsent
) -> None:
    """The page and the form name it. Without it, or with another consent of the same account, the form goes on."""
    form.open(contents=BOTH)
    browser = pages.browser()
    link = form.link()
    read = text(browser.open(link))
    assert MAIL_TICK in read
    assert "View your tasks" in read
    page = form.came(browser, google.consents(form.to_google(browser, link), ANN, missing=frozenset({Content.TASKS})))
    said = form.after_work(browser, page)

    assert "therefore off: Tasks" in said
    assert "therefore not ticked below: tasks" in form.read()
    assert (ticked(form), form.draft.fields.contents, form.draft.off) == (["mail"], (Content.MAIL,), (Content.TASKS,))
    first = form.kept()
    assert first

    form.world.slack.fill("owner", form.world.view()["id"], {
        str(form.world.block(Block.CONTENTS)["block_id"]): [content.value for content in BOTH],
    })
    form.press(Action.AUTHORISE_FORM)
    link = next(
        str(one["url"]) for block in form.world.view()["blocks"] for one in block.get("elements", ())
        if one.get("action_id") == Action.AUTHORISE_OPEN
    )
    assert ANN in text(browser.open(link))      # the same account, by name
    assert form.kept() == first
    page = form.came(browser, google.consents(form.to_google(browser, link), ANN))
    form.after_work(browser, page)

    assert "not ticked" not in form.read()
    assert (ticked(form), form.draft.off) == (["mail", "tasks"], ())
    assert form.kept() != first


def test_the_page_before_googles_names_what_google_asks_for() -> None:
    """In Google's own words, for what is ticked alone; the permission for mail opens its settings as well."""
    described = {
        told["description"]
        for api in ("gmail.v1", "calendar.v3", "people.v1", "tasks.v1")
        for told in document(api)["auth"]["oauth2"]["scopes"].values()
    }
    for chosen in ([each] for each in READS):
        assert {box for box, _reads in ticks(chosen)} <= described
        assert len(ticks(chosen)) == len(scopes_of(chosen)) - 2         # but for who it is
    everything = [box for box, _reads in ticks(list(READS))]
    assert len(everything) == len(scopes_of(list(READS))) - 2
    assert not {SETTINGS_TICK, LABELS_TICK} & set(everything)
    assert "your filters" in dict(ticks(list(READS)))[MAIL_TICK]
