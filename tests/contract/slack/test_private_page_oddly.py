"""The private page, for people who share a computer, go on clicking, or send it while OMM cannot go on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import pausing_all
from bot.ids import Action, Block
from bot.pages import private_page
from bot.stored.one_time import MOST_FROM_AN_ADDRESS, MOST_TRIES
from bot.stored.policies import Passwords
from bot.views import blocks
from emulators.slack.page.signing_in import COOKIE
from engine.errors import Cause, FatalError, Side
from engine.migration.record import State
from engine.store.lease import Lease
from tests.contract.slack.test_admin_lists import made
from tests.contract.slack.test_private_page import (
    BOTH,
    draft,
    failed,
    kept,
    password_fields,
    paused,
    refused,
    sent_without,
    to_roll_back,
    until_over,
)
from tests.servers.browser.browsers import paged
from tests.servers.browser.private_pages import link, page_only, send, text
from tests.servers.slack.world import ADMIN, SOURCE_PASSWORD, SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

DOCS = Path(__file__).parents[3] / "docs"


class Away:
    """The jobs of a store that goes away just when something is ordered."""

    def __init__(self, jobs: Any) -> None:
        self.jobs, self.is_away = jobs, False

    def __getattr__(self, name: str) -> Any:
        def ordered(*args: Any, **named: Any) -> Any:
            if self.is_away:
                raise FatalError("The store does not answer.", cause=Cause.STORE)
            return getattr(self.jobs, name)(*args, **named)

        return ordered


@pytest.fixture
def away(world: SlackWorld) -> Away:
    away = Away(world.services.jobs)
    world.services = replace(world.services, jobs=away)
    return away


# What waits cannot go on at the moment


def test_passwords_that_were_saved_are_said_to_be(world: SlackWorld, away: Away) -> None:
    """The store goes away behind them: the page says so, and sent again, what comes of it."""
    page_only(world)
    with paged(world) as pages:
        url = sent_without(world)
        browser = pages.signed_in()
        shown = browser.open(url)
        away.is_away = True
        told = text(send(browser, shown, **BOTH))
        away.is_away = False
        again = text(send(browser, shown, **BOTH))
        held = kept(world, draft(world).id)

    assert held == BOTH
    assert "The passwords are saved" in told
    assert "Nothing was kept" not in told
    assert "OMM signs in to both mailboxes now" in again


@pytest.mark.parametrize(("make", "typed", "ends"), [
    (paused, {"source": SOURCE_PASSWORD}, State.COMPLETED), (failed, {"source": SOURCE_PASSWORD}, State.COMPLETED),
    (to_roll_back, {"destination": PASSWORD, "login": ADDRESS}, State.ROLLED_BACK),
])
def test_a_page_of_a_migration_can_be_sent_again_as_it_advises(
    world: SlackWorld, away: Away, make: Callable[[SlackWorld], str], typed: dict[str, str], ends: State
) -> None:
    """What waited was not ordered, or only in part: sent once more, the page does what is missing, and then no more."""
    with paged(world) as pages:
        browser, task_id = pages.signed_in(), make(world)
        world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
        shown = browser.open(link(world))
        away.is_away = True
        told = send(browser, shown, **typed)
        away.is_away = False
        again = send(browser, shown, **typed)
        assert send(browser, shown, **typed).status_code == 410
        world.work()
        if ends is State.ROLLED_BACK:
            world.submit()
            world.work()

    assert ("try again" in text(told), "Nothing was kept" in text(told)) == (True, False)
    assert again.status_code == 303, (text(told), text(again))
    assert world.record(task_id).state is ends


def test_a_form_that_was_not_ordered_goes_on_by_its_button(world: SlackWorld, away: Away) -> None:
    """“I have typed them” does it, also where the page was sent again before; one migration comes of it."""
    page_only(world)
    with paged(world) as pages:
        url = sent_without(world)
        browser = pages.signed_in()
        shown = browser.open(url)
        away.is_away = True         # or the web program is ended just before it orders the check
        send(browser, shown, **BOTH)
        away.is_away = False
        send(browser, shown, **BOTH)
        world.press(Action.PAGE_TYPED, where=world.view()["id"])
        world.work()

    assert len(world.tasks()) == 1


def test_a_migration_that_is_busy_for_a_moment_can_go_on_after_it(world: SlackWorld) -> None:
    """Another process has its record just then: the page asks to be sent again in a minute, and then it is taken."""
    with paged(world) as pages:
        browser, task_id = pages.signed_in(), failed(world)
        world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
        shown = browser.open(link(world))
        held = world.services.engine.store.acquire(f"migration:{task_id}", holder="another process")
        assert isinstance(held, Lease)
        with held:
            told = text(send(browser, shown, source=SOURCE_PASSWORD))
        again = send(browser, shown, source=SOURCE_PASSWORD)

    assert "try again in a minute" in told
    assert "Nothing is needed any more" not in told
    assert again.status_code == 303, (told, text(again))


def test_settings_that_nobody_can_read_are_said_to_be_so(world: SlackWorld) -> None:
    """They are damaged while the page is open: it says so, and that the passwords are saved."""
    page_only(world)
    with paged(world) as pages:
        url, browser = sent_without(world), pages.signed_in()
        shown = browser.open(url)
        world.redis.hset("omm:policies", world.team, "{")
        told = text(send(browser, shown, **BOTH))
        held = kept(world, draft(world).id)

    assert ("Nothing was kept" in told) == (held == {}), (told, list(held))
    assert "try again in a minute" not in told
    assert "cannot be read" in told


def test_a_resumed_migration_that_is_held_up_is_not_said_to_resume(world: SlackWorld) -> None:
    """An admin has paused everybody's migrations: the page and the window say so."""
    with paged(world) as pages:
        browser, _task_id = pages.signed_in(), paused(world)
        world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
        pausing_all.pause_all(world.services, world.services.people.look(ADMIN))
        shown = browser.open(link(world))
        done = text(browser.follow(send(browser, shown, source=SOURCE_PASSWORD)))
        world.work("page_used")
        window = words(world.view()["blocks"])

    assert "The migration resumes" not in done
    assert "goes on" not in window, window
    assert ["paused everybody's migrations" in said for said in (text(shown), done, window)] == [True] * 3


