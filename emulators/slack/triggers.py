"""Trigger ids and response urls: what an interaction hands to the app, and for how long.

docs.slack.dev/reference/methods/views.open (3 seconds, one use; the three errors) and
docs.slack.dev/interactivity/handling-user-interaction (response_url: 5 uses in 30 minutes).
"""

import secrets
from dataclasses import dataclass

from emulators.slack.settings import Clock


class RefusedError(Exception):
    """The app asked for what it may not; `code` is Slack's error."""

    def __init__(self, code: str, **more: object) -> None:
        """`more` goes into the answer beside `ok` and `error`."""
        super().__init__(code)
        self.code, self.more = code, more


@dataclass(slots=True)
class Trigger:
    """One trigger id: whose it is, and the view it was given in."""

    user: str
    view: str | None
    born: float
    used: bool = False


class Triggers:
    """All trigger ids ever given."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._known: dict[str, Trigger] = {}

    def issue(self, user: str, view: str | None = None) -> str:
        """A new trigger id for a user, from inside a view or from elsewhere."""
        given = f"{secrets.randbelow(10**10)}.{secrets.randbelow(10**11)}.{secrets.token_hex(16)}"
        self._known[given] = Trigger(user, view, self._clock())
        return given

    def look(self, given: str, seconds: float) -> Trigger:
        """The trigger behind an id that may still be used; raises RefusedError."""
        trigger = self._known.get(given)
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if self._clock() - trigger.born > seconds:
            raise RefusedError("expired_trigger_id")
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Where answers through one response_url go."""

    user: str
    channel: str
    ts: str | None              # the message that was interacted with; none for a slash command
    ephemeral: bool
    thread: str | None
    born: float
    uses: int = 0


class ResponseUrls:
    """All response_urls ever given."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._known: dict[str, ResponseUrl] = {}

    def issue(self, user: str, channel: str, *, ts: str | None = None, ephemeral: bool = False,
              thread: str | None = None) -> str:
        """The last part of a new response_url."""
        given = f"{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        self._known[given] = ResponseUrl(user, channel, ts, ephemeral, thread, self._clock())
        return given

    def use(self, given: str, *, uses: int, seconds: float) -> ResponseUrl:
        """Count one use; raises RefusedError with `no_such_url`, `expired_url` or `used_url`."""
        held = self._known.get(given)
        if held is None:
            raise RefusedError("no_such_url")
        if self._clock() - held.born > seconds:
            raise RefusedError("expired_url")
        if held.uses >= uses:
            raise RefusedError("used_url")
        held.uses += 1
        return held
