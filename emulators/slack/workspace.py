"""Who is in the workspace, and its channels."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

TEAM, TEAM_DOMAIN, TEAM_NAME = "T0EXAMPLE1", "example", "Example"
OTHER_TEAM, ENTERPRISE = "T0PARTNER1", "E0EXAMPLE1"
APP, BOT_USER, BOT, BOT_NAME = "A0OMMAPP01", "U0OMMBOT01", "B0OMMBOT01", "omm"


class NotPossibleError(ValueError):
    """Slack's client offers no way to do this."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person; `key` is what tests call them.

    `enterprise_teams` are the workspaces of an organisation (Enterprise Grid) that they are in; `team` is their own,
    and `emulated` the one that is emulated.
    """

    key: str
    id: str
    name: str
    real_name: str
    team: str = TEAM
    emulated: str = TEAM
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    is_bot: bool = False
    tz: str = "Europe/Paris"
    enterprise_teams: tuple[str, ...] = ()

    @property
    def is_member(self) -> bool:
        """Whether they are in the emulated workspace."""
        return self.emulated in (self.team, *self.enterprise_teams)

    @property
    def email(self) -> str:
        """The address in the profile."""
        return f"{self.name}@{'partner' if self.team == OTHER_TEAM else 'example'}.org"

    @property
    def dm(self) -> str:
        """The id of this person's conversation with the app."""
        return "D" + self.id[1:]

    def as_json(self, *, email: bool) -> dict[str, Any]:
        """A user object (docs.slack.dev/reference/objects/user-object).

        Whoever's own workspace is another one `is_stranger`, in the same organisation too: nobody says that they are
        not.
        """
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        held = {"id": self.id, "team_id": self.team, "name": self.name, "deleted": self.deleted, "is_bot": self.is_bot,
                "is_app_user": False, "updated": 1, "profile": profile | ({"email": self.email} if email else {})}
        if self.deleted:
            return held
        held |= {"real_name": self.real_name, "tz": self.tz, "tz_label": "Central European Time",
                 "tz_offset": 3600, "is_admin": self.is_admin or self.is_owner, "is_owner": self.is_owner,
                 "is_primary_owner": False, "is_restricted": self.is_restricted or self.is_ultra_restricted,
                 "is_ultra_restricted": self.is_ultra_restricted}
        if self.enterprise_teams:
            held["enterprise_user"] = {"id": self.id, "enterprise_id": ENTERPRISE, "enterprise_name": "Example Group",
                                       "is_admin": False, "is_owner": False, "teams": list(self.enterprise_teams)}
        return held | ({"is_stranger": True} if self.team != self.emulated else {})


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel and the ids of its members, the bot's among them where it was invited."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_shared: bool = False
    team: str = TEAM

    def as_json(self) -> dict[str, Any]:
        """A conversation object (docs.slack.dev/reference/objects/conversation-object)."""
        return {"id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": not self.is_private,
                "is_group": False, "is_im": False, "is_mpim": False, "is_private": self.is_private,
                "is_archived": self.is_archived, "is_general": self.name == "general",
                "is_shared": self.is_shared, "is_ext_shared": self.is_shared, "is_org_shared": False,
                "is_member": BOT_USER in self.members, "context_team_id": self.team, "created": 1, "creator": BOT_USER}


@dataclass(slots=True, kw_only=True)
class UserGroup:
    """A user group and the ids of its members."""

    id: str
    handle: str
    name: str
    members: set[str] = field(default_factory=set)
    disabled: bool = False

    def as_json(self, team: str) -> dict[str, Any]:
        """A usergroup object (docs.slack.dev/reference/objects/usergroup-object)."""
        return {"id": self.id, "team_id": team, "is_usergroup": True, "name": self.name, "handle": self.handle,
                "description": "", "is_external": False, "date_create": 1, "date_update": 1,
                "date_delete": int(self.disabled), "auto_type": None, "created_by": "U0ADMIN001",
                "updated_by": "U0ADMIN001", "deleted_by": None, "prefs": {"channels": [], "groups": []}}


