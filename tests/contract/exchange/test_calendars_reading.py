"""Calendars of an Exchange mailbox, read as elements that another mailbox takes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator, Fault, Settings
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.tags import PROPERTY_NAME
from engine.connectors.exchange.typed.tagged import tagged
from engine.errors import RetryableError
from tests.contract.exchange.calendar_box import (
    DAILY,
    FILE,
    HOUR,
    NEW,
    NS,
    PARIS,
    Box,
    box,
    calendar,
    element,
    occurrence,
    told,
)
from tests.contract.exchange_emulator.meetings import event
from tests.contract.exchange_emulator.series_matrix import ZONES, by_dateutil, drawn, times
from tests.contract.exchange_emulator.series_matrix import element as recurrence
from tests.servers.exchange.pair import OUR_TAG, SOMEONES, named
from tests.servers.exchange.pair import tagged as tagged_property
from tests.servers.unheard import unheard

VERSIONS: tuple[VersionName, ...] = ("2010", "2019")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[ExchangeEmulator, Path]]]:
    """A server that is left of each version, and one to move to."""
    place = tmp_path_factory.mktemp("calendars")
    with (
        ExchangeEmulator(place / "2010.sqlite", settings=Settings(auth=("basic",), version="2010")) as old,
        ExchangeEmulator(place / "2019.sqlite", settings=Settings(auth=("basic",))) as other,
        ExchangeEmulator(place / "new.sqlite", settings=Settings(auth=("basic",))) as new,
    ):
        yield {
            "2010": (old, place / "2010.sqlite"), "2019": (other, place / "2019.sqlite"),
            "new": (new, place / "new.sqlite"),
        }


def _opened(servers: dict[str, tuple[ExchangeEmulator, Path]], which: str) -> Iterator[Box]:
    made = box(*servers[which])
    yield made
    made.sessions.close()
    unheard(made.emulator)


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, servers: dict[str, tuple[ExchangeEmulator, Path]]) -> Iterator[Box]:
    """A mailbox that is left."""
    yield from _opened(servers, request.param)


@pytest.fixture
def left(servers: dict[str, tuple[ExchangeEmulator, Path]]) -> Iterator[Box]:
    """A mailbox that is left, of the newest version."""
    yield from _opened(servers, "2019")


@pytest.fixture
def new(servers: dict[str, tuple[ExchangeEmulator, Path]]) -> Iterator[Box]:
    """A mailbox to move to."""
    yield from _opened(servers, "new")


FULL = (
    "<t:Subject>Plan &amp; more</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
    '<t:Body BodyType="HTML">&lt;html&gt;&lt;body&gt;&lt;b&gt;all&lt;/b&gt; of it&lt;/body&gt;&lt;/html&gt;</t:Body>'
    "<t:Categories><t:String>Red</t:String><t:String>Ü</t:String></t:Categories><t:Importance>High</t:Importance>"
    "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>30</t:ReminderMinutesBeforeStart>"
    "<t:Start>2044-03-04T09:00:00Z</t:Start><t:End>2044-03-04T10:30:00Z</t:End>"
    "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Room 1</t:Location>"
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.net</t:EmailAddress>"
    "</t:Mailbox></t:Attendee></t:RequiredAttendees><t:Resources><t:Attendee><t:Mailbox><t:Name>Beamer</t:Name>"
    "<t:EmailAddress>beamer@example.net</t:EmailAddress></t:Mailbox></t:Attendee></t:Resources>"
    f"{PARIS}<t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>"
)
# What a mailbox counts, dates or computes for itself; read off the schema's ItemType and CalendarItemType.
OWN = {
    "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "DateTimeSent", "DateTimeCreated", "EffectiveRights",
    "LastModifiedName", "LastModifiedTime", "WebClientReadFormQueryString", "ConversationId", "Organizer",
    "DateTimeStamp", "IsDraft", "IsUnmodified",
}


def facts(shown: object) -> dict[str, str]:
    """Every field that a mailbox shows and does not compute, as raw XML."""
    from lxml import etree

    return {
        one.tag.removeprefix(TYPES): etree.tostring(one, method="c14n").decode()
        for one in shown                            # type: ignore[attr-defined]  # an element
        if one.tag.removeprefix(TYPES) not in OWN
    }


def test_an_appointment_is_the_same_in_the_mailbox_that_takes_its_element(old: Box, new: Box) -> None:
    """Field by field, by raw XML; and its digest there is the one that it was given."""
    there = old.put(FULL)

    item = old.one()
    [here] = new.create(item.element.decode())

    assert facts(new.shown(f'<t:ItemId Id="{here}"/>')) == facts(old.shown(f'<t:ItemId Id="{there}"/>'))
    assert new.digest(here) == item.ours
    assert (item.untold, item.is_whole) == ("", True)


@pytest.mark.parametrize("row", drawn(10), ids=lambda row: f"{row.pattern} {row.end} {row.zone}")
def test_a_series_begins_at_its_local_time_in_whatever_zone(old: Box, new: Box, row: object) -> None:
    """Its zone travels with all of its rules, a custom one too."""
    series, zone = row.series(), ZONES[row.zone][0]                        # type: ignore[attr-defined]  # a Row
    there = old.put(f"<t:Subject>Round</t:Subject>{times(by_dateutil(series)[0])}{recurrence(series)}{zone}")

    item = old.one()
    [here] = new.create(item.element.decode())

    for index in (1, 2, 7, 12):
        mine, theirs = (at.shown(occurrence(master, index)) for at, master in ((new, here), (old, there)))
        assert told(mine, "Start", "End") == told(theirs, "Start", "End")
    assert new.digest(here) == item.ours


def test_occurrences_that_differ_are_told_with_what_differs(old: Box) -> None:
    """Moved, renamed, without a place, deleted, with a file of their own."""
    master = old.series(f"<t:Subject>Round</t:Subject>{HOUR}<t:Location>Here</t:Location>{DAILY}{PARIS}")
    old.update(occurrence(master, 2), ("calendar:Start", "<t:Start>2024-03-05T11:00:00Z</t:Start>"),
               ("calendar:End", "<t:End>2024-03-05T12:00:00Z</t:End>"))
    old.update(occurrence(master, 4), ("item:Subject", "<t:Subject>Another</t:Subject>"))
    old.update(occurrence(master, 5), ("calendar:Location", ""))
    old.delete(occurrence(master, 3))
    old.attach(old.occurrence_id(master, 7), FILE.format("own.txt", "QUJD"))

    item = old.one()

    assert not item.is_whole
    assert item.deleted == (datetime(2024, 3, 6, 9, tzinfo=UTC),)
    differing = {
        each.original.day: {one.tag.removeprefix(TYPES): one.text for one in element(each.element)}
        for each in item.changed
    }
    assert differing == {
        5: {"Start": "2024-03-05T11:00:00Z", "End": "2024-03-05T12:00:00Z"}, 7: {"Subject": "Another"},
        8: {"Location": None}, 10: {},
    }
    moved = item.changed[0]
    assert (moved.original.hour, moved.start.hour, moved.end.hour) == (9, 11, 12)
    [[own]] = [each.attachments for each in item.changed if each.attachments]
    assert told(element(own), "Name", "Content") == ["own.txt", "QUJD"]


def test_what_is_attached_to_a_series_is_not_told_again_of_its_occurrences(old: Box) -> None:
    """Each occurrence has it from the series."""
    master = old.series()
    old.attach(master, FILE.format("all.txt", "QUJD"))
    old.update(occurrence(master, 4), ("item:Subject", "<t:Subject>Another</t:Subject>"))

    item = old.one()

    assert len(item.attachments) == 1
    assert [each.attachments for each in item.changed] == [()]


def test_attachments_travel_with_their_content_items_one_level_deep(old: Box, new: Box) -> None:
    """A message with all that is in it; what is attached to an attached appointment is named."""
    there = old.put(f"<t:Subject>Plan</t:Subject>{HOUR}{PARIS}")
    mime = b64encode(b"From: ann@example.net\r\nSubject: Inner\r\nMIME-Version: 1.0\r\n\r\nwords\r\n").decode()
    old.attach(
        there, FILE.format("a &amp; b.bin", "AAEC"),
        "<t:ItemAttachment><t:Name>mail</t:Name><t:Message>"
        f"<t:MimeContent>{mime}</t:MimeContent></t:Message></t:ItemAttachment>",
        f"<t:ItemAttachment><t:Name>date</t:Name><t:CalendarItem><t:Subject>Inner date</t:Subject><t:Attachments>"
        f"{FILE.format('deep', 'AA==')}</t:Attachments>{HOUR}</t:CalendarItem></t:ItemAttachment>",
    )

    item = old.one()
    [here] = new.create(item.element.decode())
    new.attach(here, *(one.decode() for one in item.attachments))

    assert item.untold == "what is attached to its attachment “date” is not carried"
    assert new.digest(here) == item.ours
    assert told(element(item.attachments[0]), "Name", "Content") == ["a & b.bin", "AAEC"]


def test_the_key_is_made_of_the_global_object_id_and_a_listing_knows_it(old: Box) -> None:
    """It is equal in a copy, and different for each occurrence that stands by itself."""
    there = old.put(f"<t:Subject>One</t:Subject>{HOUR}", f"<t:Subject>Two</t:Subject>{HOUR}")
    old.call(
        '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="calendar"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{there}"/></m:ItemIds></m:CopyItem>'
    )
    old.put(*(f"<t:Subject>Alone {day}</t:Subject>{HOUR}" for day in (4, 5)))
    for day in (4, 5):      # of one series, which is not here
        old.sql(
            "UPDATE item SET appointment=json_set(appointment, '$.original_start', ?, '$.object_id', ?)"
            " WHERE subject=?",
            f"2024-03-0{day}T09:00:00Z", f"040000008200E00074C5B7101A82E008{'00' * 20}0400000041424344", f"Alone {day}",
        )

    with old.reading() as reader:
        place = calendar(reader)
        listed = {one.uid: one.key for one in reader.listing(place)}
        items = {one.uid: one for one in reader.read(place, list(listed))}

    assert {uid: item.key for uid, item in items.items()} == listed
    assert len(listed) == 5
    assert len(set(listed.values())) == 4


def test_an_appointment_without_a_global_object_id_has_the_key_of_its_search_key(left: Box) -> None:
    """That one stays, too, as long as the item is there."""
    there = left.put(f"<t:Subject>Old</t:Subject>{HOUR}")
    left.sql("UPDATE item SET appointment=json_set(appointment, '$.object_id', '', '$.uid', '') WHERE subject='Old'")

    first, again = left.one(), left.one()

    left.sql("UPDATE item SET search_key=x'' WHERE subject='Old'")
    bare = left.one()
    assert first.key == again.key != b""
    assert element(first).find("t:UID", NS) is None
    assert (len(bare.key), bare.key != first.key, bool(there)) == (16, True, True)


def test_a_tag_of_ours_and_whatever_other_programs_noted_stay_behind(old: Box) -> None:
    """A mailbox that was a destination once would bring tags of its old tasks along."""
    old.put(f"<t:Subject>One</t:Subject>{OUR_TAG}{SOMEONES}{HOUR}")

    item = old.one()

    assert PROPERTY_NAME.encode() not in item.element
    assert b"Theirs" not in item.element


def test_the_tag_stands_where_the_schema_has_it(old: Box, new: Box) -> None:
    """Among other properties, and where there are none."""
    old.put(f"<t:Subject>One</t:Subject>{HOUR}")
    written = element(old.one())
    bare = element(old.one())
    for one in bare.findall("t:ExtendedProperty", NS):
        bare.remove(one)
    from lxml import etree

    for each in (written, bare):
        new.create(tagged(etree.tostring(each), "7K2F9QXD:0a1b2c3d:0").decode())


def test_meetings_of_others_say_who_sent_them_and_what_was_answered(old: Box) -> None:
    """By the properties that a mail program reads; the Organizer element is the server's."""
    asked = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\n{event()}END:VCALENDAR\r\n"
    assert old.emulator.receive_meeting(old.address, asked.encode()) == "created"

    found = element(old.one())

    values = {
        int(uri.get("PropertyId") or uri.get("PropertyTag") or "0", 0): one.findtext("t:Value", namespaces=NS)
        for one in found.iterfind("t:ExtendedProperty", NS)
        if (uri := one.find("t:ExtendedFieldURI", NS)) is not None
    }
    assert [values[number] for number in (0x5D02, 0x0065, 0x0064, 0x0042)] == [
        "boss@example.org", "boss@example.org", "SMTP", "Boss",
    ]
    assert values[0x8217] == "3"
    assert found.find("t:Organizer", NS) is None
    assert found.find("t:AllowNewTimeProposal", NS) is None


