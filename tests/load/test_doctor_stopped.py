"""The doctor is told to stop after each of its steps; `make test` tries some."""

from __future__ import annotations

import pytest

from engine.doctor.diagnosis import Step
from tests.contract.doctor.conftest import Practice, practice, running
from tests.contract.doctor.test_doctor import TRIED, stops_after

__all__ = ["practice", "running"]      # fixtures


@pytest.mark.parametrize("step", TRIED[: TRIED.index(Step.REMOVE)])
def test_told_to_stop_it_takes_away_what_it_made(practice: Practice, step: Step) -> None:
    """Nothing more is tried, and the mailbox is as it was."""
    stops_after(practice, step)
