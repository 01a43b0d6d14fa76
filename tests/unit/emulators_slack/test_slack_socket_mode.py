"""Socket Mode: envelopes, acknowledgements, connections that end; for slack_sdk's own client and Bolt as well."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_bolt import App as Bolt
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from emulators.slack import NotPossibleError, SlackEmulator
from tests.servers.slack.person import until
from tests.unit.emulators_slack.app import SECRET, TOKEN, App, Clock
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, entry, modal, plain, section
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS, posted

APP_TOKEN = "xapp-1-of-a-test"
SOON = 5.0      # seconds, for what happens in another thread
SILENT = {"envelope": "not acknowledged"}
QUIET = logging.Logger("quiet", logging.CRITICAL + 1)


@pytest.fixture
def slack(app: App, clock: Clock) -> Iterator[SlackEmulator]:
    """The workspace of an app in Socket Mode, which has a request url as well."""
    with SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, app_token=APP_TOKEN, request_url=app.url,
                       clock=clock) as slack:
        slack.configure(ack_seconds=SOON)
        yield slack


def url_for_one(slack: SlackEmulator) -> str:
    return WebClient(base_url=slack.url).apps_connections_open(app_token=APP_TOKEN)["url"]


@contextmanager
def opened(slack: SlackEmulator) -> Iterator[ClientConnection]:
    """One more connection of the app, without its hello or anything else read."""
    with connect(url_for_one(slack), logger=QUIET) as line:
        yield line


class Socket:
    """An app with one connection, which keeps what comes and acknowledges as a test says."""

    def __init__(self, slack: SlackEmulator) -> None:
        self.got: list[dict[str, Any]] = []
        self.respond: Callable[[dict[str, Any]], Any] = lambda _: None
        self._slack, self._came, self._held = slack, threading.Condition(), ExitStack()
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Socket:
        self._line = self._held.enter_context(opened(self._slack))
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()
        self._reader.join()

    def _read(self) -> None:
        for frame in self._line:
            got = json.loads(frame)
            with self._came:
                self.got.append(got)
                self._came.notify_all()
            if "envelope_id" in got and (said := self.respond(got)) is not SILENT:
                ack = {"envelope_id": got["envelope_id"]} | ({} if said is None else {"payload": said})
                with suppress(ConnectionClosed):
                    self._line.send(json.dumps(ack))

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [one for one in self.got if one["type"] in kinds]

    def wait(self, count: int, *kinds: str) -> bool:
        with self._came:
            return self._came.wait_for(lambda: len(self.of(*kinds)) >= count, SOON)


@pytest.fixture
def socket(slack: SlackEmulator) -> Iterator[Socket]:
    with Socket(slack) as socket:
        assert slack.wait_connected(1, SOON)
        yield socket


def open_form(slack: SlackEmulator, socket: Socket, call: Call) -> dict[str, Any]:
    socket.respond = lambda got: call("views.open", trigger_id=got["payload"]["trigger_id"], view=modal(
        entry(), section(block_id="text"))) and None
    slack.slash("owner", "migrations", "migrate")
    socket.respond = lambda _: None
    return slack.views("owner")[-1]


# -- the token and the url ----------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "given", "error"), [
    ({"Authorization": f"Bearer {TOKEN}"}, {}, "not_allowed_token_type"),
    ({"Authorization": "Bearer xapp-of-another"}, {}, "invalid_auth"),
    ({}, {"token": APP_TOKEN}, "invalid_auth"), ({}, {}, "not_authed")],
    ids=["the bot's token", "another app's token", "the token as a parameter", "no token"])
def test_a_connection_needs_the_apps_own_token(slack: SlackEmulator, call: Call, headers: Any, given: Any,
                                               error: str) -> None:
    """Only an app-level token, and only in its header, opens a connection."""
    assert json.loads(call.post(slack.url + "apps.connections.open", given, headers))["error"] == error


def test_the_apps_own_token_is_for_nothing_else(call: Call) -> None:
    """An app-level token cannot post messages."""
    call.token = APP_TOKEN

    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["error"] == "not_allowed_token_type"


@pytest.mark.parametrize(("token", "error"), [(APP_TOKEN, "invalid_auth"), (TOKEN, "not_allowed_token_type")])
def test_without_an_app_token_socket_mode_is_off(app: App, token: str, error: str) -> None:
    """No token opens a connection to a workspace that was given none, and nothing can be said of connections."""
    with SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, request_url=app.url) as slack:
        with pytest.raises(SlackApiError, match=error):
            WebClient(base_url=slack.url).apps_connections_open(app_token=token)
        with pytest.raises(NotPossibleError):
            slack.disconnect()


def test_a_url_opens_one_connection(slack: SlackEmulator) -> None:
    """Its ticket is spent with the first use, and nobody else's is taken."""
    url = url_for_one(slack)
    assert url.startswith("ws://127.0.0.1:")
    with connect(url, logger=QUIET) as line:
        assert json.loads(line.recv(SOON))["type"] == "hello"

    for spent in (url, url.partition("?")[0] + "?ticket=guessed", url.partition("?")[0]):
        with pytest.raises(InvalidStatus, match="403"), connect(spent, logger=QUIET):
            pass


