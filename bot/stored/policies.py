"""Policies: what the admins of a workspace have settled for its people. Read anew at every use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from redis import Redis

from engine.errors import DamagedError, UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

POLICIES = "omm:policies"       # by the ID of the workspace
PATIENCE = 2.0                  # seconds; somebody may be waiting
NAME = "What the admins have set for this workspace"

# KEYS: policies. ARGV: workspace, what was read ('' for nothing), what to write. What stands there already is our own
# writing, whose answer was lost.
CHANGE = """
local known = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if known == ARGV[3] then return 1 end
if known ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


SETTINGS = (
    "who", "groups", "people", "source_hosts", "destination_hosts", "passwords", "most", "most_with_a_host",
    "most_of_a_person", "second_person", "retention_days", "audit_channel", "service_accounts", "tells_owner",
)       # what admins change in the window for it


class Who(StrEnum):
    """Who may migrate."""

    EVERYONE = "everyone"       # every full member
    CHOSEN = "chosen"           # the members of user groups, and people who are named
    ADMINS = "admins"


class Passwords(StrEnum):
    """Where people may type a password."""

    FORM = "form"       # in Slack's form, or on the private page
    PAGE = "page"       # on the private page alone


@dataclass(frozen=True, slots=True)
class Policy(Stored):
    """What one workspace allows.

    `groups` and `people` are IDs of Slack, and count where `who` is CHOSEN. `source_hosts` and `destination_hosts` are
    names such as `mail.example.org` or `*.example.org`; none: any host that the operator allows. `most` are the
    migrations at work at once, in the whole workspace, with one host and of one person; None: no limit.
    `second_person`: a rollback needs the approval of another admin. `retention_days` can only be shorter than the
    operator's; None: as long. The audit is shown in `audit_channel`, too, '' for nowhere. `service_accounts` are the
    admins who may migrate by a service account; `tells_owner`: the owner of such a mailbox is told by DM. `is_paused`:
    nothing begins until an admin lets it go on; that is no setting, and is not changed with them. `paused_by` is who
    paused it, an ID of Slack, '' for the operator at the terminal; `paused_at` is when (UTC).

    `turned` is when somebody has paused everybody, or let everybody go on, last (UTC).

    `changed` is when the settings were changed last (UTC), and `changed_by` the Slack ID of who did it; None and ''
    where they never were. `former` is what they were before that, as JSON. `audit_from` is the ID of the newest entry
    of the audit when its channel was chosen.
    """

    who: Who = Who.EVERYONE
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    source_hosts: tuple[str, ...] = ()
    destination_hosts: tuple[str, ...] = ()
    passwords: Passwords = Passwords.FORM
    most: int | None = None
    most_with_a_host: int | None = None
    most_of_a_person: int | None = None
    second_person: bool = False
    retention_days: int | None = None
    audit_channel: str = ""
    service_accounts: tuple[str, ...] = ()
    tells_owner: bool = True
    is_paused: bool = False
    paused_by: str = ""
    paused_at: datetime | None = None
    turned: datetime | None = None
    changed_by: str = ""
    changed: datetime | None = None
    former: str = ""
    audit_from: str = ""

    @property
    def hold(self) -> Hold | None:
        """Who holds everybody's migrations up; None: nobody."""
        return Hold(self.paused_by, self.paused_at) if self.is_paused else None

    @property
    def digest(self) -> str:
        """What tells these settings from others, whoever made them."""
        return sha256(self.settings.encode()).hexdigest()[:16]

    @property
    def settings(self) -> str:
        """The settings alone, as JSON: what `before` reads."""
        return stored.write(Policy().with_settings(self))

    @property
    def before(self) -> Policy:
        """The settings as they were before they were changed last."""
        with suppress(UnreadableError):
            return stored.read(Policy, self.former, name=NAME) if self.former else Policy()
        return Policy()

    def with_settings(self, other: Policy) -> Policy:
        """With the settings of the `other` one; what is no setting, and what only a newer release knows, stays."""
        return replace(self, **{name: getattr(other, name) for name in SETTINGS})


@dataclass(frozen=True, slots=True)
class Hold:
    """Everybody's migrations are paused. `by` is an ID of Slack, '' for the operator; `at` is since when (UTC)."""

    by: str
    at: datetime | None


class Policies:
    """The policy of every workspace. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def load(self, team: str) -> Policy:
        """The policy of that workspace; what holds without one. Raises UnreadableError for one of a newer release."""
        known = self._redis.call(lambda redis: redis.hget(POLICIES, team))
        return Policy() if known is None else stored.read(Policy, known, name=NAME)

    def hold(self, team: str) -> Hold | None:
        """Who holds everybody's migrations of that workspace up; None: nobody, as far as this release can read."""
        try:
            return self.load(team).hold
        except UnreadableError:
            return None

    def paused(self) -> frozenset[str]:
        """The workspaces whose migrations are paused. One whose policy is of a newer release is none of them."""
        found = {}
        for team, known in self._redis.call(lambda redis: redis.hgetall(POLICIES)).items():
            with suppress(UnreadableError):
                found[text(team)] = stored.read(Policy, known, name=NAME)
        return frozenset(team for team, policy in found.items() if policy.is_paused)

    def retention(self) -> Mapping[str, int]:
        """For how many days a migration is kept, by workspace, where its admins have set that. What cannot be read is
        left out.
        """
        days = {}
        for team, known in self._redis.call(lambda redis: redis.hgetall(POLICIES)).items():
            with suppress(UnreadableError):
                days[text(team)] = stored.read(Policy, known, name=NAME).retention_days
        return {team: kept for team, kept in days.items() if kept is not None}

    def change(self, team: str, do: Callable[[Policy], Policy], *, over_damaged: bool = False) -> Policy:
        """Changes it, and returns it as it is then; `do` may be called again. Raises what `load` and `do` raise.

        `over_damaged`: True puts what `do` makes of the defaults in the place of one that is damaged.
        """
        while True:
            known = self._redis.call(lambda redis: redis.hget(POLICIES, team))
            after = do(_read(known, over_damaged=over_damaged))
            if self._redis.script(CHANGE, [POLICIES], (team, known or "", stored.write(after))):
                return after


def _read(known: bytes | str | None, *, over_damaged: bool) -> Policy:
    if known is None:
        return Policy()
    try:
        return stored.read(Policy, known, name=NAME)
    except DamagedError:
        if not over_damaged:
            raise
    return Policy()
