"""What the form asks is true of both mailboxes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.ids import Action, Block
from emulators import exchange
from emulators.exchange import Fault
from engine.connectors.exchange.live import live
from engine.errors import Side
from engine.hooks import EngineEvent, Saved
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.migration.request import Choice
from tests.contract.exchange.test_out_of_office_moved import away
from tests.contract.slack.conftest import world  # noqa: F401 - a fixture
from tests.contract.slack.test_choices_in_the_form import Looking, at, sets  # noqa: F401 - a fixture
from tests.servers.exchange_pair import SENT
from tests.servers.exchange_rules import DELETE, RuleBox, strings
from tests.servers.slack_world import words
from tests.servers.world import ADDRESS, PASSWORD

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


def test_a_rollback_puts_settings_back_though_the_copied_mail_is_gone(at: Looking) -> None:  # noqa: F811
    """Its owner has removed the one message that was copied; the rule and the out-of-office are still there."""
    old, new = RuleBox(at.old), RuleBox(at.new)
    old.add("Lists", DELETE, strings("ContainsSubjectStrings", "list"))
    moved(at)
    assert (new.names(), at.answers()) == (["Lists"], "Enabled")
    at.world.exchange.add_fault(Fault(nth=1, action="owner", act="purge", name="plain"))
    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    said = words(at.world.view()["blocks"])

    assert "nothing left to roll back" not in said
    at.world.submit()
    at.world.work()
    assert (new.names(), at.answers()) == ([], "Disabled")


def test_a_tick_of_a_rollback_that_did_not_begin_is_no_agreement_to_the_next(at: Looking) -> None:  # noqa: F811
    """Something arrives between; whoever is asked again is asked again whether Outlook's own rules may be lost."""
    old, new = RuleBox(at.old), RuleBox(at.new)
    old.add("Lists", DELETE, strings("ContainsSubjectStrings", "list"))
    at.old.create("second", "Message", "", SENT, "")
    moved(at)
    assert new.names() == ["Lists"]
    at.world.exchange.leave_outlook_rules(ADDRESS)
    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    [box] = [block for block in at.world.view()["blocks"] if block["block_id"].startswith(Block.OUTLOOK_RULES)]
    at.world.submit(values={box["block_id"]: [Choice.OUTLOOK_RULES.value]})
    engine = at.world.services.engine.with_hooks(lambda event: purges(at, event))
    at.world.services = replace(at.world.services, engine=engine)
    at.world.work()
    assert new.has_outlooks()
    [task] = at.world.tasks()
    assert task.rollback is None

    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    at.world.submit()       # nothing is ticked this time
    at.world.work()
    assert new.has_outlooks()


def shuts(at: Looking, event: EngineEvent) -> None:  # noqa: F811
    """Once the removal begins, the server lets nobody in."""
    if isinstance(event, Saved) and event.now.state is State.ROLLING_BACK is not event.before.state:
        at.world.exchange.add_fault(Fault(action="status", status=401))


def test_a_tick_holds_for_a_rollback_that_goes_on(at: Looking) -> None:  # noqa: F811
    """It has stopped half-way; meanwhile Outlook has put rules of its own there, and its owner agrees to lose them."""
    old, new = RuleBox(at.old), RuleBox(at.new)
    old.add("Lists", DELETE, strings("ContainsSubjectStrings", "list"))
    moved(at)
    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    at.world.submit()
    services = at.world.services
    at.world.services = replace(services, engine=services.engine.with_hooks(lambda event: shuts(at, event)))
    at.world.work()
    at.world.services = services
    at.world.exchange.clear_faults()
    [task] = at.world.tasks()
    assert (task.state, new.names()) == (State.ROLLBACK_STOPPED, ["Lists"])
    keep_secrets(at.world.services.engine, task.task_id, {Side.DESTINATION: PASSWORD})
    at.world.exchange.leave_outlook_rules(ADDRESS)
    at.world.notify()

    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    [box] = [block for block in at.world.view()["blocks"] if block["block_id"].startswith(Block.OUTLOOK_RULES)]
    at.world.submit(values={box["block_id"]: [Choice.OUTLOOK_RULES.value]})
    at.world.work()

    assert at.world.tasks()[0].state is State.ROLLED_BACK
    assert (new.names(), new.has_outlooks()) == ([], False)


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorInternalServerError", "ErrorServerBusy"])
def test_the_form_asks_about_replies_though_the_rules_cannot_be_read(at: Looking, code: str) -> None:  # noqa: F811
    """The old mailbox answers mail; what it does not tell of its rules changes nothing in that."""
    at.left.add_fault(exchange.Fault(operation="GetInboxRules", action="fault", code=code))
    looks(at)
    at.left.clear_faults()
    at.opens()
    at.sends()

    assert "people may get two replies" in at.shown()
