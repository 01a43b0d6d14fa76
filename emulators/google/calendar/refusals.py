"""How the Calendar API says no (developers.google.com/workspace/calendar/api/guides/errors)."""

from emulators.google.errors import ApiError

STATUSES = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
            410: "FAILED_PRECONDITION"}


class CalendarError(ApiError):
    """An error with an entry of the API's own, and without `status`, as the page shows them."""

    def __init__(self, code: int, reason: str, message: str, *, domain: str = "calendar",
                 where: dict[str, str] | None = None) -> None:
        """`where` is the place in the request."""
        super().__init__(code, STATUSES[code], reason, message)
        entry = {"domain": domain, "reason": reason, "message": message, **(where or {})}
        self.body = {"error": {"errors": [entry], "code": code, "message": message}}


def wrong(message: str, *, reason: str = "invalid") -> CalendarError:
    """400: a body that Google does not take."""
    return CalendarError(400, reason, message, domain="global")


def wrong_parameter(name: str, message: str, *, reason: str = "badRequest") -> CalendarError:
    """400: a parameter that Google does not take, or not beside others."""
    return CalendarError(400, reason, message, domain="global", where={"locationType": "parameter", "location": name})


def unknown() -> CalendarError:
    """404: no such calendar or event, or none that this person may see."""
    return CalendarError(404, "notFound", "Not Found", domain="global")


def gone() -> CalendarError:
    """410: the event is deleted already."""
    return CalendarError(410, "deleted", "Resource has been deleted", domain="global")


def taken() -> CalendarError:
    """409: the identifier is another event's, also of one that is deleted."""
    return CalendarError(409, "duplicate", "The requested identifier already exists.", domain="global")


def needs_full_sync() -> CalendarError:
    """410: the sync token has expired."""
    return CalendarError(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.",
                   where={"locationType": "parameter", "location": "syncToken"})


def too_long_ago() -> CalendarError:
    """410: the server no longer knows what was deleted since then."""
    return CalendarError(410, "updatedMinTooLongAgo",
                   "The requested minimum modification time lies too far in the past.",
                   where={"locationType": "parameter", "location": "updatedMin"})


def empty_range(name: str = "") -> CalendarError:
    """400: it ends before it begins."""
    return CalendarError(400, "timeRangeEmpty", "The specified time range is empty.",
                   where={"locationType": "parameter", "location": name} if name else None)


def no_writer() -> CalendarError:
    """403: the calendar is read only for this person."""
    return CalendarError(403, "requiredAccessLevel", "You need to have writer access to this calendar.")


def no_calendar() -> CalendarError:
    """403: an account without Google Calendar, as clients know it (notACalendarUser in github.com/GAM-team/GAM)."""
    return CalendarError(403, "notACalendarUser", "The user must be signed up for Google Calendar.")


def own_calendar(reason: str) -> CalendarError:
    """403: what nobody can do to their own calendar; the reasons are in github.com/GAM-team/GAM, glgapi.py."""
    return CalendarError(403, reason, "This cannot be done to one's own calendar.")
