"""Connections to one checked address, each under its host's name: what the libraries below need to be told for that."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.cookiejar import Cookie
from io import RawIOBase
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.poolmanager import PoolManager

from engine.connectors.exchange.errors import AnswerLostError, ReuseBrokenError
from engine.connectors.network.pinning import Endpoint
from engine.errors import Cause, Side

LARGEST_REFUSAL = 64 * 1024           # bytes of a 401
FIRST_ANSWER = 5.0                    # seconds, of a server that nobody has spoken to yet
CHALLENGE = "TlRMTVNTUAAC"      # begins an NTLM challenge in base64: signature and type 2 [MS-NLMP] 2.2.1.2
INSIDE = re.compile("Negotiate [A-Za-z0-9+/=]")      # a challenge inside of SPNEGO
OF_A_BODY = ("Content-Length", "Transfer-Encoding")
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "User-Agent": "OMM for Slack"}


class ConnectionGoneError(Exception):
    """The connection ended while it lay idle. Nothing of the request was sent."""


class PinnedAdapter(HTTPAdapter):
    """Connects to the address that was checked, while TLS and the Host header keep the name. Holds one connection.

    Once `sealed` it connects no more: a connection that has ended raises ConnectionGoneError instead.
    """

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext, side: Side = Side.DESTINATION) -> None:
        self.side = side
        self.endpoint = endpoint
        self.sealed = False
        self.sending = FIRST_ANSWER     # seconds that sending a request may stand still
        self.socket: socket.socket | None = None
        self.over = False               # time is: what connects now is closed at once
        self.challenged = False         # by NTLM: before that no password was looked at
        self.handed_over = False        # the last byte of the request: before that no server carries it out
        self._context = context
        self._pool: Any | None = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """One manager whose connections all go to the pinned address."""
        manager = PoolManager(*args[:1], maxsize=1, block=True, ssl_context=self._context)
        manager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": pinned(HTTPConnection, self)}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": pinned(HTTPSConnection, self)}),
        }
        self.poolmanager = manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context verifies, always."""

    def certificate(self) -> bytes | None:
        """The certificate of the server at the other end of the connection, DER; None without TLS."""
        return self.socket.getpeercert(binary_form=True) if isinstance(self.socket, ssl.SSLSocket) else None

    def cut(self) -> None:
        """Ends the connection under whoever waits for it, and any that comes about from now on."""
        self.over = True
        self.end()

    def end(self) -> None:
        """Ends the connection for the server as well, whoever may still hold its socket: an error's traceback, say."""
        if self.socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)   # past TLS, which another thread may be using

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool of the one address; requests would look for it anew at each request."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def request_url(self, request: requests.PreparedRequest, _proxies: Any = None) -> str:
        """The path and the query: no request goes through a proxy."""
        return f"/{request.path_url.lstrip('/')}"

    def close(self) -> None:
        """Lets go of the connection. urllib3 closes what is in a pool when nothing holds the pool."""
        self._pool = None
        super().close()

    def hang_up(self) -> None:
        """Ends the connection; the next request makes its own."""
        self.close()
        self.end()
        self.sealed = False

    def build_response(self, request: requests.PreparedRequest, raw: Any) -> requests.Response:
        """As requests does, with an end, and without cookies: the session takes these from `raw`."""
        response = _Response()
        response.status_code, response.reason = raw.status, raw.reason
        response.headers = raw.headers      # which ignores case, as that of requests does
        response.raw, response.request, response.url = raw, request, str(request.url)
        response.connection = self      # where the NTLM library looks for it
        offered = response.headers.get("WWW-Authenticate", "")
        self.challenged |= CHALLENGE in offered or bool(INSIDE.search(offered))
        return response


