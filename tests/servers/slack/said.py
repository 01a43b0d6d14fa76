"""What cards say, from when on, and for how long they go on saying what is no longer so."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.views.words import standing
from emulators.slack import ApiCall
from engine.migration.content import Content
from engine.migration.record import Migration

CARD = re.compile(r"Migration (\w{4}-\w{4}): ([^.]+)\.(?:.*?(\d[\d,]*) of )?")
WORDS = ("Waiting in the queue", "Running", "Completed")     # of a card that nobody disturbs, in this order


@dataclass(frozen=True, slots=True)
class Said:
    """What a card said, from when on (seconds since 1970). `copied` is how many messages it counted as copied."""

    at: float
    word: str
    copied: int

    @property
    def place(self) -> tuple[int, int]:
        """How far it is: a card that nobody disturbs only goes forward."""
        return WORDS.index(self.word), self.copied


def said_by_cards(calls: Iterable[ApiCall]) -> dict[str, list[Said]]:
    """Everything that every card has ever said, by task, in order."""
    versions: dict[str, list[Said]] = {}
    for call in calls:
        found = CARD.match(call.arguments.get("text") or "")
        if call.ok and found and call.method in ("chat.postMessage", "chat.update"):
            copied = int((found[3] or "0").replace(",", ""))
            versions.setdefault(found[1], []).append(Said(call.at, found[2], copied))
    return versions


def to_be_said(task: Migration) -> Said:
    """What a card would say if it were drawn now."""
    return Said(time.time(), standing(task).word, task.step(Content.MAIL).counts.copied)


def oldest(cards: Sequence[Said], records: Sequence[Said], now: float) -> float:
    """For how many seconds at most a card went on saying what was no longer so; `records` is what was so."""
    ages = [0.0]
    for card, replaced in zip(cards, [*(one.at for one in cards[1:]), now], strict=True):
        later = [record.at for record in records if record.place > card.place]
        ages += [replaced - later[0]] if later else []
    return max(ages)
