"""What is computed of mail with a calendar or a vCard in it, of new MIME, and of what stands beside an appointment."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_C = "calendar/"
_COUNTER, _ARRIVING, _MESSAGE = f"{_C}counter.py", f"{_C}arriving.py", f"{_C}meeting_message.py"
_NEIGHBOURS, _FACTS = f"{_C}neighbours.py", f"{_C}meeting_facts.py"
_CREATE, _UPDATE, _ATTACHMENT, _CARD = "create_item.py", "update_item.py", "attachment.py", "people/vcard.py"
_MAIL, _CARDS, _BESIDE = "test_meeting_mail.py::test_", "test_vcards.py::test_", "test_neighbours.py::test_"
_NEW_MIME = "test_icalendar.py::test_new_icalendar_"
_METHOD = f"{_MAIL}the_page_property_method_makes_the_class"
_PROPOSED = f"{_MAIL}the_page_property_dtstart_of_a_counter_is_what_is_proposed"
_ASKS = f"{_MAIL}MS_OXWSMTGS_R1334_R1336_a_proposal_stands_beside_its_attendee"
_INBOX = f"{_MAIL}a_request_that_is_put_into_the_inbox_reaches_the_calendar"
_OVERLAPS = f"{_BESIDE}MS_OXWSMTGS_R193_R195_overlapping_items_conflict_and_touching_ones_are_adjacent"
_REQUEST = f"{_BESIDE}MS_OXWSMTGS_R321_R323_a_request_is_compared_with_the_calendar"
_OCCURRENCES = f"{_BESIDE}occurrences_conflict_where_they_are"
_FIRST = f"{_BESIDE}the_first_occurrence_is_seen_where_it_was_moved_to"
_PLACES = f"{_CARDS}the_page_vcard_a_card_is_an_attached_contact_and_never_a_body"
_IMPORTED = f"{_CARDS}the_page_importing_each_property_becomes_its_element"

_OF_OTHERS = "test_meetings_of_others.py::test_the_page_"

_ODD = "test_meeting_messages.py::test_support_article_2643084_a_calendar_that_cannot_be_read_is_attached"
_CHANGED = "test_calendars_attached.py::test_support_article_2643084_new_mime_brings_its_calendar_too"

ROWS = (
    Broken("A calendar that cannot be read", _ATTACHMENT, "    if odd is not None:", "    if False:", _ODD),
    Broken("HasAttachments of a calendar that cannot be read", "calendar/meeting_message.py",
           "new.attachments = new.attachments or attaches_calendar(call, raw)", "pass", _ODD),
    Broken("HasAttachments of new MIME", "update_item.py", " or meeting_message.attaches_calendar(call, raw)", "",
           _CHANGED),
    Broken("HasAttachments of a post", _CREATE, '"PostItem": meeting_message.note_attached', "",
           _CHANGED),
    Broken("What a response is for", "calendar/responding.py", "raise ItemError(_INVALID[local(element)])",
           'raise ItemError("ErrorInvalidOperation")',
           f"{_OF_OTHERS}response_code_each_response_is_for_some_items_alone"),
    Broken("An occurrence in Deleted Items", "calendar/responding.py",
           'stored.folder == folder.distinguished(call, "deleteditems").id', "False",
           f"{_OF_OTHERS}response_code_an_occurrence_in_deleted_items_is_not_answered"),
    Broken("What a decline that proposes another time answers", "calendar/meeting_message.py",
           "answer = said or answer_of(calendar)", "answer = answer_of(calendar)",
           f"{_OF_OTHERS}propose_a_new_meeting_time_it_is_sent"),
    Broken("The kind of a message with a calendar", _CREATE, '"Message": meeting_message.classify, ', "",
           _METHOD),
    Broken("The kind of a counter proposal", _MESSAGE, '"COUNTER": "MeetingResponse",', "", _METHOD),
    Broken("ResponseType of a counter proposal", _MESSAGE, 'return "Tentative"\n', 'return "Accept"\n', _METHOD),
    Broken("Start of a counter proposal", _COUNTER, '| {"DTSTART": start, "DTEND": end}', "", _PROPOSED),
    Broken("PidLidAppointmentProposedDuration", _COUNTER, "// timedelta(minutes=1)", "// timedelta(hours=1)",
           _PROPOSED),
    Broken("ProposedStart of an attendee", _ARRIVING, "counter.note(one, proposal)", "pass", _ASKS),
    Broken("A proposal that another answer takes back", _COUNTER, "attendee.remove(old)", "pass", _ASKS),
    Broken("ProposedStart for clients of 2013", _COUNTER,
           'call.settings.version == "2019" and call.targets("Exchange2016")', "True", _ASKS),
    Broken("PidLidAppointmentProposalNumber", _COUNTER, '.count("<t:ProposedStart>")', '.count("<t:Attendee>")',
           _ASKS),
    Broken("IsDelegated", _FACTS, "represented != call.mailbox.address", "False",
           f"{_MAIL}MS_OXWSMTGS_R266_R749_a_message_received_for_somebody_else_is_delegated"),
    Broken("HasBeenProcessed of a request in the Inbox", _CREATE, "arriving.learn(call, new, calendar)", "pass",
           _INBOX),
    Broken("HasBeenProcessed of a request elsewhere", _CREATE, 'place.distinguished != "inbox"', "False", _INBOX),
    Broken("HasBeenProcessed as a client says", _CREATE, 'not new.appointment["meeting"]["processed"]', "True",
           f"{_MAIL}properties_win_over_the_calendar"),
    Broken("ItemClass beside a calendar", "explicit.py", "(CLASSES.get(kind) or _MEETINGS[kind])",
           '(CLASSES.get(kind) or "IPM")',
           f"{_MAIL}MS_OXWSCDATA_R619_the_class_must_fit_what_the_mime_has_made"),
    Broken("The kind of an attached message with a calendar", _ATTACHMENT,
           "meeting_message.classify(call, made, raw)", "pass",
           f"{_MAIL}a_message_that_is_attached_is_a_meeting_message_itself"),
    Broken("A calendar inside of an attached message", _MESSAGE, "for part in mime.leaves(whole)",
           "for part in whole.walk()",
           f"{_MAIL}a_calendar_inside_of_an_attached_message_makes_no_meeting_message"),
    Broken("ConflictingMeetingCount", _NEIGHBOURS, "first < end and last > start", "first <= end and last >= start",
           _OVERLAPS),
    Broken("AdjacentMeetingCount", _NEIGHBOURS, "start == last or end == first", "start == last", _OVERLAPS),
    Broken("ConflictingMeetings: the calendar", _NEIGHBOURS, "return one.folder\n",
           'return folder.distinguished(call, "calendar").id\n',
           f"{_BESIDE}only_items_of_the_same_calendar_are_compared"),
    Broken("ConflictingMeetings of a request", _NEIGHBOURS, "({met.row} if met is not None else set())", "set()",
           _REQUEST),
    Broken("ConflictingMeetings: occurrences", _NEIGHBOURS, 'if "recurrence" not in other.appointment:', "if True:",
           _OCCURRENCES),
    Broken("ConflictingMeetings: what is shown", _NEIGHBOURS, 'other.extra.get("Location", "<t:Location/>")', '""',
           f"{_BESIDE}MS_OXWSMTGS_R197_R199_a_list_shows_what_the_page_shows"),
    Broken("An occurrence before its series, in a view", f"{_C}view.py",
           " OR json_extract(appointment, '$.modified') IS NOT NULL", "", _FIRST),
    Broken("An occurrence before its series, beside others", _NEIGHBOURS,
           " OR json_extract(appointment, '$.modified') IS NOT NULL", "", _FIRST),
    Broken("Exceptions in new MIME", _UPDATE, "return exceptions.apply(call, stored, icalendar_in.parsed(raw))", "pass",
           f"{_NEW_MIME}of_a_series_brings_its_exceptions"),
    Broken("Exceptions before new MIME", _UPDATE, "if (moved or raw is not None) and", "if moved and",
           f"{_NEW_MIME}of_a_series_brings_its_exceptions"),
    Broken("Deletions in new MIME", _UPDATE, "appointment.leave_out(stored, icalendar_in.exception_dates(raw))", "pass",
           f"{_NEW_MIME}of_a_series_brings_its_exceptions"),
    Broken("New MIME without a rule", _UPDATE, 'stored.appointment.pop("recurrence", None)', "pass",
           f"{_NEW_MIME}without_a_rule_ends_a_series"),
    Broken("New MIME that is refused", _UPDATE, "with call.undone_on_error():", "if True:",
           f"{_NEW_MIME}that_does_not_fit_changes_nothing"),
    Broken("A vCard without a name", "mime.py", "if is_vcard(part) or (part is not whole", "if (part is not whole",
           _PLACES),
    Broken("HasAttachments of a vCard alone", "mime.py",
           '"multipart/" not in kind and not kind.startswith(("text/x-vcard", "text/directory"))',
           '"multipart/" not in kind',
           _PLACES),
    Broken("A vCard as a contact", _ATTACHMENT, 'return "vcard" if is_contact else "file"', 'return "file"', _PLACES),
    Broken("What is no vCard inside", _ATTACHMENT, " and vcard.contact(_payload(part)) is not None", "",
           f"{_CARDS}what_is_no_card_inside_stays_a_file"),
    Broken("The second number of a type", _CARD, '("BusinessPhone", "BusinessPhone2")', '("BusinessPhone",)',
           _IMPORTED),
    Broken("A fax at home", _CARD, '({"FAX", "HOME"}, ("HomeFax",)), ', "", _IMPORTED),
    Broken("The order of an address", _CARD, '"City", "State", "PostalCode", "CountryOrRegion")',
           '"State", "City", "PostalCode", "CountryOrRegion")', _IMPORTED),
    Broken("A vCard in quoted-printable", _CARD, "quopri.decodestring(raw) if coded else raw", "raw",
           f"{_CARDS}a_card_of_version_21_is_read_with_its_encoding"),
    Broken("GetServerTimeZones in a schema of 2007", "introduced.py", '"GetServerTimeZones": "Exchange2010",', "",
           "test_server_time_zones.py::test_the_page_ews_schema_versions_the_operation_came_with_2010"),
)
