"""The form asks what would happen by itself, the card switches an out-of-office on that was left off."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.ids import Action, Block
from bot.stored.orders import GivenUp
from bot.work import switching
from emulators.exchange import ExchangeEmulator, Settings
from emulators.slack import Fault
from engine.connectors.exchange.live import live
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets
from engine.migration.record import LeftOff, State
from engine.migration.request import Choice
from engine.pace.halt import Halt
from engine.ports.facts import Facts
from engine.ports.settings import Live
from tests.contract.exchange.conftest import account
from tests.contract.exchange.test_out_of_office_moved import BLANK, away
from tests.contract.slack.test_audit import read as audit
from tests.servers.exchange.pair import OLD, SENT, Mailbox
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.slack.signed_world import words
from tests.servers.slack.workspace import OWNER
from tests.servers.slack.world import SlackWorld
from tests.servers.unheard import unheard
from tests.servers.world import ADDRESS, PASSWORD

SENDING = Live(rules=3, sending=2, answers=True)
GUARDED = Live(outlook_rules=True)
OWN_TEXT: Any = away("Disabled", replies="<t:InternalReply><t:Message>mine</t:Message></t:InternalReply>")
BOXES = (Block.FORWARDING, Block.OUTLOOK_RULES, Block.LEAVE_OFF)


@dataclass
class Looking:
    """Both mailboxes on Exchange, and what a first look at each shows of what it does by itself."""

    world: SlackWorld
    left: ExchangeEmulator
    old: Mailbox
    new: Mailbox
    shows: dict[Side, Live] = field(default_factory=lambda: {Side.SOURCE: SENDING, Side.DESTINATION: GUARDED})

    def source(self, _account: Account, credential: Credential | str, halt: Halt) -> ExchangeSource:
        there = account(self.left.url, OLD)
        return ExchangeSource(there, credential, Network(trusts_person=True), stop=halt.event, waits=(0.0,))

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return Facts(3, 1, mailbox="old", live=self.shows[Side.SOURCE])

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        return Facts(3, 1, mailbox="new", live=self.shows[Side.DESTINATION])

    # What its owner does

    def opens(self) -> None:
        """Opens the form, chooses Exchange, and fills it in."""
        view = self.world.open_form()
        self.world.press(Action.SOURCE_KIND, where=view["id"], value="exchange")
        typed = self.world.typed(self.world.view(), **{Block.SOURCE_LOGIN: OLD, Block.SOURCE_PASSWORD: PASSWORD})
        self.world.slack.fill("owner", self.world.view()["id"], typed)

    def sends(self, *ticked: Block, job: str = "check") -> None:
        """Sends the form as it is, with these boxes ticked, and waits for what comes of it."""
        boxes = [block for block in self.world.view()["blocks"] if block["block_id"].startswith(ticked)]
        values = {box["block_id"]: [box["element"]["options"][0]["value"]] for box in boxes}
        assert len(values) == len(ticked)
        self.world.submit(values=values)
        self.world.work(job)

    def ticked(self) -> dict[str, bool]:
        """The boxes that are on the screen, without the numbers behind their names, and which of them are ticked."""
        found = [block for block in self.world.view()["blocks"] if block["block_id"].startswith(BOXES)]
        return {box["block_id"].rstrip("0123456789"): bool(box["element"].get("initial_options")) for box in found}

    def shown(self) -> str:
        return words(self.world.view()["blocks"])

    def choices(self) -> list[tuple[Choice, ...]]:
        return [task.request.choices for task in self.world.tasks()]

    def answers(self) -> str | None:
        """What is set at the destination: Disabled, Enabled or Scheduled."""
        asked = f"<t:Mailbox><t:Address>{ADDRESS}</t:Address></t:Mailbox>"
        answer = self.new.asked(f"<m:GetUserOofSettingsRequest>{asked}</m:GetUserOofSettingsRequest>")
        return next((one.text for one in answer.iter("{*}OofState")), None)


def sets(box: Mailbox, settings: str) -> None:
    owner = f"<t:Mailbox><t:Address>{box.sessions.owner}</t:Address></t:Mailbox>"
    box.asked(
        f"<m:SetUserOofSettingsRequest>{owner}<t:UserOofSettings>{settings}</t:UserOofSettings>"
        "</m:SetUserOofSettingsRequest>"
    )


@pytest.fixture
def at(world: SlackWorld, tmp_path: Path) -> Iterator[Looking]:
    """An old mailbox with a message in it that answers; the new one is that of the Slack world."""
    network = Network(trusts_person=True)
    with ExchangeEmulator(tmp_path / "old.sqlite", settings=Settings(auth=("basic",))) as left:
        left.add_mailbox(OLD, password=PASSWORD)
        with (
            closing(Sessions(account(left.url, OLD), PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(account(world.exchange.url, ADDRESS), PASSWORD, network)) as new,
        ):
            made = Looking(world, left, Mailbox(old), Mailbox(new))
            made.old.create("plain", "Message", "", SENT, "")
            sets(made.old, away("Enabled"))
            sets(made.new, BLANK)
            world.sides.source = made.source                            # type: ignore[method-assign, assignment]  # another source
            world.sides.check_source = made.check_source                # type: ignore[method-assign]  # as above
            world.sides.check_destination = made.check_destination      # type: ignore[method-assign]  # as above
            yield made
        unheard(left)


def test_nothing_starts_before_its_owner_has_read_what_would_happen(at: Looking) -> None:
    """The form comes back once, with a box for each choice, none of them ticked; then it does what was ticked."""
    before = at.world.exchange.dump()
    at.opens()
    assert at.ticked() == {}
    at.sends()

    assert (at.world.tasks(), at.world.exchange.dump(), at.ticked()) == ([], before, dict.fromkeys(BOXES, False))
    assert at.world.block("to_decide")["level"] == "warning"
    assert at.world.view()["submit"]["text"] == "Start migration"
    for said in (
        "2 inbox rules of the old mailbox send mail on to others.", "a rollback cannot bring them back",
        "the 3 inbox rules are left out", "people may get two replies", "Also create the 2 rules that send mail on",
        "Leave it off for now",
    ):
        assert said in at.shown()
    assert at.world.block(Block.SOURCE_PASSWORD)["optional"]        # nothing is typed a second time

    at.sends(Block.FORWARDING, Block.LEAVE_OFF)
    assert at.choices() == [(Choice.FORWARDING, Choice.LEAVE_OFF)]


def test_a_form_that_is_sent_as_it_came_back_starts_without_a_choice(at: Looking) -> None:
    """To read is enough: all three are off unless somebody ticks them."""
    at.opens()
    at.sends()
    at.sends()

    assert at.choices() == [()]


def test_what_check_first_could_not_show_is_asked(at: Looking) -> None:
    """Whoever has not seen the boxes does not start by pressing once."""
    at.opens()
    at.world.slack.add_fault(Fault(method="views.update", nth=2, action="error", error="not_found"))
    at.world.press(Action.CHECK_FIRST, where=at.world.view()["id"])
    at.world.work("look")
    assert at.ticked() == {}
    at.sends()

    assert (at.world.tasks(), list(at.ticked())) == ([], list(BOXES))


def test_what_was_not_read_is_asked(at: Looking) -> None:
    """The form did not come back, there is another number of rules, it is about another mailbox."""
    at.opens()
    at.world.slack.add_fault(Fault(method="views.update", nth=1, action="error", error="not_found"))
    at.sends()
    assert at.ticked() == {}
    at.sends()
    assert at.world.tasks() == []
    at.shows[Side.SOURCE] = replace(SENDING, sending=3)
    at.sends(Block.FORWARDING)

    assert at.world.tasks() == []
    assert "3 inbox rules of the old mailbox send" in at.shown()
    assert not any(at.ticked().values())        # what was ticked of two rules says nothing of three

    at.world.submit(values={**at.world.typed(at.world.view(), **{Block.SOURCE_LOGIN: "other@example.org"}),
                            at.world.block(Block.OUTLOOK_RULES)["block_id"]: ["outlook rules"]})
    at.world.work("check")
    assert at.world.tasks() == []
    assert not any(at.ticked().values())        # nor does what was ticked for another mailbox
    at.shows[Side.DESTINATION] = Live()
    at.sends(Block.OUTLOOK_RULES)
    assert at.choices() == [()]                 # what is not asked any more is not agreed to


def test_only_what_moves_is_asked(at: Looking) -> None:
    """Without rules and out-of-office among what moves, and from IMAP, the form starts as ever."""
    at.opens()
    boxes = at.world.block(Block.CONTENTS)
    at.world.submit(values={boxes["block_id"]: ["mail", "inbox rules"]})
    at.world.work("check")
    assert list(at.ticked()) == [Block.FORWARDING, Block.OUTLOOK_RULES]
    at.world.submit(values={at.world.block(Block.CONTENTS)["block_id"]: ["mail"]})
    at.world.work("check")

    assert at.choices() == [()]


def test_check_first_asks_and_the_form_then_starts_at_once(at: Looking) -> None:
    """What there is stands below the button, the boxes above it; who has closed the form finds all that in a letter."""
    at.opens()
    at.world.press(Action.CHECK_FIRST, where=at.world.view()["id"])
    at.world.work("look")

    assert list(at.ticked()) == list(BOXES)
    assert "Inbox rules: 3 rules, 2 of which send mail on to others." in at.shown()
    assert "Out-of-office: it is on, or will be by a schedule." in at.shown()
    assert "to_decide" not in [block["block_id"] for block in at.world.view()["blocks"]]

    at.world.press(Action.CHECK_FIRST, where=at.world.view()["id"])
    at.world.close()
    at.world.work("look")
    at.world.notify()
    letter = at.world.letters()[-1]
    assert "2 inbox rules of the old mailbox send mail on to others." in letter["text"]
    at.world.press(Action.CONTINUE, where=letter["ts"])
    assert list(at.ticked()) == list(BOXES)
    at.sends(Block.LEAVE_OFF)
    assert at.choices() == [(Choice.LEAVE_OFF,)]


def test_the_form_does_not_promise_replies_that_stay_behind(at: Looking) -> None:
    """The new mailbox is off and has texts of its own: it keeps them and sends nothing, so there is nothing to ask."""
    sets(at.new, OWN_TEXT)
    at.shows = {Side.SOURCE: live(at.old.sessions), Side.DESTINATION: live(at.new.sessions)}    # type: ignore[dict-item]  # both tell
    at.opens()
    at.sends()

    assert at.choices() == [()]
    assert "two replies" not in at.shown()
    at.world.work()
    assert at.answers() == "Disabled"


def test_a_rollback_asks_before_outlook_loses_rules(at: Looking) -> None:
    """With a tick the migrated rule goes, and Outlook's own with it; without one both stay, and all else goes."""
    old, new = RuleBox(at.old), RuleBox(at.new)
    old.add("Lists", DELETE, strings("ContainsSubjectStrings", "list"))
    at.shows = dict.fromkeys(Side, Live(rules=1))
    for ticked in ([Choice.OUTLOOK_RULES.value], []):
        at.opens()
        at.sends()
        at.world.work()
        assert (new.names(), new.has_outlooks()) == (["Lists"], False)
        at.world.exchange.leave_outlook_rules(ADDRESS)
        [task_id] = [task.task_id for task in at.world.tasks() if task.state is State.COMPLETED]
        at.world.slash(f"rollback {task_id}")
        at.world.work("count")
        [box] = [block for block in at.world.view()["blocks"] if block["block_id"].startswith(Block.OUTLOOK_RULES)]
        assert "Inbox rules: stay as they are, because Outlook keeps rules of its own" in at.shown()
        assert "initial_options" not in box["element"]
        at.world.submit(values={box["block_id"]: ticked})
        at.world.work()

        assert {task.state for task in at.world.tasks()} == {State.ROLLED_BACK}
        assert at.world.exchange.messages(ADDRESS) == []
        assert (new.names(), new.has_outlooks()) == (([], False) if ticked else (["Lists"], True))
    assert sorted(task.agreed for task in at.world.tasks()) == [(), (Choice.OUTLOOK_RULES,)]


