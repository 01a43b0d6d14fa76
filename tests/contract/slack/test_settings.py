"""The settings of a workspace: what an admin sets over Slack's signed protocol, and that it holds at every use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.ids import Block
from bot.stored.policies import Policy
from emulators.slack import Ack
from emulators.slack.settings import SCOPES
from tests.contract.slack.conftest import furnished
from tests.servers.slack_world import ADMIN, OWNER, SlackWorld, words


@pytest.fixture
def paged(world: SlackWorld) -> Iterator[SlackWorld]:
    """Its operator has set up the private page, and Slack tells of user groups."""
    world.slack.configure(scopes=(*SCOPES, "usergroups:read"))
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
