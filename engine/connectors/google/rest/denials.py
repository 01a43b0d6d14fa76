"""What it means when one of Google's interfaces refuses a question.

By status and reason, of which the older form of an error has one in its `errors` and the newer one in its `details`
(cloud.google.com/apis/design/errors): developers.google.com/workspace/calendar/api/guides/errors,
developers.google.com/workspace/gmail/api/guides/handle-errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.connectors.google.access import refusals
from engine.connectors.google.rest.answers import UNREADABLE
from engine.connectors.google.rest.interfaces import Interface
from engine.connectors.network.reaching import fatal
from engine.errors import Cause, FatalError, GoneError, LaterError, OmmError, RefusedError, RetryableError, Side

TOO_FAST = frozenset({
    "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded",
    "concurrentLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED",
})
A_DAYS_WORTH = frozenset({"dailyLimitExceeded"})
SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
NOT_GRANTED = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
OF_THE_DOMAIN = frozenset({"domainPolicy", "domainCannotUseApis", "serviceNotAvailable"})
NO_SUCH_SERVICE = frozenset({"notACalendarUser"})
PAGE_TOO_OLD = frozenset({
    "fullSyncRequired", "updatedMinTooLongAgo", "invalidPageToken", "EXPIRED_SYNC_TOKEN", "EXPIRED_PAGE_TOKEN",
})
BAD, FORBIDDEN, NOT_FOUND, GONE, TOO_MANY = 400, 403, 404, 410, 429
# A day's quota begins anew at midnight there (developers.google.com/android-publisher/quotas, of all such quotas).
RESET = "America/Los_Angeles"


class NoServiceError(RefusedError):
    """The account has nothing of what an interface is for."""


def reasons(told: Any) -> frozenset[str]:
    """All reasons that an answer names, in either form; none where it is no error of Google's."""
    error = _error(told)
    named = [*_each(error, "errors"), *_each(error, "details"), {"reason": error.get("status")}]
    return frozenset(str(one["reason"]) for one in named if one.get("reason"))


def meaning(interface: Interface, status: int, told: Any, *, back_off: float | None, now: datetime) -> OmmError:
    """The error to raise for an answer that is not 200. `told` is its JSON, None where it has none; `now` is UTC."""
    named = reasons(told)
    if named & A_DAYS_WORTH or (named & TOO_FAST and _is_a_days(told)):
        return _tomorrow(interface, now)
    if status == TOO_MANY or status >= 500 or (status == FORBIDDEN and named & TOO_FAST):
        return RetryableError(f"Google's {_name(interface)} is busy (status {status}).", back_off=back_off)
    if not _error(told):        # not Google's: a proxy's page, say
        return RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    if status in (NOT_FOUND, GONE):
        return GoneError(f"Google does not have it any more (status {status}).")
    return _of_the_account(interface, named) or _other(interface, status, named)


def is_page_too_old(status: int, told: Any, *, has_token: bool) -> bool:
    """True: a listing has to begin again. `has_token`: what was asked for is not its first page.

    Calendar says 410 of what is too old; of a page token Google's pages say nothing, and others answer 400.
    """
    return has_token and (status in (BAD, GONE) or bool(reasons(told) & PAGE_TOO_OLD))


def _of_the_account(interface: Interface, named: frozenset[str]) -> FatalError | NoServiceError | None:
    """What holds for all that is asked of the interface, if it is that."""
    about = interface.about
    if named & SWITCHED_OFF:
        return fatal(
            f"The {about.called} is not switched on in OMM's project at Google. Whoever runs OMM switches it on at "
            f"{about.switch}. It takes some minutes.", Cause.NOT_SET_UP,
        )
    if named & NOT_GRANTED:
        return FatalError(
            f"OMM may not read {about.holds} of this Google account: that was not granted. {refusals.AGAIN}",
            cause=Cause.CONSENT, side=Side.SOURCE,
        )
    if named & OF_THE_DOMAIN:
        return NoServiceError(f"the administrator of this Google account does not let programs read its {about.holds}")
    if named & NO_SUCH_SERVICE:
        return NoServiceError(f"this Google account has no {about.holds}")
    return None


def _other(interface: Interface, status: int, named: frozenset[str]) -> OmmError:
    shown = ", ".join(sorted(one for one in named if re.fullmatch(r"[A-Za-z_]{1,60}", one)))
    return RefusedError(f"Google's {_name(interface)} answers with status {status}{f' ({shown})' if shown else ''}.")


def _name(interface: Interface) -> str:
    return interface.about.called.removeprefix("Google ")


def _tomorrow(interface: Interface, now: datetime) -> LaterError:
    zone = ZoneInfo(RESET)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    until = datetime.combine(tomorrow, time(), zone).astimezone(UTC)
    return LaterError(
        f"OMM's project at Google may ask the {_name(interface)} only so much in a day, and that is used up until "
        f"{until:%Y-%m-%d %H:%M} UTC.", until=until, a_day=0,
    )


def _is_a_days(told: Any) -> bool:
    """True: the limit that was hit is one of a day, by what google.rpc.ErrorInfo tells of it."""
    for one in _each(_error(told), "details"):
        known = one.get("metadata")
        if isinstance(known, Mapping) and re.search(
            r"(?i)per_?day|^1/d/", f"{known.get('quota_limit', '')}\n{known.get('quota_unit', '')}", re.MULTILINE
        ):
            return True
    return False


def _error(told: Any) -> Mapping[str, Any]:
    error = told.get("error") if isinstance(told, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _each(error: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = error.get(name)
    yield from (one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()
