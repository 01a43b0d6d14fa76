"""The private page: passwords typed in a browser, by a link from a window of Slack's, and what waited goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from bot import waiting
from bot.audit.lines import lines
from bot.ids import Action, Block
from bot.services import FIRST
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.drafts import DraftState, account_of
from bot.stored.one_time import LASTS, MOST_TRIES, OneTimeLinks
from engine.errors import Side
from engine.migration.record import State
from engine.store.vault import Secret
from tests.contract.slack import test_service_accounts as service_accounts
from tests.contract.slack.test_retry import with_one_failure
from tests.contract.slack.test_secrets import sent, spellings, stored
from tests.servers.browser.browsers import Pages, paged
from tests.servers.browser.private_pages import buttons, hidden, link, page_only, send, text
from tests.servers.slack.world import (
    ADMIN,
    COLLEAGUE,
    LOGIN,
    OWNER,
    SOURCE_PASSWORD,
    TEAM,
    SlackWorld,
    slack_world,
    words,
)
from tests.servers.world import ADDRESS, PASSWORD

BOTH = {"source": SOURCE_PASSWORD, "destination": PASSWORD}
FIELDS = {
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN, Block.DESTINATION_SERVER: "ex.example.org",
    Block.DESTINATION_LOGIN: ADDRESS,
}


@pytest.fixture
def pages(world: SlackWorld) -> Iterator[Pages]:
    with paged(world) as pages:
        yield pages


@pytest.fixture
def only(world: SlackWorld, pages: Pages) -> SlackWorld:
    """Passwords are typed on the private page alone."""
    page_only(world)
    return world


def fill(world: SlackWorld, user: str = "owner", **others: str) -> dict[str, str]:
    """What to type into the form on top but its passwords, by the names of its fields."""
    blocks, typed = [block["block_id"] for block in world.view(user)["blocks"]], FIELDS | others
    return {next(one for one in blocks if one.startswith(name)): value for name, value in typed.items()}


def sent_without(world: SlackWorld) -> str:
    """A form that was sent without passwords; the address of the page for them."""
    world.open_form()
    world.submit(values=fill(world))
    return link(world)


def acts(world: SlackWorld, result: Result = Result.DONE) -> list[tuple[str, str, str]]:
    """Who has done what or was refused it, and the reason, newest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(TEAM)]
    return [(one.who, one.what, one.words) for one in found if one is not None and one.result == result]


def refused(world: SlackWorld) -> list[tuple[str, str]]:
    """Who was refused the page, and why, newest first."""
    return [(who, why) for who, what, why in acts(world, Result.REFUSED) if what == What.PAGE]


def alerts(world: SlackWorld) -> list[str]:
    return [words(block) for block in world.view()["blocks"] if block["type"] == "alert"]


def draft(world: SlackWorld) -> Any:
    """The form on top, as it is stored."""
    return world.services.drafts.load(world.view()["private_metadata"])


def kept(world: SlackWorld, about: str) -> dict[str, str]:
    """The passwords of a form or migration."""
    vault = world.services.engine.vault
    return {side.value: vault.get(about, side) for side in Side if vault.has(about, side)}


def password_fields(world: SlackWorld) -> list[str]:
    return [block["block_id"] for block in world.view()["blocks"] if "_password_" in block["block_id"]]


# The way it goes


