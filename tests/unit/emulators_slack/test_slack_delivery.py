"""What the app is sent, how it is signed, and what a late or wrong answer looks like in Slack."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from emulators.slack import NotPossibleError, SlackEmulator
from tests.unit.emulators_slack.app import SECRET, TOKEN, App, Clock, Got
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, entry, field, home, message, modal, option, section

MIGRATIONS = "C0MIGRATE1"


def open_form(slack: SlackEmulator, app: App, call: Call, view: dict[str, Any] | None = None) -> dict[str, Any]:
    """A form in front of the owner, as the app opens it for a command; the app answers nothing from then on."""
    app.respond = lambda got: call("views.open", trigger_id=got.form["trigger_id"], view=view or modal()) and None
    slack.slash("owner", "migrations", "migrate")
    app.respond = lambda _: None
    return slack.views("owner")[-1]


def posted(call: Call, *blocks: dict[str, Any], channel: str = MIGRATIONS) -> str:
    return call("chat.postMessage", channel=channel, **message(*blocks or (actions(button()),)))["ts"]


def late(clock: Clock, seconds: float, said: Any = None) -> Any:
    def respond(_: Got) -> Any:
        clock.now += seconds
        return said
    return respond


def test_a_command_is_signed_and_complete(slack: SlackEmulator, app: App, clock: Clock) -> None:
    """A command carries a valid signature and the fields of Slack's documentation."""
    slack.slash("owner", "migrations", "migrate")

    got = app.got[0]
    assert got.is_signed(clock())
    assert got.form | {"token": "", "trigger_id": "", "response_url": ""} == {
        "token": "", "team_id": "T0EXAMPLE1", "team_domain": "example", "channel_id": MIGRATIONS,
        "channel_name": "migrations", "user_id": "U0OWNER001", "user_name": "claire", "command": "/omm",
        "text": "migrate", "api_app_id": "A0OMMAPP01", "is_enterprise_install": "false", "response_url": "",
        "trigger_id": ""}


def test_slack_sdk_accepts_every_kind_of_delivery(slack: SlackEmulator, app: App, call: Call, clock: Clock) -> None:
    """The signatures of commands, actions, forms and events satisfy slack_sdk's own verifier."""
    view = open_form(slack, app, call)
    slack.press("owner", posted(call), "go")
    slack.submit("owner", view["id"], {"name": "x"})
    slack.open_home("owner")
    slack.shortcut("owner", "omm_migrate")

    verifier = SignatureVerifier(SECRET, clock=type("Now", (), {"now": lambda _: clock()})())
    assert len(app.got) == 5
    assert all(verifier.is_valid_request(got.body, got.headers) for got in app.got)


@pytest.mark.parametrize("tamper", ["wrong_secret", "old", "no_signature", "no_timestamp", "not_a_number",
                                    "changed_body"])
def test_forged_deliveries_are_wrong(slack: SlackEmulator, app: App, clock: Clock, tamper: str) -> None:
    """Each way of forging makes a request that an app must refuse."""
    slack.configure(tamper=tamper)

    slack.slash("owner", "migrations", "migrate")

    assert not app.got[0].is_signed(clock())


@pytest.mark.parametrize(("typed", "sent"), [
    ("a@b.org", "<mailto:a@b.org|a@b.org>"), ("https://a.org/x", "<https://a.org/x>"),
    ("@bruno", "<@U0COLLEAG1|bruno>"),
    ("#general", "<#C0GENERAL1|general>"), ("@nobody", "@nobody"), ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
])
def test_text_of_a_command_is_escaped(slack: SlackEmulator, app: App, typed: str, sent: str) -> None:
    """With should_escape, names, addresses and the three characters arrive as Slack writes them."""
    slack.slash("owner", "migrations", typed)

    assert app.got[0].form["text"] == sent


@pytest.mark.parametrize(("seconds", "outcome"), [(3.0, "ok"), (3.1, "operation_timeout")])
def test_a_late_answer_to_a_command(slack: SlackEmulator, app: App, clock: Clock, seconds: float,
                                    outcome: str) -> None:
    """After 3 seconds the user sees operation_timeout, and what the app said is lost."""
    app.respond = late(clock, seconds, {"text": "Here is help"})

    ack = slack.slash("owner", "migrations", "help")

    assert ack.outcome == outcome
    assert slack.ephemerals("owner")[0]["text"] == (
        "Here is help" if outcome == "ok" else '/omm failed with the error "operation_timeout"')


