"""/omm follow: who gets a card of somebody's task, and what whoever guesses learns."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.ids import View
from bot.stored.guesses import ALLOWED
from bot.stored.threads import Act
from engine.migration.account import Access
from engine.migration.task_id import new_task_id
from tests.servers.slack.world import ADMIN, COLLEAGUE, LOGIN, SlackWorld, words
from tests.servers.world import ADDRESS

FIELD = "login"


def follow(world: SlackWorld, task_id: str, user: str = "colleague", login: str = LOGIN) -> dict[str, str]:
    """Types the command and the login; what the form says is wrong with it."""
    world.slash(f"follow {task_id}", user)
    return world.submit(user, {FIELD: login}).errors


def cards(world: SlackWorld, user: str) -> list[dict[str, object]]:
    world.notify()
    return [one for one in world.letters(user) if one.get("blocks", [{}])[0].get("type") == "header"]


def buttons(card: dict[str, object]) -> int:
    return json.dumps(card).count('"button"')


def test_a_colleague_who_knows_the_login_follows(world: SlackWorld) -> None:
    """They get a card in their own conversation, which shows how far it is, shortens logins, and has no buttons."""
    task_id = world.start().task_id

    errors = follow(world, task_id)
    world.work()

    (card,) = cards(world, "colleague")
    assert errors == {}
    assert "Completed" in str(card["text"])
    assert buttons(card) == 0
    assert LOGIN not in words(card)
    assert ADDRESS not in words(card)
    assert f"You follow migration {task_id} now" in world.told("colleague")[-1]


def test_a_mailbox_that_a_service_account_opens_is_followed_by_its_own_address(world: SlackWorld) -> None:
    """Who knows the service account's login knows none of its mailboxes, and the card does not tell it."""
    task_id, store = world.start().task_id, world.services.engine.store
    record = store.load(task_id)
    source = replace(record.request.source, mailbox="bob@example.org", access=Access.IMPERSONATION)
    store.save(replace(record, request=replace(record.request, source=source)))

    assert FIELD in follow(world, task_id, login=LOGIN)
    assert follow(world, task_id, login="BOB@example.org") == {}
    (card,) = cards(world, "colleague")
    assert "b***@example.org" in words(card)
    assert LOGIN not in words(card)


@pytest.mark.parametrize("user", ["owner", "admin"])
def test_owner_and_admins_follow_without_being_asked(world: SlackWorld, user: str) -> None:
    """Whoever may steer the task gets a card with its buttons at once; only its owner's shows whole logins."""
    task_id = world.start().task_id

    world.slash(f"follow {task_id.lower().replace('-', '')}", user)

    (card,) = cards(world, user)
    assert world.slack.views(user)[-1:] == ([] if user == "admin" else world.slack.views("owner")[-1:])
    assert buttons(card) > 0
    assert (LOGIN in words(card)) is (user == "owner")


def test_a_card_of_an_admin_is_steered_from_there(world: SlackWorld) -> None:
    """Its buttons work as those of the first card do."""
    task_id = world.start().task_id
    world.slash(f"follow {task_id}", "admin")
    (card,) = cards(world, "admin")

    world.press("omm_pause", "admin", where=str(card["ts"]))

    assert world.record(task_id).state == "paused"
    assert [press.user for press in world.services.threads.pressed(task_id)] == [ADMIN, ADMIN]


@pytest.mark.parametrize("login", [LOGIN.upper(), f"  {LOGIN} ", f"<mailto:{LOGIN}|{LOGIN}>"])
def test_the_login_may_be_written_otherwise(world: SlackWorld, login: str) -> None:
    """Case, spaces and what Slack makes of a pasted address do not matter."""
    task_id = world.start().task_id

    assert follow(world, task_id, login=login) == {}


@pytest.mark.parametrize("login", ["claire", "claire@example.org", "-", ADDRESS])
def test_a_wrong_login_and_an_unknown_task_look_the_same(world: SlackWorld, login: str) -> None:
    """Whoever guesses cannot tell whether there is such a task: same window, same words, same work."""
    known, unknown = world.start().task_id, new_task_id()

    def tried(task_id: str) -> tuple[object, ...]:
        before = len(world.slack.requests)
        errors = follow(world, task_id, login=login)
        shown = json.dumps(world.view("colleague")["blocks"]).replace(task_id, "-")
        asked = [call.method for call in world.slack.requests[before:]]
        world.slack.close("colleague", world.view("colleague")["id"])
        return errors, shown, asked

    first, second = tried(known), tried(unknown)

    assert first[0] == second[0] != {}
    assert first[1] == second[1]
    assert first[2][-1:] == second[2][-1:] == ["views.open"]
    assert cards(world, "colleague") == []


def test_guesses_are_few(world: SlackWorld) -> None:
    """After five within ten minutes, even the right login is refused, and the form says how long to wait."""
    task_id = world.start().task_id
    for number in range(ALLOWED):
        follow(world, task_id, login=f"guess{number}@example.net")

    errors = follow(world, task_id)

    assert "10 minutes" in errors[FIELD]
    assert cards(world, "colleague") == []


