"""What Exchange computes of each kind of content and what it refuses, line by line, and the tests that show it."""

import ast
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, created, delete, occurrence, shown, update, view, weekly
from .calendars import create as create_appointment
from .meetings import event, found, identifier, mail
from .people import create, extended, field, made, put, uri, values
from .soap import NS, Mailbox, distinguished, names

HERE = Path(__file__).parent
OBJECT_ID, CLEAN_ID = (
    f'<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="{number}" PropertyType="Binary"/>'
    for number in (0x03, 0x23)
)
STATE = (
    '<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33303" PropertyType="Integer"/>'  # 0x8217
)
NOBODY = "<t:Attendee><t:Mailbox><t:Name>Ann</t:Name></t:Mailbox></t:Attendee>"

# Each line of the notes on what an honest emulator computes: module and test, one or more, by name.
COMPUTED = {
    "Organizer": "appointments: an_appointment_of_ones_own_has_what_the_server_knows_of_it, who_organizes",
    "IsMeeting": "appointments: MS_OXWSMTGS_R738_attendees_make_a_meeting",
    "MyResponseType": "appointments: who_organizes; meetings_answered: "
                      "MS_OXWSMTGS_R555_a_request_is_tentative_until_it_is_answered",
    "AppointmentState and 0x8217": "contents: the_state_and_its_twin_in_mapi_agree",
    "CalendarItemType": "recurrence: MS_OXWSMTGS_R217_an_exception_has_fields_of_its_own, "
                        "MS_OXWSMTGS_R54_an_occurrence_is_found_by_index_and_by_id",
    "Duration": "appointments: MS_OXWSMTGS_R157_times_with_an_offset_come_back_in_utc, "
                "MS_OXWSMTGS_R720_whole_days_reach_from_midnight_to_midnight_of_their_zone",
    "times in UTC": "appointments: MS_OXWSMTGS_R157_times_with_an_offset_come_back_in_utc, "
                    "MS_OXWSMTGS_R713_a_zone_of_the_clients_own_is_kept_with_its_rules; "
                    "contacts: MS_OXWSCONT_R47_R79_birthdays_are_told_in_utc; "
                    "tasks: MS_OXWSTASK_R53_R63_times_are_told_in_utc; contents: values_are_told_as_servers_write_them",
    "expansion of a recurrence": "recurrence: 500_series_are_those_of_a_second_implementation; "
                                 "series_matrix: a_series_is_what_a_second_implementation_makes_of_it",
    "exceptions and indexes": "recurrence: MS_OXWSMTGS_R219_an_index_counts_what_was_deleted, "
                              "an_occurrence_stays_between_its_neighbours",
    "FirstOccurrence and LastOccurrence": "contents: the_first_and_the_last_occurrence_are_those_that_are_left; "
                                          "recurrence: a_series_without_end_is_seen_in_any_year",
    "UID and GlobalObjectId": "appointments: MS_OXWSMTGS_R151_a_uid_is_the_global_object_id, "
                              "a_global_object_id_is_the_uid; "
                              "contents: the_object_id_of_an_occurrence_holds_its_day",
    "FileAs": "contacts: MS_OXWSCONT_R128_each_mapping_makes_file_as, file_as_follows_the_names",
    "CompleteName": "contacts: MS_OXWSCONT_R355_R356_R357_complete_name_is_made_of_the_names",
    "DisplayTo, DisplayCc, DisplayBcc": "mail_semantics: MS_OXWSCORE_R97_recipients_are_displayed_by_name",
    "Size": "mail_semantics: size_is_never_zero",
    "HasAttachments": "create_attachment: MS_OXWSATT_R318003_an_inline_picture_is_not_counted_as_an_attachment, "
                      "an_inline_picture_that_comes_with_an_item_is_not_counted",
    "ConversationIndex": "mail_semantics: thread_headers_are_the_conversation, a_bad_thread_index_is_replaced; "
                         "contents: what_the_store_knows_of_an_item",
    "task completion": "tasks: MS_OXWSTASK_R67001_each_way_to_complete_does_the_same, "
                       "MS_OXWSTASK_R67002_the_last_one_processed_decides, "
                       "MS_OXWSTASK_R5555_R5556_a_completed_task_is_begun_anew",
    "inbox rules with the Outlook blob": "inbox_rules: outlook_s_copy_of_the_rules_must_be_removed",
    "what would have been sent": "meetings_sent: MS_OXWSMTGS_R4600_invitations_and_cancellations; "
                                 "rules_at_work: what_rules_would_send_is_recorded",
    "S/MIME, reports": "mail_semantics: mime_says_the_class_of_a_message",
    "text/calendar; method=REQUEST": "meeting_mail: the_page_property_method_makes_the_class",
    "Thread-Index and Thread-Topic": "mail_semantics: thread_headers_are_the_conversation",
    "CreateFolder answers with the element of the request":
        "mail_semantics: a_created_folder_is_told_by_the_element_of_the_request",
    "a SyncState with nothing new": "mail_semantics: a_sync_state_is_never_the_one_that_was_sent",
    "what FindItem tells of a calendar": "contents: a_search_tells_most_of_an_appointment",
    "what GetItem tells of a contact": "contacts: contacts_have_no_answers_and_no_reminders",
    "searches by people and by body": "mail_semantics: searches_by_people_and_by_body",
}  # fmt: skip
# Each line of the table of refusals: the code, and where it is asked for.
REFUSED = {
    "ErrorInvalidPropertyRequest": "refusals_by_type: properties_of_another_type_are_refused_by_get_item, "
                                   "properties_of_another_type_are_refused_by_update_item",
    "ErrorContainsFilterWrongType": "refusals_by_type: contains_looks_into_texts_alone",
    "ErrorCalendarViewRangeTooBig": "contents: a_view_of_more_than_two_years_is_refused",
    "ErrorCalendarEndDateIsEarlierThanStartDate": "recurrence: a_view_has_limits",
    "ErrorRecurrenceHasNoOccurrence": "contents: a_series_that_ends_before_it_begins_is_refused",
    "ErrorTimeZone": "contents: a_zone_that_nobody_knows_is_refused",
    "ErrorMissingInformationEmailAddress": "contents: attendees_have_addresses; "
                                           "mail_semantics: recipients_have_addresses",
    "ErrorInvalidPercentCompleteValue": "tasks: MS_OXWSTASK_R60_a_percentage_is_between_0_and_100",
    "ErrorInvalidCompleteDate": "contents: a_task_is_not_completed_later_today",
    "MustUnderstand": "refusals_by_type: a_header_that_must_be_understood_is_a_fault",
    "FileAttachment": "create_attachment: MS_OXWSATT_R347_content_that_is_no_base64_is_refused",
    "ErrorInvalidPropertySet": "refusals_by_type: what_the_store_computes_is_refused",
}  # fmt: skip