def test_an_app_that_hangs_is_cut_off(slack: SlackEmulator, app: App) -> None:
    """The connection is closed at the deadline, whether or not anything was answered."""
    over = threading.Event()
    app.respond = lambda _: over.wait(10) and None
    slack.configure(ack_seconds=0.05)

    ack = slack.slash("owner", "migrations", "help")

    over.set()
    assert (ack.outcome, ack.status) == ("operation_timeout", None)


@pytest.mark.parametrize("answer", [500, 401, 404, {"text": "x" * 4001}, {"no": "field"}, {"text": ""}])
def test_a_wrong_answer_to_a_command(slack: SlackEmulator, app: App, answer: Any) -> None:
    """Errors, and messages that Slack would not take, show as dispatch_failed."""
    app.respond = lambda _: answer

    assert slack.slash("owner", "migrations", "help").shown == '/omm failed with the error "dispatch_failed"'


def test_there_must_be_a_way_to_the_app() -> None:
    """Neither a request url nor Socket Mode is a mistake of whoever starts it."""
    with pytest.raises(ValueError, match="request_url"):
        SlackEmulator(signing_secret=SECRET, bot_token=TOKEN)


def test_an_app_that_is_down(slack: SlackEmulator) -> None:
    """Nobody listening shows as dispatch_failed."""
    slack.point_to("http://127.0.0.1:9/slack/events")

    assert slack.slash("owner", "migrations", "help").outcome == "dispatch_failed"


def test_a_command_may_answer_in_the_channel(slack: SlackEmulator, app: App) -> None:
    """response_type decides who sees the answer."""
    app.respond = lambda _: {"response_type": "in_channel", "text": "For all"}
    slack.slash("owner", "migrations", "help")

    assert [one["text"] for one in slack.messages("migrations")] == ["For all"]
    assert slack.ephemerals("owner") == []


@pytest.mark.parametrize(("seconds", "said", "outcome"), [
    (0, None, "ok"), (3.1, None, "operation_timeout"), (0, 500, "dispatch_failed"),
    (0, {"response_action": "clear"}, "invalid_response")])
def test_an_answer_to_a_button(slack: SlackEmulator, app: App, call: Call, clock: Clock, seconds: float, said: Any,
                               outcome: str) -> None:
    """A button that is not acknowledged in time, or with a body, shows a warning sign."""
    ts = posted(call)
    app.respond = late(clock, seconds, said)

    ack = slack.press("owner", ts, "go")

    assert (ack.outcome, bool(ack.shown)) == (outcome, outcome != "ok")


def test_a_button_tells_all_about_itself(slack: SlackEmulator, app: App, call: Call) -> None:
    """The payload of a button in a message: who, where, which, with a trigger and a response_url."""
    ts = posted(call, actions(button(value="7K2F", url="https://a.org"), block_id="b"))

    slack.press("colleague", ts, "go")

    sent = app.got[0].payload
    assert sent["type"] == "block_actions"
    assert sent["user"] == {"id": "U0COLLEAG1", "username": "bruno", "name": "bruno", "team_id": "T0EXAMPLE1"}
    assert sent["container"] == {"type": "message", "message_ts": ts, "channel_id": MIGRATIONS, "is_ephemeral": False}
    assert sent["message"]["ts"] == ts
    done = sent["actions"][0]
    assert (done["action_id"], done["block_id"], done["value"], done["type"]) == ("go", "b", "7K2F", "button")
    assert sent["trigger_id"]
    assert sent["response_url"].startswith(slack.page_url)


@pytest.mark.parametrize(("element", "value", "key", "expected"), [
    (field("static_select", "m", options=[option(0), option(1)]), "o1", "selected_option", option(1)),
    (field("overflow", "m", options=[option(0), option(1)]), "o0", "selected_option", option(0)),
    (field("users_select", "m"), "U0ADMIN001", "selected_user", "U0ADMIN001"),
    (field("datepicker", "m"), "2026-11-22", "selected_date", "2026-11-22"),
    (field("checkboxes", "m", options=[option(0), option(1)]), ["o1"], "selected_options", [option(1)]),
])
def test_a_menu_says_what_was_chosen(slack: SlackEmulator, app: App, call: Call, element: Any, value: Any, key: str,
                                     expected: Any) -> None:
    """Each kind of menu has its own key in the action."""
    slack.press("owner", posted(call, actions(element)), "m", value)

    assert app.got[0].payload["actions"][0][key] == expected


def test_duplicate_deliveries_carry_a_retry_number(slack: SlackEmulator, app: App) -> None:
    """With `copies`, the same body comes again, marked as a retry."""
    slack.configure(copies=2)

    slack.slash("owner", "migrations", "migrate")

    assert app.got[0].body == app.got[1].body
    assert [got.headers.get("x-slack-retry-num") for got in app.got] == [None, "1"]


