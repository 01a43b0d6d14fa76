"""Connections to an Exchange server: one request at a time on each, sent once, answered within a deadline.

The scheme of the sign-in follows the server's own offer. NTLM is preferred: it signs in a connection once, so that a
password changed in mid-run is noticed by one new connection and not by every request under way. New connections sign
in one after the other, and after one refusal no other is tried; a connection that ended while it lay idle is not
quietly made again by the library below, which would sign in once a thread.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from io import RawIOBase
from typing import Any, NoReturn

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.poolmanager import PoolManager

from engine.account import Account, Transport
from engine.connectors.exchange.errors import AnswerLostError, TooLargeError, sign_in_refused
from engine.connectors.exchange.soap import envelope, refuse_old
from engine.connectors.network import CONNECT_TIMEOUT, Endpoint, Network
from engine.errors import Cause, FatalError, RetryableError, Side, SignInError

CHUNK = 64 * 1024
LARGEST_REFUSAL = 64 * 1024           # bytes of a 401
LARGEST_ANSWER = 64 * 1024 * 1024     # bytes; a page of 512 tags has about half of one
SHORTEST_DEADLINE = 20.0              # seconds
FIRST_ANSWER = 5.0                    # seconds, of a server that nobody has spoken to yet
SLOWEST_LINE = 200_000                # bytes a second that a line must carry
TRANSIENT = frozenset({408, 440, 456, 500, 502, 503, 504})
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "User-Agent": "OMM for Slack"}
WARM_UP = envelope(
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="root"/></m:FolderIds></m:GetFolder>',
    version=b"Exchange2007_SP1",    # so that a server that is too old answers, and says which it is
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    content: bytes


class ConnectionGoneError(Exception):
    """The connection ended while it lay idle. Nothing of the request was sent."""


class PinnedAdapter(HTTPAdapter):
    """Connects to the address that was checked, while TLS and the Host header keep the name. Holds one connection.

    Once `sealed` it connects no more: a connection that has ended raises ConnectionGoneError instead.
    """

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext) -> None:
        self.endpoint = endpoint
        self.sealed = False
        self.sending = FIRST_ANSWER     # seconds that sending a request may stand still
        self.socket: socket.socket | None = None
        self.over = False               # time is: what connects now is closed at once
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """One manager whose connections all go to the pinned address."""
        manager = PoolManager(*args[:1], maxsize=1, block=True, ssl_context=self._context)
        manager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": _pinned(HTTPConnection, self)}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": _pinned(HTTPSConnection, self)}),
        }
        self.poolmanager = manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context verifies, always."""

    def cut(self) -> None:
        """Ends the connection under whoever waits for it, and any that comes about from now on."""
        self.over = True
        if self.socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)   # past TLS, which another thread is using


    def build_response(self, *args: Any) -> requests.Response:
        """As requests does, with an end."""
        response = super().build_response(*args)
        response.__class__ = _Response
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
                raise AnswerLostError("The destination sends too much.", cause=Cause.WRONG_PROTOCOL)
            yield piece


def _pinned(base: type[HTTPConnection], adapter: PinnedAdapter) -> type[HTTPConnection]:
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
            if self.sock is None:
                self.connect()
            # urllib3 sends under the time-out of connecting, which a large request outlasts on a slow line.
            self.timeout = adapter.sending
            self.sock.settimeout(adapter.sending)
            super().request(*args, **kwargs)

    return Pinned


