"""Why the emulator says no.

ItemError: one item or folder of a batch is refused; the others go on (rule R15).
SoapFault: the whole request is refused with HTTP 500.
"""

# Texts of real servers where one was recorded, else Microsoft's "ResponseCode" page.
TEXTS = {
    "ErrorAccessDenied": "Access is denied. Check credentials and try again.",
    "ErrorBatchProcessingStopped": "Processing of the batch was stopped because of a fatal error.",
    "ErrorCannotOpenFileAttachment": "The content of the file attachment cannot be read.",
    "ErrorCannotCreateCalendarItemInNonCalendarFolder":
        "Cannot create a calendar item in a folder other than a calendar folder.",
    "ErrorCannotCreateContactInNonContactFolder":
        "Cannot create a contact in a folder other than a contacts folder.",
    "ErrorCannotCreatePostItemInNonMailFolder":
        "Cannot create a post item in a folder other than a mail folder.",
    "ErrorCannotCreateTaskInNonTaskFolder": "Cannot create a task in a folder other than a tasks folder.",
    "ErrorCannotUseFolderIdForItemId": "A folder identifier cannot be used where an item identifier is expected.",
    "ErrorCannotUseItemIdForFolderId": "An item identifier cannot be used where a folder identifier is expected.",
    "ErrorAttachmentNestLevelLimitExceeded": "The attachment is nested too deeply.",
    "ErrorCalendarCannotUpdateDeletedItem":
        "A calendar item in Deleted Items can be updated only if nothing is sent (SendToNone).",
    "ErrorInvalidExcludesRestriction": "The bitmask of the Excludes restriction is not valid.",
    "ErrorInvalidNameForNameResolution": "The name cannot be resolved, as it is no name.",
    "ErrorInvalidPropertyUpdateSentMessage": "The property cannot be changed once the message has been sent.",
    "ErrorMissingInformationReferenceItemId": "A ReferenceItemId must be specified.",
    "ErrorRestrictionTooLong": "The restriction has more than 255 nodes.",
    "ErrorValueOutOfRange": "A date of the calendar view is out of range.",
    "ErrorCalendarDurationIsTooLong": "The duration of the calendar item is more than five years.",
    "ErrorCalendarEndDateIsEarlierThanStartDate": "EndDate is earlier than StartDate.",
    "ErrorCalendarCannotMoveOrCopyOccurrence": "An occurrence of a recurring calendar item cannot be moved or copied.",
    "ErrorCalendarCannotUseIdForOccurrenceId": "The OccurrenceId does not correspond to a valid occurrence.",
    "ErrorCalendarCannotUseIdForRecurringMasterId":
        "The RecurringMasterId does not correspond to a valid recurring master.",
    "ErrorCalendarFolderIsInvalidForCalendarView": "A calendar view needs a calendar folder.",
    "ErrorCalendarInvalidDayForWeeklyRecurrence": "The day is not valid in a weekly recurrence.",
    "ErrorCalendarInvalidRecurrence": "The recurrence pattern is not valid.",
    "ErrorCalendarIsCancelledForAccept": "A cancelled meeting cannot be accepted.",
    "ErrorCalendarIsCancelledForDecline": "A cancelled meeting cannot be declined.",
    "ErrorCalendarIsCancelledForTentative": "A cancelled meeting cannot be accepted tentatively.",
    "ErrorCalendarIsDelegatedForAccept": "A request that was received for somebody else cannot be accepted.",
    "ErrorCalendarIsDelegatedForDecline": "A request that was received for somebody else cannot be declined.",
    "ErrorCalendarIsDelegatedForRemove": "A cancellation that was received for somebody else cannot be removed.",
    "ErrorCalendarIsDelegatedForTentative":
        "A request that was received for somebody else cannot be accepted tentatively.",
    "ErrorCalendarIsNotOrganizer": "Only the organizer can cancel a meeting.",
    "ErrorCalendarIsOrganizerForAccept": "The organizer cannot accept the meeting.",
    "ErrorCalendarIsOrganizerForDecline": "The organizer cannot decline the meeting.",
    "ErrorCalendarIsOrganizerForRemove": "The organizer cancels a meeting with CancelCalendarItem.",
    "ErrorCalendarIsOrganizerForTentative": "The organizer cannot accept the meeting tentatively.",
    "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange": "Occurrence index is out of recurrence range.",
    "ErrorCalendarOccurrenceIsDeletedFromRecurrence": "Occurrence with this index was previously deleted.",
    "ErrorCalendarOutOfRange": "The value is out of range.",
    "ErrorCalendarViewRangeTooBig": "The specified view range exceeds the maximum range of two years.",
    "ErrorCannotDeleteTaskOccurrence": "The occurrence of the task cannot be deleted.",
    "ErrorConnectionFailed": "Connection did not succeed. Try again later.",
    "ErrorContainsFilterWrongType": "The Contains filter can only be used for string properties.",
    "ErrorContentConversionFailed": "Content conversion failed.",
    "ErrorCorruptData": "The data is corrupt.",
    "ErrorDataSizeLimitExceeded": "The data size exceeds the limit.",
    "ErrorDeleteDistinguishedFolder": "Distinguished folders cannot be deleted.",
    "ErrorDistributionListMemberNotExist": "The distribution list has no such member.",
    "ErrorExceededConnectionCount":
        "You have exceeded the available concurrent connections for your account. "
        "Try again once your other requests have completed.",
    "ErrorExceededFindCountLimit": "The number of items returned exceeds the limit of a single search.",
    "ErrorFolderExists": "A folder with the specified name already exists.",
    "ErrorFolderNotFound": "The specified folder could not be found in the store.",
    "ErrorFolderSavePropertyError": "The folder save operation failed because of a property that cannot be set.",
    "ErrorInboxRulesValidationError": "A validation error occurred on an Inbox rule.",
    "ErrorImpersonationDenied": "The account does not have permission to impersonate on this server.",
    "ErrorImpersonateUserDenied": "The account does not have permission to impersonate the requested user.",
    "ErrorIncorrectSchemaVersion":
        "The request is valid but does not specify the correct server version in the RequestServerVersion "
        "SOAP header.  Ensure that the RequestServerVersion SOAP header is set with the correct "
        "RequestServerVersionValue.",
    "ErrorIncorrectUpdatePropertyCount":
        "An object within a change description must contain one and only one property to modify.",
    "ErrorInternalServerError": "An internal server error occurred. The operation failed.",
    "ErrorInternalServerTransientError":
        "An internal server error occurred. Try again later.",
    "ErrorInvalidAttachmentId": "The attachment identifier is invalid.",
    "ErrorInvalidArgument": "The argument is invalid.",
    "ErrorInvalidChangeKey": "The change key is invalid.",
    "ErrorInvalidCompleteDate": "CompleteDate cannot be set to a date in the future.",
    "ErrorInvalidExtendedProperty": "The extended property attribute combination is invalid.",
    "ErrorInvalidExtendedPropertyValue": "The extended property value is not valid for its type.",
    "ErrorInvalidExchangeImpersonationHeaderData": "ExchangeImpersonation SOAP header must have only one child.",
    "ErrorInvalidFolderId": "The folder identifier is invalid.",
    "ErrorInvalidFolderTypeForOperation": "The folder type is invalid for the requested operation.",
    "ErrorInvalidIdEmpty": "Id must be non-empty.",
    "ErrorInvalidIdMalformed": "Id is malformed.",
    "ErrorInvalidIndexedPagingParameters": "The indexed paging parameters are invalid.",
    "ErrorInvalidMailbox": "The mailbox is not valid: it needs an email address or the identifier of an item.",
    "ErrorInvalidOperation": "The operation is not available.",
    "ErrorInvalidPagingMaxRows": "The MaxEntriesReturned value must be greater than zero.",
    "ErrorInvalidPercentCompleteValue": "PercentComplete must be between 0 and 100.",
    "ErrorInvalidPropertyAppend": "Append is not supported for this property.",
    "ErrorInvalidPropertyDelete": "Delete is not supported for this property.",
    "ErrorInvalidPropertyForExists": "Exists is not supported for this property.",
    "ErrorInvalidPropertyForOperation": "The property is not supported for this operation.",
    "ErrorInvalidPropertyRequest": "Property is not valid for this object type.",
    "ErrorInvalidPropertySet": "Set action is invalid for property.",
    "ErrorInvalidRequest": "The request is invalid.",
    "ErrorInvalidParentFolder": "A folder of this type cannot hold the new folder.",
    "ErrorInvalidRetentionTagInheritance": "An implicit retention tag cannot be set.",
    "ErrorInvalidRetentionTagInvisible": "The retention tag does not exist or is not visible.",
    "ErrorInvalidRetentionTagTypeMismatch": "The retention tag has an incorrect action.",
    "ErrorInvalidScheduledOofDuration": "A scheduled absence must end in the future, after its start.",
    "ErrorInvalidUserOofSettings": "The out-of-office settings are not valid because a reply is missing.",
    "ErrorInvalidServerVersion": "The specified server version is invalid.",
    "ErrorInvalidSmtpAddress": "The format of the SMTP address is not valid.",
    "ErrorInvalidSyncStateData": "Synchronization state data is corrupted or otherwise invalid.",
    "ErrorInvalidUserPrincipalName": "The user principal name (UPN) is invalid.",
    "ErrorInvalidUserSid": "The user SID is invalid.",
    "ErrorInvalidValueForProperty": "The specified value is invalid for property.",
    "ErrorIrresolvableConflict":
        "The send or update operation could not be performed because the change key passed in the request "
        "does not match the current change key for the item.",
    "ErrorItemCorrupt": "The item is corrupt, and this part of it cannot be read.",
    "ErrorItemNotFound": "The specified object was not found in the store.",
    "ErrorItemSave": "The item save operation did not succeed.",
    "ErrorMailboxFailover": "The mailbox is being moved to another database. Try again later.",
    "ErrorMailboxStoreUnavailable": "The mailbox database is temporarily unavailable.",
    "ErrorMessageDispositionRequired":
        "The MessageDisposition attribute is required when items of type Message are created.",
    "ErrorMessageSizeExceeded": "The message exceeds the maximum supported size.",
    "ErrorMimeContentConversionFailed": "The conversion of MIME content failed.",
    "ErrorMimeContentInvalid": "The MIME content is invalid.",
    "ErrorMimeContentInvalidBase64String": "The MIME content is not a valid base64 string.",
    "ErrorMissingInformationEmailAddress": "An EmailAddress must be specified.",
    "ErrorMissingEmailAddress":
        "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP "
        "address for any distinguished folder Ids.",
    "ErrorMissingItemForCreateItemAttachment": "The item attachment has no item.",
    "ErrorInvalidItemForOperationAcceptItem": "An item of this type cannot be accepted.",
    "ErrorInvalidItemForOperationCancelItem": "An item of this type cannot be cancelled.",
    "ErrorInvalidItemForOperationCreateItem": "An item of this type cannot be created.",
    "ErrorInvalidItemForOperationCreateItemAttachment": "An item of this type cannot be attached.",
    "ErrorInvalidItemForOperationDeclineItem": "An item of this type cannot be declined.",
    "ErrorInvalidItemForOperationExpandDL": "An item of this type has no members.",
    "ErrorInvalidItemForOperationRemoveItem": "An item of this type cannot be removed.",
    "ErrorInvalidItemForOperationTentative": "An item of this type cannot be accepted tentatively.",
    "ErrorMoveCopyFailed": "The move or copy operation failed.",
    "ErrorMoveDistinguishedFolder": "Distinguished folders cannot be moved.",
    "ErrorNoFolderClassOverride": "The folder class cannot be overridden for a specialised folder type.",
    "ErrorNoPropertyTagForCustomProperties":
        "Property tags cannot be used for custom properties (0x8000 to 0xFFFE); use PropertyName or PropertyId.",
    "ErrorNonPrimarySmtpAddress": "The SMTP address is not the primary one of its mailbox.",
    "ErrorNonExistentMailbox": "No mailbox with such guid.",
    "ErrorNameResolutionMultipleResults": "Multiple results were found.",
    "ErrorNameResolutionNoResults": "No results were found.",
    "ErrorNotEnoughMemory": "There was not enough memory to complete the request.",
    "ErrorObjectTypeChanged": "The object type changed.",
    "ErrorOccurrenceCrossingBoundary": "Modified occurrence is crossing or overlapping adjacent occurrence.",
    "ErrorOccurrenceTimeSpanTooBig": "The duration of the occurrence is longer than the time to the next one.",
    "ErrorOutlookRuleBlobExists": "The Outlook rule blob exists. It must be removed to change the Inbox rules.",
    "ErrorParentFolderNotFound": "The specified parent folder could not be found.",
    "ErrorPropertyUpdate": "The property update failed.",
    "ErrorQuotaExceeded": "Mailbox has exceeded maximum mailbox size.",
    "ErrorRecurrenceEndDateTooBig": "The end date for the recurrence is after 9/1/4500.",
    "ErrorRecurrenceHasNoOccurrence": "The recurrence has no occurrence.",
    "ErrorResolveNamesInvalidFolderType": "The folder is not a contacts folder.",
    "ErrorResolveNamesOnlyOneContactsFolderAllowed": "Only one contacts folder can be specified.",
    "ErrorRequiredPropertyMissing": "Required property is missing.",
    "ErrorRulesOverQuota": "The rules quota of the mailbox was exceeded.",
    "ErrorSavedItemFolderNotFound": "The folder for saved items was not found.",
    "ErrorSchemaValidation": "The request failed schema validation.",
    "ErrorSendMeetingCancellationsRequired":
        "SendMeetingCancellations attribute is required for calendar items.",
    "ErrorSendMeetingInvitationsRequired": "SendMeetingInvitations attribute is required for calendar items.",
    "ErrorSendMeetingInvitationsOrCancellationsRequired":
        "SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
    "ErrorAffectedTaskOccurrencesRequired": "AffectedTaskOccurrences attribute is required for Task items.",
    "ErrorServerBusy": "The server cannot service this request right now. Try again later.",
    "ErrorSubmissionQuotaExceeded": "The submission quota was exceeded.",
    "ErrorSyncFolderNotFound": "The specified synchronization folder could not be found.",
    "ErrorTimeZone": "The specified time zone is not valid.",
    "ErrorToFolderNotFound": "The specified target folder could not be found.",
    "ErrorTooManyObjectsOpened": "Too many concurrent connections opened.",
    "ErrorUnsupportedMapiPropertyType": "The MAPI property type is not supported.",
    "ErrorUnsupportedMimeConversion": "MIME content conversion is not supported for this item type.",
    "ErrorUnsupportedPathForQuery": "The property can not be used with this type of restriction.",
    "ErrorUnsupportedPathForSortGroup": "The property can not be used for sorting or grouping.",
    "ErrorUpdatePropertyMismatch": "The property and the value of the change description do not match.",
}


class ItemError(Exception):
    """One item or folder is refused with an EWS response code."""

    def __init__(self, code: str, text: str | None = None, *, values: tuple[tuple[str, str], ...] = ()) -> None:
        """Take the words of a real server for `code` unless `text` is given.

        `values` become the Value elements of MessageXml.
        """
        super().__init__(code)
        self.code = code
        self.values = values
        self.text = text if text is not None else TEXTS.get(code, "The operation failed.")


class SoapFault(Exception):  # noqa: N818 - the protocol's own word
    """The whole request is refused with a SOAP fault.

    `values` become the Value elements of MessageXml, in this order.
    """

    def __init__(self, code: str, text: str | None = None, *, values: tuple[tuple[str, str], ...] = (),
                 violation: tuple[int, int, str] | None = None) -> None:
        """Keep what the fault's detail will say; `violation` is (line, column, words)."""
        super().__init__(code)
        self.code = code
        self.text = text if text is not None else TEXTS.get(code, "The operation failed.")
        self.values = values
        self.violation = violation
