"""Tests run beside a copy of one of our packages that differs from ours in one place.

Run as a program with the name of the package, this file is the process that forks: it has imported what every test
needs and nothing that imports the package, so that a child imports the copy. It reads {"copy": folder, "test": node id}
a line, has a child run that test, and writes
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
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("hypothesis", "lxml.etree", "requests", "requests_ntlm", "spnego", "sqlite3", "trustme", "xdist.plugin",
             "pytest_timeout", "email.policy", "http.server", "uuid")
PRELOADED = {
    "emulators": OUTSIDE,
    "engine": (*OUTSIDE, "dateutil.rrule", "fakeredis", "cryptography.fernet", "redis", "emulators.exchange",
               "emulators.slack_shapes"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended: how often it passed, by what it failed, and what pytest printed."""

    passed: int
    failed: tuple[str, ...]
    output: str


class PatchedPackage:
    """Runs tests against copies of a package, `emulators` or `engine`, each in a process of its own."""

    def __init__(self, folder: Path, package: str) -> None:
        self._folder, self._whole = folder, folder / "whole"
        shutil.copytree(ROOT / package, self._whole / package)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._process = subprocess.Popen([sys.executable, __file__, package], cwd=ROOT, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True,
                                         env=environment | {"PYTHONDONTWRITEBYTECODE": "1"})

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=60)

    def whole(self, test: str) -> Outcome:
        """Runs a test beside an unchanged copy."""
        return self._run(self._whole, test)

    def patched(self, file: str, changes: Sequence[tuple[str, str]], test: str) -> Outcome:
        """Runs a test beside a copy of which one file has other texts: (what is there once, what stands instead).

        `file` begins with the package's name, `test` is a node id. Raises AssertionError where a text is not there.
        """
        copy = self._folder / "patched"
        shutil.copytree(self._whole, copy)
        try:
            _patch(copy / file, changes)
            return self._run(copy, test)
        finally:
            shutil.rmtree(copy)

    def _run(self, copy: Path, test: str) -> Outcome:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"copy": str(copy), "test": test}), file=self._process.stdin, flush=True)
        found = json.loads(self._process.stdout.readline())
        return Outcome(found["passed"], tuple(found["failed"]), found["output"])


def patch(words: str, changes: Sequence[tuple[str, str]], name: str) -> str:
    """A file's words with those changes. Raises AssertionError where a text is not there once."""
    for find, instead in changes:
        assert words.count(find) == 1, f"{find!r} is {words.count(find)} times in {name}"
        words = words.replace(find, instead)
    return words


def _patch(path: Path, changes: Sequence[tuple[str, str]]) -> None:
    """Replaces the texts, and removes what Python compiled of the file: time and size might still fit."""
    path.write_text(patch(path.read_text(), changes, path.name))
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


def _test(package: str, copy: str, test: str, output: Path) -> dict[str, Any]:
    witness = _Witness()
    pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", "-o", f"pythonpath={copy} .",
                 "-p", "no:cacheprovider", f"--basetemp={output.parent / 'base'}",
                 "--tb=short", test], plugins=[witness])
    used = Path(str(sys.modules[package].__path__[0])).parent if package in sys.modules else None
    assert used == Path(copy), f"the {package} of {used} was tested"
    return {"passed": witness.passed, "failed": witness.failed}


def _child(package: str, request: dict[str, str], output: Path, answer: Path) -> NoReturn:
    """Runs the test with all that it prints in a file, and ends the process."""
    with output.open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    status = 1
    try:
        answer.write_text(json.dumps(_test(package, request["copy"], request["test"], output)))
        status = 0
    except BaseException:  # noqa: BLE001 - a forked child ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _serve(package: str) -> None:
    sys.path.insert(0, str(ROOT))
    for name in PRELOADED[package]:
        importlib.import_module(name)
    sys.path.remove(str(ROOT))
    assert package not in sys.modules
    for line in sys.stdin:
        request = json.loads(line)
        folder = Path(request["copy"]).parent
        output, answer = folder / "output", folder / "answer"
        answer.write_text('{"passed": 0, "failed": ["no end"]}')
        child = os.fork()
        if not child:
            _child(package, request, output, answer)
        os.waitpid(child, 0)
        print(json.dumps(json.loads(answer.read_text()) | {"output": output.read_text()}), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
