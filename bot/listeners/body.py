"""Bodies: what Slack sends, read from its bytes. Whatever is looked at later has the type that is expected there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType, NoneType
from typing import Any
from urllib.parse import parse_qsl

from engine.errors import OmmError

JSON = "application/json"
MALFORMED = "This is nothing that Slack sends."
DEEPEST = 8         # objects within each other that are looked into; Slack's own go three deep

TEXT = (str, NoneType)
OBJECT = (dict, NoneType)
NAMED = (str, dict, NoneType)       # an id, or an object that has one
Table = Mapping[str, tuple[type, ...]]

# The fields that slack_bolt 1.30 (request/internals.py, request/payload_utils.py) and interaction.py look at. It looks
# at most of them in an event, and in a message within an event, as in the body itself.
ENVELOPE: Table = MappingProxyType({
    "type": (str,), "subtype": TEXT, "command": (str,), "ssl_check": (str,), "text": TEXT,
    "team": NAMED, "enterprise": NAMED, "user": NAMED, "channel": NAMED,
    "team_id": TEXT, "enterprise_id": TEXT, "user_id": TEXT, "channel_id": TEXT, "channel_type": TEXT,
    "event_id": (str,), "trigger_id": TEXT, "callback_id": TEXT, "action_id": TEXT, "bot_id": TEXT, "thread_ts": TEXT,
    "response_url": TEXT, "response_urls": (list,), "actions": (list, NoneType), "authorizations": (list, NoneType),
    "event": (dict,), "view": OBJECT, "message": OBJECT, "previous_message": OBJECT, "item": OBJECT,
    "assistant_thread": OBJECT, "function_data": OBJECT,
})
ACTION: Table = MappingProxyType({"action_id": TEXT, "value": TEXT})
VIEW: Table = MappingProxyType({
    "id": (str,), "type": TEXT, "hash": TEXT, "callback_id": TEXT, "private_metadata": TEXT, "state": OBJECT,
    "app_installed_team_id": TEXT, "team_id": TEXT,
})
STATE: Table = MappingProxyType({"values": OBJECT})
# What an element of a form holds (docs.slack.dev/reference/interaction-payloads/view-interactions-payload).
ELEMENT: Table = MappingProxyType({
    "value": TEXT, "selected_option": OBJECT, "selected_options": (list, NoneType), "selected_user": TEXT,
    "selected_users": (list, NoneType), "selected_conversation": TEXT,
})
OPTION: Table = MappingProxyType({"value": (str,)})
NAME: Table = MappingProxyType({"id": TEXT, "team_id": TEXT, "enterprise_id": TEXT})
WITHIN: Mapping[str, Table] = MappingProxyType({
    "event": ENVELOPE, "message": ENVELOPE, "previous_message": ENVELOPE, "item": ENVELOPE,
    "assistant_thread": ENVELOPE, "function_data": ENVELOPE, "authorizations": ENVELOPE, "response_urls": ENVELOPE,
    "actions": ACTION, "view": VIEW, "state": STATE, "team": NAME, "enterprise": NAME, "user": NAME, "channel": NAME,
})
KINDS = ("type", "command", "ssl_check")                    # each request has one of them
NEEDED = MappingProxyType({
    "event_callback": "event", "block_actions": "actions", "view_submission": "view", "view_closed": "view",
})


class MalformedError(OmmError):
    """A body that Slack would never send. Its words repeat nothing of it."""


def read(text: str, mimetype: str) -> dict[str, Any]:
    """The request in a body.

    An event is JSON (docs.slack.dev/apis/events-api), an interaction JSON in the form field `payload`
    (docs.slack.dev/interactivity/handling-user-interaction), a command is the form itself
    (docs.slack.dev/interactivity/implementing-slash-commands). Raises MalformedError.
    """
    try:
        body = _parsed(text, mimetype)
        json.dumps(body, ensure_ascii=False).encode()       # half a character is refused by Redis, and by Slack
    except (ValueError, RecursionError):
        raise MalformedError(MALFORMED) from None
    _check(body, ENVELOPE, DEEPEST)
    _check_whole(body)
    _check_fields((body.get("view") or {}).get("state") or {})
    return dict(body)


def _parsed(text: str, mimetype: str) -> Any:
    if mimetype == JSON:
        return json.loads(text)
    fields = dict(parse_qsl(text, keep_blank_values=True))
    return json.loads(fields["payload"]) if "payload" in fields else fields


def _check(value: Any, table: Table, deepest: int) -> None:
    """Raises MalformedError unless it is an object whose fields have the types of the table."""
    if not isinstance(value, dict) or not deepest:
        raise MalformedError(MALFORMED)
    for name in table.keys() & value.keys():
        held = value[name]
        if not isinstance(held, table[name]):
            raise MalformedError(MALFORMED)
        if name in WITHIN and isinstance(held, list | dict):
            for part in held if isinstance(held, list) else [held]:
                _check(part, WITHIN[name], deepest - 1)


def _check_fields(state: Mapping[str, Any]) -> None:
    """Raises MalformedError unless each field holds what an element of a form can hold."""
    for block in (state.get("values") or {}).values():
        elements: list[Any] = list(block.values()) if isinstance(block, dict) else [None]
        for element in elements:
            _check(element, ELEMENT, 1)
            chosen = [element["selected_option"]] if element.get("selected_option") else []
            for option in (*chosen, *(element.get("selected_options") or ())):
                _check(option, OPTION, 1)
                if "value" not in option:
                    raise MalformedError(MALFORMED)
            if not all(isinstance(user, str) for user in element.get("selected_users") or ()):
                raise MalformedError(MALFORMED)


def _check_whole(body: Mapping[str, Any]) -> None:
    """Raises MalformedError when what makes it a request is missing."""
    needed = NEEDED.get(body.get("type", ""))
    whole = (
        any(body.get(name) for name in KINDS)
        and (needed is None or bool(body.get(needed)))
        and ("event" not in body or "type" in body["event"])
        and (body.get("view") is None or "id" in body["view"])
        and len(body.get("response_urls", ())) <= 1     # slack_bolt 1.30 fails at a second one; our forms ask for none
    )
    if not whole:
        raise MalformedError(MALFORMED)