def test_a_web_page_cannot_connect(slack: SlackEmulator) -> None:
    """A browser says where its script came from, and is refused even with a ticket."""
    with pytest.raises(InvalidStatus, match="403"), connect(
            url_for_one(slack), origin="https://evil.example", logger=QUIET):
        pass


def test_it_listens_under_no_other_name(slack: SlackEmulator) -> None:
    """A name that is made to point to this machine is refused."""
    url = url_for_one(slack)

    with pytest.raises(InvalidStatus, match="403"), connect(
            url.replace("127.0.0.1", "evil.example"), sock=create_connection(("127.0.0.1", urlsplit(url).port)),
            logger=QUIET):
        pass


# -- what is delivered --------------------------------------------------------------------------------


def test_the_first_word_is_hello(socket: Socket) -> None:
    """A connection begins with how many there are, for which app, and how long it will last."""
    assert socket.wait(1, "hello")

    assert socket.got[0]["type"] == "hello"
    assert (socket.got[0]["num_connections"], socket.got[0]["connection_info"]) == (1, {"app_id": "A0OMMAPP01"})
    assert socket.got[0]["debug_info"]["approximate_connection_time"] == 3600


def test_everything_comes_in_envelopes_and_nothing_by_http(slack: SlackEmulator, app: App, socket: Socket,
                                                           call: Call) -> None:
    """Commands, buttons, shortcuts, forms and events are what the request url would get, which gets nothing."""
    view = open_form(slack, socket, call)
    slack.press("owner", posted(call), "go")
    slack.submit("owner", view["id"], {"name": "Claire"})
    slack.shortcut("owner", "omm_migrate")
    slack.open_home("owner")

    got = socket.of("slash_commands", "interactive", "events_api")
    assert [(one["type"], one["accepts_response_payload"]) for one in got] == [
        ("slash_commands", True), *[("interactive", True)] * 3, ("events_api", False)]
    assert [one["payload"].get("type") for one in got] == [
        None, "block_actions", "view_submission", "shortcut", "event_callback"]
    assert (got[0]["payload"]["command"], got[0]["payload"]["text"]) == ("/omm", "migrate")
    assert got[2]["payload"]["view"]["state"]["values"]["name"]["v"]["value"] == "Claire"
    assert (got[4]["retry_attempt"], got[4]["retry_reason"]) == (0, "")
    assert len({one["envelope_id"] for one in got}) == 5
    assert [ack.outcome for ack in slack.acks] == ["ok"] * 5
    assert app.got == []


