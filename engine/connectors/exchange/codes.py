"""What every response code of Exchange Web Services means for a request of ours: one table, by rules with their source.

The codes are those of ResponseCodeType in Microsoft's schema (messages.xsd, of Exchange 2013 and of Exchange Server
SE); what Microsoft says of them is its page "ResponseCode" [RC] and [MS-OXWSCDATA] 2.2.5.24. The first rule that takes
a code decides, so that what may have been carried out stands before every rule that takes whole families.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from engine.errors import Cause


class Meaning(StrEnum):
    """What a code says about what was asked for."""

    DONE = "done"
    UNSURE = "unsure"               # it may have been carried out: look before it is asked for again
    BUSY = "busy"                   # not carried out, for a reason that passes
    FATAL = "fatal"                 # a person must do something first
    GONE = "gone"                   # there is no such item (any more)
    NO_FOLDER = "no folder"         # there is no such folder (any more)
    STATE_LOST = "state lost"       # a folder must be read anew
    REFUSED = "refused"             # this one thing, for ever
    STRANGE = "strange"             # of a feature that nothing here uses, or of nobody's schema: as UNSURE


@dataclass(frozen=True, slots=True)
class Rule:
    """Codes of one meaning, and why. `whole` codes are named; `family` is a pattern over what follows "Error".

    `words` have {side} for the side that the mailbox is on, and {oldest} for the oldest Exchange that it takes.
    """

    meaning: Meaning
    source: str
    whole: frozenset[str] = frozenset()
    family: str | None = None
    cause: Cause | None = None
    words: str = ""

    def takes(self, code: str) -> bool:
        """True: the rule decides about this code."""
        return code in self.whole or (
            self.family is not None and re.search(self.family, code.removeprefix("Error")) is not None
        )


def _rule(
    meaning: Meaning, source: str, *codes: str, family: str | None = None, cause: Cause | None = None, words: str = ""
) -> Rule:
    named = frozenset(f"Error{code}" for line in codes for code in line.split())
    return Rule(meaning, source, named, family, cause, words)


MAY_HAVE_COMMITTED = _rule(
    Meaning.UNSURE,
    "The server stopped waiting, lost the client, or cannot tell how its own work or a proxied request ended [RC]: "
    "the store may have committed before. ErrorMailboxFailover and the proxy's codes: seen after a failover for "
    "requests that had been carried out.",
    "ClientDisconnected RequestAborted TimeoutExpired ConnectionFailed",
    "InternalServerError InternalServerTransientError ResponseSchemaValidation Win32InteropError",
    "MailboxFailover WebRequestInInvalidState DataSourceOperation",
    "ProxyCallFailed ProxyRequestProcessingFailed ProxySoapException ParsingXMLResponse",
    "MessageSubmissionBlocked DeleteItemsFailed ServiceUnavailable",
)

RULES = (
    Rule(Meaning.DONE, "[MS-OXWSCDATA] 2.2.5.24: no error occurred.", frozenset({"NoError"})),
    MAY_HAVE_COMMITTED,
    _rule(
        Meaning.BUSY, "“EWS throttling in Exchange”: refused before it was carried out; asked again later.",
        "ServerBusy ExceededConnectionCount TooManyObjectsOpened InsufficientResources NotEnoughMemory",
    ),
    _rule(
        Meaning.BUSY, "[RC]: an earlier item of the batch stopped it; this one was not reached.",
        "BatchProcessingStopped",
    ),
    _rule(
        Meaning.BUSY, "[RC]: the database or the directory is away; the request did not reach the store.",
        "MailboxStoreUnavailable MailboxMoveInProgress ADUnavailable ADOperation ADSessionFilter MailboxLogonFailed",
        "LogonAsNetworkServiceFailed LocalServerObjectNotFound MailboxConfiguration",
    ),
    _rule(
        Meaning.BUSY,
        "[RC]: no other Client Access server could be found or asked; nothing left the one that answers.",
        "NoRespondingCASInDestinationSite NoApplicableProxyCASServersAvailable ServiceDiscoveryFailed",
        "ProxyServiceDiscoveryFailed ProxyTokenExpired ProxyGroupSidLimitExceeded CrossSiteRequest AutoDiscoverFailed",
        family="^NoDestinationCAS",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the mailbox exceeds its quota.", "QuotaExceeded",
        cause=Cause.MAILBOX_FULL, words="The {side} mailbox is full. Make room in it, then resume.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the identifier or address belongs to no mailbox.", "NonExistentMailbox InvalidMailbox",
        cause=Cause.MAILBOX_GONE, words="There is no such mailbox on the {side} server (any more).",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the account has no mailbox, or none that can be opened.",
        "MissingEmailAddress MissingExchangePrincipal CannotFindUser CallerIsInvalidADAccount",
        cause=Cause.MAILBOX_GONE, words="This login has no mailbox on the {side} server.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the account is disabled or suspended.", "AccountDisabled OrganizationAccessBlocked",
        family="^AccountSuspend",
        cause=Cause.FORBIDDEN, words="The {side} account is disabled.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the password must be changed first.", "PasswordExpired PasswordChangeRequired",
        cause=Cause.SIGN_IN, words="The password of the {side} account has expired. Change it, then resume.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the caller lacks the right to do this in the mailbox.",
        "AccessDenied UserNotAllowedByPolicy InvalidAuthorizationContext ProxyRequestNotAllowed InvalidLicense",
        "TokenSerializationDenied InvalidSerializedAccessToken InvalidManagementRoleHeader InvalidAccessLevel",
        "InvalidUserSid InvalidUserSidMissingUPN InvalidUserPrincipalName InvalidSid GetServerSecurityDescriptorFailed",
        family="SecurityContext|InvalidLogonType|NetworkServiceContext|ClientAccessTokenRequest",
        cause=Cause.FORBIDDEN, words="The {side} account may not do this in its mailbox.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the account may not act for this mailbox.", family="Impersonat",
        cause=Cause.FORBIDDEN, words="The {side} account may not open this mailbox.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the server does not know the version that the request names, the oldest that is taken.",
        "InvalidServerVersion",
        cause=Cause.TOO_OLD, words="The {side} is older than {oldest}.",
    ),
    _rule(
        Meaning.FATAL, "[RC]: the mailbox's version is not one that this server serves.",
        "InvalidSchemaVersionForMailboxVersion WrongServerVersion WrongServerVersionDelegate",
        cause=Cause.OTHER,
        words="The {side} server does not serve this mailbox: their versions of Exchange differ.",
    ),
    _rule(Meaning.GONE, "[RC]: the item was not found.", "ItemNotFound"),
    _rule(
        Meaning.NO_FOLDER, "[RC]: the folder that is named was not found.",
        "FolderNotFound SyncFolderNotFound SavedItemFolderNotFound ParentFolderNotFound ToFolderNotFound",
    ),
    _rule(Meaning.STATE_LOST, "[MS-OXWSSYNC] 3.1.4.2.3.10.", "InvalidSyncStateData"),
    _rule(
        Meaning.REFUSED, "[RC]: the content, or a property of it, cannot be taken or kept.",
        "ContentConversionFailed CorruptData ItemCorrupt FolderCorrupt CannotOpenFileAttachment MessageBlocked",
        "PropertyUpdate PropertyValidationFailure ValueOutOfRange UnsupportedCulture TimeZone StaleObject",
        "ItemSave ItemSavePropertyError IrresolvableConflict ObjectTypeChanged MissingItemForCreateItemAttachment",
        "RequiredPropertyMissing InvalidInternetHeaderChildNodes InvalidRoutingType InvalidSmtpAddress",
        "InvalidRecipients MissingRecipients MailRecipientNotFound RecipientNotFound DistributionListMemberNotExist",
        "InvalidContactEmailAddress InvalidContactEmailIndex InvalidCompleteDate InvalidPercentCompleteValue",
        "AttachmentNestLevelLimitExceeded InvalidAttachmentId InvalidReferenceItem UpdatePropertyMismatch",
        "ItemPropertyRequestFailed IncorrectUpdatePropertyCount IncorrectSchemaVersion",
        family="^(MimeContent|Virus|NoPropertyTag|InvalidProperty|InvalidExtendedProperty|InvalidValueFor)|"
               "^Unsupported(Mapi|Mime|Property|TypeForConversion)",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: larger or more than the server takes; the store did nothing.",
        "MessageSizeExceeded DataSizeLimitExceeded AttachmentSizeLimitExceeded RequestStreamTooBig",
        "MessagePerFolderCountReceiveQuotaExceeded SubmissionQuotaExceeded",
        family="^ExceededM(axRecipient|essage)Limit",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: this folder does not take this item, or not from this account.",
        "CreateItemAccessDenied CreateSubfolderAccessDenied CannotDeleteObject CannotEmptyFolder SendAsDenied",
        "InvalidParentFolder InvalidFolderTypeForOperation MoveCopyFailed CrossMailboxMoveCopy",
        family="^Cannot(Create|Set|Use)|DistinguishedFolder$|NoFolderClassOverride",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: a folder cannot be made, changed or told apart.",
        family="^Folder(Exists|Save|Propert)|^DuplicateInputFolderNames|^ParentFolderIdRequired",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: appointments and tasks: what the item says of itself cannot be so.",
        "InvalidTimeInterval TimeIntervalTooBig NoCalendar CannotDeleteTaskOccurrence SentTaskRequestUpdate",
        "SentMeetingRequestUpdate OccurrenceCrossingBoundary OccurrenceTimeSpanTooBig UnsupportedRecurrence",
        family="^(Calendar|Recurrence|AffectedTask|SendMeeting)|^ReadReceiptNotPending",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: rules and out-of-office: what is to be set cannot be set so.",
        "InboxRulesValidationError OutlookRuleBlobExists RulesOverQuota UnableToGetUserOofSettings",
        family="Oof|SweepRule",
    ),
    _rule(
        Meaning.REFUSED, "[RC]: the request itself cannot be understood or served as it is; nothing was carried out.",
        "SchemaValidation InvalidRequest InvalidArgument MissingArgument InvalidOperation DuplicateSOAPHeader",
        "MessageDispositionRequired ChangeKeyRequired ChangeKeyRequiredForWriteOperations InvalidChangeKey",
        "InvalidFolderId InvalidSendItemSaveSettings AccessModeSpecified MoreThanOneAccessModeSpecified",
        "InvalidPagingMaxRows ExceededFindCountLimit ResultSetTooBig ContainsFilterWrongType",
        family="^InvalidId|^InvalidItemForOperation|Restriction$|^Restriction|PagingParameters$|UnsupportedPath|QueryFilter|SubFilter|"
               "Subfilter",
    ),
    _rule(
        Meaning.STRANGE, "[RC]: features that nothing here asks for (telephony, add-ins, people lists, delegates).",
        family="UnifiedMessaging|UMServer|Speech|Recognizer|Prompt|Phone|SIPUri|IPGateway|VoiceMail|Extension|"
               "ExternalEcp|RbacPermission|^Im[CG]|Im(Group|Contact|Distribution)|FromGroup|Delegate|LikeRequest",
    ),
    _rule(
        Meaning.STRANGE, "[RC]: notifications and subscriptions.",
        family="Subscription|Subscriber|Watermark|NotificationEvents|ReadEvents|EventNotFound|EventStream",
    ),
    _rule(
        Meaning.STRANGE, "[RC]: availability, names, mail tips, places and tracking of other people's messages.",
        family="FreeBusy|WorkingHours|MeetingSuggestion|Availability|MailboxDataArray|MailboxLimit|NameResolution|"
               "ResolveNames|MailTips|MessageTracking|Location|Latitude|Longitude|Weather|PhotoSize|ClientIntent|"
               "SenderRestrictions|ReportMessage|AddressSpace",
    ),
    _rule(
        Meaning.STRANGE, "[RC]: searching, holds, retention, archives and managed folders.",
        family="Search|Discovery|Hold|Keyword|ContentIndexing|Retention|Archive|Managed|ConversationAction|BulkAction|"
               "Keep[NC]|SourceFolderPath|WithoutQueryString",
    ),
    _rule(
        Meaning.STRANGE, "[RC]: public folders, groups, site mailboxes and other organisations.",
        family="PublicFolder|UnifiedGroup|TeamMailbox|Shar(ing|e)|Federat|CrossForest|OAuth|InternetWebProxy|"
               "ExternalSharing|PermissionNotAllowed|InvalidPermission|DistinguishedUser|DuplicateUserIds|"
               "TargetDomain|LegacyMailbox|LegacyDistinguished|NonPrimarySmtp|EmailAddressMismatch|UserIdInformation|"
               "InvalidUserInfo|MissingInformation|OrganizationRelationship|InvalidSecurityDescriptor",
    ),
)
UNHEARD_OF = Rule(Meaning.STRANGE, "A code of no schema says nothing of what was done.")


@lru_cache(maxsize=1024)
def rule_for(code: str) -> Rule:
    """The rule that decides about a code; UNHEARD_OF for one that is in no schema."""
    return next((rule for rule in RULES if rule.takes(code)), UNHEARD_OF)


def meaning_of(code: str) -> Meaning:
    """What the code means."""
    return rule_for(code).meaning
