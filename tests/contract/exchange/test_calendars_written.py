"""Appointments as the connector writes them, read back by a reader of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from lxml import etree

from emulators.exchange import Fault
from engine.connectors.exchange.soap import TYPES
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
    weekly,
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
    before = calendar.requests()
    calendar.write(series(deleted=[at(1)], changed=[*later, *reversed(earlier)]))

    assert (calendar.requests() - before)["UpdateItem"] == 2       # the second takes the mark away
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


def test_what_is_attached_comes_with_the_item_itself(calendar: Calendar) -> None:
    """Files and items, in one request."""
    inner = f'<t:ItemAttachment xmlns:t="{TYPES[1:-1]}"><t:Name>inner</t:Name><t:Message><t:Subject>Inner</t:Subject>'
    whole = element(FIRST, item=f'{SUBJECT}<t:Body BodyType="Text">&lt;t:Attachments/&gt;</t:Body>')
    before = calendar.requests()
    item_id = calendar.write(appointment(
        whole, attachments=[file("plan.txt"), f"{inner}</t:Message></t:ItemAttachment>".encode(), file("map.txt")],
    ))

    assert calendar.requests() - before == {"CreateItem": 1}
    there = calendar.item(item_id)
    assert (attached(there), text(there, "Body")) == (["plan.txt", "inner", "map.txt"], "<t:Attachments/>")
    assert calendar.is_whole(item_id)


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
    """What lies beyond the last index is found where the calendar shows it, beside other series at the same time."""
    calendar.opened.emulator.configure(max_instance_index=most)
    item = series(
        recurrence=daily(1400), deleted=[at(days=5), at(days=1000)],
        changed=[changed(at(days=700), item="<t:Subject>near</t:Subject>"),
                 changed(at(days=1300), at(days=1300, hours=2), item="<t:Subject>far</t:Subject>")],
    )
    others = [calendar.write(series(recurrence=daily(1500)))]
    item_id = calendar.create(item)[0].id or ""
    others.append(calendar.write(series(recurrence=daily(1500))))
    before = calendar.requests()
    assert calendar.finish(item_id, item).verdict is Verdict.DONE

    sent = calendar.requests() - before
    assert sent["UpdateItem"] == 2
    assert sent["DeleteItem"] == 1
    assert sent["GetItem"] <= 7
    assert [calendar.item(other).find("t:ModifiedOccurrences", NS) for other in others] == [None, None]
    assert calendar.is_whole(item_id)
    days = {day: calendar.seen(shown(at(days=day)), shown(at(days=day, hours=12))) for day in (5, 700, 1000, 1300)}
    assert {day: sorted((text(one, "Start")[11:13], text(one, "Subject")) for one in seen)
            for day, seen in days.items()} == {
        5: [("09", "Review")] * 2, 700: [("09", "Review")] * 2 + [("09", "near")], 1000: [("09", "Review")] * 2,
        1300: [("09", "Review")] * 2 + [("11", "far")],
    }


def test_a_long_series_with_many_exceptions_takes_few_requests(calendar: Calendar) -> None:
    """Of 500 occurrences 60 are changed, and as many deleted."""
    moved = [changed(at(week), at(week, hours=3), item=f"<t:Subject>{week}</t:Subject>") for week in range(1, 121, 2)]
    item = series(
        recurrence=weekly(500, "Monday Wednesday Thursday"), changed=moved,
        deleted=[at(week) for week in range(2, 122, 2)],
    )
    before = calendar.requests()
    item_id = calendar.write(item)

    sent = calendar.requests() - before
    assert sent == {"CreateItem": 1, "GetItem": sent["GetItem"], "DeleteItem": 2, "UpdateItem": 3}
    assert sent["GetItem"] <= 4
    there = calendar.item(item_id)
    assert len(there.findall("t:ModifiedOccurrences/t:Occurrence", NS)) == 60
    assert len(there.findall("t:DeletedOccurrences/t:DeletedOccurrence", NS)) == 60
    assert len(calendar.sizes) == 5


def test_each_request_that_writes_is_told_before_it_leaves(calendar: Calendar) -> None:
    """So that nobody else writes while it is under way; those that only read need nobody's leave."""
    calendar.write(series(
        deleted=[at(2)], attachments=[file("plan.txt")],
        changed=[changed(at(3), at(3, hours=1), attachments=[file("map.txt")])],
    ))

    sent = calendar.requests()
    assert len(calendar.sizes) == sent["DeleteItem"] + sent["UpdateItem"] + sent["CreateAttachment"] == 4
    assert all(size > 100 for size in calendar.sizes)


