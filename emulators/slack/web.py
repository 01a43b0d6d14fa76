"""The HTTP side: the Web API, response_urls, files, the control interface and the page, on one loopback port.

Requests are taken only under a loopback name, and acts only from the page's own origin: a web page elsewhere, or
a name that is made to point here, cannot drive the workspace.
"""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.listening import Listening
from emulators.slack.api import Api, Reply
from emulators.slack.control import Commands
from emulators.slack.page.routes import Page, add_page
from emulators.slack.page.signing_in import add_signing_in
from emulators.slack.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOOPBACK = ("127.0.0.1", "localhost")
_SERVED = "emulators.slack"     # in a request's environment


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a request line is nobody's business."""


def _sent(reply: Reply) -> Response:
    if reply.drop:
        held = request.environ.get("werkzeug.socket")
        if isinstance(held, socket.socket):
            held.shutdown(socket.SHUT_RDWR)
    return Response(reply.body, reply.status, reply.headers)


def _guard() -> None:
    if urlsplit(f"//{request.host}").hostname not in _LOOPBACK:
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        abort(403)


@dataclass(frozen=True, slots=True)
class Served:
    """What one emulator answers with; put into the environment of each of its requests."""

    state: State
    api: Api
    commands: Commands
    page: Page

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers one request (PEP 3333)."""
        environ[_SERVED] = self
        return _application()(environ, start_response)


def served(state: State, api: Api, commands: Commands) -> Served:
    """The WSGI application of one emulator."""
    return Served(state, api, commands, Page(state, commands.acts))


def _at() -> Served:
    found: Served = request.environ[_SERVED]
    return found


@cache
def _application() -> Flask:
    """The addresses, for every emulator of this process: to compile them takes longer than most tests."""
    app = Flask("emulators.slack.page", template_folder="templates", static_folder="static")
    app.before_request(_guard)
    _add_api(app)

    @app.post("/control/<verb>")
    def control(verb: str) -> Response:
        if request.mimetype != "application/json":
            abort(415)
        status, held = _at().commands.answer(verb, request.get_json())
        return Response(json.dumps(held), status, mimetype="application/json")

    add_page(app, lambda: _at().page)
    add_signing_in(app, lambda: _at().api.openid)
    return app


def _add_api(app: Flask) -> None:
    """Put what the app itself calls into an application."""
    @app.post("/api/<name>")
    def call(name: str) -> Response:
        return _sent(_at().api.call(name, request.headers.get("Authorization", ""),
                                    request.headers.get("Content-Type", ""), request.get_data()))

    @app.get("/api/<name>")
    def call_without_body(name: str) -> Response:
        return _sent(_at().api.call(name, request.headers.get("Authorization", ""), "", request.query_string))

    @app.post("/response/<path:number>")
    def respond(number: str) -> Response:
        return _sent(_at().api.respond(number, request.headers.get("Content-Type", ""), request.get_data()))

    @app.get("/files/<number>")
    def download(number: str) -> Response:
        return _sent(_at().api.download(number, request.headers.get("Authorization", "")))

    @app.post("/upload/<number>")
    def upload(number: str) -> Response:
        state = _at().state
        with state.lock:
            taken = state.receive(number, request.get_data())
        return Response("OK" if taken else "not this file, or not all of it", 200 if taken else 400)


class Server:
    """Serves one application on 127.0.0.1 in threads of its own."""

    def __init__(self, app: Served, port: int) -> None:
        """Bind; port 0 takes any free one."""
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True      # type: ignore[attr-defined]  # of the threaded server that this is
        self.port = self._server.server_port
        self._listening: Listening | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._listening = Listening(self._server, "slack")

    def stop(self) -> None:
        """Stop listening; harmless the second time."""
        if self._listening is not None:
            self._listening.stop()
            self._listening = None
        self._server.server_close()
