"""Recurring events of the Google emulator: expansion, exceptions, cut in two, and what comes without its series."""

from __future__ import annotations

import pytest

from emulators.google.errors import ApiError
from tests.contract.google_emulator.app import CLAIRE
from tests.contract.google_emulator.diary import GUEST, NEW_YORK, Diary

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"
MASTERS = ("RRULE:FREQ=DAILY;COUNT=3",)


def test_a_series_keeps_its_wall_time_and_is_told_in_the_calendars_zone(claire: Diary) -> None:
    """The clocks change in America three weeks before they do here; `timeZone` stays the event's own."""
    number = claire.made("Call", "2027-03-08T09:00:00", zone=NEW_YORK, lines=(WEEKLY,))

    listed = [one["start"] for one in claire.events(singleEvents=True, orderBy="startTime")]
    elsewhere = claire.call("events.get", eventId=number, timeZone="UTC")["start"]

    assert claire.walls() == [(f"2027-03-{day}T09:00:00", "Call") for day in ("08", "15", "22", "29")]
    assert [one["dateTime"] for one in listed] == [
        "2027-03-08T15:00:00+01:00", "2027-03-15T14:00:00+01:00", "2027-03-22T14:00:00+01:00",
        "2027-03-29T15:00:00+02:00"]
    assert {one["timeZone"] for one in listed} == {NEW_YORK}
    assert elsewhere == {"dateTime": "2027-03-08T14:00:00Z", "timeZone": NEW_YORK}


def test_a_time_that_the_clocks_skip_is_an_hour_later(claire: Diary) -> None:
    """RFC 5545, 3.3.5: the offset from before the gap counts."""
    claire.made("Night", "2027-03-27T02:30:00", lines=("RRULE:FREQ=DAILY;COUNT=3",))

    assert [wall for wall, _ in claire.walls()] == [
        "2027-03-27T02:30:00", "2027-03-28T03:30:00", "2027-03-29T02:30:00"]


def test_added_and_left_out_dates_are_heeded(claire: Diary) -> None:
    """RDATE and EXDATE in another zone, in UTC, and as days."""
    claire.made("Timed", lines=(WEEKLY, f"EXDATE;TZID={NEW_YORK}:20270208T030000", "RDATE:20270210T120000Z"))
    claire.all_day("Day", "2027-02-01", "2027-02-03", recurrence=[
        "RDATE;VALUE=DATE:20270301,20270401", "EXDATE;VALUE=DATE:20270301"])

    assert claire.walls() == [
        ("2027-02-01", "Day"), ("2027-02-01T09:00:00", "Timed"), ("2027-02-10T13:00:00", "Timed"),
        ("2027-02-15T09:00:00", "Timed"), ("2027-02-22T09:00:00", "Timed"), ("2027-04-01", "Day")]
    assert len(claire.google.expanded(CLAIRE, "primary", "2027-03-31T22:00:00Z")) == 5
    assert len(claire.google.expanded(CLAIRE, "primary", "2027-03-31T22:00:01Z")) == 6


def test_cancelled_occurrences_are_told_beside_their_series_with_little_of_them(claire: Diary) -> None:
    """Without showDeleted, as long as singleEvents is false; ids have the time of the rule."""
    number = claire.made("Weekly", lines=(WEEKLY,))
    cancelled, moved = f"{number}_20270208T080000Z", f"{number}_20270215T080000Z"
    claire.call("events.delete", eventId=cancelled)
    claire.patch(moved, summary="Moved", start={"dateTime": "2027-03-01T10:00:00+01:00"},
                 end={"dateTime": "2027-03-01T11:00:00+01:00"})

    found = {one["id"]: one for one in claire.events()}

    assert set(found) == {number, cancelled, moved}
    assert found[cancelled].keys() == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert found[moved]["originalStartTime"]["dateTime"] == "2027-02-15T09:00:00+01:00"
    assert found[moved]["iCalUID"] == found[number]["iCalUID"]
    assert "recurrence" not in found[moved]
    assert claire.titles(singleEvents=True) == ["Moved", "Weekly", "Weekly"]
    assert claire.titles(singleEvents=True, showDeleted=True) == ["Moved", "Weekly", "Weekly", "cancelled"]
    assert claire.walls() == [("2027-02-01T09:00:00", "Weekly"), ("2027-02-22T09:00:00", "Weekly"),
                              ("2027-03-01T10:00:00", "Moved")]