def test_an_occurrence_has_what_is_attached_to_it_and_to_its_series(calendar: Calendar) -> None:
    """No other occurrence has what is attached to that one."""
    item_id = calendar.write(series(
        attachments=[file("plan.txt")], changed=[changed(at(3), attachments=[file("map.txt")])],
    ))

    names = [sorted(attached(calendar.occurrence(item_id, index))) for index in (3, 4, 5)]
    assert names == [["plan.txt"], ["map.txt", "plan.txt"], ["plan.txt"]]
    assert attached(calendar.item(item_id)) == ["plan.txt"]


def test_an_occurrence_has_not_what_it_lacks_of_its_series(calendar: Calendar) -> None:
    """Its own file may have the name of one that is taken away; all other occurrences keep those of the series."""
    later = changed(at(5), at(5, hours=1), attachments=[file("plan.txt", b"another plan")])
    item_id = calendar.write(series(
        attachments=[file("plan.txt"), file("map.txt")],
        changed=[
            replace(changed(at(3)), without=(0,)), replace(later, without=(0, 1)),
            replace(changed(at(7), attachments=[file("own.txt")]), without=(1,)),
        ],
    ))

    shown_ = [calendar.occurrence(item_id, index) for index in (3, 4, 5, 6, 7, 8)]
    both = ["map.txt", "plan.txt"]
    assert [sorted(attached(one)) for one in shown_] == [
        both, ["map.txt"], both, ["plan.txt"], both, ["own.txt", "plan.txt"]]
    assert attached(calendar.item(item_id)) == ["plan.txt", "map.txt"]
    assert text(shown_[3].find("t:Attachments/t:FileAttachment", NS), "Size") == str(len(b"another plan"))


def test_a_file_that_goes_from_the_whole_series_is_put_back(calendar: Calendar) -> None:
    """Nobody knows that each server takes it from one occurrence alone; the report says that it is in all of them."""
    item = series(attachments=[file("plan.txt")], changed=[replace(changed(at(3)), without=(0,))])
    [made] = calendar.create(item)
    emulator = calendar.opened.emulator
    emulator.add_fault(Fault(operation="DeleteAttachment", nth=1, when="after", action="hold", name="taken"))
    with ThreadPoolExecutor(1) as aside:
        ending = aside.submit(calendar.finish, made.id or "", item)
        assert emulator.wait_held("taken", 30)
        attachment = calendar.item(made.id or "").find("t:Attachments/*/t:AttachmentId", NS)
        assert attachment is not None
        calendar.owner.call(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment.get("Id")}"/>'
                            "</m:AttachmentIds></m:DeleteAttachment>").ok()
        emulator.release("taken")
        ended = ending.result()

    assert (ended.verdict, len(ended.untold), "the whole series" in ended.untold[0]) == (Verdict.DONE, 1, True)
    assert attached(calendar.item(made.id or "")) == ["plan.txt"]
    assert attached(calendar.occurrence(made.id or "", 6)) == ["plan.txt"]


def test_of_two_files_with_one_name_none_is_taken_away(calendar: Calendar) -> None:
    """Nobody knows which is which; the report says which occurrence has too many. The digest is of what stands."""
    item = series(
        attachments=[file("plan.txt", b"old"), file("plan.txt", b"new"), file("map.txt")],
        changed=[replace(changed(at(3)), without=(0, 2))],
    )
    (made,) = calendar.create(item)
    ended = calendar.finish(made.id or "", item)

    assert ended.untold == (
        "its occurrence of 2026-03-23 09:00 UTC has an attachment of its series that it had not: “plan.txt”",)
    assert attached(calendar.occurrence(made.id or "", 4)) == ["plan.txt", "plan.txt"]
    assert calendar.tag(made.id or "").split(":")[3] == calendar.writer.digests([made.id or ""])[made.id or ""]


