"""Showing: what one task's people see of it in Slack, brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.notices import mailbox_owners
from bot.notices.drawings import drawn as drawn_of
from bot.notices.drawings import standing_in
from bot.notices.fates import Fate, Outcome
from bot.notices.milestones import Notice, milestones
from bot.notices.readers import Readers, Reading
from bot.notices.slack import SlackPost
from bot.notices.troubles import OWNER, THREAD, Call, is_first, is_over, solved, stands
from bot.notices.troubles import standing as standing_calls
from bot.stored.attempts import Mark
from bot.stored.policies import Hold
from bot.stored.threads import Act, Card, Pressed, Thread, Threads
from bot.views.message import Message, Shown
from engine.clock import utc_now
from engine.migration.record import Migration

AT_ONCE = 0.001         # seconds, until another look finds what is missing now
REFUSED = 60.0          # seconds to wait with a card that Slack does not take
UNREACHABLE = 600.0     # seconds to leave alone somebody who cannot be written to
MOST_LINKS = 1000       # remembered
CHANNEL_CLOSED = "channel closed"                       # what is noted beside the keys of notices,
CARD_DELETED, CARD_FIXED, CARD_FOR = "card deleted ", "card fixed ", "card for "    # with a card's key, or a person's
MOVED = Notice("moved", "The channel that was chosen takes no messages from OMM, so the migration is shown here.")


@dataclass(slots=True)
class Look:
    """A task as it is found by a look at it. Cards and keys are kept up to date with what is sent.

    A card without `ts` is one that somebody waits for, in the conversation with the person who is its `channel`.
    `due` is when it is due for its next look should this one be broken off; `position` is its position in line.
    """

    thread: Thread
    migration: Migration
    pressed: tuple[Pressed, ...]
    cards: list[Card]
    told: set[str]
    due: float
    position: int | None = None
    hold: Hold | None = None        # everybody's migrations are paused
    stale: list[Card] = field(default_factory=list)     # cards that show an earlier progress

    @property
    def task_id(self) -> str:
        """The task ID."""
        return self.thread.task_id


class Showing:
    """Posts a task's cards, draws them, and tells its milestones.

    A method that sends something returns the seconds to wait until what was left over can be sent, 0 when nothing was.
    """

    def __init__(
        self, slack: SlackPost, threads: Threads, readers: Readers, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._slack = slack
        self._readers = readers
        self._threads = threads
        self._clock = clock
        self._links: dict[str, str] = {}
        self._unreachable: dict[str, float] = {}    # until when

    def bring_up_to_date(self, look: Look) -> float:
        """Everything but mere progress: cards that are missing, cards of another state, milestones in order.

        While its owner takes nothing from us, only the others are shown and told how it goes.
        """
        home, wait = self._home(look)
        waits = [wait, self._draw_changed(look)]
        if home is not None and not _has(look, home):     # deleted, as drawing it has shown
            return AT_ONCE
        if not wait:
            waits += [self._solve(look), self._tell(look, home)]
        if self.is_unreachable(look):
            waits.append(self._tell_followers(look))
        waits.append(self._tell_mailbox_owners(look))
        return _soonest([*waits, self._post_missing(look)])

    def paused(self, card: Card) -> float:
        """Seconds for which the card is not drawn though others are, 0 for none."""
        return self._slack.paused(card.channel, card.ts)

    def is_unreachable(self, look: Look) -> bool:
        """True: its owner takes no messages from us, so that there is nobody to show it to for a while."""
        return 0 < self._unreachable.get(look.task_id, 0.0) - self._now() <= UNREACHABLE

    def _now(self) -> float:
        return self._clock().timestamp()

    # Cards

    def _home(self, look: Look) -> tuple[Card | None, float]:
        """The card whose thread is told the milestones, posted if it has to be. None: its owner does not want it."""
        if self.is_unreachable(look):
            return None, self._unreachable[look.task_id] - self._now()
        wanted = _wanted(look)
        there = self._card_in(look, wanted)
        if there is not None or len(_deleted(look)) > 1:
            return there, 0.0
        outcome = self._post(look, wanted, Card("", "", buttons=True, masked=wanted != look.thread.owner))
        if outcome.fate is Fate.CLOSED and wanted != look.thread.owner:
            self._note(look, CHANNEL_CLOSED)
            return self._home(look)
        if outcome.fate is Fate.CLOSED:
            return None, self._nobody_there(look)
        return (look.cards[-1], 0.0) if outcome.fate is Fate.SENT else (None, outcome.wait or REFUSED)

    def _card_in(self, look: Look, channel: str) -> Card | None:
        """The card that stands in a conversation, which may be named by its person."""
        where = self._slack.where(channel)
        return next((card for card in look.cards if card.ts and card.channel == where), None)

    def _post_missing(self, look: Look) -> float:
        """Posts the cards of those who follow the task, in their own conversations; each once."""
        return _soonest([self._post_one(look, card) for card in list(_waited_for(look))])

    def _post_one(self, look: Look, card: Card) -> float:
        reading = self._readers.may_read(card.channel, look.thread)
        if reading is Reading.UNKNOWN:
            return REFUSED
        if reading is Reading.YES and self._card_in(look, card.channel) is None:
            outcome = self._post(look, card.channel, card)
            if not outcome.settled:
                return outcome.wait
        self._note(look, f"{CARD_FOR}{card.channel}")
        self._drop(look, card)
        return 0.0

    def _post(self, look: Look, channel: str, card: Card) -> Outcome:
        message, drawn = drawing(look, card, self._clock())
        mark = Mark(look.task_id, f"card {len(_deleted(look)) + 1} in {channel}")
        outcome = self._slack.post(channel, message, mark)
        if outcome.fate is Fate.SENT:
            drawn = "" if outcome.earlier else drawn
            card = replace(card, channel=outcome.channel, ts=outcome.ts, drawn=drawn, drawn_at=self._now())
            self._threads.put_card(look.task_id, card)
            look.cards.append(card)
        return outcome

    def _draw_changed(self, look: Look) -> float:
        """Draws what shows another state; notes what only shows an earlier progress."""
        look.stale.clear()
        waits = []
        closed = self._slack.where(look.thread.owner) if self.is_unreachable(look) else ""
        for card in [card for card in look.cards if card.ts and f"{CARD_FIXED}{card.key}" not in look.told]:
            if card.channel == closed:
                continue
            drawn = drawing(look, card, self._clock())[1]
            if drawn != card.drawn and standing_in(drawn) == standing_in(card.drawn):
                look.stale.append(card)
            elif drawn != card.drawn:
                waits.append(self.draw(look, card))
        return _soonest(waits)

    def draw(self, look: Look, card: Card, *, spare: int = 0) -> float:
        """Changes a card to what it is to show now. `spare`: only if so many others could be changed after it.

        One of somebody who follows the task and may not read of it any more stays as it is, for good.
        """
        follower = next((user for user in _following(look) if self._slack.where(user) == card.channel), "")
        reading = self._readers.may_read(follower or look.thread.owner, look.thread)
        if reading is not Reading.YES:
            return self._left_alone(look, card, reading)
        message, drawn = drawing(look, card, self._clock())
        outcome = self._slack.update(card.channel, card.ts, message, spare=spare)
        if not outcome.settled:
            return outcome.wait
        if outcome.fate is Fate.FIXED and not card.below:
            return self._post_below(look, card)
        if outcome.fate is Fate.FIXED:      # so would the next one be
            self._note(look, f"{CARD_FIXED}{card.key}")
        if outcome.fate in (Fate.GONE, Fate.CLOSED):
            return self._lose(look, card, outcome.fate)
        self._replace(look, card, replace(card, drawn=drawn, drawn_at=self._now()))
        return 0.0

    def _post_below(self, look: Look, card: Card) -> float:
        """Posts a card anew in its own thread, once, because Slack lets nobody change it any more."""
        if there := next((one for one in look.cards if one.below and one.below == card.ts), None):
            self._replace(look, card, there)    # a process has died between noting the new one and dropping the old one
            return AT_ONCE
        message, drawn = drawing(look, card, self._clock())
        outcome = self._slack.post(card.channel, message, Mark(look.task_id, f"card below {card.ts}"), thread=card.ts)
        if not outcome.settled:
            return outcome.wait
        if outcome.fate is not Fate.SENT:
            return self._lose(look, card, Fate.CLOSED if outcome.fate is Fate.CLOSED else Fate.GONE)
        drawn = "" if outcome.earlier else drawn
        self._replace(look, card, replace(card, ts=outcome.ts, below=card.ts, drawn=drawn, drawn_at=self._now()))
        return 0.0

    def _replace(self, look: Look, card: Card, fresh: Card) -> None:
        self._threads.put_card(look.task_id, fresh)
        if fresh.key != card.key:
            self._threads.drop_card(look.task_id, card)
        look.cards = [*(one for one in look.cards if one.key not in (card.key, fresh.key)), fresh]

    def _lose(self, look: Look, card: Card, fate: Fate) -> float:
        """A card is gone, or its conversation is closed to us. The task's own is posted anew, elsewhere if need be."""
        is_home = card.channel == self._slack.where(_wanted(look))
        if fate is Fate.CLOSED and is_home and _wanted(look) == look.thread.owner:
            return self._nobody_there(look)
        if is_home:
            self._note(look, CHANNEL_CLOSED if fate is Fate.CLOSED else f"{CARD_DELETED}{card.key}")
        self._drop(look, card)
        return AT_ONCE

    def _left_alone(self, look: Look, card: Card, reading: Reading) -> float:
        if reading is Reading.UNKNOWN:
            return REFUSED
        self._drop(look, card)
        return 0.0

    def _drop(self, look: Look, card: Card) -> None:
        self._threads.drop_card(look.task_id, card)
        look.cards = [one for one in look.cards if one.key != card.key]

    def _nobody_there(self, look: Look) -> float:
        self._unreachable[look.task_id] = self._now() + UNREACHABLE
        return UNREACHABLE

    # Milestones

    def _tell(self, look: Look, home: Card | None) -> float:
        """Tells what is to be told, in order; stops at the first that does not arrive.

        Where only the card's conversation takes nothing now, the owner is told all the same, in their own.
        """
        elsewhere = home is not None and home.channel != self._slack.where(look.thread.owner)
        thread, owner_waits, followers_wait = Outcome(Fate.SENT), 0.0, [0.0]
        for notice in self._notices(look):
            if notice.key not in look.told and thread.settled:
                thread = self._tell_thread(look, home, notice)
            if home is not None and not _has(look, home):
                return thread.wait
            in_turn = thread.settled or (elsewhere and thread.fate is Fate.PAUSED)
            if notice.to_owner and in_turn and not owner_waits:
                owner_waits = self._tell_owner(look, home, notice)
            if notice.to_followers and in_turn:
                followers_wait = [self._tell_follower(look, user, notice) for user in self._followers(look)]
        return _soonest([thread.wait, owner_waits, *followers_wait])

    def _notices(self, look: Look) -> Iterator[Notice]:
        if CHANNEL_CLOSED in look.told:
            yield MOVED
        yield from milestones(look.migration, look.pressed)

    def _tell_thread(self, look: Look, home: Card | None, notice: Notice) -> Outcome:
        outcome = Outcome(Fate.SENT)
        if home is not None and not stands(look.told, notice, THREAD):
            in_channel = home.channel != self._slack.where(look.thread.owner)
            called = look.thread.owner if notice.trouble and in_channel else ""
            outcome = self._slack.post(
                home.channel, notice.in_thread.message(to=called), Mark(look.task_id, notice.key), thread=home.thread,
                broadcast=notice.broadcast and in_channel and is_first(look.told, notice),
            )
            self._note_call(look, notice, THREAD, outcome)
        if home is not None and outcome.fate in (Fate.GONE, Fate.CLOSED):
            return Outcome(Fate.BUSY, wait=self._lose(look, home, outcome.fate))
        if outcome.settled:
            self._note(look, notice.key)
        return outcome

    def _tell_owner(self, look: Look, home: Card | None, notice: Notice) -> float:
        key = f"{notice.key}, to its owner"
        if key in look.told:
            return 0.0
        link = self._link(home)
        if link.wait and link.fate is not Fate.PAUSED:      # where the card is; the owner is told elsewhere
            return link.wait
        if stands(look.told, notice, OWNER):
            self._note(look, key)
            return 0.0
        outcome = self._slack.post(look.thread.owner, notice.message(link.link), Mark(look.task_id, key))
        self._note_call(look, notice, OWNER, outcome)
        if outcome.settled:
            self._note(look, key)
        return outcome.wait

    def _followers(self, look: Look) -> list[str]:
        """The people who followed it before it ended, but for its owner and for those who have deleted their card."""
        back = look.migration.rollback.ended if look.migration.rollback else None
        end = back or look.migration.ended or self._clock()
        follows = (press.user for press in look.pressed if press.act is Act.FOLLOW and press.at <= end)
        users = sorted(set(follows) - {look.thread.owner})
        return [u for u in users if f"{CARD_FOR}{u}" not in look.told or self._card_in(look, u) is not None]

    def _tell_followers(self, look: Look) -> float:
        """Tells all of them how it ended."""
        ends = [notice for notice in self._notices(look) if notice.to_followers]
        return _soonest([self._tell_follower(look, user, end) for end in ends for user in self._followers(look)])

    def _tell_follower(self, look: Look, user: str, notice: Notice) -> float:
        """Tells how it ended, in their own conversation, where their card is. Who takes nothing holds up nobody."""
        key = f"{notice.key}, to {user}"
        if key in look.told:
            return 0.0
        if (reading := self._readers.may_read(user, look.thread)) is not Reading.YES:
            return REFUSED if reading is Reading.UNKNOWN else 0.0
        outcome = self._slack.post(user, notice.message(), Mark(look.task_id, key))
        if outcome.settled:
            self._note(look, key)
        return outcome.wait

    def _tell_mailbox_owners(self, look: Look) -> float:
        """Tells those whose mailboxes a service account opens. Who takes nothing holds up nobody."""
        told = mailbox_owners.notices(look.migration, look.thread, look.pressed)
        return _soonest([self._tell_mailbox_owner(look, user, notice) for user, notice in told])

    def _tell_mailbox_owner(self, look: Look, user: str, notice: Notice) -> float:
        key = f"{notice.key}, to the mailbox's owner {user}"
        if key in look.told:
            return 0.0
        outcome = self._slack.post(user, notice.message(), Mark(look.task_id, key))
        if outcome.settled:
            self._note(look, key)
        return outcome.wait

    def _solve(self, look: Look) -> float:
        """Changes the calls for help whose trouble is over, wherever they stand."""
        waits = []
        for call in [call for call in standing_calls(look.told) if is_over(look.migration, call)]:
            outcome = self._slack.update(call.channel, call.ts, solved(look.migration, call))
            if outcome.settled:
                self._note(look, call.solved_key)
            waits.append(outcome.wait)
        return _soonest(waits)

    def _note_call(self, look: Look, notice: Notice, where: str, outcome: Outcome) -> None:
        if notice.trouble and outcome.fate is Fate.SENT:
            self._note(look, Call(notice.trouble, where, outcome.channel, outcome.ts, notice.title).key)

    def _link(self, home: Card | None) -> Outcome:
        if home is None:
            return Outcome(Fate.GONE)
        if home.key in self._links:
            return Outcome(Fate.SENT, link=self._links[home.key])
        outcome = self._slack.permalink(home.channel, home.ts)
        if outcome.fate is Fate.SENT:
            if len(self._links) >= MOST_LINKS:
                self._links.clear()
            self._links[home.key] = outcome.link
        return outcome

    def _note(self, look: Look, key: str) -> None:
        self._threads.tell(look.task_id, key)
        look.told.add(key)


