"""Two workspaces in one store and one set of processes do not meet, although their people have the same IDs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import following, forgetting, looking, starting, steering
from bot.following import Following
from bot.ids import Action
from bot.permissions import NOT_YOURS, NotAllowedError
from bot.stored.audit import Audit
from bot.stored.conversations import EARLIER, Conversations, conversations_of
from bot.stored.deletions import Agreed
from bot.stored.opened_homes import Owner
from bot.stored.outbox import LIST, Letter, Outbox
from bot.stored.threads import Thread
from bot.work.sweep import DUE, Sweep
from emulators.slack import Fault
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from engine.pace.halt import Halt
from engine.store.lease import Lease
from engine.store.patience import Patient
from jobs import Jobs, Queues, WorkerContext, carry_out
from tests.servers.slack.signed_world import notifier_on
from tests.servers.slack.two_workspaces import SECOND, Workspaces, everything, two_workspaces
from tests.servers.slack.workspace import ADMIN, CHANNEL, COLLEAGUE, OWNER, SHARED, TEAM
from tests.servers.slack.world import LOGIN, SlackWorld, words
from tests.servers.world import ADDRESS

REQUEST = MigrationRequest(
    parse_account("imaps://claire%40example.net@imap.example.net"),
    parse_account(f"ews+https://{ADDRESS.replace('@', '%40')}@ex.example.org/EWS/Exchange.asmx"), (Content.MAIL,),
)
COMMANDS = ("pause", "cancel", "status", "report", "forget", "rollback", "retry", "resume")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspaces]:
    with two_workspaces(tmp_path) as opened:
        yield opened


def letters(at: SlackWorld, user: str = "owner") -> list[str]:
    """What somebody's conversation with us says."""
    return [words(one["blocks"]) if one.get("blocks") else one["text"] for one in at.letters(user)]


def posts(at: SlackWorld) -> int:
    """How many messages we have posted there."""
    return sum(call.method == "chat.postMessage" and call.ok for call in at.slack.requests)


def test_each_sees_its_own_migrations_alone(two: Workspaces) -> None:
    """The same person of the same channel migrates in both: form, card, thread and list know of one of them."""
    here, there = two.start(two.first), two.start(two.second)
    forms = [str(at.view()["blocks"]) for at in (two.first, two.second)]
    two.first.work()
    two.notify()
    two.first.slash("list")
    two.second.slash("list")

    for at, own, other in ((two.first, here, there), (two.second, there, here)):
        assert own.task_id in everything(at)
        assert other.task_id not in everything(at)
        assert at.card("owner")["team"] == at.team
        assert at.record(own.task_id).state is State.COMPLETED
    assert [here.task_id in forms[0], there.task_id in forms[1]] == [True, True]


def test_a_task_of_the_other_workspace_is_nobodys_here(two: Workspaces) -> None:
    """Its owner's namesake, and the admins, read what somebody reads of a task ID that never was."""
    task_id = two.first.begin(REQUEST).task_id
    for command in COMMANDS:
        for user in ("owner", "admin"):
            two.second.slash(f"{command} {task_id}", user)

    assert two.first.record(task_id).state is State.WAITING
    for user in ("owner", "admin"):
        assert [NOT_YOURS in said for said in two.second.told(user)] == [True] * len(COMMANDS)


@pytest.mark.parametrize("user", [OWNER, ADMIN])
def test_who_is_in_both_workspaces_presses_in_each_its_own(two: Workspaces, user: str) -> None:
    """In an organisation somebody may be in both: the buttons of a task are pressed where it was begun."""
    task_id = two.first.begin(REQUEST).task_id
    person = replace(two.second.services.people.look(user), teams=(TEAM, SECOND))

    for do in (steering.pause, steering.cancel, steering.stop, looking.status, forgetting.check_forget):
        with pytest.raises(NotAllowedError):
            do(two.second.services, person, task_id)
    assert following.follow(two.second.services, person, task_id) is Following.LOGIN_NEEDED

    assert two.first.services.threads.pressed(task_id) == ()


def test_nobody_follows_a_task_of_the_other_workspace(two: Workspaces) -> None:
    """Not even by the right login."""
    task_id = two.first.begin(REQUEST).task_id

    came = [
        following.prove(at.services, at.services.people.look(COLLEAGUE), task_id, LOGIN)
        for at in (two.second, two.first)
    ]

    assert came == [Following.WRONG, Following.NOW]


def test_a_form_of_the_other_workspace_cannot_be_opened(two: Workspaces) -> None:
    """The namesake of its owner neither continues nor closes it."""
    draft = two.first.services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)

    with pytest.raises(NotAllowedError):
        starting.own_form(two.second.services, two.second.services.people.look(OWNER), draft.id)
    starting.close_form(two.second.services, OWNER, draft.id, "")

    assert two.first.services.drafts.load(draft.id) == draft


