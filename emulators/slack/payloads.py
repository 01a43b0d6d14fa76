"""The bodies of commands, interactions and events, as docs.slack.dev/reference/interaction-payloads shows them."""

import html
import json
import re
import secrets
from typing import Any
from urllib.parse import urlencode

from emulators.slack.views import View
from emulators.slack.workspace import APP, BOT_USER, TEAM_DOMAIN, User, Workspace

_TOKEN = "verification-token-of-old-apps"
_FOUND = re.compile(r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?P<url>https?://[^\s<>]+)|@(?P<user>[\w.-]+)"
                    r"|#(?P<channel>[\w-]+)")


def escaped(text: str, workspace: Workspace) -> str:
    """A command's text with `should_escape` on: names become ids, addresses become links.

    docs.slack.dev/interactivity/implementing-slash-commands, "escape channels, users, and links".
    """
    users = {one.name: one.id for one in workspace.users.values()}
    channels = {one.name: one.id for one in workspace.channels.values()}

    def replaced(found: re.Match[str]) -> str:
        said = found.group()
        if found["mail"]:
            return f"<mailto:{said}|{said}>"
        if found["url"]:
            return f"<{said}>"
        if found["user"] in users:
            return f"<@{users[found['user']]}|{found['user']}>"
        if found["channel"] in channels:
            return f"<#{channels[found['channel']]}|{found['channel']}>"
        return said
    return _FOUND.sub(replaced, html.escape(text, quote=False))


def command(user: User, channel: tuple[str, str], name: str, text: str, *, trigger: str,
            response_url: str) -> bytes:
    """A slash command, form-encoded."""
    return urlencode({
        "token": _TOKEN, "team_id": user.emulated, "team_domain": TEAM_DOMAIN, "channel_id": channel[0],
        "channel_name": channel[1], "user_id": user.id, "user_name": user.name, "command": name, "text": text,
        "api_app_id": APP, "is_enterprise_install": "false", "response_url": response_url,
        "trigger_id": trigger}).encode()


def _person(user: User) -> dict[str, str]:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}


def _payload(kind: str, user: User, **more: Any) -> bytes:
    team = {"id": user.emulated, "domain": TEAM_DOMAIN} if user.is_member else {"id": user.team, "domain": "partner"}
    held = {"type": kind, "user": _person(user), "api_app_id": APP, "token": _TOKEN,
            "team": team, "enterprise": None, "is_enterprise_install": False, **more}
    return urlencode({"payload": json.dumps(held)}).encode()


def shortcut(user: User, callback_id: str, *, trigger: str, now: float) -> bytes:
    """A global shortcut."""
    return _payload("shortcut", user, callback_id=callback_id, trigger_id=trigger, action_ts=f"{now:.6f}")


def action(block: dict[str, Any], element: dict[str, Any], change: dict[str, Any], now: float) -> dict[str, Any]:
    """One entry of `actions`: the element without what only its drawing needs, and what was done to it."""
    held = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"],
            "action_ts": f"{now:.6f}"}
    for name in ("text", "value", "style", "url", "confirm", "placeholder", "initial_option", "initial_value"):
        if name in element:
            held[name] = element[name]
    return held | change


def pressed_in_message(user: User, message: dict[str, Any], done: dict[str, Any], state: dict[str, Any], *,
                       channel: tuple[str, str], ephemeral: bool, trigger: str, response_url: str) -> bytes:
    """A button or menu of a message."""
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel[0], "is_ephemeral": ephemeral}
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    more: dict[str, Any] = {} if ephemeral else {"message": message}
    return _payload("block_actions", user, container=container, trigger_id=trigger,
                    channel={"id": channel[0], "name": channel[1]}, state={"values": state},
                    response_url=response_url, actions=[done], **more)


def pressed_in_view(user: User, view: View, done: dict[str, Any], *, trigger: str) -> bytes:
    """A button or menu of a modal or a home tab."""
    return _payload("block_actions", user, container={"type": "view", "view_id": view.id}, trigger_id=trigger,
                    view=view.as_json(), actions=[done])


def submission(user: User, view: View, *, trigger: str) -> bytes:
    """A form that is sent."""
    return _payload("view_submission", user, view=view.as_json(), trigger_id=trigger, response_urls=[])


def closed(user: User, view: View, *, cleared: bool) -> bytes:
    """A modal that was closed, for views with notify_on_close."""
    return _payload("view_closed", user, view=view.as_json(), is_cleared=cleared)


def event(inner: dict[str, Any], now: float, team: str) -> bytes:
    """An event, JSON (docs.slack.dev/apis/events-api, "Callback field")."""
    return json.dumps({
        "token": _TOKEN, "team_id": team, "api_app_id": APP, "event": inner, "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}", "event_time": int(now), "is_ext_shared_channel": False,
        "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": BOT_USER, "is_bot": True,
                            "is_enterprise_install": False}],
        "event_context": secrets.token_urlsafe(24)}).encode()
