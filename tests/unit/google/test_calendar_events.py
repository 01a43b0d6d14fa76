"""What an event says of itself, its people and its reminders, as the appointment says it that becomes of it."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from emulators.exchange.calendar.identity import dated, object_id_of
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.properties import value_of
from engine.errors import RefusedError
from engine.ports.typed import TypedItem
from tests.servers.google.events import (
    NEW,
    OWNER,
    PARIS,
    Event,
    calendar,
    cancelled,
    days,
    element,
    event,
    exception,
    item_of,
    point,
    shown,
    wall,
    words,
)

AHEAD = wall(2027, 3, 1, 9)
EXCHANGE_UID = (
    "040000008200E00074C5B7101A82E00800000000B0E2C4F2A1D4DA01000000000000000010000000000102030405060708090A0B0C0D0E0F"
)
BOSS = {"email": "boss@example.net", "displayName": "Beata Boss"}


def guest(address: str, answer: str = "needsAction", **more: object) -> Event:
    """An attendee."""
    return {"email": address, "responseStatus": answer, **more}


def invitation(answer: str, **more: object) -> Event:
    """An event that somebody else has invited the owner to."""
    return event(AHEAD, organizer=BOSS, attendees=[
        guest("boss@example.net", "accepted", organizer=True, displayName="Beata Boss"),
        guest(OWNER, answer, self=True), guest("carl@example.net", "declined", optional=True),
        guest("room@resource.calendar.google.com", "accepted", resource=True),
    ], **more)


def body(item: TypedItem) -> tuple[str, str]:
    """The kind and the text of a body."""
    found = element(item).find(f"{TYPES}Body")
    return ("", "") if found is None else (found.get("BodyType") or "", found.text or "")


def people(item: TypedItem, name: str) -> list[tuple[str | None, str | None]]:
    """Addresses and answers of attendees."""
    return [(one.findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress"), one.findtext(f"{TYPES}ResponseType"))
            for one in element(item).iterfind(f"{TYPES}{name}/{TYPES}Attendee")]


def reminds(found: Event, **more: object) -> tuple[list[str | None], str]:
    """Whether it reminds, how many minutes before, and what the report says."""
    item = item_of(found, **more)  # type: ignore[arg-type]  # its parameters
    return words(item, "ReminderIsSet", "ReminderMinutesBeforeStart"), item.untold


# Its own text

def test_a_plain_description_stays_plain() -> None:
    """Line by line, whatever signs are in it."""
    assert body(item_of(event(description="1 < 2 & 3\nsecond line"))) == ("Text", "1 < 2 & 3\nsecond line")


def test_a_description_in_html_stays_html_and_keeps_its_lines() -> None:
    """Google shows a line break where there is one in the text."""
    kind, text = body(item_of(event(description="<b>Agenda</b>\nnext &amp; last")))

    assert kind == "HTML"
    assert "<b>Agenda</b><br>\nnext &amp; last" in text


def test_all_ways_into_a_conference_are_in_the_text() -> None:
    """With the codes that they ask for, and what is said beside them."""
    found = event(AHEAD, description="Hello", conferenceData={
        "conferenceSolution": {"name": "Google Meet"}, "notes": "Be on time", "entryPoints": [
            {"entryPointType": "video", "uri": "https://meet.google.com/abc", "label": "meet.google.com/abc"},
            {"entryPointType": "phone", "uri": "tel:+1-2", "label": "+1 2 x", "pin": "4711", "regionCode": "US"}],
    })

    assert body(item_of(found)) == ("Text", (
        "Hello\n\nGoogle Meet\nJoin: https://meet.google.com/abc\nBy phone +1 2 x (US): tel:+1-2\nPIN: 4711\nBe on time"
    ))


def test_files_and_the_page_it_was_made_of_are_links_in_the_text() -> None:
    """They stay in Drive; whoever may open them still can. What is no HTML in a name stays a name."""
    kind, text = body(item_of(event(
        description="<p>See</p>", attachments=[{"title": "Plan <1>", "fileUrl": "https://docs.google.com/d/1?a=1&b=2"}],
        source={"title": "Ticket", "url": "https://example.com/t"},
    )))

    assert kind == "HTML"
    assert 'Attached: Plan &lt;1&gt;: <a href="https://docs.google.com/d/1?a=1&amp;b=2">' in text
    assert 'From: Ticket: <a href="https://example.com/t">https://example.com/t</a>' in text


def test_characters_that_xml_cannot_hold_go() -> None:
    """All others stay."""
    item = item_of(event(summary="a\x00b\x0bc 🎉", description="x\x1fy"))

    assert words(item, "Subject") == ["abc 🎉"]
    assert body(item) == ("Text", "xy")


@pytest.mark.parametrize(("more", "busy"), [
    ({}, "Busy"), ({"transparency": "transparent"}, "Free"), ({"status": "tentative"}, "Tentative"),
    ({"eventType": "outOfOffice"}, "OOF"), ({"eventType": "fromGmail"}, "Busy"),
])
def test_what_others_see_of_the_time(more: Event, busy: str) -> None:
    """Free, tentative, out of office, or busy."""
    assert words(item_of(event(**more)), "LegacyFreeBusyStatus") == [busy]


def test_that_an_out_of_office_declines_by_itself_is_named() -> None:
    """An appointment does not."""
    declining = {"outOfOfficeProperties": {"autoDeclineMode": "declineAllConflictingInvitations"}}

    assert item_of(event(eventType="outOfOffice", **declining)).untold == (
        "that it declines invitations by itself is not carried"
    )
    assert item_of(event(outOfOfficeProperties={"autoDeclineMode": "declineNone"})).untold == ""


@pytest.mark.parametrize(("visibility", "sensitivity"), [
    ("default", "Normal"), ("public", "Normal"), ("private", "Private"), ("confidential", "Private"),
])
def test_who_may_see_it(visibility: str, sensitivity: str) -> None:
    """What is private stays so."""
    assert words(item_of(event(visibility=visibility)), "Sensitivity") == [sensitivity]


# By what it is known

@pytest.mark.parametrize("uid", ["abc@google.com", EXCHANGE_UID, EXCHANGE_UID[:-2]])
def test_an_organizers_update_meets_it(uid: str) -> None:
    """By the UID and the global object id that Exchange makes of it, be it of another system or of an Exchange."""
    item = element(item_of(event(iCalUID=uid)))

    assert item.findtext(f"{TYPES}UID") == uid
    for number in ("0x0003", "0x0023"):
        assert b64decode(value_of(item, number)) == object_id_of(uid)


def test_an_invitation_to_one_occurrence_is_known_as_that_occurrence() -> None:
    """Of a series that the owner has not: by its day in the zone of the series."""
    series = event(AHEAD, zone="Asia/Tokyo")
    item = item_of(exception(series, wall(2027, 3, 8, 2), wall(2027, 3, 9, 5), zone="Asia/Tokyo"))

    assert b64decode(value_of(element(item), "0x0003")) == dated(object_id_of("e1@google.com"), wall(2027, 3, 8).date())
    assert words(item, "Start") == ["2027-03-08T20:00:00Z"]
    assert b64decode(value_of(element(item), "0x0023")) == object_id_of("e1@google.com")


# People

def test_the_owners_own_meeting_has_its_guests_with_their_answers() -> None:
    """The owner is its organizer, and none of its guests; nobody is to be invited again."""
    item = item_of(event(AHEAD, sequence=3, attendees=[
        guest(OWNER, "accepted", self=True, organizer=True), guest("ben@example.net", "accepted", displayName="Ben"),
        guest("eve@example.net"), guest("dai@example.net", "tentative", optional=True),
        guest("room@resource.calendar.google.com", "accepted", resource=True),
    ]))
    found = element(item)

    assert people(item, "RequiredAttendees") == [("ben@example.net", "Accept"), ("eve@example.net", "Unknown")]
    assert people(item, "OptionalAttendees") == [("dai@example.net", "Tentative")]
    assert people(item, "Resources") == [("room@resource.calendar.google.com", "Accept")]
    # PidLidAppointmentStateFlags, PidLidResponseStatus, PidLidFInvited, PidLidAppointmentSequence
    assert [value_of(found, one) for one in ("0x8217", "0x8218", "0x8229", "0x8201")] == ["1", "1", "true", "3"]
    assert value_of(found, "0x5d02") == ""
    assert item.untold == ""


@pytest.mark.parametrize(("answer", "number", "busy"), [
    ("accepted", "3", "Busy"), ("declined", "4", "Free"), ("tentative", "2", "Tentative"),
    ("needsAction", "5", "Tentative"),
])
def test_an_invitation_stays_one(answer: str, number: str, busy: str) -> None:
    """Somebody else is its organizer, by name and address, and the owner is among its guests by the new address."""
    item = item_of(invitation(answer))
    found = element(item)

    assert [value_of(found, one) for one in ("0x8217", "0x8218")] == ["3", number]
    assert [value_of(found, one) for one in ("0x0042", "0x5d02")] == ["Beata Boss", "boss@example.net"]
    assert NEW in [address for address, _ in people(item, "RequiredAttendees")]
    assert words(item, "LegacyFreeBusyStatus") == [busy]


def test_what_cannot_be_said_of_guests_is_in_the_report() -> None:
    """Whom they bring, who has no address, what they may do; what they wrote is in the text."""
    item = item_of(event(AHEAD, guestsCanModify=True, attendeesOmitted=True, attendees=[
        guest("ben@example.net", additionalGuests=2, displayName="Ben", comment="Coming late"),
        {"id": "1", "displayName": "Zed", "responseStatus": "accepted"},
    ]))

    assert "Ben brings 2 more" in item.untold
    assert "no address is known of its guest Zed" in item.untold
    assert "Google does not tell all of its guests" in item.untold
    assert "what its guests may do with it" in item.untold
    assert body(item) == ("Text", "Ben answered: Coming late")


# Reminders

def own(*reminders: tuple[str, int]) -> Event:
    """Reminders of an event's own."""
    return {"useDefault": False, "overrides": [{"method": method, "minutes": minutes} for method, minutes in reminders]}


