"""`--workers N` runs the tests in that many processes, forked from the one that has imported and collected all of them.

A process that imports and collects everything for itself spends seconds of processor time before its first test.

Each worker runs one file after the other, so that what a module sets up is set up once. A worker that finds no file
left takes single tests from the worker that has most left, unless their file sets something up for all of its tests.

The files that were collected first are those that wait most, for other processes and for clocks. One worker in three
begins with them and the others with the last: at every time some wait, and the processors have work.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest

WIDER = ("class", "module", "package")      # scopes of fixtures that several tests share
WAITERS = 3     # of so many workers, one begins with the first files
EACH_WORKER = "EACH_WORKER"     # a module in which this is true sets up in each worker what its tests share


@dataclass
class Worker:
    """A process that runs tests, as the one that forked it knows it. Tests are called by their numbers."""

    name: str
    pid: int
    channel: Connection
    waits: bool         # it begins with the first files
    file: deque[int] = field(default_factory=deque)     # tests of the file that it is at, which nobody has begun
    ahead: int | None = None        # what it runs next
    runs: int | None = None
    is_done: bool = False


@dataclass
class Waiting:
    """The files that no worker is at."""

    files: deque[deque[int]]
    shared: frozenset[int]      # tests for which something is set up that others of their file use, too

    @classmethod
    def of(cls, items: Sequence[pytest.Item]) -> Waiting:
        """All tests, in the order in which they were collected."""
        files = [deque(file) for _, file in groupby(range(len(items)), lambda number: items[number].path)]
        shared = [file for file in files if any(_shares(items[number]) for number in file)]
        return cls(deque(files), frozenset(number for file in shared for number in file))

    def next_of(self, worker: Worker, workers: Iterable[Worker]) -> int | None:
        """The test that the worker runs after the one that it has; None where none is left for it."""
        if not worker.file and self.files:
            worker.file = self.files.popleft() if worker.waits else self.files.pop()
        if worker.file:
            return worker.file.popleft()
        others = [each.file for each in workers if each.file and each.file[-1] not in self.shared]
        return max(others, key=len).pop() if others else None


def _shares(item: pytest.Item) -> bool:
    """True: a fixture of the test is wider than the test, and its file does not say EACH_WORKER."""
    if getattr(getattr(item, "module", None), EACH_WORKER, False):
        return False
    info: Any = getattr(item, "_fixtureinfo", None)
    found = info.name2fixturedefs.values() if info else ()
    return any(definition.scope in WIDER for definitions in found for definition in definitions)


class ForkedWorkers:
    """The plugin of the process that forks. It runs no test itself; `prepare` is called before it forks."""

    def __init__(self, count: int, *, prepare: Callable[[], object] = lambda: None) -> None:
        self._count, self._prepare = count, prepare
        self._workers: list[Worker] = []
        self._forked = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Takes the place of pytest's own loop, unless there is nothing to run."""
        if session.testsfailed or session.config.option.collectonly or not session.items:
            return None
        _one_line_for_all(session.config)
        self._prepare()
        waiting = Waiting.of(session.items)
        try:
            for _ in range(min(self._count, len(session.items))):
                self._fork(session, waiting)
            self._listen(session, waiting)
        except Exception:       # the terminal sends a KeyboardInterrupt to the workers itself
            for worker in self._workers:
                os.kill(worker.pid, signal.SIGINT)      # not waited for yet, so it is nobody else's number
            raise
        finally:
            for worker in self._workers:
                worker.channel.close()      # none waits for a test any more
                with suppress(ChildProcessError):
                    os.waitpid(worker.pid, 0)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True

    def _fork(self, session: pytest.Session, waiting: Waiting) -> None:
        self._forked += 1
        name = f"worker{self._forked}"
        base = session.config._tmp_path_factory.getbasetemp() / name     # type: ignore[attr-defined]  # pytest's own
        ours, theirs = Pipe()
        pid = os.fork()
        if pid == 0:
            for channel in (ours, *(each.channel for each in self._workers)):
                channel.close()
            _become_worker(session, theirs, name, str(base))
        theirs.close()
        worker = Worker(name, pid, ours, self._forked % WAITERS == 1)
        self._workers.append(worker)
        worker.ahead = waiting.next_of(worker, self._workers)
        _tell(worker)

    def _listen(self, session: pytest.Session, waiting: Waiting) -> None:
        while channels := {each.channel: each for each in self._workers if not each.is_done}:
            for channel in wait(list(channels)):
                worker = channels[channel]      # type: ignore[index]  # all of them are connections
                self._heard(session, waiting, worker, *_received(worker))

    def _heard(self, session: pytest.Session, waiting: Waiting, worker: Worker, what: str, said: Any) -> None:
        hook = session.config.hook
        if what == "begins":
            worker.runs = worker.ahead
            is_over = session.shouldfail or session.shouldstop
            worker.ahead = None if is_over else waiting.next_of(worker, self._workers)
            _tell(worker)
        elif what == "report":
            report = hook.pytest_report_from_serializable(config=session.config, data=said)
            hook.pytest_runtest_logreport(report=report)
        elif what == "warning":
            words, when, nodeid, location = said
            warning = warnings.WarningMessage(UserWarning(words), UserWarning, *(location or ("", 0))[:2])
            hook.pytest_warning_recorded.call_historic(
                kwargs={"warning_message": warning, "when": when, "nodeid": nodeid, "location": location},
            )
        else:
            worker.is_done = True
            if what == "died":
                self._died(session, waiting, worker)

    def _died(self, session: pytest.Session, waiting: Waiting, worker: Worker) -> None:
        """The test that it ran has failed; another worker goes on with what it left."""
        if worker.runs is not None:
            item = session.items[worker.runs]
            report = pytest.TestReport(
                item.nodeid, item.location, {}, "failed", f"{worker.name} died while it ran {item.nodeid}", "call",
            )
            session.config.hook.pytest_runtest_logreport(report=report)
        left = [number for number in (worker.ahead, *worker.file) if number is not None]
        worker.file.clear()     # nobody takes them from the dead
        if left and not (session.shouldfail or session.shouldstop):
            waiting.files.appendleft(deque(left))
            self._fork(session, waiting)


