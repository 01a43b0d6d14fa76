"""Conferences of events: checked, and made by Google Meet on request.

developers.google.com/workspace/calendar/api/v3/reference/events, `conferenceData`.
"""

from collections.abc import Mapping
from typing import Any

from emulators.google.calendar.refusals import wrong

SOLUTIONS = ("eventHangout", "eventNamedHangout", "hangoutsMeet", "addOn")
SCHEMES = {"video": ("http:", "https:"), "phone": ("tel:",), "sip": ("sip:",), "more": ("http:", "https:")}
_LONGEST = {"uri": 1300, "label": 512, "meetingCode": 128, "accessCode": 128, "passcode": 128, "password": 128,
            "pin": 128}
_LONGEST_NOTES = 2048


def checked_conference(data: Mapping[str, Any]) -> None:
    """Raises CalendarError for a conference that Google does not take."""
    points = data.get("entryPoints") or []
    if not data.get("createRequest") and not (data.get("conferenceSolution") and points):
        raise wrong("Either conferenceSolution and at least one entryPoint, or createRequest is required.")
    if points and data.get("conferenceSolution", {}).get("key", {}).get("type") not in SOLUTIONS:
        raise wrong("Invalid conference type value.")
    kinds = [one.get("entryPointType") for one in points]
    if any(kinds.count(one) > 1 for one in ("video", "sip", "more")) or (kinds and set(kinds) <= {"more"}):
        raise wrong("Invalid conference entry points.")
    for one in points:
        _check_point(one)
    if len(data.get("notes") or "") > _LONGEST_NOTES:
        raise wrong("Invalid conference notes.")


def _check_point(point: Mapping[str, Any]) -> None:
    if not str(point.get("uri") or "").startswith(SCHEMES.get(str(point.get("entryPointType")), ("?",))):
        raise wrong("Invalid conference entry point.")
    if any(len(point.get(name) or "") > most for name, most in _LONGEST.items()):
        raise wrong("Invalid conference entry point.")


def made(data: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The conference with what `createRequest` asked for: a meeting of Google Meet with that code.

    It is there at once (`status` success), with the numbers to dial that a Workspace account gets.
    """
    request = data.get("createRequest")
    if not request or data.get("entryPoints"):
        return dict(data)
    if not request.get("requestId"):
        raise wrong("Invalid conference create request.")
    if request.get("conferenceSolutionKey", {}).get("type", "hangoutsMeet") != "hangoutsMeet":
        raise wrong("Invalid conference type value.")
    place = f"meet.google.com/{code}"
    pin = str(100000000 + sum(ord(one) for one in code) * 7919)
    return {"createRequest": dict(request) | {"status": {"statusCode": "success"}}, "conferenceId": code,
            "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet",
                                   "iconUri": "https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp.png"},
            "entryPoints": [
                {"entryPointType": "video", "uri": f"https://{place}", "label": place},
                {"entryPointType": "phone", "uri": "tel:+41-43-430-63-57", "label": "+41 43 430 63 57", "pin": pin,
                 "regionCode": "CH"},
                {"entryPointType": "more", "uri": f"https://tel.meet/{code}?pin={pin}", "pin": pin}]}


def link(data: Mapping[str, Any]) -> str:
    """The hangoutLink of an event with this conference, "" when it has none: Meet's own video link."""
    if data.get("conferenceSolution", {}).get("key", {}).get("type") == "addOn":
        return ""
    return next((str(one["uri"]) for one in data.get("entryPoints", []) if one["entryPointType"] == "video"), "")
