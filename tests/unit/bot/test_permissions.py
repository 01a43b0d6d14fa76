"""Who may use the app, and who may press a task's buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.people import Person
from bot.permissions import NotAllowedError, check_member, check_steering, may_steer
from bot.stored.threads import Thread

OURS, THEIRS = "T0OURS", "T0THEIRS"
OWNER = Person("U0OWNER", OURS, (OURS,))
ADMIN = Person("U0ADMIN", OURS, (OURS,), is_admin=True)
TASK = Thread("7K2F-9QXD", OURS, OWNER.id, "C0MIGRATE1")


@pytest.mark.parametrize(("changes", "words"), [
    ({"team": THEIRS, "teams": (THEIRS,)}, "Only people of this workspace"),
    ({"teams": ()}, "Only people of this workspace"),
    ({"is_guest": True}, "Guests cannot use this"),
    ({"is_bot": True}, "Only people can use this"),
    ({"deleted": True}, "Only people can use this"),
])
def test_only_full_members_may_use_it(changes: dict[str, object], words: str) -> None:
    """Neither strangers, guests and apps, nor somebody whose account was deactivated, owner and admin not excepted."""
    for person in (OWNER, ADMIN):
        other = replace(person, **changes)      # type: ignore[arg-type]  # by name

        with pytest.raises(NotAllowedError, match=words):
            check_member(other, OURS)
        with pytest.raises(NotAllowedError, match=words):
            check_steering(other, TASK)


def test_a_task_is_steered_by_its_owner_and_its_admins() -> None:
    """No colleague of theirs may, and no admin of another workspace that keeps its tasks in the same store."""
    colleague = Person("U0OTHER", OURS, (OURS,))
    admin_of_theirs = Person("U0BOSS", THEIRS, (THEIRS,), is_admin=True)

    assert [may_steer(person, TASK) for person in (OWNER, ADMIN, colleague, admin_of_theirs)] == [
        True, True, False, False,
    ]
    with pytest.raises(NotAllowedError, match="the admins of this workspace can do that"):
        check_steering(colleague, TASK)
