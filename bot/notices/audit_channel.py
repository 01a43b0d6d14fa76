"""The audit's channel: new entries posted where the admins of a workspace want to read them, several in one message.

Without what is sealed in them, so neither logins nor servers stand there. How far it has come is written down before
and after each message is handed to the outbox, which takes the same one once. Where the channel takes nothing from us
any more, it begins again with what was refused, and an admin is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.audit.lines import open_lines
from bot.people import UNSAID, People, UnknownPersonError
from bot.permissions import NotAllowedError, check_admin
from bot.stored.audit import Audit, Placed, Shown, is_later
from bot.stored.outbox import AUDIT, Letter, Outbox
from bot.stored.policies import Policies, Policy
from bot.user_groups import UnknownGroupsError
from bot.views.audit import posted, posts_nothing
from engine.errors import UnreadableError

EVERY = 10.0        # seconds between two messages
MOST = 20           # entries in one
AGAIN = 600.0       # seconds until a channel is tried again that has refused one
SPAN = ">"          # in the key of a message, between the entry before its first and its last one


class AuditChannel:
    """Posts the entries of one workspace. Nothing is posted while nobody can read what its admins have set."""

    def __init__(
        self, audit: Audit, policies: Policies, outbox: Outbox, people: People, *, team: str,
        clock: Callable[[], datetime], every: float = EVERY,
    ) -> None:
        """`every` is the seconds between two messages."""
        self._audit, self._policies, self._outbox, self._people = audit, policies, outbox, people
        self._team, self._clock, self._every = team, clock, every

    def look(self) -> None:
        """Hands over a message with the entries that are new, unless the last one was a moment ago."""
        with suppress(UnreadableError):
            policy, shown = self._policies.load(self._team), self._audit.shown(self._team)
            if policy.audit_channel:
                self._post(_of(policy, shown))
            elif shown is not None:
                self._audit.note_shown(self._team, None)

    def came(self, letter: Letter, *, refused: bool) -> None:
        """Notes what became of a message. `refused`: the channel takes nothing from us; its entries come again."""
        shown, before = self._audit.shown(self._team), letter.key.removeprefix(AUDIT).rpartition(SPAN)[0]
        if shown is None or shown.channel != letter.to or not (refused or shown.refused):
            return
        if refused and before:
            first = before if is_later(shown.until, before) else shown.until
            if not shown.refused:
                self._tell(letter.to, first)
            now = self._clock().timestamp()
            self._audit.note_shown(self._team, Shown(letter.to, first, at=now, refused=True))
        elif not refused:
            self._audit.note_shown(self._team, replace(shown, refused=False))

    def _tell(self, channel: str, since: str) -> None:
        """Writes to the admin who has changed the settings last, or, where that is none any more, to all admins."""
        with suppress(UnreadableError):
            message = posts_nothing(channel)
            for user in self._admins(self._policies.load(self._team).changed_by):
                self._outbox.put(Letter(f"audit-channel:{channel}:{since}", user, message.text, message.blocks))

    def _admins(self, user: str) -> tuple[str, ...]:
        """Those who are told; while Slack does not say who is an admin, `user` alone."""
        named = (user,) if user else ()
        with suppress(UnknownPersonError):
            try:
                check_admin(self._people.look(user), self._team)
            except NotAllowedError:
                return tuple(admin.id for admin in self._people.admins(_not_now)) or named
        return named

    def _post(self, shown: Shown) -> None:
        now, every = self._clock().timestamp(), AGAIN if shown.refused else self._every
        if not shown.under_way and shown.at <= now < shown.at + every:
            return
        found = self._audit.page(self._team, after=shown.until, most=MOST).entries
        if shown.under_way:     # the process died over it: the same entries once more, as the same message
            found = tuple(each for each in found if not is_later(each.id, shown.under_way))
        elif found:
            shown = replace(shown, under_way=found[0].id, at=now)
            self._audit.note_shown(self._team, shown)
        if found:
            self._outbox.put(self._letter(shown, found))
        if shown.under_way:
            self._audit.note_shown(self._team, replace(shown, until=shown.under_way, under_way=""))

    def _letter(self, shown: Shown, entries: tuple[Placed, ...]) -> Letter:
        message = posted(list(reversed(open_lines(entries, self._team))), self._name)
        return Letter(f"{AUDIT}{shown.until}{SPAN}{shown.under_way}", shown.channel, message.text, message.blocks)

    def _name(self, slack_id: str) -> str:
        """What a person or a user group is called: a mention would notify them of each entry."""
        with suppress(UnknownPersonError, UnknownGroupsError):
            if not slack_id.startswith("S"):
                return self._people.look(slack_id).name or slack_id
            return next((f"@{each.handle}" for each in self._people.groups.all() if each.id == slack_id), slack_id)
        return slack_id


def _of(policy: Policy, shown: Shown | None) -> Shown:
    """How far it has come in that channel; in a new one it begins with what was done when that was set."""
    if shown is not None and shown.channel == policy.audit_channel:
        return shown
    return Shown(policy.audit_channel, policy.audit_from or "0-0")


def _not_now(_seconds: float) -> None:
    """Where Slack has us wait for the names of the admins, other messages would wait, too."""
    raise UnknownPersonError(UNSAID)
