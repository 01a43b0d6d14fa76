"""Exchange's codes and what the engine does about each kind."""

import pytest

from engine.connectors.exchange.errors import (
    BUSY,
    FATAL,
    UNSURE,
    AnswerLostError,
    CodeError,
    TooLargeError,
    outcome_of,
    outcome_of_request,
    raise_for,
)
from engine.errors import Cause, FatalError, RefusedError, RetryableError, Side, SignInError
from engine.ports import Verdict

REFUSED = ["ErrorMessageSizeExceeded", "ErrorMimeContentInvalid", "ErrorCorruptData", "ErrorInvalidPropertySet",
           "ErrorFolderNotFound", "ErrorItemSave", "ErrorSomethingNobodyHasHeardOf", ""]


@pytest.mark.parametrize(("code", "verdict"), [
    *((code, Verdict.BUSY) for code in sorted(BUSY)),
    *((code, Verdict.UNKNOWN) for code in sorted(UNSURE)),
    *((code, Verdict.FATAL) for code in sorted(FATAL)),
    *((code, Verdict.REFUSED) for code in REFUSED),
    ("ErrorItemNotFound", Verdict.GONE), ("ErrorCannotDeleteObject", Verdict.REFUSED),
])
def test_each_code_of_an_item_has_its_verdict(code: str, verdict: Verdict) -> None:
    """Busy and fatal ones are known by name; where it may have been done it is unknown; the rest is refused."""
    outcome = outcome_of(CodeError(code, "words", back_off=3.0))

    assert outcome.verdict is verdict
    assert outcome.id is None
    assert str(outcome.error)
    assert outcome.back_off == (3.0 if verdict is Verdict.BUSY else None)


@pytest.mark.parametrize("code", ["ErrorInternalServerError", "ErrorTimeoutExpired", "ErrorConnectionFailed"])
def test_a_code_that_may_stand_for_a_done_request_is_never_a_refusal(code: str) -> None:
    """A request that may have been carried out is looked for before anything is sent again."""
    assert outcome_of(CodeError(code)).verdict is Verdict.UNKNOWN
    with pytest.raises(AnswerLostError):
        raise_for(CodeError(code))


def test_a_full_mailbox_stops_everything_in_the_owners_words() -> None:
    """The owner reads what to do, not a code."""
    error = outcome_of(CodeError("ErrorQuotaExceeded")).error

    assert isinstance(error, FatalError)
    assert (error.cause, error.side) == (Cause.MAILBOX_FULL, Side.DESTINATION)
    assert "Make room" in str(error)
    assert "ErrorQuotaExceeded" not in str(error)


def test_a_code_without_words_of_ours_is_shown_with_the_servers_own() -> None:
    """Somebody who helps needs the code; a server's long text is cut."""
    words = str(CodeError("ErrorNew", "x" * 1000))

    assert "ErrorNew" in words
    assert len(words) < 200


@pytest.mark.parametrize(("error", "count", "verdict"), [
    (AnswerLostError("x"), 5, Verdict.UNKNOWN), (AnswerLostError("x"), 1, Verdict.UNKNOWN),
    (RetryableError("x", back_off=2.0), 5, Verdict.BUSY),
    (RefusedError("x"), 5, Verdict.SPLIT), (RefusedError("x"), 1, Verdict.REFUSED),
    (TooLargeError("x"), 2, Verdict.SPLIT), (TooLargeError("x"), 1, Verdict.REFUSED),
    (FatalError("x"), 5, Verdict.FATAL), (SignInError("x"), 5, Verdict.FATAL),
])
def test_a_request_that_failed_whole_has_one_verdict_for_all(error: Exception, count: int, verdict: Verdict) -> None:
    """Lost is unknown, refused is split until one is left, and only a busy one may go out again as it is."""
    outcome = outcome_of_request(error, count)

    assert outcome.verdict is verdict
    assert outcome.error is error


@pytest.mark.parametrize(("code", "kind"), [
    ("ErrorServerBusy", RetryableError), ("ErrorAccessDenied", FatalError), ("ErrorFolderExists", RefusedError),
    ("ErrorInternalServerTransientError", AnswerLostError), ("ErrorSomethingNew", RefusedError),
])
def test_a_request_for_one_thing_raises_by_the_same_rule(code: str, kind: type[Exception]) -> None:
    """What reads raise is sorted as what writes are told."""
    with pytest.raises(kind):
        raise_for(CodeError(code))