def _received(worker: Worker) -> tuple[str, Any]:
    """What it says next."""
    try:
        said: tuple[str, Any] = worker.channel.recv()
    except (EOFError, OSError):
        return "died", None
    return said


def _tell(worker: Worker) -> None:
    """What it runs next. One that is dead is noticed when it is listened to."""
    with suppress(OSError):
        worker.channel.send(worker.ahead)


def _one_line_for_all(config: pytest.Config) -> None:
    """Tests of several files run at once: no line is about one file."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.showfspath = False


# What follows runs in the workers.


class Reporting:
    """Sends what a worker has to report to the process that forked it."""

    def __init__(self, config: pytest.Config, channel: Connection) -> None:
        self._config, self._channel = config, channel

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """As the hook's name says."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._channel.send(("report", data))

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any,
    ) -> None:
        """As the hook's name says."""
        words = f"{warning_message.category.__name__}: {warning_message.message}"
        self._channel.send(("warning", (words, when, nodeid, location)))


def _become_worker(session: pytest.Session, channel: Connection, name: str, base: str) -> None:
    """Runs tests, and ends the process as Python does."""
    status = 1
    try:
        _settle(session.config, channel, name, base)
        with suppress(KeyboardInterrupt, EOFError, BrokenPipeError):      # nobody wants more of it
            _run_all(session, channel)
        session.config.hook.pytest_sessionfinish(session=session, exitstatus=session.exitstatus)
        session.config._ensure_unconfigure()
        with suppress(BrokenPipeError):
            channel.send(("done", None))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, nothing of the other process may go on here
        traceback.print_exc()
    finally:
        threading._shutdown()       # type: ignore[attr-defined]  # as Python calls it at the end
        atexit._run_exitfuncs()
        os._exit(status)


def _settle(config: pytest.Config, channel: Connection, name: str, base: str) -> None:
    """Nothing is printed here, and what others captured or keep in temporary folders is theirs."""
    config.workerinput = {"workerid": name}     # type: ignore[attr-defined]  # how plugins know a worker
    plugins: Any = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    plugins.register(Reporting(config, channel))
    capture = plugins.get_plugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()
    config.option.basetemp = base
    factory: Any = config._tmp_path_factory     # type: ignore[attr-defined]  # pytest's own
    config._tmp_path_factory = type(factory).from_config(config, _ispytest=True)    # type: ignore[attr-defined]


def _run_all(session: pytest.Session, channel: Connection) -> None:
    for item, following in _with_following(session.items, channel):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _with_following(
    items: Sequence[pytest.Item], channel: Connection,
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each test that it is told to run, and the one that it runs then."""
    number = channel.recv()
    while number is not None:
        channel.send(("begins", None))
        following = channel.recv()
        yield items[number], None if following is None else items[following]
        number = following
