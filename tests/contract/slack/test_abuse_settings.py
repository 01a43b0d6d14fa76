"""Settings that were tampered with: what cannot be typed there, old windows, and whoever is no admin any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.stored.policies import Policy, Who
from emulators.slack.settings import SCOPES
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError
from engine.migration.account import parse_account
from tests.servers.private_hosts import resolved
from tests.servers.slack import hostile
from tests.servers.slack.abuses import APP, GONE, GUEST, OUTSIDERS, STRANGER, abused
from tests.servers.slack.hostile import Came, Hostile
from tests.servers.slack.workspace import ADMIN, CHANNEL, COLLEAGUE, OWNER
from wiring.connectors import Connectors

BEFORE = Policy(source_hosts=("*.example.net",), most=3)


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("settings")) as enemy:
        enemy.world.slack.configure(scopes=(*SCOPES, "channels:read", "groups:read"))
        yield enemy


@pytest.fixture(autouse=True)
def _settled(enemy: Hostile) -> None:
    """What was set before each test, and everybody as they were."""
    enemy.world.services.policies.change(enemy.world.team, lambda _now: BEFORE)
    enemy.world.slack.change_user("admin", is_admin=True)
    enemy.world.forget_people()


def option(value: Any) -> dict[str, Any]:
    return {"v": {"type": "static_select", "selected_option": {"value": value}}}


def options(*values: Any) -> dict[str, Any]:
    return {"v": {"type": "checkboxes", "selected_options": [{"value": value} for value in values]}}


def people(*users: Any) -> dict[str, Any]:
    return {"v": {"type": "multi_users_select", "selected_users": list(users)}}


def window(values: Mapping[Block, Any], digest: str = "", edition: int = 0) -> dict[str, Any]:
    named = {f"{block}{edition}": value for block, value in values.items()}
    return hostile.view(View.SETTINGS, f"{digest or BEFORE.digest} {edition}", named)


def saved(enemy: Hostile, values: Mapping[Block, Any], user: str = ADMIN, **how: Any) -> Came:
    return enemy.sends(user, hostile.submitted(user, window(values, **how)))


def now(enemy: Hostile) -> Policy:
    return enemy.world.services.policies.load(enemy.world.team)


def test_what_the_window_offers_is_saved(enemy: Hostile) -> None:
    """So that what is refused below is refused for what it is."""
    came = saved(enemy, {
        Block.WHO: option("chosen"), Block.PEOPLE: people(OWNER), Block.MOST_IN_ALL: "7",
        Block.SECOND_PERSON: options("yes"), Block.DESTINATION_HOSTS: "mail.example.org",
        Block.SERVICE_ADMINS: people(ADMIN), Block.AUDIT_CHANNEL: {"v": {"selected_conversation": CHANNEL}},
    })

    assert "omm:policies" in came.changed
    assert now(enemy).audit_channel == CHANNEL
    assert [(each.who, each.result) for each in came.entries] == [(ADMIN, "done")]
    assert now(enemy).who is Who.CHOSEN


NUMBERS = ("0", "-1", "1e3", "1.5", "+7", "0x10", "\u0663", "\u2167", "1_000", "99999999999999", "NaN", "1001", "\x007")
HOSTS = (
    "*", "*.*", "https://mail.example.org/", "mail.example.org:993", "a@example.org", "<!channel>", "x" * 2999, "a b",
    "127.0.0.1/8", "mail.example.org#", "%2a.example.org", "\u202email", "*.127.0.0.1", "mail..example.org",
)


@pytest.mark.parametrize(("block", "values"), [
    *((block, NUMBERS) for block in (Block.MOST_IN_ALL, Block.MOST_OF_A_HOST, Block.MOST_OF_A_PERSON, Block.RETENTION)),
    (Block.RETENTION, ("1", "2", "3651")), (Block.SOURCE_HOSTS, HOSTS), (Block.DESTINATION_HOSTS, HOSTS),
])
def test_what_cannot_be_typed_there_is_refused(enemy: Hostile, block: Block, values: tuple[str, ...]) -> None:
    """A number or server that is none is named at its field, and nothing of the whole window is saved."""
    for value in values:
        came = saved(enemy, {Block.MOST_IN_ALL: "9", block: value})

        assert (came.status, came.nothing, bool(came.told)) == (200, True, True), value
        assert "error of its own" not in came.told, value
    assert now(enemy) == BEFORE


@pytest.mark.parametrize("user", [COLLEAGUE, STRANGER, GUEST, GONE, APP, "U0NOBODY01"])
def test_only_admins_are_named_for_service_accounts(enemy: Hostile, user: str) -> None:
    """Whoever else was put among them is refused, and nobody is named."""
    came = saved(enemy, {Block.SERVICE_ADMINS: people(ADMIN, user)})

    assert (came.nothing, now(enemy).service_accounts) == (True, ())
    assert "admins and owners" in came.told or "Slack did not say" in came.told


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_becomes_a_member_by_the_settings(enemy: Hostile, who: str) -> None:
    """Whoever is no full member may not migrate, although the settings name them for it and for service accounts."""
    user, told = OUTSIDERS[who]
    enemy.world.services.policies.change(enemy.world.team, lambda _now: Policy(
        who=Who.CHOSEN, people=(user,), service_accounts=(user,)
    ))

    for body in (hostile.typed(user, "migrate"), hostile.clicked(user, Action.NEW, ""),
                 hostile.chosen(user, View.SHORTCUT)):
        came = enemy.sends(user, body)
        assert (came.nothing, came.told.startswith(told)) == (True, True)


def test_an_old_window_saves_nothing(enemy: Hostile) -> None:
    """What somebody else has set meanwhile stays: they see it, and whose it is."""
    enemy.world.services.policies.change(
        enemy.world.team, lambda policy: replace(policy, second_person=True, changed_by=COLLEAGUE)
    )
    old = saved(enemy, {Block.SECOND_PERSON: options()})
    other = saved(enemy, {Block.SECOND_PERSON: options()}, digest=Policy().digest)
    garbage = saved(enemy, {Block.SECOND_PERSON: options()}, digest="0" * 64)

    assert [came.nothing for came in (old, other, garbage)] == [True] * 3
    assert now(enemy).second_person
    for came in (old, other, garbage):
        assert "has changed the settings meanwhile" in came.told
        assert came.refused == [ADMIN]


def test_an_admin_who_is_none_any_more_saves_nothing(enemy: Hostile) -> None:
    """Although the window was opened before: the press is refused, and in the audit."""
    enemy.sends(ADMIN, hostile.clicked(ADMIN, Action.SETTINGS, ""))
    enemy.world.slack.change_user("admin", is_admin=False)
    enemy.world.forget_people()

    came = saved(enemy, {Block.SECOND_PERSON: options("yes"), Block.SERVICE_ADMINS: people(ADMIN)})

    assert (came.nothing, came.refused) == (True, [ADMIN])
    assert came.told.startswith("Only the admins and owners of this workspace can do that.")


def test_what_is_no_field_of_the_window_is_not_set(enemy: Hostile) -> None:
    """Fields of another edition, of other names, and what a policy has beside its settings."""
    values = {
        Block.MOST_IN_ALL: "4", "is_paused": options("yes"), "changed_by": people(OWNER), "most_in_all_1": "5",
        "who": option("admins"), "__class__": "x", "service_accounts": people(OWNER), "second_person_9": options("yes"),
    }
    saved(enemy, values)        # type: ignore[arg-type]  # names of no block

    assert now(enemy).digest == replace(BEFORE, most=4).digest
    assert (now(enemy).is_paused, now(enemy).changed_by) == (False, ADMIN)


def test_settings_open_no_private_host(enemy: Hostile) -> None:
    """They only narrow: an admin who allows a private host in every spelling opens none of them."""
    allowed = "\n".join(("localhost", "127.0.0.1", "10.0.0.1", "::1", "intranet", "*.nip.io", "169.254.169.254"))
    saved(enemy, {Block.SOURCE_HOSTS: allowed, Block.DESTINATION_HOSTS: allowed})
    connectors = Connectors(Network(resolve_name=resolved))

    assert len(now(enemy).source_hosts) == 7
    for host in ("localhost", "127.0.0.1", "10.0.0.1", "[::1]", "intranet", "127.0.0.1.nip.io", "169.254.169.254"):
        with pytest.raises(FatalError) as refused:
            connectors.check_source(parse_account(f"imaps://claire@{host}"), "-")
        assert refused.value.cause is Cause.HOST_NOT_ALLOWED


AROUND = (
    "mail.evil.example", "MAIL.EVIL.EXAMPLE", "mail.example.net.evil.example", "example.net", "example.net.",
    "mail.example.net@evil.example", "evilexample.net", "mail.example.net..evil.example", "93.184.216.34",
    "mail\u3002evil\uff0eexample", "https://evil.example/?mail.example.net", "mail.example.net.evil\u00adexample",
    "<https://evil.example|mail.example.net>", "<https://mail.example.net@evil.example|mail.example.net>",
    "[::ffff:93.184.216.34]", "xn--mil-6cd.example.ne", "m\u0430il.example.ne\u0442",
)


def test_settings_are_not_got_around_by_spelling(enemy: Hostile) -> None:
    """A host that the settings do not allow is not allowed in capitals, with a dot, in other letters, by its number."""
    world = enemy.world
    for host in AROUND:
        draft = world.services.drafts.new(team=world.team, owner=OWNER, channel="")
        values = {Block.SOURCE_SERVER: host, Block.SOURCE_LOGIN: "claire", "source_password_0": "one",
                  "destination_server_0": "ex.example.org", Block.DESTINATION_LOGIN: "claire@example.org",
                  "destination_password_0": "two", Block.CONTENTS: options("mail")}
        told = hostile.said(enemy.post(hostile.submitted(OWNER, hostile.view(View.FORM, draft.id, values))))
        signed_in = list(world.sides.signed_in)
        world.work("check")

        found = world.services.drafts.load(draft.id)
        assert found is not None
        assert world.sides.signed_in == signed_in, host
        assert told or found.verdict is not None, host
        assert world.tasks() == []
