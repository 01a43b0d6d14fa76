"""Exchange's codes and what the engine does about each kind."""

import os
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from emulators.exchange.schema import find_schema
from engine.connectors.exchange.codes import MAY_HAVE_COMMITTED, RULES, UNHEARD_OF, Meaning, meaning_of, rule_for
from engine.connectors.exchange.errors import (
    AnswerLostError,
    CodeError,
    TooLargeError,
    outcome_of,
    outcome_of_request,
    raise_for,
    raise_for_read,
)
from engine.errors import Cause, FatalError, GoneError, RefusedError, RetryableError, Side, SignInError, StateLostError
from engine.ports.items import Verdict

XS = "{http://www.w3.org/2001/XMLSchema}"
MATERIAL = Path(os.environ.get("OMM_EWS_MATERIAL", Path(__file__).resolve().parents[3].parent / "shared" / "ews"))
TABLE = Path(__file__).with_name("response_codes.txt")
VERDICTS = {
    Meaning.DONE: Verdict.UNKNOWN,          # beside an item that was not a success
    Meaning.UNSURE: Verdict.UNKNOWN, Meaning.STRANGE: Verdict.UNKNOWN, Meaning.BUSY: Verdict.BUSY,
    Meaning.FATAL: Verdict.FATAL, Meaning.GONE: Verdict.GONE, Meaning.NO_FOLDER: Verdict.REFUSED,
    Meaning.STATE_LOST: Verdict.REFUSED, Meaning.REFUSED: Verdict.REFUSED,
}
RAISED = {
    Meaning.DONE: AnswerLostError, Meaning.UNSURE: AnswerLostError, Meaning.STRANGE: AnswerLostError,
    Meaning.BUSY: RetryableError, Meaning.FATAL: FatalError, Meaning.GONE: RefusedError,
    Meaning.NO_FOLDER: RefusedError, Meaning.STATE_LOST: RefusedError, Meaning.REFUSED: RefusedError,
}
READ = RAISED | {
    Meaning.GONE: GoneError, Meaning.NO_FOLDER: GoneError, Meaning.STATE_LOST: StateLostError,
    Meaning.REFUSED: RetryableError,
}


def schemas() -> list[Path]:
    """The schema that this run uses, and the newer one where it lies beside the repository."""
    newer = MATERIAL / "schema" / "messages.xsd"
    return [find_schema() / "messages.xsd", *([newer] if newer.is_file() else [])]


def codes(schema: Path) -> set[str]:
    """Every code of ResponseCodeType."""
    root = etree.parse(schema).getroot()
    (kind,) = (one for one in root.iter(f"{XS}simpleType") if one.get("name") == "ResponseCodeType")
    return {one.get("value") or "" for one in kind.iter(f"{XS}enumeration")}


def table() -> dict[str, Meaning]:
    """The meaning of every code, as somebody has looked at it one by one."""
    found: dict[str, Meaning] = {}
    for line in TABLE.read_text().splitlines():
        if not line.startswith(" "):
            meaning = Meaning(line.removesuffix(":"))
            continue
        for code in line.split():
            name = code if code == "NoError" else f"Error{code}"
            assert name not in found
            found[name] = meaning
    return found


def test_every_code_of_both_schemas_has_the_meaning_of_the_table() -> None:
    """No code of Exchange 2013 or Exchange Server SE is left to chance: each has one meaning, by a rule."""
    wanted = table()

    assert {code: meaning_of(code) for code in wanted} == wanted
    for schema in schemas():
        assert codes(schema) <= set(wanted)
        assert len(codes(schema)) >= 451
    assert all(rule.source for rule in RULES)
    assert all(rule_for(code) is not UNHEARD_OF for code in wanted)


def test_every_rule_takes_codes_and_names_none_that_is_in_no_schema() -> None:
    """A code that is misspelt in a rule would be one that the rule does not know."""
    wanted = table()
    taken = Counter(id(rule_for(code)) for code in wanted)

    assert [rule.source for rule in RULES if not taken[id(rule)]] == []
    for rule in RULES:
        assert rule.whole <= set(wanted)
        assert {code for code in rule.whole if rule_for(code) is not rule} == set()


def test_every_code_has_its_verdict_its_error_and_its_error_for_a_read() -> None:
    """A write is told by verdict, a request for one thing by error; a read takes nothing for gone but what is gone."""
    for code, meaning in table().items():
        error = CodeError(code, "words", back_off=3.0)
        outcome = outcome_of(error)

        assert outcome.verdict is VERDICTS[meaning], code
        assert str(outcome.error)
        assert outcome.id is None
        with pytest.raises(RAISED[meaning]) as raised:
            raise_for(error)
        with pytest.raises(READ[meaning]) as seen:
            _read(error)
        assert isinstance(raised.value, RefusedError) == (RAISED[meaning] is RefusedError), code
        assert not isinstance(seen.value, GoneError) or meaning in (Meaning.GONE, Meaning.NO_FOLDER), code


def _read(error: CodeError) -> None:
    try:
        raise_for(error)
    except RefusedError as refusal:
        raise_for_read(refusal)


@pytest.mark.parametrize("code", ["ErrorSomethingNobodyHasHeardOf", "", "Nonsense", "ErrorQuotaExceededOnDelete"])
def test_a_code_of_no_schema_is_neither_done_nor_refused(code: str) -> None:
    """Nobody knows what it stands for: the item is looked for, and sent again when it is nowhere."""
    assert rule_for(code) is UNHEARD_OF
    assert outcome_of(CodeError(code)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("code", sorted(MAY_HAVE_COMMITTED.whole))
def test_a_code_that_may_stand_for_a_done_request_is_never_a_refusal(code: str) -> None:
    """A request that may have been carried out is looked for before anything is sent again."""
    assert outcome_of(CodeError(code)).verdict is Verdict.UNKNOWN
    with pytest.raises(AnswerLostError, match=code):
        raise_for(CodeError(code))


def test_the_servers_own_advice_is_shown() -> None:
    """What a server says of an account goes behind our words, on one line, and not without end."""
    words = str(outcome_of(CodeError("ErrorAccountDisabled", "Call the\n help desk, extension 12. " + "x" * 500)).error)

    assert words.startswith("The destination account is disabled. The server says: “Call the help desk, extension 12.")
    assert len(words) < 250


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
    assert len(words) < 250


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
