"""Requests to the web door as Slack signs them, with whatever a test puts into them."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
from urllib.parse import urlsplit

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signed(body: bytes, stamp: str) -> str:
    """Slack's own recipe."""
    said = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()


def post(url: str, body: bytes, *, kind: str = FORM, stamp: str = "", signature: str = "") -> int:
    """The status of a request with those headers; signed well unless they say otherwise."""
    stamp = stamp or str(int(time.time()))
    headers = {
        "Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or signed(body, stamp)
    }
    return status(url, "POST", body, {name: value.encode("latin-1") for name, value in headers.items()})


def status(url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, bytes] | None = None) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, parts.path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()
