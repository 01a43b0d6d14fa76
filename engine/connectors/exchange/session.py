"""Connections to an Exchange server: one request at a time on each, sent once, answered within a deadline.

The scheme of the sign-in follows the server's own offer. NTLM is preferred: it signs in a connection once, so that a
password changed in mid-run is noticed by one new connection and not by every request under way. New connections sign
in one after the other, and after one refusal no other is tried; a connection that ended while it lay idle is not
quietly made again by the library below, which would sign in once a thread.

A server, or what stands before it, may break connections that are used again. After two such breaks, or where answers
say that their connection ends, each request has a connection of its own, where Basic is spoken: NTLM signs in a
connection, and cannot do without several requests on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Set
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from io import RawIOBase
from typing import TypeVar

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests.cookies import get_cookie_header

from engine.connectors.exchange import schemes
from engine.connectors.exchange.acting import Acting
from engine.connectors.exchange.errors import AnswerLostError, ReuseBrokenError, sign_in_refused
from engine.connectors.exchange.pinned import FIRST_ANSWER, ConnectionGoneError, PinnedAdapter, PinnedSession
from engine.connectors.exchange.soap import envelope, refuse_old
from engine.connectors.exchange.statuses import Answer, Says, no_ews, raise_for_status, says
from engine.connectors.exchange.transport import transport_error
from engine.connectors.exchange.watch import WATCH
from engine.connectors.network.pinning import CONNECT_TIMEOUT, Endpoint, Network
from engine.credentials import Credential, credential_of
from engine.errors import Cause, RetryableError, Side, SignInError
from engine.migration.account import Account
from engine.systems import Transport

CHUNK = 64 * 1024
LARGEST_ANSWER = 64 * 1024 * 1024     # bytes; a page of 512 tags has about half of one
SHORTEST_DEADLINE = 20.0              # seconds
SLOWEST_LINE = 200_000                # bytes a second that a line must carry
LARGEST_PASSED = 256 * 1024 * 1024    # bytes of an answer that is not kept in memory
T = TypeVar("T")
Through = Callable[[Iterator[bytes]], Iterator[bytes]]      # of an answer's pieces as they come, what is to be kept
MOST_BROKEN = 2                       # connections that broke when they were reused, before none is reused any more
A_PAGE = "The {} answered with a page instead of data: it may be in maintenance."
WARM_UP = envelope(
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="root"/></m:FolderIds></m:GetFolder>',
    version=b"Exchange2007_SP1",    # so that a server that is too old answers, and says which it is
)


class Sessions:
    """A pool of connections to one mailbox; grows as it is used by more threads."""

    def __init__(
        self, account: Account, credential: Credential | str, network: Network, *, side: Side = Side.DESTINATION,
        shortest_deadline: float = SHORTEST_DEADLINE,
    ) -> None:
        """`side` is the one of the migration that the mailbox is on, for the words of errors."""
        self.side = side
        self._shortest_deadline = shortest_deadline
        self._account = account
        self._acting = Acting(account)
        self._credential = credential_of(credential)
        self._network = network
        self._context = network.tls()
        self._endpoint: Endpoint | None = None
        self._scheme: str | None = None
        self._ahead = timedelta()
        self._offers: frozenset[str] = frozenset()      # schemes, as the server offered them
        self._refused: SignInError | None = None
        self._worked = False                # EWS has answered at this address
        self._cookies: set[str] = set()     # names of those that the server has set
        self._keeps = True                  # the server kept the connection of its last answer
        self._broken = 0                    # connections that broke when they were reused
        self._idle: list[PinnedSession] = []      # the one used last comes last, and is used next
        self._signing_in = False
        self._changed = threading.Condition()
        scheme = "http" if account.transport is Transport.PLAINTEXT else "https"
        host = f"[{account.host}]" if ":" in account.host else account.host
        self.url = f"{scheme}://{host}:{account.port}{account.path}"

    def __repr__(self) -> str:
        return f"Sessions({self._account.url})"

    @property
    def owner(self) -> str:
        """Whose mailbox it is: the address or login by which it was named."""
        return self._account.owner

    def deadline(self, size: int) -> float:
        """Seconds that a request of `size` bytes may take until its answer is there."""
        return self._shortest_deadline + size / SLOWEST_LINE

    def post(self, body: bytes | RawIOBase, size: int, through: Through | None = None) -> bytes:
        """Sends one request once. Raises FatalError, RetryableError (AnswerLostError), RefusedError.

        `through` begins anew each time it is called. `size` is of the request or its answer, whichever is longer.
        """
        deadline = self.deadline(size)
        self._acting.check(body)
        session = self._take()
        try:
            answer = self._send_or_close(session, body, deadline, through)
        except ConnectionGoneError:
            session = self._another()
            answer = self._send_or_close(session, body, deadline, through)
        if self._worked and says(answer, worked=True) is Says.FORBIDDEN:
            session.close()
            self._give(self._another())     # raises when this account is not let in any more
            raise AnswerLostError(f"The {self.side} answered with an error ({answer.status}).")
        self._give(session)
        return self._judge(answer, size)

    def ask(self, body: bytes, *, size: int = 0, through: Through | None = None) -> bytes:
        """As `post`, for what only reads: asked again at once when a connection broke because it was reused."""
        size = max(size, len(body))
        for _ in range(MOST_BROKEN):
            try:
                return self.post(body, size, through)
            except ReuseBrokenError:
                continue
        return self.post(body, size, through)

    @property
    def _each_alone(self) -> bool:
        """True: every request has a connection of its own."""
        return (self._broken >= MOST_BROKEN or not self._keeps) and self._scheme == "basic"

    def _send_or_close(
        self, session: PinnedSession, body: bytes | RawIOBase, deadline: float, through: Through | None = None
    ) -> Answer:
        try:
            return self._send(session, self._acting.written(body), deadline, through)
        except BaseException as error:
            session.close()
            if isinstance(error, ReuseBrokenError):
                with self._changed:
                    self._broken += 1
            raise

    def close(self) -> None:
        """Ends every idle connection."""
        with self._changed:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def trust(self) -> None:
        """Takes it from the caller that EWS has answered at this address before, in another process perhaps."""
        self._worked = True

    def offer(self) -> Set[str]:
        """The sign-in schemes that the server offers; asked without a login. Raises what stands in the way."""
        with self._new_session() as session:
            return self._offered(session)

    def _offered(self, session: PinnedSession) -> Set[str]:
        answer = self._send(session, WARM_UP, FIRST_ANSWER)
        if answer.status == 200:
            raise AnswerLostError(A_PAGE.format(self.side)) if self._worked else no_ews(self.side)
        if answer.status != 401:
            raise_for_status(answer, worked=self._worked, side=self.side)
        self._offers = schemes.offered(answer.headers.get("WWW-Authenticate", ""), self.side)
        return self._offers

    def use(self, scheme: str) -> None:
        """Signs in by that scheme from now on."""
        self._scheme = scheme
        self._refused = None
        self.close()

    def let_in(self, ask: Callable[[], T], *, tries: int) -> T:
        """What `ask` returns, the first request. A server that refuses NTLM is asked once by Basic, if it offers that.

        A proxy in front of a server can make NTLM fail for a password that is right. `tries` is how many refusals the
        account may have. Raises SignInError, which says how many there were, and what `ask` raises.
        """
        try:
            return ask()
        except SignInError as error:
            refusals = error.times
            if self._scheme == "basic" or "basic" not in self._offers or refusals >= tries:
                raise
        self.use("basic")
        try:
            return ask()
        except SignInError as error:
            error.times += refusals
            raise

    @property
    def scheme(self) -> str | None:
        """The scheme in use, None before the first sign-in."""
        return self._scheme

    @property
    def bound(self) -> bool:
        """True: a sign-in names the certificate of its TLS connection."""
        return self._scheme != "basic" and self._account.transport is not Transport.PLAINTEXT

    def cookies(self) -> dict[str, bool]:
        """The names of the cookies that the server has set; True: the next request on that connection sends it back."""
        request = requests.Request("POST", self.url).prepare()
        with self._changed:
            headers = [get_cookie_header(session.cookies, request) or "" for session in self._idle]  # type: ignore[no-untyped-call]  # has none
        kept = {part.partition("=")[0].strip() for header in headers for part in header.split(";")}
        return {name: name in kept for name in sorted(self._cookies)}

    def _take(self) -> PinnedSession:
        """An idle connection, or a new one. Whoever waits for a turn to sign in takes what becomes idle meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._signing_in)
            if self._refused is not None:
                raise self._refused
            if self._idle:
                return self._rested(self._idle.pop())
            alone = self._each_alone
            self._signing_in = not alone
        return self._unproved() if alone else self._signed_in()

    def _rested(self, session: PinnedSession) -> PinnedSession:
        """One that lay idle; it begins anew where connections break when they are reused."""
        if self._each_alone:
            session.hang_up()
        return session

    def _unproved(self) -> PinnedSession:
        """One that has not signed in: its first request does that too."""
        session = self._new_session()
        session.auth = self._auth()
        return session

    def _another(self) -> PinnedSession:
        """A new one in the place of one that has ended: others that are idle will have ended too."""
        with self._changed:
            self._changed.wait_for(lambda: not self._signing_in)
            if self._refused is not None:
                raise self._refused
            self._signing_in = True
        return self._signed_in()

    def _give(self, session: PinnedSession) -> None:
        session.pinned.sealed = True
        with self._changed:
            self._idle.append(session)
            self._changed.notify()

    def _signed_in(self) -> PinnedSession:
        """Signs in, and gives up the turn to do so that its caller has taken."""
        try:
            if self._scheme is not None:
                return self._proved(self._new_session())
            return self._first_signed_in(self.offer())
        finally:
            with self._changed:
                self._signing_in = False
                self._changed.notify_all()

    def _first_signed_in(self, offered: Set[str]) -> PinnedSession:
        """Signs in by what the server offers: by Basic where it does not take NTLM up, as behind some proxies."""
        self._scheme = schemes.preferred(offered)
        session = self._new_session()
        try:
            return self._proved(session)
        except SignInError:
            if self._scheme == "basic" or session.pinned.challenged:
                raise
            if "basic" not in offered:
                self._refused = None
                raise schemes.not_taken_up(self._scheme, self.side) from None
        self._scheme, self._refused = "basic", None     # nobody has looked at the password yet
        return self._proved(self._new_session())

    def _proved(self, session: PinnedSession) -> PinnedSession:
        try:
            session.auth = self._auth()
            self._warm_up(session)
        except BaseException:
            self._endpoint = None       # its name may lead elsewhere by now
            session.close()
            raise
        self._endpoint = session.pinned.endpoint
        return session

    def _warm_up(self, session: PinnedSession) -> None:
        """Connects, proves the certificate and signs in with a request that changes nothing."""
        try:
            answer = self._judge(self._send(session, self._acting.written(WARM_UP), FIRST_ANSWER))
            refuse_old(answer, self.side)
            self._acting.check_right(answer, self.side)
        except AnswerLostError as error:
            raise RetryableError(str(error), cause=error.cause, back_off=error.back_off) from None

    def _new_session(self) -> PinnedSession:
        if self._endpoint is None:
            self._endpoint = self._network.endpoint(self._account.host, self._account.port, self.side)
        session = PinnedSession(PinnedAdapter(self._endpoint, self._context, self.side))
        session.headers.update(self._acting.headers)
        return session

    def _auth(self) -> AuthBase:
        login, password = self._account.login, self._credential.secret()
        try:
            basic = HTTPBasicAuth(login.encode(), password.encode())
        except UnicodeEncodeError:
            raise sign_in_refused(login, side=self.side) from None
        if not password:    # requests_ntlm would look for another one on this machine
            raise sign_in_refused(login, side=self.side)
        if self._scheme != "basic":
            from engine.connectors.exchange.ntlm import Ntlm  # noqa: PLC0415 - costs 50 ms where nobody asks for it

            # Without a domain the whole address is the user name: a backslash in front keeps it in one piece.
            return Ntlm(login if "\\" in login else f"\\{login}", password, self.side)
        return basic

    def _send(
        self, session: PinnedSession, body: bytes | RawIOBase, deadline: float, through: Through | None = None
    ) -> Answer:
        until = time.monotonic() + deadline
        session.pinned.sending, session.pinned.over = deadline, False
        # A server that sends byte after byte outlasts every other time-out.
        with WATCH.after(deadline, session.pinned.cut):
            try:
                response = session.post_again(self.url, body, connecting=CONNECT_TIMEOUT, answering=deadline)
                with response:
                    chunks = self._chunks(response, until, LARGEST_PASSED if through else LARGEST_ANSWER)
                    content = b"".join(through(chunks) if through else chunks)
            except requests.RequestException as error:
                late, handed_over = time.monotonic() >= until, session.pinned.handed_over
                found = transport_error(error, self._account.host, late=late, handed_over=handed_over, side=self.side)
                raise session.blamed(found) from None
            except PermissionError:   # requests_ntlm: the server broke off the NTLM exchange
                raise sign_in_refused(self._account.login, side=self.side) from None
            except OSError:
                broke = AnswerLostError(f"The connection to the {self.side} broke.", cause=Cause.UNREACHABLE)
                raise session.blamed(broke) from None
        if time.monotonic() >= until:   # what was cut off may look like an answer
            raise AnswerLostError(f"The {self.side} took too long to answer.", cause=Cause.TIMEOUT)
        session.answers += 1
        self._cookies |= {line.partition("=")[0].strip() for line in response.raw.headers.getlist("Set-Cookie")}
        if response.status_code == HTTPStatus.OK:
            self._keeps = response.headers.get("Connection", "").lower() != "close"     # RFC 9112 9.6
        self._note_time(response.headers.get("Date"))
        return Answer(response.status_code, response.headers, content)

    def _chunks(self, response: requests.Response, until: float, most: int) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if time.monotonic() > until or size > most:
                raise AnswerLostError(f"The {self.side} took too long to answer.", cause=Cause.TIMEOUT)
            yield chunk

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

    def _judge(self, answer: Answer, size: int = len(WARM_UP)) -> bytes:
        status = answer.status
        if status == 200 or (status == 500 and b"Fault>" in answer.content[-400:]):
            if b"<" not in answer.content[:200] or b"html" in answer.content[:200].lower():
                raise AnswerLostError(A_PAGE.format(self.side))
            self._worked = True
            return answer.content
        if status == 401:
            raise self._refusal()
        return raise_for_status(answer, worked=self._worked, size=size, side=self.side)

    def _refusal(self) -> SignInError:
        """The refusal that all connections share; it counts what the server has counted."""
        with self._changed:
            if self._refused is None:
                self._refused = sign_in_refused(self._account.login, bound=self.bound, side=self.side)
            else:
                self._refused.times += 1
            return self._refused