class _Session(requests.Session):
    """A session with its one adapter, that looks at nothing but the answer it got."""

    def __init__(self, adapter: PinnedAdapter) -> None:
        super().__init__()
        self.pinned = adapter
        self.trust_env = False
        self.headers.update(HEADERS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

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


class Sessions:
    """A pool of connections to one mailbox; grows as it is used by more threads."""

    def __init__(
        self, account: Account, password: str, network: Network, *, shortest_deadline: float = SHORTEST_DEADLINE
    ) -> None:
        self._shortest_deadline = shortest_deadline
        self._account = account
        self._password = password
        self._network = network
        self._context = network.tls(Side.DESTINATION)
        self._endpoint: Endpoint | None = None
        self._scheme: str | None = None
        self._ahead = timedelta()
        self._refused: SignInError | None = None
        self._idle: list[_Session] = []      # the one used last comes last, and is used next
        self._signing_in = False
        self._changed = threading.Condition()
        scheme = "http" if account.transport is Transport.PLAINTEXT else "https"
        host = f"[{account.host}]" if ":" in account.host else account.host
        self.url = f"{scheme}://{host}:{account.port}{account.path}"

    def __repr__(self) -> str:
        return f"Sessions({self._account.url})"

    def deadline(self, size: int) -> float:
        """Seconds that a request of `size` bytes may take until its answer is there."""
        return self._shortest_deadline + size / SLOWEST_LINE

    def post(self, body: bytes | RawIOBase, size: int) -> bytes:
        """Sends one request once. Raises FatalError, RetryableError (AnswerLostError), RefusedError."""
        deadline = self.deadline(size)
        session = self._take()
        try:
            answer = self._send_or_close(session, body, deadline)
        except ConnectionGoneError:
            session = self._another()
            answer = self._send_or_close(session, body, deadline)
        session.pinned.sealed = True
        self._give(session)
        return self._judge(answer)

    def _send_or_close(self, session: _Session, body: bytes | RawIOBase, deadline: float) -> Answer:
        try:
            return self._send(session, body, deadline)
        except BaseException:
            session.close()
            raise

    def close(self) -> None:
        """Ends every idle connection."""
        with self._changed:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def offer(self) -> set[str]:
        """The sign-in schemes that the server offers; asked without a login. Raises what stands in the way."""
        with self._new_session() as session:
            return self._offered(session)

    def _offered(self, session: _Session) -> set[str]:
        answer = self._send(session, WARM_UP, FIRST_ANSWER)
        offered = {
            part.strip().split(" ")[0].lower()
            for part in answer.headers.get("WWW-Authenticate", "").split(",")
        }
        if answer.status == 200:
            raise _no_ews()
        if answer.status != 401:
            _raise_for_status(answer)
        if not offered & {"ntlm", "basic"}:
            raise FatalError(
                "The destination server offers no sign-in with a password that is known here (NTLM or Basic), "
                f"but {', '.join(sorted(offered - {''}))[:80] or 'none at all'}.",
                cause=Cause.SIGN_IN, side=Side.DESTINATION,
            )
        return offered

    def use(self, scheme: str) -> None:
        """Signs in by that scheme from now on."""
        self._scheme = scheme
        self._refused = None
        self.close()

    @property
    def scheme(self) -> str | None:
        """The scheme in use, None before the first sign-in."""
        return self._scheme

    def _take(self) -> _Session:
        """An idle connection, or a new one. Whoever waits for a turn to sign in takes what becomes idle meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._signing_in)
            if self._refused is not None:
                raise self._refused
            if self._idle:
                return self._idle.pop()
            self._signing_in = True
        return self._signed_in()

    def _another(self) -> _Session:
        """A new one in the place of one that has ended: others that are idle will have ended too."""
        with self._changed:
            self._changed.wait_for(lambda: not self._signing_in)
            if self._refused is not None:
                raise self._refused
            self._signing_in = True
        return self._signed_in()

    def _give(self, session: _Session) -> None:
        with self._changed:
            self._idle.append(session)
            self._changed.notify()

    def _signed_in(self) -> _Session:
        """Signs in, and gives up the turn to do so that its caller has taken."""
        try:
            session = self._new_session()
            try:
                if self._scheme is None:
                    self._scheme = "ntlm" if "ntlm" in self._offered(session) else "basic"
                session.auth = self._auth()
                self._warm_up(session)
            except BaseException:
                self._endpoint = None       # its name may lead elsewhere by now
                session.close()
                raise
            self._endpoint = session.pinned.endpoint
            return session
        finally:
            with self._changed:
                self._signing_in = False
                self._changed.notify_all()

    def _warm_up(self, session: _Session) -> None:
        """Connects, proves the certificate and signs in with a request that changes nothing."""
        try:
            refuse_old(self._judge(self._send(session, WARM_UP, FIRST_ANSWER)))
        except AnswerLostError as error:
            raise RetryableError(str(error), cause=error.cause, back_off=error.back_off) from None

    def _new_session(self) -> _Session:
        if self._endpoint is None:
            self._endpoint = self._network.endpoint(self._account.host, self._account.port, Side.DESTINATION)
        return _Session(PinnedAdapter(self._endpoint, self._context))

    def _auth(self) -> AuthBase:
        login, password = self._account.login, self._password
        try:
            basic = HTTPBasicAuth(login.encode(), password.encode())
        except UnicodeEncodeError:
            raise sign_in_refused(login) from None
        if not password:    # requests_ntlm would look for another one on this machine
            raise sign_in_refused(login)
        if self._scheme == "ntlm":
            from engine.connectors.exchange.ntlm import Ntlm  # noqa: PLC0415 - costs 50 ms where nobody asks for it

            # Without a domain the whole address is the user name: a backslash in front keeps it in one piece.
            return Ntlm(login if "\\" in login else f"\\{login}", password)
        return basic

    def _send(self, session: _Session, body: bytes | RawIOBase, deadline: float) -> Answer:
        until = time.monotonic() + deadline
        session.pinned.sending, session.pinned.over = deadline, False
        with _cut_after(deadline, session.pinned):
            try:
                response = session.post(
                    self.url, data=body, timeout=(CONNECT_TIMEOUT, deadline), allow_redirects=False, stream=True
                )
                with response:
                    content = b"".join(_chunks(response, until))
            except requests.RequestException as error:
                raise _transport_error(error, self._account.host, late=time.monotonic() >= until) from None
            except PermissionError:   # requests_ntlm: the server broke off the NTLM exchange
                raise sign_in_refused(self._account.login) from None
            except OSError:
                raise AnswerLostError("The connection to the destination broke.", cause=Cause.UNREACHABLE) from None
        if time.monotonic() >= until:   # what was cut off may look like an answer
            raise AnswerLostError("The destination took too long to answer.", cause=Cause.TIMEOUT)
        self._note_time(response.headers.get("Date"))
        return Answer(response.status_code, response.headers, content)

    def _note_time(self, date: str | None) -> None:
        """How far the server's clock is ahead of ours (RFC 9110 6.6.1: Date has whole seconds)."""
        try:
            said = parsedate_to_datetime(date or "")
            self._ahead = said.replace(tzinfo=said.tzinfo or UTC) - datetime.now(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            return

    def now(self) -> datetime:
        """The server's own time, UTC, as its last answer told."""
        return datetime.now(UTC) + self._ahead

    def _judge(self, answer: Answer) -> bytes:
        status = answer.status
        if status == 200 or (status == 500 and b"Fault>" in answer.content[-400:]):
            if b"<" not in answer.content[:200] or b"html" in answer.content[:200].lower():
                raise AnswerLostError("The destination answered with a page instead of data: it may be in maintenance.")
            return answer.content
        if status == 401:
            self._refused = sign_in_refused(self._account.login)
            raise self._refused
        return _raise_for_status(answer)


def _raise_for_status(answer: Answer) -> NoReturn:
    status = answer.status
    if status == 403:
        raise FatalError("The destination server does not let this account in.", cause=Cause.FORBIDDEN,
                         side=Side.DESTINATION)
    if status in (413, 507):
        raise TooLargeError("larger than the destination takes")
    if status == 429:
        raise RetryableError("The destination is busy.", back_off=_retry_after(answer))
    if status in TRANSIENT or "genericerrorpage" in answer.headers.get("Location", ""):
        raise AnswerLostError(f"The destination answered with an error ({status}).", back_off=_retry_after(answer))
    raise _no_ews()


def _no_ews() -> FatalError:
    return FatalError(
        "There is no Exchange Web Service at this address. The address usually ends with /EWS/Exchange.asmx",
        cause=Cause.NO_EWS, side=Side.DESTINATION,
    )


def _retry_after(answer: Answer) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


@contextmanager
def _cut_after(seconds: float, adapter: PinnedAdapter) -> Iterator[None]:
    """Ends the connection when the time is over: a server that sends byte after byte outlasts every other time-out."""
    timer = threading.Timer(seconds, adapter.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _chunks(response: requests.Response, until: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if time.monotonic() > until or size > LARGEST_ANSWER:
            raise AnswerLostError("The destination took too long to answer.", cause=Cause.TIMEOUT)
        yield chunk


def _broke_off(error: BaseException) -> bool:
    """Whether a TLS error is a connection that ended, and not a certificate or a handshake that failed."""
    return any(word in repr(error) for word in ("SSLEOFError", "SSLZeroReturnError", "ConnectionReset", "BAD_LENGTH"))


def _transport_error(error: requests.RequestException, host: str, *, late: bool) -> Exception:
    where, what = host[:100], repr(error)
    if isinstance(error, requests.exceptions.SSLError) and not _broke_off(error):
        return _tls_error(where, what)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return RetryableError(f"{where} does not answer.", cause=Cause.TIMEOUT)
    if "NewConnectionError" in what:
        return RetryableError(f"{where} cannot be reached.", cause=Cause.UNREACHABLE)
    if isinstance(error, requests.exceptions.Timeout) or late:
        return AnswerLostError(f"{where} did not answer in time.", cause=Cause.TIMEOUT)
    if "BadStatusLine" in what:
        return AnswerLostError(f"{where} does not answer as a web server does.", cause=Cause.WRONG_PROTOCOL)
    return AnswerLostError(f"The connection to {where} broke.", cause=Cause.UNREACHABLE)


def _tls_error(where: str, what: str) -> FatalError:
    if any(word in what for word in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")):
        words, cause = f"{where} does not speak TLS on this port.", Cause.WRONG_PROTOCOL
    elif "CERTIFICATE_VERIFY_FAILED" in what or "CertificateError" in what:
        words, cause = f"The certificate of {where} cannot be trusted.", Cause.TLS
    else:
        words, cause = f"No safe connection to {where} could be agreed on.", Cause.TLS
    return FatalError(words, cause=cause, side=Side.DESTINATION)
