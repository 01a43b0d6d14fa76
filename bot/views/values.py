"""Values: `view.state.values` of a modal, by the ids of its blocks: block id -> action id -> what the element holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.ids import Block

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]


def ids_of(values: Values, block: Block) -> list[str]:
    """The ids of a block that are on the screen; those that end with _, or came up anew, have a number behind it."""
    return [
        known for known in values
        if known == block or (block.endswith("_") and known.startswith(block)) or re.fullmatch(rf"{block}_\d+", known)
    ]


def elements_of(values: Values, block: Block) -> Iterator[Mapping[str, Any]]:
    """What the only element of that block holds, if it is on the screen."""
    for block_id in ids_of(values, block)[:1]:
        yield from list(values[block_id].values())[:1]


def text_in(values: Values, block: Block, default: str) -> str:
    """What is typed into that block; the default where it is not on the screen."""
    return next((element.get("value") or "" for element in elements_of(values, block)), default)


def selected_in(values: Values, block: Block, default: str) -> str:
    """The value of the option that is chosen in that menu; the default where none is, or there is no such menu."""
    chosen = (element.get("selected_option") or {"value": default} for element in elements_of(values, block))
    return next((option["value"] for option in chosen), default)


def ticked_in(values: Values, block: Block) -> list[str]:
    """The values of the boxes that are ticked in that block."""
    ticked = (element.get("selected_options") or () for element in elements_of(values, block))
    return [option["value"] for options in ticked for option in options]
