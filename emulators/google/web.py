"""The HTTP side: pages, token endpoint, APIs and the control interface, on one loopback port, with TLS or without.

Requests are taken only under a loopback name, and what is pressed or controlled only from the emulator's own origin.
"""

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from emulators.google.authorization import Authorization
from emulators.google.calls import FORM, Call, bearer, parsed, single
from emulators.google.clients import LOOPBACK
from emulators.google.control import Commands
from emulators.google.errors import ApiError, OAuthError
from emulators.google.exchange import TokenEndpoint
from emulators.google.id_token import configuration, keys
from emulators.google.identity import introspected, token_info, user_info, user_info_v2
from emulators.google.methods import all_methods
from emulators.google.page.consent import Pages
from emulators.google.replies import PROXY, Reply, as_json, broken_by, refused
from emulators.google.rest.documents import Method, routed
from emulators.google.shapes import ShapeError
from emulators.google.state import State
from emulators.listening import Listening

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SERVED = "emulators.google"     # in a request's environment
INTROSPECTION = ("token", "token_type_hint", "client_id", "client_secret")      # the last two from Dovecot, empty


class Served:
    """What one emulator answers with; put into the environment of each of its requests."""

    def __init__(self, state: State, commands: Commands) -> None:
        """Its parts share one state."""
        self.state, self.commands = state, commands
        self.authorization = Authorization(state)
        self.tokens = TokenEndpoint(state, self.authorization)
        self.pages, self.room = Pages(state, self.authorization), all_methods(state)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers one request (PEP 3333)."""
        environ[_SERVED] = self
        return _application()(environ, start_response)

    def answer(self, call: Call, work: Callable[[], Reply]) -> Reply:
        """The answer to a call, as the faults that hit it want it; the call is on record before it is sent."""
        faults = self.state.board.strike(call.endpoint, call.one("grant_type"), call.method)
        reply = self._struck(call, [one for one in faults if one.when == "before"], None)
        if reply is None:
            reply = self._struck(call, [one for one in faults if one.when == "after"], self._worked(work))
        assert reply is not None
        with self.state.lock:
            self.state.calls.append(replace(call, status=reply.status, at=self.state.clock()))
        return reply

    def _struck(self, call: Call, faults: "list[Any]", reply: Reply | None) -> Reply | None:
        for fault in faults:
            if fault.action == "hold":
                self.state.board.hold(fault.name)
            else:
                reply = broken_by(fault, call.endpoint)
        return reply

    def _worked(self, work: Callable[[], Reply]) -> Reply:
        try:
            with self.state.lock:
                return work()
        except (OAuthError, ApiError) as error:
            return refused(error)
        except ShapeError as error:
            self.state.broken.append(str(error))
            raise


def _at() -> Served:
    found: Served = request.environ[_SERVED]
    return found


def _call(endpoint: str, work: Callable[[Served], Reply], method: str = "") -> Response:
    at = _at()
    query, fields = _query(), _body() if request.mimetype == FORM else {}
    given = {name: query.get(name, []) + fields.get(name, []) for name in (*query, *fields)}
    call = Call(endpoint=endpoint, verb=request.method, path=request.path, parameters=given,
                authorization=request.headers.get("Authorization", ""), method=method)
    reply = at.answer(call, lambda: work(at))
    if reply.drop:
        held = request.environ.get("werkzeug.socket")
        if isinstance(held, socket.socket):
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
    return Response(reply.body, reply.status or 500, dict(reply.headers), content_type=reply.kind)


def _guard() -> None:
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        abort(403)


def _token() -> str:
    return bearer(request.headers.get("Authorization", ""))


def _query() -> dict[str, list[str]]:
    return parsed(request.query_string.decode())


def _body() -> dict[str, list[str]]:
    return parsed(request.get_data(as_text=True))


@cache
def _application() -> Flask:
    """The addresses, for every emulator of this process."""
    app = Flask("emulators.google.page", static_folder="static")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.before_request(_guard)
    _add_consent(app)
    _add_tokens(app)
    _add_identity(app)
    _add_rest(app)

    app.add_url_rule("/favicon.ico", "icon", lambda: Response(status=204))

    @app.post("/control/<verb>")
    def control(verb: str) -> Response:
        if request.mimetype != "application/json":
            abort(415)
        status, held = _at().commands.answer(verb, request.get_json())
        return Response(json.dumps(held), status, mimetype="application/json")

    return app


def _add_consent(app: Flask) -> None:
    for number, path in enumerate(("/o/oauth2/v2/auth", "/o/oauth2/auth")):     # a client's file has the second
        app.add_url_rule(path, f"opened{number}", lambda: _call(
            "auth", lambda at: at.pages.opened(request.query_string.decode())))
        app.add_url_rule(path, f"pressed{number}", lambda: _call("auth", _pressed), methods=["POST"])


def _pressed(at: Served) -> Reply:
    given = request.form
    return at.pages.pressed(given.get("query", ""), given.get("user", ""), given.get("do", ""), given.getlist("scope"))


def _add_tokens(app: Flask) -> None:
    @app.post("/token")
    def token() -> Response:
        if request.query_string:     # RFC 6749, 2.3.1 and 4.1.3: in the body alone
            return _call("token", lambda at: refused(OAuthError("invalid_request", "Parameters belong into the body.")))
        return _call("token", lambda at: as_json(at.tokens.answer(
            _body(), request.content_type or "", request.headers.get("Authorization", ""))))

    @app.post("/revoke")
    def revoke() -> Response:
        return _call("revoke", _revoked)

    @app.post("/introspect")
    def introspect() -> Response:
        return _call("introspect", lambda at: as_json(introspected(at.state, single(
            _body(), INTROSPECTION).get("token", ""))))


def _revoked(at: Served) -> Reply:
    """The token is in the body or in the address (…/oauth2/web-server, "Revoking a token", shows both)."""
    given = single({**_query(), **_body()}, ("token",))
    if not given.get("token"):
        raise OAuthError("invalid_request", "Missing required parameter: token")
    if not at.state.ledger.revoke(given["token"]):
        raise OAuthError("invalid_token", "Token expired or revoked")
    return as_json({})


def _add_identity(app: Flask) -> None:
    verbs = ["GET", "POST"]
    app.add_url_rule("/oauth2/v3/userinfo", "user_info", methods=verbs, view_func=lambda: _call(
        "userinfo", lambda at: as_json(user_info(at.state, _token()))))
    app.add_url_rule("/oauth2/v2/userinfo", "user_info_v2", view_func=lambda: _call(
        "userinfo", lambda at: as_json(user_info_v2(at.state, _token()))))
    app.add_url_rule("/tokeninfo", "token_info", methods=verbs, view_func=lambda: _call(
        "tokeninfo", lambda at: as_json(token_info(at.state, single(
            {**_query(), **_body()}, ("access_token",)).get("access_token", "")))))
    app.add_url_rule("/oauth2/v3/certs", "certs", lambda: _call("certs", lambda _: as_json(keys())))
    app.add_url_rule("/.well-known/openid-configuration", "configuration", lambda: _call(
        "certs", lambda at: as_json(configuration(at.state.base_url))))


def _add_rest(app: Flask) -> None:
    """The paths of all discovery documents, and the files that answers point to."""
    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    for prefix in ("calendar/v3", "v1", "tasks/v1", "gmail/v1"):
        app.add_url_rule(f"/{prefix}/<path:rest>", prefix, lambda rest: _rest(), methods=verbs)
    app.add_url_rule("/contacts/<name>", "files", _file)


def _rest() -> Response:
    path = urlsplit(request.environ["RAW_URI"]).path
    found = routed(request.method, path)
    if found is None:
        return Response(PROXY, 404, content_type="text/html; charset=utf-8")
    method, places = found
    return _call(method.api, lambda at: _answered(at, method, places), method.id)


def _answered(at: Served, method: Method, places: dict[str, str]) -> Reply:
    sent = (request.content_type or "", request.get_data())
    return at.room.answer(method, places, request.query_string.decode(), _token(), sent)


def _file(name: str) -> Response:
    """A photo needs no token, and what follows a = in its name is a size, which nothing here depends on."""
    found = _at().room.files.get(name.partition("=")[0])
    return Response(status=404) if found is None else Response(found[0], content_type=found[1])


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Shake hands in the connection's own thread, when it is TLS."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a request line is nobody's business."""


class _Listener(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, port: int, app: Served, tls: tuple[Path, Path] | None) -> None:
        super().__init__("127.0.0.1", port, app, handler=_Handler)
        if tls is not None:
            self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.ssl_context.load_cert_chain(*tls)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; a TLS handshake waits for the connection's own thread."""
        connection, peer = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.ssl_context is not None:
            connection = self.ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here; our own bugs end in `broken`."""


@dataclass(slots=True)
class Server:
    """Serves one emulator on 127.0.0.1 in threads of its own."""

    listener: _Listener
    listening: Listening | None = None

    def start(self) -> None:
        """Begin to answer."""
        self.listening = Listening(self.listener, "google")

    def stop(self) -> None:
        """Stop listening; harmless the second time."""
        if self.listening is not None:
            self.listening.stop()
            self.listening = None
        self.listener.server_close()


def server(app: Served, port: int, tls: tuple[Path, Path] | None) -> Server:
    """Bind; port 0 takes any free one, `tls` is (certificate chain, key)."""
    return Server(_Listener(port, app, tls))
