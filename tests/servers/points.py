"""Which of many points a test tries, where tests/load tries each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
MOST = 5


def spread(points: Sequence[T]) -> Sequence[T]:
    """The first, the last, and those between at equal distances: five of them, or all where there are fewer."""
    if len(points) <= MOST:
        return points
    return [points[round(number * (len(points) - 1) / (MOST - 1))] for number in range(MOST)]
