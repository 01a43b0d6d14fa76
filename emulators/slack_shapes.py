"""What an app sends, each shape once, for whoever compares it with something else than our own rules.

EMULATOR_SLACK_SHAPES names a folder; without it nothing is kept. A shape is a payload in which every text is "text" and
every number 1, but for those of which Slack takes only some, and in which a list holds each shape once. Blocks are kept
one by one, and what stands around them without them. Each process appends JSON lines to a file of its own: `kind`
(message, modal, home or block), `shape`, `sent` (the method), `test` (pytest's name of it) and `refused`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = "EMULATOR_SLACK_SHAPES"
# Of these properties Slack takes some values only (docs.slack.dev/reference/block-kit).
LITERAL = frozenset({"align", "border", "include", "level", "range", "status", "style", "trigger_actions_on", "type"})
TEXT = '"text"'
_AROUND = ("text", "metadata")
_kept: set[tuple[str, ...]] = set()


def keep(sent: str, payload: Mapping[str, Any], *, refused: bool = False) -> None:
    """Keeps the message, or the view under `view`, in the arguments of a call; does nothing where there is neither."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    for kind, shape in _shapes(payload):
        seen = (kind, shape, test.partition("::")[0]) if refused else (kind, shape)
        if seen not in _kept:
            _kept.add(seen)
            line = {"kind": kind, "shape": shape, "sent": sent, "test": test, "refused": refused}
            with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def _shapes(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kinds and shapes."""
    view = payload.get("view")
    body: Mapping[str, Any] = view if isinstance(view, dict) else payload
    blocks = body.get("blocks")
    listed = blocks if isinstance(blocks, list | tuple) else ()
    if body is view:
        yield "home" if body.get("type") == "home" else "modal", _shape({**body, "blocks": []})
    elif listed or isinstance(body.get("text"), str):
        yield "message", _shape({name: body[name] for name in _AROUND if body.get(name)})
    for block in listed:
        yield "block", _shape(block)


def _shape(value: Any, name: str = "") -> str:
    """The shape, as JSON."""
    if isinstance(value, str):
        return _quoted(value) if name in LITERAL else TEXT
    if isinstance(value, dict):
        return "{" + ",".join([
            f"{_quoted(key)}:{TEXT if type(held) is str and key not in LITERAL else _shape(held, key)}"
            for key, held in value.items()
        ]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(sorted({_shape(each, name) for each in value})) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if value is None or name in LITERAL else "1"


@cache
def _quoted(text: str) -> str:
    return json.dumps(text)
