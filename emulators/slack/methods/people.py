"""auth.test, users.*, usergroups.*, team.info (docs.slack.dev/reference/methods, one page a method)."""

import base64
import binascii
from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import BOT, BOT_NAME, BOT_USER, TEAM_DOMAIN, TEAM_NAME

_EMAIL = "users:read.email"


def _auth(state: State, _: Arguments) -> dict[str, Any]:
    return {"url": f"https://{TEAM_DOMAIN}.slack.com/", "team": TEAM_NAME, "user": BOT_NAME,
            "team_id": state.workspace.team,
            "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}


def _bot(state: State) -> dict[str, Any]:
    return {"id": BOT_USER, "team_id": state.workspace.team, "name": BOT_NAME, "deleted": False, "is_bot": True,
            "real_name": BOT_NAME, "profile": {"bot_id": BOT, "real_name": BOT_NAME}}


def _info(state: State, given: Arguments) -> dict[str, Any]:
    name = given.needed("user")
    if name == BOT_USER:
        return {"user": _bot(state)}
    user = state.workspace.users.get(name)
    if user is None:
        raise RefusedError("user_not_found")
    return {"user": user.as_json(email=_EMAIL in state.settings.scopes)}


def _list(state: State, given: Arguments) -> dict[str, Any]:
    """Everybody, the deactivated and the app itself too (docs.slack.dev/reference/methods/users.list).

    Only large teams have to give a `limit`; here everybody has to.
    """
    if "limit" not in given.values:
        raise RefusedError("limit_required")
    people = [*state.workspace.users.values()]
    ours = [one.as_json(email=_EMAIL in state.settings.scopes) for one in people if one.is_member]
    everybody = [_bot(state), *ours]
    limit, start = given.whole("limit", 200, 999), _start(everybody, given.text("cursor"))
    following = everybody[start + limit:start + limit + 1]
    cursor = base64.b64encode(f"user:{following[0]['id']}".encode()).decode() if following else ""
    return {"members": everybody[start:start + limit], "cache_ts": 1, "response_metadata": {"next_cursor": cursor}}


def _start(everybody: list[dict[str, Any]], cursor: str | None) -> int:
    """Where a page begins."""
    if not cursor:
        return 0
    try:
        first = base64.b64decode(cursor, validate=True).decode().removeprefix("user:")
    except (binascii.Error, UnicodeDecodeError):
        first = ""
    for number, one in enumerate(everybody):
        if one["id"] == first:
            return number
    raise RefusedError("invalid_cursor")


def _by_email(state: State, given: Arguments) -> dict[str, Any]:
    email = given.needed("email").lower()
    for user in state.workspace.users.values():
        if user.email == email and user.team == state.workspace.team and not user.deleted:
            return {"user": user.as_json(email=True)}
    raise RefusedError("users_not_found")


def _team(state: State, _: Arguments) -> dict[str, Any]:
    return {"team": {"id": state.workspace.team, "name": TEAM_NAME, "domain": TEAM_DOMAIN,
                     "email_domain": "example.org"}}


def _groups(state: State, given: Arguments) -> dict[str, Any]:
    """Sorted as nobody would: the page says "in no particular order"."""
    found = [one for one in state.workspace.groups.values() if given.flag("include_disabled") or not one.disabled]
    return {"usergroups": [one.as_json(state.workspace.team) for one in reversed(found)]}


def _members(state: State, given: Arguments) -> dict[str, Any]:
    group = state.workspace.groups.get(given.needed("usergroup"))
    if group is None or (group.disabled and not given.flag("include_disabled")):
        raise RefusedError("no_such_subteam")
    return {"users": sorted(group.members)}


_GROUPS = "usergroups:read"
PEOPLE = {
    "usergroups.list": method(_groups, "include_disabled", scope=_GROUPS, tier=2),
    "usergroups.users.list": method(_members, "usergroup include_disabled", scope=_GROUPS, tier=2),
    "auth.test": method(_auth, "", scope=None, tier=0),
    "users.info": method(_info, "user include_locale", scope="users:read", tier=4),
    "users.list": method(_list, "cursor limit include_locale team_id", scope="users:read", tier=2),
    "users.lookupByEmail": method(_by_email, "email", scope=_EMAIL, tier=3),
    "team.info": method(_team, "", scope="team:read", tier=3),
}
