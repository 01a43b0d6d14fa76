"""How much there is, as `omm doctor gmail://…` says it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.connectors.google.examination import held
from engine.connectors.google.rest.asking import Asking
from tests.servers.google.scripted import Question, Said, scripted_google, told


@dataclass
class Source:
    """A source as far as it is looked at."""

    asking: Asking

    def interfaces(self) -> Asking:
        """Whom to ask."""
        return self.asking


def test_what_does_not_fit_on_a_page_is_counted_as_well() -> None:
    """260 calendars (colleagues' among them) are not 250."""
    def answer(question: Question) -> Said:
        if not question.path.endswith("calendarList"):
            return told({})
        if question.query.get("pageToken"):
            return told({"items": [{"id": f"b{number}"} for number in range(10)]})
        return told({"items": [{"id": f"a{number}"} for number in range(250)], "nextPageToken": "more"})
    with scripted_google() as google:
        google.script = answer
        found = {one.called: one.count for one in held(Source(google.asking()))}        # type: ignore[arg-type]  # as a source

    assert found["Google Calendar API"] == 260


@pytest.mark.parametrize("odd", [{"items": 5, "filter": 5}, {"items": True}])
def test_an_odd_answer_does_not_end_the_look(odd: object) -> None:
    """It is an answer that cannot be read."""
    with scripted_google() as google:
        google.script = lambda _question: told(odd)
        assert len(list(held(Source(google.asking())))) == 4        # type: ignore[arg-type]  # as a source
