"""The page: everything drawn and escaped, and every act done through plain forms."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from emulators.slack import SlackEmulator
from emulators.slack.page.mrkdwn import Mrkdwn
from tests.unit.emulators_slack.app import App, Clock
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import (
    actions,
    button,
    entry,
    field,
    home,
    message,
    modal,
    mrkdwn,
    option,
    section,
)
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS, open_form, posted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Browser:
    """Gets pages and sends their forms, without a script engine."""

    def __init__(self, slack: SlackEmulator) -> None:
        self._base = slack.page_url

    def get(self, path: str, headers: dict[str, str] | None = None) -> str:
        with urlopen(Request(self._base + path, headers=headers or {})) as answer:
            return answer.read().decode()

    def post(self, path: str, headers: dict[str, str] | None = None, **given: Any) -> str:
        with urlopen(Request(self._base + path, urlencode(given).encode(), headers or {})) as answer:
            return answer.read().decode()


@pytest.fixture
def browser(slack: SlackEmulator) -> Browser:
    return Browser(slack)


@pytest.mark.parametrize(("given", "drawn"), [
    ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <del>no</del>"),
    ("*1* of *2*", "<strong>1</strong> of <strong>2</strong>"),
    ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
    ("`*code*`", "<code>*code*</code>"), ("```a\n<b>```", "<pre>a\n&lt;b&gt;</pre>"),
    ("&lt;b&gt; &amp; c", "&lt;b&gt; &amp; c"), ("<b>", "&lt;b&gt;"), ("> quoted", "<blockquote>quoted</blockquote>"),
    ("<@U1> <#C1|x>", '<span class="mention">@claire</span> <span class="mention">#x</span>'),
    ("<https://a.org|site>",
     '<a href="https://a.org" target="_blank" rel="noopener noreferrer">site</a>'),
    ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ("<!date^0^{date_num} {time}|never>", "1970-01-01 00:00"), ("<!date^0^{ago}|long ago>", "long ago"),
    ("<!channel>", '<span class="mention broadcast">@channel</span>'), (":warning: :unknown_one:", "⚠️ :unknown_one:"),
    (":incoming_envelope: :large_green_circle: :colon: 10:30:45", "📨️ 🟢️ :colon: 10:30:45"),
    ("<!date^0^{date_num}^https://a.org|never>",
     '<a href="https://a.org" target="_blank" rel="noopener noreferrer">1970-01-01</a>'),
    ("<!date^0^{date_num}^javascript:alert(1)|never>", "1970-01-01"),
    ("<!date^999999999999999^{date}|far &amp; away>", "far &amp; away"), ("<!date^soon^{date}|soon>", "soon"),
    ("one\ntwo", "one<br>two"),
])
def test_mrkdwn_is_drawn_and_escaped(given: str, drawn: str) -> None:
    """Markup becomes HTML; anything else is text."""
    assert str(Mrkdwn({"U1": "claire"}, "UTC").draw(given)) == drawn


NOON = 1_800_014_400.0      # Friday, 15 January 2027, 12:00 UTC


@pytest.mark.parametrize(("form", "days", "written"), [
    ("{date}", -1, "January 14th"), ("{date}", -200, "June 29th, 2026"), ("{date_short}", 7, "Jan 22"),
    ("{date_short}", 190, "Jul 24, 2027"), ("{date_long}", 6, "Thursday, January 21st"),
    ("{date_long}", -365, "Thursday, January 15th, 2026"), ("{date_pretty} at {time}", 0, "Today at 12:00"),
    ("{date_short_pretty}, {time_secs}", -1, "Yesterday, 12:00:00"), ("by {date_long_pretty}", 1, "By tomorrow"),
    ("{date_pretty}", 8, "January 23rd"), ("{date_pretty}", -3, "January 12th"), ("{date_slash}", 0, "15/01/2027"),
])
def test_dates_are_written_as_slack_writes_them(form: str, days: int, written: str) -> None:
    """Near days by name, a year only where it is not clear, and a capital at the beginning."""
    stamp = int(NOON + days * 86400)

    assert str(Mrkdwn({}, "UTC", NOON).draw(f"<!date^{stamp}^{form}|never>")) == written


def test_nothing_that_anybody_writes_becomes_html(slack: SlackEmulator, app: App, call: Call, browser: Browser) -> None:
    """Messages, blocks, forms, typed values, homes and errors are escaped wherever they stand."""
    slack.say("owner", "migrations", HOSTILE)
    plain = {"type": "plain_text", "text": HOSTILE[:70]}
    menu = [{"text": plain, "value": HOSTILE, "description": plain}]
    blocks = [{"type": "header", "text": plain}, {"type": "section", "text": mrkdwn(HOSTILE), "fields": [plain]},
              {"type": "context", "elements": [mrkdwn(HOSTILE)]},
              actions({**button(value=HOSTILE, confirm={"title": plain, "text": plain, "confirm": {
                  **plain, "text": HOSTILE[:30]}, "deny": {**plain, "text": HOSTILE[:30]}}), "text": plain},
                  field("static_select", HOSTILE, options=menu), field("overflow", "o", options=menu))]
    posted(call, *blocks, {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]})
    call("views.publish", user_id="U0OWNER001", view=home(*blocks))
    slack.configure(rate_limits=False)
    view = open_form(slack, app, call, modal(
        *blocks, {"type": "alert", "text": mrkdwn(HOSTILE)}, entry(HOSTILE, label=HOSTILE, hint=plain),
        title={**plain, "text": HOSTILE[:24]}))
    slack.fill("owner", view["id"], {HOSTILE: HOSTILE})
    app.respond = lambda _: {"response_action": "errors", "errors": {HOSTILE: HOSTILE}}
    slack.submit("owner", view["id"])

    ts = slack.messages("migrations")[0]["ts"]
    for path in ("client/owner/migrations", f"client/owner/migrations?thread={ts}", "client/owner/home"):
        page = browser.get(path + ("&" if "?" in path else "?") + urlencode({"error": HOSTILE}))
        assert page.count("<script") == 1
        assert "<img src=x" not in page
        assert "alert(1)" in unescape(page)


def test_a_command_typed_on_the_page(slack: SlackEmulator, app: App, browser: Browser) -> None:
    """A line that begins with the command is the command, under the right user and channel."""
    browser.post("client/colleague/general/say", text="/omm migrate now")

    sent = app.got[0].form
    assert (sent["user_name"], sent["channel_name"], sent["text"]) == ("bruno", "general", "migrate now")


def test_a_message_and_an_unknown_command(slack: SlackEmulator, app: App, browser: Browser) -> None:
    """Other lines are messages; another app's command is refused on the page."""
    browser.post("client/owner/migrations/say", text="Hello")
    page = browser.post("client/owner/migrations/say", text="/remind me")

    assert [one["text"] for one in slack.messages("migrations")] == ["Hello"]
    assert "/remind is not a valid command." in page
    assert app.got == []


