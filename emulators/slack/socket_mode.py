"""Socket Mode: what the app is sent goes over WebSockets that it opened, and not to its request url.

docs.slack.dev/apis/events-api/using-socket-mode, unless another source is named:

- apps.connections.open gives a url for one connection; `hello` is the first message on it. An app has up to 10 of
  them, and "each payload may be sent to any of the connections". One more is told `too_many_websockets`
  (slackapi/bolt-js#2238) and closed.
- A payload is what a request to the url would hold, in an envelope with an `envelope_id`. The app acknowledges with
  that id and, where `accepts_response_payload` says so, with what it would answer to the request.
- Events carry `retry_attempt` and `retry_reason`, 0 and "" at first and "timeout" from then on, under a new
  envelope_id (slackapi/python-slack-events-api#93, slackapi/bolt-js#2487).
- A command or interaction that nobody acknowledged comes again as well (slackapi/bolt-js#2188). Nobody says how
  often or how marked: here once, with nothing but its trigger_id to tell.
- `disconnect` announces the end of a connection: `warning` about 10 seconds before, `refresh_requested` at the end.
"""

import logging
import secrets
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from json import dumps, loads
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from emulators.slack.delivery import Answer
from emulators.slack.settings import Clock, Tamper
from emulators.slack.workspace import APP

Reason = Literal["warning", "refresh_requested", "link_disabled"]

MOST = 10
_LASTS = 3600.0     # seconds: the `approximate_connection_time` of the page's example
_WARNED = 10.0      # seconds before a connection ends
_HOST = "applink-0"
_PATH = "/link/"
_SILENT = logging.Logger("emulators.slack.socket_mode", logging.CRITICAL + 1)   # at DEBUG it would write down frames


@dataclass(slots=True, eq=False)
class _Line:
    """One connection of the app."""

    socket: ServerConnection
    born: float
    warned: bool = False


def _enclosed(body: bytes, retry: tuple[int, str] | None, *, json: bool) -> dict[str, Any]:
    """The envelope of what would be the body of a request."""
    held: dict[str, Any] = {"envelope_id": str(uuid.uuid4())}
    if json:
        return held | {"type": "events_api", "payload": loads(body), "accepts_response_payload": False,
                       "retry_attempt": retry[0] if retry else 0, "retry_reason": "timeout" if retry else ""}
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "payload" in form:
        return held | {"type": "interactive", "payload": loads(form["payload"]), "accepts_response_payload": True}
    return held | {"type": "slash_commands", "payload": form, "accepts_response_payload": True}


def _answer(envelope: dict[str, Any], ack: dict[str, Any], seconds: float) -> Answer:
    """What an acknowledgement would be as the answer to a request."""
    payload = ack.get("payload")
    if payload is None or payload == {}:
        return Answer(status=200, seconds=seconds)
    if not envelope["accepts_response_payload"]:
        return Answer(status=400, seconds=seconds)
    return Answer(status=200, body=dumps(payload).encode(), content_type="application/json", seconds=seconds)