def test_people_get_addresses_that_mean_something_elsewhere(old: Box) -> None:
    """EX addresses are resolved where somebody knows them, the owner's own becomes the new one, others are named."""
    colleague = f"colleague-{old.address}"
    old.emulator.add_mailbox(colleague, password="x")
    mine, theirs = old.emulator.ex_addresses(old.address, colleague)
    people = "".join(
        f"<t:Attendee><t:Mailbox><t:Name>{name}</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        f"<t:RoutingType>{routing}</t:RoutingType></t:Mailbox></t:Attendee>"
        for name, address, routing in (
            ("Me", old.address, "SMTP"), ("Me again", mine, "EX"), ("Colleague", theirs, "EX"),
            ("Gone", "/o=Emulator/ou=x/cn=Recipients/cn=gone", "EX"), ("Ann", "ann@example.net", "SMTP"),
        )
    )
    old.put(f"<t:Subject>All</t:Subject>{HOUR}<t:RequiredAttendees>{people}</t:RequiredAttendees>")

    item = old.one()

    found = [one.text for one in element(item).iterfind(".//t:Attendee/t:Mailbox/t:EmailAddress", NS)]
    assert found == [NEW, colleague, "ann@example.net"]
    assert "Gone" in item.untold
    assert b"/o=" not in item.element.lower()


