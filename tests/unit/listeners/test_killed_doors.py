"""A web door that dies between any two of its commands: what it was to do is done when the click comes again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.offers import Offer, Offers
from bot.stored.drafts import Draft, DraftState
from bot.stored.threads import Act
from bot.work import deleting
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, State, Step
from engine.migration.states import Ask
from engine.pace.halt import Halt
from tests.unit.life.world import NOW
from tests.unit.listeners.door import CHANNEL, ENDED, NUMBERS, OWNER, TEAM, AtOnce, WebDoor, pressed, sent, view

TYPED: Mapping[str, Any] = MappingProxyType({
    Block.SOURCE_KIND: {Action.SOURCE_KIND: {"selected_option": {"value": "imap"}}},
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: "old", f"{Block.SOURCE_PASSWORD}0": "one",
    Block.OFFER: {Action.OFFER: {"selected_option": {"value": "ovhcloud-hosted-exchange"}}},
    f"{Block.DESTINATION_SERVER}0": "ex.example.org", Block.DESTINATION_LOGIN: "new",
    f"{Block.DESTINATION_PASSWORD}0": "two", Block.CONTENTS: {"v": {"selected_options": [{"value": "mail"}]}},
})
OFFERS = Offers((Offer("any", "Another server"), Offer("ours", "Our Exchange", "mail.corp.example")))
PASSWORDS = {Side.SOURCE: "one", Side.DESTINATION: "two"}
STEP_UNDER_WAY: Mapping[str, Any] = MappingProxyType({
    "started": NOW, "steps": MappingProxyType({Content.MAIL: Step(Counts(found=9, copied=2), NOW)})
})
NOTHING = Attention("Nothing is there.", Cause.NOTHING_FOUND, Side.DESTINATION)


@dataclass(frozen=True)
class Click:
    """What somebody did, and a look at whether it has come about, once.

    `answer` is in what the door answers, and `says` is what they are told that it has.
    """

    body: Mapping[str, Any]
    has_come_about: Callable[[], bool]
    answer: str = ""
    says: str = ""


# What people do to a task


def pause(door: WebDoor) -> Click:
    task = door.task()
    return Click(pressed(Action.PAUSE, task), lambda: stands(door, task, State.PAUSED, Act.PAUSE))


def stands(door: WebDoor, task: str, state: State, *acts: Act) -> bool:
    return door.life.record(task).state is state and door.acts(task) == list(acts)


def pause_while_a_worker_has_it(door: WebDoor) -> Click:
    task = door.task(State.RUNNING, **STEP_UNDER_WAY)
    door.at_work(task)
    return Click(pressed(Action.PAUSE, task), lambda: (
        stands(door, task, State.RUNNING, Act.PAUSE) and asked(door, task) is Ask.PAUSE
    ))


def asked(door: WebDoor, task: str) -> Ask | None:
    pending = door.life.engine.store.asked(task)
    return None if pending is None else pending.ask


def cancel(door: WebDoor) -> Click:
    task = door.task()
    return Click(sent(View.CANCEL, task, {}), lambda: stands(door, task, State.CANCELLED, Act.CANCEL))


def stop_now(door: WebDoor) -> Click:
    task = door.task(State.RUNNING, **STEP_UNDER_WAY)
    door.at_work(task)
    body = pressed(Action.STOP, task) | {"view": view(View.CANCEL, task, {})}
    return Click(body, lambda: stands(door, task, State.RUNNING, Act.STOP) and asked(door, task) is Ask.STOP)


def resume(door: WebDoor) -> Click:
    task = door.task(State.PAUSED, started=NOW)
    return Click(pressed(Action.RESUME, task), lambda: goes_on(door, task, Act.RESUME))


def goes_on(door: WebDoor, task: str, *acts: Act) -> bool:
    return stands(door, task, State.WAITING, *acts) and door.ordered(task) == [f"migrate:{task}"]


def copy_everything_again(door: WebDoor) -> Click:
    task = door.task(State.NEEDS_ATTENTION, started=NOW, attention=NOTHING)
    return Click(pressed(Action.COPY_AGAIN, task), lambda: (
        goes_on(door, task, Act.RESUME) and door.life.record(task).copy_again
    ))


def password_to_resume(door: WebDoor) -> Click:
    task, vault = door.task(State.PAUSED, started=NOW), door.life.engine.vault
    vault.drop(task, Side.SOURCE)
    body = sent(View.PASSWORD, json.dumps({"task": task, "then": "resume"}), {f"{Block.SOURCE_PASSWORD}0": "anew"})
    return Click(body, lambda: (
        goes_on(door, task, Act.PASSWORD, Act.RESUME) and vault.get(task, Side.SOURCE) == "anew"
    ))


def password_to_retry(door: WebDoor) -> Click:
    task, vault = door.task(State.COMPLETED, **ENDED), door.life.engine.vault
    vault.drop(task, Side.SOURCE)
    body = sent(View.PASSWORD, json.dumps({"task": task, "then": "retry"}), {f"{Block.SOURCE_PASSWORD}0": "anew"})
    return Click(body, lambda: (
        goes_on(door, task, Act.RETRY) and vault.get(task, Side.SOURCE) == "anew"
        and door.life.record(task).retries == 1
        and door.life.redis.zscore("omm:secrets", f"{task}:source") > (NOW + timedelta(days=29)).timestamp()
    ))


def password_to_roll_back(door: WebDoor) -> Click:
    task, vault = door.task(State.COMPLETED, **ENDED), door.life.engine.vault
    vault.drop(task)
    asked_for = json.dumps({"task": task, "then": "rollback"})
    body = sent(View.PASSWORD, asked_for, {f"{Block.DESTINATION_PASSWORD}0": "anew"})
    return Click(body, lambda: (
        stands(door, task, State.COMPLETED, Act.PASSWORD) and vault.get(task, Side.DESTINATION) == "anew"
        and door.ordered(task) == [f"count:{task}:{body['view']['id']}"]
    ), answer="Counting")


def rollback(door: WebDoor) -> Click:
    task = door.task(State.COMPLETED, **ENDED)
    return Click(confirmed(task), lambda: (
        stands(door, task, State.COMPLETED, Act.ROLLBACK) and door.ordered(task) == [f"roll_back:{task}"]
    ))


def confirmed(task: str) -> dict[str, Any]:
    """The rollback dialog, agreed to."""
    return sent(View.ROLLBACK, json.dumps({"task": task, "items": 3, "kept": 0, "counting": []}), {})


def follow(door: WebDoor) -> Click:
    task, body = door.task(), sent(View.FOLLOW, "", {Block.LOGIN: "old"})
    follower = f"U{body['view']['id']}"     # everybody may guess a few times only
    body["user"]["id"], body["view"]["private_metadata"] = follower, task
    return Click(body, lambda: (
        list(door.services.threads.of_followers(task)) == [follower] and door.acts(task) == [Act.FOLLOW]
    ), says="You follow migration")


def follow_by_command(door: WebDoor) -> Click:
    """Its owner, whose card stands in a channel, wants it in their own conversation as well."""
    task = door.task()
    body = {
        "command": "/omm", "text": f"follow {task}", "user_id": OWNER, "team_id": TEAM, "channel_id": CHANNEL,
        "trigger_id": f"3.{next(NUMBERS)}", "response_url": "",
    }
    return Click(body, lambda: (
        door.acts(task) == [Act.FOLLOW] and [card.channel for card in door.services.threads.cards(task)] == [OWNER]
    ), says="You follow migration")


def delete_my_data(door: WebDoor) -> Click:
    task = door.task(State.COMPLETED, **ENDED)
    body = sent(View.DELETE, json.dumps({"at": door.life.clock().timestamp(), "stays": []}), {})
    return Click(body, lambda: (
        stands(door, task, State.COMPLETED) and door.ordered(OWNER) == [f"delete:{OWNER}:{TEAM}"]
        and task in door.orders.all()[-1].arguments["tasks"]
    ))


def forget_one(door: WebDoor) -> Click:
    task = door.task(State.COMPLETED, **ENDED)
    return Click(sent(View.FORGET, task, {}), lambda: (
        stands(door, task, State.COMPLETED) and door.ordered(task) == [f"forget:{task}"]
    ))


# What people do to a form


def form(door: WebDoor) -> Click:
    draft = door.services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)
    return Click(sent(View.FORM, draft.id, TYPED), lambda: (
        now(door, draft).state is DraftState.CHECKING and kept(door, draft) == PASSWORDS
        and door.ordered(draft.id) == [f"check:{draft.id}:{now(door, draft).generation}"]
    ), answer="Signing in")


def now(door: WebDoor, draft: Draft) -> Draft:
    found = door.services.drafts.load(draft.id)
    assert found is not None
    return found


def kept(door: WebDoor, draft: Draft) -> dict[Side, str]:
    """The passwords that the form can be sent with although nobody types them."""
    vault = door.life.engine.vault
    return {side: vault.get(draft.id, side) for side in now(door, draft).kept if vault.has(draft.id, side)}


def another_offer(door: WebDoor) -> Click:
    """One whose address is the same for everybody: the address comes up anew, and so do the passwords' fields."""
    if door.services.offers != OFFERS:
        door.services = replace(door.services, offers=OFFERS)
        deliveries = Deliveries(door.life.redis, clock=door.life.clock)
        door.bolt = build(door.services, deliveries, AtOnce(), signing_secret="-")
    draft = door.services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)
    chosen = {Block.OFFER: {Action.OFFER: {"selected_option": {"value": "ours"}}}}
    typed = {**TYPED, **chosen, f"{Block.DESTINATION_SERVER}0": ""}
    body = pressed(Action.OFFER, "") | {"view": view(View.FORM, draft.id, typed)}
    return Click(body, lambda: now(door, draft).edition == 1 and kept(door, draft) == PASSWORDS)