def named_in(line: str) -> list[tuple[str, str]]:
    """The modules and tests that a line names."""
    return [(f"test_{module}.py", f"test_{name.strip()}") for part in line.split("; ")
            for module, _, tests in [part.partition(": ")] for name in tests.split(",")]  # fmt: skip


def test_each_line_has_its_tests() -> None:
    """Every test named exists, and each code of a refusal stands in a test of its line."""
    sources: dict[tuple[str, str], str] = {}
    for module in {module for line in (*COMPUTED.values(), *REFUSED.values()) for module, _ in named_in(line)}:
        text = (HERE / module).read_text()
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                sources[module, node.name] = "\n".join(lines[first - 1 : node.end_lineno])

    named = {one for line in (*COMPUTED.values(), *REFUSED.values()) for one in named_in(line)}
    assert named - sources.keys() == set()
    assert [code for code, line in REFUSED.items() if not any(code in sources[one] for one in named_in(line))] == []


def test_what_the_store_knows_of_an_item(mailbox: Mailbox) -> None:
    """Entry ids are those of ConvertId, the change key is the XID in ChangeKey ([MS-OXCFXICS] 2.2.1.2.7)."""
    thread = base64.b64encode(bytes(range(1, 28))).decode()
    source = f"Subject: RE: Plan\r\nThread-Index: {thread}\r\n\r\nHello\r\n"
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(source.encode()).decode()}</t:MimeContent>")
    tags = (("0x0070", "String"), ("0x0071", "Binary"), ("0x0E09", "Binary"), ("0x0FFF", "Binary"),
            ("0x65E2", "Binary"))  # fmt: skip
    mailbox.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f"<t:ItemChange>{item}<t:Updates>{put('Message', field('message:IsRead'), '<t:IsRead>true</t:IsRead>')}"
        "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ).ok()

    told = values(mailbox, item, *(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
                                   for tag, kind in tags))  # fmt: skip

    whole = mailbox.item(item)
    folder, own = whole.find("t:ParentFolderId", NS), whole.find("t:ItemId", NS)
    assert folder is not None
    assert own is not None
    converted = mailbox.call('<m:ConvertId DestinationFormat="EntryId"><m:SourceIds>' + "".join(
        f'<t:AlternateId Format="EwsId" Id="{one.get("Id")}" Mailbox="{mailbox.address}"/>' for one in (folder, own)
    ) + "</m:SourceIds></m:ConvertId>").ok()  # fmt: skip
    xid = base64.b64encode(base64.b64decode(str(own.get("ChangeKey")))[-22:]).decode()
    assert told == ["Plan", thread, *(str(one.get("Id")) for one in converted.all(".//m:AlternateId")), xid]