class _Response(requests.Response):
    """Of a 401 the NTLM library reads the whole body, before anybody has signed in: not without end."""

    def iter_content(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """The body in pieces. Raises AnswerLostError when a refusal is longer than any is."""
        size = 0
        for piece in super().iter_content(*args, **kwargs):
            size += len(piece)
            if size > LARGEST_REFUSAL and self.status_code == HTTPStatus.UNAUTHORIZED:
                self.close()
                raise AnswerLostError(f"The {self.connection.side} sends too much.", cause=Cause.WRONG_PROTOCOL)  # type: ignore[attr-defined]  # our adapter
            yield piece


def pinned(base: type[HTTPConnection], adapter: PinnedAdapter) -> type[HTTPConnection]:
    class Pinned(base):  # type: ignore[misc, valid-type]  # the base is a parameter
        timeout: Any    # seconds, as every request of ours gives them

        def _new_conn(self) -> socket.socket:
            """To the first of the checked addresses that takes a connection; it goes first from then on."""
            addresses = adapter.endpoint.tried
            for address in addresses[:-1]:
                with suppress(NewConnectionError, ConnectTimeoutError):
                    return self._dialled(address, self.timeout / len(addresses))
            return self._dialled(addresses[-1], self.timeout / len(addresses))

        def _dialled(self, address: str, seconds: float) -> socket.socket:
            whole, self.timeout = self.timeout, seconds
            try:
                with _dialling(self, address):
                    made: socket.socket = super()._new_conn()
            finally:
                self.timeout = whole
            made.settimeout(whole)
            adapter.endpoint = adapter.endpoint.first(address)
            return made

        def connect(self) -> None:
            if adapter.sealed:
                raise ConnectionGoneError
            super().connect()
            adapter.socket = self.sock
            if adapter.over:
                self.close()
                raise TimeoutError

        def request(self, *args: Any, **kwargs: Any) -> None:
            adapter.handed_over = False
            if self.sock is None:
                self.connect()
            # urllib3 sends under the time-out of connecting, which a large request outlasts on a slow line.
            self.timeout = adapter.sending
            self.sock.settimeout(adapter.sending)
            super().request(*args, **kwargs)
            adapter.handed_over = True

    return Pinned


class _Cookies(RequestsCookieJar):
    """Cookies, looked for only in answers that set some."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Takes what the answer sets."""
        if "Set-Cookie" in response.info():
            super().extract_cookies(response, request)


class PinnedSession(requests.Session):
    """A session with its one adapter, that looks at nothing but the answer it got. For one thread at a time."""

    def __init__(self, adapter: PinnedAdapter) -> None:
        super().__init__()
        self.pinned = adapter
        self.cookies = _Cookies()
        self._sent_back: list[Cookie] = []
        self._prepared: tuple[str, object, requests.PreparedRequest] | None = None
        self.answers = 0            # on this connection
        self.trust_env = False
        self.headers.update(HEADERS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def post_again(
        self, url: str, body: bytes | RawIOBase, *, connecting: float, answering: float
    ) -> requests.Response:
        """The answer to a POST, unread; the time-outs are in seconds. Raises what `post` of requests does.

        What is the same for each request of a session is prepared once.
        """
        request = self._prepared_for(url)
        for name in OF_A_BODY:      # requests would leave them as they are
            request.headers.pop(name, None)
        request.prepare_body(body, None)
        self._put_cookies_in(request)
        try:
            return self.send(
                request, stream=True, timeout=(connecting, answering), verify=True, cert=None, proxies={},
                allow_redirects=False,
            )
        finally:
            request.body = None     # it may be large, and the session may lie idle for long

    def _put_cookies_in(self, request: requests.PreparedRequest) -> None:
        """Gives it the cookies that the server has set, as long as they last."""
        valid = [one for one in self.cookies if not one.is_expired()]
        if valid != self._sent_back:
            self._sent_back = valid
            request.headers.pop("Cookie", None)
            request.prepare_cookies(self.cookies)

    def _prepared_for(self, url: str) -> requests.PreparedRequest:
        """A request with the session's headers and its sign-in, for a body to be put in."""
        if self._prepared is None or self._prepared[:2] != (url, self.auth):
            self._prepared = url, self.auth, self.prepare_request(requests.Request("POST", url))
        return self._prepared[2]

    def hang_up(self) -> None:
        """Ends the connection between two requests; the next one makes its own. Cookies stay (a server's affinity)."""
        self.pinned.hang_up()
        self.answers = 0

    def close(self) -> None:
        """Ends the connection for good."""
        super().close()
        self.pinned.end()

    def blamed(self, error: Exception) -> Exception:
        """The error of a connection that broke; a ReuseBrokenError when it had answered before."""
        if isinstance(error, AnswerLostError) and error.cause is Cause.UNREACHABLE and self.answers:
            return ReuseBrokenError(str(error), cause=error.cause)
        return error

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect's whole body and take its Location apart, wherever it leads."""


@contextmanager
def _dialling(connection: HTTPConnection, address: str) -> Iterator[None]:
    named = connection._dns_host   # urllib3 has no public way to dial another address than the name's
    connection._dns_host = address
    try:
        yield
    finally:
        connection._dns_host = named   # TLS verifies this name
