"""Replies: how somebody who did something in Slack is told what came of it, where only they see it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.buttons import ButtonGoneError, NoLongerError
from bot.listeners.interaction import Interaction
from bot.notices.letters import letter
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.stored.outbox import Letter
from bot.views import blocks, cards, dialogs, modals
from bot.views.message import Message
from bot.work.counting import TAKEN
from engine.errors import Cause, FatalError, OmmError, TakenError
from engine.store.patience import is_absence

TITLE = "OMM"
TOO_LATE = frozenset({"expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"})
AWAY = "OMM is being restarted. Please try again in a minute."
REFUSED = (
    "OMM cannot read or save its data, and trying again will not help. "
    "Please tell OMM's administrator. The details are in its log."
)
SLOW = "Slack took too long to open the window. Please try again."
SLACK_AWAY = "Slack does not answer OMM at the moment. Please try again in a minute."
OUR_FAULT = (
    "OMM could not do that because of an error of its own. Nothing is lost. "
    "Please try again. If it happens again, tell OMM's administrator."
)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """Words for one person. `marked`: they are all our own, so people and dates in them are drawn."""

    text: str
    marked: bool = False

    def message(self) -> Message:
        """As an ephemeral message."""
        if self.marked:
            return Message(self.text, (blocks.section("said", self.text),))
        plain = letter("", "", self.text)
        return Message(plain.text, plain.blocks)

    def view(self) -> modals.View:
        """As a modal."""
        return dialogs.words(TITLE, re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", self.text), mentions=self.marked)


@contextmanager
def worded() -> Iterator[None]:
    """Has a button that does not apply (any more) said in the words of a card: raises NoLongerError for it."""
    try:
        yield
    except ButtonGoneError as error:
        raise NoLongerError(cards.button_gone(error.action, error.migration, error.pressed)) from error


def said_of(error: Exception) -> Said:
    """What somebody is told whose interaction ended in that error."""
    if is_of_the_store(error):
        return Said(AWAY if passes(error) else REFUSED)
    if isinstance(error, TakenError):
        return Said(TAKEN)
    if isinstance(error, OmmError):
        return Said(str(error), marked=isinstance(error, NotAllowedError | NoLongerError))
    if isinstance(error, SlackApiError) and why(error) in TOO_LATE:
        return Said(SLOW)
    return Said(SLACK_AWAY if isinstance(error, SLACK_FAILS) else OUR_FAULT)


def is_of_the_store(error: Exception) -> bool:
    """True: Redis, or what is kept in it, is the reason."""
    return isinstance(error, FatalError) and error.cause is Cause.STORE


def passes(error: Exception) -> bool:
    """True: Redis was away or busy loading. False: it refused, or a key is missing, and a person must see to it."""
    return isinstance(error.__cause__, RedisError) and is_absence(error.__cause__)


def asker(services: Services, interaction: Interaction) -> Person:
    """Who did it. Raises UnknownPersonError when Slack does not say."""
    return services.people.look(interaction.user)


def tell(services: Services, interaction: Interaction, said: Said) -> None:
    """Tells them beside what they did, or in a window, or else in their conversation with us."""
    is_said = not interaction.user or _whispered(services, interaction, said.message())
    if not is_said and not _opened(services, interaction, said):
        _written(services, interaction, said.message())


def whisper(services: Services, interaction: Interaction, message: Message) -> None:
    """Answers a command with a message that only they see; in their conversation with us where Slack takes none."""
    if not _whispered(services, interaction, message):
        _written(services, interaction, message)


def _written(services: Services, interaction: Interaction, message: Message) -> None:
    key = f"said:{interaction.trigger_id or interaction.user}"
    services.outbox.put(Letter(key, interaction.user, message.text, message.blocks))


def ephemeral(message: Message) -> dict[str, Any]:
    """A message that one person sees, as the answer to a command and a response_url take it."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": list(message.blocks)}


def _whispered(services: Services, interaction: Interaction, message: Message) -> bool:
    if not interaction.response_url:
        return False
    slack = services.slack
    webhook = WebhookClient(interaction.response_url, timeout=slack.timeout, ssl=slack.ssl, retry_handlers=[])
    try:
        answer = webhook.send_dict({**ephemeral(message), "replace_original": False})
    except (*SLACK_FAILS, ValueError) as error:     # ValueError: it is no address
        log.warning("a response_url does not answer: %s", type(error).__name__)
        return False
    return answer.status_code == 200


def _opened(services: Services, interaction: Interaction, said: Said) -> bool:
    if not interaction.trigger_id:
        return False
    try:
        show(services, interaction, said.view())
    except SLACK_FAILS as error:
        log.warning("a window was not opened: %s", why(error))
        return False
    return True


def show(services: Services, interaction: Interaction, view: Mapping[str, Any]) -> str:
    """Opens a window over what they have before them; returns the view's id. Raises as slack_sdk does."""
    on_top = interaction.action and interaction.view is not None and interaction.view.is_modal
    call = services.slack.views_push if on_top else services.slack.views_open
    return str(call(trigger_id=interaction.trigger_id, view=dict(view))["view"]["id"])
