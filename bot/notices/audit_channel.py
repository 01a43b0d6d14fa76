"""The audit's channel: new entries posted where the admins of a workspace want to read them, several in one message.

Without what is sealed in them, so neither logins nor servers stand there. How far it has come is written down before
and after each message is handed to the outbox, which takes the same one once. A channel that takes nothing from OMM, as
one from which it was removed, or which is archived, gets all of it once it does again, and an admin is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.audit_lines import open_lines
from bot.ids import COMMAND
from bot.notices.fates import Fate
from bot.people import People, UnknownPersonError
from bot.permissions import NotAllowedError, check_admin
from bot.stored.audit import Audit, Placed, Shown, is_later
from bot.stored.outbox import AUDIT, Letter, Outbox
from bot.stored.policies import Policies, Policy
from bot.views import blocks
from bot.views.audit import posted
from engine.errors import UnreadableError

EVERY = 10.0        # seconds between two messages
LATER = 600.0       # seconds after which a channel that takes nothing is tried again where nothing new was done
MOST = 20           # entries in one
CLOSED = (
    "OMM cannot post the audit into <#{}> any more: it was removed from that channel or may not post there, or the "
    "channel is archived. Type /invite @omm there, or choose another channel with `{} admin settings`. What is done "
    "meanwhile is posted there as soon as OMM can; `{} admin audit` shows it now."
)


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

    def settled(self, letter: Letter, fate: Fate) -> bool:
        """Takes down what became of a letter. True: its entries were not taken, and are posted again later."""
        shown = self._audit.shown(self._team) if letter.key.startswith(AUDIT) else None
        if shown is None or shown.channel != letter.to:
            return False
        taken, last = shown.taken or shown.until, letter.key.removeprefix(AUDIT)
        if fate is Fate.CLOSED:
            refused, told = self._audit.newest(self._team), shown.told or self._tell(shown.channel)
            shown = replace(shown, until=taken, under_way="", taken=taken, refused=refused, told=told)
            self._audit.note_shown(self._team, shown)
        elif not is_later(last, shown.until):       # not one that had waited behind another that was not taken
            self._audit.note_shown(self._team, replace(shown, taken=last, refused="", told=False))
        return fate is Fate.CLOSED

    def _tell(self, channel: str) -> bool:
        """Writes to the admin who has changed the settings last, or to all. True: somebody is told."""
        with suppress(UnreadableError, UnknownPersonError):
            policy = self._policies.load(self._team)
            if policy.audit_channel == channel:
                text = CLOSED.format(channel, COMMAND, COMMAND)
                for admin in self._admins(policy):
                    key = f"closed:{AUDIT}{channel}"
                    self._outbox.put(Letter(key, admin, text, [blocks.section("closed", text)]))
                return True
        return False

    def _admins(self, policy: Policy) -> list[str]:
        with suppress(NotAllowedError, UnknownPersonError):
            if policy.changed_by:
                check_admin(self._people.look(policy.changed_by), self._team)
                return [policy.changed_by]
        return [admin.id for admin in self._people.admins(_not_now)]

    def _post(self, shown: Shown) -> None:
        now = self._clock().timestamp()
        if not shown.under_way and shown.at <= now < shown.at + self._every:
            return
        is_closed = shown.refused and shown.refused == self._audit.newest(self._team)
        if is_closed and shown.at <= now < shown.at + LATER:
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
        return Letter(f"{AUDIT}{shown.under_way}", shown.channel, message.text, message.blocks)

    def _name(self, user: str) -> str:
        """What a person is called: a mention would notify them of each entry."""
        with suppress(UnknownPersonError):
            return self._people.look(user).name or user
        return user


def _of(policy: Policy, shown: Shown | None) -> Shown:
    """How far it has come in that channel; in a new one it begins with what was done when that was set."""
    if shown is not None and shown.channel == policy.audit_channel:
        return shown if shown.taken else replace(shown, taken=shown.until)
    begins = policy.audit_from or "0-0"
    return Shown(policy.audit_channel, begins, taken=begins)


def _not_now(_seconds: float) -> None:
    """Other messages wait: where Slack has us wait, they are told another time."""
    raise UnknownPersonError
