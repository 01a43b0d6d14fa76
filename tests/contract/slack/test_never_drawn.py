"""What stands behind a button or window and was never drawn there is refused in words, with a line in the audit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.ids import Action, View
from tests.servers.slack import hostile
from tests.servers.slack.abuses import ACTIONS, abused
from tests.servers.slack.hostile import Came, Hostile
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER

GARBAGE = ("", "x", "0000-0000 one ALL", "[]", '{"task": null, "then": null, "items": null, "at": null}')


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("garbage")) as enemy:
        yield enemy


def wrong(came: Came, user: str) -> list[str]:
    found = [came.told] if not came.told or "error of its own" in came.told else []
    return found + ([] if came.refused == [user] else ["no line in the audit"])


@pytest.mark.parametrize("view", [View.ROLLBACK, View.PASSWORD, View.DELETE])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_window_with_garbage_behind_it_is_refused(enemy: Hostile, view: View, garbage: str) -> None:
    """In a sentence that is about it, with a line in the audit."""
    values = {"source_password_0": "one"} if view is View.PASSWORD else {}

    assert wrong(enemy.sends(OWNER, hostile.submitted(OWNER, hostile.view(view, garbage, values))), OWNER) == []


@pytest.mark.parametrize("user", [ADMIN, COLLEAGUE])
@pytest.mark.parametrize("garbage", [
    "x", "[" * 3000, '{"state": null, "owner": "", "host": "", "first": 1e400}',
    '{"state": "none", "owner": "", "host": "", "first": 0}',
])
def test_a_place_in_the_list_that_is_none_is_refused(enemy: Hostile, user: str, garbage: str) -> None:
    """Numbers that are none and brackets without an end, too; a plain member reads that it is for admins."""
    came = enemy.sends(user, hostile.clicked(user, Action.ALL_AT, garbage, hostile.view(View.ALL, garbage)))

    assert wrong(came, user) == []
    assert user == ADMIN or "Only the admins" in came.told


@pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY])
@pytest.mark.parametrize("user", [ADMIN, COLLEAGUE, "U0STRANGE1"])
def test_a_decision_about_garbage_is_refused(enemy: Hostile, action: Action, user: str) -> None:
    """Whoever may not decide is told so first, whatever the button says; all are in the audit."""
    came = enemy.sends(user, hostile.clicked(user, action, "rollback"))

    assert wrong(came, user) == []
    assert user == ADMIN or came.told.startswith("Only ")


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_private_page_is_asked_for_out_of_no_window_with_garbage(enemy: Hostile, garbage: str) -> None:
    """In a sentence that is about it, with a line in the audit."""
    body = hostile.clicked(OWNER, Action.PAGE_OF_TASK, garbage, hostile.view(View.PASSWORD, garbage))

    assert wrong(enemy.sends(OWNER, body), OWNER) == []


@pytest.mark.parametrize("action", [Action.REPORT_PAGE, Action.REPORT_SHOWN])
def test_a_page_that_is_no_number_is_refused(enemy: Hostile, action: Action) -> None:
    """In a sentence that is about it, with a line in the audit."""
    page, row = "0000-0000 one ALL", ACTIONS[action]
    body = hostile.clicked(OWNER, action, page, hostile.view(View.REPORT, page), menu=row.menu)

    assert wrong(enemy.sends(OWNER, body), OWNER) == []


@pytest.mark.parametrize("action", [Action.AUDIT_NEWER, Action.AUDIT_OLDER, Action.AUDIT_FILE])
@pytest.mark.parametrize("user", [ADMIN, COLLEAGUE])
def test_a_place_in_the_audit_that_is_none_is_refused(enemy: Hostile, action: Action, user: str) -> None:
    """A plain member is told that the audit is for admins, whatever the button says; both are in it."""
    came = enemy.sends(user, hostile.clicked(user, action, "x", hostile.view(View.AUDIT, "x")))

    assert wrong(came, user) == []
    assert user == ADMIN or "Only the admins" in came.told


@pytest.mark.parametrize("at", ["Infinity", "1e18", "4000000000"])
def test_a_time_that_no_window_has_shown_deletes_nothing(enemy: Hostile, at: str) -> None:
    """A deletion of everything until the end of time is not what somebody has agreed to, who saw the window now."""
    body = hostile.submitted(OWNER, hostile.view(View.DELETE, f'{{"at": {at}, "stays": []}}'))

    came = enemy.sends(OWNER, body)

    assert came.nothing
    assert wrong(came, OWNER) == []