def test_it_reminds_as_its_calendar_does() -> None:
    """Without a word in each report, however many there are."""
    usual = calendar(PARIS, ("popup", 10), ("popup", 30), ("email", 60))

    assert reminds(event(AHEAD), entry=usual) == (["true", "30"], "")
    assert reminds(event(AHEAD), entry=calendar())[0][0] == "false"


@pytest.mark.parametrize(("reminders", "minutes", "said"), [
    ((("popup", 5), ("popup", 1440), ("email", 2880)), "1440",
     "of its reminders the one of 1 day before is carried, and not: 5 minutes before, 2 days before by e-mail"),
    ((("email", 60),), "60", "its reminder by e-mail, 1 hour before, comes by a pop-up"),
    ((("popup", 0),), "0", ""),
])
def test_the_earliest_reminder_on_a_screen_is_carried(
    reminders: tuple[tuple[str, int], ...], minutes: str, said: str
) -> None:
    """All others are named."""
    assert reminds(event(AHEAD, reminders=own(*reminders))) == (["true", minutes], said)


def test_what_is_over_does_not_remind() -> None:
    """Nor is there a word of it."""
    assert reminds(event(reminders=own(("popup", 5), ("popup", 9)))) == (["false", "9"], "")


def test_a_series_that_goes_on_reminds_of_its_next_occurrence() -> None:
    """And not of the hundreds before it; one that has ended does not."""
    usual = calendar(PARIS, ("popup", 10))
    going, ended = (item_of(event(None, f"RRULE:FREQ=WEEKLY{end}"), entry=usual) for end in ("", ";COUNT=5"))

    assert value_of(element(going), "0x8560") == "2026-03-09T07:50:00Z"     # PidLidReminderSignalTime
    assert words(ended, "ReminderIsSet") == ["false"]


