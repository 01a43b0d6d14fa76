"""Rolling back settings in Slack: what is agreed to in the dialog, for which rollback, and what goes back at all."""

from __future__ import annotations

from dataclasses import replace

from bot.ids import Action, Block
from emulators.exchange import Fault
from engine.errors import Side
from engine.hooks import EngineEvent, Saved
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.migration.request import Choice
from engine.ports.settings import Live
from tests.contract.slack.test_choices_in_the_form import Looking, at  # noqa: F401 - a fixture
from tests.servers.exchange.pair import SENT
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.world import ADDRESS, PASSWORD


def moved(at: Looking) -> RuleBox:  # noqa: F811 - the fixture
    """The new mailbox after a migration of a rule, a message and an out-of-office."""
    RuleBox(at.old).add("Lists", DELETE, strings("ContainsSubjectStrings", "list"))
    at.shows = dict.fromkeys(Side, Live(rules=1))
    at.opens()
    at.sends()
    at.world.work()
    at.world.notify()
    return RuleBox(at.new)


def asks(at: Looking, *, ticked: bool | None) -> None:  # noqa: F811
    """Asks for the rollback and agrees; None: Outlook's own rules are not asked about."""
    at.world.press(Action.ROLLBACK)
    at.world.work("count")
    boxes = [block for block in at.world.view()["blocks"] if block["block_id"].startswith(Block.OUTLOOK_RULES)]
    assert len(boxes) == (ticked is not None)
    at.world.submit(values={box["block_id"]: [Choice.OUTLOOK_RULES.value] if ticked else [] for box in boxes})


def works(at: Looking, stage: str, fault: Fault) -> None:  # noqa: F811
    """Works on the rollback, with that fault from the moment when it comes to a stage."""
    services = at.world.services

    def adds(event: EngineEvent) -> None:
        if isinstance(event, Saved) and event.now.stage == stage != event.before.stage:
            at.world.exchange.add_fault(fault)

    at.world.services = replace(services, engine=services.engine.with_hooks(adds))
    at.world.work()
    at.world.services = services
    at.world.exchange.clear_faults()


def test_a_tick_is_for_the_rollback_that_it_was_made_for(at: Looking) -> None:  # noqa: F811
    """One that does not begin, as a message has gone, leaves none: the next dialog asks about Outlook's rules again."""
    at.old.create("second", "Message", "", SENT, "")
    new = moved(at)
    at.world.exchange.leave_outlook_rules(ADDRESS)
    asks(at, ticked=True)
    works(at, "counting once more", Fault(nth=1, action="owner", act="purge", name="plain"))
    [task] = at.world.tasks()
    assert (task.rollback, new.has_outlooks()) == (None, True)

    asks(at, ticked=False)
    at.world.work()
    assert (at.world.tasks()[0].state, new.has_outlooks()) == (State.ROLLED_BACK, True)


def test_a_tick_holds_for_a_rollback_that_goes_on(at: Looking) -> None:  # noqa: F811
    """It has stopped half-way; meanwhile Outlook has put rules of its own there, and its owner agrees to lose them."""
    new = moved(at)
    asks(at, ticked=None)
    works(at, "removing", Fault(action="status", status=401))
    [task] = at.world.tasks()
    assert (task.state, new.names()) == (State.ROLLBACK_STOPPED, ["Lists"])

    keep_secrets(at.world.services.engine, task.task_id, {Side.DESTINATION: PASSWORD})
    at.world.exchange.leave_outlook_rules(ADDRESS)
    at.world.notify()
    asks(at, ticked=True)
    at.world.work()

    assert at.world.tasks()[0].state is State.ROLLED_BACK
    assert (new.names(), new.has_outlooks()) == ([], False)


def test_settings_go_back_though_the_copied_mail_is_gone(at: Looking) -> None:  # noqa: F811
    """Its owner has removed the one message that was copied; the rule and the out-of-office are still there."""
    new = moved(at)
    assert (new.names(), at.answers()) == (["Lists"], "Enabled")
    at.world.exchange.add_fault(Fault(nth=1, action="owner", act="purge", name="plain"))
    at.world.press(Action.ROLLBACK)
    at.world.work("count")

    assert "nothing left to roll back" not in at.shown()
    at.world.submit()
    at.world.work()
    assert (at.world.tasks()[0].state, new.names(), at.answers()) == (State.ROLLED_BACK, [], "Disabled")
