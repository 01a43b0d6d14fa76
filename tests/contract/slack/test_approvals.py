"""A second person's approval of a rollback: asked for, given, denied, taken back, expired; who may decide it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot import rolling_back, steering
from bot.approvals import approving
from bot.ids import Action
from bot.permissions import Operator
from bot.services import Services, Try
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.audit_entries import Surface
from bot.views import dialogs
from bot.views.words import utc
from bot.work import approvals
from emulators.slack import Fault as SlackFault
from engine.errors import Side
from engine.migration.back import Expected, Preview
from engine.migration.record import Migration, Rollback, State
from engine.pace.halt import Halt
from engine.store.vault import Secret
from tests.servers.shifted import Shifted
from tests.servers.slack.signed import post
from tests.servers.slack.signed_world import doors, services_on
from tests.servers.slack.world import ADDRESS, ADMIN, OWNER, SOURCE_PASSWORD, SlackWorld, slack_world, words
from tests.unit.life.world import Interrupted, Killed

THREE_DAYS, TWO_DAYS = timedelta(hours=72), timedelta(hours=48)


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def world(tmp_path: Path, clock: Shifted) -> Iterator[SlackWorld]:
    with second_person_wanted(tmp_path, clock) as world:
        yield world


@contextmanager
def second_person_wanted(directory: Path, clock: Shifted) -> Iterator[SlackWorld]:
    """A workspace that wants a second person for rollbacks, with two admins."""
    with slack_world(directory, clock=clock) as world:
        world.slack.configure(rate_limits=False)        # by our clock, which is moved, the pace is kept
        world.slack.change_user("colleague", is_admin=True)
        wants(world, True)
        yield world


def wants(world: SlackWorld, second_person: bool) -> None:
    world.services.policies.change(world.team, lambda policy: replace(policy, second_person=second_person))


def asked(world: SlackWorld, user: str = "owner") -> Migration:
    """A migration that is through, whose rollback somebody has asked for, with the approvers told."""
    migration = world.migrated()
    ask(world, user)
    return migration


def notify(world: SlackWorld) -> None:
    """The notifier sends what there is to be sent; the seconds pass that Slack wants between two messages."""
    for _ in range(8):
        world.clock.by += timedelta(seconds=2)
        world.notifier.tick()


def ask(world: SlackWorld, user: str = "owner") -> None:
    world.press(Action.ROLLBACK, user)
    world.work("count")
    assert "another admin has to approve" in words(world.view(user)["blocks"])
    world.submit(user)
    world.work("tell_approvers")
    notify(world)


def request_of(world: SlackWorld, task_id: str) -> Approval:
    found = world.services.approvals.find(Subject.ROLLBACK, task_id)
    assert found is not None
    return found


def asking(world: SlackWorld, user: str = "admin") -> dict[str, Any]:
    """The newest message in which somebody is asked to decide, or can read what came of it."""
    return [one for one in world.letters(user) if "Your approval is needed" in words(one["blocks"])][-1]


def buttons(message: dict[str, Any]) -> list[str]:
    rows = [block for block in message["blocks"] if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def decide(world: SlackWorld, action: Action, user: str = "admin") -> None:
    world.press(action, user, where=asking(world, user)["ts"])


def entries(world: SlackWorld, task_id: str) -> list[tuple[str, str, str]]:
    """Who did what about the rollback, and what came of it, the oldest first."""
    acts = {"ask for approval", "approve", "deny", "withdraw", "expired", "rollback"}
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team, task_id)]
    return [(e.who, e.what, e.result) for e in reversed(found) if e is not None and e.what in acts]


def copied(world: SlackWorld) -> int:
    return len(world.exchange.messages(ADDRESS))


def said(world: SlackWorld, user: str) -> list[str]:
    """What somebody was written in their own conversation, without the messages that have buttons."""
    texts = [words(one["blocks"]) for one in world.letters(user) if not one.get("thread_ts")]
    return [text for text in texts if "Your approval is needed" not in text and "From " not in text]


def thread(world: SlackWorld) -> list[str]:
    """What stands below the card."""
    found, ts = world.slack.messages("migrations", "owner"), world.card()["ts"]
    return [words(one["blocks"]) for one in found if one.get("thread_ts") == ts]


def look(world: SlackWorld) -> None:
    """A worker looks after what waits, as it does each minute."""
    approvals.look(world.services.approvals, lambda _team: world.services)


def press_as(world: SlackWorld, user: str, action: Action, value: str) -> None:
    """A press of whoever has got hold of a button's value."""
    payload = {
        "type": "block_actions", "user": {"id": user}, "team": {"id": world.team}, "trigger_id": secrets.token_hex(4),
        "actions": [{"action_id": action.value, "block_id": "decide", "value": value, "type": "button"}],
    }
    assert post(world.url, urlencode({"payload": json.dumps(payload)}).encode()) == 200
    world.listeners.settle()