@pytest.mark.parametrize(("said", "outcome", "shown"), [
    (None, "ok", []), ({"text": "Here is help"}, "ok", ["Here is help"]),
    ({"no": "field"}, "dispatch_failed", ['/omm failed with the error "dispatch_failed"']),
    ("help", "dispatch_failed", ['/omm failed with the error "dispatch_failed"'])],
    ids=["nothing", "a message", "no message", "a bare text"])
def test_an_ack_of_a_command_may_be_a_message(slack: SlackEmulator, socket: Socket, said: Any, outcome: str,
                                              shown: list[str]) -> None:
    """The payload of an acknowledgement is what the answer to a request would be."""
    socket.respond = lambda _: said

    ack = slack.slash("owner", "migrations", "help")

    assert ack.outcome == outcome
    assert [one["text"] for one in slack.ephemerals("owner")] == shown


@pytest.mark.parametrize(("said", "titles", "errors"), [
    (None, [], None), ({"response_action": "errors", "errors": {"name": "No such server"}}, ["Migrate"],
                       {"name": "No such server"}),
    ({"response_action": "update", "view": modal(title=plain("Busy"))}, ["Busy"], {})],
    ids=["nothing", "errors", "update"])
def test_an_ack_of_a_form_is_carried_out(slack: SlackEmulator, socket: Socket, call: Call, said: Any,
                                         titles: list[str], errors: dict[str, str] | None) -> None:
    """response_action works as over HTTP."""
    view = open_form(slack, socket, call)
    socket.respond = lambda _: said

    slack.submit("owner", view["id"], {"name": "x"})

    assert [one["title"]["text"] for one in slack.views("owner")] == titles
    assert [one["errors"] for one in slack.views("owner")] == ([] if errors is None else [errors])


def test_an_event_takes_no_answer(slack: SlackEmulator, socket: Socket) -> None:
    """accepts_response_payload is false, and an acknowledgement with a payload is none."""
    socket.respond = lambda _: {"text": "thanks"}

    assert slack.open_home("owner").outcome == "dispatch_failed"


@pytest.mark.parametrize("frame", ["not JSON", "[]", '{"envelope_id": "guessed"}', '{"envelope_id": []}'])
def test_a_wrong_frame_acknowledges_nothing(slack: SlackEmulator, frame: str) -> None:
    """What is no acknowledgement is passed over, and the connection goes on."""
    slack.configure(ack_seconds=0.2)
    with opened(slack) as line:
        assert slack.wait_connected(1, SOON)
        line.send(frame)

        assert slack.slash("owner", "migrations", "help").outcome == "operation_timeout"
        assert [json.loads(line.recv(SOON))["type"] for _ in range(3)] == ["hello", *["slash_commands"] * 2]


# -- what is not acknowledged -------------------------------------------------------------------------


def test_an_app_that_is_not_connected(slack: SlackEmulator, app: App) -> None:
    """Nobody listening shows as dispatch_failed at once; the request url is not tried."""
    assert slack.slash("owner", "migrations", "help").outcome == "dispatch_failed"
    assert app.got == []