def test_people_without_any_address_are_named_and_left_out(left: Box) -> None:
    """A server refuses them; where nobody is left, the field is left out."""
    attendee = "<t:Attendee><t:Mailbox><t:Name>Ann</t:Name></t:Mailbox></t:Attendee>"
    left.put(f"<t:Subject>Old</t:Subject>{HOUR}")
    left.sql(
        "UPDATE item SET extra=json_set(extra, '$.RequiredAttendees', ?) WHERE subject='Old'",
        f"<t:RequiredAttendees>{attendee}</t:RequiredAttendees>",
    )

    item = left.one()

    assert element(item).find("t:RequiredAttendees", NS) is None
    assert item.untold == "no address of mail is known of Ann, who is left out of the people of it"


def test_what_ended_before_it_began_lasts_a_minute_and_is_named(left: Box) -> None:
    """A server refuses an end that is not behind the start."""
    left.put(f"<t:Subject>Odd</t:Subject>{HOUR}")
    left.sql("UPDATE item SET appointment=json_set(appointment, '$.end', '2024-03-04T08:00:00Z') WHERE subject='Odd'")

    item = left.one()

    assert told(element(item), "Start", "End") == ["2024-03-04T09:00:00Z", "2024-03-04T09:01:00Z"]
    assert item.untold


