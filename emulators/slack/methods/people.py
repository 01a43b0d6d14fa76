"""auth.test, users.*, usergroups.*, team.info (docs.slack.dev/reference/methods, one page a method)."""

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


def _info(state: State, given: Arguments) -> dict[str, Any]:
    name = given.needed("user")
    if name == BOT_USER:
        return {"user": {"id": BOT_USER, "team_id": state.workspace.team, "name": BOT_NAME, "deleted": False,
                         "is_bot": True, "real_name": BOT_NAME, "profile": {"bot_id": BOT, "real_name": BOT_NAME}}}
    user = state.workspace.users.get(name)
    if user is None:
        raise RefusedError("user_not_found")
    return {"user": user.as_json(email=_EMAIL in state.settings.scopes)}


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
    "users.lookupByEmail": method(_by_email, "email", scope=_EMAIL, tier=3),
    "team.info": method(_team, "", scope="team:read", tier=3),
}
