"""User groups: who is in them, by Slack's word. It says so with the scope usergroups:read alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from redis import Redis

from engine.errors import OmmError, UnreadableError
from engine.store import stored
from engine.store.patience import Patient

if TYPE_CHECKING:
    from slack_sdk import WebClient

KNOWN_FOR = 300         # seconds that Slack's word is kept
PATIENCE = 2.0          # seconds
GONE = frozenset({"no_such_subteam"})       # docs.slack.dev/reference/methods/usergroups.users.list


class UnknownGroupsError(OmmError):
    """Slack does not say which user groups there are, or who is in them. `reason` is Slack's own word."""

    def __init__(self, reason: str) -> None:
        super().__init__("Slack does not tell OMM who is in the user groups of this workspace just now.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group: its ID, and what people call it."""

    id: str
    handle: str


class UserGroups:
    """Looks up the user groups of one workspace, and remembers for five minutes what Slack said."""

    def __init__(self, redis: Redis, slack: WebClient, *, team: str = "", patience: float = PATIENCE) -> None:
        """As People."""
        self._redis = Patient(redis, patience=patience)
        self._slack = slack
        self._team = team

    def all(self) -> list[UserGroup]:
        """Every group that is not disabled, by handle. Raises UnknownGroupsError."""
        found = self._asked("usergroups.list", {}, "usergroups")
        groups = [UserGroup(str(one.get("id") or ""), str(one.get("handle") or one.get("name") or "")) for one in found]
        return sorted((group for group in groups if group.id), key=lambda group: group.handle.casefold())

    def members(self, group: str) -> frozenset[str]:
        """The IDs of the people in the group of that ID; nobody is in one that is gone. Raises UnknownGroupsError."""
        key = f"omm:group:{self._team}:{group}"
        known = self._redis.call(lambda redis: redis.get(key))
        if known is not None:
            with suppress(UnreadableError):     # of a newer release: Slack is asked again
                return frozenset(stored.read_plain(known, name="Who is in a user group", otherwise=[]))
        try:
            users = [str(user) for user in self._asked("usergroups.users.list", {"usergroup": group}, "users")]
        except UnknownGroupsError as error:
            if error.reason not in GONE:
                raise
            users = []
        self._redis.call(lambda redis: redis.set(key, stored.write_plain(users), ex=KNOWN_FOR))
        return frozenset(users)

    def _asked(self, method: str, arguments: dict[str, str], field: str) -> list[Any]:
        # The terminal door does without Slack's library.
        from slack_sdk.errors import SlackApiError, SlackClientError  # noqa: PLC0415

        try:
            return list(self._slack.api_call(method, params=arguments)[field])
        except SlackApiError as error:
            raise UnknownGroupsError(str(error.response.get("error"))) from error
        except (SlackClientError, HTTPException, OSError, UnicodeError, KeyError) as error:
            raise UnknownGroupsError(type(error).__name__) from error
