"""A folder of 100,000 messages: little memory, and a kill shortly before its end (pace: `bench.promises`)."""

from __future__ import annotations

import json
import signal

import pytest

from tests.servers.large_folder import MANY, Large, large_folder
from tests.servers.outcomes import table

DOCUMENT = table("reliability", "large folders")
KILLED = "killed (SIGKILL) at nine tenths, and run again"
MEMORY = "memory of the process"
KILLED_AT = 0.89
MOST = 150 * 1024 * 1024        # bytes of memory, of one `omm` process


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    with large_folder(tmp_path_factory.mktemp("large")) as found:
        return found


def test_all_of_them_arrive_once_although_it_was_killed(large: Large) -> None:
    """Killed at nine tenths and run again, it ends with each message once."""
    counts = json.loads(large.resumed.output)["contents"]["mail"]

    assert large.killed.status == -signal.SIGKILL
    assert MANY * KILLED_AT < sum(items for _, _, items in large.before) < MANY
    assert counts == {"found": MANY, "copied": MANY, "already_there": 0, "failed": 0, "left_out": 0}
    assert large.messages == MANY
    DOCUMENT.saw(KILLED, "Each is there once.")


def test_memory_stays_small(large: Large) -> None:
    """Neither the run from the start nor the one that goes on takes 150 MB."""
    assert 0 < large.killed.peak < MOST
    assert 0 < large.resumed.peak < MOST
    DOCUMENT.saw(MEMORY, "Less than 150 MB at any time.")


def test_the_document_is_about_these() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only([KILLED, MEMORY])
