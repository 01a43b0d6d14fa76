"""Signed requests to the app, and how long it took to answer.

docs.slack.dev/authentication/verifying-requests-from-slack: HMAC-SHA256 of `v0:timestamp:body` in
X-Slack-Signature. docs.slack.dev/apis/events-api: retries carry X-Slack-Retry-Num and X-Slack-Retry-Reason.
"""

import hashlib
import hmac
import http.client
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from emulators.slack.settings import Clock, Tamper

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app answered; `status` is None when it did not, or not in time."""

    status: int | None
    body: bytes = b""
    content_type: str = ""
    no_retry: bool = False
    seconds: float
    late: bool = False


class Delivery(Protocol):
    """A way to the app: requests to its url, or Socket Mode."""

    def post(self, body: bytes, *, json: bool, deadline: float, tamper: Tamper = "none",
             retry: tuple[int, str] | None = None) -> Answer:
        """Deliver the body of a request once; `retry` is its number and its reason."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Slack-Signature."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class Sender:
    """Posts to one request url."""

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        """`secret` is the signing secret that the app was given."""
        self.url, self._secret, self._clock = url, secret, clock

    def headers(self, body: bytes, *, tamper: Tamper = "none") -> dict[str, str]:
        """The signed headers of a body; with `tamper` they are such that the app must refuse them."""
        age = 301 if tamper == "old" else 0
        stamp = "soon" if tamper == "not_a_number" else str(int(self._clock()) - age)
        secret = "0" * 32 if tamper == "wrong_secret" else self._secret
        signed = body + b"&more=1" if tamper == "changed_body" else body
        held = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, signed)}
        missing = {"no_signature": "X-Slack-Signature", "no_timestamp": "X-Slack-Request-Timestamp"}.get(tamper)
        return {name: value for name, value in held.items() if name != missing}

    def post(self, body: bytes, *, json: bool, deadline: float, tamper: Tamper = "none",
             retry: tuple[int, str] | None = None) -> Answer:
        """Deliver once. After `deadline` seconds the connection is cut, as Slack does."""
        headers = self.headers(body, tamper=tamper) | {
            "Content-Type": _JSON if json else _FORM, "Accept": "*/*",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        begun, waited = self._clock(), time.monotonic()
        try:
            status, held, kind, no_retry = self._send(body, headers, deadline)
        except OSError:
            late = time.monotonic() - waited >= deadline
            return Answer(status=None, seconds=max(self._clock() - begun, deadline * late), late=late)
        except http.client.HTTPException:
            return Answer(status=None, seconds=self._clock() - begun)
        seconds = self._clock() - begun
        if seconds > deadline:
            return Answer(status=None, seconds=seconds, late=True)
        return Answer(status=status, body=held, content_type=kind, no_retry=no_retry, seconds=seconds)

    def _send(self, body: bytes, headers: dict[str, str], deadline: float) -> tuple[int, bytes, str, bool]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=deadline)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return (answer.status, answer.read(), answer.headers.get_content_type(),
                    answer.headers.get("X-Slack-No-Retry") == "1")
        finally:
            connection.close()
