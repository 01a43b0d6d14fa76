"""Exchange's answers, sorted by what the engine does about them.

The words name the side of the migration that the mailbox is on: whoever raises is given it.

What a response code means stands in `codes`. Where one may stand for a request that was carried out all the same, or
nobody knows what it stands for, the item is looked for before it is sent again.
"""

from __future__ import annotations

from typing import NoReturn

from engine.connectors.exchange.codes import Meaning, meaning_of, rule_for
from engine.connectors.exchange.versions import OLDEST
from engine.errors import (
    Cause,
    FatalError,
    GoneError,
    NameTakenError,
    OmmError,
    RefusedError,
    RetryableError,
    Side,
    SignInError,
    StateLostError,
)
from engine.ports.items import Outcome, Verdict


class AnswerLostError(RetryableError):
    """The request went out and no sure answer came back: it may have been carried out."""


class ReuseBrokenError(AnswerLostError):
    """The same, over a connection that had answered before and broke when it was used again."""


class TooLargeError(RefusedError):
    """The server takes no request of this size. Nothing of it was carried out."""


class CodeError(OmmError):
    """One item's response code, with the server's own text behind it. `side` is the one that the mailbox is on."""

    def __init__(
        self, code: str, text: str = "", *, back_off: float | None = None, side: Side = Side.DESTINATION
    ) -> None:
        super().__init__(words_for(code, text, side))
        self.side = side
        self.code = code
        self.text = text
        self.back_off = back_off


NAME_TAKEN = "ErrorFolderExists"      # [MS-OXWSFOLD] 3.1.4.2: a sibling has the display name
WORDS = {
    "ErrorMessageSizeExceeded": "larger than the {side} takes",
    "ErrorDataSizeLimitExceeded": "larger than the {side} takes",
    "ErrorMimeContentInvalid": "the {side} could not read its format",
    "ErrorMimeContentInvalidBase64String": "the {side} could not read its format",
    "ErrorMimeContentConversionFailed": "the {side} could not read its format",
    "ErrorContentConversionFailed": "the {side} could not read its format",
    "ErrorCorruptData": "the {side} found it damaged",
    "ErrorInvalidPropertySet": "the {side} refused one of its properties",
    "ErrorItemNotFound": "it or its folder was removed at the {side} meanwhile",
    "ErrorSavedItemFolderNotFound": "its folder was removed at the {side} meanwhile",
    "ErrorFolderNotFound": "its folder was removed at the {side} meanwhile",
    "ErrorParentFolderNotFound": "its folder was removed at the {side} meanwhile",
    "ErrorInvalidFolderId": "its folder was removed at the {side} meanwhile",
    NAME_TAKEN: "a folder of this name is there already",
    "ErrorServerBusy": "the {side} was busy",
    "ErrorSchemaValidation": "the {side} could not read the request for it",
}


SAID = 160          # characters of a server's own words that a person is shown
VERDICTS = {
    Meaning.BUSY: Verdict.BUSY,
    Meaning.GONE: Verdict.GONE,
    Meaning.NO_FOLDER: Verdict.REFUSED,
    Meaning.STATE_LOST: Verdict.REFUSED,
    Meaning.REFUSED: Verdict.REFUSED,
}                   # of what is neither fatal nor unsure


def words_for(code: str, text: str, side: Side = Side.DESTINATION) -> str:
    """What a mailbox's owner is told about a code. The server's text is a hint for whoever helps them."""
    said = WORDS.get(code)
    return said.format(side=side) if said is not None else f"the {side} refused it ({hint(code, text)})"


def hint(code: str, text: str) -> str:
    """The code with the server's own words behind it, on one line and not too long."""
    words = " ".join(text.split())[:SAID]
    return f"{code}: {words}" if words else code


