"""How the APIs refuse what all methods refuse, in the form of each API."""

from typing import Any

from emulators.google.errors import ApiError

PROJECT = "100000000001"
SERVICES = {"calendar": "calendar-json.googleapis.com", "people": "people.googleapis.com",
            "tasks": "tasks.googleapis.com", "gmail": "gmail.googleapis.com"}
TITLES = {"calendar": "Google Calendar API", "people": "People API", "tasks": "Google Tasks API", "gmail": "Gmail API"}
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def formed(api: str, error: ApiError) -> ApiError:
    """The error as that API has it.

    Answers of People have no list `errors` (cloud.google.com/apis/design/errors, "HTTP mapping"). Calendar's own
    have no `status` (developers.google.com/workspace/calendar/api/guides/errors); those that come of the credentials
    or the project have one everywhere.
    """
    if api == "people":
        error.body["error"].pop("errors", None)
    if api == "calendar" and "details" not in error.body["error"] and error.code != 401:
        error.body["error"].pop("status", None)
    return error


def not_signed_in() -> ApiError:
    """401, in the words of developers.google.com/workspace/gmail/api/guides/handle-errors."""
    return ApiError(401, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials.",
                    said="Invalid Credentials", where={"location": "Authorization", "locationType": "header"})


def scope_missing(api: str, called: str) -> ApiError:
    """403, as in github.com/googleworkspace/cli/issues/282 and many more."""
    info = {"@type": _INFO, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com",
            "metadata": {"service": SERVICES[api], "method": called}}
    return ApiError(403, "PERMISSION_DENIED", "insufficientPermissions",
                    "Request had insufficient authentication scopes.", said="Insufficient Permission",
                    more={"details": [info]})


def not_delegated() -> ApiError:
    """403 for what is no person's to grant (gmail.v1, forwardingAddresses.create and others)."""
    return ApiError(403, "PERMISSION_DENIED", "forbidden",
                    "Access restricted to service accounts with domain-wide authority")


def api_disabled(api: str) -> ApiError:
    """403 for a project in whose console nobody has enabled the API.

    developers.google.com/workspace/gmail/api/guides/handle-errors and
    cloud.google.com/apis/design/errors ("SERVICE_DISABLED") have the two reasons.
    """
    info = {"@type": _INFO, "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
            "metadata": {"service": SERVICES[api], "consumer": f"projects/{PROJECT}"}}
    said = f"{TITLES[api]} has not been used in project {PROJECT} before or it is disabled."
    return ApiError(403, "PERMISSION_DENIED", "accessNotConfigured", said, more={"details": [info]},
                    domain="usageLimits", where={"extendedHelp": "https://console.developers.google.com"})


def invalid(message: str, *, parameter: str = "", reason: str = "badRequest") -> ApiError:
    """400 for a request that is wrong in itself; `parameter` is the one that is."""
    where = {"location": parameter, "locationType": "parameter"} if parameter else None
    return ApiError(400, "INVALID_ARGUMENT", reason, message, where=where)


def missing(message: str = "Requested entity was not found.") -> ApiError:
    """404 for an id that nothing has."""
    return ApiError(404, "NOT_FOUND", "notFound", message)


def precondition(message: str, reason: str = "failedPrecondition") -> ApiError:
    """400 for what the state of things does not allow."""
    return ApiError(400, "FAILED_PRECONDITION", reason, message)


def not_emulated(what: str) -> ApiError:
    """501: Google would have an answer, or its documents do not say which, and the emulator has none."""
    return ApiError(501, "UNIMPLEMENTED", "notImplemented", f"The emulator does not have this: {what}")


def limited(api: str, *, status: int, reason: str, message: str, limit: dict[str, Any] | None = None) -> ApiError:
    """403 or 429 for too many requests; `limit` is what People and Tasks tell of it (google.rpc.ErrorInfo)."""
    name = "RESOURCE_EXHAUSTED" if status == 429 else "PERMISSION_DENIED"
    info = {"@type": _INFO, "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com",
            "metadata": {"service": SERVICES[api], "consumer": f"projects/{PROJECT}", **(limit or {})}}
    return ApiError(status, name, reason, message, domain="usageLimits",
                    more=None if limit is None else {"details": [info]})