class SocketMode:
    """The connections of the app, and the server they come to, on a loopback port of its own.

    It delivers as `delivery.Sender` does; there is no signature to tamper with.
    """

    def __init__(self, clock: Clock) -> None:
        """Nothing listens yet."""
        self._clock = clock
        self._changed = threading.Condition()
        self._tickets: set[str] = set()
        self._lines: list[_Line] = []
        self._acks: dict[str, dict[str, Any] | None] = {}       # by envelope_id; None while it is awaited
        self._server: Server | None = None
        self._url, self._stopped = "", False

    def start(self) -> None:
        """Bind any free port and begin to answer."""
        self._server = serve(
            self._serve, "127.0.0.1", 0, process_request=self._admitted, origins=[None], compression=None,
            close_timeout=1, logger=_SILENT)
        self._url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}{_PATH}"
        threading.Thread(target=self._server.serve_forever, name="slack-sockets", daemon=True).start()

    def stop(self) -> None:
        """Close every connection; whatever waits for an acknowledgement goes on without."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def invite(self) -> str:
        """A url that one connection can be opened with."""
        ticket = str(uuid.uuid4())
        with self._changed:
            self._tickets.add(ticket)
        return f"{self._url}?ticket={ticket}&app_id={APP}"

    # -- connections ----------------------------------------------------------------------------------

    def wait_connected(self, count: int, timeout: float) -> bool:
        """Whether so many connections, or more, are open within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._lines) >= count, timeout)

    def disconnect(self, reason: Reason) -> None:
        """Say so on every connection; it is then closed, but for a mere warning."""
        for line in self._open():
            self._part(line, reason)

    def refresh(self) -> None:
        """Warn connections that are nearly an hour old, and end those that are."""
        for line in self._open():
            age = self._clock() - line.born
            if age >= _LASTS:
                self._part(line, "refresh_requested")
            elif age >= _LASTS - _WARNED and not line.warned:
                line.warned = True
                self._part(line, "warning")

    def _open(self) -> list[_Line]:
        with self._changed:
            return list(self._lines)

    def _admitted(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse whoever comes without a fresh ticket, or under a name that is made to point here."""
        target, host = urlsplit(request.path), urlsplit(f"//{request.headers.get('Host', '')}").hostname
        ticket = parse_qs(target.query).get("ticket", [""])[0]
        with self._changed:
            fresh = ticket in self._tickets
            self._tickets.discard(ticket)
        if target.path == _PATH and fresh and host in ("127.0.0.1", "localhost"):
            return None
        return socket.respond(HTTPStatus.FORBIDDEN, "no such ticket\n")

    def _serve(self, socket: ServerConnection) -> None:
        """Read one connection until it ends."""
        line = _Line(socket, self._clock())
        with suppress(ConnectionClosed):
            if not self._joined(line):
                return
            for frame in socket:
                self._take(frame)
        self._leave(line)

    def _joined(self, line: _Line) -> bool:
        with self._changed:
            if len(self._lines) >= MOST:
                line.socket.send(dumps(_goodbye("too_many_websockets")))
                return False
            line.socket.send(dumps({
                "type": "hello", "num_connections": len(self._lines) + 1, "connection_info": {"app_id": APP},
                "debug_info": {"host": _HOST, "build_number": 1, "approximate_connection_time": int(_LASTS)}}))
            self._lines.append(line)
            self._changed.notify_all()
            return True

    def _leave(self, line: _Line) -> None:
        with self._changed:
            self._lines = [one for one in self._lines if one is not line]

    def _part(self, line: _Line, reason: Reason) -> None:
        if reason != "warning":
            self._leave(line)
        with suppress(ConnectionClosed):
            line.socket.send(dumps(_goodbye(reason)))
        if reason != "warning":
            line.socket.close()

    # -- envelopes ------------------------------------------------------------------------------------

    def post(self, body: bytes, *, json: bool, deadline: float, tamper: Tamper = "none",
             retry: tuple[int, str] | None = None) -> Answer:
        """Deliver once, over one of the connections; without any, nothing is delivered."""
        envelope, begun = _enclosed(body, retry, json=json), self._clock()
        with self._changed:
            self._acks[envelope["envelope_id"]] = None
        if not self._sent(envelope):
            return Answer(status=None, seconds=0.0)
        ack = self._awaited(envelope["envelope_id"], deadline)
        seconds = self._clock() - begun
        if ack is not None and seconds <= deadline:
            return _answer(envelope, ack, seconds)
        if not json:
            self._sent(_enclosed(body, None, json=False))
        return Answer(status=None, seconds=max(seconds, deadline), late=True)

    def _awaited(self, number: str, deadline: float) -> dict[str, Any] | None:
        """The acknowledgement of an envelope; None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._acks[number] is not None, deadline)
            return self._acks.pop(number)

    def _sent(self, envelope: dict[str, Any]) -> bool:
        """Whether some connection took the envelope: any of them, and another if one has just closed."""
        lines = self._open()
        secrets.SystemRandom().shuffle(lines)
        for line in lines:
            try:
                line.socket.send(dumps(envelope))
            except ConnectionClosed:
                self._leave(line)
            else:
                return True
        return False

    def _take(self, frame: str | bytes) -> None:
        """Note an acknowledgement, over whichever connection it comes; a late or wrong one counts for nothing."""
        with suppress(ValueError):
            said = loads(frame)
            number = said.get("envelope_id") if isinstance(said, dict) else None
            with self._changed:
                if isinstance(number, str) and number in self._acks:
                    self._acks[number] = said
                    self._changed.notify_all()


def _goodbye(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}