def test_reminders_of_what_is_past_keep_silent(old: Box) -> None:
    """That of what is to come is as it was, that of a series waits for its next time."""
    on = "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>"
    endless = (
        "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence>"
        "<t:StartDate>2024-03-04</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
    )
    old.put(f"<t:Subject>past</t:Subject>{on}{HOUR}", f"<t:Subject>past series</t:Subject>{on}{HOUR}{DAILY}",
            f"<t:Subject>to come</t:Subject>{on}{HOUR.replace('2024', '2044')}",
            f"<t:Subject>endless</t:Subject>{on}{HOUR}{endless}")

    found = {told(element(item), "Subject")[0]: element(item) for item in old.read()}

    assert {name: told(each, "ReminderIsSet")[0] for name, each in found.items()} == {
        "past": "false", "past series": "false", "to come": "true", "endless": "true",
    }
    [signal] = [
        one.findtext("t:Value", "", NS) for one in found["endless"].iterfind("t:ExtendedProperty", NS)
        if one.find(f"t:ExtendedFieldURI[@PropertyId='{0x8560}']", NS) is not None
    ]
    assert signal > f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_calendars_keep_their_hierarchy_and_birthdays_stay(left: Box) -> None:
    """What a server makes of contacts is counted as left out; folders for mail are not among them."""
    left.emulator.add_system_folders(left.address)
    made = left.call(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderId><m:Folders>'
        "<t:CalendarFolder><t:DisplayName>Team</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>"
    )
    team = str(made.find(f".//{TYPES}FolderId").get("Id"))                   # type: ignore[union-attr]  # there
    left.put(f"<t:Subject>In it</t:Subject>{HOUR}", folder=f'<t:FolderId Id="{team}"/>')
    left.put(f"<t:Subject>Ann</t:Subject>{HOUR}")
    left.sql(
        "UPDATE item SET folder=(SELECT id FROM folder WHERE name='Birthdays' AND mailbox=item.mailbox)"
        " WHERE subject='Ann'",
    )

    with left.reading() as reader:
        found = reader.folders()
        inside = [folder for folder in found.folders if folder.path[-1] == "Team"]
        listed = list(reader.listing(inside[0]))

    assert [folder.path for folder in found.folders] == [
        ("Calendar",), ("Calendar", "Team"), ("Calendar", "United States holidays"),
    ]
    assert len(listed) == 1
    assert [(each.path[-1], each.items, each.counted) for each in found.left] == [("Birthdays", 1, True)]


