"""Events of the Google emulator: lists, pages, sync tokens, what is written, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.google_emulator.app import BOB, CLAIRE
from tests.contract.google_emulator.diary import GUEST, ZURICH, Diary

WORK = {"type": "officeLocation", "officeLocation": {"label": "Main"}}


def test_pages_have_250_events_unless_more_is_asked_and_may_be_empty(claire: Diary) -> None:
    """At most 2500; an empty page with a token is none of the last."""
    for number in range(253):
        claire.made(str(number))

    assert [len(page["items"]) for page in claire.pages()] == [250, 3]
    assert [len(page["items"]) for page in claire.pages(maxResults=9999)] == [253]
    assert "nextSyncToken" not in claire.pages()[0]
    claire.google.configure(sparse_pages=True, largest_page=100)
    assert [len(page["items"]) for page in claire.pages(maxResults=2500)] == [0, 100, 100, 53]


def test_a_sync_token_tells_what_changed_since_the_first_page(claire: Diary) -> None:
    """Deleted events too; what changes while somebody turns pages is told the next time."""
    kept, gone = claire.made("Kept"), claire.made("Gone")
    first = claire.call("events.list", maxResults=1)
    claire.patch(kept, summary="Changed")
    token = claire.call("events.list", maxResults=1, pageToken=first["nextPageToken"])["nextSyncToken"]

    told = claire.call("events.list", syncToken=token)
    claire.call("events.delete", eventId=gone)
    later = claire.call("events.list", syncToken=told["nextSyncToken"])

    assert [one["summary"] for one in told["items"]] == ["Changed"]
    assert [(one["id"], one["status"]) for one in later["items"]] == [(gone, "cancelled")]
    assert "summary" not in later["items"][0]
    assert claire.call("events.list", syncToken=later["nextSyncToken"])["items"] == []


def test_a_sync_token_that_has_expired_wants_a_full_sync(claire: Diary) -> None:
    """410 with fullSyncRequired; also when the calendar's sharing has changed. Others are wrong, which is 400."""
    token = claire.call("events.list")["nextSyncToken"]
    for given in ({"showDeleted": False}, {"timeMin": "2027-01-01T00:00:00Z"}, {"singleEvents": True}):
        assert claire.refused("events.list", syncToken=token, **given)[0] == 400
    assert claire.refused("events.list", syncToken="made up") == (400, "invalid")
    assert "nextSyncToken" not in claire.call("events.list", timeMin="2027-01-01T00:00:00Z")

    claire.call("acl.insert", body={"role": "reader", "scope": {"type": "user", "value": BOB}})
    assert claire.refused("events.list", syncToken=token) == (410, "fullSyncRequired")
    token = claire.call("events.list")["nextSyncToken"]
    claire.google.expire_page_tokens()
    assert claire.refused("events.list", syncToken=token) == (410, "fullSyncRequired")


def test_changes_since_a_time_have_what_was_deleted(claire: Diary) -> None:
    """Whatever showDeleted says; too long ago is 410."""
    claire.made("Old")
    claire.clock.now += 3600
    claire.call("events.delete", eventId=claire.made("Deleted"))
    claire.made("New")

    assert claire.titles(updatedMin="2027-01-15T08:30:00Z") == ["New", "cancelled"]
    assert claire.titles() == ["New", "Old"]
    assert claire.refused("events.list", updatedMin="2026-11-01T00:00:00Z") == (410, "updatedMinTooLongAgo")


