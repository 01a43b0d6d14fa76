"""The web door: what Slack sends over HTTP or Socket Mode, and two pages that say whether all is well.

It keeps Slack waiting for nothing but Redis: what takes longer is ordered from a worker.
"""

from __future__ import annotations

import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType
from typing import Never

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from redis import Redis
from redis.exceptions import RedisError
from slack_bolt import App
from slack_bolt.adapter.flask.handler import to_flask_response
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.request import BoltRequest
from slack_sdk.signature import SignatureVerifier
from waitress.server import BaseWSGIServer, create_server  # type: ignore[import-untyped]  # has no types

import wiring
from bot.listeners.body import MalformedError, read
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.work.heartbeats import BEAT_EVERY, WITHOUT, Heartbeats, Watch
from bot.work.programs import WEB, Programs
from bot.workspace import Workspace
from crew import NO_USE
from engine.errors import FatalError, InputError, OmmError
from engine.store.patience import store_error
from jobs import Jobs
from oauth_callback import pages as consent_pages
from web import password
from web.pages import with_headers
from web.sign_in import SlackSignIn

LARGEST = 1_000_000     # bytes; the largest view with all that is typed into it stays far below
KINDS = ("application/x-www-form-urlencoded", "application/json")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
THREADS, LISTENERS = 32, 100    # requests at once; deeds that are being followed up
FIRST_CONTACT = 30.0            # seconds that Redis may take to be there
PATIENCE = 1.0                  # seconds that Redis may be away: Slack waits three for an answer
SLACK_ANSWERS = 2.0             # seconds: what Slack lets us open, it lets us open for three
AGAIN = 5.0                     # seconds between two attempts to reach Slack
BEFORE_ANOTHER = 5.0            # seconds that a failed start takes at least: supervisord starts the next one at once
LOOK_EVERY = 30.0               # seconds between two looks at who is absent; at first, others may still be starting
STARTING = "Slack has not said yet which workspace this is."
SLACK_WITHIN = 300      # seconds; docs.slack.dev/authentication/verifying-requests-from-slack
UNSIGNED = (
    "A request to /slack/events was refused, because its signature does not fit SLACK_SIGNING_SECRET. "
    "If commands fail in Slack, copy the signing secret again from Basic Information."
)
LATE = (
    "A request to /slack/events was refused, because its time is more than five minutes from that of this machine. "
    "If commands fail in Slack, set this machine's clock."
)
log = logging.getLogger("app")     # also where this file is the program


class Door:
    """What is behind the web door: Bolt, once the workspace is known that everything is for."""

    def __init__(self, redis: Redis, workspace: Workspace, make: Callable[[str], tuple[App, Services]]) -> None:
        """`make` builds Bolt for the workspace of that id, and gives what it and the pages work with."""
        self._redis, self._workspace, self._make = redis, workspace, make
        self.heartbeats = Heartbeats(redis)
        self.bolt: App | None = None
        self.services: Services | None = None
        self._said: set[str] = set()

    def open(self) -> App | None:
        """Bolt, made now; None while Slack does not say which workspace this is. Raises FatalError(cause STORE)."""
        if team := self._workspace.id():
            self.bolt, self.services = self._make(team)
        return self.bolt

    def lacks(self) -> str:
        """What is missing before anybody can be served; '' when nothing is."""
        try:
            self._redis.ping()
        except RedisError as error:
            return str(store_error(error))
        return "" if self.bolt is not None else self._workspace.refused or STARTING

    def warn_once(self, words: str) -> None:
        """Has the log say it, unless it has: what anybody can send must not fill the log."""
        if words not in self._said:
            self._said.add(words)
            log.warning("%s", words)

    def waits_for(self) -> list[str]:
        """A sentence for each program that is absent. What is asked for meanwhile waits, and is not lost.

        Raises FatalError(cause STORE).
        """
        return [WITHOUT[role] for role in self.heartbeats.absent()]