def test_names_for_the_report_have_the_time_that_the_clocks_show(left: Box) -> None:
    """A person recognises it by that."""
    left.put(f"<t:Subject>Plan</t:Subject>{HOUR}{PARIS}")
    with left.reading() as reader:
        place = calendar(reader)
        [one] = reader.listing(place)
        [named_] = reader.envelopes(place, [one.uid]).values()

    assert (named_.subject, named_.date) == ("Plan", "2024-03-04 10:00")


@pytest.mark.parametrize("change", [
    ("item:Subject", "<t:Subject>x</t:Subject>"), ("calendar:Location", "<t:Location>x</t:Location>"),
    ("item:Body", '<t:Body BodyType="Text">x</t:Body>'),
    ("item:Sensitivity", "<t:Sensitivity>Personal</t:Sensitivity>"),
    ("item:Categories", "<t:Categories><t:String>x</t:String></t:Categories>"),
    ("calendar:IsAllDayEvent", "<t:IsAllDayEvent>true</t:IsAllDayEvent>"),
    ("calendar:LegacyFreeBusyStatus", "<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>"),
    ("item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>5</t:ReminderMinutesBeforeStart>"),
    ("item:Importance", "<t:Importance>High</t:Importance>"),
], ids=lambda change: change[0])
@pytest.mark.parametrize("index", [0, 4], ids=["series", "occurrence"])
def test_both_digests_show_what_the_owner_changes(left: Box, change: tuple[str, str], index: int) -> None:
    """In a series, and in one of its occurrences alone."""
    master = left.series()
    left.silence(master)
    before = left.one()

    left.update(occurrence(master, index) if index else f'<t:ItemId Id="{master}"/>', change)

    after = left.one()
    assert (after.ours == before.ours, after.theirs == before.theirs) == (False, False)
    assert left.digest(master) == after.ours


