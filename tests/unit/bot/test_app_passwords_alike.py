"""An app password is the same thing in Slack's form, on the private page and at the terminal."""

from __future__ import annotations

import pytest

from bot.app_passwords import app_password as in_slack
from engine.connectors.google.access.grants import app_password as at_the_terminal
from engine.errors import InputError


def taken(reads: object, typed: str) -> str:
    assert callable(reads)
    try:
        return str(reads(typed))
    except InputError:
        return "refused"


@pytest.mark.parametrize("typed", ["ABCD efgh ijkl mnop", "Summer2024Dublin", "1234567890123456"])
def test_what_is_one_is_one_everywhere(typed: str) -> None:
    """It has 16 letters: an ordinary password with digits is not sent to Google. Capitals do not matter."""
    assert taken(in_slack, typed) == taken(at_the_terminal, typed)