def test_a_form_that_waits_goes_on_when_its_passwords_are_typed(
    only: SlackWorld, pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    """Sent without passwords, it says what it waits for; the page says what for and where; the migration starts."""
    browser = pages.browser()
    with caplog.at_level(logging.DEBUG):
        url = sent_without(only)
        draft_id = only.view()["private_metadata"]
        assert password_fields(only) == []
        assert "waits for the source and destination passwords" in alerts(only)[0]

        scanned = browser.get(url)
        assert scanned.headers["Location"].startswith(only.slack.page_url)
        assert not [told for told in (draft_id, LOGIN, ADDRESS, "imap.example.net") if told in scanned.text]
        shown = browser.open(url)
        assert shown.status_code == 200
        assert f"password of {LOGIN} on imap.example.net" in text(shown)
        assert f"password of {ADDRESS} on ex.example.org" in text(shown)
        assert f"for form {draft_id}" in text(shown)
        assert "What moves: Mail" in text(shown)
        assert (shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == ("no-store", "no-referrer")

        answer = send(browser, shown, **BOTH)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{url.removeprefix(pages.url)}/done")
        assert "OMM signs in to both mailboxes now" in text(browser.open(f"{url}/done"))
        only.work()
        only.notify()

    assert [task.state for task in only.tasks()] == [State.COMPLETED]
    assert draft_id in words(only.view()["blocks"])
    everywhere = caplog.text + stored(only) + sent(only) + url + answer.text
    assert not [spelling for secret in BOTH.values() for spelling in spellings(secret) if spelling in everywhere]
    ours = "".join(one.getMessage() for one in caplog.records if not one.name.startswith("urllib3"))
    assert url.rpartition("/")[2] not in ours + stored(only) + str(only.slack.messages("migrations"))
    drawn = [words(call.arguments["view"]) for call in only.slack.requests if call.method == "views.update"]
    assert any("Signing in to both mailboxes" in said for said in map(str, drawn))
    found = lines(only.services, list(only.services.trail.audit.entries(TEAM)))
    assert [line.where for line in found if line.what.startswith("started")] == ["form, from 127.0.0.1"]
    assert {(OWNER, What.PAGE_LINK.value, ""), (OWNER, What.PAGE.value, "")} <= set(acts(only))


def test_the_page_is_offered_beside_the_fields_too(world: SlackWorld, pages: Pages) -> None:
    """One password in Slack, the other on the page: the page asks for that one, and starts, or only saves it."""
    world.open_form()
    source = next(one for one in password_fields(world) if one.startswith(Block.SOURCE_PASSWORD))
    world.slack.fill("owner", world.view()["id"], fill(world) | {source: SOURCE_PASSWORD})
    world.press(Action.PAGE, where=world.view()["id"])
    world.press(Action.PAGE_OPEN, where=world.view()["id"])
    browser = pages.signed_in()
    shown = browser.open(link(world))
    assert ("imap.example.net" in text(shown), buttons(shown)) == (False, ["start", "save"])

    send(browser, shown, do="save", destination=PASSWORD)
    world.work()

    assert world.tasks() == []
    assert "saved; leave empty to keep it" in words(world.block(Block.SOURCE_PASSWORD))
    assert "saved; leave empty to keep it" in words(world.block(Block.DESTINATION_PASSWORD))
    world.submit()
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_check_first_waits_for_the_page_too(only: SlackWorld, pages: Pages) -> None:
    """Pressed without passwords, it looks by itself once they are typed, and starts nothing."""
    only.open_form()
    only.slack.fill("owner", only.view()["id"], fill(only))
    only.press(Action.CHECK_FIRST, where=only.view()["id"])
    assert alerts(only)[0].startswith("Check first waits")
    browser = pages.signed_in()
    shown = browser.open(link(only))
    assert buttons(shown) == ["look"]

    send(browser, shown, **BOTH)
    only.work()

    assert only.tasks() == []
    assert "3 messages" in words(only.view()["blocks"])
    only.submit()
    only.work()
    assert [task.state for task in only.tasks()] == [State.COMPLETED]


# A link's life


def test_a_page_works_once(only: SlackWorld, pages: Pages) -> None:
    """Fetched as often as anybody likes it is used once: another tab keeps nothing more, and both ways say so."""
    url = sent_without(only)
    browser = pages.signed_in()
    first, second = browser.open(url), browser.open(url)
    assert pages.browser().get(url).status_code == 303
    assert send(browser, first, **BOTH).status_code == 303

    again = send(browser, second, source="another", destination="another")

    assert (again.status_code, "This link was used" in text(again)) == (410, True)
    assert browser.open(url).status_code == 410
    assert kept(only, draft(only).id) == BOTH
    assert refused(only) == [(OWNER, "The link was used before.")] * 2


def test_a_link_is_nobody_elses(only: SlackWorld, pages: Pages) -> None:
    """A colleague and an admin see no more than with a link that never was; its owner can use it afterwards."""
    url, never = sent_without(only), f"{pages.url}/password/{'A' * 43}"
    owner = pages.signed_in()
    shown = owner.open(url)

    for who in ("colleague", "admin"):
        browser = pages.signed_in(who)
        seen, unknown = browser.open(url), browser.open(never)
        assert (seen.status_code, text(seen)) == (404, text(unknown))
        assert LOGIN not in seen.text
        assert send(browser, shown, **BOTH).status_code == 404

    assert kept(only, draft(only).id) == {}
    assert {(COLLEAGUE, "The link is somebody else's."), (ADMIN, "There is no such link.")} <= set(refused(only))
    assert send(owner, shown, **BOTH).status_code == 303


def test_a_link_ends_after_ten_minutes_and_by_a_newer_one(only: SlackWorld, pages: Pages) -> None:
    """Each page says which it was, and keeps nothing."""
    browser, first = pages.signed_in(), sent_without(only)
    shown = browser.open(first)
    only.submit(values=fill(only, **{Block.SOURCE_SERVER: "imap.example.org"}))
    newer = browser.open(link(only))
    assert "newer link" in text(browser.open(first))
    assert send(browser, shown, **BOTH).status_code == 410

    until_over(only)
    assert "has expired" in text(browser.open(link(only)))
    assert send(browser, newer, **BOTH).status_code == 410

    assert kept(only, draft(only).id) == {}
    only.submit()
    assert browser.open(link(only)).status_code == 200      # sent once more, the form has made another one


def until_over(world: SlackWorld) -> None:
    """Ten minutes pass for every link."""
    for key in world.redis.keys("omm:link:" + "?" * 64):
        value = world.redis.get(key).decode()
        at = value.partition('"until":"')[2].partition('"')[0]
        past = (world.clock() - LASTS).isoformat()
        world.redis.set(key, value.replace(at, past), keepttl=True)


def test_a_page_that_was_swapped_forged_or_repeated_is_refused(only: SlackWorld, pages: Pages) -> None:
    """Its form is bound to the link, the person and the browser; after twenty tries nothing is taken any more."""
    browser, first = pages.signed_in(), sent_without(only)
    one, first_id = browser.open(first), draft(only).id
    second = sent_without(only)
    two = browser.open(second)

    wrong: list[Callable[[], requests.Response]] = [
        lambda: send(browser, one, url=second, **BOTH),
        lambda: send(browser, two, url=first, **BOTH),
        lambda: send(browser, two, csrf="", **BOTH),
        lambda: send(browser, two, csrf="ä" * 64, **BOTH),
        lambda: send(pages.signed_in(), two, **BOTH),
        lambda: send(browser, two, headers={"Sec-Fetch-Site": "cross-site"}, **BOTH),
        lambda: send(browser, two, headers={"Origin": "https://omm.example.com"}, **BOTH),
    ]
    assert [attempt().status_code for attempt in wrong] == [403] * len(wrong)
    assert send(pages.browser(), two, **BOTH).status_code == 401
    assert (kept(only, first_id), kept(only, draft(only).id)) == ({}, {})
    empty = send(browser, two, source=SOURCE_PASSWORD, destination="")
    assert (empty.status_code, "Type the password of the destination account" in text(empty)) == (400, True)
    assert SOURCE_PASSWORD not in empty.text

    tries = [send(browser, two, csrf="wrong", **BOTH).status_code for _ in range(MOST_TRIES)]
    assert tries[-1] == send(browser, two, **BOTH).status_code == 429
    assert kept(only, draft(only).id) == {}
    assert [why for _, why in refused(only)].count("Too many tries within ten minutes.") == 1


def test_a_proxy_says_for_whom_it_asks(world: SlackWorld) -> None:
    """Where one stands before us, it is what that one has seen that is written down, and not what a browser claims."""
    with paged(world, trusted_proxies=1) as pages:
        url, browser = sent_without(world), pages.signed_in()
        shown = browser.open(url)
        claims = {"X-Forwarded-For": "192.0.2.7, 203.0.113.9", "Sec-Fetch-Site": "same-origin"}
        send(browser, shown, headers=claims, **BOTH)
        world.work()

    found = lines(world.services, list(world.services.trail.audit.entries(TEAM)))
    assert [line.where for line in found if line.what.startswith("started")] == ["form, from 203.0.113.9"]


# What happens meanwhile


def test_a_form_that_names_another_host_meanwhile_gets_no_password(only: SlackWorld, pages: Pages) -> None:
    """The page says that it has changed and what it asks for now; a password typed before is not for the new host."""
    sent_without(only)
    only.press(Action.PAGE_TYPED, where=only.view()["id"])
    only.press(Action.PAGE, where=only.view()["id"])
    browser, url, draft_id = pages.signed_in(), link(only), draft(only).id
    before = browser.open(url)
    changed = draft(only)
    only.services.drafts.change(draft_id, lambda now: replace(
        now, fields=replace(now.fields, source_server="imap.other.example")
    ))

    told = send(browser, before, **BOTH)

    assert (told.status_code, "The form in Slack has changed" in text(told)) == (409, True)
    assert "on imap.other.example" in text(told)
    assert kept(only, draft_id) == {}
    only.services.drafts.change(draft_id, lambda _now: changed)
    assert send(browser, browser.open(url), do="save", **BOTH).status_code == 303
    only.work()
    ack = only.submit(values=fill(only, **{Block.SOURCE_SERVER: "imap.other.example"}))
    assert ack.outcome == "ok"
    assert "waits for the source password" in alerts(only)[0]
    assert kept(only, draft_id) == {"destination": PASSWORD}
    assert only.sides.signed_in == []


def test_what_is_not_allowed_any_more_is_said_on_the_page(only: SlackWorld, pages: Pages) -> None:
    """The admins have ruled a server out meanwhile: the page says so, and nobody signs in there."""
    browser, url = pages.signed_in(), sent_without(only)
    shown = browser.open(url)
    only.services.policies.change(only.team, lambda now: replace(now, source_hosts=("imap.other.example",)))

    told = send(browser, shown, **BOTH)
    only.work()

    assert (told.status_code, "do not allow imap.example.net" in text(told)) == (403, True)
    assert "Source password: saved." in words(only.view()["blocks"])
    only.submit()
    assert only.sides.signed_in == []
    assert only.tasks() == []


def test_a_form_that_was_closed_meanwhile_is_opened_by_a_message(only: SlackWorld, pages: Pages) -> None:
    """The passwords are saved, nothing starts, and Continue brings the form back as it was."""
    browser, url = pages.signed_in(), sent_without(only)
    shown = browser.open(url)
    draft_id = draft(only).id
    only.close()
    again = browser.open(url)
    assert (buttons(again), "You have closed the form" in text(again)) == (["save"], True)

    assert send(browser, shown, **BOTH).status_code == 409      # it would have started by itself
    assert send(browser, again, **BOTH).status_code == 303
    assert "OMM sends you a message" in text(browser.open(f"{url}/done"))
    only.work()
    only.notify()

    assert only.tasks() == []
    only.press(Action.CONTINUE, where=only.letters()[-1]["ts"])
    assert only.held(Block.SOURCE_LOGIN) == LOGIN
    assert "Source password: saved." in words(only.view()["blocks"])
    assert kept(only, draft_id) == BOTH
    only.submit()
    only.work()
    assert [task.state for task in only.tasks()] == [State.COMPLETED]


def test_a_form_whose_update_was_lost_goes_on_by_its_button(only: SlackWorld, pages: Pages) -> None:
    """So does one whose web program was ended between keeping the passwords and going on; sent again, the page does."""
    browser, url = pages.signed_in(), sent_without(only)
    shown, draft_id = browser.open(url), draft(only).id
    only.press(Action.PAGE_TYPED, where=only.view()["id"])
    assert "waits for the source and destination passwords" in alerts(only)[0]

    died_after_keeping(only, url)
    only.press(Action.PAGE_TYPED, where=only.view()["id"])
    assert draft(only).state is DraftState.CHECKING
    only.services.drafts.change(draft_id, lambda now: replace(now, state=DraftState.OPEN, waits=now.waits.START))
    assert send(browser, shown, **BOTH).status_code == 410
    only.work()

    assert [task.state for task in only.tasks()] == [State.COMPLETED]
    assert kept(only, draft_id)["destination"] == PASSWORD


def died_after_keeping(world: SlackWorld, url: str) -> None:
    """A web program takes the passwords, and is ended before it goes on."""
    services, links = world.services, OneTimeLinks(world.redis, clock=world.clock)
    found = links.use(url.rpartition("/")[2])
    assert found is not None
    person = services.people.look(OWNER)
    accounts = {side: account_of(draft(world).fields, side) for side in Side}
    typed = {Side(side): Secret(password) for side, password in BOTH.items()}
    assert waiting.keep_from_page(services.at(Surface.PAGE, FIRST), person, found.about, accounts, typed) is not None


def test_a_password_in_slack_is_refused_where_the_page_alone_takes_one(world: SlackWorld, pages: Pages) -> None:
    """Also in a form that was open before, or is forged; nothing is kept, and the audit says who was refused."""
    world.open_form()
    page_only(world)

    ack = world.send()

    assert "not in Slack" in ack.shown + " ".join(world.told())
    assert kept(world, world.slack.views("owner")[0]["private_metadata"]) == {}
    assert world.orders.placed == []
    assert [(who, what) for who, what, _ in acts(world, Result.REFUSED)] == [(OWNER, What.SEND.value)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SlackWorld]:
    """Its admins use service accounts, and type passwords on the private page alone; its clock can be moved."""
    with slack_world(tmp_path, clock=service_accounts.Shifted()) as world:
        service_accounts.furnish(world)
        page_only(world)
        service_accounts.name(world, ADMIN, COLLEAGUE)
        yield world


def test_a_service_account_waits_for_the_page_and_then_for_its_approval(house: SlackWorld) -> None:
    """The page names the login and the mailbox that it opens. Nobody signs in before another admin has approved."""
    others = {Block.DESTINATION_LOGIN: service_accounts.SERVICE, Block.DESTINATION_MAILBOX: ADDRESS}
    with paged(house) as pages:
        service_accounts.choose(house)
        house.submit("admin", fill(house, "admin", **others))
        browser = pages.signed_in("admin")
        shown = browser.open(link(house, "admin"))
        assert f"password of {service_accounts.SERVICE} on ex.example.org, to open the mailbox {ADDRESS}" in text(shown)

        send(browser, shown, source=SOURCE_PASSWORD, destination=service_accounts.KEY)
        house.work("page_used")
        service_accounts.tick(house)
        house.work("check")

        (asked,) = [one for one in house.services.drafts.of_owner(TEAM, ADMIN) if one.kept]
        assert (asked.state, house.sides.signed_in) == (DraftState.APPROVAL, [])
        assert kept(house, asked.id) == {"source": SOURCE_PASSWORD, "destination": service_accounts.KEY}
        service_accounts.decide(house)
        house.work()
    assert [task.state for task in house.tasks()] == [State.COMPLETED]


def test_a_page_that_is_not_there_any_more_is_said(world: SlackWorld) -> None:
    """The operator has taken the pages away, and the admins allow no other place: nobody is asked for a password."""
    page_only(world)
    world.open_form()

    ack = world.submit(values=fill(world))

    assert password_fields(world) == []
    assert "has no private page" in words(world.view()["blocks"])
    assert {name: "no private page" in why for name, why in ack.errors.items()} == {
        Block.SOURCE_LOGIN: True, Block.DESTINATION_LOGIN: True,
    }
    assert world.orders.placed == []


def test_what_an_admin_allows_again_holds_where_the_page_is_gone(world: SlackWorld) -> None:
    """Before that, a rollback's window has no field and names who can help, with all that the page needs.

    What admins have set is not undone by its absence: passwords pass through Slack once they say so.
    """
    task_id = world.migrated().task_id
    world.services.engine.vault.drop(task_id, Side.DESTINATION)
    page_only(world)
    world.press(Action.ROLLBACK)
    world.work("count")
    refused, said = password_fields(world), words(world.view()["blocks"])
    world.slash("admin settings", "admin")
    choice = next(b["block_id"] for b in world.view("admin")["blocks"] if b["block_id"].startswith(Block.WHERE_TYPED))
    world.submit("admin", {choice: "form"})
    world.close()
    world.press(Action.ROLLBACK)
    world.work("count")
    world.submit(values={password_fields(world)[0]: PASSWORD})
    world.work("count")
    world.submit()
    world.work()

    assert refused == []
    assert all(name in said for name in ("OMM_PUBLIC_URL", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "Ask an admin"))
    assert world.record(task_id).state is State.ROLLED_BACK


# Windows that ask for a password


def paused(world: SlackWorld) -> str:
    """A migration that is paused, whose source's password is not kept any more; Resume was pressed."""
    task_id = world.start().task_id
    world.press(Action.PAUSE)
    world.services.engine.vault.drop(task_id, Side.SOURCE)
    world.notify()
    page_only(world)
    world.press(Action.RESUME)
    return task_id


def failed(world: SlackWorld) -> str:
    """A migration that has ended with a failure, whose source's password is not kept any more; Retry was pressed."""
    task_id = with_one_failure(world)
    page_only(world)
    world.press(Action.RETRY)
    return task_id


def to_roll_back(world: SlackWorld) -> str:
    """A migration that has ended, whose destination's password is not kept any more; Rollback was pressed."""
    task_id = world.migrated().task_id
    world.services.engine.vault.drop(task_id, Side.DESTINATION)
    page_only(world)
    world.press(Action.ROLLBACK)
    world.work()
    return task_id


@pytest.mark.parametrize(("make", "then", "arrive"), [(paused, "resume", 3), (failed, "retry", 4)])
def test_a_migration_goes_on_by_the_page(
    world: SlackWorld, pages: Pages, make: Callable[[SlackWorld], str], then: str, arrive: int
) -> None:
    """The window has no field, only the button; the page names the mailbox; what waited goes on, and says so."""
    browser, task_id = pages.signed_in(), make(world)
    assert password_fields(world) == []
    world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
    shown = browser.open(link(world))
    assert (f"password of {LOGIN} on imap.example.net" in text(shown), buttons(shown)) == (True, [then])

    assert send(browser, shown, source=SOURCE_PASSWORD).status_code == 303
    world.work()

    assert world.record(task_id).state is State.COMPLETED
    assert len(world.exchange.messages(ADDRESS)) == arrive
    assert f"Migration {task_id} goes on" in words(world.view()["blocks"])
    assert send(browser, shown, source=SOURCE_PASSWORD).status_code == 410


@pytest.mark.parametrize("closes", [False, True])
def test_a_rollback_is_counted_by_the_page(world: SlackWorld, pages: Pages, *, closes: bool) -> None:
    """The window shows what goes; where it was closed meanwhile, a message has the button that opens it."""
    browser, task_id = pages.signed_in(), to_roll_back(world)
    world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
    shown = browser.open(link(world))
    assert f'value="{ADDRESS}"' in shown.text       # the login, in case the account was renamed
    if closes:
        world.close()

    send(browser, shown, destination=PASSWORD, login=ADDRESS)
    world.work()
    world.notify()

    if closes:
        world.press(Action.ROLLBACK, where=world.letters()[-1]["ts"])
        world.work()
    assert "3 messages" in words(world.view()["blocks"])
    world.submit()
    world.work()
    assert world.record(task_id).state is State.ROLLED_BACK


def test_a_window_that_was_open_before_takes_no_password(world: SlackWorld, pages: Pages) -> None:
    """The admins have set meanwhile that the page alone takes them: it is refused, and the migration stays paused."""
    task_id = world.start().task_id
    world.press(Action.PAUSE)
    world.services.engine.vault.drop(task_id, Side.SOURCE)
    world.notify()
    world.press(Action.RESUME)
    (field,) = password_fields(world)
    page_only(world)

    world.submit(values={field: SOURCE_PASSWORD})

    assert "not in Slack" in " ".join(world.told())
    assert world.record(task_id).state is State.PAUSED
    assert "source" not in kept(world, task_id)
    assert [(who, what) for who, what, _ in acts(world, Result.REFUSED)] == [(OWNER, What.RESUME.value)]


def test_a_page_for_what_has_gone_on_says_so(world: SlackWorld, pages: Pages) -> None:
    """The migration was cancelled meanwhile: nothing is kept."""
    browser, task_id = pages.signed_in(), paused(world)
    world.press(Action.PAGE_OF_TASK, where=world.view()["id"])
    shown = browser.open(link(world))
    world.save(world.record(task_id), state=State.CANCELLED)

    told = send(browser, shown, source=SOURCE_PASSWORD)

    assert (told.status_code, "Nothing is needed any more" in text(told)) == (409, True)
    assert "source" not in kept(world, task_id)
    assert hidden(told) == {}