def test_bounds_of_time_are_exclusive_and_a_series_is_within_them_by_its_instances(claire: Diary) -> None:
    """`timeMin` is compared with ends, `timeMax` with starts."""
    claire.made("Nine", "2027-02-01T09:00:00")
    series = claire.made("Series", "2027-01-18T12:00:00", lines=("RRULE:FREQ=WEEKLY",))
    claire.call("events.delete", eventId=f"{series}_20270208T110000Z")
    claire.patch(f"{series}_20270301T110000Z", summary="Moved", **{
        name: {"dateTime": f"2027-02-20T{hour}:00:00+01:00"} for name, hour in (("start", 12), ("end", 13))})
    claire.all_day("Day", "2027-02-01", "2027-02-02")

    def between(low: str, high: str, **more: Any) -> list[str]:
        return claire.titles(timeMin=f"{low}:00+01:00", timeMax=f"{high}:00+01:00", **more)

    assert between("2027-02-01T09:59", "2027-02-01T10:00") == ["Day", "Nine"]
    assert between("2027-02-01T10:00", "2027-02-01T12:00") == ["Day"]
    assert between("2027-02-01T10:00", "2027-02-01T12:01") == ["Day", "Series"]
    assert between("2027-02-07T00:00", "2027-02-09T00:00", singleEvents=True, orderBy="startTime") == []
    assert between("2027-02-07T00:00", "2027-02-09T00:00") == ["cancelled"]
    assert between("2027-02-20T00:00", "2027-02-21T00:00") == ["Moved", "Series"]
    assert between("2026-01-01T00:00", "2026-12-31T00:00") == []
    assert claire.refused("events.list", timeMin="2027-02-02T00:00:00Z", timeMax="2027-02-01T00:00:00Z") == (
        400, "timeRangeEmpty")
    assert claire.refused("events.list", timeMin="2027-02-01T00:00:00")[0] == 400
    assert claire.refused("events.list", orderBy="startTime")[0] == 400
    assert claire.refused("events.list", timeZone="Nowhere")[0] == 400


@pytest.mark.parametrize(("start", "end", "reason"), [
    ({"dateTime": "2027-02-01T09:00:00"}, {"dateTime": "2027-02-01T10:00:00"}, "invalid"),
    ({"date": "2027-02-01"}, {"dateTime": "2027-02-01T10:00:00Z"}, "invalid"),
    ({"date": "2027-02-01", "dateTime": "2027-02-01T09:00:00Z"}, {"date": "2027-02-02"}, "invalid"),
    ({"dateTime": "2027-02-01T09:00:00Z"}, {"dateTime": "2027-02-01T08:00:00Z"}, "timeRangeEmpty"),
    ({"date": "2027-02-01"}, {"date": "2027-02-01"}, "timeRangeEmpty"),
    ({"dateTime": "2027-02-01T09:00:00", "timeZone": "W. Europe Standard Time"},
     {"dateTime": "2027-02-01T10:00:00Z"}, "invalid"), ({}, {"date": "2027-02-01"}, "invalid"),
    ({"date": "2027-02-01"}, {"date": "9999-12-31"}, "invalid"),
    ({"date": "2027-02-30"}, {"date": "2027-03-01"}, "invalid")])
def test_times_that_are_none_are_refused(claire: Diary, start: Any, end: Any, reason: str) -> None:
    """An offset or a zone, both days or both times, and the end behind the start."""
    assert claire.refused("events.insert", body={"start": start, "end": end}) == (400, reason)


def test_a_patch_merges_and_an_update_replaces(claire: Diary) -> None:
    """A day in the place of a time needs the other one taken away; times and nothing else are a new revision."""
    number = claire.made(location="Here", description="<b>Bold</b>", attendees=[{"email": BOB}, {"email": GUEST}])

    patched = claire.patch(number, location=None, attendees=[{"email": BOB, "responseStatus": "declined"}])
    assert claire.refused("events.patch", eventId=number, body={"start": {"date": "2027-02-01"}}) == (400, "invalid")
    days = {name: {"date": f"2027-02-0{day}", "dateTime": None, "timeZone": None}
            for name, day in (("start", 1), ("end", 2))}
    moved = claire.patch(number, **days)
    again = claire.call("events.update", eventId=number, body=moved | {"end": {"date": "2027-02-03"}})
    replaced = claire.call("events.update", eventId=number, body={
        "summary": "Two", "start": {"date": "2027-02-01"}, "end": {"date": "2027-02-03"}})

    assert (patched["description"], patched["attendees"]) == (
        "<b>Bold</b>", [{"email": BOB, "responseStatus": "declined"}])
    assert "location" not in patched
    assert (patched["sequence"], moved["sequence"], moved["start"]) == (0, 1, {"date": "2027-02-01"})
    assert not {"description", "attendees"} & replaced.keys()
    assert (replaced["iCalUID"], again["sequence"], replaced["sequence"]) == (patched["iCalUID"], 2, 2)
    assert claire.refused("events.update", eventId=number, body=moved) == (400, "invalid")
    assert claire.refused("events.update", eventId=number, body={"summary": "No times"})[0] == 400