def test_an_admin_pauses_and_lists_the_migrations_of_one_workspace(two: Workspaces) -> None:
    """What is the other's goes on, and is in no list; that of the paused one stays in line until all go on."""
    here, there = two.start(two.first), two.start(two.second)
    two.first.slash("admin pause", "admin")
    for order in two.first.orders.all():
        carry_out(WorkerContext(two.first.services, two.first.orders, Queues(two.first.redis), two.first.workspaces),
                  order.key, Halt())
    two.notify()
    two.first.slash("admin", "admin")
    two.second.slash("admin", "admin")

    assert (two.first.record(here.task_id).state, two.second.record(there.task_id).state) == (
        State.WAITING, State.COMPLETED,
    )
    assert [at.services.policies.load(at.team).is_paused for at in (two.first, two.second)] == [True, False]
    for at, own, other in ((two.first, here, there), (two.second, there, here)):
        listed = str(at.view("admin")["blocks"])
        assert [own.task_id in listed, other.task_id in listed] == [True, False]
        assert ("paused by" in listed) is (at is two.first)
        assert ("Paused for everybody" in str(at.card("owner"))) is (at is two.first)


def test_an_admin_of_one_is_none_in_the_other(two: Workspaces) -> None:
    """People with the same ID in two workspaces are two people."""
    here, there = two.first.begin(REQUEST), two.second.begin(REQUEST)
    two.second.slack.change_user("colleague", is_admin=True)
    for at, task in ((two.second, there), (two.first, here)):
        at.slash(f"pause {task.task_id}", "colleague")

    not_paused = two.first.record(here.task_id).state
    two.second.slash("list", "owner")
    two.first.slash(f"pause {here.task_id}", "owner")

    assert two.second.record(there.task_id).state is State.PAUSED
    assert not_paused is State.WAITING
    assert two.first.record(here.task_id).state is State.PAUSED


def test_a_press_in_a_shared_channel_is_for_the_workspace_of_the_card(two: Workspaces) -> None:
    """Slack names the workspace of whoever pressed. They are nobody in the card's, although OMM serves theirs too."""
    two.first.slack.change_user("stranger", team=SECOND)
    task_id = two.first.begin(REQUEST, channel=SHARED).task_id
    two.notify()

    two.first.press(Action.PAUSE, "stranger", where=two.first.card("owner", SHARED)["ts"])

    assert "Only people of this workspace" in two.first.told("stranger")[0]
    assert two.first.record(task_id).state is State.WAITING
    assert [call.method for call in two.second.slack.requests if call.method == "users.info"] == []


def test_a_letter_reaches_its_own_workspace(two: Workspaces) -> None:
    """The same letter to the same ID waits in both, and each gets its own."""
    for at in (two.first, two.second):
        at.services.outbox.put(Letter("key", OWNER, f"For {at.team}."))
    two.notify()

    for at in (two.first, two.second):
        assert letters(at) == [f"For {at.team}."]


def test_home_tabs_are_drawn_by_their_own_workspace(two: Workspaces) -> None:
    """Both have opened theirs, and both are due; a task of one is listed there, by its own notifier."""
    for at in (two.first, two.second):
        at.slack.open_home("owner")
    two.first.listeners.settle()
    task_id = two.second.begin(REQUEST).task_id
    for team in (TEAM, SECOND):
        two.first.services.homes.changed(Owner(team, OWNER))

    two.first.notify()
    drawn_by_the_first = task_id in str(two.second.slack.home("owner"))
    two.second.notify()

    assert not drawn_by_the_first
    assert task_id in str(two.second.slack.home("owner"))
    assert task_id not in str(two.first.slack.home("owner"))


@pytest.mark.parametrize("fault", [
    Fault(action="error", error="token_revoked"), Fault(action="ratelimited", retry_after=900), Fault(action="drop"),
], ids=["revoked", "rate limited", "away"])
def test_a_workspace_that_slack_refuses_silences_nobody_of_the_other(two: Workspaces, fault: Fault) -> None:
    """Letters and cards of the other arrive; the refused one's wait for it."""
    silent, other = two.first, two.second
    for at in (silent, other):
        at.begin(REQUEST)
        at.services.outbox.put(Letter("key", OWNER, "A letter."))
    silent.slack.add_fault(fault)

    two.notify()

    assert letters(other) == ["A letter."]
    assert other.slack.messages("migrations") != []
    assert silent.services.outbox.length() == 1
    assert posts(silent) == 0


def test_each_notifier_holds_its_own_lease(two: Workspaces) -> None:
    """Both send at once; another one of the first stands by, and does not send for the second either."""
    two.notify()
    standing_by = notifier_on(two.first.opened, two.first.services.slack)
    for at in (two.first, two.second):
        at.services.outbox.put(Letter("key", OWNER, "A letter."))

    standing_by.tick()
    waiting = [at.services.outbox.length() for at in (two.first, two.second)]
    two.second.notify()
    standing_by.close()

    assert waiting == [1, 1]
    assert [at.services.outbox.length() for at in (two.first, two.second)] == [1, 0]