def test_digests_show_attachments_and_what_was_deleted(left: Box) -> None:
    """A file by its content."""
    master = left.series()
    left.silence(master)
    digests = [left.one().ours]
    left.attach(master, FILE.format("a", "AAAA"))
    digests.append(left.one().ours)
    left.attach(left.occurrence_id(master, 2), FILE.format("a", "AAAB"))
    digests.append(left.one().ours)
    left.delete(occurrence(master, 3))
    digests.append(left.one().ours)

    assert len(set(digests)) == 4
    assert left.digest(master) == digests[-1]


def test_no_digest_shows_a_dismissed_reminder_or_what_another_program_noted(left: Box) -> None:
    """Nobody has changed the appointment by that."""
    there = left.put(f"<t:Subject>One</t:Subject><t:ReminderIsSet>true</t:ReminderIsSet>{HOUR}")
    before = left.one()
    signal = named("Common", 0x8560, "SystemTime", "2044-01-01T00:00:00Z")
    left.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{there}"/><t:Updates>'
        '<t:SetItemField><t:FieldURI FieldURI="item:ReminderIsSet"/><t:CalendarItem><t:ReminderIsSet>false'
        "</t:ReminderIsSet></t:CalendarItem></t:SetItemField><t:SetItemField>"
        '<t:ExtendedFieldURI DistinguishedPropertySetId="Common" PropertyId="34144" PropertyType="SystemTime"/>'
        f"<t:CalendarItem>{signal}</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )

    after = left.one()

    assert (after.ours, after.theirs) == (before.ours, before.theirs)
    assert left.digest(there) == before.ours


def test_what_cannot_be_read_of_an_appointment_is_named(left: Box) -> None:
    """Files; all else of it comes."""
    there = left.put(f"<t:Subject>Plan</t:Subject>{HOUR}")
    left.attach(there, FILE.format("lost.txt", "AAAA"), FILE.format("lost too", "AAAA"))
    left.emulator.spoil(left.address, there, code="ErrorCannotOpenFileAttachment")

    item = left.one()

    assert item.attachments == ()
    assert item.untold.count("could not be read at the source") == 2
    assert b64decode(element(item).findtext("t:ExtendedProperty/t:Value", "", NS))


def test_an_appointment_whose_text_is_damaged_comes_without_it(left: Box) -> None:
    """And says so; a server gives the rest when it is asked for that alone."""
    there = left.put(f'<t:Subject>Plan</t:Subject><t:Body BodyType="Text">words</t:Body>{HOUR}')
    left.put(f"<t:Subject>Sound</t:Subject>{HOUR}")
    left.emulator.spoil(left.address, there, code="ErrorItemCorrupt")

    damaged, sound = left.read()

    assert told(element(damaged), "Subject", "Body") == ["Plan", None]
    assert (damaged.untold, sound.untold) == ("its text is lacking, which the source could not give", "")


def test_the_owner_of_what_is_no_meeting_is_nobody_elses_guest(left: Box) -> None:
    """Older servers say Unknown where there is nothing to answer."""
    left.put(f"<t:Subject>Plan</t:Subject>{HOUR}")
    left.sql("UPDATE item SET appointment=json_set(appointment, '$.response', 'Unknown') WHERE subject='Plan'")

    numbers = {uri.get("PropertyTag") for uri in element(left.one()).iter(f"{TYPES}ExtendedFieldURI")}

    assert numbers == {None}