def stored(world: SlackWorld, key: bytes) -> bytes:
    return bytes(world.redis.dump(key))


class Moment:
    """Everything in the store, to be put back."""

    def __init__(self, world: SlackWorld) -> None:
        self._redis = world.redis
        self._kept = {key: (world.redis.dump(key), max(0, world.redis.pttl(key))) for key in world.redis.keys("*")}

    def restore(self) -> None:
        self._redis.flushall()
        for key, (value, left) in self._kept.items():
            self._redis.restore(key, left, value)


@dataclass(frozen=True)
class Waiting:
    """A world, and its store at two moments: a migration is `copied`, and then its rollback is `asked` for."""

    world: SlackWorld
    clock: Shifted
    by: timedelta
    task_id: str
    copied: Moment
    asked: Moment

    def begin_at(self, moment: Moment) -> None:
        """As if nothing had happened since then, by the clock, too."""
        self.clock.by = self.by
        moment.restore()


def doomed(world: SlackWorld, at: datetime, number: int) -> tuple[Services, Interrupted]:
    """Another process, which is killed just before its command to the store of that number."""
    redis = Interrupted(server=world.store)
    opened = doors(redis, connectors=world.sides, away=1, grace=0.5, clock=world.clock)
    services = services_on(opened, world.slack.url)
    redis.commands, redis.at, redis.do = 0, number, lambda: setattr(redis, "dead", True)
    return services.at(Surface.CARD, Try(at)), redis


def letters_waiting(world: SlackWorld, words_in: str) -> list[str]:
    """To whom a letter with those words waits in the outbox, once for each letter."""
    return sorted(each.to for each in world.services.outbox.waiting() if words_in in each.text)


def test_a_rollback_is_ordered_once_a_second_person_approves(world: SlackWorld) -> None:
    """Card and thread say that it waits, for whom and until when; approved, it removes what its asker had agreed to."""
    migration = asked(world)

    world.work()
    assert world.record(migration.task_id).state is State.COMPLETED
    assert copied(world) == 3
    card = words(world.card()["blocks"])
    until = utc(request_of(world, migration.task_id).until)
    assert f"<@{OWNER}> has asked for it. It waits for the approval of another admin of this workspace, until" in card
    assert until in card
    assert "Take it back" in card
    assert [text for text in thread(world) if f"waits for another admin of this workspace, until {until}" in text]
    assert Action.ROLLBACK not in buttons(world.card())
    assert f"<@{OWNER}>" in words(asking(world)["blocks"])
    assert "3 items" in words(asking(world)["blocks"])

    decide(world, Action.APPROVE)
    world.work()
    notify(world)

    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert copied(world) == 0
    assert entries(world, migration.task_id) == [
        (OWNER, "ask for approval", "done"), (ADMIN, "approve", "done"),
    ]
    assert f"<@{ADMIN}> has approved" in " ".join(one["text"] for one in world.letters())
    for user in ("admin", "colleague"):
        assert buttons(asking(world, user)) == []
        assert f"Approved by <@{ADMIN}>" in words(asking(world, user)["blocks"]).replace("  ", " ")


