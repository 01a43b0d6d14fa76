"""People at their Slack who have a mailbox moved: what they do, and what they see of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.ids import Action
from emulators.slack import Ack, NotPossibleError
from emulators.slack.control import Control
from tests.servers.slack.said import CARD

PATIENCE = 150.0     # seconds for one thing to happen


def until(look: Callable[[], Any], *, seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """What is seen, as soon as there is anything."""
    over = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < over, f"it did not happen within {seconds:.0f} seconds"
        time.sleep(every)
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at their Slack. `channel` is where they type; `dm` is their own conversation with the app."""

    slack: Control
    key: str
    channel: str

    def opens_form(self) -> dict[str, Any]:
        """Types the command, and waits for the form, which takes the place of whatever window is open."""
        before = [view["id"] for view in self.slack.views(self.key)]
        assert self.slack.slash(self.key, self.channel, "migrate").outcome == "ok"
        (form,) = until(lambda: [v for v in self.slack.views(self.key) if v["id"] not in before], every=0.2)
        return dict(form)

    def sends(self, view: Mapping[str, Any], typed: Mapping[str, str]) -> Ack:
        """Fills in the form and sends it."""
        names = [block["block_id"] for block in view["blocks"]]
        values = {next(name for name in names if name.startswith(field)): value for field, value in typed.items()}
        return self.slack.submit(self.key, view["id"], values)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody's migration to a mailbox."""

    person: Person
    address: str
    task_id: str

    def presses(self, action: Action) -> Ack:
        """A button of the card, as soon as it is there."""
        ack: Ack = until(lambda: self.tries(action))
        return ack

    def tries(self, action: Action) -> Ack | None:
        """A button of the card; None while there is no such button."""
        with suppress(NotPossibleError, IndexError):
            return self.person.slack.press(self.person.key, self.cards[0]["ts"], action)
        return None

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards in the conversation where it was begun: one, once it is posted."""
        return [one for one in self._messages() if one["text"].startswith(f"Migration {self.task_id}:")]

    @property
    def card(self) -> str:
        """What the one card says."""
        (card,) = self.cards
        return str(card["text"])

    @property
    def told(self) -> list[str]:
        """The first line of everything that stands in the card's thread, in order."""
        threads = {card["ts"] for card in self.cards}
        return [one["text"].splitlines()[0] for one in self._messages() if one.get("thread_ts") in threads]

    @property
    def letters(self) -> list[str]:
        """The first line of every message about it in the person's own conversation, cards and threads aside."""
        found = [one for one in self.person.slack.messages("dm", self.person.key) if not one.get("thread_ts")]
        lines = [one["text"].splitlines()[0] for one in found]
        return [line for line in lines if self.task_id in line and not CARD.match(line)]

    def is_told(self) -> bool:
        """Whether the last they will hear of it is there: on the card, in its thread, in a message of their own."""
        on_cards = any("Completed" in card["text"] for card in self.cards)
        return on_cards and all(any("is completed" in line for line in lines) for lines in (self.told, self.letters))

    def _messages(self) -> list[dict[str, Any]]:
        return self.person.slack.messages(self.person.channel, self.person.key)
