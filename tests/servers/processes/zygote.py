"""Our programs in processes of their own, within milliseconds: forked from one that has imported everything.

A program that is started in the usual way spends half a second of processor time on its imports. What it does then is
the same. Tests of how a program starts, and a few of everything else, start it in the usual way.

Run as a program, this file is the process that forks. It takes requests from the socket whose number it is given:
{"program", "arguments", "environment", "directory", "session"}, with three file descriptors, starts a program and is
answered with its PID; {"wait": PID} is answered with how that one ended, negative for a signal.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[3]
LARGEST = 1 << 17       # bytes of a request
MOST_FILES = 1 << 16
PROGRAMS = ("cli", "worker", "app")     # the modules whose main() can be run


class Forked:
    """A program that was started; what a test needs of subprocess.Popen."""

    def __init__(self, zygote: Zygote, pid: int, stdout: BinaryIO | None, stderr: BinaryIO | None) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._zygote = zygote
        self._ended = os.pidfd_open(pid)
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """How it ended: its exit status, or the negative number of the signal. None: it runs."""
        with self._lock:
            if self.returncode is None and self._has_ended(0):
                self.returncode = self._zygote.ask({"wait": self.pid})
                os.close(self._ended)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits until it has ended, and returns how. Raises subprocess.TimeoutExpired."""
        if self.returncode is None and not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        status = self.poll()
        assert status is not None
        return status

    def _has_ended(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        return bool(poll.poll(None if timeout is None else round(timeout * 1000)))

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Reads both outputs to their ends, and waits until it has ended."""
        with ThreadPoolExecutor(2) as readers:
            found = list(readers.map(_read, (self.stdout, self.stderr)))
        self.wait(timeout)
        return found[0], found[1]

    def send_signal(self, number: int) -> None:
        """Does nothing to a process that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _read(stream: BinaryIO | None) -> bytes:
    if stream is None:
        return b""
    with stream:
        return stream.read()


class Zygote:
    """The process that forks. It ends with the process that has opened it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen([sys.executable, __file__, str(theirs.fileno())], cwd=ROOT,
                                             stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        self._asking = threading.Lock()

    def ask(self, request: Mapping[str, object], files: Sequence[int] = ()) -> int:
        """Its answer to a request."""
        with self._asking:
            socket.send_fds(self._socket, [json.dumps(request).encode()], files)
            return int(self._socket.recv(LARGEST))

    def close(self) -> None:
        """Ends it; what it has started goes on."""
        self._socket.close()
        self._process.wait(90)


@cache
def _zygote() -> Zygote:
    opened = Zygote()
    atexit.register(opened.close)
    return opened


def start(
    program: str, arguments: Iterable[str], environment: Mapping[str, str], *, directory: Path = ROOT,
    stdin: BinaryIO | None = None, stdout: BinaryIO | int | None = subprocess.PIPE,
    stderr: BinaryIO | int | None = subprocess.PIPE, new_session: bool = False,
) -> Forked:
    """Runs main() of a module with nothing but that environment. Standard input is empty unless it is given."""
    assert program in PROGRAMS
    found = _zygote()
    with Path(os.devnull).open("rb") as nothing:
        (ours_out, out), (ours_err, err) = _output(stdout), _output(stderr)
        request = {"program": program, "arguments": list(arguments), "environment": dict(environment),
                   "directory": str(directory), "session": new_session}
        pid = found.ask(request, [(stdin or nothing).fileno(), out.fileno(), err.fileno()])
    for ours, theirs in ((ours_out, out), (ours_err, err)):
        if ours is not None:
            theirs.close()
    return Forked(found, pid, ours_out, ours_err)


def _output(wanted: BinaryIO | int | None) -> tuple[BinaryIO | None, BinaryIO]:
    """Our end of it, None where there is none, and the end that is written to."""
    if wanted == subprocess.PIPE:
        read, write = os.pipe()
        return os.fdopen(read, "rb"), os.fdopen(write, "wb")
    assert wanted is not None
    assert not isinstance(wanted, int)
    return None, wanted


# What follows runs in the process that forks.


def _serve(requests: socket.socket) -> None:
    sys.path[0] = str(ROOT)
    for name in PROGRAMS:
        import_module(name)
    import_module("wiring").load_connectors()
    gc.freeze()         # what is loaded by now is looked at, and so copied, by no forked process
    while True:
        data, files, _, _ = socket.recv_fds(requests, LARGEST, 3)
        if not data:
            return
        request = json.loads(data)
        requests.send(str(_waited(request["wait"]) if "wait" in request else _forked(request, files)).encode())
        for each in files:
            os.close(each)


def _waited(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _forked(request: dict[str, object], files: Sequence[int]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _become(request, files)
        finally:
            os._exit(70)
    return pid


def _become(request: dict[str, object], files: Sequence[int]) -> None:
    if request["session"]:
        os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, MOST_FILES)
    os.chdir(str(request["directory"]))
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    time.tzset()
    if os.environ.get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    sys.argv = [str(request["program"]), *request["arguments"]]  # type: ignore[misc]
    _end(import_module(str(request["program"])).main)


def _end(main: Callable[[], int]) -> None:
    """Runs the program and ends as Python does after it."""
    status: object = 1
    try:
        status = main()
    except SystemExit as error:
        status = error.code
    except BaseException:  # noqa: BLE001 - as Python itself does it
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
