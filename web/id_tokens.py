"""ID tokens: what Slack says about who has signed in (OpenID Connect Core 1.0, 2 and 3.1.3.7).

The signature is not looked at. The token comes straight from Slack, over a connection whose certificate is checked, and
then the standard lets that certificate vouch for it (3.1.3.7, 6; decision 30).
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from datetime import datetime
from math import nan
from secrets import compare_digest
from typing import Any

from web.who import SignedIn

ISSUER = "https://slack.com"        # as https://slack.com/.well-known/openid-configuration has it
TEAM, USER = f"{ISSUER}/team_id", f"{ISSUER}/user_id"
SKEW = 300      # seconds between our clock and Slack's; as far as signed requests may be apart
SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")


class NotForUsError(Exception):
    """The token is none, or for something else; the words say what is wrong with it, and hold nothing of it."""


def read(token: object, *, client_id: str, nonce: str, now: datetime) -> SignedIn:
    """Who has signed in, by a token for that client and nonce. Raises NotForUsError."""
    claims = _claims(token)
    _check(claims.get("iss") == ISSUER, "another issuer")
    _check(claims.get("aud") in (client_id, [client_id]), "another audience")
    _check(isinstance(claims.get("nonce"), str) and _same(claims["nonce"], nonce), "another nonce")
    _check(now.timestamp() < _number(claims.get("exp")) + SKEW, "it is over")
    _check(_number(claims.get("iat")) <= now.timestamp() + SKEW, "it is of the future")
    team, user = claims.get(TEAM), claims.get(USER)
    if not (isinstance(team, str) and isinstance(user, str) and SLACK_ID.fullmatch(team) and SLACK_ID.fullmatch(user)):
        raise NotForUsError("it names nobody")
    return SignedIn(team, user)


def _claims(token: object) -> dict[str, Any]:
    """The middle one of three parts (RFC 7519, 7.2)."""
    try:
        _header, payload, _signature = str(token).split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise NotForUsError("it cannot be read")
    return claims


def _check(holds: object, wrong: str) -> None:
    if not holds:
        raise NotForUsError(wrong)


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(errors="replace"), other.encode())


def _number(value: object) -> float:
    """NaN, with which every comparison fails, for anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else nan
