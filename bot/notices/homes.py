"""Homes: the home tabs of people whose migrations stand elsewhere than when theirs was drawn, drawn anew."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from bot.notices.fates import Fate, Outcome
from bot.notices.home_tab import Tab, Tabs
from bot.notices.showing import Look
from bot.notices.slack import SlackPost
from bot.stored.opened_homes import Owner
from bot.stored.policies import Hold
from bot.views.home import looks_in_it
from engine.migration.states import UNDER_WAY

EVERY = 5.0             # seconds between two drawings of a home tab
LONGEST = 300.0         # seconds for which a home tab is put off, at most
MOST = 10_000           # tasks, and people, remembered
BROKEN = Outcome(Fate.PAUSED, wait=60.0)    # of one that we fail at
Guarded = Callable[[str, Callable[[], Outcome]], Outcome | None]


class Homes:
    """Draws what is due, each home tab at most every EVERY seconds, and the last state always."""

    def __init__(self, slack: SlackPost, tabs: Tabs) -> None:
        self._slack = slack
        self._tabs = tabs
        self.hold: Hold | None = None               # who has paused everybody's migrations
        self._stood: dict[str, str] = {}            # how each task stood at the last look at it, by its ID
        self._drawn_at: dict[Owner, float] = {}     # lately

    def note(self, look: Look) -> None:
        """Marks the owner's home tab as due if the task stands otherwise than at the look before."""
        cards = sorted(card.key for card in look.cards if card.ts)
        stands = " ".join([looks_in_it(look.migration, self._tabs.clock()), *cards])
        if self._stood.get(look.task_id) == stands:
            return
        self._tabs.opened.changed(Owner(look.thread.team, look.thread.owner))
        if len(self._stood) >= MOST:        # at worst, tabs are looked at that need not be drawn
            self._stood.clear()
        self._stood[look.task_id] = stands

    def _look_at_hold(self) -> None:
        """Has the card of each migration drawn anew that is held up, or is no longer, since the look before."""
        hold = self._tabs.hold(self._slack.team)
        if hold != self.hold:
            self.hold = hold
            self._tabs.threads.all_changed(self._tabs.lists.begun_in(self._slack.team, sorted(UNDER_WAY)))

    def show(self, may_send: Callable[[], bool], guarded: Guarded) -> float:
        """Draws what is due while `may_send` says so, each by `guarded`, which keeps its errors from the others.

        Returns when the next is due, in seconds since 1970; math.inf: none is.
        """
        self._look_at_hold()
        due = {owner: at for owner, at in self._tabs.opened.due().items() if owner.team == self._slack.team}
        now = self._now()
        following = min((at for at in due.values() if _is_later(at, now)), default=math.inf)
        for owner in self._in_turn([owner for owner, at in due.items() if not _is_later(at, now)]):
            outcome = self._too_soon(owner)
            if outcome is None:
                if not may_send():
                    return now
                outcome = guarded(f"the home tab of {owner.user}", partial(self._draw, owner)) or BROKEN
            if outcome.wait:
                until = now + min(outcome.wait, LONGEST)
                self._tabs.opened.put_off(owner, until)
                following = min(following, until)
            if outcome.fate in (Fate.BUSY, Fate.AWAY):
                break
        return following

    def _in_turn(self, owners: list[Owner]) -> list[Owner]:
        """Whoever's was drawn longest ago comes first."""
        return sorted(owners, key=lambda owner: self._drawn_at.get(owner, 0.0))

    def _too_soon(self, owner: Owner) -> Outcome | None:
        """Why it waits although it is due: it has just been drawn."""
        since = self._now() - self._drawn_at.get(owner, -math.inf)
        return Outcome(Fate.PAUSED, wait=EVERY - since) if 0 <= since < EVERY else None

    def _draw(self, owner: Owner) -> Outcome:
        """Draws it, unless it would look the same."""
        if held_back := self._slack.home_held_back(owner.user):
            return held_back
        begun = self._tabs.opened.begin(owner)
        tab, outcome = self._tabs.of(owner), Outcome(Fate.SENT)
        if tab.digest != self._tabs.opened.shows(owner):
            outcome = self._slack.publish(owner.user, tab.view)
            self._note_drawing(owner)
        if outcome.fate is Fate.CLOSED:
            self._tabs.opened.forget(owner)
        elif outcome.settled:       # what Slack refuses for its form is drawn again when it looks another way
            self._end(owner, begun, tab)
        return outcome

    def _end(self, owner: Owner, begun: float, tab: Tab) -> None:
        """Notes what it shows. We draw one after the other: what others draw meanwhile makes it due once more."""
        if self._tabs.drawn(owner, begun, tab):
            self._tabs.forget(owner, tab)

    def _note_drawing(self, owner: Owner) -> None:
        if len(self._drawn_at) >= MOST:
            self._drawn_at.clear()
        self._drawn_at[owner] = self._now()

    def _now(self) -> float:
        return self._tabs.clock().timestamp()


def _is_later(at: float, now: float) -> bool:
    """True: it is put off until then. What is further off was put off before the clock was set back."""
    return now < at <= now + LONGEST
