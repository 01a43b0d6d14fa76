"""The ways in which somebody can be told: where one leads nowhere, another is taken."""

from __future__ import annotations

import pytest

from bot.listeners.interaction import Interaction
from bot.listeners.reply import Said, tell
from bot.services import Services


@pytest.mark.parametrize("response_url", ["x", "http://[", "ftp://127.0.0.1:9/", "http://127.0.0.1:9/"])
def test_an_address_that_leads_nowhere_is_no_way(services: Services, response_url: str) -> None:
    """Whoever cannot be told beside what they did reads it in their conversation with us."""
    tell(services, Interaction("U1", response_url=response_url), Said("That is gone."))

    assert [(one.to, one.text) for one in services.outbox.waiting()] == [("U1", "That is gone.")]