# Who it is, and how often


def test_two_people_who_share_a_computer(world: SlackWorld) -> None:
    """The second one opens her own link, in the browser in which a colleague has just typed: she can sign in."""
    page_only(world)
    with paged(world) as pages:
        shared = pages.signed_in("colleague")
        shared.session.cookies.set(COOKIE, None)
        shared.user = "owner"       # the colleague has signed out of Slack, and she has signed in
        first = shared.open(sent_without(world))
        newer = shared.open(sent_without(world))

    assert (first.status_code, newer.status_code) == (200, 200), text(newer)


def test_nobody_fills_the_audit_by_opening_links(world: SlackWorld) -> None:
    """Whoever asks for made-up links again and again is written down twenty times, and once that it was too often."""
    with paged(world) as pages:
        browser = pages.signed_in("colleague")
        for _ in range(MOST_TRIES + 9):
            last = browser.open(f"/password/{secrets.token_urlsafe(32)}")
        refusals = refused(world)

    assert last.status_code == 429
    assert len(refusals) == MOST_TRIES + 1
    assert refusals[0][1] == "Too many tries within ten minutes."


def test_tries_are_limited_as_the_documents_say(world: SlackWorld) -> None:
    """After 20 refusals of one person, on whatever links."""
    page_only(world)
    with paged(world) as pages:
        codes = []
        for _ in range(3):      # one person, one address, three links
            browser, url = pages.signed_in(), sent_without(world)
            shown = browser.open(url)
            codes += [send(browser, shown, csrf="wrong", **BOTH).status_code for _ in range(MOST_TRIES - 1)]

    for name in ("security", "admin"):
        said = " ".join((DOCS / f"{name}.md").read_text().split())
        assert f"After {MOST_TRIES} refusals of one person within ten minutes, on whatever link" in said
        assert f"{MOST_FROM_AN_ADDRESS} tries from one address" in said
    assert codes == [403] * MOST_TRIES + [429] * (len(codes) - MOST_TRIES)