def test_deleting_somebodys_data_stays_within_their_workspace(two: Workspaces) -> None:
    """The namesake keeps tasks, cards and home tab; each audit has its own lines."""
    here, there = two.start(two.first), two.start(two.second)
    two.first.work()
    two.notify()
    services = two.second.services
    person = services.people.look(OWNER)
    forgetting.delete_data(services, person, Agreed(services.clock().timestamp()))
    two.first.work()

    assert [task.task_id for task in two.first.tasks()] == [here.task_id]
    assert services.threads.of_owner(TEAM, OWNER) == [here.task_id]
    audit = Audit(Patient(two.first.redis))
    assert [line["task"] for line in audit.lines(SECOND)] == [there.task_id]
    assert audit.lines(TEAM) == []
    assert services.deletions.of(TEAM, OWNER) is None


def test_guesses_count_for_one_persons_workspace(two: Workspaces) -> None:
    """Whoever has typed too many logins locks nobody of the other workspace out."""
    guesses = two.second.services.guesses
    while guesses.allowed(COLLEAGUE, "0000-0000"):
        pass

    assert two.first.services.guesses.allowed(COLLEAGUE, "1111-1111")


# What is not of either


def test_work_for_a_workspace_without_a_token_is_done(two: Workspaces) -> None:
    """Its mail moves, and no other workspace's token is used for it."""
    task = two.first.begin(REQUEST)
    two.first.services.threads.forget(task.task_id)
    two.first.services.threads.open(Thread(task.task_id, "T0NOBODY01", OWNER, CHANNEL))
    two.first.services.jobs.migrate(task.task_id)
    Jobs(two.first.redis).count(task.task_id, "V0NOBODY01", OWNER)
    before = posts(two.first), posts(two.second)

    two.first.work()
    two.notify()

    assert two.first.record(task.task_id).state is State.COMPLETED
    assert (posts(two.first), posts(two.second)) == before
    assert {call.error for call in two.first.slack.requests if call.method == "views.update"} == {"not_authed"}


# What an earlier release has stored


def test_letters_of_an_earlier_release_are_sent_by_the_first_workspace(two: Workspaces) -> None:
    """It knew no other. One that waits in both outboxes arrives once."""
    earlier = Outbox(two.first.redis)
    for person in (OWNER, COLLEAGUE):
        earlier.put(Letter("key", person, "A letter."))
    two.first.services.outbox.put(Letter("key", OWNER, "A letter."))

    two.second.notify()
    waiting = earlier.length()
    two.notify()

    assert waiting == 2
    assert [letters(two.first, user) for user in ("owner", "colleague")] == [["A letter."], ["A letter."]]
    assert posts(two.first) == 2
    assert posts(two.second) == 0
    assert not two.first.redis.exists(LIST)


def test_conversations_of_an_earlier_release_are_the_first_workspaces(two: Workspaces) -> None:
    """A card that it has posted to somebody is known there, and no second one is posted."""
    two.first.redis.hset(EARLIER, OWNER, "D0EARLIER1")
    found = [Conversations(two.first.redis, team=team, first=team == TEAM).find(OWNER) for team in (TEAM, SECOND)]

    assert found == ["D0EARLIER1", None]


def test_an_earlier_release_finds_the_conversations_of_the_first_workspace(two: Workspaces) -> None:
    """Its notifier may take over while releases overlap: it would post every card a second time."""
    for team in (TEAM, SECOND):
        Conversations(two.first.redis, team=team, first=team == TEAM).note(OWNER, f"D of {team}")

    assert two.first.redis.hget(EARLIER, OWNER) == f"D of {TEAM}".encode()


def test_a_notifier_of_an_earlier_release_keeps_the_first_workspaces_from_sending(two: Workspaces) -> None:
    """Both would send the same otherwise. The second workspace's sends."""
    earlier = two.first.opened.engine.store.acquire("notifier", holder="the notifier")
    for at in (two.first, two.second):
        at.services.outbox.put(Letter("key", OWNER, "A letter."))

    two.notify()
    held = [at.services.outbox.length() for at in (two.first, two.second)]
    assert isinstance(earlier, Lease)
    earlier.release()
    two.notify()

    assert held == [1, 0]
    assert two.first.services.outbox.length() == 0


def test_the_sweep_keeps_the_conversations_of_those_who_have_tasks_there(two: Workspaces) -> None:
    """Somebody's task in one workspace keeps nothing of their namesake in the other."""
    two.start(two.first)
    for at in (two.first, two.second):
        at.services.outbox.put(Letter("key", OWNER, "A letter."))
    two.notify()
    two.first.redis.delete(DUE)

    Sweep(two.first.redis, two.first.opened.engine, days=60, audit_days=400).look()

    assert two.first.redis.hkeys(conversations_of(TEAM)) == [OWNER.encode()]
    assert two.first.redis.hkeys(conversations_of(SECOND)) == []
