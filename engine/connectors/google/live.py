"""What Gmail does by itself to mail that arrives: its filters, and the vacation responder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google import vacation
from engine.connectors.google.filters.reading import filters, rules_of
from engine.connectors.google.rest.asking import Asking, Json
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live

T = TypeVar("T")


def live(asking: Asking, now: datetime) -> Live:
    """What Google tells of it, and why it does not tell the rest. Raises SignInError."""
    found, no_rules = _told(lambda: filters(asking))
    replies, no_answers = _told(lambda: vacation.out_of_office_of(vacation.settings(asking), now))
    return Live(
        rules=None if found is None else len(found),
        sending=_sending(found or ()),
        answers=None if replies is None else replies.answers(now),
        keeps_replies=replies is not None and not replies.is_blank,
        rules_unread=no_rules,
        answers_unread=no_answers,
    )


def _sending(found: Sequence[Json]) -> int:
    """How many of the filters would become rules that send mail on."""
    rules = rules_of(found, {}, Directory(lambda _address: ())).rules
    return len({one.id.partition("/")[0] for one in rules if one.sends and not one.stays})


def _told(ask: Callable[[], T]) -> tuple[T | None, str]:
    """What it tells; None, and why, where Google refuses, is busy or fails."""
    try:
        return ask(), ""
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError) as error:
        return None, str(error)
