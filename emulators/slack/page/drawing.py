"""What the templates draw: messages, threads and views, with names, times and fields looked up."""

import json
from typing import Any

from emulators.slack import form
from emulators.slack.page.mrkdwn import Mrkdwn
from emulators.slack.state import State
from emulators.slack.views import View
from emulators.slack.workspace import BOT_NAME, BOT_USER, User


def names(state: State) -> dict[str, str]:
    """What users and channels are called, by id."""
    held = {one.id: one.name for one in state.workspace.users.values()}
    return held | {one.id: one.name for one in state.workspace.channels.values()} | {BOT_USER: BOT_NAME}


def drawer(state: State, user: User) -> Mrkdwn:
    """How this person reads texts."""
    return Mrkdwn(names(state), user.tz)


def field_name(block: dict[str, Any], element: dict[str, Any]) -> str:
    """The name of a form field: its two ids."""
    return json.dumps([block["block_id"], element["action_id"]])


def _author(state: State, message: dict[str, Any]) -> dict[str, Any]:
    if message["user"] == BOT_USER:
        return {"name": BOT_NAME, "initials": "OM", "app": True, "hue": 215}
    if message["user"] == "USLACKBOT":
        return {"name": "Slackbot", "initials": "S", "app": True, "hue": 330}
    user = state.workspace.users[message["user"]]
    initials = "".join(part[0] for part in user.real_name.split()[:2])
    return {"name": user.real_name, "initials": initials, "app": False, "hue": sum(map(ord, user.id)) * 47 % 360}


def _drawn(state: State, channel: str, message: dict[str, Any], *, ephemeral: bool) -> dict[str, Any]:
    broken = [action for where, ts, action in state.broken if (where, ts) == (channel, message["ts"])]
    return {"message": message, "author": _author(state, message), "ephemeral": ephemeral, "broken": broken,
            "replies": 0}


def messages(state: State, user: User, channel: str) -> list[dict[str, Any]]:
    """The main column of a conversation: no replies but those that were broadcast, and what only `user` sees."""
    stored = state.store.messages(channel)
    replies: dict[str, int] = {}
    for one in stored:
        if one.get("thread_ts", one["ts"]) != one["ts"]:
            replies[one["thread_ts"]] = replies.get(one["thread_ts"], 0) + 1
    roots = [one for one in stored
             if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"]
    shown = [_drawn(state, channel, one, ephemeral=False) | {"replies": replies.get(one["ts"], 0)} for one in roots]
    return sorted(shown + _whispers(state, user, channel, None), key=lambda one: float(one["message"]["ts"]))


def thread(state: State, user: User, channel: str, root: str) -> list[dict[str, Any]]:
    """A thread with its first message."""
    stored = [one for one in state.store.messages(channel) if root in (one["ts"], one.get("thread_ts"))]
    shown = [_drawn(state, channel, one, ephemeral=False) for one in stored]
    return shown + _whispers(state, user, channel, root)


def _whispers(state: State, user: User, channel: str, root: str | None) -> list[dict[str, Any]]:
    return [_drawn(state, channel, one.message, ephemeral=True) for one in state.ephemerals
            if (one.user, one.channel, one.message.get("thread_ts")) == (user.id, channel, root)]


def held(view: View | None, block: dict[str, Any], element: dict[str, Any]) -> Any:
    """What stands in a field: a text, or the values of what is chosen; a message's menus show their initial ones."""
    state = form.initial([block]) if view is None else view.state
    value = form.held(state[block["block_id"]][element["action_id"]])
    if isinstance(value, dict):
        return value.get("value")
    if isinstance(value, list):
        return [one["value"] if isinstance(one, dict) and "value" in one else one for one in value]
    return "" if value is None else value
