"""What Slack refuses, said beforehand: `check` walks a message or a view and names every broken limit.

Sources: docs.slack.dev/reference/block-kit/blocks (one page a block), /reference/views/modal-views and
home-tab-views, /reference/methods/chat.postMessage. Blocks that nobody here needs (card, carousel, container,
video, call, file, data tables and charts) are refused: the walker is stricter than Slack, never more lenient.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from emulators.slack.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION, one_of
from emulators.slack.objects import BLOCK_ID, KIND, plain, text, url
from emulators.slack.rich_text import RICH_TEXT
from emulators.slack.rules import Rule, array, by_type, choice, complain, flag, shape, string, unique

Surface = Literal["message", "modal", "home"]

MAX_TEXT = 4000             # chat.update: "msg_too_long … cannot exceed 4,000 characters"; taken for every method
MAX_BLOCKS_TEXT = 13_200    # undocumented `msg_blocks_too_long`, measured in slackapi/bolt-js#2509
MAX_VIEW_BYTES = 250_000    # views.open: `view_too_large`, "greater than 250kb"
MAX_MARKDOWN = 12_000       # markdown block: the sum over one payload


def _says_something(value: Any, at: str) -> Iterator[str]:
    if "text" not in value and "fields" not in value:
        yield complain("either text or fields must be given", at)


def _action_ids(value: Any, at: str) -> Iterator[str]:
    yield from unique(((one["action_id"], f"{at}/elements/{index}/action_id")
                       for index, one in enumerate(value["elements"])), "action_id")


def _dispatchable(value: Any, at: str) -> Iterator[str]:
    if value.get("dispatch_action") and value["element"]["type"] == "file_input":
        yield complain("dispatch_action is not possible with file_input", at)
    if "dispatch_action_config" in value["element"] and not value.get("dispatch_action"):
        yield complain("dispatch_action_config needs dispatch_action on the input block", at)


def _equal_rows(value: Any, at: str) -> Iterator[str]:
    if len({len(row) for row in value["rows"]}) != 1:
        yield complain("all rows must have the same number of cells", f"{at}/rows")


_BLOCK = {"block_id": BLOCK_ID}
_TASK_FIELDS: dict[str, Rule] = {"details": RICH_TEXT, "output": RICH_TEXT, **_BLOCK}
_TASK_NAMED: dict[str, Rule] = {"type": KIND, "task_id": string(255), "title": string(255)}
_PLANNED = shape({**_TASK_NAMED, "status": choice("pending", "in_progress", "complete", "error")}, _TASK_FIELDS)
_CELL = by_type({"raw_text": shape({"type": KIND, "text": string(3000)}), "rich_text": RICH_TEXT}, "cell")
_COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})

_EVERYWHERE: dict[str, Rule] = {
    "actions": shape({"type": KIND, "elements": array(one_of(IN_ACTIONS), 25)}, _BLOCK, _action_ids),
    "context": shape({"type": KIND, "elements": array(by_type({
        "image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}, "element"), 10)}, _BLOCK),
    "divider": shape({"type": KIND}, _BLOCK),
    "header": shape({"type": KIND, "text": plain(150)}, _BLOCK),
    "image": shape({"type": KIND, "image_url": url(), "alt_text": string(2000)}, {"title": plain(2000), **_BLOCK}),
    "input": shape({"type": KIND, "label": plain(2000), "element": one_of(IN_INPUT - {"file_input"})},
                   {"hint": plain(2000), "optional": flag, "dispatch_action": flag, **_BLOCK}, _dispatchable),
    "rich_text": RICH_TEXT,
    "section": shape({"type": KIND}, {"text": text(3000), "fields": array(text(2000), 10), "expand": flag,
                                      "accessory": one_of(IN_SECTION), **_BLOCK}, _says_something),
}
_TABLE: dict[str, Rule] = {"table": shape(
    {"type": KIND, "rows": array(array(_CELL, 20), 100)}, {"column_settings": array(_COLUMN, 20), **_BLOCK},
    _equal_rows)}
_IN: Mapping[Surface, Mapping[str, Rule]] = {
    "message": {
        **_EVERYWHERE, **_TABLE,
        "markdown": shape({"type": KIND, "text": string(MAX_MARKDOWN)}, _BLOCK),
        "plan": shape({"type": KIND, "title": string(255)},
                      {"tasks": array(by_type({"task_card": _PLANNED}, "task"), 50), **_BLOCK}),
        "task_card": shape({**_TASK_NAMED, "status": choice("in_progress", "complete", "error")}, _TASK_FIELDS),
    },
    "modal": {
        **_EVERYWHERE,
        "alert": shape({"type": KIND, "text": text(200)},
                       {"level": choice("default", "info", "warning", "error", "success"), **_BLOCK}),
        "input": shape({"type": KIND, "label": plain(2000), "element": one_of(IN_INPUT)},
                       {"hint": plain(2000), "optional": flag, "dispatch_action": flag, **_BLOCK}, _dispatchable),
    },
    "home": {**_EVERYWHERE, **_TABLE},
}
_META = {"private_metadata": string(3000, least=0), "callback_id": string(255, least=0),
         "external_id": string(255, least=0)}
_MESSAGE_FIELDS = ("text", "blocks")


def _block_ids(value: Any, at: str) -> Iterator[str]:
    given = value.get("blocks", ())
    yield from unique(((one["block_id"], f"{at}/blocks/{index}/block_id")
                       for index, one in enumerate(given) if "block_id" in one), "block_id")


def _one_focus(value: Any, at: str) -> Iterator[str]:
    found = sum(bool(one.get("focus_on_load")) for block in value["blocks"] for one in elements(block))
    if found > 1:
        yield complain("only one element may have focus_on_load", f"{at}/blocks")


def _submittable(value: Any, at: str) -> Iterator[str]:
    if "submit" not in value and any(block["type"] == "input" for block in value["blocks"]):
        yield complain("missing required field: submit", at)


def _size(value: Any, at: str) -> Iterator[str]:
    if len(json.dumps(value).encode()) > MAX_VIEW_BYTES:
        yield complain(f"view_too_large: more than {MAX_VIEW_BYTES} bytes", at)


def _texts(value: Any) -> Iterator[str]:
    """Every string under a key `text`, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "text" and isinstance(one, str):
                yield one
            else:
                yield from _texts(one)