def test_exceptions_come_before_their_series_and_on_other_pages(claire: Diary) -> None:
    """No page promises an order."""
    for _ in range(6):
        number = claire.made(lines=(WEEKLY,))
        claire.patch(f"{number}_20270208T080000Z", summary="Exception")

    pages = [[one["id"] for one in page["items"]] for page in claire.pages(maxResults=3)]

    order = [one for page in pages for one in page]
    assert any(order.index(one) < order.index(one.partition("_")[0]) for one in order if "_" in one)
    assert any("_" in one and one.partition("_")[0] not in page for page in pages for one in page)
    assert len(order) == len(set(order)) == 12


def test_instances_of_an_all_day_series_have_days_in_their_ids(claire: Diary) -> None:
    """And no Z. Without timeMax they are listed for two years from now."""
    number = claire.all_day("Trip", "2027-02-01", "2027-02-03", recurrence=["RRULE:FREQ=YEARLY;UNTIL=20290201"])
    claire.call("events.delete", eventId=f"{number}_20280201")

    told = claire.call("events.instances", eventId=number, showDeleted=True)["items"]
    [third] = claire.call("events.instances", eventId=number, originalStart="2029-02-01")["items"]

    assert [(one["id"], one["status"]) for one in told] == [
        (f"{number}_20270201", "confirmed"), (f"{number}_20280201", "cancelled")]
    assert (third["start"], third["end"]) == ({"date": "2029-02-01"}, {"date": "2029-02-03"})
    assert claire.refused("events.get", eventId=f"{number}_20270202") == (404, "notFound")


@pytest.mark.parametrize("lines", [
    ["DTSTART:20270201T080000Z", "RRULE:FREQ=DAILY"], ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270301T080000Z"],
    ["RRULE:FREQ=DAILY;UNTIL=20270301"], ["RRULE:FREQ=HOURLY"], ["RRULE:FREQ=WEEKLY;BYDAY=TU"], ["FREQ=DAILY"],
    ["RRULE:COUNT=3"], ["RRULE:FREQ=DAILY;COUNT=0"], ["RRULE:FREQ=DAILY;X-A=1"], ["EXDATE:20270201T080000Z"],
    ["RDATE:20270301T080000"], ["RDATE;TZID=Nowhere/Here:20270301T080000"],
    ["RDATE;VALUE=PERIOD:20270301T080000Z/PT1H"], ["RRULE:FREQ=WEEKLY;BYDAY=1MO"], ["RRULE:FREQ=DAILY;BYMONTHDAY=0"],
    ["RRULE:FREQ=MONTHLY;BYYEARDAY=32"], ["RRULE:FREQ=MONTHLY;BYSETPOS=1"],
    ["RRULE:FREQ=DAILY;COUNT=1", "EXDATE:20270201T080000Z"], ["RRULE:FREQ=DAILY;COUNT=2"] * 2])
def test_a_recurrence_that_rfc_5545_does_not_have_is_refused(claire: Diary, lines: list[str]) -> None:
    """Or that this emulator cannot know Google to take."""
    with pytest.raises(ApiError, match="Invalid recurrence rule"):
        claire.made(lines=tuple(lines))


def test_a_series_needs_its_zone_and_an_instance_has_no_rule(claire: Diary) -> None:
    """The reference says so of both."""
    number = claire.made(lines=MASTERS)
    without = {"start": {"dateTime": "2027-02-01T09:00:00Z"}, "end": {"dateTime": "2027-02-01T10:00:00Z"},
               "recurrence": list(MASTERS)}

    assert claire.refused("events.insert", body=without) == (400, "required")
    assert claire.refused("events.patch", eventId=f"{number}_20270201T080000Z",
                          body={"recurrence": list(MASTERS)})[0] == 400
    assert claire.refused("events.patch", eventId=f"{number}_20270201T080000Z",
                          body={"originalStartTime": {"dateTime": "2027-02-02T09:00:00+01:00"}})[0] == 400


