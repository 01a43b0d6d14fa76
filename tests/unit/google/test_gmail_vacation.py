"""The vacation responder of Gmail as an out-of-office: state, audience, schedule, text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.connectors.google.vacation import PATH, Vacation
from engine.ports.out_of_office import KEY, Audience, OofState, OutOfOffice, out_of_office
from tests.servers.google.told import Told

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = 86_400_000
TODAY = 1_777_852_800_000        # milliseconds of Unix time on 4 May 2026, 00:00 UTC
ON = {"enableAutoReply": True, "responseBodyPlainText": "Back soon"}


def read(**told: Any) -> tuple[OutOfOffice, list[str]]:
    """The out-of-office, and what is said of it."""
    vacation = Vacation(Told(single={PATH: told}), lambda: NOW)  # type: ignore[arg-type]  # as an Asking
    [entry] = vacation.read()
    assert entry.key == KEY
    return out_of_office(entry.value), [note.words for note in vacation.notes()]


def moment(day: int) -> datetime:
    return datetime(2026, 5, day, tzinfo=UTC)


def test_nothing_is_nothing() -> None:
    """Off, and with no words: whatever dates are left in it."""
    for told in ({}, {"enableAutoReply": False, "endTime": str(TODAY), "restrictToContacts": True}):
        assert Vacation(Told(single={PATH: told})).read() == []  # type: ignore[arg-type]  # as an Asking


def test_off_with_its_words() -> None:
    found, notes = read(enableAutoReply=False, responseBodyPlainText="Back soon", responseSubject="Away",
                        startTime=str(TODAY), endTime=str(TODAY + DAY))
    assert (found.state, found.start, found.end) == (OofState.OFF, None, None)
    assert found.inside.shown == "Away Back soon" == found.outside.shown
    assert [words for words in notes if "first line" not in words] == []


@pytest.mark.parametrize(
    ("times", "state", "start", "end"),
    [
        ({}, OofState.ON, None, None),
        ({"startTime": str(TODAY), "endTime": str(TODAY + 2 * DAY)}, OofState.SCHEDULED, moment(4), moment(6)),
        ({"startTime": str(TODAY)}, OofState.ON, None, None),
        ({"startTime": str(TODAY + DAY)}, OofState.SCHEDULED, moment(5), datetime(2027, 5, 5, tzinfo=UTC)),
        ({"startTime": "0", "endTime": "0"}, OofState.ON, None, None),
    ],
)
def test_its_days(times: dict[str, str], state: OofState, start: datetime | None, end: datetime | None) -> None:
    """Exchange has both days or none. One that has begun, and has no last day, is on."""
    found, notes = read(**ON, **times)
    assert (found.state, found.start, found.end) == (state, start, end)
    assert bool(notes) is (end is not None and end.year == 2027)


def test_days_that_are_far() -> None:
    """Exchange refuses one that ends as it begins."""
    found, _ = read(**ON, startTime="5680281600000", endTime="5995814400000")      # in 2150 and 2160
    assert found.start is not None
    assert found.end is not None
    assert NOW < found.start < found.end


def test_a_last_day_alone() -> None:
    found, _ = read(**ON, endTime=str(TODAY + DAY))
    assert (found.state, found.end) == (OofState.SCHEDULED, moment(5))
    assert found.start is not None
    assert found.start < NOW


@pytest.mark.parametrize(
    ("limits", "audience", "told"),
    [
        ({}, Audience.ALL, False),
        ({"restrictToContacts": True}, Audience.KNOWN, True),
        ({"restrictToDomain": True}, Audience.NOBODY, False),
        ({"restrictToDomain": True, "restrictToContacts": True}, Audience.NOBODY, True),
    ],
)
def test_who_gets_a_reply(limits: dict[str, bool], audience: Audience, told: bool) -> None:
    """Inside of the organization Exchange replies to everybody, which is said where Gmail did not."""
    found, notes = read(**ON, **limits)
    assert found.audience is audience
    assert bool(notes) is told


def test_its_words() -> None:
    """Plain text becomes HTML that says the same; of both, Gmail uses the HTML. The subject is the first line."""
    found, notes = read(enableAutoReply=True, responseSubject="Away <b>& out", responseBodyPlainText="One & <two>\n\nx")
    assert found.inside.html == "<p><b>Away &lt;b&gt;&amp; out</b></p>One &amp; &lt;two&gt;<br><br>x"
    assert found.inside.shown == "Away <b>& out One & <two> x"
    assert notes == [
        "it puts “Away <b>& out” before the subject of its replies; Exchange lets nobody choose one, so it is their "
        "first line"
    ]
    found, _ = read(enableAutoReply=True, responseBodyHtml="<div>Grüße 🌴</div>", responseBodyPlainText="other")
    assert found.inside.html == found.outside.html == "<div>Grüße 🌴</div>"
    found, _ = read(enableAutoReply=True, responseSubject="Away")
    assert found.inside.shown == "Away"
