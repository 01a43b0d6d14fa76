"""Block elements: buttons, menus, inputs, and which block may hold which.

Limits: docs.slack.dev/reference/block-kit/block-elements, one page an element. There is no element that hides
what is typed: type `password` is refused like any other unknown one.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any

from emulators.slack.objects import ACTION_ID, CONFIRM, DISPATCH, GROUPS, KIND, options, plain, text, url
from emulators.slack.rules import Rule, array, by_type, choice, complain, flag, pattern, shape, string, whole

_DATE = pattern(lambda held: re.fullmatch(r"\d{4}-\d\d-\d\d", held) is not None and _is_date(held),
                "must be a date as YYYY-MM-DD")
_TIME = pattern(lambda held: re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", held) is not None, "must be a time as HH:mm")
_DECIMAL = pattern(lambda held: re.fullmatch(r"-?\d+(\.\d+)?", held) is not None, "must be a number")
_HINT = {"placeholder": plain(150), "focus_on_load": flag}
_BASE: dict[str, Rule] = {"type": KIND, "action_id": ACTION_ID}


def _is_date(held: str) -> bool:
    try:
        datetime.date.fromisoformat(held)
    except ValueError:
        return False
    return True


def _ordered(low: str, high: str) -> Rule:
    """What is given as least is not above what is given as most."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if low in value and high in value and float(value[low]) > float(value[high]):
            yield complain(f"{low} must not be greater than {high}", at)
    return rule


def _choices(value: dict[str, Any]) -> list[Any]:
    grouped = [one for group in value.get("option_groups", ()) for one in group["options"]]
    return [*value.get("options", ()), *grouped]


def _initial_option(value: Any, at: str) -> Iterator[str]:
    """What is chosen at first is exactly one of the options."""
    given = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    for one in given:
        if one not in _choices(value):
            yield complain("initial option must exactly match one of the options", at)


def _one_list(value: Any, at: str) -> Iterator[str]:
    if ("options" in value) == ("option_groups" in value):
        yield complain("either options or option_groups must be given", at)


def _initial_length(value: Any, at: str) -> Iterator[str]:
    """What stands in the field at first may itself be submitted."""
    held = len(value.get("initial_value", ""))
    if held > value.get("max_length", 3000) or 0 < held < value.get("min_length", 0):
        yield complain("initial_value must keep min_length and max_length", at)


def _button_text(value: Any, at: str) -> Iterator[str]:
    if value["text"]["text"].strip() == "":
        yield complain("must not be blank", f"{at}/text/text")


def _menu(*, many: bool) -> Rule:
    picked: dict[str, Rule] = {"initial_options": array(options_one, 100), "max_selected_items": whole(1)} \
        if many else {"initial_option": options_one}
    return shape(_BASE, {"options": options(plain(75), 100), "option_groups": GROUPS, "confirm": CONFIRM,
                         **picked, **_HINT}, _one_list, _initial_option)


def _listed(what: str, *, many: bool) -> Rule:
    """A menu that the client fills: users, channels, conversations."""
    name = f"initial_{what}s" if many else f"initial_{what}"
    picked: dict[str, Rule] = {name: array(string(255)), "max_selected_items": whole(1)} if many \
        else {name: string(255)}
    if what == "conversation":
        picked |= {"filter": _FILTER}
    return shape(_BASE, {"confirm": CONFIRM, **picked, **_HINT})


def _at_least_one(value: Any, at: str) -> Iterator[str]:
    """docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object: one field at least."""
    if not value:
        yield complain("at least one field must be given", at)


_FILTER = shape({}, {"include": array(choice("im", "mpim", "private", "public"), 4),
                     "exclude_external_shared_channels": flag, "exclude_bot_users": flag}, _at_least_one)


def options_one(value: Any, at: str) -> Iterator[str]:
    """An option given as the initial one; that it equals one of the options is asked by its menu."""
    if not isinstance(value, dict):
        yield complain("must be an object", at)


_BOX = {"confirm": CONFIRM, "focus_on_load": flag}
_TYPED = {"dispatch_action_config": DISPATCH, **_HINT}
BUTTON = shape({**_BASE, "text": plain(75)},
               {"url": url(), "value": string(2000), "style": choice("primary", "danger"), "confirm": CONFIRM,
                "accessibility_label": string(75)}, _button_text)
IMAGE = shape({"type": KIND, "image_url": url(), "alt_text": string(2000)})
ELEMENTS: dict[str, Rule] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": shape({**_BASE, "options": options(plain(75), 5, link=True)}, {"confirm": CONFIRM}),
    "checkboxes": shape({**_BASE, "options": options(text(75), 10)},
                        {"initial_options": array(options_one, 10), **_BOX}, _initial_option),
    "radio_buttons": shape({**_BASE, "options": options(text(75), 10)},
                           {"initial_option": options_one, **_BOX}, _initial_option),
    "static_select": _menu(many=False),
    "multi_static_select": _menu(many=True),
    "users_select": _listed("user", many=False),
    "multi_users_select": _listed("user", many=True),
    "channels_select": _listed("channel", many=False),
    "multi_channels_select": _listed("channel", many=True),
    "conversations_select": _listed("conversation", many=False),
    "multi_conversations_select": _listed("conversation", many=True),
    "datepicker": shape(_BASE, {"initial_date": _DATE, "confirm": CONFIRM, **_HINT}),
    "timepicker": shape(_BASE, {"initial_time": _TIME, "timezone": string(255), "confirm": CONFIRM, **_HINT}),
    "datetimepicker": shape(_BASE, {"initial_date_time": whole(1_000_000_000, 9_999_999_999), **_BOX}),
    "plain_text_input": shape(
        _BASE, {"initial_value": string(3000, least=0), "multiline": flag, "min_length": whole(0, 3000),
                "max_length": whole(1, 3000), **_TYPED}, _ordered("min_length", "max_length"), _initial_length),
    "email_text_input": shape(_BASE, {"initial_value": string(3000), **_TYPED}),
    "url_text_input": shape(_BASE, {"initial_value": url(), **_TYPED}),
    "number_input": shape(
        {**_BASE, "is_decimal_allowed": flag},
        {"initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL, **_TYPED},
        _ordered("min_value", "max_value")),
    "file_input": shape(_BASE, {"filetypes": array(string(255)), "max_files": whole(1, 10)}),
}
_PICKED = {"static_select", "users_select", "channels_select", "conversations_select"}
_MANY = {f"multi_{name}" for name in _PICKED}
_BOXES = {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
IN_ACTIONS = {"button", "overflow", "datetimepicker"} | _PICKED | _BOXES
IN_SECTION = {"button", "overflow", "image"} | _PICKED | _MANY | _BOXES
IN_INPUT = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input",
            "datetimepicker"} | _PICKED | _MANY | _BOXES


def one_of(names: set[str]) -> Rule:
    """An element of one of these types."""
    return by_type({name: ELEMENTS[name] for name in names}, "element")
