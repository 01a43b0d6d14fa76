"""Consent on Google's page, and what comes of it: no more than what moves, of the right account, and given back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from emulators.google import Fault
from engine.connectors.google.access.clients import ClientKind
from engine.connectors.google.access.grants import app_password, delegated, kept_access
from engine.connectors.google.access.scopes import IDENTITY, MAIL
from engine.errors import Cause, FatalError, RetryableError
from engine.migration.content import Content
from engine.store.vault import Secret
from tests.contract.google.conftest import ANN, BEN, CALLBACK, At

WRONG = Secret("4/wrong-code")


def asked_for(at: At, kind: ClientKind = ClientKind.WEB, login: str = ANN) -> dict[str, list[str]]:
    url = at.consent(kind).ask(state="the-state", contents=[Content.MAIL], login=login).url
    return parse_qs(urlsplit(url).query)


def test_what_is_asked(at: At) -> None:
    """Only what mail needs; with PKCE, for access without its owner, and of the account that was typed."""
    asked = asked_for(at)

    assert set(asked["scope"][0].split()) == {*IDENTITY, MAIL}
    assert (asked["access_type"], asked["prompt"]) == (["offline"], ["consent"])
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["state"], asked["redirect_uri"], asked["login_hint"]) == (["the-state"], [CALLBACK], [ANN])
    assert asked["include_granted_scopes"] == ["true"]
    assert "login_hint" not in asked_for(at, login="")
    assert "include_granted_scopes" not in asked_for(at, ClientKind.DESKTOP)


def test_a_verifier_is_a_new_one_each_time_and_in_no_address(at: At) -> None:
    """It proves that whoever brings the code is who asked."""
    first, second = (at.consent().ask(state="s", contents=[Content.MAIL]) for _ in range(2))

    assert first.verifier != second.verifier
    assert first.verifier not in first.url
    assert {first.verifier, second.verifier} <= set(at.hidden)


def test_a_grant_names_its_account_and_what_it_lacks(at: At, everything_logged: pytest.LogCaptureFixture) -> None:
    """Whoever consented is said by Google; what was unticked is missing; no token is shown or logged anywhere."""
    whole = at.granted()
    part = at.granted(BEN, login="", scopes=[])

    kept = kept_access(whole.secret)
    assert (whole.address, whole.missing, whole.is_of("Ann@googlemail.com")) == (ANN, frozenset(), True)
    assert (part.address, part.missing, part.is_of(ANN)) == (BEN, {Content.MAIL}, False)
    assert MAIL in kept.scopes
    assert MAIL not in kept_access(part.secret).scopes
    for secret in kept.hidden:
        assert secret in at.hidden
        assert secret not in f"{whole!r} {kept!r} {everything_logged.text}"
        assert secret in {*at.emulator.tokens(ANN)["access"], *at.emulator.tokens(ANN)["refresh"]}


def test_the_endpoint_is_asked_where_the_answer_does_not_say_whose_the_account_is(at: At) -> None:
    """The address comes of the userinfo endpoint as well."""
    consent = at.consent()

    assert consent._whose({"access_token": at.kept().access}) == (ANN, True)
    assert consent._whose({"access_token": "ya29.unknown"}) == ("", False)


@pytest.mark.parametrize("wrong", ["code", "verifier", "again"])
def test_a_code_that_is_not_good_is_told(at: At, wrong: str, everything_logged: pytest.LogCaptureFixture) -> None:
    """A code of nobody's, somebody else's, or a used one: consent is needed, and no code is repeated."""
    consent = at.consent()
    asked = consent.ask(state="s", contents=[Content.MAIL], login=ANN)
    back = at.emulator.press(urlsplit(asked.url).query, ANN, "continue").location
    code = Secret(parse_qs(urlsplit(back).query)["code"][0])
    if wrong == "again":
        consent.exchange(code=code, verifier=asked.verifier, contents=[Content.MAIL])

    with pytest.raises(FatalError, match="Authorise access again") as caught:
        consent.exchange(
            code=WRONG if wrong == "code" else code, contents=[Content.MAIL],
            verifier=Secret("v" * 43) if wrong == "verifier" else asked.verifier,
        )

    assert caught.value.cause is Cause.CONSENT
    assert code not in f"{caught.value} {everything_logged.text}"
    assert caught.value.__context__ is None


def test_a_client_that_google_does_not_take_is_the_operators_matter(at: At) -> None:
    """Nobody is told to consent again."""
    consent = at.consent()
    asked = consent.ask(state="s", contents=[Content.MAIL], login=ANN)
    at.emulator.change_client("web", disabled=True)

    with pytest.raises(FatalError, match="Whoever runs OMM") as caught:
        consent.exchange(code=WRONG, verifier=asked.verifier, contents=[Content.MAIL])

    assert caught.value.cause is Cause.FORBIDDEN


@pytest.mark.parametrize("fault", [
    Fault(endpoint="token", action="status", status=503), Fault(endpoint="token", action="status", status=429),
    Fault(endpoint="token", action="drop"), Fault(endpoint="token", action="garbage", status=200),
], ids=lambda fault: f"{fault.action} {fault.status}")
def test_an_exchange_that_google_cannot_answer_may_go_through_later(at: At, fault: Fault) -> None:
    """The code is still good then."""
    consent = at.consent()
    asked = consent.ask(state="s", contents=[Content.MAIL], login=ANN)
    back = at.emulator.press(urlsplit(asked.url).query, ANN, "continue").location
    code = Secret(parse_qs(urlsplit(back).query)["code"][0])
    at.emulator.add_fault(fault)

    with pytest.raises(RetryableError):
        consent.exchange(code=code, verifier=asked.verifier, contents=[Content.MAIL])

    assert consent.exchange(code=code, verifier=asked.verifier, contents=[Content.MAIL]).address == ANN


def test_what_was_granted_is_given_back(at: At) -> None:
    """Once and for all; a second time is no error, and a password or a service account's mark is nothing to give."""
    granted, consent = at.granted(), at.consent()
    consent.revoke(granted.secret)

    assert at.emulator.tokens(ANN) == {"access": [], "refresh": []}
    consent.revoke(granted.secret)
    consent.revoke(app_password("abcd efgh ijkl mnop"))
    consent.revoke(delegated(ANN))
    assert [call.endpoint for call in at.emulator.requests].count("revoke") == 2


def test_giving_back_that_fails_can_be_tried_again(at: At) -> None:
    """The grant lives until it goes through."""
    granted, consent = at.granted(), at.consent()
    at.emulator.add_fault(Fault(endpoint="revoke", action="status", status=503))

    with pytest.raises(RetryableError):
        consent.revoke(granted.secret)
    assert at.emulator.tokens(ANN)["refresh"]
    consent.revoke(granted.secret)
    assert not at.emulator.tokens(ANN)["refresh"]
