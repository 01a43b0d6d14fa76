"""Clicks that nobody has offered: every button, window and command, by everybody who may not.

Each is refused in words that say why, has one line in the audit, and changes nothing: no task, form, password or
setting, and nothing that others see. A new button, window or command needs a row in tests/servers/slack/abuses.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.ids import Action, View
from bot.views.answers import SUBCOMMANDS
from tests.servers.slack import hostile
from tests.servers.slack.abuses import (
    ACTIONS,
    ADMIN_WORDS,
    APP,
    GONE,
    GUEST,
    NOT_SENT,
    NOT_THEIRS,
    OUTSIDERS,
    STRANGER,
    TASK_WORDS,
    VIEWS,
    Owned,
    abused,
    amiss,
    click,
    commands,
    given,
    on,
    windows,
)
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import ADMIN, COLLEAGUE


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """One for all: what is refused changes nothing."""
    with abused(tmp_path_factory.mktemp("abuse")) as enemy:
        yield enemy


@pytest.fixture(scope="module")
def owned(enemy: Hostile) -> Owned:
    return given(enemy.world)


def test_every_button_and_window_has_a_row() -> None:
    """Nothing that can be pressed or sent is missing above."""
    assert set(ACTIONS) == set(Action)
    assert {view for view, _ in VIEWS} | NOT_SENT | {View.SHORTCUT} == set(View)
    assert {*TASK_WORDS, "migrate", "list", "help"} == set(SUBCOMMANDS)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_button_is_not_for_outsiders(enemy: Hostile, owned: Owned, who: str) -> None:
    """Whoever is no full member of this workspace presses any button in vain, and reads why."""
    user, told = OUTSIDERS[who]


    assert amiss(enemy, {action: click(action, user, owned) for action in ACTIONS}, user, told) == {}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_window_is_not_for_outsiders(enemy: Hostile, owned: Owned, who: str) -> None:
    """The same for whatever can be sent, and for the shortcut."""
    user, told = OUTSIDERS[who]
    bodies = {**windows(user, owned), "shortcut": hostile.chosen(user, View.SHORTCUT)}

    assert amiss(enemy, bodies, user, told) == {}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_command_is_not_for_outsiders(enemy: Hostile, owned: Owned, who: str) -> None:
    """The same for whatever can be typed, with a task ID and without."""
    user, told = OUTSIDERS[who]

    assert amiss(enemy, commands(user, owned), user, told) == {}


def test_a_button_of_somebody_elses_is_not_for_a_colleague(enemy: Hostile, owned: Owned) -> None:
    """A full member who neither owns it nor is an admin presses it in vain; what is for admins alone, too."""
    theirs = {action: click(action, COLLEAGUE, owned) for action, row in ACTIONS.items() if not row.members}

    assert amiss(enemy, theirs, COLLEAGUE, *NOT_THEIRS) == {}


def test_a_window_of_somebody_elses_is_not_for_a_colleague(enemy: Hostile, owned: Owned) -> None:
    """The same for whatever can be sent."""
    assert amiss(enemy, windows(COLLEAGUE, owned, members=False), COLLEAGUE, *NOT_THEIRS) == {}


def test_a_command_for_somebody_elses_task_is_not_for_a_colleague(enemy: Hostile, owned: Owned) -> None:
    """The same for whatever can be typed about a task, but `follow`, which asks for proof."""
    bodies = {
        name: body for name, body in commands(COLLEAGUE, owned).items()
        if name.startswith("admin") or (owned.waiting in name and not name.startswith("follow"))
    }

    assert len(bodies) == len(TASK_WORDS) + len(ADMIN_WORDS) - 1
    assert amiss(enemy, bodies, COLLEAGUE, *NOT_THEIRS) == {}


def test_a_form_is_its_owners_alone(enemy: Hostile, owned: Owned) -> None:
    """Not even an admin's."""
    bodies: dict[str, bytes] = {
        action: click(action, ADMIN, owned) for action, row in ACTIONS.items() if "draft" in row.value + row.metadata
    }
    (form,) = (row for name, row in VIEWS if name is View.FORM)
    bodies["sent"] = hostile.submitted(ADMIN, on(form, owned, View.FORM) or {})

    assert len(bodies) == 14
    assert amiss(enemy, bodies, ADMIN, "Only the person who opened this form can continue it.") == {}


def test_a_form_that_somebody_else_closes_stays(enemy: Hostile, owned: Owned) -> None:
    """Nobody is told anything, and its password is still there."""
    for user in (COLLEAGUE, ADMIN, STRANGER, GUEST, GONE, APP):
        assert enemy.sends(user, hostile.closed(user, hostile.view(View.FORM, owned.draft))).nothing, user


def test_what_happens_to_outsiders_draws_and_starts_nothing(enemy: Hostile) -> None:
    """Whoever opens the home tab or writes to the app reads why it is not for them, and no more."""
    for who, (user, told) in OUTSIDERS.items():
        opened = enemy.sends(user, *hostile.happened(user, "app_home_opened", tab="home"))
        wrote = enemy.sends(user, *hostile.happened(user, "message", channel_type="im", text="migrate"))

        assert (opened.nothing, wrote.nothing) == (True, True), who
        assert wrote.told.startswith(told) or user in (APP, "U0NOBODY01"), who