@pytest.mark.parametrize("kind", ["own", "meeting", "received", "cancelled"])
def test_the_state_and_its_twin_in_mapi_agree(emulator: ExchangeEmulator, mailbox: Mailbox, kind: str) -> None:
    """AppointmentState is PidLidAppointmentStateFlags: 1 meeting, 2 received, 4 cancelled (MS-OXOCAL 2.2.1.10)."""
    ann = NOBODY.replace("</t:Name>", "</t:Name><t:EmailAddress>ann@example.org</t:EmailAddress>")
    if kind in ("own", "meeting"):
        created(mailbox, HOUR + (f"<t:RequiredAttendees>{ann}</t:RequiredAttendees>" if kind == "meeting" else ""))
    else:
        emulator.deliver(mailbox.address, mail("REQUEST", event()))
    if kind == "cancelled":
        emulator.deliver(mailbox.address, mail("CANCEL", event(sequence=1)))

    item = identifier(found(mailbox, "calendar")[0])

    state = {"own": "0", "meeting": "1", "received": "3", "cancelled": "7"}[kind]
    assert mailbox.item(item).findtext("t:AppointmentState", namespaces=NS) == state
    assert values(mailbox, item, STATE) == [state]


def series(mailbox: Mailbox) -> str:
    """Four Mondays in March 2024."""
    return created(mailbox, HOUR + weekly("Monday", start="2024-03-04", number=4))


def test_the_first_and_the_last_occurrence_are_those_that_are_left(mailbox: Mailbox) -> None:
    """Of a series whose ends are deleted and whose third was moved, the second is the first and the third the last."""
    master = series(mailbox)
    for index in (4, 1):
        mailbox.call(delete(occurrence(master, index))).ok()
    mailbox.call(update(occurrence(master, 3), ("calendar:Start", "<t:Start>2024-03-19T09:00:00Z</t:Start>"),
                        ("calendar:End", "<t:End>2024-03-19T09:30:00Z</t:End>"))).ok()  # fmt: skip

    item = mailbox.item(master)

    told = [shown(one, "Start", "End", "OriginalStart") for name in ("FirstOccurrence", "LastOccurrence")
            for one in item.iterfind(f"t:{name}", NS)]  # fmt: skip
    assert told == [
        ["2024-03-11T09:00:00Z", "2024-03-11T10:00:00Z", "2024-03-11T09:00:00Z"],
        ["2024-03-19T09:00:00Z", "2024-03-19T09:30:00Z", "2024-03-18T09:00:00Z"],
    ]


