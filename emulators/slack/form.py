"""What stands in the fields of a view: `view.state.values`, and what the client itself refuses to send.

docs.slack.dev/reference/interaction-payloads/view-interactions-payload: each field is kept under its block_id and
action_id with its type and one key that depends on it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulators.slack.blocks import elements
from emulators.slack.workspace import NotPossibleError

State = dict[str, dict[str, dict[str, Any]]]

_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_KEYS = {
    **dict.fromkeys(_TYPED, "value"),
    "static_select": "selected_option", "radio_buttons": "selected_option",
    "multi_static_select": "selected_options", "checkboxes": "selected_options",
    "users_select": "selected_user", "multi_users_select": "selected_users",
    "channels_select": "selected_channel", "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation", "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date", "timepicker": "selected_time", "datetimepicker": "selected_date_time",
    "file_input": "files",
}
_INITIAL = {"value": "initial_value", "selected_time": "initial_time", "selected_date": "initial_date",
            "files": "-"}


def options(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices of a menu, boxes or radio buttons."""
    return [*element.get("options", ()), *(one for group in element.get("option_groups", ())
                                           for one in group["options"])]


def _empty(key: str) -> Any:
    return [] if key.endswith("s") else None


def initial(blocks: list[dict[str, Any]]) -> State:
    """The state of a view that was just drawn."""
    state: State = {}
    for block in blocks:
        for one in elements(block):
            if key := _KEYS.get(one["type"]):
                given = one.get(_INITIAL.get(key, key.replace("selected_", "initial_")), _empty(key))
                state.setdefault(block["block_id"], {})[one["action_id"]] = {"type": one["type"], key: given}
    return state


def carried(old: State, blocks: list[dict[str, Any]]) -> State:
    """The state after an update: what was typed stays where block_id, action_id and type are the same.

    docs.slack.dev/surfaces/modals, "Updating modals": values are kept when the new view has the same ids.
    """
    state = initial(blocks)
    for block_id, fields in state.items():
        for action_id, fresh in fields.items():
            held = old.get(block_id, {}).get(action_id)
            if held is not None and held["type"] == fresh["type"]:
                fields[action_id] = held
    return state


def _chosen(element: Mapping[str, Any], value: str) -> dict[str, Any]:
    for one in options(element):
        if one["value"] == value:
            return one
    raise NotPossibleError(f"{element['action_id']} has no option {value!r}")


def filled(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The state of a field after a person has typed or chosen `value`; None empties it.

    A choice is named by the `value` of its option, several by a list of them.
    """
    key = _KEYS[element["type"]]
    if value is None or value in ("", []):
        held: Any = _empty(key)
    elif key == "selected_option":
        held = _chosen(element, value)
    elif key == "selected_options":
        held = [_chosen(element, one) for one in value]
    else:
        held = value
    return {"type": element["type"], key: held}


def held(field: Mapping[str, Any]) -> Any:
    """What a field holds; None or [] when it is empty."""
    return field[_KEYS[field["type"]]]


def refused(blocks: list[dict[str, Any]], state: State) -> dict[str, str]:
    """What the client says under the fields before anything is sent, by block_id."""
    found = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            words = next(_wrong(block, element, held(state[block["block_id"]][element["action_id"]])), None)
            if words is not None:
                found[block["block_id"]] = words
    return found


def _wrong(block: Mapping[str, Any], element: Mapping[str, Any], value: Any) -> Iterator[str]:
    if value in (None, "", []):
        if not block.get("optional"):
            yield "Please complete this required field."
    elif element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            yield f"Please lengthen this to {element['min_length']} or more characters."
        if len(value) > element.get("max_length", 3000):
            yield f"Please shorten this to {element.get('max_length', 3000)} or fewer characters."
    elif element["type"] == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        yield "Please enter a valid email address."
    elif element["type"] == "url_text_input" and not re.fullmatch(r"https?://\S+", value):
        yield "Please enter a valid URL."
    elif element["type"] == "number_input":
        yield from _number(element, value)
    elif isinstance(value, list) and len(value) > element.get("max_selected_items", len(value)):
        yield f"Please choose {element['max_selected_items']} items at most."
    elif element["type"] == "file_input" and len(value) > element.get("max_files", 10):
        yield f"Please choose {element.get('max_files', 10)} files at most."


def _number(element: Mapping[str, Any], value: str) -> Iterator[str]:
    if not re.fullmatch(r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+", value):
        yield "Please enter a valid number."
    elif "min_value" in element and float(value) < float(element["min_value"]):
        yield f"Please enter a number of {element['min_value']} or more."
    elif "max_value" in element and float(value) > float(element["max_value"]):
        yield f"Please enter a number of {element['max_value']} or less."
