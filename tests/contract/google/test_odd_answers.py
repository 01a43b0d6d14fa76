"""A Google, or a proxy before it, that answers a renewal with something else than a token or a refusal of the grant."""

from __future__ import annotations

import pytest

from emulators.google import Fault
from engine.connectors.google.access.credentials import credential
from engine.connectors.google.access.grants import delegated
from engine.errors import RetryableError
from engine.migration.account import parse_account
from tests.contract.google.conftest import ANN, At, at, google_tls  # noqa: F401

ACCOUNT = parse_account(f"gmail://{ANN}")
CARL = parse_account("gmail://carl@example.org")


@pytest.mark.parametrize("action", ["html", "garbage"])
def test_a_page_in_the_place_of_a_token_is_tried_again(at: At, action: str) -> None:  # noqa: F811
    """Status 200 with a page, as a portal or a proxy sends it: it passes, and the grant is as good as before."""
    made = credential(at.google(), ACCOUNT, at.kept().secret, lambda _: None)
    first = made.secret()
    at.emulator.add_fault(Fault(endpoint="token", action=action, status=200))

    with pytest.raises(RetryableError):
        made.secret(refused=first)


@pytest.mark.parametrize("action", ["html", "garbage"])
def test_a_page_in_the_place_of_a_service_accounts_token_is_tried_again(at: At, action: str) -> None:  # noqa: F811
    """The same for a whole domain."""
    made = credential(at.google(), CARL, delegated("carl@example.org"), lambda _: None)
    at.emulator.add_fault(Fault(endpoint="token", action=action, status=200))

    with pytest.raises(RetryableError):
        made.secret()


@pytest.mark.parametrize("status", [403, 404, 400])
def test_a_proxys_refusal_is_no_end_of_the_grant(at: At, status: int) -> None:  # noqa: F811
    """Only Google's invalid_grant (RFC 6749 §5.2) says that: nobody is told that consent was taken back."""
    made = credential(at.google(), ACCOUNT, at.kept().secret, lambda _: None)
    first = made.secret()
    at.emulator.add_fault(Fault(endpoint="token", action="html", status=status))

    with pytest.raises(Exception) as caught:  # noqa: PT011
        made.secret(refused=first)
    assert "taken back" not in str(caught.value)

