"""A crew: processes that are started again when they die, and that leave together within ten seconds."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

LEAVES_WITHIN = 6.5         # seconds that work may take to come to its end
LEFT_BEHIND = 7.5           # seconds after which a process that is still there is killed
LAST = 1.0                  # seconds more for those that leave last
LOOK = 0.1                  # seconds between two looks at the crew
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0      # seconds from one start of a process to the next
SETTLED = 10.0              # seconds that a process lives when nothing is wrong
NO_USE = 3                  # the exit status of a process that no second try will help
FOR_THE_FIRST = (signal.SIGINT, signal.SIGHUP)   # a terminal sends them to all; the first process tells the others
PR_SET_PDEATHSIG = 1        # prctl(2)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What one process of a crew does, until it is told to stop. `last`: it leaves after the others."""

    name: str
    work: Callable[[], None]
    last: bool = False


class Slot:
    """A process of a crew, and the process that holds it now (0: none)."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self.pid = 0
        self._started = -LONGEST_PAUSE
        self._pause = FIRST_PAUSE

    def is_due(self) -> bool:
        """True: it is to be filled now. One that dies young is waited with, longer each time."""
        return not self.pid and time.monotonic() >= self._started + self._pause

    def fill(self) -> None:
        """Starts its process, which dies with us."""
        self._started = time.monotonic()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _be(self.spec, parent)

    def empty(self) -> None:
        """Notes that its process has ended."""
        self.pid = 0
        lived = time.monotonic() - self._started
        self._pause = FIRST_PAUSE if lived > SETTLED else min(self._pause * 2, LONGEST_PAUSE)

    def tell(self, what: signal.Signals) -> None:
        """Sends its process a signal."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, what)


class Crew:
    """Runs its processes until it is told to stop: by SIGTERM, by Ctrl-C, or as its terminal goes away.

    Call it in a process without other threads: it forks.
    """

    def __init__(self, specs: Sequence[ProcessSpec]) -> None:
        self._slots = [Slot(spec) for spec in specs]
        self._told = False

    def run(self) -> int:
        """Returns the exit status, when everybody has left."""
        for each in (signal.SIGTERM, *FOR_THE_FIRST):
            signal.signal(each, self._hear)
        useless = False
        while not (self._told or useless):
            for slot in self._slots:
                if slot.is_due() and not self._told:
                    slot.fill()
            time.sleep(LOOK)
            useless = self._noticed()
        self._told = True
        self._leave()
        return NO_USE if useless else 0

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        self._told = True

    def _noticed(self) -> bool:
        """Notes who has ended. Whether one of them says that no second try will help."""
        useless = False
        for pid, status in _ended():
            useless = useless or status == NO_USE
            for slot in self._slots:
                if slot.pid == pid:
                    slot.empty()
                    if not self._told:
                        log.warning("the %s has ended (%s)", slot.spec.name, _how(status))
        return useless

    def _leave(self) -> None:
        """Tells everybody to stop, those who leave last when the others have left, and kills who stays."""
        over = time.monotonic() + LEFT_BEHIND
        self._dismiss([slot for slot in self._slots if not slot.spec.last], over)
        self._dismiss([slot for slot in self._slots if slot.spec.last], over + LAST)

    def _dismiss(self, slots: Sequence[Slot], over: float) -> None:
        for slot in slots:
            slot.tell(signal.SIGTERM)
        while any(slot.pid for slot in slots) and time.monotonic() < over:
            self._noticed()
            time.sleep(LOOK / 5)
        for slot in slots:
            if slot.pid:
                log.warning("the %s did not leave in time and was killed", slot.spec.name)
            slot.tell(signal.SIGKILL)


def _ended() -> Iterator[tuple[int, int]]:
    """PID and exit status of every child that has ended since; a negative status is a signal."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found[0], os.waitstatus_to_exitcode(found[1])


def _how(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {-status}"


def _be(spec: ProcessSpec, parent: int) -> None:
    """Does the work of a process in a process of its own, and never returns."""
    status = 1
    try:
        for each in FOR_THE_FIRST:
            signal.signal(each, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with(parent)
        spec.work()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except Exception:       # the crew starts another
        log.exception("the %s stopped", spec.name)
    finally:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def die_with(parent: int) -> None:
    """Has us told to stop (SIGTERM) when that process is gone, however it went. Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:      # it went before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def on_sigterm(stop: Callable[[], None]) -> None:
    """Calls `stop` when we are told to stop, from a thread of its own; ends the process if it is still there then.

    A signal handler may only note: it runs in the midst of anything, whatever locks are held there.
    """
    hears, says = os.pipe()

    def listen() -> None:
        os.read(hears, 1)
        stop()
        time.sleep(LEAVES_WITHIN)
        os._exit(1)

    threading.Thread(target=listen, name="told to stop", daemon=True).start()

    def note(_signal: int, _frame: FrameType | None) -> None:
        os.write(says, b".")

    signal.signal(signal.SIGTERM, note)