def _lengths(value: Any, at: str) -> Iterator[str]:
    given = value.get("blocks", [])
    if sum(len(one) for one in _texts(given)) > MAX_BLOCKS_TEXT:
        yield complain(f"msg_blocks_too_long: more than {MAX_BLOCKS_TEXT} characters", f"{at}/blocks")
    if sum(len(one["text"]) for one in given if one["type"] == "markdown") > MAX_MARKDOWN:
        yield complain(f"markdown blocks: more than {MAX_MARKDOWN} characters together", f"{at}/blocks")
    if sum(one["type"] == "table" for one in given) > 1:
        yield complain("only one table block is allowed", f"{at}/blocks")


def _not_empty(value: Any, at: str) -> Iterator[str]:
    if not value.get("text") and not value.get("blocks"):
        yield complain("no_text: neither text nor blocks", at)


def _blocks(surface: Surface, most: int, least: int = 0) -> Rule:
    return array(by_type(_IN[surface], "block"), most, least=least)


_SURFACES: Mapping[Surface, Rule] = {
    "message": shape({}, {"text": string(MAX_TEXT, least=0), "blocks": _blocks("message", 50)},
                     _not_empty, _block_ids, _lengths),
    "modal": by_type({"modal": shape(
        {"type": KIND, "title": plain(24), "blocks": _blocks("modal", 100)},
        {"submit": plain(24), "close": plain(24), "clear_on_close": flag, "notify_on_close": flag,
         "submit_disabled": flag, **_META}, _block_ids, _one_focus, _submittable, _size)}, "view"),
    "home": by_type({"home": shape({"type": KIND, "blocks": _blocks("home", 100)}, _META,
                                   _block_ids, _one_focus, _size)}, "view"),
}


def check(payload: Mapping[str, Any], *, surface: Surface, at: str = "") -> list[str]:
    """Everything Slack would refuse in a message (its `text` and `blocks`) or a view; empty when it is right.

    A message's other arguments (channel, metadata, thread_ts…) are the method's business and not looked at.
    """
    held = dict(payload)
    if surface == "message":
        held = {name: held[name] for name in _MESSAGE_FIELDS if held.get(name) is not None}
    return list(_SURFACES[surface](held, at))


def elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of a block that has been checked."""
    if block["type"] == "actions":
        return list(block["elements"])
    held = block.get("element") if block["type"] == "input" else block.get("accessory")
    return [held] if isinstance(held, dict) and "action_id" in held else []
