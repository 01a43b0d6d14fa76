"""UpdateInboxRules, sent once, and what became of each of its operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from engine.connectors.exchange.errors import SAID, CodeError, outcome_of, outcome_of_request
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, messages, parse
from engine.errors import Cause, FatalError, NoRoomError, OmmError, RefusedError
from engine.ports.items import DONE, Outcome, Verdict

INVALID = "ErrorInboxRulesValidationError"
OVER_QUOTA = "ErrorRulesOverQuota"
NO_ROOM = "the new mailbox has no room for more rules; remove some there, or have its administrator raise RulesQuota"
PUT_OFF = Outcome(Verdict.BUSY, back_off=0.0)      # nothing of its request was done, over another one


def updated(sessions: Sessions, operations: Sequence[str], *, removes_outlooks: bool) -> list[Outcome]:
    """Sends those operations in one request. One Outcome each, in their order."""
    count = len(operations)
    body = envelope(
        f"<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>{'true' if removes_outlooks else 'false'}"
        f"</m:RemoveOutlookRuleBlob><m:Operations>{''.join(operations)}</m:Operations></m:UpdateInboxRules>"
    )
    try:
        answer = parse(sessions.post(body, len(body)), sessions.side)
        message = next(messages(answer, 1, sessions.side))
    except OmmError as error:
        return [outcome_of_request(error, count)] * count
    return _told(message, answer, count) if isinstance(message, CodeError) else [DONE] * count


def not_reached(error: OmmError) -> Outcome:
    """The verdict where a look failed before anything was sent."""
    return Outcome(Verdict.FATAL if isinstance(error, FatalError) else Verdict.BUSY, error=error)


def _told(error: CodeError, answer: etree._Element, count: int) -> list[Outcome]:
    """What a request that was refused says of its operations: nothing of it was done."""
    if error.code == OVER_QUOTA:
        no_room = Outcome(Verdict.REFUSED, error=NoRoomError(NO_ROOM))
        return [no_room] if count == 1 else [Outcome(Verdict.SPLIT, error=error)] * count
    wrong = dict(_errors(answer)) if error.code == INVALID else {}
    if not any(0 <= place < count for place in wrong):
        outcome = outcome_of(error)
        if isinstance(outcome.error, FatalError) and outcome.error.cause is Cause.FORBIDDEN:    # of rules alone
            return [Outcome(Verdict.REFUSED, error=RefusedError(str(outcome.error).rstrip(".")))] * count
        split = outcome.verdict is Verdict.REFUSED and count > 1
        return [Outcome(Verdict.SPLIT, error=error) if split else outcome] * count
    return [
        Outcome(Verdict.REFUSED, error=RefusedError(wrong[place])) if place in wrong else PUT_OFF
        for place in range(count)
    ]


def _errors(answer: etree._Element) -> Iterator[tuple[int, str]]:
    """The places of the operations that are wrong, each with the server's words."""
    for error in answer.iterfind(f"{MESSAGES}RuleOperationErrors/{TYPES}RuleOperationError"):
        place = error.findtext(f"{TYPES}OperationIndex") or ""
        words = (_words(each) for each in error.iterfind(f"{TYPES}ValidationErrors/{TYPES}Error"))
        if place.strip().isdecimal():
            yield int(place), f"the destination refused it ({'; '.join(words)})"


def _words(error: etree._Element) -> str:
    field, code, said = (error.findtext(f"{TYPES}{name}") or "" for name in ("FieldURI", "ErrorCode", "ErrorMessage"))
    return " ".join(f"{field} {code}: {said}".split())[:SAID]
