"""A small app for the emulator to talk to: it keeps what it gets, and answers as a test says."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

SECRET, TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-of-a-test"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Got:
    """One delivery as it came in."""

    body: bytes
    headers: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON of an interaction, or of an event."""
        return json.loads(self.form["payload"] if self.body.startswith(b"payload=") else self.body)

    def is_signed(self, now: float) -> bool:
        """Slack's own recipe, written anew: v0 HMAC-SHA256 over v0:timestamp:body, at most 5 minutes old."""
        stamp, given = self.headers.get("x-slack-request-timestamp", ""), self.headers.get("x-slack-signature", "")
        if not stamp.isdigit() or abs(now - int(stamp)) > 300:
            return False
        signed = f"v0:{stamp}:{self.body.decode()}".encode()
        mac = hmac.new(SECRET.encode(), msg=signed, digestmod=hashlib.sha256)
        return hmac.compare_digest("v0=" + mac.hexdigest(), given)


Respond = Callable[[Got], Any]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Slack hangs up on an app that is late."""


class App:
    """`respond` is asked for each delivery: None (200, empty), a status, a dict (as JSON), or bytes."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.respond: Respond = lambda _: None
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/slack/events"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> App:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(app) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - self is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got = Got(body, {name.lower(): value for name, value in self.headers.items()})
                app.got.append(got)
                said = app.respond(got)
                status = said if isinstance(said, int) else 200
                kind = "application/json" if isinstance(said, dict) else "text/plain"
                held = json.dumps(said).encode() if isinstance(said, dict) else said if isinstance(said, bytes) else b""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(held)))
                self.end_headers()
                self.wfile.write(held)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        return Handler
