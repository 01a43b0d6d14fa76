"""What is computed of appointments, of meetings, and of the messages about them."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_C = "calendar/"
_ARRIVING, _RESPONDING, _SENDING = f"{_C}arriving.py", f"{_C}responding.py", f"{_C}sending.py"
_FACTS, _MESSAGE, _SHAPE = f"{_C}meeting_facts.py", f"{_C}meeting_message.py", f"{_C}meeting_shape.py"
_OCCURRENCE, _APPOINTMENT, _RENDERING = f"{_C}occurrence.py", f"{_C}appointment.py", f"{_C}rendering.py"
_IN, _OUT, _EXCEPTIONS = f"{_C}icalendar_in.py", f"{_C}icalendar_out.py", f"{_C}exceptions.py"
_ITEMS, _SAVED = "test_meeting_messages.py::test_", "test_meetings_saved.py::test_"
_SENT = "test_meetings_sent.py::test_"
_MADE, _SERIES, _ICALENDAR = "test_appointments.py::test_", "test_recurrence.py::test_", "test_icalendar.py::test_"
_RECURRENCE_ID = f"{_ICALENDAR}the_page_recurrence_id_"
_ASKS = f"{_ITEMS}MS_OXWSMTGS_R485_R587_an_update_says_whether_it_asks_again"
_INTENDED = f"{_ITEMS}MS_OXWSMTGS_R28500_R28501_R28503_R28504_the_intended_status_counts_once_accepted"
_ANSWERED = f"{_ITEMS}the_page_accept_item_a_request_is_answered_by_its_id"
_CANCELLED = f"{_ITEMS}MS_OXWSMTGS_R260_R741_a_cancellation_is_a_message_and_cancels"
_OUTDATED = f"{_ITEMS}MS_OXWSMTGS_R268_R750_an_update_makes_the_request_out_of_date"
_NEIGHBOURS = f"{_SERIES}an_occurrence_stays_between_its_neighbours"

ROWS = (
    Broken("IsOutOfDate of a request that an update has superseded", _FACTS,
           'stored.appointment["sequence"] > message', 'stored.appointment["sequence"] < message', _OUTDATED),
    Broken("MeetingRequestType of a request that is out of date", _SHAPE,
           '"Outdated" if meeting_facts.is_out_of_date(call, item) else ', "", _OUTDATED),
    Broken("IsOutOfDate of a request that was overtaken", _ARRIVING,
           'icalendar_in.sequence(event) < target.appointment["sequence"]', "False",
           f"{_ITEMS}a_lower_sequence_changes_nothing"),
    Broken("the one occurrence without its series that a message is about", _ARRIVING,
           "found if days[one.row] and days[one.row] == _day(one, calendar, event)]", "found]",
           f"{_ITEMS}two_occurrences_without_their_series_are_two_items"),
    Broken("the date in the global object id of an occurrence without its series", f"{_C}properties.py",
           'bytes.fromhex(kept.get("instance") or "00000000")', "bytes(4)",
           f"{_ITEMS}the_date_in_a_global_object_id_stays"),
    Broken("MeetingRequestType of an update", _ARRIVING,
           '"FullUpdate" if target.appointment["response"] == "NoResponseReceived" else', '"FullUpdate" if True else',
           _ASKS),
    Broken("MyResponseType after an update with new times", _ARRIVING,
           'target.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}', "pass", _ASKS),
    Broken("AssociatedCalendarItemId", _FACTS,
           'None if met is None else met.appointment.get("entry", met.entry)', "None",
           f"{_ITEMS}MS_OXWSMTGS_R72_a_request_meets_a_tentative_appointment"),
    Broken("HasBeenProcessed", _FACTS, '"type": request_type, "processed": True}', '"type": request_type}',
           f"{_ITEMS}MS_OXWSMTGS_R266_R751_a_new_request_is_neither_delegated_nor_out_of_date"),
    Broken("LegacyFreeBusyStatus of a new request", _ARRIVING,
           'made.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}', "pass",
           f"{_ITEMS}MS_OXWSMTGS_R72_a_request_meets_a_tentative_appointment"),
    Broken("IntendedFreeBusyStatus", _MESSAGE, '"Free" if event.text("TRANSP")', '"Busy" if event.text("TRANSP")',
           _INTENDED),
    Broken("LegacyFreeBusyStatus once accepted", _RESPONDING, 'stored.appointment.get("intended", busy)', "busy",
           _INTENDED),
    Broken("MyResponseType once answered", _RESPONDING, '{"response": answer, "busy": busy,', '{"busy": busy,',
           _ANSWERED),
    Broken("An answered request leaves the Inbox", _RESPONDING, "_discard(call, stored)      # Assumption", "# ",
           _ANSWERED),
    Broken("A declined meeting leaves the calendar", _RESPONDING, 'elif answer == "Decline":', "elif False:",
           _ANSWERED),
    Broken("ItemClass of an answer", _MESSAGE, "_ANSWER_CLASSES[answer or", '_ANSWER_CLASSES["Accept" or',
           f"{_ITEMS}MS_OXWSMTGS_R365_R139_an_answer_is_a_message_and_stands_beside_its_attendee"),
    Broken("ResponseType of an attendee", _ARRIVING, "one[1].text = answer", "pass",
           f"{_ITEMS}MS_OXWSMTGS_R365_R139_an_answer_is_a_message_and_stands_beside_its_attendee"),
    Broken("AppointmentState of a cancelled meeting", _ARRIVING, '{"state": 7, ', '{"state": 3, ', _CANCELLED),
    Broken("LegacyFreeBusyStatus of a cancelled meeting", _ARRIVING, '"busy": "Free"}', '"busy": "Busy"}', _CANCELLED),
    Broken("AppointmentState of a cancelled occurrence", _OCCURRENCE, '"AppointmentState": "state", ', "",
           f"{_ITEMS}the_cancellation_of_one_occurrence_cancels_that_one"),
    Broken("MyResponseType of an occurrence", _OCCURRENCE, '"MyResponseType": "response",', "",
           f"{_ITEMS}one_occurrence_is_answered_alone"),
    Broken("AppointmentSequenceNumber of an occurrence", _OCCURRENCE, '"AppointmentSequenceNumber": "sequence", ', "",
           f"{_ITEMS}an_older_update_of_one_occurrence_is_out_of_date"),
    Broken("RecurrenceId of a meeting message", _MESSAGE,
           "appointment.place_in_series(new, icalendar_in.recurrence_id(calendar, event))", "pass",
           f"{_ITEMS}MS_OXWSMTGS_R277_an_update_of_one_occurrence_changes_that_one"),
    Broken("Resources of a meeting request", _IN, '"NON-PARTICIPANT": ""', '"NON-PARTICIPANT": "Resources"',
           f"{_ITEMS}MS_OXWSMTGS_R319_resources_are_not_told"),
    Broken("Exceptions of a series in MIME", _EXCEPTIONS, "sorted(later, key=lambda pair: pair[0], reverse=True)",
           "sorted(later, key=lambda pair: pair[0])", f"{_RECURRENCE_ID}exceptions_may_all_move_at_once"),
    Broken("RECURRENCE-ID of an exception", _OUT, "kept['original_start']", "kept['start']",
           f"{_RECURRENCE_ID}is_rendered_for_each_exception"),
    Broken("The copy of a request", _SENDING, 'saved_copy.save(call, new, "REQUEST"',
           'saved_copy.save(call, new, "CANCEL"',
           f"{_SAVED}MS_OXWSMTGS_R4802_a_copy_of_the_request_is_saved"),
    Broken("The copy of a cancellation", _SENDING, 'saved_copy.save(call, item, "CANCEL", attendees',
           'saved_copy.save(call, item, "REQUEST", attendees',
           f"{_SAVED}MS_OXWSMTGS_R4901_a_copy_of_the_cancellation_is_saved"),
    Broken("AppointmentSequenceNumber after an update", _SENDING, 'item.appointment["sequence"] += 1', "pass",
           f"{_SENT}MS_OXWSMTGS_R4600_invitations_and_cancellations"),
    Broken("Who is told of an update", _SENDING, 'if "Changed" in wanted else invited', "if False else invited",
           f"{_SENT}MS_OXWSMTGS_R6200_who_stays_is_not_told"),
    Broken("Start in UTC", _APPOINTMENT, "return zone.to_utc(moment(checked(", "return (moment(checked(",
           f"{_MADE}MS_OXWSMTGS_R157_times_with_an_offset_come_back_in_utc"),
    Broken("Whole days", _APPOINTMENT, "up = timedelta(days=1) if", "up = timedelta(days=2) if",
           f"{_MADE}MS_OXWSMTGS_R720_whole_days_reach_from_midnight_to_midnight_of_their_zone"),
    Broken("IsMeeting", _APPOINTMENT, "| attendees.any_in(item)", "| 0",
           f"{_MADE}MS_OXWSMTGS_R738_attendees_make_a_meeting"),
    Broken("The global object id of a UID", _APPOINTMENT,
           'kept["object_id"] = identity.object_id_of(kept["uid"]).hex()', "pass",
           f"{_MADE}MS_OXWSMTGS_R151_a_uid_is_the_global_object_id"),
    Broken("The UID of a global object id", _APPOINTMENT,
           'kept["object_id"], kept["uid"] = identity.clean(raw).hex(), identity.uid_of(raw)',
           'kept["object_id"] = identity.clean(raw).hex()', f"{_MADE}a_global_object_id_is_the_uid"),
    Broken("Start by index after a deletion", _OCCURRENCE,
           'if day.isoformat() in master.appointment.get("deleted", ()):', "if False:",
           f"{_SERIES}MS_OXWSMTGS_R219_an_index_counts_what_was_deleted"),
    Broken("An occurrence before its neighbour", _OCCURRENCE, "_local_day(master, first) >= here or last > start",
           "False", _NEIGHBOURS),
    Broken("An occurrence behind its neighbour", _OCCURRENCE, "_local_day(master, following) <= here", "False",
           _NEIGHBOURS),
    Broken("The hour of an occurrence over a clock change", _APPOINTMENT,
           "utc(zones.of(kept[\"zone\"]).to_utc(start + shift))", "utc(moment(kept[\"start\"]) + shift)",
           f"{_SERIES}a_series_keeps_its_hour_over_a_clock_change"),
    Broken("A zone whose rule changes", f"{_C}zones.py",
           "next((group for since, group in reversed(self.groups[1:]) if since <= wall), self.groups[0][1])",
           "self.groups[0][1]",
           "test_series_matrix.py::test_a_series_is_what_a_second_implementation_makes_of_it"),
    Broken("Exceptions of a series with new times", "update_item.py", "occurrence.reset(call, stored)", "pass",
           f"{_SERIES}new_times_of_a_series_take_its_exceptions_away"),
)
