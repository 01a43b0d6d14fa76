"""What an answer to a delivery does, and what the user sees when it is late or wrong.

Late or failed commands: `/omm failed with the error "operation_timeout"` or `"dispatch_failed"`, said by Slackbot
(integrations/slack#352, slackapi/bolt-js#579). Late or wrong answers to a form: "We had some trouble connecting.
Try again?" on top of it (slackapi/bolt-js#1208). A button gets a warning sign (slackapi/node-slack-sdk#869).
"""

import json
from collections.abc import Callable
from typing import Any

from emulators import slack_shapes
from emulators.slack.blocks import check
from emulators.slack.delivery import Answer
from emulators.slack.state import Ack, State
from emulators.slack.triggers import RefusedError
from emulators.slack.views import View
from emulators.slack.workspace import User

TROUBLE = "We had some trouble connecting. Try again?"
_COMMAND_FIELDS = {"response_type", "text", "blocks", "replace_original", "delete_original", "unfurl_links",
                   "unfurl_media", "mrkdwn", "metadata"}


class InvalidResponseError(Exception):
    """The app answered in time, with something that Slack does not take."""


def _outcome(answer: Answer) -> str:
    if answer.late:
        return "operation_timeout"
    return "ok" if answer.status is not None and 200 <= answer.status < 300 else "dispatch_failed"


def _decoded(answer: Answer) -> dict[str, Any]:
    """The JSON object in an answer; {} for an empty one."""
    if not answer.body.strip():
        return {}
    try:
        held = json.loads(answer.body)
    except ValueError:
        raise InvalidResponseError from None
    if not isinstance(held, dict) or answer.content_type != "application/json":
        raise InvalidResponseError
    return held


class Acknowledged:
    """Carries out the answers."""

    def __init__(self, state: State) -> None:
        """Whatever they change is in the state."""
        self._state = state

    def plain(self, kind: str, name: str, user: User, answer: Answer) -> Ack:
        """A shortcut or a closed view: the answer says no more than that it came."""
        outcome = _outcome(answer)
        shown = "" if outcome == "ok" or kind == "view_closed" else f"That didn't work: {outcome}"
        return Ack(kind=kind, name=name, user=user.id, status=answer.status, seconds=answer.seconds,
                   outcome=outcome, shown=shown)

    def event(self, kind: str, user: str, answer: Answer) -> Ack:
        """An event: the user sees nothing of it."""
        return Ack(kind=kind, name=kind, user=user, status=answer.status, seconds=answer.seconds,
                   outcome=_outcome(answer))

    def command(self, user: User, channel: str, answer: Answer) -> Ack:
        """A slash command: the answer may be a message."""
        outcome, shown, name = _outcome(answer), "", self._state.settings.command
        with self._state.lock:
            if outcome == "ok":
                try:
                    self._say(user, channel, answer)
                except InvalidResponseError:
                    outcome = "dispatch_failed"
            if outcome != "ok":
                shown = f'{name} failed with the error "{outcome}"'
                self._state.slackbot(user.id, channel, shown)
        return Ack(kind="command", name=name, user=user.id, status=answer.status, seconds=answer.seconds,
                   outcome=outcome, shown=shown)

    def _say(self, user: User, channel: str, answer: Answer) -> None:
        if answer.content_type != "application/json":
            held: dict[str, Any] = {"text": answer.body.decode(errors="replace")} if answer.body.strip() else {}
        else:
            held = _decoded(answer)
        if not held:
            return
        slack_shapes.keep("the answer to a command", held)
        if check(held, surface="message") or not held.keys() <= _COMMAND_FIELDS:
            raise InvalidResponseError
        message = self._state.message(held.get("text", ""), held.get("blocks"))
        if held.get("response_type") == "in_channel":
            self._state.post(channel, message)
        else:
            self._state.whisper(user.id, channel, message)

    def press(self, action_id: str, user: User, answer: Answer, failed: Callable[[bool], None]) -> Ack:
        """A button or menu: the answer must be empty, what it holds is ignored by Slack and refused here."""
        outcome = _outcome(answer)
        if outcome == "ok" and answer.body.strip():
            outcome = "invalid_response"
        with self._state.lock:
            failed(outcome != "ok")
        shown = "" if outcome == "ok" else "⚠ This didn't work. Try again?"
        return Ack(kind="block_actions", name=action_id, user=user.id, status=answer.status,
                   seconds=answer.seconds, outcome=outcome, shown=shown)

    def submission(self, name: str, user: User, view: View, answer: Answer) -> Ack:
        """A form: it closes, or changes as the answer's response_action says."""
        outcome, shown = _outcome(answer), ""
        with self._state.lock:
            if outcome == "ok":
                try:
                    self._respond(view, _decoded(answer))
                except (InvalidResponseError, RefusedError):
                    outcome = "invalid_response"
            if outcome != "ok":
                view.trouble = shown = TROUBLE
        return Ack(kind="view_submission", name=name, user=user.id, status=answer.status, seconds=answer.seconds,
                   outcome=outcome, shown=shown, errors=dict(view.errors))

    def _respond(self, view: View, held: dict[str, Any]) -> None:
        action, views = held.get("response_action"), self._state.views
        fields = {"errors": {"errors"}, "update": {"view"}, "push": {"view"}, "clear": set()}.get(str(action))
        if not held:
            views.close(view)
        elif fields is None or held.keys() - {"response_action"} != fields:
            raise InvalidResponseError
        elif action == "errors":
            view.errors = self._errors(view, held["errors"])
        elif action == "clear":
            views.clear(view.user)
        else:
            slack_shapes.keep(f"response_action: {action}", held)
            views.check(held["view"], "modal")
            self._show(view, held["view"], push=action == "push")

    def _show(self, view: View, body: dict[str, Any], *, push: bool) -> None:
        if not push:
            self._state.views.update(view, body)
        elif len(self._state.views.stacks[view.user]) >= self._state.settings.stack:
            raise InvalidResponseError
        else:
            self._state.views.open(view.user, body, onto=view)

    def _errors(self, view: View, given: Any) -> dict[str, str]:
        """Errors belong to input blocks of the view (docs.slack.dev/surfaces/modals, "Displaying errors")."""
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(given, dict) or not given or not given.keys() <= inputs \
                or not all(isinstance(one, str) and one for one in given.values()):
            raise InvalidResponseError
        return dict(given)
