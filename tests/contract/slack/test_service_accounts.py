"""Service accounts in the form: who may ask, who approves, what is signed in to and when, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot import service_accounts
from bot.ids import Action, Block
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.audit_entries import What
from emulators.slack.settings import SCOPES
from engine.errors import Side
from engine.migration.account import Access
from engine.migration.record import State
from tests.servers.signed_world import words
from tests.servers.slack_world import ADMIN, COLLEAGUE, LOGIN, SlackWorld
from tests.servers.world import ADDRESS

SERVICE, KEY = "mover@exchange.example", "the key to all mailboxes"
NAMED = "names for service accounts"


@pytest.fixture
def house(world: SlackWorld) -> SlackWorld:
    """Two admins are named for service accounts, and the Exchange server lets one impersonate the owner."""
    world.slack.change_user("colleague", is_admin=True)
    world.slack.configure(scopes=(*SCOPES, "users:read.email"))
    world.slack.configure(rate_limits=False)
    world.exchange.add_account(SERVICE, password=KEY)
    world.exchange.configure(impersonation={SERVICE: [ADDRESS]})
    name(world, ADMIN, COLLEAGUE)
    return world


def name(world: SlackWorld, *admins: str) -> None:
    """The workspace's policy names those for service accounts."""
    world.services.policies.change(world.team, lambda policy: replace(policy, service_accounts=admins))


def choose(world: SlackWorld, access: Access = Access.IMPERSONATION, user: str = "admin") -> None:
    """Opens the form, and chooses how the destination is opened."""
    view = world.open_form(user)
    world.press(Action.DESTINATION_ACCESS, user, where=view["id"], value=access.value)


def fill(world: SlackWorld, user: str = "admin", **others: str) -> None:
    """Fills in the form on top, and sends it: the service account opens the owner's mailbox."""
    world.send(user, **{
        Block.DESTINATION_LOGIN: SERVICE, Block.DESTINATION_PASSWORD: KEY, Block.DESTINATION_MAILBOX: ADDRESS, **others,
    })


def tick(world: SlackWorld, user: str = "admin") -> None:
    """Ticks that the destination is somebody else's, and sends the form."""
    block = world.block(Block.SOMEBODY_ELSES, user)
    world.submit(user, {block["block_id"]: [block["element"]["options"][0]["value"]]})


def ask(world: SlackWorld) -> str:
    """The whole way to the question to another admin; the form's id."""
    choose(world)
    fill(world)
    tick(world)
    return str(world.view("admin")["private_metadata"])


def decide(world: SlackWorld, draft_id: str, decision: Decision = Decision.APPROVED, by: str = COLLEAGUE) -> None:
    """Another admin decides."""
    def decided(found: Approval | None) -> Approval:
        assert found is not None
        return replace(found, decision=decision, decider=by, decided=world.clock())

    approval = world.services.approvals.change(Subject.SERVICE_ACCOUNT, draft_id, decided)
    assert approval is not None
    do: Callable[..., object] = service_accounts.begin if decision is Decision.APPROVED else service_accounts.end
    do(world.services, approval)


def begin(world: SlackWorld) -> str:
    """An approved migration in line; its task ID."""
    draft_id = ask(world)
    decide(world, draft_id)
    world.work("check")
    hear(world)
    return draft_id


def hear(world: SlackWorld) -> None:
    """The notifier sends what there is, as if seconds passed between two messages to one person."""
    for _ in range(4):
        for key in world.redis.keys("omm:pace:*"):
            world.redis.delete(key)
        for task in world.tasks():
            world.services.threads.look_again(task.task_id, 0)
        world.notifier.tick()


def letters(world: SlackWorld, user: str = "owner") -> list[str]:
    """What OMM has written to somebody in their own conversation."""
    return [str(letter["text"]) for letter in world.letters(user)]


def seen(world: SlackWorld, user: str = "admin") -> str:
    return words(world.view(user)["blocks"])


def signed_in(world: SlackWorld) -> list[str]:
    """Who has tried to sign in anywhere."""
    return [*world.sides.signed_in, *(each.user for each in world.exchange.sign_ins)]


def kept(world: SlackWorld, draft_id: str) -> list[bool]:
    """Whether the password of either side is in the vault."""
    return [world.services.engine.vault.has(draft_id, side) for side in Side]


def entries(world: SlackWorld, *kinds: What) -> list[tuple[str, str, str]]:
    """Who did what with which result, the oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [(e.who, e.what, e.result) for e in reversed(found) if e is not None and e.what in kinds]


def test_two_admins_move_somebody_elses_mailbox(house: SlackWorld) -> None:
    """Asked for, ticked, approved, moved, taken back; the mailbox's owner is told, and every step is in the audit."""
    draft_id = ask(house)
    assert "Another admin has to approve" in seen(house)
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])

    decide(house, draft_id)
    house.work("check")
    hear(house)
    [task] = house.tasks()
    assert (task.task_id, task.request.destination.mailbox, task.request.destination.login) == (
        draft_id, ADDRESS, SERVICE
    )
    assert [f"opens your mailbox {ADDRESS} by a service account" in text for text in letters(house)] == [True]

    house.work()
    hear(house)
    assert house.record(draft_id).state is State.COMPLETED
    assert len(house.exchange.messages(ADDRESS)) == 3
    assert [f"Migration {draft_id} is completed" in text for text in letters(house)] == [False, True]
    assert {*signed_in(house)} == {LOGIN, SERVICE}

    card = house.card("admin")["ts"]
    house.press(Action.ROLLBACK, "admin", where=card)
    house.work()
    house.submit("admin")
    house.work()
    hear(house)
    assert house.record(draft_id).state is State.ROLLED_BACK
    assert house.exchange.messages(ADDRESS) == []
    assert ["was rolled back" in text for text in letters(house)] == [False, False, True]
    assert entries(house, What.START, What.OPEN_DESTINATION, What.OPEN_SOURCE) == [
        (ADMIN, What.START, "done"), (ADMIN, What.OPEN_DESTINATION, "done"),
    ]
