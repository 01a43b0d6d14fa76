"""conversations.*: opening DMs, and reading (docs.slack.dev/reference/methods, one page a method)."""

from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.methods.chat import person
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import BOT_USER, User


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
    more = {"num_members": len(channel.members)} if given.flag("include_num_members") else {}
    return {"channel": channel.as_json() | more}


def _readable(state: State, given: Arguments) -> str:
    name = given.needed("channel")
    channel = state.workspace.channels.get(name)
    if channel is None:
        if state.workspace.of_dm(name) is None:
            raise RefusedError("channel_not_found")
        return name
    if BOT_USER not in channel.members:
        raise RefusedError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel.id


def _page(found: list[dict[str, Any]], given: Arguments, default: int) -> dict[str, Any]:
    """The messages between `oldest` and `latest`, and whether there are more."""
    oldest, latest = given.text("oldest") or "0", given.text("latest") or "9" * 10
    inside = [one for one in found if float(oldest) < float(one["ts"]) < float(latest)
              or (given.flag("inclusive") and one["ts"] in (oldest, latest))]
    limit = given.whole("limit", default, 999)
    return {"messages": inside[:limit], "has_more": len(inside) > limit}


def _history(state: State, given: Arguments) -> dict[str, Any]:
    channel = _readable(state, given)
    found = [one for one in state.store.messages(channel)
             if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"]
    return _page(list(reversed(found)), given, 100)


def _replies(state: State, given: Arguments) -> dict[str, Any]:
    channel, ts = _readable(state, given), given.needed("ts")
    found = [one for one in state.store.messages(channel) if ts in (one["ts"], one.get("thread_ts"))]
    if not found:
        raise RefusedError("thread_not_found")
    return _page(found, given, 999)


CONVERSATIONS = {
    "conversations.open": method(_open, "users return_im prevent_creation", scope="im:write", tier=3),
    "conversations.info": method(_info, "channel include_locale include_num_members", scope="channels:read", tier=3),
    "conversations.history": method(_history, "channel oldest latest inclusive limit include_all_metadata",
                                    scope="channels:history", tier=3),
    "conversations.replies": method(_replies, "channel ts oldest latest inclusive limit include_all_metadata",
                                    scope="channels:history", tier=3),
}