@pytest.mark.parametrize(("nth", "operation"), [
    (1, "UpdateItem"), (2, "UpdateItem"), (1, "DeleteItem"), (1, "GetItem"),
])
@pytest.mark.parametrize(("fault", "verdict"), [
    (Fault(operation="", nth=1, action="fault", code="ErrorServerBusy", back_off_ms=2000), Verdict.BUSY),
    (Fault(operation="", nth=1, action="items", positions=(0,), code="ErrorQuotaExceeded"), Verdict.FATAL),
    (Fault(operation="", nth=1, action="items", positions=(0,), code="ErrorTimeoutExpired"), Verdict.UNKNOWN),
])
def test_what_hinders_the_finish_is_told_and_the_item_stays_unfinished(
    calendar: Calendar, nth: int, operation: str, fault: Fault, verdict: Verdict
) -> None:
    """Whatever its further requests meet; nothing that was only read is unsure."""
    item = series(deleted=[at(2)], changed=[changed(at(3), at(3, hours=1))])
    (made,) = calendar.create(item)
    calendar.opened.emulator.add_fault(replace(fault, operation=operation, nth=nth))
    ended = calendar.finish(made.id or "", item)
    calendar.opened.emulator.clear_faults()

    unsure = verdict is Verdict.UNKNOWN and operation == "GetItem"
    assert ended.verdict is (Verdict.BUSY if unsure else verdict)
    assert not calendar.is_whole(made.id or "")


def test_an_occurrence_that_the_series_has_not_becomes_an_appointment_of_its_own(calendar: Calendar) -> None:
    """What was deleted and is not there is named: nobody can tell whether another one should have gone."""
    item = series(
        deleted=[at(2, hours=1)], changed=[changed(at(3, hours=1), at(3, hours=2), item="<t:Subject>Odd</t:Subject>")],
    )
    (made,) = calendar.create(item)
    ended = calendar.finish(made.id or "", item)

    assert ended.untold == (
        "its deleted occurrence of 2026-03-16 10:00 UTC is none that the series has at the destination",
        "its occurrence of 2026-03-23 10:00 UTC is an appointment of its own now, beside the series: "
        "the series has none at that time",
    )
    assert calendar.starts() == sorted([*(at(week) for week in range(10)), at(3, hours=2)])


def test_a_part_carries_the_tag_of_its_series_with_a_number_and_a_digest_of_its_own(calendar: Calendar) -> None:
    """So that both are known again, and neither passes for changed by its owner."""
    item = series(changed=[changed(at(2), at(5, days=1))])
    item_id = calendar.write(item)

    tags = {tag for page in [calendar.opened.destination.tags(calendar.folder, "")] for tag in
            ((one.id == item_id, one.tag) for one in page.items)}
    digests = calendar.writer.digests([one.id for one in calendar.opened.destination.tags(calendar.folder, "").items])
    task, code, key, _, theirs = TAG.format(1).split(":")
    part = next(digest for one, digest in digests.items() if one != item_id)
    assert tags == {
        (True, f"{task}:{code}:{key}:{digests[item_id]}:{theirs}"), (False, f"{task}:{code}:{key}/2:{part}:{theirs}"),
    }


def test_an_occurrence_that_nobody_takes_is_named_and_stands_as_the_series_has_it(calendar: Calendar) -> None:
    """The series is there with all others."""
    item = series(changed=[
        changed(at(2), at(2, hours=2), item="<t:Subject>Bad</t:Subject>"), changed(at(4), at(4, hours=1)),
    ])
    (made,) = calendar.create(item)
    bad = Fault(operation="UpdateItem", nth=1, action="items", positions=(1,), code="ErrorItemSave")
    calendar.opened.emulator.add_fault(bad)
    calendar.opened.emulator.add_fault(replace(bad, nth=2, positions=(0,)))
    calendar.opened.emulator.add_fault(replace(bad, operation="CreateItem", positions=(0,)))
    ended = calendar.finish(made.id or "", item)

    assert ended.verdict is Verdict.DONE
    assert [words.partition(":")[0] for words in ended.untold] == ["its occurrence of 2026-03-16 09"]
    assert "stands as the series has it" in ended.untold[0]
    assert calendar.starts()[:5] == [at(), at(1), at(2), at(3), at(4, hours=1)]