def test_ids_are_given_once(claire: Diary) -> None:
    """Also when the event is deleted; they are of base32hex."""
    number = claire.made(id="abcdefghij0123456789")
    claire.call("events.delete", eventId=number)
    times = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}

    assert claire.refused("events.insert", body=times | {"id": number}) == (409, "duplicate")
    assert claire.refused("events.insert", body=times | {"id": "not-base32hex"}) == (400, "invalid")
    assert claire.refused("events.insert", body=times | {"recurringEventId": "abcde"}) == (400, "invalid")
    assert claire.call("events.insert", body=times | {"iCalUID": "uid@elsewhere"})["iCalUID"] == "uid@elsewhere"
    assert claire.refused("events.insert", body=times | {"iCalUID": "uid@elsewhere"}) == (409, "duplicate")


def test_attachments_and_conferences_are_heeded_when_the_client_knows_of_them(claire: Diary) -> None:
    """Without the parameter they are ignored, and kept by an update; a meeting gets its link, numbers and pins."""
    file = {"fileUrl": "https://drive.google.com/open?id=1", "title": "Plan"}
    asks = {"attachments": [file], "conferenceData": {"createRequest": {"requestId": "r1"}}}
    times = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}

    without = claire.call("events.insert", body=times | asks)
    having = claire.call("events.insert", body=times | asks, supportsAttachments=True, conferenceDataVersion=1)
    again = claire.call("events.update", eventId=having["id"], body=times)

    assert not {"attachments", "conferenceData", "hangoutLink"} & without.keys()
    points = having["conferenceData"]["entryPoints"]
    assert [one["entryPointType"] for one in points] == ["video", "phone", "more"]
    assert points[1]["pin"]
    assert having["hangoutLink"] == points[0]["uri"]
    assert having["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert (again["attachments"], again["conferenceData"]) == ([file], having["conferenceData"])
    wrong = {"conferenceSolution": {"key": {"type": "addOn"}},
             "entryPoints": [{"entryPointType": "phone", "uri": "https://example.org"}]}
    assert claire.refused("events.insert", body=times | {"conferenceData": wrong}, conferenceDataVersion=1)[0] == 400


@pytest.mark.parametrize("field", [
    {"colorId": "12"}, {"status": "maybe"}, {"transparency": "clear"}, {"visibility": "secret"},
    {"attendees": [{"displayName": "Nobody"}]}, {"attendees": [{"email": BOB}, {"email": BOB.upper()}]},
    {"attendees": [{"email": BOB, "responseStatus": "perhaps"}]}, {"source": {"url": "ftp://example.org"}},
    {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 5}]}},
    {"reminders": {"overrides": [{"method": "sms", "minutes": 5}]}},
    {"reminders": {"overrides": [{"method": "popup", "minutes": 40321}]}},
    {"reminders": {"overrides": [{"method": "popup", "minutes": one} for one in range(6)]}},
    {"extendedProperties": {"private": {"k" * 45: "v"}}}, {"focusTimeProperties": {"chatStatus": "available"}}])
def test_values_that_google_does_not_have_are_refused(claire: Diary, field: dict[str, Any]) -> None:
    """The reference lists them in words; the schema calls all of them strings."""
    body = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}} | field

    assert claire.refused("events.insert", body=body)[0] == 400


