"""What the templates draw: messages, threads and views, with names, times and fields looked up."""

import json
from itertools import pairwise
from typing import Any

from emulators.slack import form
from emulators.slack.page.mrkdwn import Mrkdwn
from emulators.slack.state import State
from emulators.slack.views import View
from emulators.slack.workspace import BOT_NAME, BOT_USER, User

_TOGETHER = 300.0   # seconds


def names(state: State) -> dict[str, str]:
    """What users and channels are called, by id."""
    held = {one.id: one.name for one in state.workspace.users.values()}
    return held | {one.id: one.name for one in state.workspace.channels.values()} | {
        one.id: one.handle for one in state.workspace.groups.values()
    } | {BOT_USER: BOT_NAME}


def drawer(state: State, user: User) -> Mrkdwn:
    """How this person reads texts, at this moment."""
    return Mrkdwn(names(state), user.tz, state.clock())


def field_name(block: dict[str, Any], element: dict[str, Any]) -> str:
    """The name of a form field: its two ids."""
    return json.dumps([block["block_id"], element["action_id"]])


def _author(state: State, message: dict[str, Any]) -> dict[str, Any]:
    if message["user"] == BOT_USER:
        return {"name": BOT_NAME, "app": True}
    if message["user"] == "USLACKBOT":
        return {"name": "Slackbot", "app": False, "initials": "S", "hue": 330}
    user = state.workspace.users[message["user"]]
    initials = "".join(part[0] for part in user.real_name.split()[:2])
    return {"name": user.real_name, "app": False, "initials": initials, "hue": sum(map(ord, user.id)) * 47 % 360}


def _drawn(state: State, channel: str, message: dict[str, Any], *, ephemeral: bool) -> dict[str, Any]:
    broken = [action for where, ts, action in state.broken if (where, ts) == (channel, message["ts"])]
    return {"message": message, "author": _author(state, message), "ephemeral": ephemeral, "broken": broken,
            "replies": None, "follows": False, "day": ""}


def _is_reply(message: dict[str, Any]) -> bool:
    return bool(message.get("thread_ts", message["ts"]) != message["ts"])


def messages(state: State, user: User, channel: str) -> list[dict[str, Any]]:
    """The main column of a conversation: no replies but those that were broadcast, and what only `user` sees."""
    stored = state.store.messages(channel)
    shown = [_drawn(state, channel, one, ephemeral=False) | {"replies": _replies(state, stored, one["ts"])}
             for one in stored if not _is_reply(one) or one.get("subtype") == "thread_broadcast"]
    shown += _whispers(state, user, channel, None)
    return _in_days(state, user, sorted(shown, key=lambda one: float(one["message"]["ts"])))


def _replies(state: State, stored: list[dict[str, Any]], root: str) -> dict[str, Any] | None:
    """The bar under a message with replies: how many, by whom, and when the last one came."""
    found = [one for one in stored if _is_reply(one) and one["thread_ts"] == root]
    if not found:
        return None
    authors = {one["user"]: _author(state, one) for one in reversed(found)}
    return {"count": len(found), "authors": list(authors.values())[:5], "last": found[-1]["ts"]}


def _in_days(state: State, user: User, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each message with the day that begins with it, and whether it goes on under the one before it."""
    read, before = drawer(state, user), None
    for one in shown:
        day = read.moment(one["message"]["ts"], "{date_long_pretty}")
        new = before is None or day != read.moment(before["message"]["ts"], "{date_long_pretty}")
        one |= {"day": day if new else "", "follows": not new and before is not None and _goes_on(before, one)}
        before = one
    return shown


def _goes_on(before: dict[str, Any], one: dict[str, Any]) -> bool:
    """Whether Slack leaves the name and picture out: the same author, within five minutes, nothing in between."""
    plain = not (before["ephemeral"] or one["ephemeral"] or before["replies"] or "subtype" in one["message"])
    seconds = float(one["message"]["ts"]) - float(before["message"]["ts"])
    return plain and before["message"]["user"] == one["message"]["user"] and seconds < _TOGETHER


def thread(state: State, user: User, channel: str, root: str) -> list[dict[str, Any]]:
    """A thread with its first message."""
    stored = [one for one in state.store.messages(channel) if root in (one["ts"], one.get("thread_ts"))]
    shown = [_drawn(state, channel, one, ephemeral=False) for one in stored]
    for before, one in pairwise(shown[1:]):
        one["follows"] = _goes_on(before, one)
    return shown + _whispers(state, user, channel, root)


def _whispers(state: State, user: User, channel: str, root: str | None) -> list[dict[str, Any]]:
    return [_drawn(state, channel, one.message, ephemeral=True) for one in state.ephemerals
            if (one.user, one.channel, one.message.get("thread_ts")) == (user.id, channel, root)]


def value_of(view: View | None, block: dict[str, Any], element: dict[str, Any]) -> Any:
    """What stands in a field: a text, or the values of what is chosen; a message's menus show their initial ones."""
    state = form.initial([block]) if view is None else view.state
    value = form.held(state[block["block_id"]][element["action_id"]])
    if isinstance(value, dict):
        return value.get("value")
    if isinstance(value, list):
        return [one["value"] if isinstance(one, dict) and "value" in one else one for one in value]
    return "" if value is None else value