def test_a_form_on_the_page(slack: SlackEmulator, app: App, call: Call, browser: Browser) -> None:
    """All fields of the modal go along with a pressed button, and with the submission."""
    view = open_form(slack, app, call, modal(
        entry("host"), entry("kind", field("static_select", "k", options=[option(0), option(1)])),
        entry("what", field("checkboxes", "c", options=[option(0), option(1)])), actions(button())))
    typed = [("view", view["id"]), ('["host", "v"]', "mail.example.org"), ('["kind", "k"]', "o1"),
             ('["what", "c"]', "o0"), ('["what", "c"]', "o1")]
    names = re.findall(r'name="(\[[^"]+)"', browser.get("client/owner/migrations"))
    assert {unescape(one) for one in names} == {name for name, _ in typed[1:]}
    block = view["blocks"][-1]["block_id"]

    for do in (f"{block}\x1fgo", "submit"):
        body = urlencode([*typed, ("do", do)]).encode()
        urlopen(Request(f"{slack.page_url}client/owner/migrations/view", body)).close()

    for got, kind in zip(app.got[-2:], ("block_actions", "view_submission"), strict=True):
        values = got.payload["view"]["state"]["values"]
        assert got.payload["type"] == kind
        assert values["host"]["v"]["value"] == "mail.example.org"
        assert values["kind"]["k"]["selected_option"]["value"] == "o1"
        assert [one["value"] for one in values["what"]["c"]["selected_options"]] == ["o0", "o1"]


