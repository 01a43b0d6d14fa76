"""Answers of a token endpoint that leave out what RFC 6749 §5.1 lets them leave out, or name another kind of token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from emulators.google.exchange import TokenEndpoint
from engine.connectors.google.access.credentials import BEARER, credential
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.ports.consent import Grant, UselessGrantError
from engine.store.vault import Secret
from tests.contract.google.conftest import ANN, At, at, google_tls  # noqa: F401 - fixtures


def answers(monkeypatch: pytest.MonkeyPatch, odd: Mapping[str, Any]) -> None:
    """From now on each answer is without what is None in `odd`, and with the rest."""
    real = TokenEndpoint._answer

    def other(self: TokenEndpoint, *given: Any, **more: Any) -> dict[str, Any]:
        return {name: value for name, value in {**real(self, *given, **more), **odd}.items() if value is not None}

    monkeypatch.setattr(TokenEndpoint, "_answer", other)


def exchanged(at: At) -> Grant:  # noqa: F811
    consent = at.consent()
    asked = consent.ask(state="state", contents=[Content.MAIL], login=ANN)
    pressed = at.emulator.press(urlsplit(asked.url).query, ANN, "continue", None)
    code = parse_qs(urlsplit(pressed.location).query)["code"][0]
    return consent.exchange(code=Secret(code), verifier=asked.verifier, contents=[Content.MAIL])


def test_no_expires_in_is_no_crash(at: At, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """It is RECOMMENDED alone. The grant is kept, and its token renewed before it is used."""
    answers(monkeypatch, {"expires_in": None})
    granted = exchanged(at)
    assert granted.address == ANN
    made = credential(at.google(), parse_account(f"gmail://{ANN}"), granted.secret, lambda _: None)
    assert made.secret().startswith(BEARER)


def test_no_expires_in_is_no_crash_of_a_renewal(at: At, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The new token is good."""
    made = credential(at.google(), parse_account(f"gmail://{ANN}"), at.kept().secret, lambda _: None)
    first = made.secret()
    answers(monkeypatch, {"expires_in": None})
    assert made.secret(refused=first).startswith(BEARER)


def test_no_scope_is_what_was_asked_for(at: At, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """"OPTIONAL, if identical to the scope requested": nobody is told that the box for mail was not ticked."""
    answers(monkeypatch, {"scope": None})
    assert exchanged(at).missing == frozenset()


def test_another_kind_of_token_is_not_sent_as_a_bearer(at: At, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """RFC 6749 §7.1: a client must not use a token whose type it does not understand. What came can be given back."""
    answers(monkeypatch, {"token_type": "mac"})
    with pytest.raises(UselessGrantError, match="Authorise access again") as caught:
        exchanged(at)
    at.consent().revoke(caught.value.grant.secret)
    assert at.emulator.tokens(ANN)["refresh"] == []
