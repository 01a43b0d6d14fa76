"""Telling whether another process of this machine has died."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from engine.store.process import is_dead, own_name

NAME = "from engine.store.process import own_name; print(own_name(), flush=True); input()"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A real process that waits for us."""
    with subprocess.Popen(
        [sys.executable, "-c", NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_we_ourselves_are_not_dead() -> None:
    """Our own name is ours for as long as we live."""
    assert own_name() == own_name()
    assert not is_dead(own_name())


def test_a_process_is_dead_once_it_was_killed(child: subprocess.Popen[str]) -> None:
    """kill -9, and before anybody has collected its end, it counts as dead."""
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    alive = is_dead(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)     # it has ended, and is a zombie
    zombie = is_dead(name)
    child.wait()

    assert (alive, zombie, is_dead(name)) == (False, True, True)


def test_another_process_under_the_same_number_is_not_it(child: subprocess.Popen[str]) -> None:
    """A PID that is used again does not keep the former owner alive."""
    assert child.stdout is not None
    where, _, rest = child.stdout.readline().strip().partition("|")
    pid, _, started = rest.partition(" ")

    assert is_dead(f"{where}|{pid} {int(started) - 1}")


@pytest.mark.parametrize("name", ["", "|", "elsewhere|1 1", "elsewhere|999999999 1", f"{own_name().split('|')[0]}|x 1"])
def test_a_process_that_cannot_be_seen_from_here_is_not_called_dead(name: str) -> None:
    """Of another machine, another boot or another container nobody here can tell."""
    assert not is_dead(name)
