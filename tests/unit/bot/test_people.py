"""People, as Slack's user objects tell of them, and as they are remembered."""

from __future__ import annotations

import json
from typing import Any

import fakeredis
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

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


class Crowd:
    """Lists five thousand people, two hundred at a time, twenty pages a minute."""

    def __init__(self) -> None:
        self.now, self.calls, self.refused = 0.0, [], 0
        self.members = [{"id": f"U{n}", "team_id": "T1"} for n in range(5_000)]

    def users_list(self, *, limit: int, cursor: str | None) -> SlackResponse:
        recent = [call for call in self.calls if call > self.now - 60]
        if len(recent) >= 20:
            self.refused += 1
            wait = {"Retry-After": str(round(recent[0] + 60 - self.now))}
            raise SlackApiError("ratelimited", self.response({"ok": False}, 429, wait))
        self.calls.append(self.now)
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(self.members) else ""
        members = self.members[start:start + limit]
        return self.response({"ok": True, "members": members, "response_metadata": {"next_cursor": following}}, 200, {})

    def response(self, data: dict[str, Any], status: int, headers: dict[str, str]) -> SlackResponse:
        return SlackResponse(
            client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers, status_code=status,
        )

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_the_admins_of_thousands_are_found_at_slacks_pace() -> None:
    """All pages are read, with a pause where Slack asks for one; guests and the deactivated are no admins of ours."""
    crowd = Crowd()
    for number, more in (
        (7, {"is_admin": True}), (4_999, {"is_owner": True}), (8, {"is_admin": True, "deleted": True}),
        (9, {"is_admin": True, "is_restricted": True}), (10, {"is_admin": True, "is_bot": True}),
        (11, {"is_admin": True, "is_stranger": True}),
    ):
        crowd.members[number] |= more
    people = People(fakeredis.FakeRedis(), crowd, team="T1")    # type: ignore[arg-type]  # only users.list is asked

    before = people.known_admins()
    found = people.admins(crowd.wait)

    assert before is None
    assert [one.id for one in found] == ["U7", "U4999"]
    assert (len(crowd.calls), crowd.refused, crowd.now) == (25, 1, 60.0)
    assert people.admins(crowd.wait) == people.known_admins() == found
    assert len(crowd.calls) == 25


def test_nobody_knows_the_admins_while_slack_does_not_say() -> None:
    """What Slack refuses is no empty list: whoever asks tries later."""
    crowd = Crowd()

    def refuses(**_given: object) -> SlackResponse:
        raise SlackApiError("missing_scope", crowd.response({"ok": False, "error": "missing_scope"}, 200, {}))

    crowd.users_list = refuses      # type: ignore[method-assign]  # as above
    people = People(fakeredis.FakeRedis(), crowd, team="T1")    # type: ignore[arg-type]  # as above

    with pytest.raises(UnknownPersonError):
        people.admins(crowd.wait)
    assert people.known_admins() is None
