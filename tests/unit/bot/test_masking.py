"""Logins as others see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.masking import masked, masked_words
from engine.migration.content import Content
from engine.migration.request import MigrationRequest
from engine.systems import System
from tests.unit.bot.records import account


@pytest.mark.parametrize(("login", "seen"), [
    ("carol@example.org", "c***@example.org"),
    ("CORP\\carol", "CORP\\c***"),
    ("carol", "c***"),
    ("@example.org", "***@example.org"),
    ("", "***"),
])
def test_a_login_is_known_to_its_owner_only(login: str, seen: str) -> None:
    """The first letter and the domain remain."""
    assert masked(login) == seen


@given(st.text(min_size=2, max_size=60))
def test_what_was_shortened_is_not_shortened_again(login: str) -> None:
    """Masking twice is masking once."""
    assert masked(masked(login)) == masked(login)


def test_a_sentence_of_a_server_gives_no_login_away() -> None:
    """Both logins, in any case, and every other mail address in it are shortened; the rest stays."""
    request = MigrationRequest(
        account(login="carol"), account(System.EXCHANGE, "Carol.Doe@example.com"), (Content.MAIL,)
    )

    said = masked_words("No: CAROL; carol.doe@EXAMPLE.com; “dora@example.net”. Carols sing in Macarol.", request)

    assert said == "No: C***; c***@EXAMPLE.com; “d***@example.net”. Carols sing in Macarol."


def test_a_login_that_was_cut_short_is_shortened_too() -> None:
    """Errors name the first hundred characters of a long login."""
    login = "c" + "a" * 150
    request = MigrationRequest(account(login=login), account(), (Content.MAIL,))

    assert "aaa" not in masked_words(f"refused the login {login[:100]} or its password", request)