# Whole days

def test_a_series_of_whole_days_keeps_its_days() -> None:
    """Over the change of clocks, with what was deleted and moved."""
    series = days("2026-03-27", "2026-03-28", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE;VALUE=DATE:20260330")
    moved = series | {
        "id": "x", "recurringEventId": "e1", "originalStartTime": {"date": "2026-03-31"},
        "start": {"date": "2026-04-02"}, "end": {"date": "2026-04-03"},
    }
    item = item_of(series, moved)

    assert sorted(shown(item)) == [
        datetime(2026, 3, 26, 23, tzinfo=UTC), datetime(2026, 3, 27, 23, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 4, 1, 22, tzinfo=UTC),
    ]


# Exceptions

def test_an_occurrence_that_became_a_whole_day_is_one() -> None:
    """Its series has times."""
    series = event(AHEAD, "RRULE:FREQ=DAILY;COUNT=3")
    item = item_of(series, exception(
        series, AHEAD + timedelta(days=1), start={"date": "2027-03-02"}, end={"date": "2027-03-03"},
    ))
    [changed] = item.changed

    assert (changed.start, changed.end - changed.start) == (
        datetime(2027, 3, 1, 23, tzinfo=UTC), timedelta(days=1)
    )
    assert b"<t:IsAllDayEvent>true" in changed.element


def test_a_series_of_which_nothing_else_is_left_is_what_is_left() -> None:
    """All others were deleted; one has another text, other guests and another place."""
    series = event(AHEAD, "RRULE:FREQ=DAILY;COUNT=3")
    last = exception(series, AHEAD + timedelta(days=2), summary="Last", location="Lyon", description="<i>new</i>",
                     attendees=[guest("ben@example.net")])
    item = item_of(series, cancelled(series, AHEAD), last, cancelled(series, AHEAD + timedelta(days=1)))
    [changed] = item.changed

    assert len(item.deleted) == 2
    assert all(one in changed.element for one in (b"Last", b"Lyon", b"new", b"ben@example.net"))
    assert item.untold == ""


def test_an_occurrence_that_its_series_does_not_have_is_an_appointment_beside_it() -> None:
    """Somebody changed the rule after the occurrence."""
    series = event(AHEAD, "RRULE:FREQ=WEEKLY;COUNT=3")
    item = item_of(series, exception(series, AHEAD + timedelta(days=1), summary="Stray"))

    assert [words(one, "Subject") for one in item.further] == [["Stray"]]
    assert len(shown(item)) == 4


def test_an_event_whose_recurrence_nobody_can_read_is_there_once() -> None:
    """And the report has the rule."""
    item = item_of(event(AHEAD, "RRULE:FREQ=LUNAR"))

    assert len(shown(item)) == 1
    assert "FREQ=LUNAR" in item.untold


def test_an_event_without_times_is_refused() -> None:
    """It fails by itself, and stops no other."""
    with pytest.raises(RefusedError):
        item_of(event(start={"timeZone": PARIS}))


# What counts as a change

def test_what_google_numbers_and_dates_is_no_change() -> None:
    """Nor is another order of guests, or that time passes."""
    one = invitation("accepted")
    other = one | {"etag": "2", "updated": "2026-02-02T00:00:00Z", "htmlLink": "x", "colorId": "4",
                   "attendees": list(reversed(one["attendees"]))}
    later = datetime(2031, 5, 5, tzinfo=UTC)
    series = event(None, "RRULE:FREQ=MONTHLY;BYMONTHDAY=31")

    assert item_of(one).theirs == item_of(other).theirs
    assert item_of(series).theirs == item_of(series, now=later).theirs


def test_who_moves_to_another_zone_has_changed_no_event() -> None:
    """Neither what has an hour nor what is of whole days."""
    entries = calendar(), calendar("Asia/Tokyo")
    timed, whole = (
        {item_of(one, entry=entry).theirs for entry in entries} for one in (event(), days("2027-03-01", "2027-03-02"))
    )

    assert (len(timed), len(whole)) == (1, 1)


@pytest.mark.parametrize("change", [
    {"summary": "New"}, {"description": "New"}, {"location": "New"}, {"visibility": "private"}, {"sequence": 1},
    {"start": point(AHEAD - timedelta(hours=1))}, {"attendees": [guest("new@example.net")]},
    {"reminders": own(("popup", 7))}, {"transparency": "transparent"}, {"recurrence": ["RRULE:FREQ=DAILY"]},
])
def test_what_its_owner_changes_is_a_change(change: Event) -> None:
    """Each by itself."""
    assert item_of(event(AHEAD)).theirs != item_of(event(AHEAD) | change).theirs
