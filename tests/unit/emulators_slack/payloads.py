"""Payloads that keep every limit, to be broken in one place."""

from __future__ import annotations

from typing import Any


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Go", action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def option(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"text": plain(f"Option {number}"), "value": f"o{number}", **more}


def options(count: int) -> list[dict[str, Any]]:
    return [option(number) for number in range(count)]


def field(kind: str = "plain_text_input", action_id: str = "v", **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": action_id, **more}


def entry(block_id: str = "name", element: dict[str, Any] | None = None, label: str = "Name",
          **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element or field(), **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Migrate"), "submit": plain("Start"), "callback_id": "form",
            "blocks": list(blocks) or [entry()], **more}


def home(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks) or [section()], **more}


def message(*blocks: dict[str, Any], text: str = "Hello") -> dict[str, Any]:
    return {"text": text, "blocks": list(blocks)}