def test_an_error_stands_on_the_form(slack: SlackEmulator, app: App, call: Call, browser: Browser) -> None:
    """A late answer's banner and the client's own refusals are drawn, with what was typed."""
    view = open_form(slack, app, call)
    page = browser.post("client/owner/migrations/view", view=view["id"], do="submit")
    assert "Please complete this required field." in page
    app.respond = lambda _: 500

    typed = {"view": view["id"], "do": "submit", '["name", "v"]': "Claire"}
    page = browser.post("client/owner/migrations/view", **typed)

    assert "We had some trouble connecting. Try again?" in page
    assert 'value="Claire"' in page


def test_a_button_of_a_message_on_the_page(slack: SlackEmulator, app: App, call: Call, browser: Browser) -> None:
    """A press that fails leaves a warning sign beside the button."""
    ts = posted(call, actions(button(), block_id="b"))
    app.respond = lambda _: 500

    page = browser.post("client/admin/migrations/press", where=ts, block="b", action="go")

    assert app.got[0].payload["user"]["name"] == "aisha"
    assert 'class="broken"' in page


def test_only_one_sees_an_ephemeral_on_the_page(slack: SlackEmulator, call: Call, browser: Browser) -> None:
    """It is drawn for its reader, with the line that says so, and for nobody else."""
    call("chat.postEphemeral", channel=MIGRATIONS, user="U0OWNER001", text="Psst, Claire")

    assert "Only visible to you" in browser.get("client/owner/migrations")
    assert "Psst" not in browser.get("client/colleague/migrations")


def test_a_thread_is_drawn_beside_its_channel(slack: SlackEmulator, call: Call, browser: Browser) -> None:
    """Replies are in the thread, not in the channel, unless they were broadcast."""
    ts = posted(call)
    call("chat.postMessage", channel=MIGRATIONS, thread_ts=ts, text="A milestone")

    assert "A milestone" not in browser.get("client/owner/migrations")
    assert "A milestone" in browser.get(f"client/owner/migrations?thread={ts}")
    assert "1 reply" in browser.get("client/owner/migrations")


def test_the_bar_of_a_thread_says_when_it_was_last_answered(slack: SlackEmulator, call: Call, clock: Clock,
                                                            browser: Browser) -> None:
    """How many replies, the pictures of those who wrote them, and the time of the last one."""
    ts = posted(call)
    for user in ("colleague", "admin", "colleague"):
        clock.now += 60
        slack.say(user, "migrations", "Well?", thread=ts)

    bar = browser.get("client/owner/migrations").partition('class="replies"')[2].partition("</a>")[0]

    assert "3 replies" in bar
    assert "Last reply \u200btoday at 09:03" in bar
    assert (bar.count('class="avatar'), bar.count("BK"), bar.count("AR")) == (2, 1, 1)


def test_days_are_told_apart_and_what_belongs_together_is_not(slack: SlackEmulator, clock: Clock,
                                                              browser: Browser) -> None:
    """A line for each day; a name once over what somebody says in one go."""
    clock.now -= 86400
    for words, seconds in (("One", 0), ("Two", 60), ("Three", 301), ("Four", 86400)):
        clock.now += seconds
        slack.say("owner", "migrations", words)

    page = browser.get("client/owner/migrations")

    assert re.findall(r'<div class="day"[^>]*><span>([^<]+)', page) == ["Yesterday", "Today"]
    assert re.findall(r'<b>(Claire Martin)</b>|<div>(One|Two|Three|Four)</div>', page.partition("<main>")[2]) == [
        ("Claire Martin", ""), ("", "One"), ("", "Two"), ("Claire Martin", ""), ("", "Three"), ("Claire Martin", ""),
        ("", "Four")]


