"""conversations.*: opening DMs, and reading (docs.slack.dev/reference/methods, one page a method).

What is read needs the scope of its kind of conversation (docs.slack.dev/reference/scopes/channels.history,
groups.history, im.history: "View messages … that your Slack app has been added to").
"""

import base64
import binascii
from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.methods.chat import person
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import BOT_USER, User

_HISTORY = ("channels:history", "groups:history", "im:history")


def _im(user: User) -> dict[str, Any]:
    return {"id": user.dm, "is_im": True, "is_org_shared": False, "user": user.id, "created": 1,
            "is_archived": False, "is_user_deleted": user.deleted}


def _open(state: State, given: Arguments) -> dict[str, Any]:
    """Only DMs with one person: the app asks for no others."""
    user = person(state, given.needed("users"))
    if user is None:
        raise RefusedError("user_not_found")
    if user.deleted:
        raise RefusedError("user_disabled")
    return {"channel": _im(user) if given.flag("return_im") else {"id": user.dm}}


def _info(state: State, given: Arguments) -> dict[str, Any]:
    name = given.needed("channel")
    user = state.workspace.of_dm(name)
    if user is not None:
        return {"channel": _im(user)}
    channel = state.workspace.channels.get(name)
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise RefusedError("channel_not_found")
    if channel.is_private and "groups:read" not in state.settings.scopes:
        raise _missing(state, "groups:read")
    more = {"num_members": len(channel.members)} if given.flag("include_num_members") else {}
    return {"channel": channel.as_json() | more}


def _readable(state: State, given: Arguments) -> str:
    name = given.needed("channel")
    if not set(_HISTORY).intersection(state.settings.scopes):
        raise _missing(state, ",".join(_HISTORY))
    channel = state.workspace.channels.get(name)
    if channel is None:
        if state.workspace.of_dm(name) is None:
            raise RefusedError("channel_not_found")
        return _with_scope(state, name, "im:history")
    if BOT_USER not in channel.members:
        raise RefusedError("channel_not_found" if channel.is_private else "not_in_channel")
    return _with_scope(state, channel.id, "groups:history" if channel.is_private else "channels:history")


def _with_scope(state: State, channel: str, scope: str) -> str:
    if scope not in state.settings.scopes:
        raise _missing(state, scope)
    return channel


def _missing(state: State, needed: str) -> RefusedError:
    return RefusedError("missing_scope", needed=needed, provided=",".join(state.settings.scopes))


def _page(found: list[dict[str, Any]], given: Arguments, default: int, most: int) -> dict[str, Any]:
    """The messages between `oldest` and `latest`, from the `cursor` on, and the cursor of the next page."""
    oldest, latest = given.text("oldest") or "0", given.text("latest") or "9" * 10
    inside = [one for one in found if float(oldest) < float(one["ts"]) < float(latest)
              or (given.flag("inclusive") and one["ts"] in (oldest, latest))]
    limit, start = given.whole("limit", default, most), _start(inside, given.text("cursor"))
    page = [_shown(one, whole=given.flag("include_all_metadata")) for one in inside[start:start + limit]]
    if len(inside) <= start + limit:
        return {"messages": page, "has_more": False}
    cursor = base64.b64encode(f"next_ts:{inside[start + limit]['ts']}".encode()).decode()
    return {"messages": page, "has_more": True, "response_metadata": {"next_cursor": cursor}}


def _start(inside: list[dict[str, Any]], cursor: str | None) -> int:
    """Where a page begins."""
    if not cursor:
        return 0
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix("next_ts:")
    except (binascii.Error, UnicodeDecodeError):
        ts = ""
    for number, one in enumerate(inside):
        if one["ts"] == ts:
            return number
    raise RefusedError("invalid_cursor")


def _shown(message: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Of its metadata only the event_type is shown, unless `include_all_metadata` asks for the payload."""
    if whole or "metadata" not in message:
        return message
    return message | {"metadata": {"event_type": message["metadata"]["event_type"]}}


def _history(state: State, given: Arguments) -> dict[str, Any]:
    channel = _readable(state, given)
    found = [one for one in state.store.messages(channel)
             if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"]
    return _page(list(reversed(found)), given, 100, 999)


def _replies(state: State, given: Arguments) -> dict[str, Any]:
    channel, ts = _readable(state, given), given.needed("ts")
    found = [one for one in state.store.messages(channel) if ts in (one["ts"], one.get("thread_ts"))]
    if not found:
        raise RefusedError("thread_not_found")
    return _page(found, given, 1000, 1000)


CONVERSATIONS = {
    "conversations.open": method(_open, "users return_im prevent_creation", scope="im:write", tier=3),
    "conversations.info": method(_info, "channel include_locale include_num_members", scope="channels:read", tier=3),
    "conversations.history": method(_history, "channel cursor oldest latest inclusive limit include_all_metadata",
                                    scope=None, tier=3),
    "conversations.replies": method(_replies, "channel cursor ts oldest latest inclusive limit include_all_metadata",
                                    scope=None, tier=3),
}
