"""Beginnings: a sign-in that a browser has begun and not finished. It is in a cookie, and nowhere else.

The cookie is a secret of 256 random bits, the time, and where the sign-in leads back to. Slack is given two digests of
all three: the state, and the nonce (OpenID Connect Core 1.0, 15.5.2). So whoever knows the address that Slack sends a
browser to has not the cookie, and a cookie of which anything was changed belongs to no state.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from bot.stored.web_sessions import LASTS

# A path of ours: no second slash or backslash, which browsers take for another host (WHATWG URL, 4.4).
OURS = re.compile(r"/(?![/\\])[A-Za-z0-9._~%!$&'()*+,;=:@/?-]{0,1000}")
COOKIE = re.compile(r"[A-Za-z0-9_-]{43}\.(?P<time>[0-9]{1,10})\.(?P<back>[A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A sign-in that has begun. `cookie` is its value, `back` a path of ours, and it is good until then (UTC)."""

    cookie: str
    back: str
    until: datetime

    @property
    def state(self) -> str:
        """What Slack gives back in the address."""
        return _digest("state", self.cookie)

    @property
    def nonce(self) -> str:
        """What Slack repeats in its token."""
        return _digest("nonce", self.cookie)

    @property
    def name(self) -> str:
        """What its cookie is called."""
        return name_of(self.state)


def begun(back: str, now: datetime) -> Beginning:
    """A new one. Raises ValueError unless `back` is a path of ours."""
    if not OURS.fullmatch(back):
        raise ValueError("a sign-in leads back to a path of ours alone")
    written = urlsafe_b64encode(back.encode()).decode().rstrip("=")
    cookie = f"{secrets.token_urlsafe(32)}.{int(now.timestamp())}.{written}"
    return Beginning(cookie, back, now + LASTS)


def found(cookie: str, state: str) -> Beginning | None:
    """The sign-in of that state, which this cookie has begun; None where it has not."""
    parts = COOKIE.fullmatch(cookie)
    if parts is None or not secrets.compare_digest(_digest("state", cookie), _ascii(state)):
        return None
    try:
        back = urlsafe_b64decode(parts["back"] + "=" * (-len(parts["back"]) % 4)).decode()
    except ValueError:
        return None
    if not OURS.fullmatch(back):
        return None
    return Beginning(cookie, back, datetime.fromtimestamp(int(parts["time"]), UTC) + LASTS)


def name_of(state: str) -> str:
    """What the cookie for that state is called: each has its own, for a browser may begin several at once."""
    return f"omm-sign-in-{_digest('name', state)[:16]}"


def _digest(purpose: str, secret: str) -> str:
    return sha256(f"{purpose} {secret}".encode(errors="replace")).hexdigest()


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