def test_an_event_is_retried_at_once_then_after_a_minute_then_after_five(slack: SlackEmulator, app: App,
                                                                         clock: Clock) -> None:
    """Three retries, at their times, with their number and reason; then no more."""
    app.respond = lambda _: 500
    slack.open_home("owner")
    assert [got.headers.get("x-slack-retry-num") for got in app.got] == [None, "1"]
    clock.now += 59
    assert slack.deliver_due() == []
    clock.now += 1
    assert [ack.retry for ack in slack.deliver_due()] == [2]
    clock.now += 300
    assert [ack.retry for ack in slack.deliver_due()] == [3]
    clock.now += 3600

    assert slack.deliver_due() == []
    assert {got.headers.get("x-slack-retry-reason") for got in app.got} == {None, "http_error"}
    assert len({got.payload["event_id"] for got in app.got}) == 1


def test_an_event_that_was_taken_is_not_sent_again(slack: SlackEmulator, app: App, clock: Clock) -> None:
    """A 200 ends it; so does a failure with X-Slack-No-Retry."""
    slack.open_home("owner")
    clock.now += 3600

    assert slack.deliver_due() == []
    assert [got.payload["event"]["type"] for got in app.got] == ["app_home_opened"]


def test_an_uninstalled_app_hears_of_it_and_may_do_nothing(slack: SlackEmulator, app: App, call: Call) -> None:
    """tokens_revoked and app_uninstalled are delivered, and the token is refused from then on."""
    slack.uninstall()

    assert [got.payload["event"]["type"] for got in app.got] == ["tokens_revoked", "app_uninstalled"]
    assert call("auth.test")["error"] == "token_revoked"


def test_the_request_url_is_verified_by_its_challenge(slack: SlackEmulator, app: App) -> None:
    """Only an app that gives the challenge back passes the handshake."""
    assert not slack.verify_url()
    app.respond = lambda got: {"challenge": got.payload["challenge"]}

    assert slack.verify_url()


def test_strangers_have_no_commands_but_may_press(slack: SlackEmulator, app: App, call: Call) -> None:
    """Somebody from another workspace can press a button in a shared channel, under their own team."""
    ts = posted(call, channel="C0PARTNER1")
    with pytest.raises(NotPossibleError):
        slack.slash("stranger", "partners", "migrate")

    slack.press("stranger", ts, "go")

    assert app.got[0].payload["user"]["team_id"] == app.got[0].payload["team"]["id"] == "T0PARTNER1"


@pytest.mark.parametrize("act", [
    lambda slack, ts: slack.slash("guest", "general", "migrate"),
    lambda slack, ts: slack.press("guest", ts, "go"),
    lambda slack, ts: slack.press("owner", ts, "stop"),
    lambda slack, ts: slack.press("owner", "1.000000", "go"),
    lambda slack, ts: slack.slash("nobody", "general", "migrate"),
    lambda slack, ts: slack.configure(messages_read_only=True) or slack.say("owner", "dm", "hello"),
], ids=["a guest elsewhere", "a message out of sight", "a missing button", "a missing message", "a missing person",
        "a word to the app"])
def test_what_the_client_does_not_offer(slack: SlackEmulator, app: App, call: Call, act: Any) -> None:
    """Nobody can act on what they do not see; nothing is sent to the app."""
    ts = posted(call, channel="C0GENERAL1")

    with pytest.raises(NotPossibleError):
        act(slack, ts)

    assert app.got == []


def test_a_home_tab_is_shown_and_pressed(slack: SlackEmulator, app: App, call: Call) -> None:
    """The event of an opened home carries what was published; its buttons come with the view."""
    call("views.publish", user_id="U0OWNER001", view=home(section(), actions(button())))
    slack.open_home("owner")
    view = slack.home("owner") or {}

    slack.press("owner", view["id"], "go")

    assert app.got[0].payload["event"]["view"]["id"] == view["id"]
    assert app.got[1].payload["container"] == {"type": "view", "view_id": view["id"]}


def test_a_closed_modal_is_told_where_it_asked(slack: SlackEmulator, app: App, call: Call) -> None:
    """notify_on_close sends view_closed, which says whether everything was closed."""
    view = open_form(slack, app, call, modal(entry(), notify_on_close=True))

    slack.close("owner", view["id"], everything=True)

    assert (app.got[-1].payload["type"], app.got[-1].payload["is_cleared"]) == ("view_closed", True)
    assert slack.views("owner") == []
