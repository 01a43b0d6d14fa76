"""Passwords: where they are, and where they never come to be."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote, quote_plus

import pytest

from bot.ids import Action, Block
from engine.errors import Side
from engine.migration.record import State
from tests.servers.slack.world import SOURCE_PASSWORD, SlackWorld
from tests.servers.world import PASSWORD

TYPED = "s3cret&<typed>+after the command"


def stored(world: SlackWorld) -> str:
    """Everything in Redis."""
    kinds = {b"string": world.redis.get, b"hash": world.redis.hgetall, b"set": world.redis.smembers,
             b"list": lambda key: world.redis.lrange(key, 0, -1),
             b"zset": lambda key: world.redis.zrange(key, 0, -1, withscores=True), b"stream": world.redis.xrange}
    return "\n".join(f"{key!r} {kinds[world.redis.type(key)](key)!r}" for key in world.redis.scan_iter())


def sent(world: SlackWorld) -> str:
    """Everything that we have sent to Slack, and everything that it shows."""
    shown = [world.slack.views("owner"), world.slack.ephemerals("owner"), world.letters(),
             world.slack.messages("migrations"), world.slack.home("owner")]
    drawn = [[{**view, "state": None} for view in shown[0]], *shown[1:]]
    return json.dumps([[call.arguments for call in world.slack.requests], drawn])


def spellings(secret: str) -> set[str]:
    escaped = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    texts = (secret, escaped)
    return {each for text in texts for each in (text, quote(text), quote_plus(text), json.dumps(text)[1:-1])}


@pytest.mark.parametrize("text", [
    TYPED, f"migrate {TYPED}", f"follow {TYPED}", f"follow 7K2F-9QXD {TYPED}", f"help {TYPED}", f"list {TYPED}",
    f"admin audit 7K2F-9QXD {TYPED}", f"cancel {TYPED}",
    f"migrate imaps://claire:{TYPED}@imap.example.net",
])
def test_what_is_typed_after_the_command_is_nowhere(
    world: SlackWorld, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    """It is in no log at any level, in no key of Redis, and in nothing that we send; the answer says so."""
    with caplog.at_level(logging.DEBUG):
        ack = world.slash(text)

    everywhere = caplog.text + stored(world) + sent(world)
    assert ack.outcome == "ok"
    assert not [spelling for spelling in spellings(TYPED) if spelling in everywhere]
    assert any("not kept" in told for told in world.told())


def test_passwords_of_the_form_are_in_the_vault_alone(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """From the form to the end of the migration, no password is in a log, in readable form in Redis, or at Slack."""
    with caplog.at_level(logging.DEBUG):
        view = world.open_form()
        world.slack.fill("owner", view["id"], world.typed(view))
        world.press(Action.SOURCE_KIND, where=view["id"], value="imap")     # Slack's answer holds what is typed
        world.send(**{Block.DESTINATION_PASSWORD: "mistyped, but secret"})
        world.work("check")
        world.submit(values={world.block(Block.DESTINATION_PASSWORD)["block_id"]: PASSWORD})
        kept = stored(world)
        world.work()
        world.notify()

    everywhere = caplog.text + kept + stored(world) + sent(world)
    secrets = (SOURCE_PASSWORD, PASSWORD, "mistyped, but secret")
    assert not [spelling for secret in secrets for spelling in spellings(secret) if spelling in everywhere]
    assert len(world.tasks()) == 1


def test_a_password_for_resuming_is_in_the_vault_alone(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """So is one that is typed when a migration goes on."""
    task_id = world.start().task_id
    world.press(Action.PAUSE)
    world.services.engine.vault.drop(task_id, Side.SOURCE)
    world.notify()
    with caplog.at_level(logging.DEBUG):
        world.press(Action.RESUME)
        world.submit(values={world.block(Block.SOURCE_PASSWORD)["block_id"]: SOURCE_PASSWORD})

    everywhere = caplog.text + stored(world) + sent(world)
    assert not [spelling for spelling in spellings(SOURCE_PASSWORD) if spelling in everywhere]
    assert world.services.engine.vault.get(task_id, Side.SOURCE) == SOURCE_PASSWORD


def test_passwords_of_a_form_that_is_never_sent_are_gone_after_a_day(corporate: SlackWorld) -> None:
    """What a menu made us keep ends with the form itself, if nobody sends it."""
    draft_id = with_kept_passwords(corporate)

    left = [corporate.redis.ttl(f"omm:secrets:{draft_id}:{side}") for side in Side]
    assert all(86_000 < seconds <= 86_400 for seconds in left)
    assert 86_000 < corporate.redis.ttl(f"omm:draft:{draft_id}") <= 86_400


def with_kept_passwords(world: SlackWorld) -> str:
    """Opens a form and fills it in; an offer with another address has the passwords kept. Returns its draft's id."""
    view = world.open_form()
    typed = world.typed(view, **{Block.DESTINATION_SERVER: "mail.corp.example"})
    world.slack.fill("owner", view["id"], typed)
    world.press(Action.OFFER, where=view["id"], value="exchange")
    assert in_vault(world, view["private_metadata"]) == list(Side)
    return str(view["private_metadata"])


def in_vault(world: SlackWorld, draft_id: str) -> list[Side]:
    return [side for side in Side if world.services.engine.vault.has(draft_id, side)]


def test_passwords_of_a_form_that_is_closed_unsent_are_gone(corporate: SlackWorld) -> None:
    """Nobody can open it again, so nothing that was typed into it is kept."""
    draft_id = with_kept_passwords(corporate)

    corporate.close()

    assert in_vault(corporate, draft_id) == []
    assert corporate.redis.keys("omm:secrets*") in ([], [b"omm:secrets:rewrite-due"])


def test_passwords_of_a_form_that_is_closed_after_its_verdict_are_gone(world: SlackWorld) -> None:
    """Its owner has read what was wrong and closes it: no letter leads back to it, and no password is kept for it."""
    view = world.open_form()
    world.send(**{Block.DESTINATION_LOGIN: "nobody@example.org"})
    world.work("check")
    read = in_vault(world, view["private_metadata"])

    world.close()

    assert read == [Side.SOURCE]
    assert in_vault(world, view["private_metadata"]) == []


def test_passwords_of_a_form_that_another_one_replaced_are_gone(corporate: SlackWorld) -> None:
    """A new form takes the place of the one on the screen, of which Slack says nothing more."""
    draft_id = with_kept_passwords(corporate)

    newer = with_kept_passwords(corporate)

    assert in_vault(corporate, draft_id) == []
    assert in_vault(corporate, newer) == list(Side)


def test_passwords_of_a_form_that_a_letter_leads_back_to_are_kept(world: SlackWorld) -> None:
    """Closed while it was being checked, and closed once more after Continue: the letter's button still opens it."""
    world.open_form()
    world.send()
    world.close()
    world.work("check")
    world.notify()
    letter = world.letters()[-1]["ts"]
    world.press(Action.CONTINUE, where=letter)
    world.close()

    world.press(Action.CONTINUE, where=letter)
    world.submit()
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]
