"""A program, run to its end: how long it took from its start, and the most memory it held."""

from __future__ import annotations

import re
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK = 0.02     # seconds between two looks at the memory
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Finished:
    """`seconds` from start to end, `cpu` of them at work, `peak` bytes of memory at most.

    `output` was printed, `said` is what went to standard error.
    """

    status: int
    seconds: float
    cpu: float
    peak: int
    output: str
    said: str


def run(command: Sequence[str], environment: Mapping[str, str], *, timeout: float = 600) -> Finished:
    """Runs `command` with nothing but `environment`."""
    began, before = time.monotonic(), _at_work()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        watch = _Watch(process.pid)
        try:
            output, said = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
        finally:
            seconds = time.monotonic() - began
            watch.stop()
    return Finished(process.returncode, seconds, _at_work() - before, watch.peak, output, said)


def _at_work() -> float:
    """Seconds of processor time of all programs that have ended here. (os.times rounds to hundredths.)"""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def peak_of(pid: int) -> int:
    """The most memory that a running process has held so far, in bytes; 0 when it has ended.

    VmHWM is of the program itself: what wait4 tells includes the process that it was started from.
    """
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) * 1024 if found else 0


class _Watch:
    """Looks at a process's peak until it is told to stop: the kernel forgets it when the process ends."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(LOOK):
            self.peak = max(self.peak, peak_of(self._pid))

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