def test_a_denied_rollback_removes_nothing(world: SlackWorld) -> None:
    """Whoever asked and whoever denied are told why nothing happens next; the card offers the rollback again."""
    migration = asked(world)

    decide(world, Action.DENY)
    world.work()
    notify(world)

    assert world.record(migration.task_id).state is State.COMPLETED
    assert copied(world) == 3
    assert [text for text in said(world, "owner") if f"<@{ADMIN}> has denied" in text and "Nothing is removed" in text]
    assert [text for text in said(world, "admin") if f"<@{OWNER}> was told" in text and "Nothing is removed" in text]
    assert "Denied" in words(asking(world, "colleague")["blocks"])
    assert buttons(asking(world, "colleague")) == []
    assert Action.ROLLBACK in buttons(world.card())
    assert f"Rollback denied by <@{ADMIN}>" in words(world.card()["blocks"])
    assert entries(world, migration.task_id) == [(OWNER, "ask for approval", "done"), (ADMIN, "deny", "done")]

    ask(world)      # again: it is another request
    decide(world, Action.APPROVE, "colleague")
    world.work()
    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_what_nobody_decides_expires_after_three_days(world: SlackWorld, clock: Shifted) -> None:
    """Until then the destination's password is kept, though the window is over; then it goes, and all are told once."""
    migration = asked(world)
    clock.by += THREE_DAYS - timedelta(minutes=2)
    look(world)
    kept = world.services.engine.vault.has(migration.task_id, Side.DESTINATION)

    clock.by += timedelta(minutes=2)
    look(world)
    look(world)
    notify(world)
    look(world)
    notify(world)

    assert kept
    assert not world.services.engine.vault.has(migration.task_id, Side.DESTINATION)
    assert request_of(world, migration.task_id).decision is Decision.EXPIRED
    for user in ("owner", "admin", "colleague"):
        assert len([text for text in said(world, user) if "Nobody has decided" in text and "expired" in text]) == 1
    assert buttons(asking(world)) == []
    assert "expired" in " ".join(thread(world))
    assert entries(world, migration.task_id) == [(OWNER, "ask for approval", "done"), ("", "expired", "done")]
    assert copied(world) == 3


def test_the_password_is_kept_until_it_is_decided(world: SlackWorld, clock: Shifted) -> None:
    """Asked for in the last hour and approved three days later, the rollback runs, and nobody types a password."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += THREE_DAYS - timedelta(hours=1)
    look(world)

    decide(world, Action.APPROVE)
    world.work()

    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert not world.services.engine.vault.has(migration.task_id, Side.DESTINATION)


def test_the_password_goes_when_it_is_denied_after_the_window(world: SlackWorld, clock: Shifted) -> None:
    """Within the window a rollback can be asked for again, so it stays until that ends."""
    migration = asked(world)
    decide(world, Action.DENY)
    within = world.services.engine.vault.has(migration.task_id, Side.DESTINATION)
    notify(world)
    ask(world)
    clock.by += TWO_DAYS + timedelta(hours=1)
    look(world)
    waiting = world.services.engine.vault.has(migration.task_id, Side.DESTINATION)

    decide(world, Action.DENY)

    assert (within, waiting) == (True, True)
    assert not world.services.engine.vault.has(migration.task_id, Side.DESTINATION)


def test_a_demoted_admin_decides_nothing(world: SlackWorld) -> None:
    """The buttons in their conversation are refused; an admin who still is one decides."""
    migration = asked(world)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    decide(world, Action.APPROVE)
    decide(world, Action.DENY)

    assert request_of(world, migration.task_id).is_waiting
    assert len([text for text in world.told("admin") if "Only the admins" in text]) == 2
    assert entries(world, migration.task_id)[1:] == [(ADMIN, "approve", "refused"), (ADMIN, "deny", "refused")]
    decide(world, Action.APPROVE, "colleague")
    world.work()
    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_nobody_approves_their_own_nor_from_outside(world: SlackWorld) -> None:
    """Forged presses of the asker, a member, a guest, a stranger and of values that are not ours: each is refused."""
    migration = asked(world, "admin")
    request = request_of(world, migration.task_id)
    value = f"{request.key}:{request.edition}"
    world.slack.change_user("stranger", is_admin=True)
    presses = [
        (ADMIN, value), (OWNER, value), ("U0GUEST001", value), ("U0STRANGE1", value), ("U0COLLEAG1", "rollback:x:1"),
        ("U0COLLEAG1", f"{request.key}:1"), ("U0COLLEAG1", "rollback:0000-0000:1"), ("U0COLLEAG1", f"all:{value}"),
    ]

    for user, forged in presses:
        for action in (Action.APPROVE, Action.DENY):
            press_as(world, user, action, forged)

    assert request_of(world, migration.task_id) == request
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    refused = [entry for entry in found if entry is not None and entry.result == "refused"]
    assert len(refused) == 2 * len(presses)
    assert [entry.words for entry in refused if entry.who == ADMIN] == [approving.OWN, approving.OWN]
    assert world.orders.find(f"roll_back:{migration.task_id}") is None
    assert not [one for one in world.letters("admin") if "Your approval" in words(one["blocks"])]
    decide(world, Action.APPROVE, "colleague")
    world.work()
    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_approved_twice_is_one_order(world: SlackWorld) -> None:
    """Two admins, two tabs and what Slack sends twice: who comes too late reads who was quicker, and when."""
    migration = asked(world)
    world.slack.configure(copies=2)

    decide(world, Action.APPROVE)
    decide(world, Action.APPROVE)
    decide(world, Action.DENY, "colleague")
    world.work()
    notify(world)

    assert [kind for kind, *_ in world.orders.placed].count("roll_back") == 1
    assert request_of(world, migration.task_id).decider == ADMIN
    assert f"<@{ADMIN}> has approved this already, on" in world.told("colleague")[0]
    assert f"<@{ADMIN}> has approved this already, on" in world.told("admin")[0]
    assert len([text for text in said(world, "owner") if "has approved" in text]) == 1
    assert [entry for entry in entries(world, migration.task_id) if entry[2] == "done"] == [
        (OWNER, "ask for approval", "done"), (ADMIN, "approve", "done"),
    ]


def test_the_asker_alone_takes_it_back(world: SlackWorld) -> None:
    """An admin is refused; taken back, nothing is removed, and the approvers' buttons are gone."""
    migration = asked(world)

    world.press(Action.WITHDRAW, "admin")
    assert request_of(world, migration.task_id).is_waiting
    world.press(Action.WITHDRAW, "owner")
    world.work()
    notify(world)

    assert f"Only <@{OWNER}>" in world.told("admin")[0]
    assert copied(world) == 3
    assert "Taken back" in words(asking(world)["blocks"])
    assert buttons(asking(world)) == []
    assert [text for text in said(world, "owner") if "rollback" in text and "taken back" in text] == []
    assert entries(world, migration.task_id)[1:] == [(ADMIN, "withdraw", "refused"), (OWNER, "withdraw", "done")]
    assert Action.ROLLBACK in buttons(world.card())


