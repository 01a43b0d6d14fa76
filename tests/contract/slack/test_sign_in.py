"""Sign in with Slack: who is before a page of ours, as Slack says; everybody else is nobody."""

from __future__ import annotations

import logging
import socket
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

import app
from bot.stored.web_sessions import WebSessions
from emulators.slack import Fault
from tests.servers.browser.browsers import WHO, Browser, Pages, for_tests, paged, sign_in_of, slack_settings
from tests.servers.slack.workspace import COLLEAGUE, OWNER, TEAM
from tests.servers.slack.world import slack_world, words
from web.beginnings import Beginning, begun
from web.pages import HEADERS
from web.sign_in import AT_ONCE, CALLBACK, SlackSignIn

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\r\nSet-Cookie: a=b"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with slack_world(tmp_path_factory.mktemp("world")) as world, paged(world) as pages:
        yield pages


@pytest.fixture
def pages(shared: Pages) -> Iterator[Pages]:
    """One world for all, in which nothing is left of the test before."""
    for name in ("omm:sign-in:*", "omm:audit:*"):
        for key in shared.world.redis.keys(name):
            shared.world.redis.delete(key)
    yield shared
    shared.later = timedelta()
    shared.world.slack.clear_faults()
    shared.world.slack.configure(forge="none")


def audited(pages: Pages) -> list[tuple[str, str, str, str]]:
    """Who could not sign in, with what result and why, the oldest first."""
    found = [placed.entry for placed in pages.world.services.trail.audit.entries(TEAM)]
    return [(e.who, e.surface, e.result, e.words) for e in reversed(found) if e is not None and e.what == "sign in"]


def stored(pages: Pages) -> str:
    """All that the store holds, as text."""
    redis, found = pages.world.redis, []
    for key in redis.scan_iter():
        kind = redis.type(key).decode()
        held = {"string": redis.get, "hash": redis.hgetall, "set": redis.smembers}.get(kind)
        found.append(f"{key!r} {held(key) if held else redis.dump(key)!r}")
    return "\n".join(found)


def is_nobody(browser: Browser) -> bool:
    """True: a page would send this browser to Slack first."""
    return browser.get(WHO).headers.get("Location", "").startswith(browser.slack.page_url)


def assert_refused(pages: Pages, answer: requests.Response, title: str, status: int) -> None:
    """A page of ours that says so, with every header of our pages."""
    assert f"<h1>{title}</h1>" in answer.text, answer.text
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "omm-person" not in str(answer.headers)


def test_a_page_learns_who_is_before_it(pages: Pages) -> None:
    """Slack says who it is; the browser ends up where it was, and later pages know it still."""
    browser = pages.browser("owner")

    answer = browser.open(f"{WHO}?a=1&b=%2F")

    assert answer.status_code == 200
    assert f"{OWNER} of {TEAM}" in answer.text
    assert answer.url == f"{pages.url}{WHO}?a=1&b=%2F"
    assert f"{OWNER} of {TEAM}" in browser.get(WHO).text
    assert f"{COLLEAGUE} of {TEAM}" in pages.signed_in("colleague").get(WHO).text
    assert audited(pages) == []


def test_slack_is_asked_for_two_ids_and_nothing_else(pages: Pages) -> None:
    """The scope is openid; the client's secret goes in a header, beside no token of the bot's."""
    browser = pages.browser()

    asked = parse_qs(urlsplit(browser.to_slack()).query)
    browser.open(WHO)

    assert asked.keys() == {"response_type", "scope", "client_id", "state", "nonce", "team", "redirect_uri"}
    assert (asked["scope"], asked["team"]) == (["openid"], [TEAM])
    call = pages.world.slack.requests[-1]
    assert (call.method, call.ok) == ("openid.connect.token", True)
    assert call.arguments.keys() == {"code", "redirect_uri", "grant_type"}


