"""Admin: what the admins and owners of a workspace can do: read its audit, and settle what its people may.

All raise NotAllowedError. Nobody reads the audit of another workspace, whoever they are there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice

from bot.audit.auditing import Outcome, attempt, audited, only_refusals
from bot.audit.changes import changed_hosts, changed_settings
from bot.audit.lines import Line, lines, missing, table
from bot.buttons import NoLongerError
from bot.drawn import drawn
from bot.people import Person
from bot.permissions import check_admin
from bot.services import Services
from bot.stored.audit_entries import Result, Sealed, What
from bot.stored.policies import Policy
from engine.errors import DamagedError

A_PAGE = 20         # entries
IN_A_FILE = 10_000  # entries that are sent into Slack


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: in the entries about `task_id`, '' for all, next to the entry of an ID, '' for the newest."""

    task_id: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """As buttons keep it."""
        next_to = f">{self.after}" if self.after else f"<{self.before}" if self.before else ""
        return f"{self.task_id or '-'} {next_to}"


@drawn(admins=True)
def place(kept: str) -> Place:
    """The place that `str` wrote. Raises NotDrawnError for anything else."""
    found = re.fullmatch(r"(-|[0-9A-Z]{4}-[0-9A-Z]{4}) (?:([<>])(\d{1,15}-\d{1,10}))?", kept, re.ASCII)
    if found is None:
        raise ValueError(kept)
    task_id, side, next_to = found[1].removeprefix("-") if found[1] == "-" else found[1], found[2], found[3] or ""
    return Place(task_id, after=next_to) if side == ">" else Place(task_id, before=next_to)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the audit. `newer`, `older` are where its neighbours are, None without one.

    `missing` says what was cut off, '' for nothing.
    """

    at: Place
    lines: tuple[Line, ...]
    newer: Place | None
    older: Place | None
    missing: str


@audited(What.AUDIT, only_refusals)
def read_audit(
    services: Services, person: Person, task_id: str = "", *, before: str = "", after: str = ""
) -> AuditPage:
    """A page of their workspace's audit, next to the entry of that ID."""
    check_admin(person, services.team)
    audit = services.trail.audit
    page = audit.page(services.team, task_id, before=before, after=after, most=A_PAGE)
    found = lines(services, page.entries)
    return AuditPage(
        Place(task_id, before, after), tuple(found),
        newer=Place(task_id, after=found[0].id if found else before) if page.newer else None,
        older=Place(task_id, before=found[-1].id) if page.older and found else None,
        missing=missing(audit.cut(services.team)),
    )


@audited(What.AUDIT_FILE)
def audit_file(services: Services, person: Person, task_id: str = "") -> bytes:
    """Their workspace's audit as comma-separated values, newest first; a last line says what is not in it."""
    check_admin(person, services.team)
    audit = services.trail.audit
    entries = list(islice(audit.entries(services.team, task_id), IN_A_FILE + 1))
    note = missing(audit.cut(services.team))
    if len(entries) > IN_A_FILE:
        note = f"These are the newest {IN_A_FILE:,} entries. omm admin audit --csv writes all. {note}".rstrip()
    return b"".join(table(lines(services, entries[:IN_A_FILE]), note))


# Settings


class SettingsChangedError(NoLongerError):
    """Somebody else has changed the settings since they were shown; `now` is what they are."""

    def __init__(self, now: Policy) -> None:
        who = f"<@{now.changed_by}>" if now.changed_by else "Somebody else"
        super().__init__(f"{who} has changed the settings meanwhile. Nothing of yours was saved.")
        self.now = now


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a workspace. `is_damaged`: what was stored cannot be read, and these are the defaults."""

    policy: Policy
    is_damaged: bool = False


@audited(What.SETTINGS, only_refusals)
def settings(services: Services, person: Person) -> Settings:
    """The settings as they are now. Raises UnreadableError for those of a newer release."""
    check_admin(person, services.team)
    try:
        return Settings(services.policies.load(services.team))
    except DamagedError:
        return Settings(Policy(), is_damaged=True)


def change_settings(services: Services, person: Person, seen: str, wanted: Policy) -> Policy:
    """Puts what is `wanted` in the place of the settings, and returns what holds now.

    `seen` is the digest of the settings that the person has changed. Raises SettingsChangedError when these are others
    by now, UnreadableError for those of a newer release. Damaged ones are replaced.
    """
    with attempt(services, person, What.SETTINGS) as this:
        check_admin(person, services.team)
        at, newest = services.trail.this.at or services.clock(), services.trail.audit.newest(services.team)
        before = Policy()

        def change(now: Policy) -> Policy:
            nonlocal before
            if now.digest == wanted.digest:     # an earlier try has come to it
                before = now.before if (now.changed_by, now.changed) == (person.id, at) else now
                return now
            if now.digest != seen:
                raise SettingsChangedError(now)
            before, audit_from = now, newest if wanted.audit_channel != now.audit_channel else now.audit_from
            return replace(
                now.with_settings(wanted), changed_by=person.id, changed=at, former=now.settings, audit_from=audit_from
            )

        after = services.policies.change(services.team, change, over_damaged=True)
        words, hosts = changed_settings(before, after), changed_hosts(before, after)
        this.outcome = Outcome(Result.DONE, words, Sealed(words=hosts)) if words or hosts else None
    return after
