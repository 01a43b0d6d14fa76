"""What no recording of a real server shows: there the emulator follows specifications, and no witness confirms it."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from emulators.exchange import Settings
from emulators.exchange.service import OPERATIONS

from .material import ews_material

MATERIAL = ews_material()
assert MATERIAL, "this module is not collected without it"
ANSWERS = "\n".join(entry["body"] for one in sorted((MATERIAL / "recordings").glob("*.json"))
                    for entry in json.loads(one.read_text()))
HERE = Path(__file__).parent
UNANSWERED = frozenset({
    "ConvertId", "CopyItem", "CreateAttachment", "CreateUserConfiguration", "DeleteAttachment",
    "DeleteUserConfiguration", "ExpandDL", "GetAttachment", "GetInboxRules", "GetUserConfiguration",
    "GetUserOofSettingsRequest", "GetUserRetentionPolicyTags", "ResolveNames", "SetUserOofSettingsRequest",
    "SyncFolderHierarchy", "UpdateFolder", "UpdateInboxRules", "UpdateUserConfiguration",
})  # fmt: skip
SEEN = ("Message", "CalendarItem", "Contact", "Recurrence", "WeeklyRecurrence", "NumberedRecurrence", "FirstOccurrence",
        "LastOccurrence", "PermissionSet", "TimeZoneDefinition")
UNSEEN = (
    "DistributionList", "Task", "PostItem", "MeetingRequest", "MeetingResponse", "MeetingCancellation", "Attendee",
    "ModifiedOccurrences", "DeletedOccurrences", "DailyRecurrence", "AbsoluteMonthlyRecurrence",
    "RelativeMonthlyRecurrence", "AbsoluteYearlyRecurrence", "RelativeYearlyRecurrence", "NoEndRecurrence",
    "EndDateRecurrence", "StartTimeZone", "EndTimeZone", "ConflictingMeetingCount", "AdjacentMeetingCount",
    "FileAttachment", "ItemAttachment", "MimeContent", "ExtendedProperty", "Categories", "Flag", "HasPicture",
)
# What nobody has proved, as the notes on contents list it: the setting for it, and its default, which is what is
# documented or, where nothing is, what a migrator likes less.
UNPROVEN = {
    "organizer_by_property": False,             # another organizer by properties at creation
    "attendee_responses_kept": False,           # the answers of attendees at creation
    "uid_sets_global_object_id": True,          # MS-OXCICAL 2.1.3.1.1.20.26
    "mime_wins": False,                         # requests of DavMail only work so
    "keeps_completion_date": False,             # MS-OXWSTASK_R67002: the last one processed wins
    "max_instance_index": 999,
    "unsent_meetings_sent_later": False,        # MS-OXWSMTGS_R4400: SendToNone sends to none
    "rules_on_ex_addresses": "in error",
    "processes_created_meeting_messages": True,  # the calendar watches the Inbox
    "vcards_become_contacts": True,             # [MS-OXCMAIL] 2.2.3.4.4
    "shows_rule_messages": True,                # Microsoft's "Using Exchange EWS To Delete Corrupt OOF" found some
    "disabled_rules_deletable": False,          # exchangelib's Rule.delete enables them first
    "renders_replies": False,                   # the page of GetUserOofSettings shows a text without tags
    "refuses_foreign_properties": False,        # exchangelib reads real servers so
    "equality_ignores_case": True,              # a key may be answered by another
    "reads_others_permissions": False,          # exchangelib#676, #702: nobody says by which right
}


def test_the_operations_that_no_recording_answers_are_these() -> None:
    """Whoever records another one takes it from the list, and compares."""
    answered = set(re.findall(r"<m:(\w+)Response[ >]", ANSWERS))

    assert set(OPERATIONS) - answered == UNANSWERED


def test_the_elements_that_no_recording_holds_are_these() -> None:
    """Kinds of items, patterns and properties that the emulator computes by the specifications alone."""
    held = set(re.findall(r"<t:(\w+)[ />]", ANSWERS))

    assert [name for name in UNSEEN if name in held] == []
    assert [name for name in SEEN if name not in held] == []


@pytest.mark.parametrize("name", UNPROVEN)
def test_both_behaviours_that_nobody_has_proved_are_to_be_had(name: str) -> None:
    """Each is a setting with the documented default, described, and used by a test that asks for the other one."""
    defaults = {one.name: one.default for one in fields(Settings)}
    used = "".join(one.read_text() for one in HERE.glob("test_*.py") if one.name != Path(__file__).name)

    assert defaults[name] == UNPROVEN[name]
    assert f"`{name}`" in str(Settings.__doc__)
    assert re.search(rf"\b{name}=", used), "no test configures it"