def test_while_it_waits_it_is_not_asked_for_again(world: SlackWorld) -> None:
    """By the command, or from a dialog that another tab still shows."""
    migration = world.migrated()
    world.press(Action.ROLLBACK, "admin")
    world.work("count")
    ask(world)

    world.submit("admin")
    world.slash(f"rollback {migration.task_id}", "admin")

    assert request_of(world, migration.task_id).asker == OWNER
    assert [kind for kind, *_ in world.orders.placed].count("tell_approvers") == 1
    assert len([text for text in world.told("admin") if "is waited for already" in text]) == 2


def test_what_waits_can_be_decided_though_the_setting_is_off(world: SlackWorld) -> None:
    """And what is asked for from then on needs nobody."""
    migration = asked(world)
    wants(world, second_person=False)

    decide(world, Action.APPROVE)
    world.work()

    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_a_migration_that_is_forgotten_takes_the_request_along(world: SlackWorld) -> None:
    """Nothing in the store names it any more, and an old button says that there is nothing to decide."""
    migration = asked(world)
    told = asking(world)
    world.slash(f"forget {migration.task_id}")
    world.submit()
    world.work()

    assert world.services.approvals.all() == []
    assert [key for key in world.redis.keys("*approval*") if migration.task_id.encode() in stored(world, key)] == []
    world.press(Action.APPROVE, "admin", where=told["ts"])
    assert "nothing to decide" in world.told("admin")[0]
    notify(world)
    look(world)
    left = next(one for one in world.letters("admin") if one["ts"] == told["ts"])
    assert buttons(left) == []
    assert "over" in words(left["blocks"])