@pytest.mark.parametrize("operation", ["DeleteItem", "UpdateItem"])
def test_what_was_made_of_an_occurrence_goes_when_its_series_cannot_be_finished(
    calendar: Calendar, operation: str
) -> None:
    """Nothing would know of it any more."""
    item = series(attachments=[file("plan.txt")], changed=[changed(at(2), at(5, days=1))])
    (made,) = calendar.create(item)
    nth = {"DeleteItem": 1, "UpdateItem": 3}[operation]
    calendar.opened.emulator.add_fault(Fault(operation=operation, nth=nth, action="fault", code="ErrorServerBusy"))
    ended = calendar.finish(made.id or "", item)

    assert ended.verdict is Verdict.BUSY
    assert [one.id for one in calendar.opened.destination.tags(calendar.folder, "").items] == [made.id]


def test_what_was_made_of_an_occurrence_stays_when_nobody_knows_whether_its_series_is_finished(
    calendar: Calendar,
) -> None:
    """It may be, and would lack an occurrence then."""
    item = series(changed=[changed(at(2), at(5, days=1))])
    (made,) = calendar.create(item)
    calendar.opened.emulator.add_fault(Fault(operation="UpdateItem", nth=4, when="after", action="drop"))
    ended = calendar.finish(made.id or "", item)

    assert (ended.verdict, len(ended.untold)) == (Verdict.UNKNOWN, 1)
    assert len(calendar.starts()) == 10


def test_a_series_whose_digest_cannot_be_read_is_made_anew_once(calendar: Calendar) -> None:
    """Else a rollback would take it for changed by its owner; but a server may never tell it, and the series moves."""
    item, writer = series(changed=[changed(at(2), at(5, days=1))]), calendar.writer
    verdicts = []
    for _ in range(2):
        [made] = writer.create(calendar.folder, calendar.tagged(item))
        calendar.opened.emulator.add_fault(Fault(operation="GetFolder", action="fault", code="ErrorServerBusy",
                                                 back_off_ms=1))
        verdicts.append(writer.finish(made.id or "", calendar.tagged(item)[0], calendar.before).verdict)
        calendar.opened.emulator.clear_faults()

    assert verdicts == [Verdict.BUSY, Verdict.DONE]
    assert calendar.is_whole(made.id or "")


def test_requests_that_are_too_large_are_halved(calendar: Calendar) -> None:
    """Each change is sent once, in the same order."""
    words = f'<t:Body BodyType="Text">{"x" * 3_000}</t:Body>'
    later = [changed(at(week), at(week, days=8), item=words) for week in (6, 7, 8, 9)]
    (made,) = calendar.create(series(changed=later))
    calendar.opened.emulator.configure(max_request_bytes=8_000, oversize_status=413)
    before = calendar.requests()
    ended = calendar.finish(made.id or "", series(changed=later))

    assert (ended.verdict, ended.untold) == (Verdict.DONE, ()), ended.error
    assert (len(calendar.sizes), (calendar.requests() - before)["UpdateItem"]) == (4, 3)    # one was taken by nobody
    assert calendar.starts() == [*(at(week) for week in range(6)), *(at(week, days=8) for week in (6, 7, 8, 9))]


def test_what_is_attached_to_an_occurrence_and_is_too_large_is_why_the_item_is_refused(calendar: Calendar) -> None:
    """It says so; the engine removes the item and names it."""
    item = series(changed=[changed(at(3), attachments=[file("plan.txt", b"x" * 1_500_000)])])
    (made,) = calendar.create(item)
    calendar.opened.emulator.configure(max_request_bytes=1_200_000)
    ended = calendar.finish(made.id or "", item)

    assert (ended.verdict, str(ended.error)) == (Verdict.REFUSED, "larger than the destination takes")


def test_a_change_that_is_refused_once_is_sent_once_more(calendar: Calendar) -> None:
    """Somebody else may have been at work on the series; nothing of it is carried out twice."""
    item = series(changed=[changed(at(3), at(3, hours=1))])
    (made,) = calendar.create(item)
    conflict = Fault(operation="UpdateItem", nth=1, action="items", positions=(0,), code="ErrorIrresolvableConflict")
    calendar.opened.emulator.add_fault(conflict)
    ended = calendar.finish(made.id or "", item)

    assert (ended.verdict, ended.untold) == (Verdict.DONE, ())
    assert calendar.starts()[3] == at(3, hours=1)
