"""What is the same for tasks and notes of what is not written as a field, and why: of the fields that all items have.

[MS-OXWSCORE] 2.2.4.24. docs/fidelity.md says it to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.left_behind import (
    FURTHER,
    OF_THE_CONTENT,
    OF_THE_DESTINATION,
    OF_THE_MAILBOX,
    READ_ONLY,
    UNDESCRIBED,
)

OF_ALL: Mapping[str, tuple[str, ...]] = MappingProxyType({
    OF_THE_MAILBOX: (
        "ItemId", "ParentFolderId", "Size", "IsSubmitted", "IsFromMe", "IsResend", "IsUnmodified", "DateTimeSent",
        "DateTimeCreated", "ResponseObjects", "EffectiveRights", "LastModifiedName", "LastModifiedTime", "IsAssociated",
        "WebClientReadFormQueryString", "WebClientEditFormQueryString", "ConversationId", "StoreEntryId", "InstanceKey",
        "SearchKey", "SortKey", "CanDelete",
    ),
    OF_THE_CONTENT: (
        "MimeContent", "DisplayCc", "DisplayTo", "DisplayBcc", "HasAttachments", "UniqueBody", "NormalizedBody",
        "TextBody", "Preview", "BlockStatus", "HasBlockedImages", "EntityExtractionResult", "MentionedMe",
    ),
    FURTHER: ("Attachments",),
    READ_ONLY: ("RightsManagementLicenseData",),
    OF_THE_DESTINATION: ("PolicyTag", "ArchiveTag", "RetentionDate"),
    UNDESCRIBED: (
        "NextPredictedAction", "GroupingAction", "PredictedActionReasons", "IsClutter", "Hashtags", "Mentions",
        "MentionsPreview", "MentionsEx", "AppliedHashtags", "AppliedHashtagsPreview", "Likes", "LikesPreview",
        "PendingSocialActivityTagIds", "AtAllMention", "InferenceClassification",
    ),
})


def with_all(own: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """By reason, the fields of all items and those of one element."""
    return MappingProxyType({
        why: (*OF_ALL.get(why, ()), *own.get(why, ())) for why in dict.fromkeys((*OF_ALL, *own))
    })
