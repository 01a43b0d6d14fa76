"""Calendars of the Google emulator: somebody's list, Google's own calendars, settings and colours, and by HTTP."""

from __future__ import annotations

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from tests.contract.google_emulator.app import BOB, CALENDAR, CLAIRE, App
from tests.contract.google_emulator.diary import Diary

HOLIDAYS = "en.french#holiday@group.v.calendar.google.com"
BIRTHDAYS = "addressbook#contacts@group.v.calendar.google.com"


def ids(diary: Diary, **given: object) -> set[str]:
    """Those of the calendars on Claire's list."""
    return {one["id"] for page in diary.pages("calendarList.list", **given) for one in page["items"]}


def test_a_list_has_ones_own_calendars_shared_ones_and_googles(claire: Diary) -> None:
    """Each with what this person may do there."""
    second = claire.call("calendars.insert", body={"summary": "Second", "timeZone": "Asia/Tokyo"})["id"]
    claire.call("acl.insert", by=BOB, body={"role": "reader", "scope": {"type": "user", "value": CLAIRE}})
    for number in (BOB, HOLIDAYS):
        claire.call("calendarList.insert", body={"id": number})
    assert claire.google.act("calendar.birthdays", CLAIRE, contacts={"Ada": "1980-02-29"}) == BIRTHDAYS

    found = {one["id"]: one for one in claire.call("calendarList.list")["items"]}

    assert {number: one["accessRole"] for number, one in found.items()} == {
        CLAIRE: "owner", second: "owner", BOB: "reader", HOLIDAYS: "reader", BIRTHDAYS: "reader"}
    assert [number for number, one in found.items() if one.get("primary")] == [CLAIRE]
    assert (found[second]["timeZone"], found[second]["dataOwner"]) == ("Asia/Tokyo", CLAIRE)
    assert ids(claire, minAccessRole="writer", maxResults=1) == {CLAIRE, second}
    holidays = claire.events(calendarId=HOLIDAYS)
    assert {one["transparency"] for one in holidays} == {"transparent"}
    birthdays = claire.events(calendarId=BIRTHDAYS, timeMin="2027-01-01T00:00:00Z", timeMax="2027-12-31T00:00:00Z")
    assert [(one["summary"], one["start"]["date"]) for one in birthdays] == [("Ada's birthday", "2027-02-28")]
    assert birthdays[0]["gadget"]["preferences"]["goo.contactsEventType"] == "BIRTHDAY"
    body = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}
    assert claire.refused("events.insert", calendarId=HOLIDAYS, body=body) == (403, "requiredAccessLevel")
    assert claire.refused("calendarList.insert", body={"id": "nobody@example.org"}) == (404, "notFound")


def test_hidden_and_removed_calendars_are_listed_when_asked_for(claire: Diary) -> None:
    """Of one that is removed there is its id alone; ones own cannot be removed."""
    second = claire.call("calendars.insert", body={"summary": "Second"})["id"]
    claire.call("calendarList.insert", body={"id": HOLIDAYS})
    token = claire.call("calendarList.list", showHidden=True, showDeleted=True)["nextSyncToken"]
    claire.call("calendarList.patch", calendarId=second, body={"hidden": True, "summaryOverride": "Mine"})
    claire.call("calendarList.delete", calendarId=HOLIDAYS)

    everything = claire.call("calendarList.list", showHidden=True, showDeleted=True, syncToken=token)["items"]

    assert ids(claire) == {CLAIRE}
    assert ids(claire, showHidden=True) == {CLAIRE, second}
    assert ids(claire, showDeleted=True) == {CLAIRE, HOLIDAYS}
    assert {one["id"]: (one.get("hidden"), one.get("summaryOverride"), one.get("deleted")) for one in everything} == {
        second: (True, "Mine", None), HOLIDAYS: (None, None, True)}
    assert claire.refused("calendarList.delete", calendarId=second) == (403, "forbidden")
    assert claire.refused("calendarList.delete", calendarId="primary") == (403, "cannotChangeOwnPrimarySubscription")
    assert claire.refused("calendars.delete", calendarId="primary") == (403, "cannotDeletePrimaryCalendar")
    claire.call("calendars.delete", calendarId=second)
    assert claire.refused("events.list", calendarId=second) == (404, "notFound")


def test_an_account_without_calendar_is_told_so(claire: Diary) -> None:
    """Its administrator has switched the service off; others still have it."""
    claire.google.act("calendar.switch_off", CLAIRE)

    assert claire.refused("calendarList.list") == claire.refused("events.list") == (403, "notACalendarUser")
    assert claire.call("calendarList.list", by=BOB)["items"]