def test_each_type_of_event_has_its_own_rules(claire: Diary) -> None:
    """None changes its type; fromGmail comes from Gmail alone, and lists can be of some types."""
    day = {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}
    hour = {"start": {"dateTime": "2027-02-01T09:00:00Z"}, "end": {"dateTime": "2027-02-01T10:00:00Z"}}
    seen = {"visibility": "public", "transparency": "transparent"}
    place = {"eventType": "workingLocation", "workingLocationProperties": WORK}
    born = {"eventType": "birthday", "summary": "Ada", "visibility": "private", "transparency": "transparent"}
    yearly = {"recurrence": ["RRULE:FREQ=YEARLY"]}

    away, focus = hour | {"eventType": "outOfOffice"}, hour | {"eventType": "focusTime"}
    made = [claire.call("events.insert", body=body)
            for body in (day | seen | place, away, focus, day | born | yearly)]
    refused = [claire.refused("events.insert", body=body) for body in (
        day | place, day | {"eventType": "outOfOffice"}, day | born, hour | {"eventType": "fromGmail"},
        focus | {"attendees": [{"email": BOB}]})]
    claire.google.act("calendar.place", CLAIRE, resource=hour | {"eventType": "fromGmail", "summary": "Flight"})

    assert made[3]["birthdayProperties"] == {"type": "birthday"}
    assert set(refused) == {(400, "eventTypeRestriction")}
    assert claire.refused("events.patch", eventId=made[1]["id"], body={"eventType": "default"}) == (
        400, "eventTypeRestriction")
    assert {one["eventType"] for one in claire.events()} == {
        "workingLocation", "outOfOffice", "focusTime", "birthday", "fromGmail"}
    assert claire.titles(eventTypes=["fromGmail", "birthday"]) == ["Ada", "Flight"]
    second = claire.call("calendars.insert", body={"summary": "Second"})["id"]
    assert claire.refused("events.insert", calendarId=second, body=focus)[0] == 400


def test_reminders_are_each_persons_own_and_no_change_of_the_event(claire: Diary) -> None:
    """Whoever may see the calendar has reminders of their own."""
    number = claire.made(reminders={"useDefault": False})
    claire.clock.now += 60
    claire.call("acl.insert", body={"role": "writer", "scope": {"type": "user", "value": BOB}})

    mine = claire.patch(number, reminders={"overrides": [{"method": "email", "minutes": 10}]})
    theirs = claire.call("events.get", by=BOB, calendarId=CLAIRE, eventId=number)

    assert mine["reminders"] == {"useDefault": False, "overrides": [{"method": "email", "minutes": 10}]}
    assert theirs["reminders"] == {"useDefault": True}
    assert mine["updated"] == mine["created"]


def test_who_may_see_less_sees_when_and_no_more(claire: Diary) -> None:
    """A reader sees no private event's details, who may see free and busy times none at all, others no calendar."""
    open_, secret = claire.made("Open"), claire.made("Secret", visibility="private", location="Bank")
    claire.made("With Bob", visibility="private", attendees=[{"email": BOB}])
    busy = {"kind", "etag", "id", "status", "htmlLink", "updated", "start", "end", "visibility", "iCalUID", "eventType"}

    def seen(role: str) -> list[str]:
        claire.call("acl.insert", body={"role": role, "scope": {"type": "user", "value": BOB}})
        return claire.titles(by=BOB, calendarId=CLAIRE)

    assert claire.refused("events.list", by=BOB, calendarId=CLAIRE) == (404, "notFound")
    assert seen("freeBusyReader") == ["confirmed"] * 3
    assert seen("reader") == ["Open", "With Bob", "confirmed"]
    told = claire.call("events.get", by=BOB, calendarId=CLAIRE, eventId=secret)
    assert (told["visibility"], told.keys()) == ("private", busy)
    refused = claire.refused("events.patch", by=BOB, calendarId=CLAIRE, eventId=open_, body={"summary": "Bob's"})
    assert refused == (403, "requiredAccessLevel")
    assert seen("writer") == ["Open", "Secret", "With Bob"]