class Workspace:
    """One team with five people, two user groups, and six channels to be right and wrong in."""

    def __init__(self, team: str = TEAM) -> None:
        """Seed the workspace of that id; all ids are fixed, so a stored workspace is found again."""
        self.team = team
        people = (
            User(key="owner", id="U0OWNER001", name="claire", real_name="Claire Martin"),
            User(key="colleague", id="U0COLLEAG1", name="bruno", real_name="Bruno Keller"),
            User(key="admin", id="U0ADMIN001", name="aisha", real_name="Aisha Rahman", is_admin=True),
            User(key="guest", id="U0GUEST001", name="gus", real_name="Gus Olsen", is_ultra_restricted=True),
            User(key="stranger", id="U0STRANGE1", name="sam", real_name="Sam Stranger", team=OTHER_TEAM),
        )
        for one in people:
            one.team, one.emulated = (team if one.team == TEAM else one.team), team
        self.users = {one.id: one for one in people}
        staff = {"U0OWNER001", "U0COLLEAG1", "U0ADMIN001"}
        channels = (
            Channel(id="C0GENERAL1", name="general", members={*staff, BOT_USER}),
            Channel(id="C0MIGRATE1", name="migrations", members={*staff, "U0GUEST001", BOT_USER}),
            Channel(id="C0RANDOM01", name="random", members=set(staff)),
            Channel(id="C0ITADMIN1", name="it-admins", members={"U0ADMIN001"}, is_private=True),
            Channel(id="C0PARTNER1", name="partners", members={*staff, "U0STRANGE1", BOT_USER}, is_shared=True),
            Channel(id="C0ARCHIVE1", name="old-project", members={*staff, BOT_USER}, is_archived=True),
        )
        for channel in channels:
            channel.team = team
        self.channels = {one.id: one for one in channels}
        groups = (
            UserGroup(id="S0ITTEAM01", handle="it-team", name="IT team", members={"U0ADMIN001", "U0COLLEAG1"}),
            UserGroup(id="S0SALES001", handle="sales", name="Sales", members={"U0OWNER001"}),
        )
        self.groups = {one.id: one for one in groups}

    def add(self, key: str) -> User:
        """One more member of the team, in the channels that all of the staff are in."""
        number = f"U0{key.upper():0>8}"
        if not number.isalnum() or any(key in (one.key, one.name) or number == one.id for one in self.users.values()):
            raise NotPossibleError(f"nobody else can be called {key}")
        self.users[number] = User(
            key=key, id=number, name=key, real_name=key.capitalize(), team=self.team, emulated=self.team,
        )
        for name in ("C0GENERAL1", "C0MIGRATE1", "C0RANDOM01"):
            self.channels[name].members.add(number)
        return self.users[number]

    def user(self, given: str) -> User:
        """A person by key, name or id; raises NotPossibleError."""
        for one in self.users.values():
            if given in (one.id, one.key, one.name):
                return one
        raise NotPossibleError(f"nobody is called {given}")

    def channel(self, given: str) -> Channel:
        """A channel by name or id; raises NotPossibleError."""
        for one in self.channels.values():
            if given.removeprefix("#") in (one.id, one.name):
                return one
        raise NotPossibleError(f"no channel is called {given}")

    def group(self, given: str) -> UserGroup:
        """A user group by handle or id; raises NotPossibleError."""
        for one in self.groups.values():
            if given.removeprefix("@") in (one.id, one.handle):
                return one
        raise NotPossibleError(f"no user group is called {given}")

    def of_dm(self, channel: str) -> User | None:
        """Whose conversation with the app this is."""
        return next((one for one in self.users.values() if one.dm == channel), None)

    def place(self, user: User, given: str) -> tuple[str, str]:
        """The id and name of a conversation that `user` is in; `dm` is the one with the app."""
        if given in ("dm", "directmessage", user.dm):
            return user.dm, "directmessage"
        channel = self.channel(given)
        if user.id not in channel.members:
            raise NotPossibleError(f"{user.name} is not in #{channel.name}")
        return channel.id, "privategroup" if channel.is_private else channel.name

    def seen_by(self, user: User) -> Iterable[Channel]:
        """The channels in a person's sidebar."""
        return [one for one in self.channels.values() if user.id in one.members and not one.is_archived]