def continue_button(door: WebDoor) -> Click:
    draft = a_form(door, DraftState.CLOSED, has_letter=True)
    return Click(pressed(Action.CONTINUE, draft.id), lambda: (
        now(door, draft).state is DraftState.OPEN and kept(door, draft) == PASSWORDS
        and [each["private_metadata"] for each in door.screen.opened].count(draft.id) == 1
    ))


def a_form(door: WebDoor, state: DraftState, **more: Any) -> Draft:
    """A form whose passwords are in the vault."""
    draft = door.services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)
    for side, password in PASSWORDS.items():
        door.life.engine.vault.put(draft.id, side, password)
    window = f"V{draft.id}"
    changes = {"state": state, "kept": frozenset(Side), "view_id": window, **more}
    changed = door.services.drafts.change(draft.id, lambda new: replace(new, **changes))
    assert changed is not None
    return changed


def close_for_good(door: WebDoor) -> Click:
    draft = a_form(door, DraftState.OPEN)
    return Click(closed(draft), lambda: now(door, draft).state is DraftState.OVER and in_vault(door, draft) == [])


def closed(draft: Draft) -> dict[str, Any]:
    window = view(View.FORM, draft.id, {}, draft.view_id)
    return {"type": "view_closed", "user": {"id": OWNER, "team_id": TEAM}, "is_cleared": False, "view": window}


