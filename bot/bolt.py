"""Bolt as this app uses it: every delivery taken once, what somebody did parsed once, and errors told to them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from slack_bolt import App, BoltContext, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import deed as deeds
from bot.deed import Body, Deed
from bot.deliveries import Deliveries
from bot.desk import Desk
from bot.listeners import cancel, follow, help, home, migrate, report, rollback, steering  # noqa: A004 - a conversation
from bot.reply import SLACK_FAILS, Said, ephemeral, said_of, tell, why
from engine.errors import FatalError, OmmError

CHATTY = ("slack_bolt", "slack_sdk", "slack_sdk.web.base_client", "slack_sdk.webhook.client", "slack_sdk.socket_mode")
CONVERSATIONS = (migrate, follow, steering, cancel, rollback, report, home, help)     # help takes what nobody else does
log = logging.getLogger(__name__)


def build(desk: Desk, deliveries: Deliveries, executor: Executor, *, signing_secret: str) -> App:
    """The app. It calls nobody; `executor` runs what follows an acknowledgement."""
    quiet = _quiet()
    app = App(
        name="bot", logger=quiet, signing_secret=signing_secret, listener_executor=executor,
        client=WebClient(base_url=desk.slack.base_url, timeout=desk.slack.timeout, ssl=desk.slack.ssl),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=desk.team, bot_token=desk.slack.token),
    )
    app.use(_once(desk, deliveries))
    app.error(_failed(desk, deliveries, executor))
    for conversation in CONVERSATIONS:
        conversation.register(app)
    return app


def _quiet() -> logging.Logger:
    """Bolt's logger. What these libraries write for their own debugging holds whole bodies, so passwords."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return logging.getLogger(CHATTY[0])


def _once(desk: Desk, deliveries: Deliveries) -> Callable[..., BoltResponse | None]:
    """Gives listeners the desk and the deed. What came before is acknowledged and no more.

    Only a form that comes again is answered again: its answer is what stands on the screen.
    """

    def once(body: Body, context: BoltContext, next_: Callable[[], Any]) -> BoltResponse | None:
        delivery = deeds.delivery(body)
        repeated = bool(delivery) and not deliveries.is_first(delivery)
        if repeated and body.get("type") != "view_submission":
            return BoltResponse(status=200, body="")
        context["desk"], context["deed"] = desk, deeds.parse(body, repeated=repeated)
        next_()
        return None

    return once


def _failed(desk: Desk, deliveries: Deliveries, executor: Executor) -> Callable[..., BoltResponse | None]:
    """Writes an error down without what was typed, and has the person told in words of their own."""

    def failed(error: Exception, body: Body, context: BoltContext) -> BoltResponse | None:
        _write_down(error, body)
        if body.get("type") == "event_callback":
            return None         # nobody waits for it, and what was not acknowledged is sent again
        deed, said = deeds.parse(body), said_of(error)
        if context.ack.response is not None:
            _told(desk, deed, said)
            return None
        with suppress(OmmError):
            deliveries.forget(deeds.delivery(body))
        if body.get("type") == "view_submission":
            return BoltResponse(status=200, body={"response_action": "push", "view": said.view()})
        if "command" in body:
            return BoltResponse(status=200, body=ephemeral(said.message()))
        executor.submit(_told, desk, deed, said)
        return BoltResponse(status=200, body="")

    return failed


def _told(desk: Desk, deed: Deed, said: Said) -> None:
    try:
        tell(desk, deed, said)
    except OmmError as error:
        log.warning("somebody could not be told that something went wrong: %s", error)


def _write_down(error: Exception, body: Body) -> None:
    """Where it happened and of what kind. The message of a foreign error may hold what was typed, so it is left out."""
    kind = str(body.get("type") or ("command" if "command" in body else "request"))
    if isinstance(error, OmmError):
        log.log(logging.WARNING if isinstance(error, FatalError) else logging.INFO, "%s: %s", kind, error)
    elif isinstance(error, SLACK_FAILS):
        log.warning("%s: Slack says %s", kind, why(error))
    else:
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s: an error that nobody had foreseen: %s\n%s", kind, type(error).__name__, where)
