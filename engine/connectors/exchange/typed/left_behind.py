"""What an appointment has that is not written as a field of its own, and why: all of the schema but the allow-list.

docs/fidelity.md says it to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OF_THE_MAILBOX = "each mailbox counts, dates or computes it for itself"
OF_THE_CONTENT = "it says again what another field says"
BY_PROPERTY = "it is read-only, and travels as the MAPI property behind it, as far as the server keeps that"
FURTHER = "it travels beside the fields, or by requests of its own"
READ_ONLY = "it is read-only, and no property that a client may set is behind it"
OLD = "only old servers have it"
OTHERS = "appointments have none; it is of other kinds of items"
OF_THE_DESTINATION = "the rules of the new mailbox decide it"
UNDESCRIBED = "it came with services of Exchange Online, and nobody has described it"
LEFT: Mapping[str, tuple[str, ...]] = MappingProxyType({
    OF_THE_MAILBOX: (
        "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "IsSubmitted", "IsDraft", "IsFromMe", "IsResend",
        "IsUnmodified", "DateTimeSent", "DateTimeCreated", "ResponseObjects", "ReminderDueBy", "EffectiveRights",
        "LastModifiedName", "LastModifiedTime", "IsAssociated", "WebClientReadFormQueryString",
        "WebClientEditFormQueryString", "ConversationId", "StoreEntryId", "InstanceKey", "SearchKey", "SortKey",
        "CanDelete", "IconIndex", "ConflictingMeetingCount", "AdjacentMeetingCount", "ConflictingMeetings",
        "AdjacentMeetings", "CalendarItemType",
    ),
    OF_THE_CONTENT: (
        "MimeContent", "DisplayCc", "DisplayTo", "DisplayBcc", "HasAttachments", "UniqueBody", "NormalizedBody",
        "TextBody", "Preview", "BlockStatus", "HasBlockedImages", "EntityExtractionResult", "MentionedMe", "Duration",
        "TimeZone", "FirstOccurrence", "LastOccurrence", "RecurrenceId", "OriginalStart", "IsMeeting", "IsRecurring",
        "StartWallClock", "EndWallClock", "StartTimeZoneId", "EndTimeZoneId", "IsOrganizer",
    ),
    BY_PROPERTY: (
        "ReminderNextTime", "Organizer", "MyResponseType", "AppointmentReplyTime", "AppointmentSequenceNumber",
        "AppointmentState", "IsCancelled", "MeetingRequestWasSent", "DateTimeStamp", "IntendedFreeBusyStatus",
    ),
    FURTHER: ("Attachments", "ModifiedOccurrences", "DeletedOccurrences"),
    READ_ONLY: ("IsOnlineMeeting", "JoinOnlineMeetingUrl", "OnlineMeetingSettings", "RightsManagementLicenseData"),
    OLD: ("MeetingTimeZone", "ConferenceType"),
    OTHERS: ("InReplyTo", "InternetMessageHeaders", "Flag"),
    OF_THE_DESTINATION: ("PolicyTag", "ArchiveTag", "RetentionDate"),
    UNDESCRIBED: (
        "NextPredictedAction", "GroupingAction", "PredictedActionReasons", "IsClutter", "Hashtags", "Mentions",
        "MentionsPreview", "MentionsEx", "AppliedHashtags", "AppliedHashtagsPreview", "Likes", "LikesPreview",
        "PendingSocialActivityTagIds", "AtAllMention", "InferenceClassification", "InboxReminders",
        "CalendarActivityData", "DoNotForwardMeeting",
    ),
})