def test_an_event_is_retried_as_over_http(slack: SlackEmulator, socket: Socket, clock: Clock) -> None:
    """At once, after a minute, after five: each in a new envelope that says which attempt it is, and why."""
    slack.configure(ack_seconds=0.2)
    socket.respond = lambda _: SILENT
    slack.open_home("owner")
    clock.now += 60
    slack.deliver_due()
    socket.respond = lambda _: None
    clock.now += 300
    assert [ack.outcome for ack in slack.deliver_due()] == ["ok"]

    got = socket.of("events_api")
    assert [(one["retry_attempt"], one["retry_reason"]) for one in got] == [
        (0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({one["envelope_id"] for one in got}) == 4
    assert len({one["payload"]["event_id"] for one in got}) == 1


def test_an_event_that_nobody_heard_comes_later(slack: SlackEmulator, clock: Clock) -> None:
    """An app that connects in time for a retry gets the event by it."""
    assert slack.open_home("owner").outcome == "dispatch_failed"
    clock.now += 60
    with Socket(slack) as socket:
        assert slack.wait_connected(1, SOON)

        assert [ack.outcome for ack in slack.deliver_due()] == ["ok"]
        assert [one["retry_attempt"] for one in socket.of("events_api")] == [2]


@pytest.mark.parametrize("act", [
    lambda slack, _: slack.slash("owner", "migrations", "help"),
    lambda slack, ts: slack.press("owner", ts, "go")], ids=["a command", "a button"])
def test_what_was_not_acknowledged_comes_again(slack: SlackEmulator, socket: Socket, call: Call, act: Any) -> None:
    """The user sees the failure, and the app gets the same once more: only its trigger_id tells."""
    ts = posted(call)
    slack.configure(ack_seconds=0.2)
    socket.respond = lambda _: SILENT

    ack = act(slack, ts)

    assert (ack.outcome, bool(ack.shown)) == ("operation_timeout", True)
    assert socket.wait(2, "slash_commands", "interactive")
    first, again = socket.of("slash_commands", "interactive")
    assert first["envelope_id"] != again["envelope_id"]
    assert first["payload"] == again["payload"]


def test_a_late_acknowledgement_counts_for_nothing(slack: SlackEmulator, socket: Socket, clock: Clock) -> None:
    """After 3 seconds the user has been told, and what the app says is lost."""
    slack.configure(ack_seconds=3)

    def respond(_: Any) -> Any:
        clock.now += 3.1
        return {"text": "Here is help"}
    socket.respond = respond

    assert slack.slash("owner", "migrations", "help").outcome == "operation_timeout"
    assert [one["text"] for one in slack.ephemerals("owner")] == ['/omm failed with the error "operation_timeout"']


# -- connections --------------------------------------------------------------------------------------


def test_one_connection_gets_each_envelope(slack: SlackEmulator) -> None:
    """Of several connections any one is chosen, and none gets what another got."""
    slack.configure(ack_seconds=0.1)
    with ExitStack() as stack:
        lines = [stack.enter_context(opened(slack)) for _ in range(3)]
        assert slack.wait_connected(3, SOON)
        for number in range(4):
            slack.slash("owner", "migrations", str(number))
        slack.stop()
        said = [json.loads(frame) for line in lines for frame in line]

    texts = [one["payload"]["text"] for one in said if one["type"] == "slash_commands"]
    assert sorted(texts) == sorted(str(number) for number in range(4) for _ in range(2))


def test_ten_connections_are_the_most(slack: SlackEmulator) -> None:
    """The eleventh is told too_many_websockets, and closed; the ten go on."""
    with ExitStack() as stack:
        lines = [stack.enter_context(opened(slack)) for _ in range(10)]
        assert slack.wait_connected(10, SOON)

        said = [json.loads(frame) for frame in stack.enter_context(opened(slack))]

        assert [(one["type"], one["reason"]) for one in said] == [("disconnect", "too_many_websockets")]
        hellos = [json.loads(line.recv(SOON)) for line in lines]
        assert sorted(one["num_connections"] for one in hellos) == list(range(1, 11))
        assert slack.wait_connected(10, 0)
        assert not slack.wait_connected(11, 0)


def test_a_disconnected_line_gets_nothing_more(slack: SlackEmulator) -> None:
    """Once it was told to refresh, its connection is no longer one."""
    with opened(slack) as line:
        assert slack.wait_connected(1, SOON)
        slack.disconnect()

        assert slack.slash("owner", "migrations", "help").outcome == "dispatch_failed"
        assert [json.loads(frame).get("reason") for frame in line] == [None, "refresh_requested"]


def test_a_connection_is_refreshed_after_an_hour(slack: SlackEmulator, clock: Clock) -> None:
    """A warning ten seconds before, once, and at the end refresh_requested and the close."""
    with opened(slack) as line:
        assert slack.wait_connected(1, SOON)
        for seconds in (3589, 1, 5, 5):
            clock.now += seconds
            slack.deliver_due()

        said = [json.loads(frame) for frame in line]

    assert [one.get("reason") for one in said] == [None, "warning", "refresh_requested"]
    assert not slack.wait_connected(1, 0)


def test_an_acknowledgement_may_take_another_connection(slack: SlackEmulator) -> None:
    """A client that changes its connection acknowledges over the new one what came over the old one."""
    done: list[Any] = []
    with opened(slack) as old:
        assert slack.wait_connected(1, SOON)
        act = threading.Thread(target=lambda: done.append(slack.slash("owner", "migrations", "help")))
        act.start()
        got = [json.loads(old.recv(SOON)) for _ in range(2)][1]
        with opened(slack) as new:
            new.send(json.dumps({"envelope_id": got["envelope_id"]}))
            act.join(SOON)

    assert [ack.outcome for ack in done] == ["ok"]


def test_a_stop_lets_go_of_whatever_waits(slack: SlackEmulator) -> None:
    """Whoever awaits an acknowledgement is not held up by the end of the emulator."""
    slack.configure(ack_seconds=60)
    with opened(slack) as line:
        assert slack.wait_connected(1, SOON)
        act = threading.Thread(target=slack.slash, args=("owner", "migrations", "help"))
        act.start()
        assert [json.loads(line.recv(SOON))["type"] for _ in range(2)] == ["hello", "slash_commands"]

        slack.stop()
        act.join(SOON)

    assert not act.is_alive()


def test_there_is_no_request_url_to_verify(slack: SlackEmulator) -> None:
    """With Socket Mode on, the app's settings do not even take one."""
    with pytest.raises(NotPossibleError):
        slack.verify_url()


# -- slack_sdk's client and Bolt ----------------------------------------------------------------------


@contextmanager
def connected(slack: SlackEmulator, client: SocketModeClient) -> Iterator[None]:
    client.connect()
    assert slack.wait_connected(1, SOON)
    yield
    client.auto_reconnect_enabled = False
    slack.stop()        # first: a client that is closed waits 3 seconds for a word from the other end
    until(lambda: not client.is_connected(), every=0.005)       # its own thread closes, and cannot do so beside us
    client.close()


@pytest.fixture
def sdk(slack: SlackEmulator) -> Iterator[SocketModeClient]:
    """slack_sdk's built-in client."""
    client = SocketModeClient(APP_TOKEN, logger=QUIET, web_client=WebClient(TOKEN, base_url=slack.url))
    with connected(slack, client):
        yield client


@pytest.fixture
def bolt(slack: SlackEmulator) -> Iterator[Bolt]:
    """An app as Bolt makes it, connected by Bolt's own handler."""
    bolt = Bolt(client=WebClient(TOKEN, base_url=slack.url), logger=QUIET)
    with connected(slack, SocketModeHandler(bolt, APP_TOKEN).client):
        yield bolt


def test_slack_sdk_understands_everything(slack: SlackEmulator, sdk: SocketModeClient, call: Call) -> None:
    """Its client takes each kind of envelope for a request, and its acknowledgements are understood."""
    heard: list[tuple[str, Any]] = []

    def hear(client: SocketModeClient, request: SocketModeRequest) -> None:
        kind = request.payload.get("type", "command")
        heard.append((request.type, kind))
        if kind == "command":
            client.web_client.views_open(trigger_id=request.payload["trigger_id"], view=modal())
        said = {"response_action": "errors", "errors": {"name": "No"}} if kind == "view_submission" else None
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=said))
    sdk.socket_mode_request_listeners.append(hear)

    acks = [slack.slash("owner", "migrations", "migrate"), slack.press("owner", posted(call), "go"),
            slack.submit("owner", slack.views("owner")[0]["id"], {"name": "x"}), slack.open_home("owner")]

    assert heard == [("slash_commands", "command"), ("interactive", "block_actions"),
                     ("interactive", "view_submission"), ("events_api", "event_callback")]
    assert [ack.outcome for ack in acks] == ["ok"] * 4
    assert acks[2].errors == {"name": "No"}