def test_no_address_and_no_store_keeps_what_signs_in(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """The code is in one address that leads on at once; the store holds digests; the log holds nothing of it."""
    caplog.set_level(logging.DEBUG, "web")
    browser = pages.browser()
    path = f"{WHO}?link=a-one-time-link"

    back = browser.back_from_slack(path)
    begun = next(str(each.value) for each in browser.session.cookies if each.name.startswith("omm-sign-in-"))
    under_way = stored(pages)
    answer = browser.get(back)

    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    said = parse_qs(urlsplit(back).query)
    mine = [str(cookie.value) for cookie in browser.session.cookies if cookie.name.startswith("omm-")]
    secrets = [*said["code"], *said["state"], "a-one-time-link", begun, begun.partition(".")[0], *mine]
    assert [word for word in secrets if word in under_way + stored(pages) + caplog.text] == []
    assert "xoxp-" not in stored(pages)
    assert browser.get(path).status_code == 200


def test_the_cookies_are_for_this_host_alone(pages: Pages) -> None:
    """No script reads them, no other site sends them along, and over TLS no other host can set them."""
    secure = client_of(pages, "https://omm.example.org")

    begun = secure.get(WHO).headers["Set-Cookie"]

    assert begun.startswith("__Host-omm-sign-in-")
    parts = {part.strip() for part in begun.split(";")}
    assert parts >= {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"}
    assert "Domain" not in begun
    browser = pages.browser()
    plain = browser.get(browser.back_from_slack()).headers["Set-Cookie"]
    assert "omm-person=" in plain
    assert plain.count("HttpOnly") == plain.count("SameSite=Lax") == plain.count("Path=/") == 2
    assert "omm-sign-in-" in plain      # which goes
    assert [cookie.name for cookie in browser.session.cookies if cookie.name.startswith("omm-sign")] == []


def client_of(pages: Pages, public_url: str, sign_in: SlackSignIn | None = None) -> FlaskClient:
    """The web application as it is at another address, asked without a server. It keeps no cookies."""
    sign_in = sign_in or sign_in_of(pages.world.door, slack_settings(pages.world.slack, public_url))
    web: Flask = app.create_app(pages.world.door, signing_secret="", pages=[sign_in.blueprint, for_tests(sign_in)])
    return web.test_client(use_cookies=False)


def cookies_of(browser: Browser) -> str:
    """What it would send along."""
    return "; ".join(f"{each.name}={each.value}" for each in browser.session.cookies)


# Who is somebody else


def test_the_session_of_one_person_is_nobody_elses(pages: Pages) -> None:
    """Each browser has its own, and a cookie that is made up or cut off is nobody's."""
    owner, colleague = pages.signed_in("owner"), pages.signed_in("colleague")
    real = owner.session.cookies["omm-person"]

    assert OWNER in owner.get(WHO).text
    assert COLLEAGUE in colleague.get(WHO).text
    for made_up in ("A" * 43, real[:-1], f"{real}A", "", HOSTILE[:20], "A" * 5000):
        browser = pages.browser()
        browser.session.cookies.set("omm-person", made_up)
        assert is_nobody(browser)


def test_a_session_ends_after_ten_minutes(pages: Pages) -> None:
    """By our clock, whatever the browser keeps."""
    browser = pages.signed_in()

    pages.later = timedelta(minutes=9, seconds=50)
    assert OWNER in browser.get(WHO).text
    pages.later = timedelta(minutes=10)

    assert is_nobody(browser)


def test_a_session_is_of_one_workspace(pages: Pages) -> None:
    """What the web door of another workspace has stored makes nobody known here."""
    browser = pages.browser()
    browser.session.cookies.set("omm-person", pages.world.services.web_sessions.open("T0PARTNER1", OWNER))

    assert is_nobody(browser)


# What Slack says


@pytest.mark.parametrize(("forge", "title", "why"), [
    ("other_team", "You signed in to another workspace", "of another workspace"),
    ("wrong_nonce", "Slack did not sign you in", "Slack's answer does not fit: another nonce"),
    ("wrong_audience", "Slack did not sign you in", "Slack's answer does not fit: another audience"),
    ("more_audiences", "Slack did not sign you in", "Slack's answer does not fit: another audience"),
    ("wrong_issuer", "Slack did not sign you in", "Slack's answer does not fit: another issuer"),
    ("expired", "Slack did not sign you in", "Slack's answer does not fit: it is over"),
    ("of_tomorrow", "Slack did not sign you in", "Slack's answer does not fit: it is of the future"),
    ("no_user", "Slack did not sign you in", "Slack's answer does not fit: it names nobody"),
])
def test_an_answer_that_is_not_for_this_sign_in(
    pages: Pages, caplog: pytest.LogCaptureFixture, forge: str, title: str, why: str
) -> None:
    """Nobody is signed in by it; the page, the log and the audit say so, and a new try works."""
    browser = pages.browser()
    pages.world.slack.configure(forge=forge)

    answer = browser.open(WHO)

    assert_refused(pages, answer, title, 403)
    assert is_nobody(browser)
    assert audited(pages) == [("", "private page", "refused", why)]
    assert caplog.messages == [f"A sign-in with Slack was refused: {why}"]
    pages.world.slack.configure(forge="none")
    again = answer.text.partition('<a href="')[2].partition('"')[0]
    assert OWNER in browser.open(again).text


def test_slack_itself_says_who_it_is(pages: Pages) -> None:
    """Whoever Slack names is before the page, not whoever a page expects."""
    pages.world.slack.configure(forge="other_user")

    assert COLLEAGUE in pages.signed_in("owner").get(WHO).text


def test_whoever_does_not_allow_it_is_nobody(pages: Pages) -> None:
    """They read that nothing was done; nobody else has to know of it."""
    browser = pages.browser()
    browser.answer = "cancel"

    answer = browser.open(WHO)

    assert_refused(pages, answer, "You are not signed in", 403)
    assert is_nobody(browser)
    assert audited(pages) == []
    browser.answer = "allow"
    assert OWNER in browser.open(WHO).text


NOT_BEGUN = "This sign-in did not begin in this browser"
MADE_UP = "its state is made up, or of another browser, or the cookie was gone"
TOKEN = "openid.connect.token"


@pytest.mark.parametrize(("fault", "title", "status", "why"), [
    (Fault(method=TOKEN, action="error", error="invalid_code"), "Slack did not sign you in", 403,
     ("refused", "Slack has refused it: invalid_code")),
    (Fault(method=TOKEN, action="error", error="bad_client_secret"), "Slack did not sign you in", 403,
     ("refused", "Slack has refused it: SLACK_CLIENT_SECRET is wrong")),
    (Fault(method=TOKEN, action="error", error="<b>no\nword"), "Slack did not sign you in", 403,
     ("refused", "Slack has refused it: no word of Slack's")),
    (Fault(method=TOKEN, action="ratelimited"), "Slack does not answer", 502,
     ("failed", "Slack does not answer: ratelimited")),
    (Fault(method=TOKEN, action="status", status=503), "Slack does not answer", 502,
     ("failed", "Slack does not answer: no word of Slack's")),
    (Fault(method=TOKEN, action="drop"), "Slack does not answer", 502,
     ("failed", "Slack does not answer: RemoteDisconnected")),
])
def test_a_slack_that_gives_no_answer_signs_nobody_in(
    pages: Pages, fault: Fault, title: str, status: int, why: tuple[str, str],
) -> None:
    """Refused, throttled, broken or away: the page says which, and the next try works."""
    browser = pages.browser()
    pages.world.slack.add_fault(fault)

    answer = browser.open(WHO)

    assert_refused(pages, answer, title, status)
    assert is_nobody(browser)
    assert audited(pages) == [("", "private page", *why)]
    pages.world.slack.clear_faults()
    assert OWNER in browser.open(WHO).text


def test_a_slack_that_is_slow_keeps_nobody_waiting(pages: Pages) -> None:
    """The page comes when the time for Slack is over."""
    chosen = slack_settings(pages.world.slack, pages.url)
    browser, hasty = pages.browser(), client_of(pages, pages.url, sign_in_of(pages.world.door, chosen, timeout=1))
    back = browser.back_from_slack()
    hasty.environ_base["HTTP_COOKIE"] = cookies_of(browser)
    pages.world.slack.add_fault(Fault(method=TOKEN, action="hold", name="slow"))

    answer = hasty.get(back)

    assert answer.status_code == 502
    assert audited(pages) == [("", "private page", "failed", "Slack does not answer: TimeoutError")]


def test_a_refusal_in_the_address_is_one(pages: Pages) -> None:
    """Slack leads back with a reason in the place of a code; a word that is none of Slack's is not repeated."""
    for error, why in (("server_error", "server_error"), (HOSTILE, "no word of Slack's"), ("", "no word of Slack's")):
        browser = pages.browser()
        state = parse_qs(urlsplit(browser.to_slack()).query)["state"][0]

        answer = browser.get(f"{CALLBACK}?{urlencode({'error': error, 'state': state})}")

        assert_refused(pages, answer, "Slack did not sign you in", 403)
        assert "script" not in answer.text
        assert audited(pages)[-1] == ("", "private page", "refused", f"Slack has refused it: {why}")


# Whose sign-in it is


def test_a_state_that_is_none_of_ours(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """Made up, missing, doubled, with markup or endless: refused, and nothing of it is repeated anywhere."""
    browser = pages.browser()
    real = browser.back_from_slack()
    doubled = f"{real}&state={parse_qs(urlsplit(real).query)['state'][0]}"
    addresses = [
        CALLBACK, f"{CALLBACK}?code=1", f"{CALLBACK}?code=1&state=", f"{CALLBACK}?code=1&state={'A' * 43}", doubled,
        f"{CALLBACK}?{urlencode({'code': HOSTILE, 'state': HOSTILE, 'error': HOSTILE, HOSTILE: HOSTILE})}",
        f"{CALLBACK}?code=%ff%00&state=%ff%00%ed%a0%80",
    ]

    for address in addresses:
        answer = browser.get(address)

        assert_refused(pages, answer, NOT_BEGUN, 403)
        assert "script" not in answer.text

    assert audited(pages) == [("", "private page", "refused", MADE_UP)] * len(addresses)
    assert set(caplog.messages) == {f"A sign-in with Slack was refused: {MADE_UP}"}


def test_an_admin_reads_of_it(pages: Pages) -> None:
    """In the window of the audit: somebody unknown was refused, from where, and why."""
    pages.browser().get(f"{CALLBACK}?state=forged")

    pages.world.slash("admin audit", "admin")

    read = words(pages.world.view("admin")["blocks"])
    assert "somebody unknown" in read
    assert "refused: sign in" in read
    assert MADE_UP in read


def test_a_state_counts_once(pages: Pages) -> None:
    """Fetched again, in the same browser or another, it is refused; whoever has signed in stays so."""
    browser = pages.browser()
    back = browser.back_from_slack()
    thief = Browser(pages.url, pages.world.slack, "colleague")
    thief.session.cookies.update(browser.session.cookies)

    assert browser.follow(browser.get(back)).status_code == 200
    again, stolen = browser.get(back), thief.get(back)

    assert_refused(pages, again, "This sign-in was used before", 400)
    assert_refused(pages, stolen, "This sign-in was used before", 400)
    assert [why for *_, why in audited(pages)] == ["its state was used before"] * 2
    assert OWNER in browser.get(WHO).text
    assert is_nobody(thief)


class Overtaken(WebSessions):
    """Those of a request that another one overtakes: it looked before the sign-in was used."""

    def was_used(self, state: str) -> bool:
        return False


def test_of_two_at_once_one_signs_in(pages: Pages) -> None:
    """A code that is fetched twice in the same moment is exchanged once."""
    door, browser = pages.world.door, pages.browser()
    assert door.services is not None
    services = replace(door.services, web_sessions=Overtaken(pages.world.redis, clock=pages.clock))
    client = client_of(pages, pages.url, sign_in_of(door, slack_settings(pages.world.slack, pages.url), services))
    back = browser.back_from_slack()
    client.environ_base["HTTP_COOKIE"] = cookies_of(browser)
    before = len(pages.world.slack.requests)

    answers = [client.get(back) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 400]
    assert "This sign-in was used before" in answers[1].text
    assert [call.method for call in pages.world.slack.requests[before:]].count(TOKEN) == 1


def test_a_sign_in_of_another_browser(pages: Pages) -> None:
    """An address with somebody else's code signs nobody in, and is still good for whoever began."""
    owner, colleague = pages.browser("owner"), pages.browser("colleague")
    back = owner.back_from_slack()
    colleague.to_slack()

    answer = colleague.get(back)

    assert_refused(pages, answer, NOT_BEGUN, 403)
    assert "href" not in answer.text
    assert [why for *_, why in audited(pages)] == [MADE_UP]
    assert is_nobody(colleague)
    assert OWNER in owner.follow(owner.get(back)).text


def test_a_cookie_that_was_changed_leads_nowhere(pages: Pages) -> None:
    """Where it leads back to is part of what the browser has to know."""
    browser = pages.browser()
    back = browser.back_from_slack()
    cookie = next(each for each in browser.session.cookies if each.name.startswith("omm-sign-in-"))
    secret, time, _back = str(cookie.value).split(".")
    for elsewhere in ("Ly9ldmlsLmV4YW1wbGU", "aHR0cHM6Ly9ldmlsLmV4YW1wbGU", "*", "", "_____w"):
        cookie.value = f"{secret}.{time}.{elsewhere}"
        assert_refused(pages, browser.get(back), NOT_BEGUN, 403)


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "\\\\evil.example", "evil"])
def test_a_cookie_that_somebody_planted_leads_nowhere(pages: Pages, where: str) -> None:
    """Also one that fits its state leads to a path of ours, or it is none."""
    real = begun("/", pages.clock())
    planted = f"{'A' * 43}.{real.cookie.split('.')[1]}.{urlsafe_b64encode(where.encode()).decode().rstrip('=')}"
    forged = Beginning(planted, where, real.until)
    browser = pages.browser()
    browser.session.cookies.set(forged.name, planted)

    answer = browser.get(f"{CALLBACK}?error=access_denied&state={forged.state}")

    assert_refused(pages, answer, NOT_BEGUN, 403)
    assert "evil" not in answer.text


def test_a_cookie_that_belongs_to_another_sign_in(pages: Pages) -> None:
    """It finishes its own alone; Slack is not even asked about the code that comes with it."""
    owner, colleague = pages.browser("owner"), pages.browser("colleague")
    back = owner.back_from_slack()
    name = next(each.name for each in owner.session.cookies if each.name.startswith("omm-sign-in-"))
    colleague.session.cookies.set(name, begun(WHO, pages.clock()).cookie)
    asked = len(pages.world.slack.requests)

    assert_refused(pages, colleague.get(back), NOT_BEGUN, 403)
    assert len(pages.world.slack.requests) == asked


def test_two_tabs_sign_in_beside_each_other(pages: Pages) -> None:
    """Each finishes its own, in whichever order."""
    browser = pages.browser()
    first, second = browser.back_from_slack(f"{WHO}?tab=1"), browser.back_from_slack(f"{WHO}?tab=2")

    assert browser.follow(browser.get(first)).url.endswith("tab=1")
    assert browser.follow(browser.get(second)).url.endswith("tab=2")


def test_a_sign_in_takes_ten_minutes_at_most(pages: Pages) -> None:
    """Later it is refused, and the page leads to a new one."""
    browser = pages.browser()
    back = browser.back_from_slack(f"{WHO}?tab=1&lt='2'")

    pages.later = timedelta(minutes=10)
    answer = browser.get(back)

    assert_refused(pages, answer, "This sign-in took too long", 400)
    assert f'<a href="{WHO}?tab=1&amp;lt=&#39;2&#39;">Try again</a>' in answer.text
    assert is_nobody(browser)


# What else is sent


@pytest.mark.parametrize("back", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "evil.example",
    "", "/a\r\nSet-Cookie: a=b", "javascript:alert(1)", "/" + "a" * 1001, "/%0d\n", "/<script>", "/\u0000",
])
def test_it_leads_back_to_paths_of_ours_alone(pages: Pages, back: str) -> None:
    """A page that would have it lead elsewhere is stopped."""
    sign_in = sign_in_of(pages.world.door, slack_settings(pages.world.slack, pages.url))

    with pytest.raises(ValueError, match="a path of ours"):
        sign_in.begin(back)


