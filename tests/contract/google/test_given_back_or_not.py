"""What counts as given back: Google's word (…/oauth2/web-server#tokenrevoke), and nobody else's."""

from __future__ import annotations

import pytest

from emulators.google import Fault
from engine.connectors.google.access.giving_back import give_back
from engine.errors import OmmError
from tests.contract.google.conftest import ANN, At, at, google_tls  # noqa: F401 - fixtures


@pytest.mark.parametrize("fault", [
    Fault(endpoint="revoke", action="html", status=200), Fault(endpoint="revoke", action="html", status=400),
    Fault(endpoint="revoke", action="error", status=400, error="invalid_request"),
], ids=["a portal's page", "a proxy's page", "another error than invalid_token"])
def test_only_google_says_that_a_grant_is_over(at: At, fault: Fault) -> None:  # noqa: F811
    """Else it is tried again, and its owner does not read that it was given back."""
    secret = at.granted().secret
    at.emulator.add_fault(fault)

    with pytest.raises(OmmError):
        give_back(at.google(), secret)
    assert at.emulator.tokens(ANN)["refresh"]
