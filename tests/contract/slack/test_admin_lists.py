"""What an admin sees of everybody: the home tab's part, the list with its filters, the workers and failing servers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ids import Action, Block
from bot.stored.orders import Kind, Orders
from bot.stored.threads import Thread
from emulators.slack import Ack
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.store import lease
from engine.store.lease import Lease
from engine.store.patience import Patient
from tests.servers.slack.two_workspaces import SECOND
from tests.servers.slack.world import ADMIN, COLLEAGUE, LOGIN, OWNER, SlackWorld, words
from tests.unit.store.accounts import request_of

ELSEWHERE = "imaps://nina%40other.example@imap.other.example"
REFUSED = "Only the admins and owners of this workspace can do that."


def made(
    world: SlackWorld, *, owner: str = OWNER, source: str = "", team: str = "", in_slack: bool = True, **changes: object
) -> Migration:
    """A migration, with its thread unless it was begun at the terminal."""
    request: MigrationRequest = request_of(source) if source else request_of()
    task = world.services.engine.store.create(request)
    if in_slack:
        world.services.threads.open(Thread(task.task_id, team or world.team, owner, ""))
    if changes:
        world.services.engine.store.save(replace(task, **changes))
    return task


def home(world: SlackWorld, user: str = "admin") -> str:
    """What they read in the home tab that they open."""
    world.slack.open_home(user)
    world.listeners.settle()
    return " ".join(words(world.slack.home(user)["blocks"]).split())


def window(world: SlackWorld) -> str:
    """What stands in the window on top."""
    return " ".join(words(world.view("admin")["blocks"]).split())


def listed(world: SlackWorld) -> list[str]:
    """The task IDs of the page before the admin."""
    ids = [block["block_id"] for block in world.view("admin")["blocks"]]
    return [block_id.removeprefix("task_") for block_id in ids if block_id.startswith("task_")]


def ask(world: SlackWorld, **fields: str | None) -> Ack:
    """Fills the fields of the list and sends them."""
    blocks = [block["block_id"] for block in world.view("admin")["blocks"]]
    named = {
        next(block for block in blocks if block.startswith(Block[f"ALL_{name.upper()}"])): value
        for name, value in fields.items()
    }
    return world.submit("admin", named)


def press_home(world: SlackWorld, action: Action, user: str = "admin") -> None:
    """Presses a button of the home tab."""
    world.press(action, user, where=world.slack.home(user)["id"])


def test_an_admin_s_home_counts_everybody_s_migrations_and_others_do_not_see_that(world: SlackWorld) -> None:
    """Above their own; what has failed counts for a day, and what is another workspace's does not."""
    failed = Attention("It does not answer.", Cause.TIMEOUT, Side.SOURCE)
    made(world)
    made(world, owner=COLLEAGUE, state=State.RUNNING)
    made(world, in_slack=False, state=State.RUNNING)
    made(world, state=State.NEEDS_ATTENTION, attention=failed)
    old = made(world, state=State.FAILED)
    made(world, state=State.FAILED)
    made(world, team=SECOND, state=State.RUNNING)
    yesterday = (world.clock() - timedelta(hours=25)).timestamp()
    world.redis.zadd("omm:state:failed", {old.task_id: yesterday})

    seen, others = home(world), home(world, "owner")

    assert "*2* running · *1* waiting · *1* needs attention · *1* failed in the last 24 hours" in seen
    assert seen.index("Everybody's migrations") < seen.index("Your migrations")
    assert "Everybody's migrations" not in others
    assert all(action not in str(world.slack.home("owner")) for action in (Action.ALL, Action.PAUSE_ALL))


def test_the_list_has_everybody_s_newest_first_with_filters(world: SlackWorld) -> None:
    """Page by page; by state, owner and server, applied here and not in Slack. Another workspace's is in none."""
    first = made(world, owner=COLLEAGUE, source=ELSEWHERE, state=State.PAUSED)
    terminal = made(world, in_slack=False)
    stranger = made(world, team=SECOND, source=ELSEWHERE)
    many = [made(world).task_id for _ in range(19)]
    counts = Step(Counts(found=1200, copied=1100, failed=3), world.clock() - timedelta(hours=2))
    running = made(
        world, state=State.RUNNING, started=world.clock() - timedelta(hours=2), steps={Content.MAIL: counts}
    )

    world.slash("admin", "admin")
    top, page = window(world), listed(world)
    world.press(Action.ALL_AT_OLDER, "admin", where=world.view("admin")["id"])
    rest = listed(world)

    assert page == [running.task_id, *many[::-1]]
    assert "22 migrations, newest first: 1 to 20" in top
    assert "1,103 of 1,200 items, 3 failed for 2 hours" in top
    assert f"<@{OWNER}>" in top
    assert LOGIN not in str(world.view("admin"))
    assert rest == [terminal.task_id, first.task_id]
    assert "at the terminal" in window(world)

    asked = {"state": State.PAUSED.value, "owner": COLLEAGUE, "host": "IMAP.other.example"}
    ask(world, **asked)
    assert (listed(world), "1 migration," in window(world)) == ([first.task_id], True)
    ask(world, **{**asked, "state": State.RUNNING.value})
    assert (listed(world), "No migration is like that." in window(world)) == ([], True)
    ask(world, state="any", owner=None, host="imap.other.example")
    assert listed(world) == [first.task_id]
    world.press(Action.ALL_CLEAR, "admin", where=world.view("admin")["id"])
    assert (listed(world), world.held(Block.ALL_HOST, "admin")) == (page, None)
    assert stranger.task_id not in str(world.slack.views("admin"))