def test_plain_text_is_left_as_it_is(call: Call, browser: Browser) -> None:
    """No mark-up, its lines kept, and no emoji where the app says so."""
    posted(call, section(fields=[{"type": "plain_text", "text": ":x: *a*\nb"},
                                 {"type": "plain_text", "text": ":x: c", "emoji": False}]))

    page = browser.get("client/owner/migrations")

    assert '<span class="plain">❌ *a*\nb</span>' in page
    assert '<span class="plain">:x: c</span>' in page


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success", None])
def test_an_alert_shows_its_level(slack: SlackEmulator, app: App, call: Call, browser: Browser,
                                  level: str | None) -> None:
    """Each level has its colours and a sign that is said aloud, and the words are an alert."""
    alert = {"type": "alert", "text": mrkdwn("*Mind*")} | ({"level": level} if level else {})
    open_form(slack, app, call, modal(alert, entry()))

    page = browser.get("client/owner/migrations")

    assert f'class="block alert {level or "default"}"' in page
    assert f'aria-label="{level or "notice"}"' in page
    assert '<div role="alert"><strong>Mind</strong></div>' in page


def test_opening_the_home_tells_the_app(slack: SlackEmulator, app: App, call: Call, browser: Browser) -> None:
    """The home is drawn after app_home_opened was delivered."""
    call("views.publish", user_id="U0OWNER001", view=home({"type": "header", "text": {
        "type": "plain_text", "text": "My migrations"}}))

    assert "My migrations" in browser.post("client/owner/go-home")
    assert app.got[0].payload["event"]["type"] == "app_home_opened"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_other_sites_cannot_reach_it(slack: SlackEmulator, app: App, browser: Browser, headers: dict[str, str]) -> None:
    """A foreign Host or Origin is refused, on the page and on the control interface."""
    with pytest.raises(HTTPError, match="403") as refused:
        browser.post("client/owner/migrations/say", headers, text="/omm migrate")
    refused.value.close()

    assert app.got == []


def test_its_own_forms_reach_it(slack: SlackEmulator, app: App, browser: Browser) -> None:
    """A browser names the page's own origin, which the policy must not make it hide."""
    browser.post("client/owner/migrations/say", {"Origin": slack.page_url.rstrip("/")}, text="/omm migrate")

    assert len(app.got) == 1
    with urlopen(slack.page_url) as answer:
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_page_is_not_kept_by_the_browser(slack: SlackEmulator) -> None:
    """What is typed is drawn again on the page, so no cache may hold it."""
    with urlopen(slack.page_url) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["client/nobody/general", "client/guest/general", "client/owner/nowhere"])
def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    """Unknown people and channels out of sight are 404."""
    with pytest.raises(HTTPError, match="404") as refused:
        browser.get(path)
    refused.value.close()


def test_every_kind_of_block_is_drawn(slack: SlackEmulator, call: Call, browser: Browser) -> None:
    """Plans, tables and rich text show their words."""
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "text", "text": "Rich words", "style": {"bold": True}}]}]}
    plan = {"type": "plan", "title": "The plan", "tasks": [
        {"type": "task_card", "task_id": "1", "title": "Mail", "status": "in_progress", "details": rich}]}
    call("chat.postMessage", channel=MIGRATIONS, **message(rich, plan, {"type": "markdown", "text": "Marked *down*"}))

    page = browser.get("client/owner/migrations")

    assert all(words in page for words in ("<strong>Rich words</strong>", "The plan", "Mail", "Marked *down*"))