def test_what_was_left_off_is_switched_on_by_the_card(at: Looking) -> None:
    """The button asks first, a command does the same; a job does it, and the card says who asked, once."""
    at.shows[Side.DESTINATION] = Live()
    at.opens()
    at.sends()
    at.sends(Block.LEAVE_OFF, job="check")
    at.world.work()
    at.world.notify()
    [task] = at.world.tasks()
    card = at.world.card()
    [button] = [one for block in card["blocks"] for one in block.get("elements", ())
                if one.get("action_id") == Action.SWITCH_ON]

    assert (task.state, at.answers(), task.left_off) == (State.COMPLETED, "Disabled", LeftOff())
    assert "copied, and off in the new mailbox." in words(card["blocks"])
    assert button["confirm"]["deny"]["text"] == "Leave it off"
    at.world.press(Action.SWITCH_ON, "colleague")
    at.world.work()
    assert at.answers() == "Disabled"

    at.world.press(Action.SWITCH_ON)
    at.world.slash(f"switch-on {task.task_id}")
    assert f"switches the out-of-office of migration {task.task_id} on" in str(at.world.told())
    at.world.work()
    at.world.press(Action.SWITCH_ON)
    assert "its out-of-office was switched on" in str(at.world.told())
    at.world.notify()

    assert at.answers() == "Enabled"
    said = words(at.world.card()["blocks"])
    assert said.count("Out-of-office switched on by") == 1
    assert "switched on in the new mailbox" in said
    assert Action.SWITCH_ON not in str(at.world.card()["blocks"])


