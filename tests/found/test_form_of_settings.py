"""What the form asks is true of both mailboxes."""

from __future__ import annotations

from typing import Any

import pytest

from emulators import exchange
from emulators.exchange import Fault
from engine.connectors.exchange.live import live
from engine.errors import Side
from engine.hooks import EngineEvent, Saved
from engine.migration.record import State
from tests.contract.exchange.test_out_of_office_moved import away
from tests.contract.slack.conftest import world  # noqa: F401 - a fixture
from tests.contract.slack.test_choices_in_the_form import Looking, at, sets  # noqa: F401 - a fixture

MINE: Any = away("Disabled", replies="<t:InternalReply><t:Message>mine</t:Message></t:InternalReply>")


def looks(at: Looking) -> None:  # noqa: F811
    """What both mailboxes really show at a first look."""
    at.shows = {Side.SOURCE: live(at.old.sessions), Side.DESTINATION: live(at.new.sessions)}  # type: ignore[dict-item]


def purges(at: Looking, event: EngineEvent) -> None:  # noqa: F811
    """Once what was agreed to is noted, the owner removes the message that was copied."""
    if isinstance(event, Saved) and event.now.agreed and not event.before.agreed:
        at.world.exchange.add_fault(Fault(nth=1, action="owner", act="purge", name="plain"))


def moved(at: Looking) -> None:  # noqa: F811
    """A migration that is through."""
    looks(at)
    at.opens()
    at.sends()
    at.sends()
    at.world.work()
    at.world.notify()


def shuts(at: Looking, event: EngineEvent) -> None:  # noqa: F811
    """Once the removal begins, the server lets nobody in."""
    if isinstance(event, Saved) and event.now.state is State.ROLLING_BACK is not event.before.state:
        at.world.exchange.add_fault(Fault(action="status", status=401))


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorInternalServerError", "ErrorServerBusy"])
def test_the_form_asks_about_replies_though_the_rules_cannot_be_read(at: Looking, code: str) -> None:  # noqa: F811
    """The old mailbox answers mail; what it does not tell of its rules changes nothing in that."""
    at.left.add_fault(exchange.Fault(operation="GetInboxRules", action="fault", code=code))
    looks(at)
    at.left.clear_faults()
    at.opens()
    at.sends()

    assert "people may get two replies" in at.shown()