def test_colours_are_of_the_palette_or_said_as_rgb(claire: Diary) -> None:
    """The second only with colorRgbFormat."""
    palette = claire.call("colors.get")
    shade = {"backgroundColor": "#0088aa", "foregroundColor": "#ffffff"}

    ignored = claire.call("calendarList.patch", calendarId="primary", body=shade | {"colorId": "2"})
    heeded = claire.call("calendarList.patch", calendarId="primary", body=shade, colorRgbFormat=True)

    assert (len(palette["event"]), len(palette["calendar"])) == (11, 24)
    assert ignored["backgroundColor"] == palette["calendar"]["2"]["background"]
    assert heeded["backgroundColor"] == "#0088aa"
    assert claire.refused("calendarList.patch", calendarId="primary", body={"colorId": "25"})[0] == 400


def test_settings_have_the_zone_and_labels_are_a_calendars_own(claire: Diary) -> None:
    """An event's label is heeded with eventLabelVersion, and has to be the calendar's."""
    label = {"id": "6f1c2a34-0000-4000-8000-000000000001", "name": "Clients", "backgroundColor": "#039be5"}
    both = {"eventLabels": [label, {"backgroundColor": "#000000"}]}
    has = claire.call("calendars.patch", calendarId="primary", body={"labelProperties": both})
    times = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}

    made = claire.call("events.insert", body=times | {"eventLabelId": label["id"]}, eventLabelVersion=1)

    told = {one["id"]: one["value"] for page in claire.pages("settings.list", maxResults=5) for one in page["items"]}
    assert told["timezone"] == claire.call("settings.get", setting="timezone")["value"] == "Europe/Zurich"
    assert len(told) == 12
    assert made["eventLabelId"] == label["id"]
    assert len({one["id"] for one in has["labelProperties"]["eventLabels"]}) == 2
    assert claire.refused("events.insert", body=times | {"eventLabelId": "other"}, eventLabelVersion=1)[0] == 400
    assert "eventLabelId" not in claire.call("events.insert", body=times | {"eventLabelId": "other"})


@pytest.mark.parametrize(("path", "status"), [
    ("users/me/calendarList", 200), ("calendars/primary/events?singleEvents=true", 200), ("colors", 200),
    (f"calendars/{HOLIDAYS.replace('#', '%23')}/events", 200), ("calendars/nobody%40example.org/events", 404),
    ("calendars/primary/events?timeMin=yesterday", 400)])
def test_a_token_that_may_read_reads_by_http(app: App, path: str, status: int) -> None:
    """Errors have no `status` beside their code (…/calendar/api/guides/errors)."""
    token = app.granted([CALENDAR]).token
    app.google.call("calendar.calendarList.insert", CLAIRE, body={"id": HOLIDAYS})

    answer = app.api(f"calendar/v3/{path}", token)

    assert answer.status_code == status, answer.text
    assert status == 200 or answer.json()["error"].keys() == {"code", "errors", "message"}


def test_googles_own_client_turns_pages_and_writes_an_exception(app: App) -> None:
    """As developers.google.com/workspace/calendar/api/guides/recurringevents has it: get, change, update."""
    token = app.google.consent(CLAIRE, ["https://www.googleapis.com/auth/calendar"])["access_token"]
    times = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}
    with build("calendar", "v3", credentials=Credentials(token), static_discovery=True,
               client_options={"api_endpoint": f"{app.google.url}calendar/v3/"}) as service:
        events, held = service.events(), {"calendarId": "primary"}
        made = [events.insert(**held, body=times | {"summary": str(number)}).execute()["id"] for number in range(3)]
        instance = events.instances(**held, eventId=made[0]).execute()["items"][1]
        changed = events.update(**held, eventId=instance["id"], body=instance | {"summary": "Changed"}).execute()
        events.delete(**held, eventId=instance["id"]).execute()
        call, found = events.list(**held, maxResults=2, singleEvents=True), []
        while call is not None:
            page = call.execute()
            found += page["items"]
            call = events.list_next(call, page)

    assert (changed["summary"], changed["recurringEventId"], changed["sequence"]) == ("Changed", made[0], 0)
    assert len(found) == len({one["id"] for one in found}) == 8


def test_a_token_that_may_read_does_not_write(app: App) -> None:
    """403 before anything happens."""
    token = app.granted([CALENDAR]).token

    answer = requests.delete(f"{app.google.url}calendar/v3/calendars/primary/events/abcde", timeout=60,
                             headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
