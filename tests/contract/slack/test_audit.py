"""The audit over Slack's signed protocol: where each act was done, and the window in which admins read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import admin
from bot.ids import Action
from emulators.slack.settings import SCOPES
from tests.servers.slack.world import ADMIN, COLLEAGUE, LOGIN, OWNER, SlackWorld, words
from tests.servers.world import ADDRESS


@pytest.fixture
def task_id(world: SlackWorld) -> str:
    """A migration of the owner's in line, begun with the form."""
    return world.start().task_id


def entries(world: SlackWorld) -> list[tuple[str, str, str, str]]:
    """Who did what from where, with what result, the oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [(e.who, e.surface, e.what, e.result) for e in reversed(found) if e is not None and e.what != "state"]


def window(world: SlackWorld, user: str = "admin") -> str:
    """What stands in the window on top."""
    return " ".join(words(world.view(user)["blocks"]).split())


def read(world: SlackWorld, about: str = "") -> str:
    """What the admin reads who asks for it."""
    world.slash(f"admin audit {about}", "admin")
    return window(world)


def test_it_says_from_where_each_act_was_done(world: SlackWorld, task_id: str) -> None:
    """The form, a card, a command, a dialog and the home tab; who was refused, too. Its worker starts a migration."""
    world.press(Action.PAUSE)
    world.slash(f"resume {task_id}")
    world.slash(f"cancel {task_id}", "colleague")
    world.press(Action.CANCEL, "colleague")
    world.press(Action.CANCEL)
    world.submit()
    world.slack.open_home("owner")
    world.listeners.settle()

    assert entries(world) == [
        (OWNER, "form", "send the form", "done"),
        (OWNER, "form", "start", "done"),
        (OWNER, "card", "pause", "done"),
        (OWNER, "command", "resume", "done"),
        (COLLEAGUE, "command", "cancel", "refused"),
        (COLLEAGUE, "card", "cancel", "refused"),
        (OWNER, "dialog", "cancel", "done"),
    ]


def test_what_was_set_has_names(world: SlackWorld) -> None:
    """Channels, user groups and people in it are shown as Slack calls them: nobody knows one by its ID."""
    person, before = world.services.people.look(ADMIN), world.services.policies.load(world.team)
    wanted = replace(before, audit_channel="C0GENERAL1", groups=("S0MOVERS01",), people=(COLLEAGUE,))
    admin.change_settings(world.services, person, before.digest, wanted)

    said = read(world)

    assert "channel of the audit: none → <#C0GENERAL1>" in said
    assert "user groups that may migrate: none → <!subteam^S0MOVERS01>" in said
    assert f"people who may migrate: none → <@{COLLEAGUE}>" in said


def test_an_admin_reads_who_did_what(world: SlackWorld, task_id: str) -> None:
    """Both mailboxes among it, and the states that the migration has come to; nobody else sees the window."""
    world.press(Action.PAUSE)

    shown = read(world, task_id)

    assert f"{task_id} <@{OWNER}> paused it (card)" in shown
    assert f"{LOGIN} on imap.example.net → {ADDRESS} on ex.example.org" in shown
    assert "noted that it is paused" in shown
    assert "omm_audit" not in [view["callback_id"] for view in world.slack.views("owner")]


def test_a_form_that_is_refused_starts_nothing(world: SlackWorld) -> None:
    """It says why in words that name no account, as there is no task whose key they could go with."""
    world.open_form()
    world.send(source_password_="another one")
    world.work("check")

    assert entries(world)[-1] == (OWNER, "form", "start", "refused")
    assert "source: login or password" in read(world)
    assert LOGIN not in window(world)


@pytest.mark.parametrize("typed", ["admin audit", "admin audit 7K2F-9QXD", "admin adit"])
def test_it_is_for_admins_alone(world: SlackWorld, typed: str) -> None:
    """All others are told so, see no window, and are in it."""
    world.slash(typed, "colleague")

    assert "Only the admins and owners of this workspace can do that." in world.told("colleague")[-1]
    assert entries(world) == [(COLLEAGUE, "command", "read the audit", "refused")]


@pytest.mark.parametrize("typed", ["admin adit", "admin audit everything", "admin audit 7K2F-9QXD 3MNP-4RST"])
def test_an_admin_who_types_something_else_is_told_what_there_is(world: SlackWorld, typed: str) -> None:
    """With an example."""
    world.slash(typed, "admin")

    assert "/omm admin audit 7K2F-9QXD" in world.told("admin")[-1]
    assert world.slack.views("admin") == []


def test_it_is_turned_page_by_page(world: SlackWorld, task_id: str) -> None:
    """Back and forth; whoever is no admin any more gets no other page."""
    for number in range(25):
        world.slash(f"report {task_id}", "colleague" if number % 2 else "owner")
    newest, where = read(world), world.view("admin")["id"]

    world.press(Action.AUDIT_OLDER, "admin", where=where)
    oldest = window(world)
    world.press(Action.AUDIT_NEWER, "admin", where=where)
    back = window(world)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()
    world.press(Action.AUDIT_OLDER, "admin", where=where)

    assert ("sent the form" in newest, "sent the form" in oldest) == (False, True)
    assert newest.split("newest first")[1][:400] in back
    assert "Only the admins" in world.told("admin")[-1]
    assert entries(world)[-1] == (ADMIN, "dialog", "read the audit", "refused")


def test_it_comes_as_a_file_where_the_scope_allows_it(world: SlackWorld, task_id: str) -> None:
    """Without it the window says how to get the file. That it was asked for is in the audit."""
    read(world, task_id)

    world.press(Action.AUDIT_FILE, "admin", where=world.view("admin")["id"])
    without = window(world)
    world.slack.configure(scopes=(*SCOPES, "files:write"))
    world.press(Action.AUDIT_FILE, "admin", where=world.view("admin")["id"])

    assert "omm admin audit --csv audit.csv" in without
    assert "in your direct messages" in window(world)
    assert world.letters("admin")[-1]["files"][0]["name"] == f"audit-{task_id}.csv"
    assert entries(world)[-1] == (ADMIN, "dialog", "take the audit as a file", "done")


def test_the_help_names_it_to_admins(world: SlackWorld) -> None:
    """And to nobody else."""
    world.slash("help")
    world.slash("help", "admin")

    assert "/omm admin audit" in world.told("admin")[-1]
    assert "/omm admin audit" not in world.told()[-1]
