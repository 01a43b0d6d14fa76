"""People, as Slack's user objects tell of them, and as they are remembered."""

from __future__ import annotations

import json
from typing import Any

import fakeredis
import pytest

from bot.people import People, UnknownPersonError


class Slack:
    """Answers users.info with one user object, and counts."""

    def __init__(self, user: dict[str, Any]) -> None:
        self.user, self.asked = user, 0

    def users_info(self, *, user: str) -> dict[str, Any]:
        self.asked += 1
        return {"user": {**self.user, "id": user}}


@pytest.mark.parametrize(("user", "teams"), [
    ({"team_id": "T1"}, ("T1",)),
    ({"team_id": "T1", "is_stranger": True}, ()),
    ({"team_id": "T2", "is_stranger": True, "enterprise_user": {"teams": ["T2", "T1"]}}, ("T2", "T1")),
    ({"team_id": "T1", "enterprise_user": {"teams": ["T1", "T3"]}}, ("T1", "T3")),
    ({"team_id": None, "enterprise_user": {"teams": ["T1"]}}, ("T1",)),
    ({"team_id": "T1", "enterprise_user": None}, ("T1",)), ({"team_id": "T1", "enterprise_user": {}}, ("T1",)),
])
def test_where_somebody_is_a_member(user: dict[str, Any], teams: tuple[str, ...]) -> None:
    """In their own workspace, and in those that their organisation has put them into; so it is remembered."""
    slack = Slack(user)
    people = People(fakeredis.FakeRedis(), slack)  # type: ignore[arg-type]  # only users.info is asked

    assert [people.look("U1").teams, people.look("U1").teams] == [teams, teams]
    assert slack.asked == 1


def test_what_a_later_release_has_kept_is_read() -> None:
    """During a deploy two releases share what they remember: a field that this one does not know is left out."""
    redis, slack = fakeredis.FakeRedis(), Slack({"team_id": "T1", "is_admin": True})
    people = People(redis, slack)  # type: ignore[arg-type]  # as above
    known = people.look("U1")
    (key,) = redis.keys()
    redis.set(key, json.dumps({**json.loads(redis.get(key)), "pronouns": "she"}))

    assert people.look("U1") == known


def test_nobody_is_not_asked_for() -> None:
    """What comes without a person brings no question to Slack."""
    slack = Slack({})

    with pytest.raises(UnknownPersonError):
        People(fakeredis.FakeRedis(), slack).look("")  # type: ignore[arg-type]  # as above

    assert slack.asked == 0
