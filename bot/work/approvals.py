"""Approvals: who can decide is found out and told; from time to time, what nobody has decided expires."""

from __future__ import annotations

from bot.services import Services
from bot.stored.orders import GivenUp
from engine.pace.halt import Halt


def tell(services: Services, halt: Halt, *, subject: str, about: str) -> bool:
    """Finds out who can decide what was asked, and has them told. May be called again."""
    raise NotImplementedError


def give_up(services: Services, *, subject: str, about: str, why: GivenUp) -> None:
    """Takes the request back, and tells its asker that we are at fault."""
    raise NotImplementedError