@pytest.mark.parametrize("busy", [
    Fault(operation="GetAttachment", nth=1, action="fault", code="ErrorServerBusy", back_off_ms=10),
    Fault(operation="GetAttachment", nth=None, action="items", positions=(0,), code="ErrorAccessDenied"),
], ids=["busy", "denied"])
def test_an_appointment_that_is_not_given_now_keeps_no_other_back(left: Box, busy: Fault) -> None:
    """All others come first; an attachment that is lost on its way is asked for again."""
    there = left.put(f"<t:Subject>With a file</t:Subject>{HOUR}")
    left.put(f"<t:Subject>Without</t:Subject>{HOUR}")
    left.attach(there, FILE.format("a", "AAAA"))
    lost = Fault(operation="GetAttachment", nth=1, when="after", action="cut", bytes=900)
    came = []
    with left.reading() as reader:
        place = calendar(reader)
        uids = [one.uid for one in reader.listing(place)]
        left.emulator.add_fault(busy)
        with pytest.raises(RetryableError):
            came.extend(reader.read(place, uids))
        left.emulator.clear_faults()
        left.emulator.add_fault(lost)
        again = list(reader.read(place, uids))
        left.emulator.clear_faults()

    assert [told(element(one), "Subject") for one in came] == [["Without"]]
    assert [len(one.attachments) for one in again] == [1, 0]


def test_no_digest_of_ours_shows_what_others_did(left: Box) -> None:
    """Somebody has answered, and an address is shown in capitals; the source's digest shows the answer."""
    people = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{name}@example.net</t:EmailAddress></t:Mailbox></t:Attendee>"
        for name in ("ann", "bob")
    )
    there = left.put(f"<t:Subject>Answers</t:Subject>{HOUR}<t:RequiredAttendees>{people}</t:RequiredAttendees>")
    left.silence(there)
    before = left.one()
    for was, now in (("Unknown", "Accept"), ("bob@example.net", "BOB@example.net")):
        left.sql("UPDATE item SET extra=replace(extra, ?, ?) WHERE subject='Answers'", was, now)

    after = left.one()

    assert after.theirs != before.theirs
    assert left.digest(there) == after.ours == before.ours


def test_what_the_owner_answered_to_one_occurrence_is_a_property_of_it(left: Box, new: Box) -> None:
    """Its digest holds it, for it is the owner's doing."""
    every_day = event(more="RRULE:FREQ=DAILY;COUNT=5\r\n")
    asked = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\n{every_day}END:VCALENDAR\r\n"
    assert left.emulator.receive_meeting(left.address, asked.encode()) == "created"
    [series] = left.ids()
    left.call(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:TentativelyAcceptItem>'
        f'<t:ReferenceItemId Id="{left.occurrence_id(series, 2)}"/></t:TentativelyAcceptItem></m:Items></m:CreateItem>'
    )

    item = left.one()
    [here] = new.create(item.element.decode())

    assert left.shown(f'<t:ItemId Id="{series}"/>').find(f"{TYPES}ModifiedOccurrences") is not None
    assert left.digest(series) == item.ours != new.digest(here)
    [changed] = item.changed
    assert [(one[0].get("PropertyId"), one[1].text) for one in element(changed.element)] == [(str(0x8218), "2")]
    assert item.untold == ""


def test_what_was_copied_from_somebody_elses_calendar_stays_theirs(left: Box) -> None:
    """They are named as the organizer, and are not taken for the owner of this one."""
    boss = "<t:Attendee><t:Mailbox><t:EmailAddress>boss@example.net</t:EmailAddress></t:Mailbox></t:Attendee>"
    left.put(f"<t:Subject>Copied</t:Subject>{HOUR}<t:RequiredAttendees>{boss}</t:RequiredAttendees>")
    left.sql(
        "UPDATE item SET appointment=json_set(appointment, '$.response', 'Unknown', '$.organizer',"
        """ json('["Boss", "boss@example.net"]')) WHERE subject='Copied'""",
    )

    found = element(left.one())

    tags = {uri.get("PropertyTag") for uri in found.iter(f"{TYPES}ExtendedFieldURI")}
    assert {"0x5d02", "0x0065"} < tags
    assert [one.text for one in found.iterfind(".//t:Mailbox/t:EmailAddress", NS)] == ["boss@example.net"]