def outcome_of(error: CodeError) -> Outcome:
    """The verdict on the one item that got this code."""
    meaning = meaning_of(error.code)
    if meaning is Meaning.FATAL or meaning not in VERDICTS:
        told = fatal(error) if meaning is Meaning.FATAL else unsure(error)
        told.__cause__ = error
        return Outcome(Verdict.FATAL if meaning is Meaning.FATAL else Verdict.UNKNOWN, None, told, error.back_off)
    return Outcome(VERDICTS[meaning], error=error, back_off=error.back_off)


def fatal(error: CodeError) -> FatalError:
    """The fatal error that a code stands for, with the server's own words behind ours."""
    rule = rule_for(error.code)
    said = " ".join(error.text.split())[:SAID]
    words = rule.words.format(side=error.side, oldest=OLDEST[error.side].name)
    words = f"{words} The server says: “{said}”" if said else words
    return FatalError(words, cause=rule.cause or Cause.OTHER, side=error.side)


def unsure(error: CodeError) -> AnswerLostError:
    """The error for a code after which nobody knows whether the request was carried out."""
    return AnswerLostError(
        f"The {error.side} could not say whether it did what was asked ({hint(error.code, error.text)}).",
        cause=Cause.OTHER, back_off=error.back_off,
    )


def is_no_folder(error: BaseException | None) -> bool:
    """True: the code says that the folder that was asked for is not there."""
    return isinstance(error, CodeError) and meaning_of(error.code) in (Meaning.GONE, Meaning.NO_FOLDER)


def raise_for(error: CodeError) -> NoReturn:
    """Raises what a code means for a request that asks for one thing only."""
    meaning = meaning_of(error.code)
    if meaning is Meaning.FATAL:
        raise fatal(error) from None
    if meaning is Meaning.BUSY:
        raise RetryableError(f"The {error.side} is busy.", back_off=error.back_off) from error
    if meaning not in VERDICTS:
        raise unsure(error) from error
    raise (NameTakenError if error.code == NAME_TAKEN else RefusedError)(str(error)) from error


def raise_for_read(refusal: RefusedError, side: Side = Side.DESTINATION) -> NoReturn:
    """Raises what the refusal of a request means that only reads.

    Nothing but the codes for "not there" says that something is not there, and nothing but an invalid state that a
    folder must be read anew. Whatever else is said, also by a code that nobody has heard of, may pass: RetryableError.
    """
    said = refusal.__cause__
    if is_no_folder(said):
        raise GoneError(str(refusal)) from said
    if isinstance(said, CodeError) and meaning_of(said.code) is Meaning.STATE_LOST:
        raise StateLostError(f"The {side} does not know any more what it told before.") from said
    raise RetryableError(f"The {side} cannot be read: {refusal}.", cause=Cause.OTHER) from said


def outcome_of_request(error: Exception, count: int) -> Outcome:
    """The verdict on each of the `count` items of a request that failed as a whole."""
    if isinstance(error, AnswerLostError):
        return Outcome(Verdict.UNKNOWN, error=error)
    if isinstance(error, RetryableError):
        return Outcome(Verdict.BUSY, error=error, back_off=error.back_off)
    if isinstance(error, RefusedError):
        return Outcome(Verdict.SPLIT if count > 1 else Verdict.REFUSED, error=error)
    if count > 1 and isinstance(error, FatalError) and error.cause is Cause.FORBIDDEN:      # one of them may be why
        return Outcome(Verdict.SPLIT, error=error)
    return Outcome(Verdict.FATAL, error=error)


BOUND = (
    " If you are sure that both are right, ask the server's administrator: Extended Protection refuses everybody "
    "who comes through a proxy or a load balancer that ends TLS."
)


def sign_in_refused(login: str, *, bound: bool = False, side: Side = Side.DESTINATION) -> SignInError:
    """The words for a refused login or password: Exchange does not say which of the two it is.

    `bound`: the sign-in named the certificate of the encrypted connection, which may be another one than the server's.
    """
    words = f"The {side} server refused the login {login[:100]} or its password."
    return SignInError(words + BOUND if bound else words, side=side)
