"""The doctor says of each behaviour that nobody has documented what it means for the calendars of a migration."""

from __future__ import annotations

import pytest

from emulators.exchange import Fault
from engine.doctor.appointments import MEANINGS, Question
from engine.doctor.diagnosis import Step

from .conftest import Practice, wrong

KINDEST = {"organizer_by_property": True, "attendee_responses_kept": True, "max_instance_index": None}
HARSHEST = {"organizer_by_property": False, "attendee_responses_kept": False, "max_instance_index": 999}
OF_SETTINGS = {Question.ORGANIZER, Question.ANSWERS, Question.NUMBERED}


@pytest.mark.parametrize("settings", [KINDEST, HARSHEST], ids=["kindest", "harshest"])
def test_each_behaviour_is_told_by_what_it_means(practice: Practice, settings: dict[str, object]) -> None:
    """None of them is a fault. A meeting stays the same meeting, and a file goes from one day alone, here always."""
    practice.emulator.configure(**settings)

    found = practice.examine()

    said = {finding.step: finding.words for finding in found.findings}
    kept = set(Question) if settings is KINDEST else set(Question) - OF_SETTINGS
    assert wrong(found) == {}
    assert {question: said[Step[question.name]] for question in Question} == {
        question: MEANINGS[question][0 if question in kept else 1] for question in Question
    }


def test_a_server_that_takes_no_appointment_is_asked_nothing_more_of_them(practice: Practice) -> None:
    """It is said once; all else is tried, and everything is removed."""
    practice.emulator.add_fault(Fault(
        operation="CreateItem", nth=3, action="items", positions=(0, 1), code="ErrorItemSave",
    ))

    found = practice.examine()

    assert set(wrong(found)) == {Step.ORGANIZER}
    assert set(found.untried) == {Step[question.name] for question in Question} - {Step.ORGANIZER}
    assert found.findings[-1].words == "everything was removed"


def test_appointments_are_tried_though_the_server_is_busy(practice: Practice) -> None:
    """Whatever was half-written goes with the rest."""
    practice.emulator.add_fault(Fault(operation="UpdateItem", nth=1, action="fault", code="ErrorServerBusy",
                                      back_off_ms=1))

    found = practice.examine()

    assert wrong(found) == {}
