"""Exchange's answers, sorted by what the engine does about them.

Response codes are those of [MS-OXWSCDATA] 2.2.5.24 (ResponseCodeType). Where a code may stand for a request that was
carried out all the same, it counts as unknown: the item is looked for before it is sent again.
"""

from __future__ import annotations

from typing import NoReturn

from engine.errors import (
    Cause,
    FatalError,
    GoneError,
    OmmError,
    RefusedError,
    RetryableError,
    Side,
    SignInError,
    StateLostError,
)
from engine.ports import Outcome, Verdict


class AnswerLostError(RetryableError):
    """The request went out and no sure answer came back: it may have been carried out."""


class TooLargeError(RefusedError):
    """The server takes no request of this size. Nothing of it was carried out."""


class CodeError(OmmError):
    """One item's response code, with the server's own text behind it."""

    def __init__(self, code: str, text: str = "", *, back_off: float | None = None) -> None:
        super().__init__(words_for(code, text))
        self.code = code
        self.back_off = back_off


GONE = frozenset({"ErrorItemNotFound"})

NO_FOLDER = frozenset({"ErrorItemNotFound", "ErrorFolderNotFound", "ErrorSyncFolderNotFound"})

STATE_LOST = frozenset({"ErrorInvalidSyncStateData"})     # [MS-OXWSSYNC] 3.1.4.2.3.10

UNREADABLE = frozenset({      # said of one item, for ever
    "ErrorContentConversionFailed",
    "ErrorCorruptData",
    "ErrorItemCorrupt",
    "ErrorMimeContentConversionFailed",
})

BUSY = frozenset({
    "ErrorServerBusy",
    "ErrorExceededConnectionCount",
    "ErrorTooManyObjectsOpened",
    "ErrorBatchProcessingStopped",   # not reached: an earlier item of the batch stopped it
    "ErrorMailboxMoveInProgress",
    "ErrorMailboxStoreUnavailable",
    "ErrorADUnavailable",
    "ErrorInsufficientResources",
    "ErrorNotEnoughMemory",
})

UNSURE = frozenset({
    "ErrorConnectionFailed",
    "ErrorInternalServerError",
    "ErrorInternalServerTransientError",
    "ErrorTimeoutExpired",
    "ErrorMessageSubmissionBlocked",
})

FATAL = {
    "ErrorQuotaExceeded": (Cause.MAILBOX_FULL, "The destination mailbox is full. Make room in it, then resume."),
    "ErrorNonExistentMailbox": (Cause.MAILBOX_GONE, "There is no such mailbox on the destination server (any more)."),
    "ErrorMissingEmailAddress": (Cause.MAILBOX_GONE, "This login has no mailbox on the destination server."),
    "ErrorAccountDisabled": (Cause.FORBIDDEN, "The destination account is disabled."),
    "ErrorAccessDenied": (Cause.FORBIDDEN, "The destination account may not do this in its mailbox."),
    "ErrorImpersonateUserDenied": (Cause.FORBIDDEN, "The destination account may not open this mailbox."),
    "ErrorInvalidServerVersion": (Cause.TOO_OLD, "The destination is older than Exchange 2013."),
}

WORDS = {
    "ErrorMessageSizeExceeded": "larger than the destination takes",
    "ErrorDataSizeLimitExceeded": "larger than the destination takes",
    "ErrorMimeContentInvalid": "the destination could not read the message's format",
    "ErrorMimeContentInvalidBase64String": "the destination could not read the message's format",
    "ErrorMimeContentConversionFailed": "the destination could not read the message's format",
    "ErrorContentConversionFailed": "the destination could not read the message's format",
    "ErrorCorruptData": "the destination found the message damaged",
    "ErrorInvalidPropertySet": "the destination refused one of the message's properties",
    "ErrorItemNotFound": "it or its folder was removed at the destination meanwhile",
    "ErrorSavedItemFolderNotFound": "its folder was removed at the destination meanwhile",
    "ErrorFolderNotFound": "its folder was removed at the destination meanwhile",
    "ErrorParentFolderNotFound": "its folder was removed at the destination meanwhile",
    "ErrorInvalidFolderId": "its folder was removed at the destination meanwhile",
    "ErrorFolderExists": "a folder of this name is there already",
    "ErrorServerBusy": "the destination was busy",
    "ErrorSchemaValidation": "the destination could not read the request for it",
}


def words_for(code: str, text: str) -> str:
    """What a mailbox's owner is told about a code. The server's text is a hint for whoever helps them."""
    said = WORDS.get(code)
    if said is not None:
        return said
    hint = f": {text[:120]}" if text else ""
    return f"the destination refused it ({code}{hint})"


def outcome_of(error: CodeError) -> Outcome:
    """The verdict on the one item that got this code."""
    code = error.code
    if code in BUSY:
        return Outcome(Verdict.BUSY, error=error, back_off=error.back_off)
    if code in GONE:
        return Outcome(Verdict.GONE, error=error)
    if code in UNSURE:
        return Outcome(Verdict.UNKNOWN, error=error)
    if code in FATAL:
        return Outcome(Verdict.FATAL, error=fatal(code))
    return Outcome(Verdict.REFUSED, error=error)


def fatal(code: str) -> FatalError:
    """The fatal error that a code of FATAL stands for."""
    cause, words = FATAL[code]
    return FatalError(words, cause=cause, side=Side.DESTINATION)


def raise_for(error: CodeError) -> NoReturn:
    """Raises what a code means for a request that asks for one thing only."""
    if error.code in FATAL:
        raise fatal(error.code) from None
    if error.code in BUSY:
        raise RetryableError("The destination is busy.", back_off=error.back_off) from error
    if error.code in UNSURE:
        raise AnswerLostError("The destination could not say whether it did what was asked.") from error
    raise RefusedError(str(error)) from error


def raise_for_read(refusal: RefusedError) -> NoReturn:
    """Raises what the refusal of a request means that only reads.

    Nothing but the codes for "not there" says that something is not there, and nothing but an invalid state that a
    folder must be read anew. Whatever else is said, also by a code that nobody has heard of, may pass: RetryableError.
    """
    code = refusal.__cause__.code if isinstance(refusal.__cause__, CodeError) else ""
    if code in NO_FOLDER:
        raise GoneError(str(refusal)) from refusal.__cause__
    if code in STATE_LOST:
        raise StateLostError("The destination does not know any more what it told before.") from refusal.__cause__
    raise RetryableError(f"The destination cannot be read: {refusal}.", cause=Cause.OTHER) from refusal.__cause__


def outcome_of_request(error: Exception, count: int) -> Outcome:
    """The verdict on each of the `count` items of a request that failed as a whole."""
    if isinstance(error, AnswerLostError):
        return Outcome(Verdict.UNKNOWN, error=error)
    if isinstance(error, RetryableError):
        return Outcome(Verdict.BUSY, error=error, back_off=error.back_off)
    if isinstance(error, RefusedError):
        return Outcome(Verdict.SPLIT if count > 1 else Verdict.REFUSED, error=error)
    return Outcome(Verdict.FATAL, error=error)


def sign_in_refused(login: str) -> SignInError:
    """The words for a refused login or password: Exchange does not say which of the two it is."""
    return SignInError(
        f"The destination server refused the login {login[:100]} or its password.", side=Side.DESTINATION
    )