def test_this_and_following_ends_the_old_series_and_begins_a_new_one(claire: Diary) -> None:
    """What is counted goes on to be counted, and exceptions from there on are gone."""
    number = claire.made("Old", lines=("RRULE:FREQ=DAILY;COUNT=6", "EXDATE:20270202T080000Z,20270206T080000Z"))
    claire.patch(f"{number}_20270203T080000Z", summary="Early")
    claire.patch(f"{number}_20270205T080000Z", summary="Late")

    made = claire.google.act("calendar.split", CLAIRE, instance=f"{number}_20270204T080000Z", changes={
        "summary": "New", "start": {"dateTime": "2027-02-04T11:00:00+01:00"},
        "end": {"dateTime": "2027-02-04T12:00:00+01:00"}})

    old = claire.call("events.get", eventId=number)
    assert made["id"] == f"{number}_R20270204T090000"
    assert made["iCalUID"] == f"{made['id']}@google.com" != old["iCalUID"]
    assert old["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20270203T225959Z", "EXDATE:20270202T080000Z"]
    assert made["recurrence"] == ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20270206T080000Z"]
    assert claire.titles() == ["Early", "New", "Old"]
    assert claire.walls() == [
        ("2027-02-01T09:00:00", "Old"), ("2027-02-03T09:00:00", "Early"), ("2027-02-04T11:00:00", "New"),
        ("2027-02-05T11:00:00", "New"), ("2027-02-06T11:00:00", "New")]
    claire.call("events.delete", eventId=f"{made['id']}_20270205T100000Z")
    assert len(claire.walls()) == 4
    with pytest.raises(ApiError, match="nothing before it"):
        claire.google.act("calendar.split", CLAIRE, instance=f"{number}_20270201T080000Z", changes={})


def test_a_series_is_cut_at_days_and_at_added_dates_too(claire: Diary) -> None:
    """Where a rule goes on at other times than the added date, nobody knows how Google cuts it."""
    days = claire.all_day("Days", "2027-02-01", "2027-02-02", recurrence=["RRULE:FREQ=DAILY;UNTIL=20270204"])
    dates = claire.made("Dates", lines=("RDATE:20270210T120000Z,20270211T120000Z",))
    both = claire.made("Both", "2027-03-01T09:00:00", lines=(WEEKLY, "RDATE:20270310T120000Z"))
    before = [when for when, _ in claire.walls()]

    for instance in (f"{days}_20270203", f"{dates}_20270210T120000Z"):
        claire.google.act("calendar.split", CLAIRE, instance=instance, changes={"summary": "New"})

    assert claire.call("events.get", eventId=days)["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20270202"]
    assert "recurrence" not in claire.call("events.get", eventId=dates)
    assert [when for when, _ in claire.walls()] == before
    assert [title for _, title in claire.walls()].count("New") == 4
    with pytest.raises(ApiError, match="Invalid recurrence rule"):
        claire.google.act("calendar.split", CLAIRE, instance=f"{both}_20270310T120000Z", changes={})


def test_deleting_a_series_takes_its_exceptions_along(claire: Diary) -> None:
    """A second time it is gone; get still answers."""
    number = claire.made(lines=(WEEKLY,))
    claire.patch(f"{number}_20270208T080000Z", summary="Exception")
    claire.call("events.delete", eventId=f"{number}_20270215T080000Z")

    claire.call("events.delete", eventId=number)

    assert claire.events() == claire.walls() == []
    assert {one["status"] for one in claire.events(showDeleted=True)} == {"cancelled"}
    assert len(claire.events(showDeleted=True, singleEvents=True)) == 4
    assert claire.refused("events.delete", eventId=number) == (410, "deleted")
    assert claire.call("events.get", eventId=number)["status"] == "cancelled"


