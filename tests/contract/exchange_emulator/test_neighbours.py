"""What else is at the time of an appointment, or right beside it: counts and lists."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, asking, create, created, get, occurrence, shown, update, view, weekly
from .meetings import arrive, event, found, identifier
from .soap import NS, Mailbox, distinguished, names

COUNTS = ("ConflictingMeetingCount", "AdjacentMeetingCount")
FIELDS = tuple(f"calendar:{name}" for name in (*COUNTS, "ConflictingMeetings", "AdjacentMeetings"))


def at(start: str, end: str, subject: str, more: str = "") -> str:
    """An appointment on 4 March 2024, in UTC."""
    return (f"<t:Subject>{subject}</t:Subject><t:Start>2024-03-04T{start}:00Z</t:Start>"
            f"<t:End>2024-03-04T{end}:00Z</t:End>{more}")


def counts(mailbox: Mailbox, item: str) -> list[str | None]:
    """How many items conflict with an item, and how many are adjacent to it."""
    return shown(mailbox.item(item, shape=asking(*FIELDS)), *COUNTS)


def listed(mailbox: Mailbox, item: str, name: str) -> list[str | None]:
    """The subjects in one of the lists."""
    one = mailbox.item(item, shape=asking(*FIELDS))
    return [each.findtext("t:Subject", namespaces=NS) for each in one.iterfind(f"t:{name}/t:CalendarItem", NS)]


def test_MS_OXWSMTGS_R193_R195_overlapping_items_conflict_and_touching_ones_are_adjacent(mailbox: Mailbox) -> None:
    """An item that shares a minute conflicts, one that begins or ends with it is adjacent, and no item with itself."""
    mine = created(mailbox, at("09:00", "10:00", "Mine"))
    for start, end, subject in (("09:59", "11:00", "Late"), ("08:00", "12:00", "Around"), ("08:00", "09:00", "Before"),
                                ("10:00", "10:30", "After"), ("10:01", "10:30", "Apart")):  # fmt: skip
        created(mailbox, at(start, end, subject))

    assert counts(mailbox, mine) == ["2", "2"]
    assert listed(mailbox, mine, "ConflictingMeetings") == ["Late", "Around"]
    assert listed(mailbox, mine, "AdjacentMeetings") == ["Before", "After"]


def test_MS_OXWSMTGS_R197_R199_a_list_shows_what_the_page_shows(mailbox: Mailbox) -> None:
    """Each item with its id, subject, times, status and place ("GetItem operation"); an empty list is left out."""
    mine = created(mailbox, at("09:00", "10:00", "Mine"))
    other = created(mailbox, at("09:30", "10:30", "Other", "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"))

    item = mailbox.item(mine, shape=asking(*FIELDS))
    one = item.find("t:ConflictingMeetings/t:CalendarItem", NS)

    assert names(one) == ["ItemId", "Subject", "Start", "End", "LegacyFreeBusyStatus", "Location"]
    assert one is not None
    assert shown(one, "Start", "End", "LegacyFreeBusyStatus") == ["2024-03-04T09:30:00Z", "2024-03-04T10:30:00Z", "OOF"]
    assert identifier(one) == other
    assert item.find("t:AdjacentMeetings", NS) is None


def test_only_items_of_the_same_calendar_are_compared(mailbox: Mailbox) -> None:
    """Another calendar folder is another world, and so is another mailbox."""
    other = mailbox.folder("Other", parent=distinguished("calendar"), kind="CalendarFolder")
    mine = created(mailbox, at("09:00", "10:00", "Mine"))
    away = create(at("09:00", "10:00", "Away")).replace(distinguished("calendar"), other)
    there = identifier(mailbox.call(away).ok().one(".//t:CalendarItem"))

    assert counts(mailbox, mine) == ["0", "0"]
    assert counts(mailbox, there) == ["0", "0"]


def test_occurrences_conflict_where_they_are(mailbox: Mailbox) -> None:
    """Of a series those occurrences count that meet the item, wherever they were moved."""
    series = created(mailbox, f"<t:Subject>Weekly</t:Subject>{HOUR}{weekly('Monday', start='2024-03-04', number=3)}")
    mine = created(mailbox, at("09:30", "10:30", "Mine").replace("03-04", "03-11"))
    late = created(mailbox, at("14:00", "15:00", "Late").replace("03-04", "03-12"))
    assert [counts(mailbox, one) for one in (mine, late, series)] == [["1", "0"], ["0", "0"], ["0", "0"]]

    mailbox.call(update(occurrence(series, 2), ("calendar:End", "<t:End>2024-03-12T14:00:00Z</t:End>"),
                        ("calendar:Start", "<t:Start>2024-03-12T13:00:00Z</t:Start>"))).ok()  # fmt: skip

    assert [counts(mailbox, one) for one in (mine, late)] == [["0", "0"], ["0", "1"]]
    assert counts(mailbox, occurrence(series, 2)) == ["0", "1"]


def test_the_first_occurrence_is_seen_where_it_was_moved_to(mailbox: Mailbox) -> None:
    """An exception before the start of its series meets what is there, in a view and among conflicts."""
    series = created(mailbox, f"<t:Subject>Weekly</t:Subject>{HOUR}{weekly('Monday', start='2024-03-04', number=3)}")
    mailbox.call(update(occurrence(series, 1), ("calendar:Start", "<t:Start>2024-03-01T09:00:00Z</t:Start>"),
                        ("calendar:End", "<t:End>2024-03-01T10:00:00Z</t:End>"))).ok()  # fmt: skip
    mine = created(mailbox, at("09:00", "10:00", "Mine").replace("03-04", "03-01"))

    seen = mailbox.call(view("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z")).ok()

    assert sorted(seen.texts(".//t:CalendarItem/t:Subject")) == ["Mine", "Weekly"]
    assert counts(mailbox, mine) == ["1", "0"]


def test_MS_OXWSMTGS_R321_R323_a_request_is_compared_with_the_calendar(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """The default calendar, without the appointment that the request has made."""
    created(mailbox, at("09:30", "09:45", "Dentist"))
    created(mailbox, at("10:00", "10:30", "Coffee"))
    request = identifier(arrive(emulator, mailbox, "REQUEST", event()))

    assert counts(mailbox, request) == ["1", "1"]
    assert listed(mailbox, request, "ConflictingMeetings") == ["Dentist"]
    assert len(found(mailbox, "calendar")) == 3


def test_counts_are_in_a_search_and_lists_are_not(mailbox: Mailbox) -> None:
    """FindItem gives the counts, and refuses the lists (rule R11)."""
    created(mailbox, at("09:00", "10:00", "One"))
    created(mailbox, at("09:00", "10:00", "Two"))
    within = ("2024-03-04T00:00:00Z", "2024-03-05T00:00:00Z")

    seen = mailbox.call(view(*within, shape=asking(FIELDS[0]))).ok()

    assert seen.texts(f".//t:{COUNTS[0]}") == ["1", "1"]
    assert mailbox.call(view(*within, shape=asking(FIELDS[2]))).codes == ["ErrorInvalidPropertyRequest"]


@pytest.mark.parametrize("name", COUNTS)
def test_the_page_conflicting_meeting_count_is_read_only(mailbox: Mailbox, name: str) -> None:
    """Nobody sets what the server counts, at creation or later."""
    one = created(mailbox, HOUR)
    element = f"<t:{name}>3</t:{name}>"

    assert mailbox.call(create(HOUR.replace("</t:End>", f"</t:End>{element}"))).codes == ["ErrorInvalidPropertySet"]
    assert mailbox.call(update(one, (f"calendar:{name}", element))).codes == ["ErrorInvalidPropertySet"]
    assert mailbox.call(get(one, shape=asking(*FIELDS))).codes == ["NoError"]
