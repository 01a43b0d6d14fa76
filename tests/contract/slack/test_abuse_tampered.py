"""Values that Slack hands back and that nothing of ours has written: other people's IDs, other pages, and garbage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pytest

from bot.ids import Action, View
from tests.servers.slack import hostile
from tests.servers.slack.abuses import (
    ACTIONS,
    ADMIN_WORDS,
    NOT_THEIRS,
    TASK_WORDS,
    VIEWS,
    Owned,
    abused,
    amiss,
    click,
    given,
    on,
    windows,
)
from tests.servers.slack.hostile import Came, Hostile
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER

SECOND = "T0SECOND01"
GARBAGE: Mapping[str, str] = MappingProxyType({
    "nothing": "", "no task": "0000-0000", "long": "x" * 3000, "digits": "9" * 3000,
    "letters": "\u0416\u05d0\u4e2d\u0669-\u212a\u017f\uff17\uff2b", "turned": "\u202e7K2F-9QXD\u2066",
    "a control character": "7K2F\x009QXD\r\n", "a key": "omm:task:*", "a mark": "<!channel> <@U0ADMIN001>",
    "deep": "[" * 3000, "a list": "[]", "nulls": '{"task": null, "then": null, "items": null, "at": null}',
    "infinite": '{"task": "0000-0000", "then": "x", "items": Infinity, "kept": NaN, "at": Infinity, "stays": []}',
    "another page": "0000-0000 -1 ALL", "page of letters": "0000-0000 one ALL", "another place": "- <nine-0",
})
UNREAD = {View.ALL, Action.PAUSE_ALL, Action.GO_ON}     # nothing in them says what is done


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("tampered")) as enemy:
        yield enemy


@pytest.fixture(scope="module")
def owned(enemy: Hostile) -> Owned:
    return given(enemy.world)


def garbled(user: str, garbage: str) -> dict[str, bytes]:
    """Every button and window with that in the place of what is told apart by it."""
    found = {
        str(action): hostile.clicked(
            user, action, garbage, row.view and hostile.view(row.view, garbage, row.values), menu=row.menu
        )
        for action, row in ACTIONS.items() if not row.members and row.value + row.metadata
    }
    return found | {
        f"{view} {number}": hostile.submitted(user, hostile.view(view, garbage, row.values))
        for number, (view, row) in enumerate(VIEWS)
    }


def faults(came: Came, user: str) -> list[str]:
    """What is amiss of an answer to garbage."""
    found = [f"status {came.status}"] if came.status != 200 else []
    found += [f"changed: {came.changed}"] if came.changed or came.seen else []
    found += [f"told: {came.told!r}"] if not came.told or "error of its own" in came.told else []
    return found + ([] if came.refused == [user] and len(came.entries) == 1 else [f"audit: {came.refused}"])


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("user", [OWNER, ADMIN])
def test_garbage_is_refused_in_words(enemy: Hostile, owned: Owned, user: str, name: str) -> None:
    """Whatever stands in the value of a button or behind a window, whoever may use it reads that there is no such.

    Each is sent by one of the two, half of them by either; tests/load/test_abuse_at_length.py has both send all.
    """
    first = (list(GARBAGE).index(name) + (user == ADMIN)) % 2
    assert owned.waiting
    assert refused_otherwise(enemy, user, name, slice(first, None, 2)) == {}


def refused_otherwise(enemy: Hostile, user: str, name: str, which: slice = slice(None)) -> dict[str, list[str]]:
    """What is amiss of the answers to those of all buttons and windows."""
    known = tuple(map(str, UNREAD))
    garbage = [(each, body) for each, body in garbled(user, GARBAGE[name]).items() if not each.startswith(known)]
    came = enemy.sends_all(user, dict(garbage[which]))
    return {each: wrong for each, one in came.items() if (wrong := faults(one, user))}


@pytest.mark.parametrize("user", [OWNER, ADMIN])
def test_what_is_of_another_workspace_is_nobodys(enemy: Hostile, user: str) -> None:
    """The namesake of its owner, and our admin, click in vain on what was begun in another workspace."""
    theirs = given(enemy.world, team=SECOND)
    bodies: dict[str, bytes] = {
        action: click(action, user, theirs) for action, row in ACTIONS.items() if any(row.names)
    }
    for name, body in windows(user, theirs, members=False).items():
        bodies |= {} if name.startswith((View.SETTINGS, f"{View.ALL} ")) else {name: body}

    assert amiss(enemy, bodies, user, *NOT_THEIRS, "There is nothing to decide") == {}


# whose own value says what is meant
BY_VALUE = {        # their value says what is meant
    Action.STOP, Action.REPORT_PAGE, Action.REPORT_FILE, Action.PAGE_OPEN, Action.AUTHORISE_OPEN,
}


def test_a_colleagues_own_window_opens_nobody_elses(enemy: Hostile, owned: Owned) -> None:
    """Their own task or form in one place, and somebody else's in the other: what is named second is looked at, too."""
    own = given(enemy.world, COLLEAGUE)
    bodies: dict[str, bytes] = {}
    for action, row in ACTIONS.items():
        value, window = (owned, own) if action in BY_VALUE else (own, owned)
        if row.names[1]:
            bodies[action] = hostile.clicked(
                COLLEAGUE, action, row.value.format_map(vars(value)), on(row, window), menu=row.menu
            )

    assert len(bodies) >= 11
    assert amiss(enemy, bodies, COLLEAGUE, *NOT_THEIRS) == {}


def test_a_task_id_that_is_guessed_tells_nothing(enemy: Hostile, owned: Owned) -> None:
    """What somebody reads of somebody else's migration is what they read of one that never was, or is elsewhere."""
    theirs = given(enemy.world, team=SECOND)
    for word in TASK_WORDS:
        said = []
        for task_id in (owned.waiting, "0000-0000", theirs.waiting, owned.ended, owned.draft):
            came = enemy.sends(COLLEAGUE, hostile.typed(COLLEAGUE, f"{word} {task_id}"))
            said.append((came.status, came.told.replace(task_id, "ID"), came.nothing, came.refused))

        assert said == [said[0]] * len(said), word
        assert said[0][2:] == (True, [] if word == "follow" else [COLLEAGUE]), word
    for word in ADMIN_WORDS:
        assert enemy.sends(COLLEAGUE, hostile.typed(COLLEAGUE, word)).refused == [COLLEAGUE]


def test_logins_are_guessed_ten_times_at_most(enemy: Hostile) -> None:
    """After that not even the right one counts, of a task that there is or of one that never was."""
    owned = given(enemy.world)
    for task_id in (owned.waiting, "0000-0000"):
        said = [guess(enemy, COLLEAGUE, task_id, f"someone{number}@example.net") for number in range(12)]
        last = guess(enemy, COLLEAGUE, task_id, "claire@example.net")

        assert [each.nothing for each in (*said, last)] == [True] * 13
        assert "tried too often" in last.told
        assert last.refused == [COLLEAGUE]


def guess(enemy: Hostile, user: str, task_id: str, login: str) -> Came:
    return enemy.sends(user, hostile.submitted(user, hostile.view(View.FOLLOW, task_id, {"login": login})))
