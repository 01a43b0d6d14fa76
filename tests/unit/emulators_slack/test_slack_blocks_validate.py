"""blocks.validate (docs.slack.dev/reference/methods/blocks.validate)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulators.slack import SlackEmulator
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import section

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Title"}, "blocks": [section("Text")]}


@pytest.mark.parametrize(("kind", "payload"), [
    ("blocks", [section("Text")]), ("message", {"text": "Text", "blocks": [section("Text")]}), ("view", MODAL),
    ("view", {"type": "home", "blocks": [section("Text")]}),
])
def test_what_is_right_is_taken(slack: SlackEmulator, call: Call, kind: str, payload: Any) -> None:
    """The answer says no more than that, and nothing is shown to anybody."""
    assert call("blocks.validate", **{kind: json.dumps(payload)}) == {"ok": True}
    assert slack.messages("dm", "owner") == []


@pytest.mark.parametrize(("kind", "payload", "pointer"), [
    ("blocks", [section("x" * 3001)], "/0/text/text"),
    ("message", {"text": "Text", "blocks": [section("x" * 3001)]}, "/blocks/0/text/text"),
    ("view", {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}, "/title/text"),
])
def test_what_is_wrong_is_pointed_at(call: Call, kind: str, payload: Any, pointer: str) -> None:
    """With a pointer into what was given."""
    answer = call("blocks.validate", **{kind: json.dumps(payload)})

    assert (answer["ok"], answer["error"]) == (False, f"invalid_{kind}")
    assert [(one["code"], one["pointer"]) for one in answer["errors"]] == [("failed_constraint", pointer)]


@pytest.mark.parametrize("given", [{}, {"blocks": "[]", "message": "{}"}])
def test_one_thing_is_looked_at(call: Call, given: dict[str, str]) -> None:
    """None or two are refused."""
    assert call("blocks.validate", **given)["error"] == "invalid_arguments"


@pytest.mark.parametrize(("kind", "text"), [("message", "[]"), ("message", "{"), ("blocks", "{}")])
def test_what_is_no_such_thing_is_refused(call: Call, kind: str, text: str) -> None:
    """By the name of what it should have been."""
    assert call("blocks.validate", **{kind: text})["error"] == f"invalid_{kind}"
