"""chat.*: posting, changing and deleting messages.

docs.slack.dev/reference/methods/chat.postMessage, chat.postEphemeral, chat.update, chat.delete,
chat.getPermalink: the names of the errors are from these pages.
"""

import json
import re
from typing import Any

from emulators.slack.arguments import Arguments, invalid
from emulators.slack.blocks import check
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.views import with_ids
from emulators.slack.workspace import BOT_USER, TEAM_DOMAIN, User

_EVENT_TYPE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LARGEST_METADATA = 4000        # characters


def content(text: Any, blocks: Any) -> tuple[str, list[dict[str, Any]] | None]:
    """The text and blocks of a message that Slack would take; raises RefusedError."""
    held = {"text": text, "blocks": blocks}
    wrong = check(held, surface="message")
    for code in ("no_text", "msg_blocks_too_long"):
        if any(code in one for one in wrong):
            raise RefusedError(code)
    if any("json-pointer:/text" in one for one in wrong):
        raise RefusedError("msg_too_long")
    if wrong:
        raise RefusedError("invalid_blocks", errors=wrong,
                           response_metadata={"messages": [f"[ERROR] {one}" for one in wrong]})
    return text or "", blocks


def person(state: State, given: str) -> User | None:
    """A user of this workspace by id."""
    found = state.workspace.users.get(given)
    return found if found is not None and found.is_member else None


def conversation(state: State, given: str) -> str:
    """The conversation the app may post to; a user's id opens the DM. Raises RefusedError."""
    user = person(state, given) or state.workspace.of_dm(given)
    if user is not None:
        return _direct(state, user)
    channel = state.workspace.channels.get(given)
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise RefusedError("channel_not_found")
    if channel.is_archived:
        raise RefusedError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in state.settings.scopes:
        raise RefusedError("not_in_channel")
    return channel.id


def _direct(state: State, user: User) -> str:
    if not user.is_member:
        raise RefusedError("channel_not_found")
    if user.deleted:
        raise RefusedError("user_disabled")
    if not state.settings.messages_tab:
        raise RefusedError("messages_tab_disabled")
    return user.dm


def _metadata(given: Arguments) -> dict[str, Any] | None:
    """docs.slack.dev/messaging/message-metadata: an event_type of letters, digits, _ and -, and a payload.

    Of another event_type Slack only warns, and drops the metadata; here the message is refused. How much is too much is
    not said.
    """
    held = given.values.get("metadata")
    if held is None:
        return None
    if not isinstance(held, dict) or held.keys() != {"event_type", "event_payload"} \
            or not isinstance(held["event_type"], str) or not isinstance(held["event_payload"], dict):
        raise RefusedError("invalid_metadata_format")
    if not _EVENT_TYPE.fullmatch(held["event_type"]):
        raise RefusedError("invalid_metadata_schema")
    if len(json.dumps(held)) > _LARGEST_METADATA:
        raise RefusedError("metadata_too_large")
    return held


def _thread(state: State, channel: str, given: Arguments) -> str | None:
    """The root of the thread that is answered."""
    ts = given.text("thread_ts")
    if ts is None:
        return None
    root = state.store.get(channel, ts)
    if root is None:
        raise RefusedError("thread_not_found")
    return str(root.get("thread_ts", ts))


def _post(state: State, given: Arguments) -> dict[str, Any]:
    channel = conversation(state, given.needed("channel"))
    text, blocks = content(given.values.get("text"), given.values.get("blocks"))
    thread, broadcast = _thread(state, channel, given), given.flag("reply_broadcast")
    if broadcast and thread is None:
        raise invalid("reply_broadcast needs thread_ts")
    message = state.message(text, blocks, thread_ts=thread, metadata=_metadata(given),
                            subtype="thread_broadcast" if broadcast else None)
    state.post(channel, message)
    return {"channel": channel, "ts": message["ts"], "message": message}


def _whisper(state: State, given: Arguments) -> dict[str, Any]:
    place, user = conversation(state, given.needed("channel")), given.needed("user")
    text, blocks = content(given.values.get("text"), given.values.get("blocks"))
    channel = state.workspace.channels.get(place)
    there = user in channel.members if channel else state.workspace.of_dm(place) is person(state, user)
    if user not in state.workspace.users or not there:
        raise RefusedError("user_not_in_channel")
    message = state.message(text, blocks, thread_ts=_thread(state, place, given))
    state.whisper(user, place, message)
    return {"message_ts": message["ts"]}


def _own(state: State, given: Arguments, refusal: str) -> tuple[str, dict[str, Any]]:
    """A message of the app, which alone it may change."""
    channel = given.needed("channel")
    if channel not in state.workspace.channels and state.workspace.of_dm(channel) is None:
        raise RefusedError("channel_not_found")
    message = state.store.get(channel, given.needed("ts"))
    if message is None:
        raise RefusedError("message_not_found")
    if message.get("user") != BOT_USER:
        raise RefusedError(refusal)
    return channel, message


def _update(state: State, given: Arguments) -> dict[str, Any]:
    """Text without blocks takes the blocks away; the mark "(edited)" follows a changed text.

    Metadata stays when none is given, and goes when an empty object is.
    """
    channel, old = _own(state, given, "cant_update_message")
    text, blocks = content(given.values.get("text"), given.values.get("blocks"))
    message = {name: value for name, value in old.items() if name not in ("text", "blocks")} | {"text": text}
    if blocks:
        message["blocks"] = with_ids(blocks)
    if text and text != old["text"]:
        message["edited"] = {"user": BOT_USER, "ts": state.timestamp()}
    if given.values.get("metadata") == {}:
        message.pop("metadata", None)
    elif (metadata := _metadata(given)) is not None:
        message["metadata"] = metadata
    state.broken = {one for one in state.broken if one[:2] != (channel, old["ts"])}
    state.post(channel, message)
    return {"channel": channel, "ts": old["ts"], "text": text, "message": message}


def _delete(state: State, given: Arguments) -> dict[str, Any]:
    channel, message = _own(state, given, "cant_delete_message")
    state.store.remove(channel, message["ts"])
    state.touch()
    return {"channel": channel, "ts": message["ts"]}


def _permalink(state: State, given: Arguments) -> dict[str, Any]:
    channel, ts = given.needed("channel"), given.needed("message_ts")
    if channel not in state.workspace.channels and state.workspace.of_dm(channel) is None:
        raise RefusedError("channel_not_found")
    message = state.store.get(channel, ts)
    if message is None:
        raise RefusedError("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel}"
    return {"channel": channel, "permalink": link}


CHAT = {
    "chat.postMessage": method(_post, "channel text blocks thread_ts reply_broadcast unfurl_links unfurl_media "
                               "mrkdwn metadata", scope="chat:write", tier=0),
    "chat.postEphemeral": method(_whisper, "channel user text blocks thread_ts", scope="chat:write", tier=4),
    "chat.update": method(_update, "channel ts text blocks metadata", scope="chat:write", tier=3),
    "chat.delete": method(_delete, "channel ts", scope="chat:write", tier=3),
    "chat.getPermalink": method(_permalink, "channel message_ts", scope=None, tier=0),
}
