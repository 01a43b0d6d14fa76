"""What a window asks passwords for: its private_metadata, written and parsed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from engine.errors import Side


@dataclass(frozen=True, slots=True)
class Asked:
    """What a password was asked for: private_metadata of View.PASSWORD. `then` is "resume", "retry" or "rollback".

    `sides` are those whose password is asked for; none in a window of an earlier release.
    """

    task_id: str
    then: str
    sides: tuple[Side, ...] = ()


def asked(private_metadata: str) -> Asked:
    """What View.PASSWORD is for."""
    plain = json.loads(private_metadata)
    return Asked(plain["task"], plain["then"], tuple(Side(side) for side in plain.get("sides", ())))


def metadata(task_id: str, then: str, sides: Collection[Side]) -> str:
    """The private_metadata of View.PASSWORD."""
    return json.dumps({"task": task_id, "then": then, "sides": [side.value for side in Side if side in sides]})