def test_guesses_at_one_task_are_few_whoever_guesses(world: SlackWorld) -> None:
    """Colleagues who guess together are stopped together."""
    world.slack.change_channel("general", join="colleague")
    task_id = world.start().task_id
    world.slack.change_user("admin", is_admin=False)
    for number in range(ALLOWED):
        follow(world, task_id, login=f"guess{number}@example.net")

    assert "10 minutes" in follow(world, task_id, "admin")[FIELD]


def test_guesses_are_written_down_without_what_was_typed(world: SlackWorld) -> None:
    """Whoever runs the app can see who guessed at what and when, and nothing of the guess."""
    task_id = world.start().task_id

    follow(world, task_id, login="a-guess@example.net")
    follow(world, task_id)

    lines = [json.loads(line) for line in world.redis.lrange("omm:guesses", 0, -1)]
    assert [(line["user"], line["task"], line["right"]) for line in lines] == [
        (COLLEAGUE, task_id, True), (COLLEAGUE, task_id, False)
    ]
    assert all("a-guess" not in json.dumps(line) for line in lines)


@pytest.mark.parametrize("text", ["follow", "follow me", "follow 7K2F", "follow claire@example.net"])
def test_what_is_no_task_id_is_explained(world: SlackWorld, text: str) -> None:
    """The answer says what a task ID looks like; no window opens, and nobody is scared."""
    world.slash(text, "colleague")

    assert world.slack.views("colleague") == []
    assert "7K2F-9QXD" in world.told("colleague")[0]
    assert "was not kept" not in world.told("colleague")[0]


def test_a_login_typed_after_the_id_goes_nowhere(world: SlackWorld) -> None:
    """It belongs into the window, which opens empty; the rest of the command was not kept."""
    task_id = world.start().task_id

    world.slash(f"follow {task_id} {LOGIN} hunter2", "colleague")

    assert world.view("colleague")["callback_id"] == View.FOLLOW
    assert world.held(FIELD, "colleague") is None
    assert "was not kept" in world.told("colleague")[0]
    assert world.services.threads.pressed(task_id) == ()


def test_of_two_ids_neither_is_followed(world: SlackWorld) -> None:
    """Nobody shall think that they follow both; the words are those of every other command."""
    first, second = new_task_id(), new_task_id()

    world.slash(f"follow {first} {second}", "admin")

    assert f"Type one task ID at a time, for example `/omm follow {first}`. Nothing was done." in world.told("admin")[0]


def test_a_task_id_in_two_words_is_one(world: SlackWorld) -> None:
    """As people read it out, so it can be typed."""
    task_id = world.start().task_id

    world.slash(f"follow {task_id.replace('-', ' ')}", "colleague")

    assert world.view("colleague")["callback_id"] == View.FOLLOW
    assert world.told("colleague") == []


@pytest.mark.parametrize("user", ["guest"])
def test_guests_cannot_follow(world: SlackWorld, user: str) -> None:
    """Not even with the right login: no window opens."""
    task_id = world.start().task_id

    world.slash(f"follow {task_id}", user)

    assert world.slack.views(user) == []
    assert "Guests cannot" in world.told(user)[0]


@pytest.mark.parametrize("became", [{"is_ultra_restricted": True}, {"team": "T0ELSEWHERE"}])
def test_who_is_no_member_any_more_cannot_follow(world: SlackWorld, became: dict[str, object]) -> None:
    """A window that was opened by a member is refused to whom they have become."""
    task_id = world.start().task_id
    world.slash(f"follow {task_id}", "colleague")
    world.slack.change_user("colleague", **became)
    world.forget_people()

    world.submit("colleague", {FIELD: LOGIN})

    assert world.services.threads.pressed(task_id) == ()
    assert world.told("colleague") != []


def test_following_twice_is_following_once(world: SlackWorld) -> None:
    """Who follows already is told where the card is."""
    task_id = world.start().task_id
    follow(world, task_id)

    follow(world, task_id)

    assert "already" in world.told("colleague")[-1]
    assert len(cards(world, "colleague")) == 1
    assert [press.act for press in world.services.threads.pressed(task_id)] == [Act.FOLLOW]


def test_an_owner_whose_card_is_in_their_conversation_is_told_so(world: SlackWorld) -> None:
    """There is no second card beside the first."""
    task_id = world.start(channel="dm").task_id

    world.slash(f"follow {task_id}", "owner")

    assert "already" in words(world.slack.ephemerals("owner"))
    assert len(cards(world, "owner")) == 1


def test_an_admin_is_told_that_a_task_is_unknown(world: SlackWorld) -> None:
    """Who may see every task is not asked for a login that leads nowhere."""
    world.slash(f"follow {new_task_id()}", "admin")

    assert world.slack.views("admin") == []
    assert "There is no migration" in world.told("admin")[0]
