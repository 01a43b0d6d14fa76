"""What a contact has that is not written as a field of its own, and why: all of the schema but the allow-list.

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
SINCE_2016 = "Exchange 2013 does not know it; since 2016 it tells of accounts at other services"
OTHERS = "contacts have none; it is of other kinds of items"
LEFT: Mapping[str, tuple[str, ...]] = MappingProxyType({
    OF_THE_MAILBOX: (
        "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "IsSubmitted", "IsDraft", "IsFromMe", "IsResend",
        "IsUnmodified", "DateTimeSent", "DateTimeCreated", "ResponseObjects", "ReminderDueBy", "ReminderNextTime",
        "EffectiveRights", "LastModifiedName", "LastModifiedTime", "IsAssociated", "WebClientReadFormQueryString",
        "WebClientEditFormQueryString", "ConversationId", "StoreEntryId", "InstanceKey", "SearchKey", "SortKey",
        "CanDelete", "IconIndex",
    ),
    OF_THE_CONTENT: (
        "MimeContent", "DisplayCc", "DisplayTo", "DisplayBcc", "HasAttachments", "UniqueBody", "NormalizedBody",
        "TextBody", "Preview", "BlockStatus", "HasBlockedImages", "EntityExtractionResult", "MentionedMe",
        "CompleteName", "HasPicture", "Photo", "Notes",
    ),
    BY_PROPERTY: ("ReminderIsSet", "UserSMIMECertificate"),
    FURTHER: ("Attachments",),
    OF_THE_DIRECTORY: (
        "ContactSource", "PhoneticFullName", "PhoneticFirstName", "PhoneticLastName", "Alias", "MSExchangeCertificate",
        "DirectoryId", "ManagerMailbox", "DirectReports",
    ),
    SINCE_2016: (
        "AccountName", "IsAutoUpdateDisabled", "Comment", "ContactType", "Gender", "ObjectId", "PersonId", "SourceId",
        "Urls", "Cid", "SkypeAuthCertificate", "SkypeId", "YomiNickname",
    ),
    OTHERS: ("InReplyTo", "InternetMessageHeaders", "ReminderMinutesBeforeStart", "RightsManagementLicenseData"),
    OF_THE_DESTINATION: ("PolicyTag", "ArchiveTag", "RetentionDate"),
    UNDESCRIBED: (
        "NextPredictedAction", "GroupingAction",
        "PredictedActionReasons", "IsClutter", "Hashtags", "Mentions", "MentionsPreview", "MentionsEx",
        "AppliedHashtags", "AppliedHashtagsPreview", "Likes", "LikesPreview", "PendingSocialActivityTagIds",
        "AtAllMention", "InferenceClassification", "AbchEmailAddresses", "IsMessengerEnabled", "ContactShortId",
        "IsHidden", "PassportId", "IsPrivate", "TrustLevel", "CreatedBy", "SkypeContext", "SkypeRelationship",
        "XboxLiveTag", "InviteFree", "HidePresenceAndProfile", "IsPendingOutbound", "SupportGroupFeeds",
        "UserTileHash", "UnifiedInbox", "Mris", "Wlid", "AbchContactId", "NotInBirthdayCalendar", "ShellContactType",
        "ImMri", "PresenceTrustLevel", "OtherMri", "ProfileLastChanged", "MobileIMEnabled",
        "PartnerNetworkProfilePhotoUrl", "PartnerNetworkThumbnailPhotoUrl", "ConversationGuid",
    ),
})