def test_guests_beyond_a_number_or_hidden_ones_are_left_out_but_oneself(claire: Diary) -> None:
    """`attendeesOmitted` says so; a second address of the account is oneself."""
    people = [{"email": GUEST}, {"email": "c.martin@example.org", "responseStatus": "tentative"}, {"email": BOB}]
    number = claire.made(attendees=people)
    claire.google.act("calendar.place", CLAIRE, resource={
        "id": "foreign00", "organizer": {"email": GUEST}, "guestsCanSeeOtherGuests": False, "attendees": people,
        "start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}})
    own = [{"email": "c.martin@example.org", "responseStatus": "tentative", "self": True}]

    few = claire.call("events.get", eventId=number, maxAttendees=2)
    foreign = claire.call("events.get", eventId="foreign00")

    assert (few["attendees"], few["attendeesOmitted"]) == (own, True)
    assert (foreign["attendees"], foreign["attendeesOmitted"]) == (own, True)
    assert len(claire.call("events.get", eventId=number, maxAttendees=3)["attendees"]) == 3


def test_what_would_have_been_sent_is_recorded_and_not_sent(claire: Diary) -> None:
    """Nothing unless sendUpdates says so; `externalOnly` is for guests who are not at Google."""
    body = {"attendees": [{"email": BOB}, {"email": GUEST}, {"email": CLAIRE}],
            "start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}}
    number = claire.call("events.insert", body=body)["id"]
    claire.call("events.patch", eventId=number, body={"summary": "New"}, sendUpdates="externalOnly")
    claire.call("events.delete", eventId=number, sendUpdates="all")

    assert [(one.what, one.to) for one in claire.google.act("calendar.unsent", CLAIRE)] == [
        ("events.patch", (GUEST,)), ("events.delete", (BOB, GUEST))]
    assert claire.events(by=BOB) == []


def test_a_moved_event_leaves_a_cancelled_one_behind(claire: Diary) -> None:
    """Its organizer is the other calendar; exceptions go along, and an instance does not go alone."""
    second = claire.call("calendars.insert", body={"summary": "Second"})["id"]
    number = claire.made("Series", lines=("RRULE:FREQ=DAILY;COUNT=3",))
    instance = f"{number}_20270202T080000Z"
    claire.patch(instance, summary="Exception")
    assert claire.refused("events.move", eventId=instance, destination=second) == (
        400, "cannotChangeOrganizerOfInstance")

    moved = claire.call("events.move", eventId=number, destination=second)

    assert moved["organizer"] == {"email": second, "displayName": "Second", "self": True}
    assert moved["creator"] == {"email": CLAIRE}
    assert claire.titles(calendarId=second) == ["Exception", "Series"]
    assert claire.titles() == []
    assert "cancelled" in {one["status"] for one in claire.events(showDeleted=True)}
    assert len(claire.walls(second)) == 3


def test_what_has_its_default_is_left_out(claire: Diary) -> None:
    """By the discovery document; and an event without a zone of its own has none."""
    made = claire.call("events.insert", body={
        "transparency": "opaque", "visibility": "default", "guestsCanModify": False, "guestsCanInviteOthers": False,
        "attendees": [{"email": BOB, "optional": False, "additionalGuests": 0}], "summary": "",
        "start": {"dateTime": "2027-02-01T09:00:00Z"}, "end": {"dateTime": "2027-02-01T09:00:00Z"}})

    assert not {"transparency", "visibility", "guestsCanModify", "summary", "recurrence"} & made.keys()
    assert made["guestsCanInviteOthers"] is False
    assert made["attendees"] == [{"email": BOB, "responseStatus": "needsAction"}]
    assert made["start"] == {"dateTime": "2027-02-01T10:00:00+01:00"}
    assert claire.google.expanded(CLAIRE, "primary", "2028-01-01T00:00:00Z")[0].zone == ZURICH
