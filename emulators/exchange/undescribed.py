"""Elements that the schema names and no specification or page describes.

They came with services of Exchange Online (Skype, Outlook.com, likes, mentions), and nobody has written down what a
server makes of them. Assumption: it refuses them like what it computes itself; an emulator that told them as they came
would call nonsense a faithful copy. DoNotForwardMeeting, which clients offer, is kept.
"""

NAMES = frozenset({
    "PredictedActionReasons", "IsClutter", "MentionsPreview", "MentionsEx", "AppliedHashtags",
    "AppliedHashtagsPreview", "Likes", "LikesPreview", "AtAllMention", "InferenceClassification",
    # Of messages.
    "MailboxGuids", "PublishedCalendarItemIcs", "PublishedCalendarItemName",
    # Of contacts.
    "AbchContactId", "AbchEmailAddresses", "ContactShortId", "ConversationGuid", "CreatedBy", "HidePresenceAndProfile",
    "ImMri", "InviteFree", "IsHidden", "IsMessengerEnabled", "IsPendingOutbound", "IsPrivate", "MobileIMEnabled",
    "Mris", "NotInBirthdayCalendar", "OtherMri", "PartnerNetworkProfilePhotoUrl", "PartnerNetworkThumbnailPhotoUrl",
    "PassportId", "PresenceTrustLevel", "ProfileLastChanged", "ShellContactType", "SkypeContext", "SkypeRelationship",
    "SupportGroupFeeds", "TrustLevel", "UnifiedInbox", "UserTileHash", "Wlid", "XboxLiveTag",
})
