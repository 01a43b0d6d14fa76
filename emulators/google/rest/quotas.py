"""How many calls a user and the project may make in a minute and in a day, in quota units.

Where Google's pages give no number there is None: then only a setting limits.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from emulators.google.errors import ApiError
from emulators.google.rest.documents import Method
from emulators.google.rest.refusals import limited
from emulators.google.settings import DAY, Clock, Settings

MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Units in a sliding minute for one user, in one for the project, and in a day for the project."""

    user_minute: int | None
    project_minute: int | None = None
    project_day: int | None = None


QUOTAS: Mapping[str, Quota] = {
    # developers.google.com/workspace/calendar/api/guides/quota: a request is one unit.
    "calendar": Quota(user_minute=600, project_minute=10_000),
    # developers.google.com/workspace/gmail/api/reference/quota, for projects made since May 2026 (before: 15,000).
    "gmail": Quota(user_minute=6_000, project_minute=1_200_000),
    # No page has numbers; the console shows 90 (github.com/MrCaspan/GAS-Gmail-Signature-Templator/pull/1).
    "people": Quota(user_minute=90),
    # developers.google.com/workspace/tasks/limits.
    "tasks": Quota(user_minute=None, project_day=50_000),
}

# developers.google.com/gmail/api/reference/quota, "Per-method quota usage"; others cost most of all.
GMAIL_UNITS: Mapping[str, int] = {
    "users.getProfile": 1, "users.messages.get": 20,
    "users.labels.list": 1, "users.labels.get": 1, "users.labels.create": 5,
    "users.settings.filters.list": 1, "users.settings.filters.get": 1, "users.settings.filters.create": 5,
    "users.settings.filters.delete": 5, "users.settings.getVacation": 1, "users.settings.updateVacation": 5,
    "users.settings.forwardingAddresses.list": 1, "users.settings.forwardingAddresses.get": 1,
    "users.settings.forwardingAddresses.create": 100, "users.settings.forwardingAddresses.delete": 5,
    "users.settings.getAutoForwarding": 1, "users.settings.updateAutoForwarding": 5,
    "users.settings.sendAs.list": 1, "users.settings.sendAs.get": 1,
}
DEAREST = 100


def units(method: Method) -> int:
    """What one call costs."""
    return GMAIL_UNITS.get(method.id.partition(".")[2], DEAREST) if method.api == "gmail" else 1


class _Window:
    """What was used in the last so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._used, self._sum = seconds, deque[tuple[float, int]](), 0

    def fits(self, now: float, cost: int, limit: int | None) -> bool:
        """True: so much more is within the limit."""
        while self._used and self._used[0][0] <= now - self._seconds:
            self._sum -= self._used.popleft()[1]
        return limit is None or self._sum + cost <= limit

    def use(self, now: float, cost: int) -> None:
        self._used.append((now, cost))
        self._sum += cost


class Meter:
    """Counts all calls of all users."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is used yet."""
        self._clock = clock
        self._windows: dict[tuple[str, str, str], _Window] = {}

    def count(self, method: Method, address: str, settings: Settings) -> None:
        """Count a call; raises ApiError, and counts nothing, when a quota does not have so many units left."""
        now, cost, quota = self._clock(), units(method), QUOTAS[method.api]
        places = (("user", address, MINUTE, settings.user_minute.get(method.api, quota.user_minute)),
                  ("project", "", MINUTE, quota.project_minute),
                  ("day", "", DAY, settings.project_day.get(method.api, quota.project_day)))
        windows = []
        for kind, whose, seconds, limit in places:
            window = self._windows.setdefault((method.api, kind, whose), _Window(seconds))
            if not window.fits(now, cost, limit):
                raise exceeded(method.api, kind, limit or 0, settings)
            windows.append(window)
        for window in windows:
            window.use(now, cost)


def exceeded(api: str, kind: str, limit: int, settings: Settings) -> ApiError:
    """How the API says that a quota is used up; `kind` is user, project or day.

    Calendar and Gmail answer 403, or 429 (developers.google.com/workspace/calendar/api/guides/errors;
    developers.google.com/workspace/gmail/api/guides/handle-errors), People and Tasks 429
    (github.com/rapidwebltd/php-google-people-api/issues/45; github.com/djtimca/hasatellitetracker/issues/21), and
    Tasks 403 for its day (github.com/tasks/tasks/issues/805). No page of them has Retry-After.
    """
    if kind == "day":
        return limited(api, status=403, reason="dailyLimitExceeded", message="Daily Limit Exceeded")
    if api in ("people", "tasks"):
        where = {"quota_limit_value": str(limit), "quota_unit": "1/min/{project}/{user}"}
        return limited(api, status=429, reason="rateLimitExceeded", message="Quota exceeded", limit=where)
    if settings.limits_as_429:
        return limited(api, status=429, reason="rateLimitExceeded", message="Too many requests")
    if kind == "user":
        return limited(api, status=403, reason="userRateLimitExceeded", message="User Rate Limit Exceeded")
    return limited(api, status=403, reason="rateLimitExceeded", message="Rate Limit Exceeded")
