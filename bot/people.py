"""People: who somebody in the workspace is, by Slack's word, and what that lets them do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from redis import Redis

from engine.errors import OmmError, UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

if TYPE_CHECKING:
    from slack_sdk import WebClient

KNOWN_FOR = 300         # seconds that Slack's word is kept
PATIENCE = 2.0          # seconds
NO_SCOPE = "OMM may not look people up by their e-mail address in this workspace."
UNSAID = "Slack did not say who you are just now. Please try again."


class UnknownPersonError(OmmError):
    """Slack did not say who somebody is, so nothing can be allowed."""


class NoScopeError(OmmError):
    """The app was installed without the scope that it would need to ask Slack that."""


@dataclass(frozen=True, slots=True)
class Person(Stored):
    """Somebody in Slack. `team` is their own workspace.

    `teams` are all workspaces that they are a member of; in an organisation (Enterprise Grid) that may be several.
    `name` is their full name, '' where Slack has none. `email` is the address in their profile; '' where the app may
    not read it, which takes the scope users:read.email.
    """

    id: str
    team: str
    teams: tuple[str, ...] = ()
    is_admin: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False
    name: str = ""
    email: str = ""


class People:
    """Looks up the people of one workspace, and remembers for five minutes what Slack said."""

    def __init__(self, redis: Redis, slack: WebClient, *, team: str = "", patience: float = PATIENCE) -> None:
        """`team` is the workspace that `slack` has the token of: each says by itself who somebody is there.

        `slack` has a time limit of its own; `patience` is how long Redis may be away, in seconds.
        """
        self._redis = Patient(redis, patience=patience)
        self._slack = slack
        self._team = team

    def look(self, user: str) -> Person:
        """Who that is. Raises UnknownPersonError when Slack does not say."""
        key = f"omm:person:{self._team}:{user}"
        known = self._redis.call(lambda redis: redis.get(key))
        if known is not None:
            with suppress(UnreadableError):     # of a newer release: Slack is asked again
                return stored.read(Person, known, name="What is known of a person")
        person = self._asked(user)
        self._redis.call(lambda redis: redis.set(key, stored.write(person), ex=KNOWN_FOR))
        return person

    def _asked(self, user: str) -> Person:
        from slack_sdk.errors import SlackClientError  # noqa: PLC0415 - the terminal door does without Slack's library

        if not user:
            raise UnknownPersonError(UNSAID)
        try:
            found: Mapping[str, Any] = self._slack.users_info(user=user)["user"]
        except (SlackClientError, HTTPException, OSError, UnicodeError, KeyError) as error:
            raise UnknownPersonError(UNSAID) from error
        return self._person(user, found)

    def with_address(self, address: str) -> Person | None:
        """Whose profile in this workspace has that e-mail address. None: nobody's.

        Raises NoScopeError where the app may not ask, UnknownPersonError when Slack does not say.
        """
        from slack_sdk.errors import SlackApiError, SlackClientError  # noqa: PLC0415 - as above

        try:
            found: Mapping[str, Any] = self._slack.users_lookupByEmail(email=address)["user"]
            return self._person(str(found["id"]), found)
        except SlackApiError as error:
            code = error.response.get("error")
            if code == "users_not_found":   # docs.slack.dev/reference/methods/users.lookupByEmail, "Errors"
                return None
            if code == "missing_scope":
                raise NoScopeError(NO_SCOPE) from error
            raise UnknownPersonError(UNSAID) from error
        except (SlackClientError, HTTPException, OSError, UnicodeError, KeyError) as error:
            raise UnknownPersonError(UNSAID) from error

    @staticmethod
    def _person(user: str, found: Mapping[str, Any]) -> Person:
        return Person(
            id=user,
            team=str(found.get("team_id") or ""),
            teams=_teams(found),
            is_admin=any(bool(found.get(role)) for role in ("is_admin", "is_owner", "is_primary_owner")),
            is_guest=any(bool(found.get(kind)) for kind in ("is_restricted", "is_ultra_restricted")),
            is_bot=bool(found.get("is_bot")),
            deleted=bool(found.get("deleted")),
            name=str(found.get("real_name") or ""),
            email=str((found.get("profile") or {}).get("email") or ""),
        )


def _teams(found: Mapping[str, Any]) -> tuple[str, ...]:
    """The workspaces of a user object (docs.slack.dev/reference/objects/user-object).

    `team_id` is one of them, unless `is_stranger` says that this is somebody else's. `enterprise_user`, which only
    organisations (Enterprise Grid) have, lists in `teams` the workspaces that its people were put into: a member of
    ours whose own workspace is another one has another `team_id`, and may be called a stranger.
    """
    own = [] if found.get("is_stranger") else [found.get("team_id")]
    also = (found.get("enterprise_user") or {}).get("teams") or []
    return tuple(dict.fromkeys(str(team) for team in (*own, *also) if team))
