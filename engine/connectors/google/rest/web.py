"""Requests to Google's web addresses: verified like every other connection, and sent once.

None is repeated, redirected, or led through a proxy or a .netrc of the environment: they carry tokens.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from engine.connectors.network.pinning import CONNECT_TIMEOUT, Network
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side

ANSWER = 30.0       # seconds
LONGEST_WAIT = 7    # digits of one that a server asks for, in seconds


class Answering(HTTPAdapter):
    """Makes errors of ours of everything that is no answer to the question.

    Raises RetryableError where Google cannot be reached or says "later", FatalError where it is not Google. Who asks
    with `takes_later` gets an answer that says "later" as it is.
    """

    def __init__(self, context: ssl.SSLContext, *, takes_later: bool = False) -> None:
        self._context, self._takes_later = context, takes_later
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections with our own context."""
        super().init_poolmanager(*args, **kwargs | {"ssl_context": self._context})

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context verifies, always."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """The answer, whole."""
        kwargs["timeout"] = (CONNECT_TIMEOUT, ANSWER)
        host = str(urlsplit(request.url or "").hostname)
        response, error = self._sent(request, host, *args, **kwargs)
        error = error or _refusal(response, host, takes_later=self._takes_later)
        if error is not None:
            if response is not None:
                response.close()
            raise error
        assert response is not None
        return response

    def _sent(
        self, request: requests.PreparedRequest, host: str, *args: Any, **kwargs: Any
    ) -> tuple[requests.Response | None, OmmError | None]:
        """Returns the error instead of raising it: the library's own, which is left here, holds the request."""
        try:
            return super().send(request, *args, **kwargs), None
        except requests.exceptions.SSLError:
            words = f"{host} could not prove that it is {host}: OMM does not trust its certificate."
            return None, FatalError(words, cause=Cause.TLS, side=Side.SOURCE)
        except requests.RequestException:
            return None, RetryableError(f"{host} cannot be reached.", cause=Cause.UNREACHABLE)


def _refusal(response: requests.Response | None, host: str, *, takes_later: bool) -> OmmError | None:
    if response is None:
        return None
    if response.is_redirect:
        return FatalError(f"{host} sends requests elsewhere.", cause=Cause.WRONG_PROTOCOL, side=Side.SOURCE)
    if not takes_later and (response.status_code == 429 or response.status_code >= 500):
        return RetryableError(f"{host} is busy (status {response.status_code}).", back_off=back_off(response))
    return None


def back_off(response: requests.Response) -> float | None:
    """For how many seconds the server wants to be left alone; None: it does not say (RFC 9110 §10.2.3)."""
    said = response.headers.get("Retry-After", "").strip()
    if not (said.isascii() and said.isdecimal()):
        return None
    return float(said) if len(said) <= LONGEST_WAIT else float("9" * LONGEST_WAIT)


def prepared(session: requests.Session, network: Network, *, takes_later: bool = False) -> requests.Session:
    """The session, with the ways of this module; `takes_later` as for Answering."""
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, Answering(network.tls(), takes_later=takes_later))
    return session


def session(network: Network, *, takes_later: bool = False) -> requests.Session:
    """A session of one's own for requests to Google's interfaces; `takes_later` as for Answering."""
    return prepared(requests.Session(), network, takes_later=takes_later)
