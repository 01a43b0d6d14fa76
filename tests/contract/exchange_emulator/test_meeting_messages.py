"""Meeting requests, answers and cancellations as items, and what they do to the calendar when they arrive."""

import base64

import pytest

from emulators.exchange import ExchangeEmulator

from .attachments import detach, names_of
from .attachments import get as get_attachment
from .calendars import created, occurrence, shown, starts, view, weekly
from .meetings import INTRODUCTION, arrive, event, found, got, identifier, mail, respond
from .soap import NS, Mailbox, distinguished, local, reference
from .test_meetings_sent import MEETING

INVITED = "ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Ann:mailto:ann@example.org\r\n"
MINE = MEETING.replace("<t:Start>", "<t:UID>meeting-1@example.org</t:UID><t:Start>", 1)


def answer(partstat: str, *, sequence: int = 0) -> str:
    """The event of a REPLY by Ann."""
    return event(sequence=sequence, more=f"ATTENDEE;PARTSTAT={partstat}:mailto:ann@example.org\r\n")


def test_MS_OXWSMTGS_R281_a_request_says_what_it_invites_to(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A delivered request is a MeetingRequest with the times, the people and the text of its mail."""
    request = arrive(emulator, mailbox, "REQUEST", event(more=INVITED + "LOCATION:Roof\r\n"))

    assert local(request) == "MeetingRequest"
    assert shown(request, "ItemClass", "UID", "Start", "End", "Location", "DateTimeStamp", "CalendarItemType") == [
        "IPM.Schedule.Meeting.Request", "meeting-1@example.org", "2024-03-04T09:00:00Z", "2024-03-04T10:00:00Z", "Roof",
        "2024-03-01T12:00:00Z", "Single",
    ]  # fmt: skip
    assert request.findtext("t:Organizer/t:Mailbox/t:EmailAddress", namespaces=NS) == "boss@example.org"
    assert request.findtext("t:RequiredAttendees/t:Attendee/t:Mailbox/t:Name", namespaces=NS) == "Ann"
    assert (request.findtext("t:Body", namespaces=NS) or "").strip() == INTRODUCTION


def test_MS_OXWSMTGS_R266_R751_a_new_request_is_neither_delegated_nor_out_of_date(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A request that has just come was processed for its owner, and nothing has superseded it."""
    request = arrive(emulator, mailbox, "REQUEST")

    assert shown(request, "IsDelegated", "IsOutOfDate", "HasBeenProcessed", "ResponseType", "IsRead", "IsDraft") == [
        "false", "false", "true", "Unknown", "false", "false",
    ]  # fmt: skip


def test_MS_OXWSMTGS_R72_a_request_meets_a_tentative_appointment(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """AssociatedCalendarItemId names the appointment that the request has put into the calendar."""
    request = arrive(emulator, mailbox, "REQUEST")
    appointment = mailbox.item(identifier(found(mailbox, "calendar")[0]))

    associated = request.find("t:AssociatedCalendarItemId", NS)
    assert associated is not None
    assert dict(associated.attrib) == dict(appointment.find("t:ItemId", NS).attrib)  # type: ignore[union-attr]  # it has one
    assert shown(request, "MeetingRequestType") == ["NewMeetingRequest"]
    assert shown(appointment, "LegacyFreeBusyStatus", "MyResponseType") == ["Tentative", "NoResponseReceived"]


def test_MS_OXWSMTGS_R763_R555_a_request_was_sent_and_received(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """MeetingRequestWasSent is true of a request, and AppointmentState is 3."""
    request = arrive(emulator, mailbox, "REQUEST")

    assert shown(request, "MeetingRequestWasSent", "AppointmentState", "IsMeeting", "IsCancelled") == [
        "true", "3", "true", "false",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "status"),
    [("", "Busy"), ("TRANSP:TRANSPARENT\r\n", "Free"), ("X-MICROSOFT-CDO-INTENDEDSTATUS:OOF\r\n", "OOF"),
     ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\n", "Tentative")],
)  # fmt: skip
def test_MS_OXWSMTGS_R28500_R28501_R28503_R28504_the_intended_status_counts_once_accepted(
    emulator: ExchangeEmulator, mailbox: Mailbox, said: str, status: str
) -> None:
    """The request tells how the organizer means the time; an attendee who accepts has it so."""
    request = arrive(emulator, mailbox, "REQUEST", event(more=said))
    appointment = identifier(found(mailbox, "calendar")[0])
    mailbox.call(respond("AcceptItem", appointment)).ok()

    assert shown(request, "IntendedFreeBusyStatus", "LegacyFreeBusyStatus") == [status, "Tentative"]
    assert shown(mailbox.item(appointment), "LegacyFreeBusyStatus") == [status]


@pytest.mark.parametrize(
    ("accepted", "hour", "kind"),
    [(False, 9, "FullUpdate"), (True, 9, "InformationalUpdate"), (True, 11, "FullUpdate")],
)
def test_MS_OXWSMTGS_R485_R587_an_update_says_whether_it_asks_again(
    emulator: ExchangeEmulator, mailbox: Mailbox, *, accepted: bool, hour: int, kind: str
) -> None:
    """Whoever has accepted is informed of a new subject, and asked again about new times."""
    arrive(emulator, mailbox, "REQUEST")
    if accepted:
        mailbox.call(respond("AcceptItem", identifier(found(mailbox, "calendar")[0]))).ok()
    update = arrive(emulator, mailbox, "REQUEST", event(hour=hour, sequence=1, summary="Review II"))

    assert shown(update, "MeetingRequestType") == [kind]
    assert [shown(one, "Subject", "Start") for one in found(mailbox, "calendar")] == [
        ["Review II", f"2024-03-04T{hour:02}:00:00Z"]
    ]


def test_MS_OXWSMTGS_R268_R750_an_update_makes_the_request_out_of_date(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """The request that an update has superseded says that it is out of date."""
    arrive(emulator, mailbox, "REQUEST")
    arrive(emulator, mailbox, "REQUEST", event(hour=13, sequence=1))

    fields = ("IsOutOfDate", "MeetingRequestType")
    assert shown(got(mailbox, place=0), *fields) == ["true", "Outdated"]
    assert shown(got(mailbox, place=1), *fields) == ["false", "FullUpdate"]


def test_a_lower_sequence_changes_nothing(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A request that was overtaken on its way is out of date, and the appointment stays (MS-OXOCAL 3.1.5.2)."""
    arrive(emulator, mailbox, "REQUEST", event(hour=13, sequence=2))
    late = arrive(emulator, mailbox, "REQUEST", event(hour=7, sequence=1))

    assert shown(late, "IsOutOfDate", "MeetingRequestType", "AppointmentSequenceNumber") == ["true", "Outdated", "1"]
    assert shown(got(mailbox, "calendar"), "Start", "AppointmentSequenceNumber") == ["2024-03-04T13:00:00Z", "2"]


@pytest.mark.parametrize(
    ("partstat", "kind", "item_class"),
    [("ACCEPTED", "Accept", "Pos"), ("TENTATIVE", "Tentative", "Tent"), ("DECLINED", "Decline", "Neg")],
)
def test_MS_OXWSMTGS_R365_R139_an_answer_is_a_message_and_stands_beside_its_attendee(
    emulator: ExchangeEmulator, mailbox: Mailbox, partstat: str, kind: str, item_class: str
) -> None:
    """A delivered REPLY is a MeetingResponse with its answer, which the organizer's item shows too."""
    made = created(mailbox, MINE)
    response = arrive(emulator, mailbox, "REPLY", answer(partstat))

    assert local(response) == "MeetingResponse"
    assert shown(response, "ItemClass", "ResponseType", "HasBeenProcessed", "CalendarItemType") == [
        f"IPM.Schedule.Meeting.Resp.{item_class}", kind, "true", "Single",
    ]  # fmt: skip
    attendee = mailbox.item(made).find("t:RequiredAttendees/t:Attendee", NS)
    assert attendee is not None
    assert shown(attendee, "ResponseType") == [kind]


def test_an_answer_to_an_older_version_is_out_of_date(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An answer with a lower sequence than the organizer's item leaves the attendee unanswered."""
    sequence = (
        '<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33281" '
        'PropertyType="Integer"/><t:Value>2</t:Value></t:ExtendedProperty>'
    )
    made = created(mailbox, MINE.replace("<t:UID>", f"{sequence}<t:UID>"))
    response = arrive(emulator, mailbox, "REPLY", answer("ACCEPTED", sequence=1))

    assert shown(response, "IsOutOfDate") == ["true"]
    assert mailbox.item(made).findtext(".//t:Attendee/t:ResponseType", namespaces=NS) == "Unknown"


def test_MS_OXWSMTGS_R260_R741_a_cancellation_is_a_message_and_cancels(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A delivered CANCEL is a MeetingCancellation, and the appointment says that it is cancelled."""
    arrive(emulator, mailbox, "REQUEST")
    cancellation = arrive(emulator, mailbox, "CANCEL", event(sequence=1))

    assert local(cancellation) == "MeetingCancellation"
    assert shown(cancellation, "ItemClass", "HasBeenProcessed", "Start") == [
        "IPM.Schedule.Meeting.Canceled", "true", "2024-03-04T09:00:00Z",
    ]  # fmt: skip
    assert cancellation.find("t:ResponseObjects/t:RemoveItem", NS) is not None
    assert shown(got(mailbox, "calendar"), "AppointmentState", "IsCancelled", "LegacyFreeBusyStatus") == [
        "7", "true", "Free",
    ]  # fmt: skip


def test_messages_are_found_by_kind_and_by_what_they_say(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A search shows each kind by its element, and filters by what only meeting messages have."""
    created(mailbox, MINE)
    emulator.deliver(mailbox.address, mail("REQUEST", event(uid="other@example.org")))
    emulator.deliver(mailbox.address, mail("REPLY", answer("DECLINED")))
    wanted = (
        '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="meeting:ResponseType"/><t:FieldURIOrConstant>'
        '<t:Constant Value="Decline"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>'
    )

    assert [local(one) for one in found(mailbox)] == ["MeetingRequest", "MeetingResponse"]
    assert [local(one) for one in found(mailbox, more=wanted)] == ["MeetingResponse"]


def test_what_a_meeting_message_tells_is_not_set(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A message is read and marked like others; what it says of its meeting is read-only."""
    request = identifier(arrive(emulator, mailbox, "REQUEST"))

    def update(path: str, element: str) -> list[str]:
        return mailbox.call(
            '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
            f'<t:ItemChange>{request}<t:Updates><t:SetItemField><t:FieldURI FieldURI="{path}"/><t:MeetingRequest>'
            f"{element}</t:MeetingRequest></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        ).codes

    assert update("message:IsRead", "<t:IsRead>true</t:IsRead>") == ["NoError"]
    assert update("meeting:IsOutOfDate", "<t:IsOutOfDate>true</t:IsOutOfDate>") == ["ErrorInvalidPropertySet"]
    assert shown(mailbox.item(request), "IsRead", "IsOutOfDate") == ["true", "false"]


def test_an_attached_calendar_is_mail(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A calendar that is attached as a file, or cannot be read, leaves a message a message."""
    attached = mail("REQUEST").replace(b"method=REQUEST\r\n", b"method=REQUEST\r\nContent-Disposition: attachment\r\n")
    emulator.deliver(mailbox.address, attached)
    emulator.deliver(mailbox.address, mail("REQUEST").replace(b"DTSTART:2024", b"DTSTART:never"))

    assert [local(one) for one in found(mailbox)] == ["Message", "Message"]
    assert found(mailbox, "calendar") == []


@pytest.mark.parametrize(
    ("readable", "odd"),
    [(b"DTSTART:2024", b"DTSTART:never"), (b"END:VEVENT", b"RRULE:FREQ=MONTHLY;BYMONTHDAY=4,18\r\nEND:VEVENT")],
)
@pytest.mark.parametrize("delivered", [True, False])
def test_support_article_2643084_a_calendar_that_cannot_be_read_is_attached(
    emulator: ExchangeEmulator, mailbox: Mailbox, delivered: bool, readable: bytes, odd: bytes
) -> None:
    """Mail with a meeting that Exchange cannot have shows it as a file, which is read and deleted as any other."""
    raw = mail("REQUEST").replace(readable, odd)
    if delivered:
        emulator.deliver(mailbox.address, raw)
    else:
        content = base64.b64encode(raw).decode()
        mailbox.message(f"<t:MimeContent>{content}</t:MimeContent>", folder=distinguished("inbox"))
    message = got(mailbox)
    one = message.find("t:Attachments/t:FileAttachment/t:AttachmentId", NS)
    assert one is not None

    content = get_attachment(mailbox, str(one.get("Id"))).ok().text(".//t:Content")
    detach(mailbox, str(one.get("Id"))).ok()

    assert local(message) == "Message"
    assert names_of(mailbox, identifier(got(mailbox))) == []
    name = message.findtext("t:Attachments/t:FileAttachment/t:Name", namespaces=NS)
    assert name == "not supported calendar message.ics"
    assert shown(message, "HasAttachments", "Body") == ["true", INTRODUCTION]
    assert odd in base64.b64decode(content)
    assert shown(got(mailbox), "HasAttachments") == ["false"]


def test_a_message_is_synchronized_as_its_kind(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """SyncFolderItems creates a MeetingRequest under its own element (MS-OXWSSYNC 3.1.4.2.3.3)."""
    arrive(emulator, mailbox, "REQUEST")
    answer_ = mailbox.call(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
        '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned>'
        "</m:SyncFolderItems>"
    ).ok()

    assert reference(answer_.one(".//t:Create/t:MeetingRequest/t:ItemId")) == identifier(found(mailbox)[0])


def test_without_processing_the_calendar_learns_nothing(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Where the server does not process meeting messages, one waits unprocessed and meets nothing."""
    emulator.configure(processes_meeting_messages=False)
    request = arrive(emulator, mailbox, "REQUEST")

    assert shown(request, "HasBeenProcessed", "AssociatedCalendarItemId") == ["false", None]
    assert found(mailbox, "calendar") == []


@pytest.mark.parametrize(
    ("kind", "status", "response", "calendar"),
    [("AcceptItem", "Busy", "Accept", 1), ("TentativelyAcceptItem", "Tentative", "Tentative", 1),
     ("DeclineItem", "Free", "Decline", 0)],
)  # fmt: skip
@pytest.mark.parametrize("processes", [True, False])
def test_the_page_accept_item_a_request_is_answered_by_its_id(
    emulator: ExchangeEmulator, mailbox: Mailbox, *, processes: bool, kind: str, status: str, response: str,
    calendar: int,
) -> None:  # fmt: skip
    """An answer to the request itself answers its appointment, made now where none was, and deletes the request."""
    emulator.configure(processes_meeting_messages=processes)
    request = identifier(arrive(emulator, mailbox, "REQUEST"))
    mailbox.call(respond(kind, request)).ok()

    assert found(mailbox) == []
    assert len(found(mailbox, "calendar")) == calendar
    answered = got(mailbox, "calendar") if calendar else mailbox.item(
        next(identifier(one) for one in found(mailbox, "deleteditems") if local(one) == "CalendarItem"))
    assert shown(answered, "MyResponseType", "LegacyFreeBusyStatus") == [response, status]
    assert [(one.kind, one.recipients, one.cause) for one in emulator.outgoing() if one.mailbox == mailbox.address] == [
        ("meeting response", ("boss@example.org",), "CreateItem")
    ]


def test_a_request_that_is_out_of_date_is_not_answered(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """ErrorCalendarMeetingRequestIsOutOfDate, and nobody is told (page of ResponseCode)."""
    arrive(emulator, mailbox, "REQUEST")
    arrive(emulator, mailbox, "REQUEST", event(hour=13, sequence=1))
    old = identifier(got(mailbox, place=0))

    assert mailbox.call(respond("AcceptItem", old)).codes == ["ErrorCalendarMeetingRequestIsOutOfDate"]
    assert [one for one in emulator.outgoing() if one.mailbox == mailbox.address] == []


def test_the_page_remove_item_a_cancelled_meeting_is_removed(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """RemoveItem takes the appointment and its cancellation away, and refers to nothing but a cancellation."""
    request = identifier(arrive(emulator, mailbox, "REQUEST"))
    cancellation = identifier(arrive(emulator, mailbox, "CANCEL", event(sequence=1)))

    assert mailbox.call(respond("RemoveItem", request)).codes == ["ErrorInvalidItemForOperationRemoveItem"]
    mailbox.call(respond("RemoveItem", cancellation)).ok()
    assert found(mailbox, "calendar") == []
    assert [local(one) for one in found(mailbox)] == ["MeetingRequest"]


SERIES = event(more="RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO\r\nATTENDEE:mailto:ann@example.org\r\n")
SECOND = "RECURRENCE-ID:20240311T090000Z\r\n"
SPRING = view("2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z")


def test_MS_OXWSMTGS_R277_an_update_of_one_occurrence_changes_that_one(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A request with RECURRENCE-ID moves one occurrence, and says by RecurrenceId which."""
    arrive(emulator, mailbox, "REQUEST", SERIES)
    update = arrive(emulator, mailbox, "REQUEST", event(day=12, hour=15, sequence=1, more=SECOND))

    assert shown(update, "RecurrenceId", "CalendarItemType", "IsRecurring", "MeetingRequestType", "Start") == [
        "2024-03-11T09:00:00Z", "Exception", "true", "FullUpdate", "2024-03-12T15:00:00Z",
    ]  # fmt: skip
    assert starts(mailbox.call(SPRING)) == ["2024-03-04T09:00:00Z", "2024-03-12T15:00:00Z", "2024-03-18T09:00:00Z"]


def test_MS_OXWSMTGS_R305_R760_a_request_for_a_series_has_its_recurrence(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A request for a series comes with its exceptions; the message tells the recurrence, the calendar all times."""
    request = arrive(emulator, mailbox, "REQUEST", SERIES, event(day=12, hour=15, more=SECOND))

    assert shown(request, "IsRecurring", "CalendarItemType", "RecurrenceId") == ["true", "RecurringMaster", None]
    assert request.find("t:Recurrence/t:WeeklyRecurrence", NS) is not None
    assert request.findtext("t:ModifiedOccurrences/t:Occurrence/t:Start", namespaces=NS) == "2024-03-12T15:00:00Z"
    assert starts(mailbox.call(SPRING)) == ["2024-03-04T09:00:00Z", "2024-03-12T15:00:00Z", "2024-03-18T09:00:00Z"]


def test_an_older_update_of_one_occurrence_is_out_of_date(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Each occurrence has its own sequence: what is old for one is news to another."""
    arrive(emulator, mailbox, "REQUEST", SERIES)
    arrive(emulator, mailbox, "REQUEST", event(day=12, hour=15, sequence=3, more=SECOND))
    late = arrive(emulator, mailbox, "REQUEST", event(day=12, hour=8, sequence=2, more=SECOND))
    third = SECOND.replace("0311", "0318")
    arrive(emulator, mailbox, "REQUEST", event(day=19, hour=8, sequence=2, more=third))

    assert shown(late, "IsOutOfDate") == ["true"]
    assert starts(mailbox.call(SPRING)) == ["2024-03-04T09:00:00Z", "2024-03-12T15:00:00Z", "2024-03-19T08:00:00Z"]


def test_the_cancellation_of_one_occurrence_cancels_that_one(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A CANCEL with RECURRENCE-ID leaves the other occurrences as they are."""
    arrive(emulator, mailbox, "REQUEST", SERIES)
    arrive(emulator, mailbox, "CANCEL", event(day=11, sequence=1, more=SECOND))

    assert mailbox.call(SPRING).ok().texts(".//t:CalendarItem/t:AppointmentState") == ["3", "7", "3"]


def test_one_occurrence_is_answered_alone(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Accepted by its id, an occurrence has an answer of its own; declined, it leaves the series."""
    arrive(emulator, mailbox, "REQUEST", SERIES)
    ids = mailbox.call(SPRING).ok().all(".//t:CalendarItem/t:ItemId")
    first, second, _ = (reference(one, key=False) for one in ids)
    mailbox.call(respond("AcceptItem", first)).ok()
    mailbox.call(respond("DeclineItem", second)).ok()

    left = mailbox.call(SPRING).ok()
    assert left.texts(".//t:CalendarItem/t:MyResponseType") == ["Accept", "NoResponseReceived"]
    assert starts(left) == ["2024-03-04T09:00:00Z", "2024-03-18T09:00:00Z"]


def test_an_answer_for_one_occurrence_stands_there(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A REPLY with RECURRENCE-ID changes the attendee of that occurrence alone."""
    series = weekly("Monday", start="2024-03-04", number=3)
    made = created(mailbox, MINE.replace("</t:RequiredAttendees>", f"</t:RequiredAttendees>{series}"))
    reply = event(more=f"{SECOND}ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.org\r\n")
    arrive(emulator, mailbox, "REPLY", reply)

    answers = [mailbox.item(one).findtext(".//t:Attendee/t:ResponseType", namespaces=NS)
               for one in (occurrence(made, 1), occurrence(made, 2))]  # fmt: skip
    assert answers == ["Unknown", "Decline"]


def test_an_occurrence_without_its_series_is_an_item(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Whoever is invited to one occurrence alone has a single appointment (an orphan, MS-OXOCAL 3.1.4.7.3)."""
    arrive(emulator, mailbox, "REQUEST", event(day=11, more=SECOND))

    assert shown(got(mailbox, "calendar"), "CalendarItemType", "Start", "RecurrenceId") == [
        "Single", "2024-03-11T09:00:00Z", "2024-03-11T09:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize("day", [11, 18])
def test_two_occurrences_without_their_series_are_two_items(
    emulator: ExchangeEmulator, mailbox: Mailbox, day: int
) -> None:
    """A message meets the one whose date is in the global object id that it names (MS-OXOCAL 2.2.1.27)."""
    for one in (11, 18):
        arrive(emulator, mailbox, "REQUEST", event(day=one, more=SECOND.replace("11T", f"{one}T")))

    arrive(emulator, mailbox, "CANCEL", event(day=day, sequence=1, more=SECOND.replace("11T", f"{day}T")))

    cancelled = [shown(one, "Start") for one in found(mailbox, "calendar")
                 if shown(one, "IsCancelled") == ["true"]]  # fmt: skip
    assert cancelled == [[f"2024-03-{day}T09:00:00Z"]]


def test_the_date_in_a_global_object_id_stays(mailbox: Mailbox) -> None:
    """A client that makes an item of one occurrence says by it which one (MS-OXOCAL 2.2.1.27)."""
    raw = bytes.fromhex(
        "040000008200E00074C5B7101A82E00807E803125A3C1D2E4F60DA010000000000000000100000000123456789ABCDEF0123456789ABCDEF")
    path = '<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="{}" PropertyType="Binary"/>'
    clean = raw[:16] + bytes(4) + raw[20:]
    ids = "".join(
        f"<t:ExtendedProperty>{path.format(number)}<t:Value>{base64.b64encode(value).decode()}</t:Value>"
        "</t:ExtendedProperty>" for number, value in ((3, raw), (35, clean)))  # fmt: skip
    made = created(mailbox, f"<t:Subject>Review</t:Subject>{ids}<t:Start>2024-03-18T09:00:00Z</t:Start>"
                            "<t:End>2024-03-18T10:00:00Z</t:End>")  # fmt: skip

    asked = f"<t:AdditionalProperties>{path.format(3)}{path.format(35)}</t:AdditionalProperties>"
    item = mailbox.item(made, shape=f"<t:BaseShape>IdOnly</t:BaseShape>{asked}")
    assert [base64.b64decode(str(one.text)) for one in item.iterfind(".//t:Value", NS)] == [raw, clean]


def test_MS_OXWSMTGS_R319_resources_are_not_told(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An attendee sees who else is invited, by role, and not which room is booked."""
    people = (
        f"{INVITED}ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:bob@example.org\r\n"
        "ATTENDEE;ROLE=NON-PARTICIPANT:mailto:room@example.org\r\nATTENDEE;CUTYPE=ROOM:mailto:hall@example.org\r\n"
    )
    request = arrive(emulator, mailbox, "REQUEST", event(more=people))

    for item in (request, got(mailbox, "calendar")):
        assert item.findtext("t:RequiredAttendees//t:EmailAddress", namespaces=NS) == "ann@example.org"
        assert item.findtext("t:OptionalAttendees//t:EmailAddress", namespaces=NS) == "bob@example.org"
        assert item.find("t:Resources", NS) is None
        assert len(item.findall(".//t:Attendee", NS)) == 2


@pytest.mark.parametrize("version", ["Exchange2010_SP2", "Exchange2013"])
def test_the_version_says_what_an_answer_and_a_cancellation_tell(
    emulator: ExchangeEmulator, mailbox: Mailbox, version: str
) -> None:
    """Times of answers and cancellations are for clients of 2013 and later; those of requests are for all."""
    mailbox.version = version
    request = arrive(emulator, mailbox, "REQUEST")
    cancellation = arrive(emulator, mailbox, "CANCEL", event(sequence=1))

    assert shown(request, "Start", "CalendarItemType") == ["2024-03-04T09:00:00Z", "Single"]
    told = [None, None] if version == "Exchange2010_SP2" else ["2024-03-04T09:00:00Z", "Single"]
    assert shown(cancellation, "Start", "CalendarItemType") == told


def test_the_server_of_2010_tells_of_a_request_what_its_schema_knows(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A server of 2010 has the same message, and every answer fits the schema of that version."""
    emulator.configure(version="2010")
    mailbox.version = "Exchange2010_SP2"
    request = arrive(emulator, mailbox, "REQUEST", SERIES)
    mailbox.call(respond("AcceptItem", identifier(request))).ok()

    assert shown(request, "MeetingRequestType", "HasBeenProcessed") == ["NewMeetingRequest", "true"]
    assert local(got(mailbox, "sentitems")) == "MeetingResponse"