def test_an_organizer_who_has_left_has_the_address_that_the_meeting_noted(left: Box) -> None:
    """Where no directory knows the internal address any more."""
    asked = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\n{event(summary='Gone')}END:VCALENDAR\r\n"
    assert left.emulator.receive_meeting(left.address, asked.encode()) == "created"
    [there] = left.ids()
    sender = tagged_property("0x5D02", "String", "gone@example.net")
    left.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{there}"/><t:Updates><t:SetItemField>'
        '<t:ExtendedFieldURI PropertyTag="0x5D02" PropertyType="String"/>'
        f"<t:CalendarItem>{sender}</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )
    left.sql(
        "UPDATE item SET appointment=json_set(appointment, '$.organizer', json('[\"Gone\", \"/o=x/cn=gone\"]'))"
        " WHERE subject='Gone'",
    )

    found = element(left.one())

    told_ = {
        uri.get("PropertyTag"): one.findtext("t:Value", namespaces=NS) for one in found.iter(f"{TYPES}ExtendedProperty")
        if (uri := one.find("t:ExtendedFieldURI", NS)) is not None
    }
    assert (told_["0x5d02"], told_["0x0065"], told_["0x0042"]) == ("gone@example.net", "gone@example.net", "Gone")


def test_attached_contacts_arrive_as_files_and_attached_tasks_as_such(old: Box, new: Box) -> None:
    """A file has the server's own rendering in it; the report says so."""
    there = old.put(f"<t:Subject>Plan</t:Subject>{HOUR}")
    old.attach(
        there,
        "<t:ItemAttachment><t:Name>Ann</t:Name><t:Contact><t:DisplayName>Ann</t:DisplayName></t:Contact>"
        "</t:ItemAttachment>",
        "<t:ItemAttachment><t:Name>Do it</t:Name><t:Task><t:Subject>Do it</t:Subject></t:Task></t:ItemAttachment>",
    )

    item = old.one()
    [here] = new.create(item.element.decode())
    new.attach(here, *(one.decode() for one in item.attachments))

    named_ = [told(element(one), "Name")[0] for one in item.attachments]
    assert ("Ann.vcf" in named_, "“Ann” was an item, and arrives as a file" in item.untold) == (True, True)
    [task] = [one for one in map(element, item.attachments) if told(one, "Name") == ["Do it"]]
    assert task.tag == f"{TYPES}ItemAttachment"
    assert "“Do it”" not in item.untold
    assert new.digest(here) == item.ours


def test_somebody_over_whom_a_directory_breaks_keeps_no_appointment_back(left: Box) -> None:
    """They are named; a server that is busy is asked again later."""
    gone = (
        "<t:Attendee><t:Mailbox><t:Name>Gone</t:Name><t:EmailAddress>/o=x/cn=gone</t:EmailAddress>"
        "<t:RoutingType>EX</t:RoutingType></t:Mailbox></t:Attendee>"
    )
    left.put(f"<t:Subject>Plan</t:Subject>{HOUR}<t:RequiredAttendees>{gone}</t:RequiredAttendees>")
    left.emulator.add_fault(Fault(operation="ResolveNames", nth=None, action="status", status=500))
    item = left.one()
    left.emulator.clear_faults()
    left.emulator.add_fault(
        Fault(operation="ResolveNames", nth=None, action="fault", code="ErrorServerBusy", back_off_ms=10)
    )
    with pytest.raises(RetryableError):
        left.one()
    left.emulator.clear_faults()

    assert "no address of mail is known of Gone" in item.untold