def test_slack_sdk_is_told_which_attempt_it_is(slack: SlackEmulator, sdk: SocketModeClient) -> None:
    """What its listener did not acknowledge comes again, and the request says so."""
    attempts: list[tuple[Any, Any]] = []

    def hear(client: SocketModeClient, request: SocketModeRequest) -> None:
        attempts.append((request.retry_attempt, request.retry_reason))
        if len(attempts) > 1:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
    sdk.socket_mode_request_listeners.append(hear)
    slack.configure(ack_seconds=0.3)

    slack.open_home("owner")

    assert attempts == [(0, ""), (1, "timeout")]
    assert [ack.outcome for ack in slack.acks] == ["operation_timeout", "ok"]


def test_slack_sdk_comes_back_after_a_disconnect(slack: SlackEmulator, sdk: SocketModeClient) -> None:
    """Its client opens a new connection, and goes on hearing of everything."""
    sdk.socket_mode_request_listeners.append(
        lambda client, request: client.send_socket_mode_response(SocketModeResponse(request.envelope_id)))

    slack.disconnect("refresh_requested")

    assert slack.wait_connected(1, SOON)
    assert slack.slash("owner", "migrations", "help").outcome == "ok"
    assert [one.method for one in slack.requests] == ["apps.connections.open"] * 2