def test_the_only_admin_is_told_what_to_do(world: SlackWorld) -> None:
    """Where nobody else can approve, it is refused: by the job that finds out, and at once when that is known."""
    world.slack.change_user("colleague", is_admin=False)
    migration = world.migrated()
    world.press(Action.ROLLBACK, "admin")
    world.work("count")
    world.redis.delete(f"omm:admins:{world.team}")      # five minutes pass
    world.submit("admin")
    world.work("tell_approvers")
    notify(world)

    letter = next(text for text in said(world, "admin") if "Make somebody else an admin" in text)
    assert "Nothing is removed" in letter
    assert request_of(world, migration.task_id).decision is Decision.WITHDRAWN
    world.press(Action.ROLLBACK, "admin")
    world.work("count")
    world.submit("admin")
    assert "Make somebody else an admin" in world.told("admin")[-1]
    assert entries(world, migration.task_id) == [
        (ADMIN, "ask for approval", "done"), ("", "withdraw", "done"), (ADMIN, "ask for approval", "refused"),
    ]
    assert copied(world) == 3


def test_what_the_asker_agreed_to_still_holds(world: SlackWorld) -> None:
    """Where a rollback would do something else by then, nothing is removed, and the asker is asked again."""
    migration = world.migrated()
    world.press(Action.ROLLBACK)
    world.work("count")
    view = dialogs.rollback_confirm(world.record(migration.task_id), Preview(2, 1, 0, ()), world.services.clock())
    world.services.slack.views_update(view_id=world.view()["id"], view=view)
    world.submit()
    world.work("tell_approvers")
    notify(world)

    decide(world, Action.APPROVE)
    world.work()
    notify(world)

    assert copied(world) == 3
    assert [text for text in said(world, "owner") if "has changed since it was counted" in text]
    assert Action.ROLLBACK in buttons(world.card())


def test_a_migration_that_went_on_is_not_rolled_back(world: SlackWorld) -> None:
    """A retry overtakes what was asked before it: the request is taken back, and its asker is told why."""
    migration = asked(world)
    passwords = {Side.SOURCE: Secret(SOURCE_PASSWORD)}
    steering.begin_retry(world.services, world.services.people.look(OWNER), migration.task_id, passwords)
    world.services.jobs.migrate(migration.task_id)
    world.work()

    decide(world, Action.APPROVE)
    world.work()
    notify(world)

    assert "put back in line" in world.told("admin")[0]
    assert [text for text in said(world, "owner") if "put back in line" in text]
    assert copied(world) == 3
    assert request_of(world, migration.task_id).decision is Decision.WITHDRAWN


def test_a_rollback_that_stopped_half_way_is_finished_without_asking(world: SlackWorld) -> None:
    """What has begun is finished; to discard what its owner has changed would be more, and is asked for."""
    migration = world.migrated()
    world.save(migration, state=State.ROLLBACK_STOPPED, rollback=Rollback(started=world.clock()))
    admin, as_counted = world.services.people.look(ADMIN), Expected(3, 0)

    request = rolling_back.roll_back(world.services, admin, migration.task_id, as_counted, discard=True)
    assert request is not None
    assert request.is_waiting
    approving.withdraw(world.services, admin, Subject.ROLLBACK, migration.task_id)
    assert rolling_back.roll_back(world.services, admin, migration.task_id, as_counted) is None
    world.work("roll_back")

    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_the_operator_is_asked_nothing_and_overtakes_the_request(world: SlackWorld) -> None:
    """Rolled back at the terminal meanwhile, what waits is taken back by itself."""
    migration = asked(world)
    rolling_back.roll_back_here(
        world.services, Operator(), migration.task_id, Expected(3, 0), discard=False, agreed=world.clock(),
        halt=Halt(), hook=lambda _event: None,
    )

    look(world)
    notify(world)

    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert request_of(world, migration.task_id).decision is Decision.WITHDRAWN
    assert "Not possible any more" in words(asking(world)["blocks"])
    assert buttons(asking(world)) == []


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    clock = Shifted()
    with second_person_wanted(tmp_path_factory.mktemp("waiting"), clock) as world:
        migration = world.migrated()
        copied = Moment(world)
        ask(world)
        yield Waiting(world, clock, clock.by, migration.task_id, copied, Moment(world))


