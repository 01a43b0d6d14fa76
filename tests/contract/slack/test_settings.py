"""The settings of a workspace: what an admin sets over Slack's signed protocol, and that it holds at every use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.stored.policies import POLICIES, Passwords, Policy
from bot.user_groups import UserGroup
from bot.views.settings import Room, settings_view
from bot.work import turns
from bot.work.keeper import lease_of
from bot.work.sweep import Sweep
from emulators.slack import Ack
from emulators.slack.blocks import check
from emulators.slack.settings import SCOPES
from emulators.slack.workspace import BOT_USER
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.record import State
from engine.ports.looking_up import Found
from engine.store.lease import Lease
from tests.contract.slack.conftest import furnished
from tests.servers.slack.world import ADMIN, COLLEAGUE, LOGIN, OWNER, SlackWorld, words

CHANNELS = ("channels:read", "groups:read")


@pytest.fixture
def paged(world: SlackWorld) -> Iterator[SlackWorld]:
    """Its operator has set up the private page, and Slack tells of user groups."""
    world.slack.configure(scopes=(*SCOPES, "usergroups:read", *CHANNELS))
    with furnished(world, public_url="https://omm.example.org") as changed:
        yield changed


def opened(world: SlackWorld, user: str = "admin") -> dict[str, Any]:
    """The window that the command opens."""
    world.slash("admin settings", user)
    return world.view(user)


def save(world: SlackWorld, user: str = "admin", **values: Any) -> Ack:
    """Fills in the window on top, by the beginnings of its fields' names, and saves it."""
    names = [block["block_id"] for block in world.view(user)["blocks"]]
    return world.submit(user, {
        next(each for each in names if each.rstrip("0123456789") == name): value for name, value in values.items()
    })


def set_(world: SlackWorld, **values: Any) -> None:
    """What an admin sets who opens the window for it."""
    opened(world)
    ack = save(world, **values)
    assert (ack.outcome, ack.errors) == ("ok", {})


def policy(world: SlackWorld) -> Policy:
    return world.services.policies.load(world.team)


def entries(world: SlackWorld) -> list[tuple[str, str, str, str]]:
    """Who did what with what result and why, the oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [(e.who, e.what, e.result, e.words) for e in reversed(found) if e is not None and e.what != "state"]


# The window


def test_an_admin_sets_everything_at_once(paged: SlackWorld) -> None:
    """It is kept, shown again, and in the audit with what it was before; servers are not in the clear."""
    opened(paged)

    ack = save(paged, **{
        Block.WHO: "chosen", Block.GROUPS: ["S0ITTEAM01"], Block.PEOPLE: [OWNER],
        Block.SOURCE_HOSTS: "IMAP.example.net.\n*.Müller.example\n", Block.DESTINATION_HOSTS: "ex.example.org",
        Block.WHERE_TYPED: "page", Block.MOST_IN_ALL: "20", Block.MOST_OF_A_HOST: "5", Block.MOST_OF_A_PERSON: "2",
        Block.SECOND_PERSON: ["yes"], Block.RETENTION: "10", Block.AUDIT_CHANNEL: "C0MIGRATE1",
        Block.SERVICE_ADMINS: [ADMIN], Block.TELLS_OWNER: [],
    })

    now = policy(paged)
    assert ack.outcome == "ok"
    assert "They hold from now on" in words(paged.view("admin")["blocks"])
    assert (now.who, now.groups, now.people, now.changed_by) == ("chosen", ("S0ITTEAM01",), (OWNER,), ADMIN)
    assert now.source_hosts == ("imap.example.net", "*.xn--mller-kva.example")
    assert (now.most, now.most_with_a_host, now.most_of_a_person, now.retention_days) == (20, 5, 2, 10)
    assert (now.passwords, now.second_person, now.tells_owner) == ("page", True, False)
    assert (now.audit_channel, now.service_accounts) == ("C0MIGRATE1", (ADMIN,))
    who, what, result, why = entries(paged)[-1]
    assert (who, what, result) == (ADMIN, "change the settings", "done")
    assert "who may migrate: everyone → user groups and named people" in why
    assert f"people who may migrate: none → <@{OWNER}>" in why
    assert "migrations are kept: as the operator has set → 10 days" in why
    assert "example.net" not in why
    paged.slash("admin audit", "admin")
    assert "source servers: any → imap.example.net, *.xn--mller-kva.example" in words(paged.view("admin")["blocks"])
    again = opened(paged)
    assert f"<@{ADMIN}> changed it last" in words(again["blocks"])
    assert save(paged).outcome == "ok"
    assert policy(paged) == now


def test_what_cannot_be_meant_is_said_at_its_field(world: SlackWorld) -> None:
    """Everything at once, in an admin's words; nothing is saved, and what was typed stays."""
    opened(world)

    ack = save(world, **{
        Block.WHO: "chosen", Block.SOURCE_HOSTS: "mail.example.org\nhttps://mail.example.org",
        Block.DESTINATION_HOSTS: "*", Block.SERVICE_ADMINS: [ADMIN],
    })

    assert ack.errors == {
        f"{Block.PEOPLE}0": (
            "Choose people or user groups here. Or choose above that everyone may migrate, or admins only."
        ),
        f"{Block.SOURCE_HOSTS}0": "Line 2 is a web address. Type only the server's name, such as mail.example.org.",
        f"{Block.DESTINATION_HOSTS}0": "Line 1: a * stands only at the beginning, as in *.example.org.",
    }
    ack = save(world, **{
        Block.WHO: "everyone", Block.SOURCE_HOSTS: "", Block.DESTINATION_HOSTS: "",
        Block.SERVICE_ADMINS: [ADMIN, COLLEAGUE],
    })
    assert ack.errors == {f"{Block.SERVICE_ADMINS}0": "Choose only admins and owners of this workspace."}
    assert policy(world) == Policy()


