"""What a modal is made of: its frame and its fields. Pure functions; each returns what Slack takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot import ids
from bot.ids import VALUE, Action, Block
from bot.views.blocks import Piece, plain
from bot.views.forms import PASSWORDS
from engine.errors import Side

View = dict[str, Any]

CAREFUL = (
    "The password is visible while you type, and it passes through Slack. Use an app password if your account has them."
)
SAVED = "saved; leave empty to keep it"


def modal(title: str, body: Sequence[Piece], view: ids.View, metadata: str = "", *, submit: str = "") -> View:
    """A modal with `body`; without `submit` it has one button, *Done*. `metadata` comes back with what is sent."""
    frame: View = {
        "type": "modal", "callback_id": view.value, "private_metadata": metadata, "title": plain(title, 24),
        "close": plain("Close" if submit else "Done", 24), "blocks": list(body),
    }
    return frame | {"submit": plain(submit, 24)} if submit else frame


def menu(block: Block, action: Action, label: str, options: list[Piece], chosen: str) -> Piece:
    """A menu that tells us at once when another option is chosen. `chosen`: the value of the one that stands."""
    element = {
        "type": "static_select", "action_id": action.value, "options": options,
        "initial_option": next(option for option in options if option["value"] == chosen),
    }
    return field(block, label, element) | {"dispatch_action": True}


def boxes(
    block: str, label: str, options: list[Piece], *, chosen: list[Piece], hint: str = "", optional: bool = False
) -> Piece:
    """Checkboxes; `chosen` are ticked."""
    element: Piece = {"type": "checkboxes", "action_id": VALUE, "options": options}
    if chosen:
        element["initial_options"] = chosen
    return field(block, label, element, hint=hint, optional=optional)


def text_field(
    block_id: str, label: str, value: str, *, most: int, example: str, hint: str = "", optional: bool = False
) -> Piece:
    """One line to type. `most`: its length in characters; `example` is grey and never sent."""
    element: Piece = {
        "type": "plain_text_input", "action_id": VALUE, "max_length": most, "placeholder": plain(example, 150)
    }
    if held := _typed(value)[:most]:
        element["initial_value"] = held
    return field(block_id, label, element, hint=hint, optional=optional)


def _typed(value: str) -> str:
    """What somebody typed, but for the halves of characters, which cannot be sent."""
    return value.encode("utf-8", "replace").decode("utf-8")


def password_field(side: Side, edition: int, *, kept: bool = False, optional: bool = False) -> Piece:
    """A field that never holds what was typed into it: another edition is another field.

    `kept`: it may stay empty, as the password is saved; `optional`: as it can be typed elsewhere.
    """
    element: Piece = {"type": "plain_text_input", "action_id": VALUE}
    label = f"{side.capitalize()} password" + (f" — {SAVED}" if kept else "")
    return field(f"{PASSWORDS[side]}{edition}", label, element, hint=CAREFUL, optional=kept or optional)


def field(block_id: str, label: str, element: Piece, *, hint: str = "", optional: bool = False) -> Piece:
    """An input block around `element`."""
    block: Piece = {
        "type": "input", "block_id": str(block_id), "label": plain(label), "element": element, "optional": optional
    }
    return block | {"hint": plain(hint)} if hint else block