def test_bolt_answers_a_command_and_opens_a_form(slack: SlackEmulator, bolt: Bolt) -> None:
    """ack(text) is an ephemeral message, and the trigger opens a form, which takes errors under its fields."""
    @bolt.command("/omm")
    def command(ack: Any, client: WebClient, body: dict[str, Any]) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        ack("One moment")

    @bolt.view("form")
    def sent(ack: Any) -> None:
        ack(response_action="errors", errors={"name": "No such server"})

    slack.slash("owner", "migrations", "migrate")
    ack = slack.submit("owner", slack.views("owner")[0]["id"], {"name": "x"})

    assert [one["text"] for one in slack.ephemerals("owner")] == ["One moment"]
    assert (ack.outcome, ack.errors) == ("ok", {"name": "No such server"})


def test_bolt_hears_of_a_button_and_an_event(slack: SlackEmulator, bolt: Bolt, call: Call) -> None:
    """Both are acknowledged with nothing in them."""
    heard: list[str] = []

    @bolt.action("go")
    def pressed(ack: Any, action: dict[str, Any]) -> None:
        heard.append(action["value"])
        ack()

    @bolt.event("app_home_opened")
    def opened_home(event: dict[str, Any]) -> None:
        heard.append(event["user"])

    acks = [slack.press("owner", posted(call, actions(button(value="7K2F"))), "go"), slack.open_home("owner")]

    assert [ack.outcome for ack in acks] == ["ok", "ok"]
    assert "7K2F" in heard


def test_bolt_is_told_again_what_it_did_not_acknowledge(slack: SlackEmulator, bolt: Bolt) -> None:
    """A listener that fails acknowledges nothing, and runs again with the same trigger."""
    triggers: list[str] = []
    twice = threading.Event()

    @bolt.command("/omm")
    def command(body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        if len(triggers) > 1:
            twice.set()
        raise RuntimeError("not today")
    slack.configure(ack_seconds=0.3)

    assert slack.slash("owner", "migrations", "migrate").outcome == "operation_timeout"

    assert twice.wait(SOON)
    assert len(set(triggers)) == 1


def test_bolt_comes_back_after_a_disconnect(slack: SlackEmulator, bolt: Bolt) -> None:
    """Its handler opens a new connection, and commands go on."""
    bolt.command("/omm")(lambda ack: ack("Still here"))

    slack.disconnect("refresh_requested")

    assert slack.wait_connected(1, SOON)
    slack.slash("owner", "migrations", "help")
    assert [one["text"] for one in slack.ephemerals("owner")] == ["Still here"]
