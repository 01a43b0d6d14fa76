"""Questions to Google's interfaces, as the owner of an account. Reading changes nothing, so each may be asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import uniform
from typing import Any, TypeVar

import requests

from engine.clock import utc_now
from engine.connectors.google.access import refusals
from engine.connectors.google.access.bearing import bearing
from engine.connectors.google.access.credentials import Scoped
from engine.connectors.google.rest import denials
from engine.connectors.google.rest.answers import LARGEST, Answer, TooLargeError, body_of, parsed, pieces_of, whole
from engine.connectors.google.rest.interfaces import Interface
from engine.connectors.google.rest.pace import Pace
from engine.connectors.google.rest.pages import every_page
from engine.connectors.google.rest.photos import is_googles
from engine.connectors.network.attempts import attempts
from engine.credentials import Credential
from engine.errors import FatalError, OmmError, RefusedError, RetryableError

T = TypeVar("T")
Json = Mapping[str, Any]
# Seconds: Google asks for waits that double each time (developers.google.com/workspace/calendar/api/guides/quota). When
# they are over the engine waits on, with a patience of its own; it would ask for a listing from its first page again.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
SPREAD = 1.25           # several workers do not ask again at the same moment
LONGEST_WAIT = 60.0     # seconds; where Google names a longer one, the engine does
PICTURE_TIME = 60.0     # seconds
PAGE_SIZES = ("maxResults", "pageSize")     # what asks for so many entries a page
SMALLER = 8             # times, where a page is too large


class PageTooOldError(Exception):
    """The listing that the asked-for page is of has to begin again."""


class Asking:
    """Asks as one account. Safe to use from many threads."""

    def __init__(
        self, url: str, session: Callable[[], requests.Session], credential: Credential, *, stop: threading.Event,
        waits: Sequence[float] = WAITS, largest: int = LARGEST,
    ) -> None:
        """`url` is where Google's interfaces are, without a slash at its end; `session` trusts and reaches them.

        `waits` are the seconds before the second question and those after it, where Google is busy; `largest` is how
        many bytes an answer may have.
        """
        self._url, self._session, self._credential, self._stop = url, session, credential, stop
        self._waits = tuple(wait * uniform(1, SPREAD) for wait in waits)        # noqa: S311 - no secret
        self._largest = largest
        self._paces = {interface: Pace(interface.about.a_minute) for interface in Interface}
        self._of_thread = threading.local()

    def __repr__(self) -> str:
        return f"Asking({self._credential!r})"

    def one(self, interface: Interface, path: str, **query: Any) -> Json:
        """The answer to a GET of that path, which begins with a slash.

        Parameters that are None are left out; a list is repeated. Raises FatalError, LaterError, RetryableError where
        Google stays busy, GoneError and RefusedError.
        """
        try:
            return self._asked(interface, path, query)
        except PageTooOldError:
            raise RefusedError("Google has forgotten this page of its answer.") from None

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        """Everything that stands under `items` in all pages of an answer, each once.

        A listing whose page Google has forgotten begins again, and with smaller pages one whose page is too large.
        Raises as `one`, and RetryableError where that brings no end.
        """
        sizes = {name: value for name, value in query.items() if name in PAGE_SIZES and isinstance(value, int)}

        def page(token: str | None) -> Json | None:
            try:
                return self._asked(interface, path, {**query, **sizes, "pageToken": token})
            except PageTooOldError:
                return None
            except TooLargeError:
                if all(size == 1 for size in sizes.values()):
                    raise
                sizes.update({name: max(1, size // SMALLER) for name, size in sizes.items()})
                return None
        return every_page(page, items)

    def fetched(self, url: str, *, largest: int, once: bool = False) -> bytes:
        """What is at an address that Google has named, without the owner's token; b"" where it is not there.

        `once`: True: it is not asked for again where it cannot be had. Raises RetryableError, and RefusedError for more
        than `largest` bytes or what is not Google's.
        """
        if not is_googles(url, self._url):
            raise RefusedError("It lies outside of Google.")
        for number in attempts(self._stop, self._waits):
            try:
                return self._picture(url, largest)
            except RetryableError as error:
                if once or self._is_enough(error, number):
                    raise
        raise AssertionError

    def streamed(
        self, interface: Interface, path: str, take: Callable[[Iterator[bytes]], T], **query: Any
    ) -> T:
        """What `take` makes of the pieces of an answer; asked once. Raises FatalError, RetryableError, RefusedError."""
        self._paces[interface].wait(self._stop)
        with self._session_for(interface).get(
            interface.url(self._url) + path, params={name: _spelt(value) for name, value in query.items()},
            headers={"Accept": "application/json"}, allow_redirects=False, stream=True,
        ) as response:
            if response.status_code != requests.codes.ok:
                raise self._meaning(interface, body_of(response, self._stop, self._largest))
            return take(pieces_of(response, self._stop))

    def _picture(self, url: str, largest: int) -> bytes:
        """Raises RetryableError, RefusedError."""
        try:
            with self._session() as session, session.get(url, allow_redirects=False, stream=True) as answer:
                status = answer.status_code
                if status == denials.TOO_MANY or status >= requests.codes.server_error:
                    raise RetryableError(f"Google does not give it now (status {status}).")
                if status != requests.codes.ok:
                    return b""
                body = whole(answer, largest, PICTURE_TIME, self._stop)
        except FatalError as error:
            raise RefusedError(str(error)) from None
        if len(body) > largest:
            raise RefusedError("It is larger than OMM takes.")
        return body

    # One question

    def _asked(self, interface: Interface, path: str, query: Mapping[str, Any]) -> Json:
        """The answer. Raises as `one`, and PageTooOldError."""
        given = {name: _spelt(value) for name, value in query.items() if value is not None}
        for number in attempts(self._stop, self._waits):
            self._paces[interface].wait(self._stop)
            try:
                return self._answered(interface, path, given)
            except RetryableError as error:
                if self._is_enough(error, number):
                    raise
                self._paces[interface].hold(error.back_off or self._waits[number - 1])
        raise AssertionError

    def _is_enough(self, error: RetryableError, number: int) -> bool:
        """True: it is not asked again here, after so many times."""
        return number > len(self._waits) or self._stop.is_set() or (error.back_off or 0) > LONGEST_WAIT

    def _answered(self, interface: Interface, path: str, given: Mapping[str, Any]) -> Json:
        answer = self._got(interface, path, given)
        if answer.status == requests.codes.ok:
            return parsed(answer)
        if answer.status == requests.codes.unauthorized:
            raise refusals.token_not_taken(interface.about.holds, delegated=isinstance(self._credential, Scoped))
        if denials.is_page_too_old(answer.status, answer.told, has_token="pageToken" in given):
            raise PageTooOldError
        raise self._meaning(interface, answer)

    def _meaning(self, interface: Interface, answer: Answer) -> OmmError:
        return denials.meaning(interface, answer.status, answer.told, back_off=answer.back_off, now=utc_now())

    def _got(self, interface: Interface, path: str, given: Mapping[str, Any]) -> Answer:
        session = self._session_for(interface)
        with session.get(
            interface.url(self._url) + path, params=given, headers={"Accept": "application/json"},
            allow_redirects=False, stream=True,
        ) as response:
            return body_of(response, self._stop, self._largest)

    def _session_for(self, interface: Interface) -> requests.Session:
        """The thread's own. A service account has a token for each interface: a domain may delegate some of them."""
        credential, name = self._credential, ""
        if isinstance(credential, Scoped):
            credential, name = credential.for_scopes(interface.about.scopes), interface.value
        held: dict[str, requests.Session] = self._of_thread.__dict__
        if name not in held:
            held[name] = bearing(credential, self._session())
        return held[name]


def _spelt(value: Any) -> Any:
    """As Google reads parameters: true and false as JSON has them (developers.google.com/discovery/v1/type-format)."""
    if isinstance(value, list | tuple):
        return [_spelt(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value
