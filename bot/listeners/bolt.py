"""Bolt as this app uses it: every delivery taken once, what somebody did parsed once, and errors told to them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import wraps
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.audit.auditing import came_of, refused
from bot.drawn import NotDrawnError
from bot.listeners import (
    admin,
    approval,
    authorise,
    cancel,
    commands,
    direct,
    everybody,
    follow,
    forget,
    help,  # noqa: A004 - a conversation
    home,
    migrate,
    password,
    private,
    report,
    retry,
    rollback,
    settings,
    steering,
    switch_on,
)
from bot.listeners import interaction as deeds
from bot.listeners.deliveries import NEW, Deliveries, Turn
from bot.listeners.interaction import Body, Interaction
from bot.listeners.reply import Said, asker, ephemeral, is_of_the_store, passes, said_of, tell, worded
from bot.permissions import check_admin, check_member
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.stored.audit_entries import What
from engine.errors import FatalError, OmmError

CHATTY = ("slack_bolt", "slack_sdk", "slack_sdk.web.base_client", "slack_sdk.webhook.client", "slack_sdk.socket_mode")
CONVERSATIONS = (
    migrate, authorise, follow, commands, steering, switch_on, retry, password, private, cancel, rollback, report,
    forget, home, settings, admin, approval, everybody, direct,
    help,       # takes what is left
)
UNSEEN = ("event_callback", "view_closed")      # nobody waits for what comes of them
Listener = Callable[..., None]
log = logging.getLogger(__name__)


class Bolt(App):
    """Bolt, told when something is answered, and with errors that come after an acknowledgement kept from it.

    `answered` is called before Slack can see the answer: from then on nobody sends the same again.

    slack_bolt 1.30 takes the acknowledgement back when a listener raises before it was sent (thread_runner.py): the
    click ends in a warning sign after three seconds, whatever the error was. `failed` is told of those errors instead.
    """

    def __init__(
        self, *, answered: Callable[[Interaction], None], failed: Callable[[Interaction, Exception], None],
        **options: Any,
    ) -> None:
        self._answered, self._failed = answered, failed
        super().__init__(**options)

    def command(self, *args: Any, **options: Any) -> Any:
        """As App's."""
        return self._guarded(super().command(*args, **options))

    def shortcut(self, *args: Any, **options: Any) -> Any:
        """As App's."""
        return self._guarded(super().shortcut(*args, **options))

    def action(self, *args: Any, **options: Any) -> Any:
        """As App's."""
        return self._guarded(super().action(*args, **options))

    def view(self, *args: Any, **options: Any) -> Any:
        """As App's."""
        return self._guarded(super().view(*args, **options))

    def view_closed(self, *args: Any, **options: Any) -> Any:
        """As App's."""
        return self._guarded(super().view_closed(*args, **options))

    def _guarded(self, register: Callable[..., Any]) -> Callable[[Listener], Any]:
        def registered(listener: Listener) -> Any:
            @wraps(listener)
            def heard(ack: Ack, interaction: Interaction, **others: Any) -> None:
                def answer(*said: Any, **named: Any) -> BoltResponse:
                    self._answered(interaction)
                    return ack(*said, **named)

                try:
                    with worded():
                        listener(ack=answer, interaction=interaction, **others)
                except Exception as error:
                    if ack.response is None:
                        raise
                    self._failed(interaction, error)

            return register(heard)

        return registered


def build(
    services: Services, deliveries: Deliveries, executor: Executor, *, signing_secret: str,
    others: Sequence[Services] = (),
) -> App:
    """The app. It calls nobody; `executor` runs what follows an acknowledgement.

    `services` are those of the first workspace, which answers what is for no other; `others` are of one other each.
    """
    quiet, by_team = _quiet(), {each.team: each for each in others}

    def of(interaction: Interaction) -> Services:
        return by_team.get(interaction.team, services)

    def authorized(team_id: str | None) -> AuthorizeResult:
        ours = by_team.get(team_id or "", services)
        return AuthorizeResult(enterprise_id=None, team_id=ours.team, bot_token=ours.slack.token)

    app = Bolt(
        answered=lambda interaction: _answered(deliveries, interaction),
        failed=lambda interaction, error: _failed_later(of(interaction), interaction, error),
        name="bot", logger=quiet, signing_secret=signing_secret, listener_executor=executor,
        client=WebClient(base_url=services.slack.base_url, timeout=services.slack.timeout, ssl=services.slack.ssl),
        authorize=authorized,
    )
    app.use(_once(of, deliveries))
    app.error(_failed(of, deliveries, executor))
    for conversation in CONVERSATIONS:
        conversation.register(app)
    return app