def create_app(door: Door, *, signing_secret: str, pages: Sequence[Blueprint] = ()) -> Flask:
    """The web application. Without a signing secret, Slack is not heard over HTTP. `pages` are for browsers."""
    web = Flask("omm", static_folder=None)
    web.config["MAX_CONTENT_LENGTH"] = LARGEST
    if signing_secret:
        verifier = SignatureVerifier(signing_secret)
        web.add_url_rule("/slack/events", "events", lambda: _events(door, verifier), methods=["POST"])
    web.add_url_rule("/healthz", "health", lambda: "ok")
    web.add_url_rule("/readyz", "ready", lambda: _ready(door))
    for each in pages:
        web.register_blueprint(each)
    if pages:
        web.after_request(with_headers)     # to addresses that are none, too
    return web


def pages(door: Door, slack: wiring.SlackSettings) -> list[Blueprint]:
    """The pages for browsers. Where nothing can tell who is before them, only those that do without: consent's.

    The log says so of half a setting.
    """
    if not slack.signs_in:
        if lacks := slack.lacks_for_pages:
            log.warning("There is no private page for passwords, because %s is not set.", " and ".join(lacks))
        without = consent_pages.blueprint(lambda: door.services, None, proxies=slack.trusted_proxies)
        return [without] if slack.public_url else []
    sign_in = SlackSignIn(
        lambda: door.services, wiring.slack_client(slack), client_id=slack.client_id,
        client_secret=slack.client_secret, public_url=slack.public_url,
    )
    return [
        sign_in.blueprint, *(each.blueprint(lambda: door.services, sign_in, proxies=slack.trusted_proxies)
                             for each in (password, consent_pages)),
    ]


def _events(door: Door, verifier: SignatureVerifier) -> ResponseReturnValue:
    """Whatever Slack sends, if it is Slack. Nothing of it is parsed before that is sure, or written down."""
    if request.mimetype not in KINDS:
        return Response("This is no request of Slack's.", 415)
    if not _is_signed(door, verifier):
        return Response("This is not signed by Slack.", 401)
    if door.bolt is None:
        return Response(STARTING, 503)
    try:
        body = read(request.get_data(as_text=True), request.mimetype)
    except MalformedError as error:
        log.warning("A request that Slack's secret has signed was refused: its body is nothing that Slack sends.")
        return Response(str(error), 400, mimetype="text/plain")
    # That mode is Bolt's for a body that has been read and is known to be from Slack.
    return to_flask_response(door.bolt.dispatch(BoltRequest(body=body, mode="socket_mode")))


