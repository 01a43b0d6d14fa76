"""What a contact group has that is not written as a field of its own, and why: all of the schema but the allow-list.

docs/fidelity.md says it to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.left_behind import (
    FURTHER,
    OF_THE_CONTENT,
    OF_THE_DESTINATION,
    OF_THE_MAILBOX,
    UNDESCRIBED,
)

BY_PROPERTY = "it travels as the MAPI property behind it"
OF_THE_DIRECTORY = "it is read-only, and comes from a directory or another service"
OTHERS = "contact groups have none; it is of other kinds of items"
REWRITTEN = "they travel as what they are at the destination: contacts, groups or addresses"
LEFT: Mapping[str, tuple[str, ...]] = MappingProxyType({
    REWRITTEN: ("Members",),
    OF_THE_MAILBOX: (
        "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "IsSubmitted", "IsDraft", "IsFromMe", "IsResend",
        "IsUnmodified", "DateTimeSent", "DateTimeCreated", "ResponseObjects", "ReminderDueBy", "ReminderNextTime",
        "EffectiveRights", "LastModifiedName", "LastModifiedTime", "IsAssociated", "WebClientReadFormQueryString",
        "WebClientEditFormQueryString", "ConversationId", "StoreEntryId", "InstanceKey", "SearchKey", "SortKey",
        "CanDelete", "IconIndex",
    ),
    OF_THE_CONTENT: (
        "MimeContent", "Subject", "DisplayCc", "DisplayTo", "DisplayBcc", "HasAttachments", "UniqueBody",
        "NormalizedBody", "TextBody", "Preview", "BlockStatus", "HasBlockedImages", "EntityExtractionResult",
        "MentionedMe",
    ),
    BY_PROPERTY: ("ReminderIsSet",),
    FURTHER: ("Attachments",),
    OF_THE_DIRECTORY: ("ContactSource",),
    OTHERS: ("InReplyTo", "InternetMessageHeaders", "ReminderMinutesBeforeStart", "RightsManagementLicenseData"),
    OF_THE_DESTINATION: ("PolicyTag", "ArchiveTag", "RetentionDate"),
    UNDESCRIBED: (
        "NextPredictedAction", "GroupingAction", "PredictedActionReasons", "IsClutter", "Hashtags", "Mentions",
        "MentionsPreview", "MentionsEx", "AppliedHashtags", "AppliedHashtagsPreview", "Likes", "LikesPreview",
        "PendingSocialActivityTagIds", "AtAllMention", "InferenceClassification",
    ),
})
