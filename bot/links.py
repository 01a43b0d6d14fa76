"""Links to messages in Slack, made without asking Slack each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redis import Redis
from slack_sdk import WebClient

from bot.stored.conversations import Conversations
from bot.stored.threads import Card
from bot.workspace import Workspace

PATIENCE = 1.0      # seconds


def is_direct(channel: str) -> bool:
    """True: a conversation between two, whose ID begins with D.

    Source: docs.slack.dev/reference/objects/conversation-object.
    """
    return channel.startswith("D")


class Links:
    """Knows the workspace's address, and where each card stands."""

    def __init__(
        self, redis: Redis, slack: WebClient, *, team: str = "", first: bool = True, patience: float = PATIENCE
    ) -> None:
        """`team` and `first` are as in Conversations; `patience` is how long Redis may be away, in seconds."""
        self._conversations = Conversations(redis, team=team, first=first, patience=patience)
        self._workspace = Workspace(redis, slack, patience=patience)

    def home(self) -> str:
        """The workspace's address, `https://example.slack.com/`; '' while Slack does not say it."""
        return self._workspace.address()

    def to_card(self, cards: Sequence[Card], *, reader: str) -> str:
        """The same as `to_cards` for the cards of one task; '' without an address."""
        return self.to_cards({"": cards}, reader=reader).get("", "")

    def to_cards(self, cards: Mapping[str, Sequence[Card]], *, reader: str) -> dict[str, str]:
        """The address of a card of each task that the reader can open, by the task's name.

        Such a card stands in a channel, or in their own conversation with us. A task without one is left out, and all
        are while Slack does not say its own address. The link has the form that
        docs.slack.dev/reference/methods/chat.getPermalink shows; `url` is the workspace's address in
        docs.slack.dev/reference/methods/auth.test.
        """
        own = self._conversations.find(reader) if any(cards.values()) else None
        found = {name: there for name, of_task in cards.items() if (there := _open_to_them(of_task, own)) is not None}
        home = self._workspace.address() if found else ""
        return {name: _address(home, there) for name, there in found.items()} if home else {}


def _open_to_them(cards: Sequence[Card], own: str | None) -> Card | None:
    return next((card for card in cards if card.ts and (card.channel == own or not is_direct(card.channel))), None)


def _address(home: str, there: Card) -> str:
    thread = f"?thread_ts={there.below}&cid={there.channel}" if there.below else ""
    return f"{home}archives/{there.channel}/p{there.ts.replace('.', '')}{thread}"
