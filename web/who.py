"""Who is before a page, as Slack has said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Response


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody in Slack: the ID of the workspace and theirs. `until` is when they have to sign in again (UTC)."""

    team: str
    user: str
    until: datetime | None = None


class SignIn(Protocol):
    """What tells who is before a page."""

    def who(self) -> SignedIn | None:
        """Whoever this request's browser has signed in as; None: nobody yet, or too long ago."""
        ...

    def begin(self, back: str) -> Response:
        """Sends the browser to Slack, to sign in and come back to `back`, a path of ours."""
        ...
