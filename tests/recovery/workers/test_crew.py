"""A crew by itself: who is started again, who leaves when, and what its exit status says."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.recovery.workers.workshop import ROOT, until

PROGRAM = """
import os, sys, threading, time
from crew import Crew, ProcessSpec, on_sigterm

def say(word):
    os.write(1, f"{word}\\n".encode())

def stays(name, seconds=0):
    told = threading.Event()
    on_sigterm(told.set)
    say(f"{name} came")
    told.wait()
    time.sleep(seconds)
    say(f"{name} left")

"""
Start = Callable[[str], tuple[subprocess.Popen[bytes], Path]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs a crew of these posts; gives the process, and the file that holds what was said."""
    running: list[subprocess.Popen[bytes]] = []

    def start(posts: str) -> tuple[subprocess.Popen[bytes], Path]:
        said = tmp_path / "said"
        with said.open("wb") as output:
            running.append(subprocess.Popen(
                [sys.executable, "-c", f"{PROGRAM}sys.exit(Crew([{posts}]).run())"], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            ))
        return running[-1], said

    yield start
    for each in running:
        each.kill()
        each.wait()


def test_who_leaves_last_leaves_last(start: Start) -> None:
    """What the others work with is there until they have left, in whatever order they were hired."""
    process, said = start(
        "ProcessSpec('keeper', lambda: stays('keeper'), last=True), ProcessSpec('slow', lambda: stays('slow', 1)),"
        "ProcessSpec('quick', lambda: stays('quick'))"
    )
    until(lambda: said.read_text().count("came") == 3)

    process.terminate()

    assert process.wait(90) == 0
    assert said.read_text().splitlines()[3:] == ["quick left", "slow left", "keeper left"]


def test_what_dies_at_once_is_not_started_all_the_time(start: Start) -> None:
    """A process that cannot live costs no more than a start now and then."""
    process, said = start("ProcessSpec('short-lived', lambda: say('came'))")
    until(lambda: said.read_text().count("came") == 3)
    took = time.monotonic()
    until(lambda: said.read_text().count("came") == 4)

    assert time.monotonic() - took > 3
    process.terminate()
    assert process.wait(90) == 0


def test_an_error_is_in_the_log_and_the_work_begins_anew(start: Start) -> None:
    """A process that ends in an error says so, and there is another."""
    process, said = start("ProcessSpec('clumsy', lambda: (say('came'), 1 / 0))")

    until(lambda: said.read_text().count("came") == 2)

    assert said.read_text().count("ZeroDivisionError") >= 1
    process.terminate()
    process.wait(90)


def test_what_no_second_try_will_help_ends_the_crew(start: Start) -> None:
    """A setting that is wrong is no reason to try for ever: everybody leaves, and the status says why."""
    process, said = start(
        "ProcessSpec('other', lambda: stays('other')), ProcessSpec('wrong', lambda: (time.sleep(0.5), sys.exit(3)))"
    )

    assert process.wait(90) == 3
    assert said.read_text().splitlines() == ["other came", "the wrong has ended (status 3)", "other left"]


def test_who_does_not_listen_is_killed(start: Start) -> None:
    """A process that ignores being told is given eight seconds, and is gone all the same."""
    process, said = start(
        "ProcessSpec('deaf', lambda: (__import__('signal').signal(15, 1), say('came'), time.sleep(60)))"
    )
    until(lambda: "came" in said.read_text())
    began = time.monotonic()

    process.terminate()

    assert process.wait(90) == 0
    assert time.monotonic() - began > 7
