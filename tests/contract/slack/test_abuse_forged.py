"""Requests that are not Slack's, not of now, or not for the first time: whatever they carry, nothing comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from bot.ids import Action, View
from engine.migration.record import State
from tests.servers.slack import hostile
from tests.servers.slack.abuses import Owned, abused, click, given
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.signed import FORM, SECRET
from tests.servers.slack.workspace import OWNER

Body = tuple[bytes, str]
OTHER_SECRET, YEAR = "0" * 32, 365 * 86_400


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("forged")) as enemy:
        yield enemy


def bodies(owned: Owned) -> Mapping[str, Body]:
    """What the owner may send: each of it does something."""
    form = hostile.view(View.FORM, owned.draft)
    return {
        "command": (hostile.typed(OWNER, f"pause {owned.waiting}"), FORM),
        "button": (click(Action.PAUSE, OWNER, owned), FORM),
        "button in a window": (click(Action.STOP, OWNER, owned), FORM),
        "menu": (click(Action.SOURCE_KIND, OWNER, owned), FORM),
        "shortcut": (hostile.chosen(OWNER, View.SHORTCUT), FORM),
        "window": (hostile.submitted(OWNER, hostile.view(View.CANCEL, f"{owned.waiting} at once")), FORM),
        "order": (hostile.submitted(OWNER, hostile.view(View.FORGET, f"{owned.ended} roll back")), FORM),
        "window closed": (hostile.closed(OWNER, form), FORM),
        "home tab": hostile.happened(OWNER, "app_home_opened", tab="home"),
        "message": hostile.happened(OWNER, "message", channel_type="im", text="hello"),
        "app removed": hostile.happened("", "app_uninstalled"),
    }


@pytest.mark.parametrize("how", [
    {"secret": OTHER_SECRET}, {"secret": ""}, {"secret": SECRET.upper()}, {"signed": b""}, {"signed": b"token=1"},
    {"age": 400}, {"age": -400}, {"age": YEAR}, {"age": 400, "secret": OTHER_SECRET},
], ids=str)
def test_what_is_forged_or_old_does_nothing(enemy: Hostile, how: Mapping[str, object]) -> None:
    """Signed with another secret, over another body, or 400 seconds off: all is answered 401, and not even noted."""
    for name, (body, kind) in bodies(given(enemy.world)).items():
        came = enemy.sends(OWNER, body, kind, **how)

        assert (came.status, came.nothing, came.told, came.entries) == (401, True, "", ()), name


def test_one_byte_more_or_less_is_another_body(enemy: Hostile) -> None:
    """What follows the signed body, or is missing of it, makes it a forgery."""
    for name, (body, kind) in bodies(given(enemy.world)).items():
        for changed in (body + b"&", body + b" ", body[:-1], body.replace(b"0", b"1", 1)):
            came = enemy.sends(OWNER, changed, kind, signed=body)

            assert (came.status, came.nothing, came.entries) == (401, True, ()), name


def test_what_is_replayed_does_nothing_more(enemy: Hostile) -> None:
    """The very same request again, signature, time and trigger included: it is done once, and in the audit once."""
    done = []
    for name in bodies(given(enemy.world)):
        body, kind = bodies(given(enemy.world))[name]       # each about tasks of its own
        first = enemy.sends(OWNER, body, kind)
        again = [enemy.sends(OWNER, body, kind) for _ in range(2)]

        done += [name] if not first.nothing or first.told else []
        assert [(came.status, came.nothing, came.entries) for came in again] == [(200, True, ())] * 2, name
    assert {"command", "button", "button in a window", "menu", "window", "order", "home tab", "message"} <= set(done)


def test_a_click_replayed_after_it_was_taken_back_does_nothing(enemy: Hostile) -> None:
    """Paused, resumed, and the first click sent once more: the migration goes on."""
    owned = given(enemy.world)
    paused, kind = click(Action.PAUSE, OWNER, owned), FORM
    enemy.sends(OWNER, paused, kind)
    assert enemy.world.record(owned.waiting).state is State.PAUSED
    enemy.sends(OWNER, hostile.clicked(OWNER, Action.RESUME, owned.waiting))

    came = enemy.sends(OWNER, paused, kind)

    assert (came.nothing, came.entries) == (True, ())
    assert enemy.world.record(owned.waiting).state is State.WAITING


def test_a_trigger_serves_for_one_act(enemy: Hostile) -> None:
    """The same click of the same trigger on another task is no second click."""
    owned = given(enemy.world)
    first = click(Action.PAUSE, OWNER, owned)
    enemy.sends(OWNER, first)
    other = given(enemy.world)

    came = enemy.sends(OWNER, first.replace(owned.waiting.encode(), other.waiting.encode()))

    assert (came.status, came.nothing, came.entries) == (200, True, ())
    assert enemy.world.record(other.waiting).state is State.WAITING