def test_who_presses_is_told_why_it_stays_off(at: Looking) -> None:
    """Its owner has written another text meanwhile; a password that the server refuses is not sent twice."""
    at.shows[Side.DESTINATION] = Live()
    at.opens()
    at.sends()
    at.sends(Block.LEAVE_OFF)
    at.world.work()
    at.world.notify()
    [task] = at.world.tasks()
    sets(at.new, OWN_TEXT)

    at.world.press(Action.SWITCH_ON)
    at.world.work()
    [letter] = at.world.services.outbox.waiting()
    assert letter.text.startswith(f"The out-of-office of migration {task.task_id} was not switched on. ")
    assert "was changed since" in letter.text
    at.world.notify()

    keep_secrets(at.world.services.engine, task.task_id, {Side.DESTINATION: "wrong"})
    at.world.press(Action.SWITCH_ON)
    at.world.work()
    assert "You can also switch it on in the new mailbox." in at.world.services.outbox.waiting()[-1].text
    assert not at.world.services.engine.vault.has(task.task_id, Side.DESTINATION)

    switching.give_up(at.world.services, task_id=task.task_id, user=OWNER, why=GivenUp.KILLED)
    said = audit(at.world, task.task_id)
    assert "switched its out-of-office on" not in said
    assert "ordered its out-of-office switched on" in said
    assert "failed: switch the out-of-office on" in said
    assert "ended by its machine again and again" in said
    assert "refused: start" not in said         # the form came back with a question: nobody was refused
    assert "undecided" not in said
