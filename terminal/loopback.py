"""The browser's way back to a command: an address of this machine that takes one answer and no other.

RFC 8252 §7.3; developers.google.com/identity/protocols/oauth2/native-app, "Loopback IP address".
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from engine.store.vault import Secret

HOST = "127.0.0.1"
REQUEST = 10.0          # seconds that a request may take to come
LONGEST_LINE = 8192     # bytes of an address
HEADERS = {
    "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Connection": "close",
}
DONE = "You can close this window. The command in your terminal goes on."
REFUSED = "You can close this window. The command in your terminal says how it ended."
NOTHING = "There is nothing here."


@dataclass(frozen=True, slots=True)
class Back:
    """What a browser brought: a code, or why there is none, as Google calls it."""

    code: Secret
    error: str = ""


class WayBack:
    """Waits for the browser. `address` is where it comes back to, `state` what it must bring."""

    def __init__(self) -> None:
        self.state = secrets.token_urlsafe(32)
        self._came = threading.Event()
        self._lock = threading.Lock()
        self._back: Back | None = None
        self._server = _Server((HOST, 0), self)
        self.address = f"http://{HOST}:{self._server.server_port}/"

    def wait(self, seconds: float) -> Back | None:
        """What came; None: nothing did in that time."""
        self._came.wait(seconds)
        with self._lock:
            return self._back

    def taken(self, host: str, target: str) -> str | None:
        """What the page says to the one request that is waited for; None to any other, and to a second one like it."""
        parts = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items() if len(values) == 1}
        ours = host == self.address[len("http://"):-1] and parts.path == "/"
        if not ours or not hmac.compare_digest(given.get("state", "").encode(), self.state.encode()):
            return None
        if not (given.get("code") or given.get("error")):
            return None
        with self._lock:
            if self._back is not None:
                return None
            self._back = Back(Secret(given.get("code", "")), "" if given.get("code") else given["error"])
        self._came.set()
        return DONE if given.get("code") else REFUSED

    def start(self) -> None:
        """Begins to listen, on this machine alone."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Ends, once whoever came was answered."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def way_back() -> Iterator[WayBack]:
    """A way back, open until the context ends."""
    made = WayBack()
    made.start()
    try:
        yield made
    finally:
        made.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False      # who has been let in is answered before the command goes on
    allow_reuse_address = False

    def __init__(self, at: tuple[str, int], waits: WayBack) -> None:
        self.waits = waits
        super().__init__(at, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever breaks off is nobody's business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST

    def do_GET(self) -> None:
        """The answer of Google's page, or somebody who only looks what is here."""
        words = None
        if len(self.path) <= LONGEST_LINE:
            words = self.server.waits.taken(self.headers.get("Host", ""), self.path)
        self._say(404 if words is None else 200, NOTHING if words is None else words)

    def do_HEAD(self) -> None:
        """A scanner: it takes nothing away."""
        self._say(404, "")

    def _say(self, status: int, words: str) -> None:
        page = f"<!doctype html><title>OMM</title><p>{words}</p>".encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    def version_string(self) -> str:
        """Which program this is need not be known."""
        return "OMM"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the address holds a code."""