def test_of_two_admins_at_once_the_second_sees_what_the_first_has_set(world: SlackWorld) -> None:
    """Nothing of theirs is saved before they have seen it; then it is."""
    world.slack.change_user("owner", is_admin=True)
    opened(world, "admin")
    opened(world, "owner")
    save(world, "owner", **{Block.MOST_IN_ALL: "7"})

    save(world, "admin", **{Block.MOST_OF_A_PERSON: "2"})

    said = words(world.view("admin")["blocks"])
    assert f"<@{OWNER}> has changed the settings meanwhile. Nothing of yours was saved." in said
    assert (world.held(Block.MOST_IN_ALL, "admin"), world.held(Block.MOST_OF_A_PERSON, "admin")) == ("7", None)
    assert refused(world, ADMIN, "change the settings")
    save(world, "admin", **{Block.MOST_OF_A_PERSON: "2"})
    assert (policy(world).most, policy(world).most_of_a_person) == (7, 2)


def test_a_pause_meanwhile_is_no_change_of_the_settings(world: SlackWorld) -> None:
    """It is left as it is, too."""
    opened(world)
    world.services.policies.change(world.team, lambda now: replace(now, is_paused=True))

    save(world, **{Block.MOST_IN_ALL: "7"})

    assert (policy(world).most, policy(world).is_paused) == (7, True)


def test_it_is_for_admins_alone(world: SlackWorld) -> None:
    """By the command, the button and an old window: whoever was an admin when it opened may be none any more."""
    for user in ("colleague", "guest"):
        world.slash("admin settings", user)
        assert world.slack.views(user) == []
    assert "Only the admins and owners of this workspace can do that." in world.told("colleague")[-1]
    assert refused(world, COLLEAGUE, "change the settings")
    opened(world)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    world.submit("admin", {f"{Block.MOST_IN_ALL}0": "7"})

    assert "Only the admins and owners of this workspace can do that." in world.told("admin")[-1]
    assert refused(world, ADMIN, "change the settings")
    assert policy(world) == Policy()


