"""What is computed of changed occurrences, of iCalendar, of attached appointments, and of meetings of others."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_C = "calendar/"
_APPOINTMENT, _OCCURRENCE, _SENDING = f"{_C}appointment.py", f"{_C}occurrence.py", f"{_C}sending.py"
_IN, _RULE, _ATTACHED = f"{_C}icalendar_in.py", f"{_C}icalendar_rule.py", f"{_C}attached_appointment.py"
_PROPERTIES, _RESPONDING, _OUT = f"{_C}properties.py", f"{_C}responding.py", f"{_C}icalendar_out.py"
_CHANGED, _RULES = "test_occurrences_changed.py::test_", "test_icalendar_rules.py::test_"
_KEPT, _VALUES = "test_attached_appointments.py::test_", "test_calendar_values.py::test_"
_OTHERS = "test_meetings_of_others.py::test_"
_UNTIL = f"{_RULES}the_page_legacy_until_concerns_until_is_a_moment"
_ALARM = f"{_RULES}the_page_component_valarm_a_trigger_is_a_span_or_a_moment"
_ENDS = f"{_CHANGED}MS_OXOCAL_3_1_4_3_a_series_that_ends_takes_its_exceptions_away"

_OF_ONE = "test_occurrence_attachments.py::test_"

_MONTHS = f"{_RULES}the_page_monthly_recurrences_the_end_of_a_month_survives_the_way_there_and_back"
_YEARS = f"{_RULES}the_page_yearly_recurrences_years_with_an_interval_are_months"
_ALONE = "test_icalendar_occurrences.py::test_the_page_recurrence_id_"

ROWS = (
    Broken("BYMONTHDAY of the last day", _OUT, "-1 if found.day == _LAST_DAY", "28 if found.day == _LAST_DAY", _MONTHS),
    Broken("Since when a VTIMEZONE holds", _OUT, "DTSTART:16010101T{wall:%H%M%S}", "DTSTART:{wall:%Y%m%dT%H%M%S}",
           "test_icalendar_zones.py::test_another_program_reads_the_time_of_an_appointment"),
    Broken("INTERVAL of years", _RULE, "str(12 * int(", "str(10 * int(", _YEARS),
    Broken("The zone of a RECURRENCE-ID", _IN, 'return _of_series(calendar, *event.properties["RECURRENCE-ID"][0])',
           'return _moment(event.text("RECURRENCE-ID"))',
           "test_icalendar.py::test_the_page_recurrence_id_in_utc_as_a_date_and_in_its_zone"),
    Broken("GlobalObjectId of an occurrence without its series", _PROPERTIES, "identity.dated(raw, original)", "raw",
           f"{_ALONE}an_occurrence_without_its_series_is_an_appointment"),
    Broken("Which occurrence MIME is of", f"{_C}exceptions.py", "if (named, event", "if False and (named, event",
           f"{_ALONE}mime_of_another_is_refused"),
    Broken("Attendees that are appended", "appending.py",
           '_joined(stored.extra.get(name, ""), attendees.read(call, element))', "attendees.read(call, element)",
           "test_append.py::test_the_page_updateitem_an_attendee_is_appended"),
    Broken("Attachments deleted from one occurrence", "attachment_operations.py",
           "    _separate(call, stored)\n    before", "    before",
           f"{_OF_ONE}MS_OXWSATT_R533_an_attachment_of_the_series_is_deleted_from_one_occurrence"),
    Broken("Attachments of an exception without its own", "attachment_operations.py",
           "    occurrence.share_attachments(call, stored)\n", "",
           f"{_OF_ONE}MS_OXOCAL_2_2_1_44_2_an_exception_shares_what_it_has_none_of_its_own_of"),
    Broken("The item of an attachment inside another", "attachment.py",
           "made.root = stored.root or item_id(call, stored)",
           "made.root = ids.item_id(call.mailbox.guid, stored.folder, stored.entry)",
           f"{_OF_ONE}MS_OXWSATT_R20001_what_hangs_on_an_attached_item_is_deleted_from_one_occurrence"),
    Broken("IsMeeting of one occurrence", _OCCURRENCE,
           "| _differing(made(call, master, date.fromisoformat(day)), one)", "",
           f"{_CHANGED}MS_OXWSMTGS_R738_attendees_make_a_meeting_of_one_occurrence"),
    Broken("MeetingRequestWasSent of one occurrence", _OCCURRENCE, ', "MeetingRequestWasSent": "sent"', "",
           f"{_CHANGED}MS_OXOCAL_3_1_4_6_1_new_times_of_one_occurrence_have_the_next_sequence"),
    Broken("Location of one occurrence by its property", _OCCURRENCE,
           "if one.extra.get(name) != before.extra.get(name)", "if False",
           f"{_CHANGED}MS_OXOCAL_2_2_1_44_2_a_property_of_one_occurrence_is_the_element"),
    Broken("Flag of one occurrence", _OCCURRENCE, '"Flag": "flag"', "",
           f"{_CHANGED}MS_OXWSCORE_R2005_one_occurrence_is_flagged"),
    Broken("Exceptions of a series that is none any more", _APPOINTMENT, 'bool(kept.pop("ended", False))',
           'bool(kept.pop("ended", False)) and False', _ENDS),
    Broken("The date of an UNTIL", _IN, "last = place.to_local(last)", "pass", _UNTIL),
    Broken("An UNTIL before the hour", _IN, "last -= timedelta(days=1)", "pass", _UNTIL),
    Broken("A rule that fits no template", _RULE, "if not any(set(given)", "if False and not any(set(given)",
           f"{_RULES}the_page_recurrence_templates_what_fits_none_is_refused"),
    Broken("DayOfMonth of the last day", _RULE, "31 if said == '-1'", "30 if said == '-1'",
           f"{_RULES}the_page_monthly_recurrences_the_last_day_is_31"),
    Broken("The date of an EXDATE in another zone", _IN, 'if "TZID" not in parameters or "T" not in value:', "if True:",
           f"{_RULES}the_page_exdate_has_a_zone_of_its_own"),
    Broken("Importance by PRIORITY", _IN, 'else "High" if said < "5"', 'else "High" if said < "4"',
           f"{_RULES}the_page_property_priority_is_the_importance"),
    Broken("ReminderMinutesBeforeStart of a moment", _IN, "if _TIME.fullmatch(trigger):", "if False:", _ALARM),
    Broken("ReminderIsSet without a TRIGGER", _IN, "'false' if before is None", "'true' if before is None", _ALARM),
    Broken("ReminderMinutesBeforeStart of whole days", _IN, "usual = 1080", "usual = 15", _ALARM),
    Broken("End in a zone of its own", _IN, 'if "TZID" in parameters or "TZID" in ends:', 'if "TZID" in parameters:',
           f"{_RULES}the_page_property_dtend_has_a_zone_of_its_own"),
    Broken("Start of an attached appointment", _ATTACHED, "<t:Start>{kept['start']}", "<t:Start>{kept['end']}",
           f"{_KEPT}the_page_time_zones_and_ews_the_zone_of_the_request_is_kept"),
    Broken("The zone of an attached series", _ATTACHED, 'if kept["named"] else ""', 'if False else ""',
           f"{_KEPT}the_page_time_zones_and_ews_the_zone_of_the_request_is_kept"),
    Broken("UID of an attached appointment", _ATTACHED, '_property(0x03, "Binary", object_id) + ', "",
           f"{_KEPT}MS_OXWSMTGS_R151_an_attached_appointment_has_one_uid"),
    Broken("Who reads an attached appointment", _ATTACHED, ", rank=max(RANK.values())", "",
           f"{_KEPT}MS_OXWSMTGS_R713_R715_every_version_reads_what_another_has_written"),
    Broken("The last end of a recurrence", "recurrence.py", "found.until > _LAST_END", "False",
           f"{_VALUES}the_page_end_date_is_not_after_september_4500"),
    Broken("PidLidLocation", _PROPERTIES, "plain(item.extra[name]) if name in", "item.extra[name] if name in",
           f"{_VALUES}MS_OXOCAL_2_2_1_4_the_location_by_property_is_the_location"),
    Broken("Who sends an update", _SENDING,
           'wanted == _NOBODY or item.appointment["response"] != "Organizer"', "wanted == _NOBODY",
           f"{_OTHERS}the_page_sending_a_meeting_update_only_the_organizer_sends_it"),
    Broken("Who answers what was received for somebody else", _RESPONDING,
           "and meeting_facts.is_delegated(call, stored)", "and False",
           f"{_OTHERS}the_page_response_code_what_was_received_for_somebody_else_is_not_answered"),
    Broken("The times that an answer proposes", f"{_C}proposing.py", '"start": start, "end": end, ', "",
           f"{_OTHERS}the_page_propose_a_new_meeting_time_it_is_sent"),
    Broken("The planned times beside a proposal", _OUT, 'kept.get("planned", ())', "()",
           f"{_OTHERS}the_page_propose_a_new_meeting_time_it_is_sent"),
    Broken("The text of a cancellation", _RESPONDING, ', said=element.find(t("NewBodyContent"))', "",
           f"{_OTHERS}the_page_new_body_content_a_cancellation_says_why"),
    Broken("An occurrence that is called off", _RESPONDING, 'if "original" in stored.appointment:\n', "if False:\n",
           f"{_OTHERS}MS_OXWSMTGS_R1052_one_occurrence_that_is_called_off_leaves_the_calendar"),
    Broken("A name in iCalendar", _OUT, """" ".join(name.replace('"', "").split())""", "name",
           f"{_RULES}RFC_5545_3_2_a_name_stays_on_its_line"),
    Broken("Who knows WorkingElsewhere", "introduced.py", '"WorkingElsewhere"): "Exchange2013"',
           '"WorkingElsewhere"): "Exchange2010"',
           f"{_VALUES}MS_OXWSCDATA_R4001_who_works_elsewhere_does_so_since_2013"),
    Broken("A zone by a name of another version", _APPOINTMENT, "return _OLD_ZONES if", "return frozenset() if",
           "test_appointments.py::test_a_meeting_time_zone_belongs_to_2007"),
    Broken("IncludesLastItemInRange of a view", "find_item.py", "page = paging.page(call, len(shown))",
           "page = paging.page(call, 0)", f"{_VALUES}the_page_calendar_view_says_what_it_leaves_out"),
    Broken("Who lets new times be proposed", _APPOINTMENT, 'if name == "AllowNewTimeProposal" and', "if False and",
           f"{_OTHERS}the_page_allow_new_time_proposal_is_the_organizers"),
    Broken("A time beyond some clocks", _APPOINTMENT, "if end.year >= _BEYOND:", "if False:",
           f"{_VALUES}a_time_that_some_clocks_do_not_have_is_refused"),
    Broken("How far a zone is from UTC", f"{_C}zones.py", "abs(bias) > _FARTHEST", "False",
           f"{_VALUES}xml_schema_2_3_2_7_no_zone_is_farther_than_14_hours_from_utc"),
)
