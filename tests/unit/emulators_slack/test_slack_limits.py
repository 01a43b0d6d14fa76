"""Every limit of Block Kit: the value that just passes, and the one that just does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulators.slack.blocks import Surface, check
from tests.unit.emulators_slack.payloads import (
    actions,
    button,
    entry,
    field,
    home,
    message,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
)

Build = Callable[[Any], dict[str, Any]]


def _on(surface: Surface, build: Build) -> tuple[Surface, Build]:
    return surface, build


def _text(length: int) -> str:
    return "x" * length


def _url(length: int) -> str:
    return "https://example.org/" + "x" * (length - 20)


def _confirm(**more: str) -> dict[str, Any]:
    given = {"title": "Sure?", "text": "Really?", "confirm": "Yes", "deny": "No"} | more
    return {name: plain(held) for name, held in given.items()}


def _sized(length: int) -> dict[str, Any]:
    """A modal whose JSON has about `length` characters, more than the sum of all others."""
    blocks = [section("x" * 2900) for _ in range(length // 2963)]
    return modal(*blocks, entry())


def _rich(**more: Any) -> dict[str, Any]:
    piece = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": [piece], **more}
    return {"type": "rich_text", "elements": [bullets]}


def _table(rows: int, columns: int) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns for _ in range(rows)]}


def _task(status: str = "complete", number: int = 0) -> dict[str, Any]:
    return {"type": "task_card", "task_id": f"t{number}", "title": "Mail", "status": status}


MENU = ("static_select", "multi_static_select")
LIMITS: dict[str, tuple[tuple[Surface, Build], Any, Any]] = {
    "text of a message": (_on("message", lambda n: {"text": _text(n)}), 4000, 4001),
    "blocks of a message": (_on("message", lambda n: message(*[section()] * n)), 50, 51),
    "blocks of a modal": (_on("modal", lambda n: modal(*[section()] * n)), 100, 101),
    "blocks of a home": (_on("home", lambda n: home(*[section()] * n)), 100, 101),
    "characters of all blocks": (_on("message", lambda n: message(
        *[section(_text(2200))] * 5, section(_text(n)))), 2200, 2201),
    "bytes of a view": (_on("modal", _sized), 245_000, 253_000),
    "section text": (_on("message", lambda n: message(section(_text(n)))), 3000, 3001),
    "section text not empty": (_on("message", lambda n: message(section(_text(n)))), 1, 0),
    "section fields": (_on("message", lambda n: message({"type": "section", "fields": [mrkdwn("x")] * n})), 10, 11),
    "section field text": (_on("message", lambda n: message(
        {"type": "section", "fields": [mrkdwn(_text(n))]})), 2000, 2001),
    "header text": (_on("message", lambda n: message({"type": "header", "text": plain(_text(n))})), 150, 151),
    "context elements": (_on("message", lambda n: message(
        {"type": "context", "elements": [mrkdwn("x")] * n})), 10, 11),
    "actions elements": (_on("message", lambda n: message(
        actions(*[button(action_id=f"b{i}") for i in range(n)]))), 25, 26),
    "actions not empty": (_on("message", lambda n: message(actions(*[button()] * n))), 1, 0),
    "button text": (_on("message", lambda n: message(actions(button(_text(n))))), 75, 76),
    "button value": (_on("message", lambda n: message(actions(button(value=_text(n))))), 2000, 2001),
    "button url": (_on("message", lambda n: message(actions(button(url=_url(n))))), 3000, 3001),
    "button accessibility label": (_on("message", lambda n: message(
        actions(button(accessibility_label=_text(n))))), 75, 76),
    "action_id": (_on("message", lambda n: message(actions(button(action_id=_text(n))))), 255, 256),
    "block_id": (_on("message", lambda n: message(section(block_id=_text(n)))), 255, 256),
    "confirm title": (_on("message", lambda n: message(actions(button(confirm=_confirm(title=_text(n)))))), 100, 101),
    "confirm text": (_on("message", lambda n: message(actions(button(confirm=_confirm(text=_text(n)))))), 300, 301),
    "confirm yes": (_on("message", lambda n: message(actions(button(confirm=_confirm(confirm=_text(n)))))), 30, 31),
    "confirm no": (_on("message", lambda n: message(actions(button(confirm=_confirm(deny=_text(n)))))), 30, 31),
    "title of a modal": (_on("modal", lambda n: modal(title=plain(_text(n)))), 24, 25),
    "submit of a modal": (_on("modal", lambda n: modal(submit=plain(_text(n)))), 24, 25),
    "close of a modal": (_on("modal", lambda n: modal(close=plain(_text(n)))), 24, 25),
    "private_metadata": (_on("modal", lambda n: modal(private_metadata=_text(n))), 3000, 3001),
    "callback_id": (_on("modal", lambda n: modal(callback_id=_text(n))), 255, 256),
    "external_id": (_on("modal", lambda n: modal(external_id=_text(n))), 255, 256),
    "input label": (_on("modal", lambda n: modal(entry(label=_text(n)))), 2000, 2001),
    "input hint": (_on("modal", lambda n: modal(entry(hint=plain(_text(n))))), 2000, 2001),
    "placeholder": (_on("modal", lambda n: modal(entry(element=field(placeholder=plain(_text(n)))))), 150, 151),
    "initial_value": (_on("modal", lambda n: modal(entry(element=field(initial_value=_text(n))))), 3000, 3001),
    "max_length": (_on("modal", lambda n: modal(entry(element=field(max_length=n)))), 3000, 3001),
    "max_length at least": (_on("modal", lambda n: modal(entry(element=field(max_length=n)))), 1, 0),
    "min_length": (_on("modal", lambda n: modal(entry(element=field(min_length=n)))), 3000, 3001),
    "min_length not above max_length": (_on("modal", lambda n: modal(
        entry(element=field(min_length=n, max_length=5)))), 5, 6),
    "initial_value within max_length": (_on("modal", lambda n: modal(
        entry(element=field(initial_value=_text(n), max_length=5)))), 5, 6),
    "overflow options": (_on("message", lambda n: message(actions(field("overflow", options=options(n))))), 5, 6),
    "checkbox options": (_on("modal", lambda n: modal(entry(element=field("checkboxes", options=options(n))))), 10, 11),
    "radio options": (_on("modal", lambda n: modal(entry(element=field("radio_buttons", options=options(n))))), 10, 11),
    **{f"{kind} options": (_on("modal", lambda n, kind=kind: modal(
        entry(element=field(kind, options=options(n))))), 100, 101) for kind in MENU},
    "option groups": (_on("modal", lambda n: modal(entry(element=field("static_select", option_groups=[
        {"label": plain("x"), "options": options(1)}] * n)))), 100, 101),
    "option group label": (_on("modal", lambda n: modal(entry(element=field("static_select", option_groups=[
        {"label": plain(_text(n)), "options": options(1)}])))), 75, 76),
    "option text": (_on("modal", lambda n: modal(entry(element=field(
        "static_select", options=[{"text": plain(_text(n)), "value": "x"}])))), 75, 76),
    "option value": (_on("modal", lambda n: modal(entry(element=field(
        "static_select", options=[{"text": plain("x"), "value": _text(n)}])))), 150, 151),
    "option description": (_on("modal", lambda n: modal(entry(element=field(
        "static_select", options=[option(description=plain(_text(n)))])))), 75, 76),
    "options of different values": (_on("modal", lambda n: modal(entry(element=field(
        "static_select", options=[option(0), option(n)])))), 1, 0),
    "conversations to choose from": (_on("modal", lambda n: modal(entry(element=field(
        "conversations_select", filter={"include": ["public"] * n})))), 4, 5),
    "a filter that says something": (_on("modal", lambda n: modal(entry(element=field(
        "conversations_select", filter={"exclude_bot_users": True} if n else {})))), 1, 0),
    "files": (_on("modal", lambda n: modal(entry(element=field("file_input", max_files=n)))), 10, 11),
    "files at least": (_on("modal", lambda n: modal(entry(element=field("file_input", max_files=n)))), 1, 0),
    "trigger_actions_on": (_on("modal", lambda n: modal(entry(element=field(dispatch_action_config={
        "trigger_actions_on": ["on_enter_pressed"] * n}), dispatch_action=True))), 2, 3),
    "alert text": (_on("modal", lambda n: modal({"type": "alert", "text": plain(_text(n))})), 200, 201),
    "image url": (_on("message", lambda n: message(
        {"type": "image", "image_url": _url(n), "alt_text": "x"})), 3000, 3001),
    "image alt_text": (_on("message", lambda n: message(
        {"type": "image", "image_url": _url(40), "alt_text": _text(n)})), 2000, 2001),
    "markdown text": (_on("message", lambda n: message({"type": "markdown", "text": _text(n)})), 12_000, 12_001),
    "markdown text of all blocks": (_on("message", lambda n: message(
        {"type": "markdown", "text": _text(6000)}, {"type": "markdown", "text": _text(n)})), 6000, 6001),
    "table rows": (_on("message", lambda n: message(_table(n, 2))), 100, 101),
    "table columns": (_on("message", lambda n: message(_table(2, n))), 20, 21),
    "tables of a message": (_on("message", lambda n: message(*[_table(1, 1)] * n)), 1, 2),
    "plan tasks": (_on("message", lambda n: message(
        {"type": "plan", "title": "x", "tasks": [_task("pending", i) for i in range(n)]})), 50, 51),
    "list indent": (_on("message", lambda n: message(_rich(indent=n))), 8, 9),
    "equal block_ids": (_on("message", lambda b: message(section(block_id="a"), section(block_id=b))), "b", "a"),
    "equal action_ids": (_on("message", lambda a: message(
        actions(button(action_id="a"), button(action_id=a)))), "b", "a"),
    "fields that focus": (_on("modal", lambda n: modal(
        entry("a", field(focus_on_load=True)), entry("b", field(focus_on_load=n)))), False, True),
    "title is plain": (_on("modal", lambda kind: modal(title={"type": kind, "text": "x"})), "plain_text", "mrkdwn"),
    "url is a web address": (_on("message", lambda u: message(actions(button(url=u)))),
                             "https://a.org", "javascript:alert(1)"),
    "style of a button": (_on("message", lambda s: message(actions(button(style=s)))), "danger", "warning"),
    "level of an alert": (_on("modal", lambda s: modal({"type": "alert", "text": plain("x"), "level": s})),
                          "error", "fatal"),
    "initial option is one of them": (_on("modal", lambda n: modal(entry(element=field(
        "static_select", options=options(3), initial_option=option(n))))), 2, 3),
    "a date": (_on("modal", lambda d: modal(entry(element=field("datepicker", initial_date=d)))),
               "2026-02-28", "2026-02-30"),
    "a time": (_on("modal", lambda d: modal(entry(element=field("timepicker", initial_time=d)))), "23:59", "24:00"),
    "a stand-alone task card": (_on("message", lambda s: message(_task(s))), "in_progress", "pending"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_limit_itself_is_kept(name: str) -> None:
    """What is just within a limit is accepted."""
    (surface, build), within, _ = LIMITS[name]

    assert check(build(within), surface=surface) == []


@pytest.mark.parametrize("name", LIMITS)
def test_beyond_the_limit_is_refused(name: str) -> None:
    """What is just beyond a limit is refused, with a pointer to it."""
    (surface, build), _, beyond = LIMITS[name]

    found = check(build(beyond), surface=surface)

    assert found
    assert all("[json-pointer:/" in one for one in found)


WHERE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "actions": (actions(button()), {"message", "modal", "home"}),
    "context": ({"type": "context", "elements": [mrkdwn("x")]}, {"message", "modal", "home"}),
    "divider": ({"type": "divider"}, {"message", "modal", "home"}),
    "header": ({"type": "header", "text": plain("x")}, {"message", "modal", "home"}),
    "input": (entry(), {"message", "modal", "home"}),
    "rich_text": (_rich(), {"message", "modal", "home"}),
    "section": (section(), {"message", "modal", "home"}),
    "table": (_table(1, 1), {"message", "home"}),
    "markdown": ({"type": "markdown", "text": "x"}, {"message"}),
    "plan": ({"type": "plan", "title": "x"}, {"message"}),
    "task_card": (_task(), {"message"}),
    "alert": ({"type": "alert", "text": plain("x")}, {"modal"}),
    "file_input": (entry(element=field("file_input")), {"modal"}),
    "not a block": ({"type": "blink", "text": plain("x")}, set()),
}


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize("name", WHERE)
def test_a_block_stands_only_where_slack_lets_it(name: str, surface: Surface) -> None:
    """Each block is accepted on its surfaces and refused on all others."""
    block, surfaces = WHERE[name]
    build = {"message": message, "modal": modal, "home": home}[surface]

    assert (check(build(block), surface=surface) == []) == (surface in surfaces)


WRONG: dict[str, tuple[Surface, dict[str, Any]]] = {
    "a password field": ("modal", modal(entry(element=field("password")))),
    "a password text field": ("modal", modal(entry(element=field("password_text_input")))),
    "a masked field": ("modal", modal(entry(element=field(masked=True)))),
    "a form without a submit button": ("modal", {k: v for k, v in modal().items() if k != "submit"}),
    "a modal without a title": ("modal", {k: v for k, v in modal().items() if k != "title"}),
    "a modal without a type": ("modal", {k: v for k, v in modal().items() if k != "type"}),
    "a home with a title": ("home", home(title=plain("x"))),
    "a home shown as a modal": ("modal", home()),
    "a message of nothing": ("message", {"text": ""}),
    "a section of nothing": ("message", message({"type": "section"})),
    "a text that is a string": ("message", message({"type": "section", "text": "x"})),
    "a header in mrkdwn": ("message", message({"type": "header", "text": mrkdwn("x")})),
    "a field in an actions block": ("modal", modal(actions(field()))),
    "a button in an input block": ("modal", modal(entry(element=button()))),
    "a button without a text": ("message", message(actions({"type": "button", "action_id": "x"}))),
    "a button without an action_id": ("message", message(actions({"type": "button", "text": plain("x")}))),
    "a blank button": ("message", message(actions(button(" ")))),
    "an unknown field of a block": ("message", message(section(colour="red"))),
    "an unknown field of a view": ("modal", modal(width=3)),
    "a menu without options": ("modal", modal(entry(element=field("static_select")))),
    "a menu with options and groups": ("modal", modal(entry(element=field(
        "static_select", options=options(1), option_groups=[{"label": plain("x"), "options": options(1)}])))),
    "a url on a menu's option": ("modal", modal(entry(element=field(
        "static_select", options=[option(url="https://a.org")])))),
    "a number for a flag": ("modal", modal(notify_on_close=1)),
    "a table of unequal rows": ("message", message(
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}], [{"type": "raw_text", "text": "x"}] * 2]})),
    "a dispatch config without dispatch": ("modal", modal(entry(element=field(
        dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})))),
    "blocks that are no list": ("message", {"text": "x", "blocks": {"type": "divider"}}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_slack_refuses_is_refused(name: str) -> None:
    """Payloads that slack_sdk's models let through, and Slack does not."""
    surface, payload = WRONG[name]

    assert check(payload, surface=surface)


def test_a_complaint_points_to_its_value() -> None:
    """A complaint is worded as Slack's `response_metadata.messages` are."""
    found = check(message(section(), actions(button("x" * 76))), surface="message")

    assert found == ["must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]"]