def test_the_object_id_of_an_occurrence_holds_its_day(mailbox: Mailbox) -> None:
    """GlobalObjectId has the day in bytes 16 to 19, CleanGlobalObjectId zeros (MS-OXOCAL 2.2.1.27 and 2.2.1.28)."""
    master = series(mailbox)

    def told(item: str) -> list[bytes]:
        return [base64.b64decode(one) for one in values(mailbox, item, OBJECT_ID, CLEAN_ID)]

    whole, clean = told(master)
    dated, same = told(occurrence(master, 2))

    assert whole == clean == same
    assert dated[16:20] == (2024).to_bytes(2, "big") + bytes([3, 11])
    assert dated[:16] + bytes(4) + dated[20:] == clean


def test_a_search_tells_most_of_an_appointment(mailbox: Mailbox) -> None:
    """FindItem tells, of an appointment of one's own, what recorded servers tell, with and without a view."""
    created(mailbox, f"<t:Subject>Lunch</t:Subject>{HOUR}")
    plain = (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{distinguished('calendar')}</m:ParentFolderIds></m:FindItem>"
    )
    more = {
        "ReminderDueBy", "ReminderIsSet", "ReminderMinutesBeforeStart", "UID", "DateTimeStamp", "Start", "End",
        "IsAllDayEvent", "LegacyFreeBusyStatus", "IsMeeting", "IsCancelled", "IsRecurring", "MeetingRequestWasSent",
        "IsResponseRequested", "CalendarItemType", "MyResponseType", "Organizer", "Duration", "TimeZone",
        "AppointmentSequenceNumber", "AppointmentState", "IsOnlineMeeting",
    }  # fmt: skip

    for body in (plain, view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z")):
        item = mailbox.call(body).ok().one(".//t:CalendarItem")
        assert more - set(names(item)) == set()
        assert item.findtext("t:Organizer/t:Mailbox/t:Name", namespaces=NS)


@pytest.mark.parametrize("first", ["2023-01-01", "2024-01-01", "2024-02-28"])
def test_a_view_of_more_than_two_years_is_refused(mailbox: Mailbox, first: str) -> None:
    """Two years are allowed, leap or not, and one second more is ErrorCalendarViewRangeTooBig."""
    last = f"{int(first[:4]) + 2}{first[4:]}"

    assert mailbox.call(view(f"{first}T00:00:00Z", f"{last}T00:00:00Z")).codes == ["NoError"]
    assert mailbox.call(view(f"{first}T00:00:00Z", f"{last}T00:00:01Z")).codes == ["ErrorCalendarViewRangeTooBig"]


def test_a_series_that_ends_before_it_begins_is_refused(mailbox: Mailbox) -> None:
    """ErrorRecurrenceHasNoOccurrence, at creation and by update, and nothing changes."""
    backwards = weekly("Monday", start="2024-03-04", number=4).replace("Numbered", "EndDate").replace(
        "<t:NumberOfOccurrences>4</t:NumberOfOccurrences>", "<t:EndDate>2024-03-03</t:EndDate>")  # fmt: skip
    single = created(mailbox, HOUR)

    assert mailbox.call(create_appointment(HOUR + backwards)).codes == ["ErrorRecurrenceHasNoOccurrence"]
    changed = mailbox.call(update(single, ("calendar:Recurrence", backwards)))
    assert changed.codes == ["ErrorRecurrenceHasNoOccurrence"]
    assert mailbox.item(single).findtext("t:CalendarItemType", namespaces=NS) == "Single"


def test_a_zone_that_nobody_knows_is_refused(mailbox: Mailbox) -> None:
    """ErrorTimeZone for either end, at creation, by update and in the header of a request."""
    single = created(mailbox, HOUR)
    unknown = '<t:{} Id="Nowhere"/>'
    context = f"<t:TimeZoneContext>{unknown.format('TimeZoneDefinition')}</t:TimeZoneContext>"

    for name in ("StartTimeZone", "EndTimeZone"):
        assert mailbox.call(create_appointment(HOUR + unknown.format(name))).codes == ["ErrorTimeZone"], name
        changed = mailbox.call(update(single, (f"calendar:{name}", unknown.format(name))))
        assert changed.codes == ["ErrorTimeZone"], name
    assert mailbox.call(create_appointment(HOUR), header=context).codes == ["ErrorTimeZone"]


@pytest.mark.parametrize("holder", ["RequiredAttendees", "OptionalAttendees", "Resources"])
def test_attendees_have_addresses(mailbox: Mailbox, holder: str) -> None:
    """An attendee with a name alone is ErrorMissingInformationEmailAddress, at creation and by update."""
    single, named = created(mailbox, HOUR), f"<t:{holder}>{NOBODY}</t:{holder}>"

    assert mailbox.call(create_appointment(HOUR + named)).codes == ["ErrorMissingInformationEmailAddress"]
    changed = mailbox.call(update(single, (f"calendar:{holder}", named)))
    assert changed.codes == ["ErrorMissingInformationEmailAddress"]
    assert mailbox.item(single).findtext("t:IsMeeting", namespaces=NS) == "false"


def test_a_task_is_not_completed_later_today(mailbox: Mailbox) -> None:
    """What is to come in an hour is ErrorInvalidCompleteDate; what was an hour ago is the past."""
    later, before = (f"<t:CompleteDate>{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}</t:CompleteDate>"
                     for hours in (1, -1))  # fmt: skip

    assert mailbox.call(create("Task", later, folder="tasks")).codes == ["ErrorInvalidCompleteDate"]
    assert mailbox.call(create("Task", before, folder="tasks")).codes == ["NoError"]


@pytest.mark.parametrize("kind", ["Contact", "DistributionList", "Task"])
def test_class_and_body_are_set_by_their_mapi_properties(mailbox: Mailbox, kind: str) -> None:
    """PidTagMessageClass and PidTagBody are ItemClass and Body; a class that does not fit is refused."""
    own = {"Contact": "IPM.Contact", "DistributionList": "IPM.DistList", "Task": "IPM.Task"}[kind]
    folder = "tasks" if kind == "Task" else "contacts"

    item = made(mailbox, kind, tagged("0x1a", own) + tagged("0x1000", "A &amp; B"), folder)

    found = mailbox.item(item)
    assert shown(found, "ItemClass", "Body") == [own, "A & B"]
    assert values(mailbox, item, uri('PropertyTag="0x1000"')) == ["A & B"]
    refused = mailbox.call(create(kind, tagged("0x1a", "IPM.Note"), folder=folder))
    assert refused.codes == ["ErrorObjectTypeChanged"]


def test_values_are_told_as_servers_write_them(mailbox: Mailbox) -> None:
    """What a client writes as 1, 0, 007 or in another zone is told as true, false, 7 and in UTC."""
    inside = (
        "<t:ReminderIsSet>0</t:ReminderIsSet><t:ReminderMinutesBeforeStart>007</t:ReminderMinutesBeforeStart>"
        f"{HOUR}<t:IsResponseRequested>0</t:IsResponseRequested><t:AllowNewTimeProposal>1</t:AllowNewTimeProposal>"
    )
    rule = weekly("Monday", start="2024-03-04", number=4).replace(">4<", ">+04<").replace(">1<", ">01<")
    work = f"<t:ActualWork>+05</t:ActualWork>{rule}<t:TotalWork>010</t:TotalWork>"
    due = "<t:ReminderDueBy>2024-03-06T00:00:00+01:00</t:ReminderDueBy><t:ReminderIsSet>1</t:ReminderIsSet>"

    letter = mailbox.item(mailbox.message(due))
    master = mailbox.item(created(mailbox, HOUR + rule))
    item = mailbox.item(created(mailbox, inside))
    task = mailbox.item(made(mailbox, "Task", work, "tasks"))

    assert shown(item, "ReminderIsSet", "ReminderMinutesBeforeStart") == ["false", "7"]
    assert shown(item, "IsResponseRequested", "AllowNewTimeProposal") == ["false", "true"]
    assert shown(task, "ActualWork", "TotalWork") == ["5", "10"]
    assert shown(letter, "ReminderDueBy", "ReminderIsSet") == ["2024-03-05T23:00:00Z", "true"]
    for one in (master, task):
        numbers = [one.findtext(f"t:Recurrence/*/t:{name}", "", NS) for name in ("Interval", "NumberOfOccurrences")]
        assert numbers == ["1", "4"]


def tagged(tag: str, value: str) -> str:
    """An ExtendedProperty with a text."""
    return extended(f'PropertyTag="{tag}"', value)
