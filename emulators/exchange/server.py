"""The web server: HTTP/1.1 on the loopback, one thread a connection, the raw socket at hand for faults."""

import contextlib
import socket
import ssl
import struct
import threading
import time
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, TCPServer, ThreadingMixIn
from typing import Any

from emulators.exchange import access, autodiscover, introduced, wsdl
from emulators.exchange.auth import Accounts, Binding, NtlmHandshake, channel_binding, offers
from emulators.exchange.faults import Fault, Framing
from emulators.exchange.service import OPERATIONS, Reply, Service
from emulators.exchange.settings import RANK

_PATH = "/ews/exchange.asmx"
_BLOCK = 1 << 20
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    """A moment as the Date header has it (RFC 9110 5.6.7)."""
    return formatdate(second, usegmt=True)


class EwsServer(ThreadingMixIn, TCPServer):
    """Listens on 127.0.0.1 only."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service, accounts: Accounts, port: int, tls: tuple[Path, Path] | None) -> None:
        """Bind; `tls` is (certificate chain, key)."""
        self.service, self.accounts = service, accounts
        self._tls = None
        self.binding: bytes | None = None       # of a TLS connection to here
        if tls is not None:
            self.binding = channel_binding(tls[0].read_bytes())
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*tls)
        self._open: set[socket.socket] = set()
        self._opening = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; a TLS handshake waits for the connection's own thread."""
        connection, peer = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._opening:
            self._open.add(connection)
        return connection, peer

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        with self._opening:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here; our own bugs end in `schema_faults`."""

    def cut_all(self) -> None:
        """Cut every connection."""
        with self._opening:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection; NTLM lives as long as it does."""

    server: EwsServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = None

    def __init__(self, request: Any, client_address: Any, server: BaseServer) -> None:
        """Nobody has signed in yet."""
        self._ntlm: NtlmHandshake | None = None
        self._address: str | None = None        # whom NTLM has let in
        self._known: str | None = None          # whom Basic has let in, noted once
        self._requests = 0                      # on this connection
        super().__init__(request, client_address, server)

    def setup(self) -> None:
        """Shake hands, when the connection is TLS."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing on standard error."""

    def version_string(self) -> str:
        """What IIS calls itself."""
        return self.server.service.settings.server.iis

    def do_GET(self) -> None:
        """A browser at the endpoint or beside it: sign-in first, then a page about the service, or its description."""
        if autodiscover.is_asked(self.path):        # anonymous
            self._discover()
            return
        path, service = self.path.partition("?")[0].lower(), self.server.service
        if path != _PATH:
            known = introduced.offered(OPERATIONS, service.settings.server.rank)
            described = wsdl.document(path, service.schema.directory, known)
            if described is None:
                self._send(404)
            elif self._signed_in() is not None:
                self._send(200, described, {"Content-Type": "text/xml"})
        elif self._signed_in() is not None:
            self._send(200, b"<HTML><HEAD><TITLE>Service</TITLE></HEAD><BODY/></HTML>",
                       {"Content-Type": "text/html; charset=UTF-8"})

    def _discover(self) -> None:
        """Autodiscover V2, as a fault wants it."""
        board = self.server.service.board
        for fault in board.strike("Autodiscover", by_name=True):
            if fault.action == "delay":
                time.sleep(fault.seconds)
            elif fault.action == "hold":
                board.hold(fault.name)
            elif fault.action == "status":
                self._send(fault.status, fault.body.encode(), fault.headers)
                return
            elif fault.action in ("drop", "reset"):
                self._vanish(reset=fault.action == "reset")
                return
        told = self.server.service.discover(self.path, self._origin())
        self._send(told.status, told.body, told.headers)

    def _origin(self) -> str:
        """Our own origin, as the client reached it."""
        scheme = "https" if self.server.binding is not None else "http"
        host, port = self.server.server_address[:2]
        return f"{scheme}://{self.headers.get('Host') or f'{host!s}:{port}'}"

    def do_POST(self) -> None:
        """A request; what is too large, unknown or unsigned is answered before EWS sees it."""
        self._requests += 1
        body = self._body()
        if body is None:        # IIS request filtering comes before authentication
            self.close_connection = True
            self._send(self.server.service.settings.oversize_status, headers={"Connection": "close"})
            return
        if self.path.partition("?")[0].lower() != _PATH:
            self._send(404)
            return
        address = self._signed_in()
        if address is None:
            return
        if not access.admits(self.server.service.settings, address, self.headers.get("User-Agent", "")):
            self._send(403)
            return
        if not self.headers.get("Content-Type", "").lower().startswith("text/xml"):
            self._send(415)
            return
        self._deliver(self.server.service.answer(address, body, reused=self._requests > 1))

    def _body(self) -> bytes | None:
        """The request's body; None, with the rest read and thrown away, when it is too large."""
        limit = self.server.service.settings.max_request_bytes
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks(limit)
        length = int(self.headers.get("Content-Length") or 0)
        if length > limit:
            while length > 0 and (block := self.rfile.read(min(_BLOCK, length))):
                length -= len(block)
            return None
        return self.rfile.read(length)

    def _chunks(self, limit: int) -> bytes | None:
        pieces, size = [], 0
        while True:
            length = int(self.rfile.readline().partition(b";")[0] or b"0", 16)
            piece = self.rfile.read(length)
            self.rfile.readline()
            size += length
            if size <= limit:
                pieces.append(piece)
            if length == 0:
                return b"".join(pieces) if size <= limit else None

    # -- signing in -------------------------------------------------------------------------------

    def _signed_in(self) -> str | None:
        """The mailbox address of the signed-in user; None when a 401 has been sent."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        settings = self.server.service.settings
        schemes = tuple(settings.auth)
        usable = scheme.lower() == "ntlm" or (scheme.lower() == "negotiate" and settings.negotiate_ntlm)
        if usable and scheme.lower() in schemes:
            return self._sign_in_ntlm(scheme, token.strip())
        if scheme.lower() == "basic" and "basic" in schemes:
            return self._sign_in_basic(token.strip())
        if not scheme and self._address is not None:
            return self._address
        self._refuse()
        return None

    def _sign_in_basic(self, token: str) -> str | None:
        user, address = self.server.accounts.basic(token)
        if address is None:
            self._known = None
            self.server.accounts.note(user, accepted=False)
            self._refuse()
        elif self._known != user:
            self._known = user
            self.server.accounts.note(user, accepted=True)
        return address

    def _sign_in_ntlm(self, scheme: str, token: str) -> str | None:
        if self._ntlm is None:
            binding = Binding(self.server.service.settings.extended_protection, self.server.binding)
            self._address, self._ntlm = None, NtlmHandshake(self.server.accounts, binding)
        challenge, address, user = self._ntlm.step(token)
        if challenge is not None:
            self._send(401, headers={"WWW-Authenticate": f"{scheme} {challenge}"})
            return None
        self._ntlm, self._address = None, address
        self.server.accounts.note(user, accepted=address is not None)
        if address is None:
            self._refuse()
        return address

    def _refuse(self) -> None:
        schemes = tuple(self.server.service.settings.auth)
        self._write(self._head(401, {"Content-Length": "0"}, offers(schemes, "127.0.0.1")))

    # -- answering --------------------------------------------------------------------------------

    def _send(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """An answer that is not EWS's, with its length."""
        self._write(self._head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body)

    def _head(self, status: int, headers: Mapping[str, str], challenges: list[str] | None = None) -> bytes:
        """The status line and the headers of a real server."""
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}", "Cache-Control: private",
                 f"Server: {self.version_string()}", "X-Powered-By: ASP.NET", f"Date: {_date(int(time.time()))}",
                 *self._proxied()]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if not self.server.service.settings.keep_alive:
            self.close_connection = True
            lines += [] if "Connection" in headers else ["Connection: close"]
        lines += [f"WWW-Authenticate: {challenge}" for challenge in challenges or ()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _proxied(self) -> list[str]:
        """What the front end adds, which came with 2013 ("Exchange architecture")."""
        if self.server.service.settings.server.rank < RANK["Exchange2013"]:
            return []
        return [f"request-id: {uuid.uuid4()}", "X-CalculatedBETarget: exchange.invalid", "X-DiagInfo: EXCHANGE",
                "X-BEServer: EXCHANGE", "X-FEServer: EXCHANGE"]

    def _write(self, data: bytes) -> None:
        self.connection.sendall(data)

    def _deliver(self, reply: Reply) -> None:
        """Send a reply as its fault wants it.

        The request is on record before the client can see its end: whoever has the answer, or has lost it,
        finds it there.
        """
        fault = reply.fault
        if fault is not None and fault.action in ("drop", "reset"):
            self.server.service.record(reply, answered=False)
            self._vanish(reset=fault.action == "reset")
            return
        if fault is not None and fault.action == "status":
            self.close_connection |= fault.headers.get("Connection", "").lower() == "close"
            self.server.service.record(reply, answered=True)
            self._send(reply.status, reply.body, reply.headers)
            return
        if fault is not None and fault.action == "cut":
            self._cut(reply, fault)
        else:
            self._stream(reply)

    def _ews_head(self, reply: Reply, framing: Framing, length: int) -> bytes:
        """The head of an EWS answer whose body of `length` bytes is framed this way."""
        framed = {"chunked": {"Transfer-Encoding": "chunked"}, "length": {"Content-Length": str(length)},
                  "close": {"Connection": "close"}}[framing]
        self.close_connection |= framing == "close"
        return self._head(reply.status, {
            **framed, "Content-Type": "text/xml; charset=utf-8",
            "x-EwsHandler": reply.operation, "X-BackEndHttpStatus": str(reply.status),
            "Set-Cookie": f"exchangecookie={uuid.uuid4().hex}; path=/; HttpOnly"})

    def _cut(self, reply: Reply, fault: Fault) -> None:
        """Promise the whole answer and send a part of it."""
        whole = len(reply.body)
        size = f"{whole:x}\r\n".encode() if fault.framing == "chunked" else b""
        self._write(self._ews_head(reply, fault.framing, whole) + size + reply.body[:min(fault.bytes, whole - 1)])
        self.server.service.record(reply, answered=False)
        self._vanish(reset=False)

    def _stream(self, reply: Reply) -> None:
        body, fault = reply.body, reply.fault
        framing: Framing = "chunked"
        if fault is not None and fault.action == "truncate":
            body, framing = body[:fault.bytes], fault.framing
        head = self._ews_head(reply, framing, len(body))
        if fault is not None and fault.action == "hold":
            part, body = body[:fault.bytes], body[fault.bytes:]
            self._write(head + _chunk(part))
            self.server.service.board.hold(fault.name)
            head = b""
        self.server.service.record(reply, answered=True)
        self._write(head + (_chunk(body) + b"0\r\n\r\n" if framing == "chunked" else body))

    def _vanish(self, *, reset: bool) -> None:
        """Close the connection under the client: with FIN, or with RST."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        self.rfile.close()
        self.wfile.close()
        self.connection.close()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""
