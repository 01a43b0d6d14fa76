"""The private page, for whoever it is not: guessed, swapped, looked at, hurried, by who is no member any more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import Any

import pytest
import requests

from bot.ids import Block
from bot.stored.audit_entries import Result, What
from bot.stored.one_time import MOST_TRIES, For
from engine.errors import Side
from tests.servers.browser.browsers import Browser, Pages, paged
from tests.servers.browser.private_pages import FROM_THE_PAGE, hidden, link, page_only, send, text
from tests.servers.slack.abuses import REQUEST
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER, TEAM
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD
from web.pages import HEADERS

BOTH = {"source": SOURCE_PASSWORD, "destination": PASSWORD}
FIELDS = {
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN, Block.DESTINATION_SERVER: "ex.example.org",
    Block.DESTINATION_LOGIN: ADDRESS,
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with slack_world(tmp_path_factory.mktemp("world")) as world, paged(world) as pages:
        world.slack.configure(rate_limits=False)
        page_only(world)
        yield pages


@pytest.fixture
def world(pages: Pages) -> Iterator[SlackWorld]:
    """Its tries are forgotten after each test, and everybody is who they were."""
    world = pages.world
    yield world
    for key in world.redis.keys("omm:link:tries:*"):
        world.redis.delete(key)
    world.slack.change_user("owner", deleted=False, is_restricted=False, real_name="Claire Martin")
    world.slack.change_user("admin", is_admin=True)
    world.forget_people()


@pytest.fixture(scope="module")
def owner(pages: Pages) -> Browser:
    return pages.signed_in()


def sent(world: SlackWorld, user: str = "owner", **others: str) -> str:
    """The address for a form that was sent without passwords."""
    view = world.open_form(user)
    blocks, typed = [block["block_id"] for block in view["blocks"]], FIELDS | others
    world.submit(user, {next(one for one in blocks if one.startswith(name)): value for name, value in typed.items()})
    return link(world, user)


def about(world: SlackWorld, url: str) -> str:
    """The form or migration of a link."""
    found = world.services.one_time.find(url.rpartition("/")[2])
    assert found is not None
    return found.about


def kept(world: SlackWorld, url: str) -> list[bool]:
    return [world.services.engine.vault.has(about(world, url), side) for side in Side]


def refusals(world: SlackWorld) -> list[tuple[str, str]]:
    """Who was refused the page, and why, newest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(TEAM)]
    return [
        (one.who, one.words) for one in found
        if one is not None and one.result == Result.REFUSED and one.what == What.PAGE
    ]


def assert_ours(answer: requests.Response) -> None:
    """It is kept by nobody and framed by nobody, runs nothing, and says nothing of the link elsewhere."""
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "<script" not in answer.text.casefold()
    assert "on" + "load=" not in answer.text.casefold()


