"""What a window asks passwords for: its private_metadata, written and parsed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from bot.addresses import unpasted
from bot.drawn import drawn
from bot.ids import Block
from bot.views.forms import Errors
from bot.views.values import Values, elements_of, text_in
from engine.errors import InputError, Side
from engine.migration.account import check_address
from engine.migration.task_id import parse_task_id

THEN = frozenset({"resume", "retry", "rollback"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a password was asked for: private_metadata of View.PASSWORD. `then` is "resume", "retry" or "rollback".

    `sides` are those whose password is asked for; none in a window of an earlier release.
    """

    task_id: str
    then: str
    sides: tuple[Side, ...] = ()


@drawn()
def asked(private_metadata: str) -> Asked:
    """What View.PASSWORD is for. Raises NotDrawnError."""
    plain = json.loads(private_metadata)
    sides = tuple(Side(side) for side in plain.get("sides", ()))
    return Asked(parse_task_id(plain["task"]), _then(plain["then"]), sides)


def _then(word: str) -> str:
    if word not in THEN:
        raise ValueError(word)
    return word


def metadata(task_id: str, then: str, sides: Collection[Side]) -> str:
    """The private_metadata of View.PASSWORD."""
    return json.dumps({"task": task_id, "then": then, "sides": [side.value for side in Side if side in sides]})


def new_mailbox(values: Values) -> str | Errors:
    """The destination mailbox's address that was typed into View.PASSWORD; '' where that does not ask for it."""
    if not any(elements_of(values, Block.DESTINATION_MAILBOX)):
        return ""
    try:
        return address_of(text_in(values, Block.DESTINATION_MAILBOX, ""))
    except InputError as error:
        return Errors({Block.DESTINATION_MAILBOX: str(error)})


def address_of(text: str) -> str:
    """The address of a mailbox that was typed. Raises InputError."""
    address = unpasted(text)
    check_address(address)
    return address
