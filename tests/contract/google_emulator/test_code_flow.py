"""Consent, code, token, refresh: by google-auth-oauthlib and google-auth, which are Google's own."""

from __future__ import annotations

from google.auth.transport.requests import Request

from tests.contract.google_emulator.app import CLAIRE, SCOPES, App


def test_the_whole_way_by_googles_libraries(app: App) -> None:
    """Somebody consents, the app gets tokens, uses them, renews them when they expire, and gives them back."""
    credentials = app.granted()

    assert credentials.token.startswith("ya29.")
    assert credentials.refresh_token.startswith("1//")
    assert set(credentials.granted_scopes) == set(SCOPES)
    assert app.api("gmail/v1/users/me/profile", credentials.token).json()["emailAddress"] == CLAIRE

    app.clock.now += 3600
    assert app.api("gmail/v1/users/me/profile", credentials.token).status_code == 401
    before = credentials.token
    credentials.refresh(Request())
    assert credentials.token != before
    assert app.api("gmail/v1/users/me/profile", credentials.token).status_code == 200