def test_the_button_of_the_home_tab_opens_it(world: SlackWorld) -> None:
    """For an admin."""
    world.slack.open_home("admin")
    world.listeners.settle()
    world.notify()

    world.press(Action.SETTINGS, "admin", where=world.slack.home("admin")["id"])

    assert world.view("admin")["callback_id"] == View.SETTINGS


def test_more_user_groups_than_a_menu_holds_stand_in_several_parts() -> None:
    """Slack takes a hundred options in a menu, or in each group of it. One that is gone can still be taken away."""
    groups = [UserGroup(f"S{number:08}", f"team-{number:03}") for number in range(250)]
    policy = Policy(groups=("S00000007", "S0LEFT0001"))

    view = settings_view(policy, Room(groups, has_page=False, retention_days=60))

    (menu,) = (block["element"] for block in view["blocks"] if block["block_id"] == f"{Block.GROUPS}0")
    assert [len(part["options"]) for part in menu["option_groups"]] == [100, 100, 51]
    assert [option["text"]["text"] for option in menu["initial_options"]] == ["@team-007", "S0LEFT0001 (gone)"]
    assert check(view, surface="modal") == []


def test_the_private_page_can_be_chosen_where_there_is_one(world: SlackWorld) -> None:
    """Else the window says what the operator must set, also where it was chosen before and is gone."""
    names = [block["block_id"] for block in opened(world)["blocks"]]

    assert f"{Block.WHERE_TYPED}0" not in names
    for setting in ("OMM_PUBLIC_URL", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        assert setting in words(world.view("admin")["blocks"])
    world.services.policies.change(world.team, lambda now: replace(now, passwords=Passwords.PAGE))
    opened(world)
    assert "nobody can give a password" in words(world.view("admin")["blocks"])
    save(world, **{Block.MOST_IN_ALL: "7"})
    assert policy(world).passwords is Passwords.PAGE


# Who may migrate


def refused(world: SlackWorld, user: str, what: str) -> bool:
    """Whether the last that the audit has of them is that they were refused it."""
    last = [entry for entry in entries(world) if entry[0] == user][-1]
    return last[1:3] == (what, "refused")


def people_change(world: SlackWorld) -> None:
    """Five minutes pass, after which Slack is asked anew who somebody is, and who is in which group."""
    world.forget_people()
    for key in world.redis.keys("omm:group:*"):
        world.redis.delete(key)


def test_whoever_may_not_migrate_meets_it_everywhere(paged: SlackWorld) -> None:
    """No form opens, none that is open is sent or checked, and nothing goes on; it can be stopped and taken back."""
    world = paged
    task_id = world.migrated().task_id
    world.open_form("owner")
    world.open_form("colleague")
    set_(world, **{Block.WHO: "admins"})

    world.send("owner")
    assert "only admins and owners may migrate mailboxes" in world.told("owner")[-1]
    assert refused(world, OWNER, "send the form")
    world.close("owner")
    world.press(Action.CHECK_FIRST, "owner", where=world.view("owner")["id"])
    assert "only admins and owners may migrate mailboxes" in world.told("owner")[-1]
    assert refused(world, OWNER, "check first")
    assert world.orders.all() == []
    world.slash("migrate", "colleague")
    assert "only admins and owners may migrate mailboxes" in world.told("colleague")[-1]
    assert refused(world, COLLEAGUE, "open the form")
    world.slash(f"retry {task_id}")
    assert refused(world, OWNER, "retry")
    assert world.orders.all() == []
    world.save(world.record(task_id), state=State.PAUSED, ended=None)
    world.slash(f"resume {task_id}")
    assert refused(world, OWNER, "resume")
    world.slash(f"cancel {task_id}")
    world.submit("owner")
    assert world.record(task_id).state is State.CANCELLED
    world.slash(f"rollback {task_id}")
    world.work("count")
    world.submit("owner")
    world.work()
    assert world.record(task_id).state is State.ROLLED_BACK
    assert world.open_form("admin")["callback_id"] == View.FORM


def test_the_members_of_a_user_group_and_people_who_are_named_may(paged: SlackWorld) -> None:
    """Whoever leaves the group may no longer; a form that was sent before starts nothing."""
    world = paged
    set_(world, **{Block.WHO: "chosen", Block.GROUPS: ["S0SALES001"], Block.PEOPLE: [COLLEAGUE]})

    assert world.open_form("owner")["callback_id"] == View.FORM
    assert world.open_form("colleague")["callback_id"] == View.FORM
    world.send("owner")
    world.slack.change_group("sales", remove="owner")
    people_change(world)
    world.work("check")

    assert world.tasks() == []
    assert "only people whom its admins have chosen may migrate" in words(world.view("owner")["blocks"])
    assert refused(world, OWNER, "start")
    world.slash("migrate", "owner")
    assert "only people whom its admins have chosen may migrate" in world.told("owner")[-1]


def test_without_slacks_word_on_the_groups_nobody_may_because_of_one(paged: SlackWorld) -> None:
    """The scope may be taken away later: the window says what is missing, and whoever is named still may."""
    world = paged
    set_(world, **{Block.WHO: "chosen", Block.GROUPS: ["S0SALES001"], Block.PEOPLE: [COLLEAGUE]})
    world.slack.configure(scopes=SCOPES)
    people_change(world)

    world.slash("migrate", "owner")

    assert "Slack does not tell OMM who is in them just now" in world.told("owner")[-1]
    assert world.open_form("colleague")["callback_id"] == View.FORM
    assert "usergroups:read" in words(opened(world)["blocks"])
    save(world)
    assert policy(world).groups == ("S0SALES001",)


# Servers


def test_a_server_that_is_not_allowed_is_said_at_its_field(world: SlackWorld) -> None:
    """Before any password leaves; and again beside Check first."""
    set_(world, **{Block.SOURCE_HOSTS: "*.elsewhere.example", Block.DESTINATION_HOSTS: "ex.example.org"})
    form = world.open_form()

    ack = world.send()
    world.press(Action.CHECK_FIRST, where=form["id"])

    said = "The admins of this workspace do not allow imap.example.net as a source server."
    assert ack.errors == {Block.SOURCE_SERVER: said}
    assert said in words(world.view()["blocks"])
    why = "the admins do not allow the source server"      # no entry names a server in the clear
    assert [entry[1:] for entry in entries(world)[-2:]] == [
        ("send the form", "refused", why), ("check first", "refused", why)
    ]
    assert (world.orders.all(), world.sides.signed_in) == ([], [])


def test_a_server_that_was_found_is_not_signed_in_to_where_it_is_not_allowed(world: SlackWorld) -> None:
    """It stands in no form, so only the check knows it. Nothing is asked about it."""
    set_(world, **{Block.DESTINATION_HOSTS: "ex.example.org"})

    def look_up(account: Account, _side: Side) -> Found:
        return Found(replace(account, host="other.example.org"), "Autodiscover at example.org")

    with furnished(world, look_up=look_up):
        world.open_form()

        world.send(destination_server_="")
        world.work("check")

        assert "do not allow other.example.org as a destination server" in words(world.view()["blocks"])
        assert (world.tasks(), world.sides.signed_in) == ([], [])
        assert refused(world, OWNER, "start")


def test_a_migration_stops_before_a_server_that_is_no_longer_allowed(world: SlackWorld) -> None:
    """Its card says what happened and what to do, and it goes on once that is done. A rollback asks nobody."""
    task_id = world.start().task_id
    set_(world, **{Block.SOURCE_HOSTS: "elsewhere.example"})
    signed_in = list(world.sides.signed_in)

    world.work()
    world.notify()

    card = words(world.card()["blocks"])
    assert "The admins of this workspace do not allow imap.example.net as a source server." in card
    assert "Ask an admin of this workspace to allow the server, then press Resume" in " ".join(card.split())
    assert world.sides.signed_in == signed_in
    assert (OWNER, "start", "refused", "the admins do not allow the source server") in entries(world)
    set_(world, **{Block.SOURCE_HOSTS: ""})
    world.press(Action.RESUME)
    world.work()
    assert world.record(task_id).state is State.COMPLETED
    set_(world, **{Block.SOURCE_HOSTS: "elsewhere.example", Block.DESTINATION_HOSTS: "elsewhere.example"})
    world.slash(f"rollback {task_id}")
    world.work("count")
    world.submit("owner")
    world.work()
    assert world.record(task_id).state is State.ROLLED_BACK


# The audit's channel


def posts(world: SlackWorld) -> list[str]:
    """What we have posted into the audit's channel, cards aside."""
    found = [one for one in world.slack.messages("general", "admin") if one["user"] == BOT_USER]
    return [f"{one['text']} {words(one.get('blocks', []))}" for one in found]


def test_the_audit_is_posted_into_its_channel(world: SlackWorld) -> None:
    """Each entry once, several in a message, and neither a login nor a server; nobody is notified of each."""
    world.slack.configure(scopes=(*SCOPES, *CHANNELS))
    set_(world, **{Block.AUDIT_CHANNEL: "C0GENERAL1", Block.SOURCE_HOSTS: "imap.example.net"})
    world.start()
    world.notify()

    said = " ".join(posts(world))
    assert "OMM posts its audit here from now on" in posts(world)[0]
    assert said.count("changed the settings") == 1
    assert "Aisha Rahman changed the settings (dialog) channel of the audit: none → <#C0GENERAL1>" in said
    assert "Claire Martin started it (form)" in said
    assert "imap.example.net" not in said
    assert LOGIN not in said
    assert "cannot be read" not in said
    assert "<@" not in said
    before = len(posts(world))
    world.notify()
    assert len(posts(world)) == before
    set_(world, **{Block.AUDIT_CHANNEL: None})
    world.notify()
    assert len(posts(world)) == before


@pytest.mark.parametrize(("channel", "words_"), [
    ("C0RANDOM01", "OMM is not in this channel. Type /invite @omm there"),
    ("C0ITADMIN1", "OMM is not in this channel. Type /invite @omm there"),
    ("C0ARCHIVE1", "This channel is archived. Choose another one."),
    ("C0PARTNER1", "Choose a channel of this workspace alone"),
])
def test_a_channel_that_cannot_be_posted_to_is_said_at_its_field(world: SlackWorld, channel: str, words_: str) -> None:
    """At once, and nothing is saved."""
    world.slack.configure(scopes=(*SCOPES, *CHANNELS))
    window = opened(world)

    ack = save(world, **{Block.AUDIT_CHANNEL: channel, Block.MOST_IN_ALL: "3"})

    assert [*ack.errors] == [f"{Block.AUDIT_CHANNEL}0"]
    assert ack.errors[f"{Block.AUDIT_CHANNEL}0"].startswith(words_)
    assert policy(world) == Policy()
    assert world.view("admin")["id"] == window["id"]
    assert "posts its audit here" not in str(world.slack.messages(channel))


def test_without_slacks_word_on_a_channel_nothing_is_posted(world: SlackWorld) -> None:
    """Others might read there."""
    opened(world)

    ack = save(world, **{Block.AUDIT_CHANNEL: "C0GENERAL1"})

    assert "scopes channels:read and groups:read" in ack.errors[f"{Block.AUDIT_CHANNEL}0"]
    assert policy(world) == Policy()


# Settings that nobody can read


@pytest.mark.parametrize(("stored", "why"), [
    ('{"v":2,"who":"robots"}', "stored by a newer release of OMM"),
    ('{"v":1,"who":"robots"}', "cannot be read: what the store keeps of it is damaged"),
    ("no JSON", "cannot be read: what the store keeps of it is damaged"),
])
def test_nothing_new_begins_while_nobody_can_read_them(world: SlackWorld, stored: str, why: str) -> None:
    """Everybody is told so. A rollback that was ordered is done."""
    done = world.migrated().task_id
    world.slash(f"rollback {done}")
    world.work("count")
    world.submit("owner")
    world.open_form("owner")
    world.send("owner")
    world.open_form("colleague")
    world.redis.hset(POLICIES, world.team, stored)

    world.work("check")

    assert why in words(world.view("owner")["blocks"])
    assert [task.task_id for task in world.tasks()] == [done]
    world.send("colleague")
    assert why in world.told("colleague")[-1]
    assert refused(world, COLLEAGUE, "send the form")
    world.slash("migrate", "guest")
    world.slash("migrate", "colleague")
    assert why in world.told("colleague")[-1]
    world.work("roll_back")
    assert world.record(done).state is State.ROLLED_BACK


def test_a_migration_in_line_waits_until_they_can_be_read(world: SlackWorld) -> None:
    """Its card says so; its owner can pause it meanwhile."""
    task_id = world.start().task_id
    world.redis.hset(POLICIES, world.team, "no JSON")

    world.try_once(f"migrate:{task_id}")
    world.notify()

    card = words(world.card()["blocks"])
    assert "Waiting for the settings of this workspace, which OMM cannot read." in card
    world.press(Action.PAUSE)
    assert world.record(task_id).state is State.PAUSED


def test_an_admin_sets_damaged_ones_anew(world: SlackWorld) -> None:
    """The window says that nothing begins, and has the defaults; those of a newer release are left alone.

    Who was paused by them is not any more, and stays so: that is said before they are saved.
    """
    world.redis.hset(POLICIES, world.team, '{"v":2}')
    world.slash("admin settings", "admin")
    assert "stored by a newer release" in world.told("admin")[-1]
    world.redis.hset(POLICIES, world.team, "no JSON")

    opened(world)

    said = words(world.view("admin")["blocks"])
    assert "cannot be read, so nothing new begins" in said
    assert "press Pause all again" in said.replace("*", "")
    save(world, **{Block.MOST_IN_ALL: "7"})
    assert not policy(world).is_paused
    assert policy(world).most == 7
    assert world.open_form()["callback_id"] == View.FORM


# How many at once, and how long they are kept


def test_the_card_says_for_what_a_migration_waits(world: SlackWorld) -> None:
    """One after the other, in order; each of a person."""
    set_(world, **{Block.MOST_OF_A_PERSON: "1"})
    first = world.start().task_id
    second = world.begin(world.record(first).request).task_id
    world.services.jobs.migrate(second)
    order = world.orders.find(f"migrate:{first}")
    assert order is not None
    lease = world.services.engine.store.acquire(lease_of(order), holder=order.key)
    assert isinstance(lease, Lease)
    assert turns.take(world.services, world.record(first), world.team, OWNER, policy(world)) == ""

    world.try_once(f"migrate:{second}")

    world.slash(f"status {second}")
    card = words(world.slack.ephemerals("owner")[-1])
    assert "Waiting for its turn: in this workspace, 1 migration of one person may work at once" in card
    assert f"Waiting in the queue · {second}" in card
    lease.release()
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED, State.COMPLETED]


def test_migrations_are_kept_for_as_long_as_is_set(world: SlackWorld) -> None:
    """Never longer than the operator has them kept; another workspace's are kept as before."""
    task_id = world.migrated().task_id
    set_(world, **{Block.RETENTION: "5"})
    record = world.record(task_id)
    assert record.ended is not None

    def kept(days: float, *, at_most: int = 60) -> bool:
        ended = record.ended - timedelta(days=days)
        world.save(record, ended=ended, updated=ended)
        world.redis.delete("omm:retention:due", "omm:retention:at")
        Sweep(world.redis, world.services.engine, days=at_most, audit_days=365).look()
        return task_id in [task.task_id for task in world.tasks()]

    assert kept(4.9)
    world.services.policies.change("T0ELSEWHER", lambda now: replace(now, retention_days=3))
    assert kept(4.9)
    world.redis.hset(POLICIES, world.team, "no JSON")
    assert kept(30)
    world.services.policies.change(world.team, lambda now: replace(now, retention_days=30), over_damaged=True)
    assert not kept(11, at_most=10)