def _quiet() -> logging.Logger:
    """Bolt's logger. What these libraries write for their own debugging holds whole bodies, so passwords."""
    for chatty in map(logging.getLogger, CHATTY):
        if chatty.level != logging.WARNING:     # to set it empties the caches of all loggers
            chatty.setLevel(logging.WARNING)
    return logging.getLogger(CHATTY[0])


def _once(of: Callable[[Interaction], Services], deliveries: Deliveries) -> Callable[..., BoltResponse | None]:
    """Gives listeners the services and the interaction. What was answered before is acknowledged and no more.

    Only a form that comes again is answered again: its answer is what stands on the screen. What somebody works on at
    this moment is not answered, so that Slack sends it once more should they die over it.
    """

    def once(body: Body, context: BoltContext, next_: Callable[[], Any]) -> BoltResponse | None:
        delivery = deeds.delivery(body)
        taken = deliveries.take(delivery) if delivery else NEW
        if taken.turn is Turn.WORKED_ON:
            return BoltResponse(status=503, body="")
        if taken.turn is Turn.ANSWERED and body.get("type") != "view_submission":
            return BoltResponse(status=200, body="")
        interaction = deeds.parse(body, taken)
        context["interaction"] = interaction
        context["services"] = of(interaction).at(interaction.surface, interaction.this)
        if body.get("type") == "event_callback":        # Bolt answers those before anybody hears of them
            _answered(deliveries, interaction)
        next_()
        return None

    return once


def _answered(deliveries: Deliveries, interaction: Interaction) -> None:
    """A store that is away at this moment is no reason to keep the answer back: what comes again is done safely."""
    with suppress(OmmError):
        if interaction.delivery:
            deliveries.answered(interaction.delivery)


# Errors


def _failed(
    of: Callable[[Interaction], Services], deliveries: Deliveries, executor: Executor
) -> Callable[..., BoltResponse | None]:
    """Answers in the place of what could not: the person is told in words of their own."""

    def failed(error: Exception, body: Body) -> BoltResponse | None:
        _write_down(error)
        if body.get("type") in UNSEEN:
            return None
        with suppress(OmmError):
            deliveries.forget(deeds.delivery(body))
        said = said_of(_in_the_audit(of(deeds.parse(body)), deeds.parse(body), error))
        if body.get("type") == "view_submission":
            return BoltResponse(status=200, body={"response_action": "push", "view": said.view()})
        if "command" in body:
            return BoltResponse(status=200, body=ephemeral(said.message()))
        interaction = deeds.parse(body)
        executor.submit(_told, of(interaction), interaction, said)
        return BoltResponse(status=200, body="")

    return failed


def _failed_later(services: Services, interaction: Interaction, error: Exception) -> None:
    _write_down(error)
    _told(services, interaction, said_of(_in_the_audit(services, interaction, error)))


def _in_the_audit(services: Services, interaction: Interaction, error: Exception) -> Exception:
    """Has it in the audit that somebody sent what we have not drawn. Returns what they are told.

    Nobody had asked yet whether they may do that at all: who may not is told so, in the usual words.
    """
    if not isinstance(error, NotDrawnError) or not interaction.user:
        return error
    told: OmmError = error
    try:
        (check_admin if error.admins else check_member)(asker(services, interaction), services.team)
    except OmmError as refusal:
        told = refusal
    came_of(services, interaction.user, What.NOT_DRAWN, "", refused(told), interaction.surface)
    return told


def _told(services: Services, interaction: Interaction, said: Said) -> None:
    try:
        tell(services, interaction, said)
    except OmmError as error:
        log.warning("somebody could not be told that something went wrong: %s", error)


def _write_down(error: Exception) -> None:
    """Of what kind and where. The message of a foreign error may hold what was typed, so it is left out."""
    if is_of_the_store(error):
        log.log(logging.WARNING if passes(error) else logging.ERROR, "what somebody did came to nothing: %s", error)
    elif isinstance(error, OmmError):
        log.log(logging.WARNING if isinstance(error, FatalError) else logging.INFO, "somebody was told: %s", error)
    elif isinstance(error, SLACK_FAILS):
        log.warning("Slack says %s", why(error))
    else:
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("an error that nobody had foreseen: %s\n%s", type(error).__name__, where)