def test_exceptions_of_times_that_the_series_no_longer_has_are_gone(claire: Diary) -> None:
    """A series moved to another hour has instances of other ids."""
    number = claire.made("Weekly", lines=(WEEKLY,))
    claire.patch(f"{number}_20270208T080000Z", summary="Exception")

    moved = claire.patch(number, start={"dateTime": "2027-02-01T10:00:00+01:00"},
                         end={"dateTime": "2027-02-01T11:00:00+01:00"})

    assert moved["sequence"] == 1
    assert claire.titles() == ["Weekly"]
    assert [title for _, title in claire.walls()] == ["Weekly"] * 4


def test_one_instance_made_private_makes_the_series_private(claire: Diary) -> None:
    """And one made public does not undo it (`visibility` in the reference)."""
    number = claire.made(lines=(WEEKLY,))

    claire.patch(f"{number}_20270208T080000Z", visibility="private")
    public = claire.patch(f"{number}_20270215T080000Z", visibility="public", summary="Open")

    assert claire.call("events.get", eventId=number)["visibility"] == public["visibility"] == "private"


def test_an_invitation_to_one_occurrence_comes_without_its_series(claire: Diary) -> None:
    """It is an instance of what this calendar does not have."""
    claire.google.act("calendar.place", CLAIRE, resource={
        "summary": "Only this", "recurringEventId": "hersonly00", "organizer": {"email": GUEST, "displayName": "Guest"},
        "originalStartTime": {"dateTime": "2027-02-01T09:00:00+01:00"}, "locked": True,
        "endTimeUnspecified": True, "created": "2015-05-01T10:00:00Z", "updated": "2016-05-01T10:00:00Z",
        "start": {"dateTime": "2027-02-01T10:00:00+01:00"}, "end": {"dateTime": "2027-02-01T11:00:00+01:00"},
        "attendees": [{"email": GUEST}, {"email": CLAIRE, "responseStatus": "accepted"}]})

    [found] = claire.events()

    assert found["id"] == "hersonly00_20270201T080000Z"
    assert found["organizer"] == {"email": GUEST, "displayName": "Guest"}
    assert (found["created"], found["updated"]) == ("2015-05-01T10:00:00.000Z", "2016-05-01T10:00:00.000Z")
    assert [one.get("organizer") or one.get("self") for one in found["attendees"]] == [True, True]
    assert claire.refused("events.get", eventId="hersonly00") == (404, "notFound")
    assert claire.refused("events.patch", eventId=found["id"], body={"summary": "Mine"}) == (403, "forbidden")
    assert claire.walls() == [("2027-02-01T10:00:00", "Only this")]


def test_an_import_is_known_by_its_icaluid_and_may_have_a_foreign_organizer(claire: Diary) -> None:
    """The same one again is the same event, unless it is older."""
    body = {"iCalUID": "040000008200E00074C5B7101A82E008", "organizer": {"email": GUEST}, "summary": "Theirs",
            "start": {"dateTime": "2027-02-01T09:00:00", "timeZone": NEW_YORK}, "sequence": 2,
            "end": {"dateTime": "2027-02-01T10:00:00", "timeZone": NEW_YORK}, "recurrence": list(MASTERS)}

    made = claire.call("events.import", body=body)
    again = claire.call("events.import", body=body | {"summary": "Changed"})
    claire.call("events.delete", eventId=f"{made['id']}_20270202T140000Z")

    assert made["id"] == again["id"] == "_60q30c1g60o30e1i60o4ac1g60rj8gpl88rj2c1h84s34h9g60s0"
    assert "self" not in made["organizer"]
    assert claire.refused("events.import", body=body | {"sequence": 1}) == (400, "invalid")
    assert claire.refused("events.import", body={**body, "iCalUID": None}) == (400, "required")
    assert claire.refused("events.patch", eventId=made["id"], body={"guestsCanModify": True}) == (
        403, "forbiddenForNonOrganizer")
    assert claire.walls() == [("2027-02-01T09:00:00", "Changed"), ("2027-02-03T09:00:00", "Changed")]
    assert [one["id"] for one in claire.events(iCalUID=body["iCalUID"], singleEvents=False, showDeleted=False)
            if one["status"] == "confirmed"] == [made["id"]]
