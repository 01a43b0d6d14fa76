"""People: who somebody in the workspace is, by Slack's word, and what that lets them do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from redis import Redis

from bot.user_groups import UserGroups
from engine.errors import OmmError, UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

if TYPE_CHECKING:
    from slack_sdk import WebClient

KNOWN_FOR = 300         # seconds that Slack's word is kept
PATIENCE = 2.0          # seconds
PAGE = 200              # people that Slack is asked for at once: docs.slack.dev/apis/web-api/pagination
BUSY = 30.0             # seconds to wait where Slack does not say how long
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


@dataclass(frozen=True, slots=True)
class Admins(Stored):
    """The admins and owners of a workspace."""

    people: tuple[Person, ...] = ()


class People:
    """Looks up the people of one workspace, and remembers for five minutes what Slack said.

    `groups` looks up its user groups.
    """

    def __init__(self, redis: Redis, slack: WebClient, *, team: str = "", patience: float = PATIENCE) -> None:
        """`team` is the workspace that `slack` has the token of: each says by itself who somebody is there.

        `slack` has a time limit of its own; `patience` is how long Redis may be away, in seconds.
        """
        self._redis = Patient(redis, patience=patience)
        self._slack = slack
        self._team = team
        self.groups = UserGroups(redis, slack, team=team, patience=patience)

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

    def known_admins(self) -> tuple[Person, ...] | None:
        """The admins of the workspace, as `admins` has found them; None: nobody has asked for five minutes."""
        known = self._redis.call(lambda redis: redis.get(self._admins))
        with suppress(UnreadableError):     # of a newer release: Slack is asked again
            return None if known is None else stored.read(Admins, known, name="What is known of the admins").people
        return None

    def admins(self, wait: Callable[[float], None]) -> tuple[Person, ...]:
        """The admins and owners of the workspace who are full members; remembered for five minutes.

        Slack lists everybody, a page at a time, and may have us `wait` (seconds) between two: this is for jobs. Raises
        UnknownPersonError when Slack does not say.
        """
        known = self.known_admins()
        if known is not None:
            return known
        found: list[Person] = []
        cursor = ""
        while True:
            page = self._page(cursor, wait)
            people = [_parsed(each) for each in page.get("members") or ()]
            found += [person for person in people if _is_in_charge(person, self._team)]
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        admins = Admins(tuple(found))
        self._redis.call(lambda redis: redis.set(self._admins, stored.write(admins), ex=KNOWN_FOR))
        return admins.people

    @property
    def _admins(self) -> str:
        return f"omm:admins:{self._team}"

    def _page(self, cursor: str, wait: Callable[[float], None]) -> Mapping[str, Any]:
        """docs.slack.dev/reference/methods/users.list; its rate is that of tier 2."""
        from slack_sdk.errors import SlackApiError, SlackClientError  # noqa: PLC0415 - as below

        while True:
            try:
                answer = self._slack.users_list(limit=PAGE, cursor=cursor or None).data
            except SlackApiError as error:
                if error.response.status_code != 429:
                    raise UnknownPersonError(UNSAID) from error
                wait(float(error.response.headers.get("Retry-After") or BUSY))
            except (SlackClientError, HTTPException, OSError, UnicodeError) as error:
                raise UnknownPersonError(UNSAID) from error
            else:
                return answer if isinstance(answer, Mapping) else {}

    def _asked(self, user: str) -> Person:
        from slack_sdk.errors import SlackClientError  # noqa: PLC0415 - the terminal door does without Slack's library

        if not user:
            raise UnknownPersonError(UNSAID)
        try:
            found: Mapping[str, Any] = self._slack.users_info(user=user)["user"]
        except (SlackClientError, HTTPException, OSError, UnicodeError, KeyError) as error:
            raise UnknownPersonError(UNSAID) from error
        return _parsed({**found, "id": user})

    def with_address(self, address: str) -> Person | None:
        """Whose profile in this workspace has that e-mail address. None: nobody's.

        Raises NoScopeError where the app may not ask, UnknownPersonError when Slack does not say.
        """
        from slack_sdk.errors import SlackApiError, SlackClientError  # noqa: PLC0415 - as above

        try:
            return _parsed(self._slack.users_lookupByEmail(email=address)["user"])
        except SlackApiError as error:
            code = error.response.get("error")
            if code == "users_not_found":   # docs.slack.dev/reference/methods/users.lookupByEmail, "Errors"
                return None
            if code == "missing_scope":
                raise NoScopeError(NO_SCOPE) from error
            raise UnknownPersonError(UNSAID) from error
        except (SlackClientError, HTTPException, OSError, UnicodeError, KeyError) as error:
            raise UnknownPersonError(UNSAID) from error


def _parsed(found: Mapping[str, Any]) -> Person:
    """The person of a user object."""
    return Person(
        id=str(found.get("id") or ""),
        team=str(found.get("team_id") or ""),
        teams=_teams(found),
        is_admin=any(bool(found.get(role)) for role in ("is_admin", "is_owner", "is_primary_owner")),
        is_guest=any(bool(found.get(kind)) for kind in ("is_restricted", "is_ultra_restricted")),
        is_bot=bool(found.get("is_bot")),
        deleted=bool(found.get("deleted")),
        name=str(found.get("real_name") or ""),
        email=str((found.get("profile") or {}).get("email") or ""),
    )


def _is_in_charge(person: Person, team: str) -> bool:
    """True: a full member of the workspace, and an admin or owner of it."""
    return person.is_admin and team in person.teams and not (person.is_guest or person.is_bot or person.deleted)


def _teams(found: Mapping[str, Any]) -> tuple[str, ...]:
    """The workspaces of a user object (docs.slack.dev/reference/objects/user-object).

    `team_id` is one of them, unless `is_stranger` says that this is somebody else's. `enterprise_user`, which only
    organisations (Enterprise Grid) have, lists in `teams` the workspaces that its people were put into: a member of
    ours whose own workspace is another one has another `team_id`, and may be called a stranger.
    """
    own = [] if found.get("is_stranger") else [found.get("team_id")]
    also = (found.get("enterprise_user") or {}).get("teams") or []
    return tuple(dict.fromkeys(str(team) for team in (*own, *also) if team))