@pytest.mark.parametrize("comes_again", [True, False])
@pytest.mark.parametrize(("decision", "words_in", "told"), [
    (Decision.APPROVED, "has approved", [OWNER]), (Decision.DENIED, "denied", [ADMIN, OWNER]),
    (Decision.EXPIRED, "Nobody has decided", [ADMIN, "U0COLLEAG1", OWNER]),
])
def test_a_kill_at_any_moment_of_a_decision_costs_nothing(
    waiting: Waiting, decision: Decision, words_in: str, told: list[str], comes_again: bool
) -> None:
    """Killed before any command to the store, it is brought to its end: by the press that comes again, or a later look.

    It is one order, one letter to each, and one entry of the audit.
    """
    world, clock, task_id = waiting.world, waiting.clock, waiting.task_id
    waiting.begin_at(waiting.asked)
    admin = world.services.people.look(ADMIN)
    expires = decision is Decision.EXPIRED
    written = {Decision.APPROVED: "approve", Decision.DENIED: "deny"}.get(decision, "expired")
    clock.by += THREE_DAYS if expires else timedelta()
    number = 0

    def decide_in(services: Services, this: Try) -> None:
        if expires:
            approvals.look(services.approvals, lambda _team: services)
        else:
            do = approving.approve if decision is Decision.APPROVED else approving.deny
            do(services.at(Surface.CARD, this), admin, Subject.ROLLBACK, task_id, this)

    while True:
        number += 1
        waiting.asked.restore()
        at = clock()
        services, redis = doomed(world, at, number)
        with suppress(Killed):
            decide_in(services, Try(at))
        clock.by += timedelta(minutes=2)
        look(world)
        if redis.dead and (comes_again or request_of(world, task_id).is_waiting):
            decide_in(world.services, Try(at, again=True))

        request, killed = request_of(world, task_id), f"killed before command {number}"
        assert (request.decision, request.settled) == (decision, True), killed
        ordered = world.orders.find(f"roll_back:{task_id}")
        assert (ordered is not None) == (decision is Decision.APPROVED), killed
        assert ordered is None or ordered.arguments["agreed"] == request.asked.timestamp(), killed
        assert letters_waiting(world, words_in) == told, killed
        assert entries(world, task_id)[1:] == [("" if expires else ADMIN, written, "done")], killed
        assert world.services.engine.vault.has(task_id, Side.DESTINATION) is not expires, killed
        if not redis.dead:
            break
    assert number > 8


@pytest.mark.parametrize("comes_again", [True, False])
def test_a_kill_at_any_moment_of_asking_costs_nothing(waiting: Waiting, comes_again: bool) -> None:
    """What was written down of the request is enough: the approvers are told, and the password is kept."""
    world, clock, task_id = waiting.world, waiting.clock, waiting.task_id
    waiting.begin_at(waiting.copied)
    owner, number = world.services.people.look(OWNER), 0
    what = {"items": 3, "kept": 0, "discard": False}

    while True:
        number += 1
        waiting.copied.restore()
        at = clock()
        services, redis = doomed(world, at, number)
        with suppress(Killed):
            approving.ask(services, owner, Subject.ROLLBACK, task_id, what, Try(at))
        clock.by += timedelta(minutes=2)
        look(world)
        if redis.dead and (comes_again or not world.services.approvals.all()):
            again = Try(at, again=True)
            approving.ask(world.services.at(Surface.CARD, again), owner, Subject.ROLLBACK, task_id, what, again)
        world.work("tell_approvers")

        request, killed = request_of(world, task_id), f"killed before command {number}"
        assert set(request.told) == {ADMIN, "U0COLLEAG1"}, killed
        assert entries(world, task_id) == [(OWNER, "ask for approval", "done")], killed
        ends = world.redis.zscore("omm:secrets", f"{task_id}:destination")
        assert float(ends) == pytest.approx(request.until.timestamp()), killed
        if not redis.dead:
            break
    assert number > 5


def test_while_slack_does_not_say_who_the_admins_are_the_request_waits(world: SlackWorld) -> None:
    """Nobody is told yet, and nothing is lost: the order stays, and the approvers are told when Slack answers again."""
    migration = world.migrated()
    admin = world.services.people.look(ADMIN)
    approving.ask(world.services, admin, Subject.ROLLBACK, migration.task_id, {"items": 3, "kept": 0, "discard": False})
    world.slack.add_fault(SlackFault(method="users.list", action="status", status=503, nth=1))
    about = {"subject": Subject.ROLLBACK.value, "about": migration.task_id}

    done = approvals.tell(world.services, Halt(), **about)

    assert not done
    assert request_of(world, migration.task_id).told == {}
    world.work("tell_approvers")
    notify(world)
    assert buttons(asking(world, "colleague")) == [Action.APPROVE, Action.DENY]