def _soonest(waits: Sequence[float]) -> float:
    """The shortest wait that there is; 0 for none."""
    return min((wait for wait in waits if wait), default=0.0)


def _wanted(look: Look) -> str:
    """Where the task's own card belongs: a channel's id, or its owner's."""
    channel = look.thread.channel
    return channel if channel and CHANNEL_CLOSED not in look.told else look.thread.owner


def _deleted(look: Look) -> list[str]:
    """The task's own cards that somebody has deleted."""
    return [key for key in look.told if key.startswith(CARD_DELETED)]


def _has(look: Look, card: Card) -> bool:
    return any(one.key == card.key for one in look.cards)


def _following(look: Look) -> list[str]:
    """The people who follow it, but for its owner."""
    return sorted({press.user for press in look.pressed if press.act is Act.FOLLOW} - {look.thread.owner})


def _waited_for(look: Look) -> Iterator[Card]:
    """The cards that are to be posted beside the task's own. Those who only follow it see, and may not press."""
    yield from (card for card in look.cards if not card.ts)
    named = {card.channel for card in look.cards if not card.ts}
    for user in sorted({press.user for press in look.pressed if press.act is Act.FOLLOW} - named):
        if f"{CARD_FOR}{user}" not in look.told:
            own = user == look.thread.owner
            yield Card(user, "", buttons=own, masked=not own)


def drawing(look: Look, card: Card, now: datetime) -> tuple[Message, str]:
    """What a card is to show now, and a digest of it."""
    return drawn_of(Shown(
        look.migration, look.thread, look.pressed, now, look.position, card.masked, card.buttons, look.hold
    ))