@pytest.mark.parametrize("typed", [
    "bücher.example", "BÜCHER.example", "xn--bcher-kva.example.", "xn--bcher-kva.example:993", "buecher",
])
def test_a_server_is_found_by_its_name_as_people_type_it(world: SlackWorld, typed: str) -> None:
    """As the form that starts a migration reads it, and so do the settings. What is no server finds nothing."""
    task = made(world, source="imaps://nina%40other.example@xn--bcher-kva.example")
    world.slash("admin", "admin")
    ask(world, host=typed)

    assert listed(world) == ([] if typed == "buecher" else [task.task_id])


def test_the_list_leads_to_the_cards_that_the_admin_can_open(world: SlackWorld) -> None:
    """One in a channel; not one in somebody else's conversation with us."""
    task = world.start()
    world.slash("admin", "admin")

    link = next(block for block in world.view("admin")["blocks"] if block["block_id"] == f"task_{task.task_id}")

    assert world.card()["ts"].replace(".", "") in str(link)


def test_a_wrong_hint_is_not_shown(world: SlackWorld) -> None:
    """The record says where a migration stands and whose it is, whatever the index says."""
    task, stranger = made(world), made(world, team=SECOND)
    world.redis.zadd("omm:state:paused", {task.task_id: 1, stranger.task_id: 1})
    world.redis.delete(f"omm:threads:{SECOND}")

    world.slash("admin", "admin")
    everything = listed(world)
    ask(world, state=State.PAUSED.value)

    assert everything == [task.task_id]
    assert listed(world) == []


def test_the_workers_say_what_they_do_and_what_waits(world: SlackWorld) -> None:
    """Who is there, what each works on, how much waits and since when, what is tried again; and servers that fail."""
    jobs, orders = world.services.jobs, Orders(world.redis)
    at_work, waiting = made(world), made(world)
    for task in (at_work, waiting):
        jobs.migrate(task.task_id)
    for _ in range(2):
        orders.failed(next(order for order in orders.all() if order.about[0] == waiting.task_id))
    no_answer = Attention("It does not answer.", Cause.TIMEOUT, Side.SOURCE)
    made(world, state=State.NEEDS_ATTENTION, attention=no_answer)
    made(world, state=State.NEEDS_ATTENTION, attention=no_answer)
    made(world, state=State.NEEDS_ATTENTION, attention=replace(no_answer, cause=Cause.SIGN_IN))
    made(world, team=SECOND, state=State.NEEDS_ATTENTION, attention=no_answer)
    world.redis.set("omm:heartbeat:migrations", 1)
    held = lease.acquire(Patient(world.redis), f"job:migrate:{at_work.task_id}", holder="x")
    assert isinstance(held, Lease)

    with held:
        world.slash("admin workers", "admin")
    seen = window(world)

    assert "*Migrations and rollbacks* running" in seen
    assert ":warning: *Cards and messages* No notifier is running" in seen
    assert f"At work now migrate {at_work.task_id}" in seen
    assert "Migrations *1*, the oldest for under a minute" in seen
    assert f"Tried again and again migrate {waiting.task_id} failed 2 times" in seen
    assert "imap.example.org 2 migrations: the server does not answer" in seen
    assert "refused" not in seen


def test_the_workers_say_each_thing_that_can_be_ordered(world: SlackWorld) -> None:
    """In words, and people are named as Slack does: somebody opens that window because such an order fails."""
    orders = Orders(world.redis)
    for kind in Kind:
        about = OWNER if kind is Kind.DELETE else "7K2F-9QXD"
        orders.place(kind, (about, "more"), {}, team=world.team)
    for order in orders.all():
        orders.failed(order)

    world.slash("admin workers", "admin")
    seen = window(world).partition("Tried again and again")[2]

    assert seen.count("failed 1 time") == len(Kind)
    assert [kind for kind in Kind if "_" in kind and kind.value in seen] == []
    assert f"delete the data of <@{OWNER}> failed" in seen


def test_a_demoted_admin_and_everybody_else_are_refused_at_the_press(world: SlackWorld) -> None:
    """Also where an old home tab or window still shows the buttons; each press is in the audit."""
    made(world)
    home(world)
    world.slash("admin", "admin")
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    world.submit("admin")
    assert REFUSED in world.told("admin")[-1]
    for action in (Action.ALL, Action.WORKERS, Action.AUDIT, Action.PAUSE_ALL):
        while world.slack.views("admin"):
            world.close("admin")
        press_home(world, action)
        assert REFUSED in world.told("admin")[-1]
    assert "Everybody's migrations" not in home(world)
    for typed in ("admin", "admin workers", "admin pause", "admin go-on"):
        world.slash(typed, "colleague")
        assert REFUSED in world.told("colleague")[-1]

    refused = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    assert [(e.who, e.what, e.result) for e in reversed(refused) if e is not None and e.what != "state"] == [
        (ADMIN, "list everybody's migrations", "refused"),
        (ADMIN, "list everybody's migrations", "refused"), (ADMIN, "look at the workers", "refused"),
        (ADMIN, "read the audit", "refused"), (ADMIN, "pause all", "refused"),
        (COLLEAGUE, "list everybody's migrations", "refused"), (COLLEAGUE, "look at the workers", "refused"),
        (COLLEAGUE, "pause all", "refused"), (COLLEAGUE, "go on", "refused"),
    ]
    assert not world.services.policies.load(world.team).is_paused


@pytest.mark.parametrize("button", [Action.ALL, Action.WORKERS, Action.AUDIT])
def test_the_buttons_of_the_home_open_what_they_say(world: SlackWorld, button: Action) -> None:
    """Each opens its window."""
    home(world)
    press_home(world, button)

    titles = {Action.ALL: "All migrations", Action.WORKERS: "Workers", Action.AUDIT: "Audit"}
    assert world.view("admin")["title"]["text"] == titles[button]
