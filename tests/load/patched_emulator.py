"""Tests run beside a copy of the emulators that differs from ours in one place.

Run as a program, this file is the process that forks: it has imported what every test needs and no emulator, so that a
child imports the copy. It reads {"emulators": folder, "test": node id} a line, has a child run that test, and writes
{"passed": number, "failed": [the name of each exception's class, or of the phase other than the test's own], "output"}.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRELOADED = ("hypothesis", "lxml.etree", "requests", "requests_ntlm", "spnego", "sqlite3", "trustme", "xdist.plugin",
             "pytest_timeout", "email.policy", "http.server", "uuid")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended: how often it passed, by what it failed, and what pytest printed."""

    passed: int
    failed: tuple[str, ...]
    output: str


class PatchedEmulator:
    """Runs tests against copies of emulators/, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._whole = folder, folder / "whole"
        shutil.copytree(ROOT / "emulators", self._whole / "emulators")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._process = subprocess.Popen([sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True,
                                         env=environment | {"PYTHONDONTWRITEBYTECODE": "1"})

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=60)

    def whole(self, test: str) -> Outcome:
        """Runs a test beside an unchanged copy."""
        return self._run(self._whole, test)

    def patched(self, file: str, find: str, instead: str, test: str) -> Outcome:
        """Runs a test beside a copy in which the only `find` of a file is `instead`.

        `file` begins with emulators/, `test` is a node id. Raises AssertionError unless `find` is there exactly once.
        """
        copy = self._folder / "patched"
        shutil.copytree(self._whole, copy)
        try:
            _patch(copy / file, find, instead)
            return self._run(copy, test)
        finally:
            shutil.rmtree(copy)

    def _run(self, emulators: Path, test: str) -> Outcome:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"emulators": str(emulators), "test": test}), file=self._process.stdin, flush=True)
        found = json.loads(self._process.stdout.readline())
        return Outcome(found["passed"], tuple(found["failed"]), found["output"])


def _patch(path: Path, find: str, instead: str) -> None:
    """Replaces the text, and removes what Python compiled of the file: time and size might still fit."""
    before = path.read_text()
    assert before.count(find) == 1, f"{find!r} is {before.count(find)} times in {path.name}"
    path.write_text(before.replace(find, instead))
    with suppress(FileNotFoundError):
        Path(importlib.util.cache_from_source(str(path))).unlink()


@dataclass(slots=True)
class _Witness:
    """A plug-in of pytest that notes how each phase ended."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self.passed += report.when == "call" and report.passed
        if report.failed and call.excinfo is not None:
            self.failed.append(call.excinfo.typename if report.when == "call" else str(report.when))
        return report


def _test(emulators: str, test: str, output: Path) -> dict[str, Any]:
    witness = _Witness()
    pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", "-o", f"pythonpath={emulators} .",
                 "-p", "no:cacheprovider", f"--basetemp={output.parent / 'base'}",
                 "--tb=short", test], plugins=[witness])
    used = Path(str(sys.modules["emulators"].__path__[0])).parent if "emulators" in sys.modules else None
    assert used == Path(emulators), f"the emulators of {used} were tested"
    return {"passed": witness.passed, "failed": witness.failed}


def _child(request: dict[str, str], output: Path, answer: Path) -> NoReturn:
    """Runs the test with all that it prints in a file, and ends the process."""
    with output.open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    status = 1
    try:
        answer.write_text(json.dumps(_test(request["emulators"], request["test"], output)))
        status = 0
    except BaseException:  # noqa: BLE001 - a forked child ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _serve() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    assert "emulators" not in sys.modules
    for line in sys.stdin:
        request = json.loads(line)
        folder = Path(request["emulators"]).parent
        output, answer = folder / "output", folder / "answer"
        answer.write_text('{"passed": 0, "failed": ["no end"]}')
        child = os.fork()
        if not child:
            _child(request, output, answer)
        os.waitpid(child, 0)
        print(json.dumps(json.loads(answer.read_text()) | {"output": output.read_text()}), flush=True)


if __name__ == "__main__":
    _serve()
