"""What becomes of an out-of-office where the new mailbox has one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.contents.out_of_office import IS_OFF, IS_ON, OWN, merged
from engine.ports.out_of_office import Audience, OofState, OutOfOffice, Reply, entry_of

NOW, DAY = datetime(2026, 5, 4, tzinfo=UTC), timedelta(days=1)
AWAY = Reply("<p>Away</p>")


def one(state: OofState, start: int = 0, end: int = 0, words: Reply = AWAY, **more: Audience) -> OutOfOffice:
    """`start` and `end` are days from now; none where they are the same."""
    days = (None, None) if start == end else (NOW + start * DAY, NOW + end * DAY)
    return OutOfOffice(state, start=days[0], end=days[1], inside=words, outside=words, **more)


ON, OFF = one(OofState.ON), one(OofState.OFF)
NOW_ON, OVER = one(OofState.SCHEDULED, -1, 9), one(OofState.SCHEDULED, -9, -1)


@pytest.mark.parametrize(("there", "wanted"), [
    (ON, ON), (OFF, OFF), (NOW_ON, NOW_ON), (one(OofState.ON, -1, 1), ON), (NOW_ON, ON), (OVER, OFF),
    (one(OofState.ON, words=Reply("<html><body><p>Away</p></body></html>")), ON),
])
def test_the_same_is_there_already(there: OutOfOffice, wanted: OutOfOffice) -> None:
    """Also one whose server tells days that it does not go by, or that has a last day where the source's has none."""
    assert merged(entry_of(there), entry_of(wanted), NOW) == entry_of(there)


@pytest.mark.parametrize(("there", "wanted", "said"), [
    (OFF, ON, IS_OFF), (OVER, ON, IS_OFF), (ON, OFF, IS_ON), (NOW_ON, OFF, IS_ON),
    (one(OofState.ON, words=Reply("Gone")), ON, OWN), (one(OofState.SCHEDULED, -1, 5), NOW_ON, OWN),
    (one(OofState.ON, audience=Audience.NOBODY), ON, OWN), (one(OofState.SCHEDULED, 30, 40), ON, OWN),
])
def test_another_one_stays_and_is_told(there: OutOfOffice, wanted: OutOfOffice, said: object) -> None:
    """So is one that replies where the source's does not, or the other way round."""
    assert merged(entry_of(there), entry_of(wanted), NOW) == said


def test_what_is_kept_of_one_is_compared_by_later_releases() -> None:
    """So it stays as it is: another release may have to know by it that nobody has changed what it has written."""
    assert one(OofState.ON, -1, 9).shown == (
        '["Enabled", "All", "2026-05-03T00:00:00+00:00", "2026-05-13T00:00:00+00:00", "Away", "Away"]'
    )


def test_a_blank_one_is_replaced() -> None:
    assert merged(entry_of(OutOfOffice(OofState.OFF)), entry_of(ON), NOW) == entry_of(ON)