# What is written down, and how it is shown


def test_each_refusal_of_the_page_is_in_the_audit(world: SlackWorld) -> None:
    """One because of a form that was changed meanwhile is among them, with its reason."""
    page_only(world)
    with paged(world) as pages:
        url, browser = sent_without(world), pages.signed_in()
        shown = browser.open(url)
        world.services.drafts.change(draft(world).id, lambda now: replace(
            now, fields=replace(now.fields, source_server="imap.other.example")
        ))
        assert send(browser, shown, **BOTH).status_code == 409
        assert [why for _, why in refused(world)] == ["The form was changed since the page was shown."]


def test_nothing_on_the_page_turns_what_stands_around_it(world: SlackWorld) -> None:
    """An admin resumes somebody's migration: its login, of whatever letters, reads as it is."""
    with paged(world) as pages:
        task = made(world, source="imaps://ann%E2%80%AE@imap.evil.example", state=State.PAUSED)
        page_only(world)
        person = world.services.people.look(ADMIN)
        _, url = private_page.link_to_task(
            world.services, person, task.task_id, "resume", [Side.SOURCE], view_id="V1"
        )
        shown = pages.signed_in("admin").open(url)

    assert shown.status_code == 200
    assert not [c for c in shown.text if c in blocks.TURNING]


@pytest.mark.parametrize("make", [paused, failed])
def test_the_button_that_the_page_names_is_in_the_window(
    world: SlackWorld, make: Callable[[SlackWorld], str]
) -> None:
    """"It works for ten minutes. Press the button in Slack once more to get a new link": there is such a button."""
    with paged(world) as pages:
        browser = pages.signed_in()
        make(world)
        world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
        until_over(world)
        assert "Press the button in Slack once more to get a new link" in text(browser.open(link(world)))

        there = {element.get("action_id") for block in world.view()["blocks"] for element in block.get("elements", ())}

    assert there - {Action.PAGE_OPEN, None} != set(), "the only button opens the link that has expired"


def test_a_page_that_was_shown_can_be_sent_while_its_link_lasts(world: SlackWorld) -> None:
    """Also by who had signed in for another page before: they sign in anew when they open it."""
    page_only(world)
    with paged(world) as pages:
        browser = pages.signed_in()
        pages.later = timedelta(minutes=9)
        shown = browser.open(sent_without(world))
        pages.later = timedelta(minutes=11)
        answer = send(browser, shown, **BOTH)

    assert shown.status_code == 200
    assert answer.status_code == 303, text(answer)


def test_a_password_is_typed_below_its_own_label(world: SlackWorld) -> None:
    """No other field stands between them, in which it would be in sight."""
    with paged(world) as pages:
        browser, _task_id = pages.signed_in(), to_roll_back(world)
        world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
        shown = browser.open(link(world)).text

    between = shown.partition('<label for="destination">')[2].partition('<input id="destination"')[0]
    assert "<input" not in between, between


# The operator has taken the pages away


def test_who_can_mend_it_is_said_where_there_is_no_page_any_more(world: SlackWorld) -> None:
    """Passwords may be typed on the page alone. An admin allows the form again, and a rollback asks for them there."""
    task_id = world.migrated().task_id
    world.services.engine.vault.drop(task_id, Side.DESTINATION)
    page_only(world)
    world.press(Action.ROLLBACK)
    world.work()
    assert not password_fields(world)
    assert "Ask an admin to allow passwords in Slack, in OMM's settings" in words(world.view()["blocks"])

    world.slash("admin settings", "admin")
    (where,) = [block for block in world.view("admin")["blocks"] if block["block_id"].startswith(Block.WHERE_TYPED)]
    world.submit("admin", {where["block_id"]: Passwords.FORM.value})
    world.press(Action.ROLLBACK)
    world.work()

    assert password_fields(world)
