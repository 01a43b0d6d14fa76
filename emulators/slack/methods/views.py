"""views.*: modals and home tabs (docs.slack.dev/reference/methods/views.open, .push, .update, .publish)."""

from typing import Any

from emulators.slack.arguments import Arguments, invalid
from emulators.slack.methods.chat import person
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError, Trigger
from emulators.slack.views import View


def _shown(state: State, view: View) -> dict[str, Any]:
    state.touch()
    return {"view": view.as_json()}


def _body(state: State, given: Arguments, surface: str) -> dict[str, Any]:
    body = given.values.get("view")
    if body is None:
        raise invalid("missing required field: view")
    state.views.check(body, surface)
    return dict(body)


def _trigger(state: State, given: Arguments) -> Trigger:
    return state.triggers.look(given.needed("trigger_id"), state.settings.trigger_seconds)


def _open(state: State, given: Arguments) -> dict[str, Any]:
    body, trigger = _body(state, given, "modal"), _trigger(state, given)
    view = state.views.open(trigger.user, body)
    trigger.used = True
    return _shown(state, view)


def _push(state: State, given: Arguments) -> dict[str, Any]:
    """The trigger must come from inside the modal on top; `push_limit_reached` beyond three views."""
    body, trigger = _body(state, given, "modal"), _trigger(state, given)
    stack = state.views.stacks.get(trigger.user, [])
    if trigger.view is None:
        raise RefusedError("invalid_trigger_id")
    if not stack or trigger.view not in {view.id for view in stack}:
        raise RefusedError("not_found")
    if len(stack) >= state.settings.stack:
        raise RefusedError("push_limit_reached")
    view = state.views.open(trigger.user, body, onto=stack[-1])
    trigger.used = True
    return _shown(state, view)


def _update(state: State, given: Arguments) -> dict[str, Any]:
    view_id, external_id = given.text("view_id"), given.text("external_id")
    if (view_id is None) == (external_id is None):
        raise invalid("either view_id or external_id must be given")
    view = state.views.find(view_id, external_id)
    body = _body(state, given, view.body["type"])
    state.views.update(view, body, given.text("hash"))
    if body["type"] == "home":
        state.store.put_home(view.user, view.body)
    return _shown(state, view)


def _publish(state: State, given: Arguments) -> dict[str, Any]:
    user = person(state, given.needed("user_id"))
    if user is None or user.deleted:
        raise invalid("user_id is no user of this workspace")
    view = state.views.publish(user.id, _body(state, given, "home"), given.text("hash"))
    state.store.put_home(user.id, view.body)
    return _shown(state, view)


VIEWS = {
    "views.open": method(_open, "trigger_id view", scope=None, tier=4),
    "views.push": method(_push, "trigger_id view", scope=None, tier=4),
    "views.update": method(_update, "view view_id external_id hash", scope=None, tier=4),
    "views.publish": method(_publish, "user_id view hash", scope=None, tier=4),
}