def in_vault(door: WebDoor, draft: Draft) -> list[Side]:
    return [side for side in Side if door.life.engine.vault.has(draft.id, side)]


def close_while_it_is_checked(door: WebDoor) -> Click:
    draft = a_form(door, DraftState.CHECKING)
    return Click(closed(draft), lambda: (
        now(door, draft).state is DraftState.CLOSED and in_vault(door, draft) == list(Side)
    ))


@pytest.mark.parametrize("click", [
    pause, pause_while_a_worker_has_it, cancel, stop_now, resume, copy_everything_again, password_to_resume,
    password_to_roll_back, password_to_retry, rollback, follow, follow_by_command, delete_my_data, forget_one, form,
    another_offer, continue_button, close_for_good, close_while_it_is_checked,
], ids=lambda click: click.__name__)
def test_a_click_outlives_the_door_that_heard_it(door: WebDoor, click: Callable[[WebDoor], Click]) -> None:
    """Killed before any of its commands, it comes about once: unanswered it comes again, and a copy does nothing."""
    for moment in itertools.count(1):
        made = click(door)
        killed = door.dies_over(made.body, moment)

        if not door.has_answered(made.body):
            door.deliver(made.body)
        once = made.has_come_about()
        copy = door.deliver(made.body)

        assert once, f"killed before its command {moment}"
        assert made.has_come_about(), f"killed before its command {moment}, and done twice"
        assert copy.status == 200
        assert made.answer in copy.body
        assert [each for each in door.told() if not made.says or made.says not in str(each)] == []
        if not killed:
            break
    assert moment > 4


def test_a_rollback_that_is_done_when_its_click_comes_again_is_not_ordered_again(door: WebDoor) -> None:
    """The door had ordered it and died; a worker was quick: who pressed is on the card, and nothing else happens."""
    tried = 0
    for moment in itertools.count(1):
        task = door.task(State.COMPLETED, **ENDED)
        body = confirmed(task)
        if not door.dies_over(body, moment):
            break
        if not door.ordered(task):
            continue
        door.orders.done(door.orders.all()[0])
        door.life.engine.store.save(replace(door.life.record(task), state=State.ROLLED_BACK))

        answer = door.deliver(body)

        assert answer.status == 200
        assert door.told() == []
        assert door.acts(task) == [Act.ROLLBACK]
        assert door.ordered(task) == []
        tried += 1
    assert tried > 0


def test_a_task_that_is_forgotten_when_its_click_comes_again_scares_nobody(door: WebDoor) -> None:
    """The door had ordered it and died, or had answered; a worker was quick: nobody is told that they may not."""
    tried, killed = 0, True
    for moment in itertools.count(1):
        if not killed:
            break
        task = door.task(State.COMPLETED, **ENDED)
        body = sent(View.FORGET, task, {})
        killed = door.dies_over(body, moment)
        if not door.ordered(task):
            continue
        deleting.forget_one(door.services, Halt(), task_id=task, user=OWNER)
        door.orders.done(door.orders.all()[0])

        answers = [door.deliver(body), door.deliver(body)]

        assert [(answer.status, answer.body) for answer in answers] == [(200, "")] * 2
        assert door.ordered(task) == []
        tried += 1
    assert tried > 1
