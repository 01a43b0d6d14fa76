"""Whether what Google tells of filters is as the discovery document gmail.v1 has it (Filter, FilterCriteria)."""

from __future__ import annotations

from typing import Any

from engine.connectors.google.reading.items import ODD
from engine.connectors.google.rest.asking import Json
from engine.errors import RefusedError

_TEXTS = ("from", "to", "subject", "query", "negatedQuery")


def listed_in(answer: Json, name: str) -> list[Any]:
    """The list of that name, which Google leaves out where it is empty. RefusedError: it is none."""
    found = answer.get(name, [])
    if not isinstance(found, list):
        raise RefusedError(ODD)
    return found


def is_filter(told: Any) -> bool:
    """True: it is an object with criteria and an action, or without one of these, that can be read."""
    if not isinstance(told, dict):
        return False
    criteria, action = told.get("criteria", {}), told.get("action", {})
    return isinstance(criteria, dict) and isinstance(action, dict) and (
        all(isinstance(criteria.get(name, ""), str) for name in _TEXTS)
        and all(_are_texts(action.get(name, [])) for name in ("addLabelIds", "removeLabelIds"))
        and isinstance(action.get("forward", ""), str)
    )


def _are_texts(told: Any) -> bool:
    return isinstance(told, list) and all(isinstance(one, str) for one in told)
