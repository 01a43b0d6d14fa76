"""The arguments of a Web API call: JSON or form, all known, and of the right type.

Slack ignores arguments it does not know; here they are refused as `invalid_arguments`, so that a misspelt one is
found.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from emulators.slack.triggers import RefusedError

_DECODED = ("blocks", "view", "metadata", "files")
_FLAGS = ("reply_broadcast", "unfurl_links", "unfurl_media", "mrkdwn", "return_im", "include_locale", "as_user",
          "inclusive", "include_all_metadata", "include_num_members", "prevent_creation", "link_names", "parse")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a method was given, without the token."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A string; None when it was not given."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name} must be a string")
        return value

    def needed(self, name: str) -> str:
        """A string that must be given and not be empty."""
        value = self.text(name)
        if not value:
            raise invalid(f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 - as dict.get's
        """A boolean."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise invalid(f"{name} must be a boolean")
        return value

    def whole(self, name: str, default: int, most: int) -> int:
        """A number from 1 to `most`."""
        try:
            value = int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise invalid(f"{name} must be a number") from None
        if not 0 < value <= most:
            raise RefusedError("invalid_limit")
        return value


def invalid(words: str) -> RefusedError:
    """An `invalid_arguments` that says what is wrong."""
    return RefusedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {words}"]})


def parsed(content_type: str, body: bytes) -> dict[str, Any]:
    """The arguments of a request; raises RefusedError."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            held = json.loads(body or b"{}")
        except ValueError:
            raise RefusedError("invalid_json") from None
        if not isinstance(held, dict):
            raise RefusedError("json_not_object")
        return {name: _inner(name, value) for name, value in held.items()}
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise RefusedError("invalid_post_type")
    given = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: _typed(name, value) for name, value in given.items()}


def _typed(name: str, value: str) -> Any:
    if name in _FLAGS and value.lower() in ("1", "true", "0", "false"):
        return value.lower() in ("1", "true")
    return _inner(name, value)


def _inner(name: str, value: Any) -> Any:
    """Blocks and views may come as JSON inside a string."""
    if name not in _DECODED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusedError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from None