def test_whoever_looks_changes_nothing(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """Scanners, previews and its owner fetch it as often as they like, in every way that is no POST."""
    url, enemy = sent(world), Hostile(world)
    before, nobody = enemy.stored(), pages.browser()
    for browser in (nobody, owner):
        for verb in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"):
            for path in (url, f"{url}?source=one&destination=two&csrf=x&do=start", f"{url}/done"):
                answer = browser.session.request(
                    verb, path, allow_redirects=False, timeout=60, headers={"Sec-Purpose": "prefetch"}
                )
                assert answer.status_code in (200, 303, 401, 404, 405), (verb, path)
                assert "imap.example.net" not in answer.text or browser is owner
                assert_ours(answer)

    assert enemy.stored() == before
    assert send(owner, owner.open(url), **BOTH).status_code == 303


def test_no_link_is_found_by_guessing(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """What differs from a link in anything is none, and looks like any other that is none."""
    url = sent(world)
    token = url.rpartition("/")[2]
    guesses = {
        token[:-1], token + "A", token.swapcase(), token[::-1], "A" * 43, token[1:] + "A", f"{token}%00", f"{token}%20",
        f"%20{token}", f"{token}/", f"{token};x", f"{token}.", "%2e%2e", "*", "newest:form:x",
        "tries:x", "\u0416" * 43, f"{token}%0d%0aSet-Cookie:%20a=b",
    }
    seen = set()
    for guess in guesses:
        answer = owner.get(f"{pages.url}/password/{guess}")
        if answer.status_code == 303:       # Slack is asked who is there now, as for a link of somebody else's
            answer = owner.follow(answer)
        assert answer.status_code in (404, 405, 308), guess
        assert LOGIN not in answer.text
        assert "a=b" not in str(answer.headers)
        assert_ours(answer)
        seen.add(text(answer) if answer.status_code == 404 and "<h1>" in answer.text else "")

    assert len(seen - {""}) <= 2         # an address that is none at all says so in words of its own
    assert owner.open(url).status_code == 200


def test_what_is_sent_in_another_form_is_not_taken(world: SlackWorld, owner: Browser) -> None:
    """JSON, a file, fields twice or far too long, or a body of another kind: nothing is kept, and it is no fault."""
    url = sent(world)
    shown = owner.open(url)
    fields = hidden(shown) | BOTH | {"do": "start"}
    wrong: list[dict[str, Any]] = [
        {"json": fields}, {"data": b"\xff" * 1000}, {"data": "<a>x</a>", "headers": {"Content-Type": "text/xml"}},
        {"data": {**fields, "source": "x" * 3001}}, {"data": {**fields, "source": ""}},
        {"data": {**fields, "shown": ""}},
        {"data": {**fields, "csrf": fields["csrf"][:-1]}}, {"data": {**fields, "csrf": fields["csrf"].upper() + "0"}},
        {"data": {name: value for name, value in fields.items() if name != "destination"}},
        {"data": {"csrf": fields["csrf"], "shown": fields["shown"], "SOURCE": "one", "destination[]": "two"}},
    ]
    for how in wrong:
        headers = FROM_THE_PAGE | how.pop("headers", {})
        answer = owner.post(url, headers=headers, **how)

        assert answer.status_code in (400, 403, 409), how
        assert SOURCE_PASSWORD not in answer.text
        assert_ours(answer)
    assert kept(world, url) == [False, False]
    assert send(owner, shown, **BOTH).status_code == 303


def test_of_two_at_once_one_is_taken(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """Sent five times in the same moment, it is used once, and one check is ordered."""
    url = sent(world)
    shown, placed = owner.open(url), len(world.orders.placed)
    cookies = owner.session.cookies.get_dict()

    def once(number: int) -> int:
        return requests.post(
            url, data=hidden(shown) | {"do": "start", "source": f"one {number}", "destination": f"two {number}"},
            headers=FROM_THE_PAGE, cookies=cookies, allow_redirects=False, timeout=60,
        ).status_code

    with ThreadPoolExecutor(5) as people:
        answers = sorted(people.map(once, range(5)))

    assert answers == [303, 410, 410, 410, 410]
    vault = world.services.engine.vault
    both = [str(vault.get(about(world, url), side)).rpartition(" ")[2] for side in Side]
    assert both[0] == both[1]
    assert len({order for order in world.orders.placed[placed:] if order[0] == "check"}) == 1


def test_fields_of_another_page_are_not_taken(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """What another link, another person's page or another browser was given is a forgery here."""
    first, second = sent(world), sent(world)
    colleague = pages.signed_in("colleague")
    theirs = colleague.open(sent(world, "colleague"))
    one, two = owner.open(first), owner.open(second)
    for fields in (hidden(one), hidden(theirs), hidden(two) | {"csrf": hidden(one)["csrf"]},
                   hidden(two) | {"csrf": hidden(theirs)["csrf"]}):
        answer = owner.post(second, data=fields | BOTH | {"do": "start"}, headers=FROM_THE_PAGE)
        assert answer.status_code == 403
        assert refusals(world)[0] == (OWNER, "The request did not come from the page.")
    for name, value in (("Origin", "https://evil.example"), ("Origin", f"{pages.url}.evil.example"),
                        ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "cross-site")):
        answer = owner.post(second, data=hidden(two) | BOTH | {"do": "start"}, headers=FROM_THE_PAGE | {name: value})
        assert answer.status_code == 403, value

    assert kept(world, second) == [False, False]


def test_a_stolen_link_is_of_no_use(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """Not to a colleague or an admin, with the owner's own fields and nonce, nor to who is not signed in."""
    url = sent(world)
    shown = owner.open(url)
    nonce = owner.session.cookies.get("omm_page")
    for user, who in (("colleague", COLLEAGUE), ("admin", ADMIN)):
        thief = pages.signed_in(user)
        thief.session.cookies.set("omm_page", nonce, path="/password")
        assert thief.open(url).status_code == 404
        assert send(thief, shown, **BOTH).status_code == 404
        assert thief.open(f"{url}/done").status_code == 404
        assert {each for each, _ in refusals(world)[:2]} == {who}
    stranger = pages.browser()
    stranger.session.cookies.set("omm_page", nonce, path="/password")
    assert send(stranger, shown, **BOTH).status_code == 401

    assert kept(world, url) == [False, False]


@pytest.mark.parametrize("change", [{"deleted": True}, {"is_restricted": True}], ids=str)
def test_who_is_no_member_any_more_uses_no_link(
    pages: Pages, world: SlackWorld, owner: Browser, change: dict[str, bool]
) -> None:
    """Although the page is open before them, and they have signed in: it is refused, and in the audit."""
    url = sent(world)
    shown = owner.open(url)
    world.slack.change_user("owner", **change)
    world.forget_people()

    for answer in (owner.open(url), send(owner, shown, **BOTH)):
        assert answer.status_code == 403
        assert "Not possible" in text(answer)
        assert refusals(world)[0][0] == OWNER
        assert_ours(answer)
    assert kept(world, url) == [False, False]


def test_who_is_no_admin_any_more_gives_no_password_for_others(pages: Pages, world: SlackWorld) -> None:
    """The link to somebody else's migration was made while they were."""
    task_id = world.begin(REQUEST).task_id
    token = world.services.one_time.new(
        For.TASK, task_id, team=TEAM, person=ADMIN, then="resume", view="V1", sides=tuple(Side)
    )
    browser = pages.signed_in("admin")
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    answer = browser.open(f"{pages.url}/password/{token}")

    assert answer.status_code == 403
    assert LOGIN not in answer.text
    assert refusals(world)[0][0] == ADMIN


def test_a_link_of_another_workspace_is_none(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """Whoever made it there, for a form of there or of here."""
    draft = world.services.drafts.new(team="T0SECOND01", owner=OWNER, channel="")
    own = about(world, sent(world))
    for team, form in (("T0SECOND01", draft.id), ("T0SECOND01", own), (TEAM, draft.id)):
        token = world.services.one_time.new(For.FORM, form, team=team, person=OWNER, sides=tuple(Side))
        answer = owner.open(f"{pages.url}/password/{token}")

        assert answer.status_code in (403, 404)
        assert "password of" not in text(answer)


def test_what_others_have_written_is_no_html(pages: Pages, world: SlackWorld, owner: Browser) -> None:
    """Logins, servers and names on the page are shown as they are."""
    evil = "\"'><img src=x onerror=alert(1)><b>&lt;{{7*7}}{% raw %}"
    world.slack.change_user("owner", real_name=f"</p>{evil}")
    world.forget_people()

    answer = owner.open(sent(world, **{Block.SOURCE_LOGIN: evil}))

    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert escape(evil, quote=False) in answer.text.replace("&#34;", '"').replace("&#39;", "'")
    assert_ours(answer)


def test_more_people_of_one_address_type_their_passwords_than_may_guess(pages: Pages, world: SlackWorld) -> None:
    """An office behind one address: each types right ones into a link of their own, once."""
    browsers = [(OWNER, pages.signed_in()), (COLLEAGUE, pages.signed_in("colleague"))]
    answers = []
    for number in range(MOST_TRIES + 2):
        user, browser = browsers[number % 2]
        draft = world.services.drafts.new(team=TEAM, owner=user, channel="")
        token = world.services.one_time.new(For.FORM, draft.id, team=TEAM, person=user, sides=tuple(Side))
        shown = browser.open(f"{pages.url}/password/{token}")
        answers.append(send(browser, shown, do="save", source="one", destination="two").status_code)

    assert answers == [303] * (MOST_TRIES + 2)


def test_whoever_tries_too_often_is_stopped(pages: Pages, world: SlackWorld) -> None:
    """However they call themselves: claims of another address, browser or session change nothing."""
    url, answers, before = sent(world), [], len(refusals(world))
    for number in range(30):
        browser = pages.signed_in("colleague") if number % 10 == 0 else browser     # noqa: F821 - of the round before
        answers.append(browser.post(url, data=BOTH | {"csrf": f"{number}"}, headers=FROM_THE_PAGE | {
            "X-Forwarded-For": f"192.0.2.{number}", "User-Agent": f"{number}", "Forwarded": f"for=192.0.2.{number}",
            "X-Real-IP": f"192.0.2.{number}",
        }).status_code)

    assert set(answers[:MOST_TRIES]) == {404}
    assert set(answers[MOST_TRIES + 1:]) == {429}
    assert len(refusals(world)) - before <= MOST_TRIES + 1      # nobody fills the audit by it