def test_every_answer_has_the_headers_of_our_pages(pages: Pages) -> None:
    """Redirects, refusals, and addresses or verbs that are none, too."""
    browser = pages.browser()
    answers = [
        browser.get(WHO), browser.get(browser.back_from_slack()), browser.get(f"{CALLBACK}?error=access_denied"),
        browser.get("/nothing"), browser.post(CALLBACK, data={"state": "1"}), browser.get(f"{CALLBACK}/more"),
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 403, 404, 405, 404]
    assert [{name: answer.headers.get(name) for name in HEADERS} for answer in answers] == [HEADERS] * len(answers)


def test_whoever_is_refused_again_and_again_fills_nothing(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """Twenty in ten minutes are written down, the last one with a word about the others."""
    for _ in range(30):
        pages.browser().get(f"{CALLBACK}?state=forged")

    assert len(audited(pages)) == len(caplog.messages) == 20
    assert audited(pages)[-1][3].endswith("Further ones are not written down for ten minutes")


@contextmanager
def as_it_is_run(pages: Pages) -> Iterator[int]:
    """The same application behind the server that the web program has; its port."""
    chosen = slack_settings(pages.world.slack, pages.url)
    web = app.create_app(pages.world.door, signing_secret="", pages=app.pages(pages.world.door, chosen))
    server, over = app._listening(web, "127.0.0.1:0"), threading.Event()

    def run() -> None:
        while not over.is_set():
            server.asyncore.loop(0.02, map=server._map, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        over.set()
        thread.join()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map)


def test_no_log_keeps_what_was_in_an_address(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the server nor the application writes it down, also of an address of 10 MB, which is refused."""
    caplog.set_level(logging.DEBUG)
    with as_it_is_run(pages) as port:
        url = f"http://127.0.0.1:{port}{CALLBACK}?code=a-secret-code&state=a-secret-state"
        answer = requests.get(url, timeout=60, allow_redirects=False)
        with socket.create_connection(("127.0.0.1", port), 60) as large:
            large.sendall(f"GET {CALLBACK}?state=a-secret-".encode())
            status = _endless(large)

    assert answer.status_code == 403
    assert status in {b"HTTP/1.0 431", b""}
    ours = [line for line in caplog.records if not line.name.startswith("urllib3")]     # the test's own client
    assert [line.name for line in ours] == ["web.sign_in"]
    assert "a-secret" not in ours[0].getMessage()


def _endless(connection: socket.socket) -> bytes:
    """Sends 10 MB, or as much as is taken; how the answer begins, b'' if it was lost when the server hung up."""
    with suppress(OSError):
        for _ in range(160):
            connection.sendall(b"A" * 65536)
        connection.sendall(b" HTTP/1.1\r\nHost: x\r\n\r\n")
    with suppress(OSError):
        return connection.recv(12)
    return b""


def test_a_large_state_is_no_state(pages: Pages) -> None:
    """Where a server lets it through, it is refused as any other."""
    answer = client_of(pages, pages.url).get(f"{CALLBACK}?state={'A' * 1_000_000}")

    assert answer.status_code == 403
    assert len(answer.data) < 3000


def test_whoever_begins_again_and_again_fills_no_store(pages: Pages) -> None:
    """A sign-in that has begun is in the browser alone."""
    before = pages.world.redis.dbsize()

    for _ in range(5):
        assert is_nobody(pages.browser())

    assert pages.world.redis.dbsize() == before


def test_slack_is_asked_about_few_at_once(pages: Pages) -> None:
    """Others are told to try again; the web program's other threads are for what Slack sends."""
    sign_in = sign_in_of(pages.world.door, slack_settings(pages.world.slack, pages.url))
    client, browser = client_of(pages, pages.url, sign_in), pages.browser()
    back = browser.back_from_slack()
    client.environ_base["HTTP_COOKIE"] = cookies_of(browser)

    for _ in range(AT_ONCE):
        sign_in._asking.acquire()
    busy = client.get(back)
    sign_in._asking.release()

    assert (busy.status_code, "Many people sign in" in busy.text) == (503, True)
    assert client.get(back).status_code == 303


# When it cannot be done


def test_without_its_store_nobody_signs_in(pages: Pages) -> None:
    """The page says that it cannot be done now; afterwards the same sign-in goes on."""
    browser = pages.browser()
    back = browser.back_from_slack()

    pages.world.store.connected = False
    try:
        answer = browser.get(back)
    finally:
        pages.world.store.connected = True

    assert_refused(pages, answer, "OMM cannot do this now", 503)
    assert OWNER in browser.follow(browser.get(back)).text


def test_before_slack_has_said_which_workspace_it_is(pages: Pages) -> None:
    """Nobody is sent to Slack, and nobody comes back from it."""
    door = app.Door(pages.world.redis, pages.world.door._workspace, pages.world.door._make)
    chosen = slack_settings(pages.world.slack, pages.url)
    web = app.create_app(door, signing_secret="", pages=[*app.pages(door, chosen), for_tests(sign_in_of(door, chosen))])

    answers = [web.test_client().get(path) for path in (WHO, f"{CALLBACK}?state=1")]

    assert [answer.status_code for answer in answers] == [503, 503]


@pytest.mark.parametrize(("missing", "said"), [
    (("client_id",), ["SLACK_CLIENT_ID"]), (("client_secret", "public_url"), ["SLACK_CLIENT_SECRET", "OMM_PUBLIC_URL"]),
    (("client_id", "client_secret", "public_url"), []),
])
def test_without_its_settings_there_is_no_page(
    pages: Pages, caplog: pytest.LogCaptureFixture, missing: tuple[str, ...], said: list[str]
) -> None:
    """The log says which of them are missing, unless nobody wants pages."""
    chosen = replace(slack_settings(pages.world.slack, pages.url), **dict.fromkeys(missing, ""))
    found = app.pages(pages.world.door, chosen)
    web = app.create_app(pages.world.door, signing_secret="", pages=found)

    assert web.test_client().get(f"{CALLBACK}?state=1").status_code == 404
    words = f"There is no private page for passwords, because {' and '.join(said)} is not set."
    assert caplog.messages == ([words] if said else [])
