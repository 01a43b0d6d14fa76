"""Starts `omm` in a process of its own within milliseconds: forked from one that has everything imported.

Run as a program it reads one JSON request a line: {"arguments", "environment", "output"} starts `omm` and is answered
with its PID; {"wait": PID} is answered with its exit status, negative for the signal that ended it.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Zygote:
    """The process that forks."""

    process: subprocess.Popen[str]
    output: Path

    def start(self, arguments: Sequence[str], environment: dict[str, str]) -> int:
        """The PID of a new `omm`."""
        return self._ask({"arguments": list(arguments), "environment": environment, "output": str(self.output)})

    def wait(self, pid: int) -> int:
        """The exit status of that `omm`, when it has ended."""
        return self._ask({"wait": pid})

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
        """Exit status and standard output."""
        status = self.wait(self.start(arguments, environment))
        return status, self.output.read_text()

    def _ask(self, request: dict[str, object]) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def zygote(directory: Path) -> Iterator[Zygote]:
    """Runs one until the context ends."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield Zygote(process, directory / "omm.out")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(90)
        assert process.stdout is not None
        process.stdout.close()


def _serve() -> None:
    sys.path.insert(0, str(ROOT))
    import cli
    import wiring

    wiring.load_connectors()     # so that the forked processes need not
    gc.freeze()                  # nor look at, and so copy, what is loaded by now
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _become(cli, request)
        print(pid, flush=True)


def _become(cli: object, request: dict[str, object]) -> None:
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[arg-type]
    output = os.open(str(request["output"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    errors = os.open(f"{request['output']}.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    sys.argv = ["omm", *request["arguments"]]  # type: ignore[misc]
    status = 70
    try:
        status = cli.main()  # type: ignore[attr-defined]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
