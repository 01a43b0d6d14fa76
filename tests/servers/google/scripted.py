"""A Google that says what a test wants it to say, and an account that asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engine.connectors.google.rest.answers import LARGEST
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.web import session
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.store.vault import Secret


@dataclass(frozen=True)
class Said:
    """One answer; `length` is the Content-Length, where that is a lie."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True)
class Question:
    """What was asked, and by which token."""

    path: str
    query: Mapping[str, Sequence[str]]
    token: str


Script = Callable[[Question], Said]


def told(value: Any, status: int = 200, **headers: str) -> Said:
    """JSON."""
    return Said(json.dumps(value).encode(), status, {name.replace("_", "-"): text for name, text in headers.items()})


def refusal(status: int, reason: str, **headers: str) -> Said:
    """An error in the older form, with its reason."""
    error = {"code": status, "message": "m", "errors": [{"domain": "usageLimits", "reason": reason, "message": "m"}]}
    return told({"error": error}, status, **headers)


def newer_refusal(status: int, name: str, reason: str, **metadata: str) -> Said:
    """An error in the newer form (google.rpc.ErrorInfo)."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}
    return told({"error": {"code": status, "message": "m", "status": name, "details": [info]}}, status)


class Tokens:
    """A credential whose token is renewed whenever it is refused."""

    def __init__(self) -> None:
        self.renewed = 0

    def secret(self, *, refused: Secret | None = None) -> Secret:
        if refused == f"Bearer token-{self.renewed}":
            self.renewed += 1
        return Secret(f"Bearer token-{self.renewed}")


@dataclass
class Scripted:
    """`script` says what is answered; `asked` is all that was."""

    url: str
    script: Script = lambda _question: told({})
    asked: list[Question] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def says(self, *answers: Said) -> None:
        """Answers one after the other, the last of them for ever."""
        left = list(answers)
        self.script = lambda _question: left.pop(0) if len(left) > 1 else left[0]

    def asking(
        self, credential: Credential | None = None, waits: Sequence[float] = (0.0,) * 5, *, url: str = "",
        largest: int = LARGEST,
    ) -> Asking:
        """An account that asks without waits, at another `url` where one is given."""
        network = Network(trusts_person=True)
        return Asking(
            url or self.url, lambda: session(network, takes_later=True), credential or Tokens(), stop=self.stop,
            waits=waits, largest=largest,
        )


@contextmanager
def scripted_google() -> Iterator[Scripted]:
    """Runs one until the context ends."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            question = Question(parts.path, parse_qs(parts.query), self.headers.get("Authorization", ""))
            held.asked.append(question)
            answer = held.script(question)
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.length is not None

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever asks may go away in the middle of an answer."""

    server = Server(("127.0.0.1", 0), Handler)
    held = Scripted(f"http://127.0.0.1:{server.server_port}")
    running = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    running.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        running.join()
