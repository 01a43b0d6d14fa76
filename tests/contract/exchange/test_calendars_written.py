"""Appointments as the connector writes them, read back by a reader of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from engine.ports.items import Verdict
from tests.contract.exchange.appointments import (
    FIRST,
    HOUR,
    SUBJECT,
    TAG,
    Calendar,
    appointment,
    at,
    calendar_of,
    changed,
    element,
    file,
    series,
    shown,
)
from tests.contract.exchange.conftest import Opened
from tests.contract.exchange_emulator.soap import NS


@pytest.fixture
def calendar(opened: Opened) -> Iterator[Calendar]:
    """The default calendar of a mailbox."""
    with calendar_of(opened) as found:
        yield found


def text(item: etree._Element, name: str) -> str:
    """What an element of an item says; "" where it has none."""
    return (item.findtext(f"t:{name}", "", NS) or "").strip()


def attached(item: etree._Element) -> list[str]:
    """The names of what is attached to an item."""
    return [one.text or "" for one in item.iterfind("t:Attachments/*/t:Name", NS)]


def test_an_appointment_is_written_by_one_request_with_its_tag(calendar: Calendar) -> None:
    """It has its fields and its times, and nothing further is sent."""
    more = "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Room 2</t:Location>"
    item = appointment(element(FIRST, item=f"{SUBJECT}<t:ReminderIsSet>false</t:ReminderIsSet>", calendar=more))
    before = calendar.requests()
    item_id = calendar.write(item)

    assert calendar.requests() - before == {"CreateItem": 1}
    there = calendar.item(item_id)
    assert [text(there, name) for name in ("Subject", "Start", "End", "LegacyFreeBusyStatus", "Location")] == [
        "Review", shown(FIRST), shown(FIRST + HOUR), "OOF", "Room 2",
    ]
    assert calendar.tag(item_id) == TAG.format(1)


def test_several_are_answered_each_at_its_place(calendar: Calendar) -> None:
    """One that is refused leaves the others alone."""
    items = [appointment(number=1), appointment(element(FIRST, FIRST - HOUR), number=2), appointment(number=3)]
    outcomes = calendar.create(*items)

    assert [one.verdict for one in outcomes] == [Verdict.DONE, Verdict.REFUSED, Verdict.DONE]
    assert len(calendar.seen()) == 2


def test_a_series_has_the_occurrences_that_the_source_has(calendar: Calendar) -> None:
    """What was deleted is not there; what was changed has its own time, text and place; all else is as the pattern."""
    item = series(
        deleted=[at(2)],
        changed=[
            changed(at(1), item="<t:Subject>Review, with Ann</t:Subject>"),
            changed(at(4), at(4, days=1, hours=2), calendar="<t:Location>Room 9</t:Location>"),
        ],
    )
    item_id = calendar.write(item)

    seen = calendar.seen()
    assert [text(one, "Start") for one in seen] == [
        shown(when) for when in (at(), at(1), at(3), at(4, days=1, hours=2), at(5), at(6), at(7), at(8), at(9))
    ]
    assert [text(one, "Subject") for one in seen][:3] == ["Review", "Review, with Ann", "Review"]
    assert [text(one, "Location") for one in seen][2:5] == ["", "Room 9", ""]
    assert calendar.is_whole(item_id)


def test_nobody_is_told_of_a_meeting(calendar: Calendar) -> None:
    """Every request that writes says so, whatever it changes; the emulator records what would have been sent."""
    people = (
        "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>ann@example.net</t:EmailAddress></t:Mailbox>"
        "</t:Attendee></t:RequiredAttendees>"
    )
    item = series(calendar=people, deleted=[at(2)], changed=[changed(at(1), at(1, hours=2), calendar=people)])
    item_id = calendar.write(item)
    (gone,) = calendar.opened.destination.delete([item_id])

    assert gone.verdict is Verdict.DONE
    assert not calendar.seen()
    assert calendar.opened.emulator.outgoing() == []


def test_neighbours_move_without_passing_one_another(calendar: Calendar) -> None:
    """Each moved beyond where the next one was: to later the last one first, to earlier the first one first."""
    later = [changed(at(week), at(week, days=8)) for week in (6, 7, 8, 9)]
    earlier = [changed(at(week), at(week, days=-8)) for week in (2, 3, 4)]
    calendar.write(series(deleted=[at(1)], changed=[*later, *reversed(earlier)]))

    assert calendar.starts() == [
        at(), *(at(week, days=-8) for week in (2, 3, 4)), at(5), *(at(week, days=8) for week in (6, 7, 8, 9)),
    ]


def test_an_occurrence_takes_a_place_that_a_deleted_one_has_left(calendar: Calendar) -> None:
    """What was deleted at the source is gone before anything moves."""
    calendar.write(series(deleted=[at(3)], changed=[changed(at(2), at(3, days=1))]))

    assert calendar.starts()[:4] == [at(), at(1), at(3, days=1), at(4)]


def test_what_an_occurrence_lacks_is_taken_away_from_it(calendar: Calendar) -> None:
    """Its place, people and categories, where its series has some."""
    whole = f"{SUBJECT}<t:Categories><t:String>Red</t:String></t:Categories>"
    place = "<t:Location>Room 2</t:Location>"
    item_id = calendar.write(series(item=whole, calendar=place, changed=[
        changed(at(1), item="<t:Categories/>", calendar="<t:Location/>"),
    ]))

    there = calendar.occurrence(item_id, 2)
    assert (text(there, "Location"), there.find("t:Categories", NS)) == ("", None)
    assert text(calendar.occurrence(item_id, 3), "Location") == "Room 2"


def test_what_is_attached_comes_with_further_requests(calendar: Calendar) -> None:
    """The item is unfinished until all is there."""
    item = appointment(attachments=[file("plan.txt"), file("map.txt")])
    (made,) = calendar.create(item)

    assert not calendar.is_whole(made.id or "")
    assert calendar.finish(made.id or "", item).verdict is Verdict.DONE
    assert attached(calendar.item(made.id or "")) == ["plan.txt", "map.txt"]
    assert calendar.is_whole(made.id or "")


def test_an_occurrence_that_would_pass_its_neighbour_becomes_an_appointment_of_its_own(calendar: Calendar) -> None:
    """It is at its time, once, with what it has; the report says so; the series has all others."""
    item = series(changed=[
        changed(at(2), at(5, days=1), item="<t:Subject>Late</t:Subject>"), changed(at(3), at(3, hours=1)),
    ], attachments=[file("plan.txt")])
    (made,) = calendar.create(item)
    ended = calendar.finish(made.id or "", item)

    assert ended.verdict is Verdict.DONE
    assert [words.partition(":")[0] for words in ended.untold] == ["its occurrence of 2026-03-16 09"]
    seen = calendar.seen()
    assert [text(one, "Start") for one in seen] == [
        shown(when) for when in (at(), at(1), at(3, hours=1), at(4), at(5), at(5, days=1), at(6), at(7), at(8), at(9))
    ]
    assert [(text(one, "Subject"), attached(one)) for one in seen][4:7] == [
        ("Review", ["plan.txt"]), ("Late", ["plan.txt"]), ("Review", ["plan.txt"]),
    ]
    assert text(seen[5], "CalendarItemType") == "Single"


def daily(number: int) -> str:
    """Every day, that many times."""
    return (
        "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
        f"<t:StartDate>2026-03-02</t:StartDate><t:NumberOfOccurrences>{number}</t:NumberOfOccurrences>"
        "</t:NumberedRecurrence></t:Recurrence>"
    )


@pytest.mark.parametrize("most", [None, 999])
def test_occurrences_are_found_however_far_a_server_counts(calendar: Calendar, most: int | None) -> None:
    """What lies beyond the last index is found where the calendar shows it, beside another series at the same time."""
    calendar.opened.emulator.configure(max_instance_index=most)
    calendar.write(series(recurrence=daily(1500)))
    before = calendar.requests()
    item = series(
        recurrence=daily(1400), deleted=[at(days=5), at(days=1000)],
        changed=[changed(at(days=700), item="<t:Subject>near</t:Subject>"),
                 changed(at(days=1300), at(days=1300, hours=2), item="<t:Subject>far</t:Subject>")],
    )
    item_id = calendar.write(item)

    sent = calendar.requests() - before
    assert sent["UpdateItem"] == 2
    assert sent["DeleteItem"] == 1
    assert sent["GetItem"] <= 7
    assert calendar.is_whole(item_id)
    days = {day: calendar.seen(shown(at(days=day)), shown(at(days=day, hours=12))) for day in (5, 700, 1000, 1300)}
    assert {day: sorted((text(one, "Start")[11:13], text(one, "Subject")) for one in seen)
            for day, seen in days.items()} == {
        5: [("09", "Review")], 700: [("09", "Review"), ("09", "near")], 1000: [("09", "Review")],
        1300: [("09", "Review"), ("11", "far")],
    }