def _is_signed(door: Door, verifier: SignatureVerifier) -> bool:
    """True: it carries Slack's signature of now. The library raises on headers that Slack would never send."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
        return False
    if verifier.is_valid(request.get_data(as_text=True), timestamp, signature):
        return True
    door.warn_once(LATE if abs(time.time() - int(timestamp)) > SLACK_WITHIN else UNSIGNED)
    return False


def _ready(door: Door) -> ResponseReturnValue:
    """503 when nobody can be served, with the reason; else 200, and a line for each program that others wait for."""
    try:
        lacks = door.lacks()
        said = [lacks] if lacks else ["ready", *door.waits_for()]
    except FatalError as error:
        lacks, said = str(error), [str(error)]
    return Response("\n".join(said), 503 if lacks else 200, mimetype="text/plain")


# Running it


def main() -> int:
    """Serves until SIGTERM or Ctrl-C. Returns the exit status: 3 for what cannot be started like this."""
    try:
        return _run()
    except KeyboardInterrupt:       # while it still waits for its store, or to be started again
        return 0


def _run() -> int:
    try:
        chosen = wiring.settings()
        masks = wiring.log_to_stderr(chosen.log_level, log_format=chosen.log_format, environ=chosen.environ)
        slack, listen = wiring.slack_settings(chosen.environ), wiring.listen(chosen.environ)
        wiring.check(chosen)
        with wiring.doors(
            chosen, first_contact=FIRST_CONTACT, patience=PATIENCE, answer=PATIENCE, masks=masks
        ) as opened:
            wiring.warn(chosen, opened)
            return _serve(opened, slack, listen, chosen.environ)
    except InputError as error:
        sys.stderr.write(f"The web program cannot start: {error}\n")
        return NO_USE
    except OmmError as error:
        sys.stderr.write(f"The web program cannot start: {error}\n")
        time.sleep(BEFORE_ANOTHER)
        return 1


def _serve(opened: wiring.Doors, slack: wiring.SlackSettings, listen: str, environ: Mapping[str, str]) -> int:
    redis, told_to_stop = opened.redis, threading.Event()
    with ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener") as executor:

        def make(team: str) -> tuple[App, Services]:
            jobs = Jobs(redis, team=team)
            made = wiring.services(opened, slack, jobs, environ=environ, team=team, slack_answers=SLACK_ANSWERS)
            return build(made, Deliveries(redis), executor, signing_secret=slack.signing_secret), made

        door = Door(redis, Workspace(redis, wiring.slack_client(slack, timeout=SLACK_ANSWERS)), make)
        web = create_app(door, signing_secret=slack.signing_secret, pages=pages(door, slack))
        server = _listening(web, listen)
        reaching = threading.Thread(target=_reach_slack, args=(door, slack.app_token, told_to_stop), name="slack")
        watching = threading.Thread(target=_watch, args=(Watch(door.heartbeats), told_to_stop), name="heartbeats")
        beating = threading.Thread(target=_beat, args=(opened, told_to_stop), name="heartbeat")
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, _leave)
        reaching.start()
        watching.start()
        beating.start()
        log.info("listening at %s", listen)
        server.run()
        told_to_stop.set()
        reaching.join()
        watching.join()
        beating.join()
    return 0


def _listening(web: Flask, listen: str) -> BaseWSGIServer:
    try:
        return create_server(web, listen=listen, threads=THREADS, ident=None, max_request_body_size=LARGEST)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "this machine has no such address"
        raise FatalError(
            f"It cannot listen at {listen}: {why}. End the program that listens there, or set another PORT or "
            "OMM_WEB_LISTEN."
        ) from error


def _leave(_signal: int, _frame: FrameType | None) -> Never:
    """The server ends its loop by it, and what is being answered is answered."""
    raise SystemExit(0)


def _reach_slack(door: Door, app_token: str, told_to_stop: threading.Event) -> None:
    """Learns the workspace and, in Socket Mode, holds a connection; tries again until Slack answers."""
    handler = None
    while not _opened(door):
        if told_to_stop.wait(AGAIN):
            return
    while app_token and handler is None:
        handler = _connected(door, app_token)
        if told_to_stop.wait(0 if handler else AGAIN):
            break
    told_to_stop.wait()
    if handler is not None:
        handler.close()  # type: ignore[no-untyped-call]  # the library's own


def _watch(watch: Watch, told_to_stop: threading.Event, every: float = LOOK_EVERY) -> None:
    """Has the log tell which programs are absent, after so many seconds each. Without the store, /readyz tells."""
    while not told_to_stop.wait(every):
        with suppress(FatalError):
            watch.look()


def _beat(opened: wiring.Doors, told_to_stop: threading.Event) -> None:
    """Says that this program runs, until it is told to stop."""
    programs = Programs(opened.redis)
    while True:
        with suppress(FatalError):
            programs.note(WEB, opened.engine.store.key_names())
        if told_to_stop.wait(BEAT_EVERY):
            return


def _opened(door: Door) -> bool:
    try:
        return door.open() is not None
    except FatalError as error:
        log.warning("%s", error)
        return False


def _connected(door: Door, app_token: str) -> SocketModeHandler | None:
    assert door.bolt is not None
    handler = SocketModeHandler(door.bolt, app_token, concurrency=THREADS)
    try:
        handler.connect()  # type: ignore[no-untyped-call]  # the library's own
    except SLACK_FAILS as error:
        log.warning("Slack could not be reached for Socket Mode (SLACK_APP_TOKEN): %s", why(error))
        handler.close()  # type: ignore[no-untyped-call]  # the library's own
        return None
    return handler


if __name__ == "__main__":
    sys.exit(main())
