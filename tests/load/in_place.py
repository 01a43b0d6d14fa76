"""Tests run in processes that have imported everything, in which functions of one of our files do something else.

To import everything costs more than most tests. Where a change is one of functions that nothing has called, a process
that has imported them and gives them other code does the same as one that imports the changed file.

Run as a program, this file is the process that forks: pytest, which has collected files of tests, with a plug-in in the
place of the loop that runs them. It reads {"file", "changes": [[what is there once, what stands instead]], "test": node
id} a line, has a child run that test, and writes its outcome (`forked` of patched.py), or null where the change is
another one.
"""

from __future__ import annotations

import cProfile
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import CodeType, FunctionType
from typing import Any, TextIO

import pytest

from tests.load.changed_code import ElsewhereError, Functions
from tests.load.patched import OUTSIDE, Outcome, Witness, forked, patch

ROOT = Path(__file__).resolve().parents[2]


class InPlace:
    """The process that forks, as those know it who ask it."""

    def __init__(self, folder: Path, package: str, files: Iterable[str]) -> None:
        """Changes are ones of the package, tests ones of these files."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, "-m", "tests.load.in_place", str(folder), package, *files]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=60)

    def run(self, test: str, file: str = "", changes: Sequence[tuple[str, str]] = ()) -> Outcome | None:
        """How the test ended with those changes of the file; None where they cannot be made here."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"test": test, "file": file, "changes": changes}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        found = json.loads(self._process.stdout.readline())
        return None if found is None else Outcome.of(found)


# What follows runs in the process that forks, and in those that it forks.


@dataclass(slots=True)
class Serving:
    """A plug-in of pytest that runs a test whenever it is told to. `calls` has been on since anything was imported."""

    requests: TextIO
    answers: TextIO
    folder: Path
    package: str
    calls: cProfile.Profile
    functions: Functions = field(default_factory=lambda: Functions(ROOT))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answers requests until there are none."""
        _prepare(self.package)
        self.calls.disable()
        self.functions.look(self.calls)
        for line in self.requests:
            print(json.dumps(self._answer(session.items, json.loads(line))), file=self.answers, flush=True)
        return True

    def _answer(self, items: Sequence[pytest.Item], request: Mapping[str, Any]) -> dict[str, Any] | None:
        file, test = request["file"], request["test"]
        named = [each for each in items if each.nodeid == test or each.nodeid.startswith(f"{test}[")]
        try:
            changing = self._changing(file, request["changes"]) if file else []
        except ElsewhereError:
            return None
        return forked(partial(_run, named, changing), self.folder)

    def _changing(self, file: str, changes: Sequence[tuple[str, str]]) -> list[tuple[FunctionType, CodeType]]:
        words = (ROOT / file).read_text()
        return self.functions.changing(ROOT / file, words, patch(words, changes, file))


def _prepare(package: str) -> None:
    """Imports the whole package, and what tests import by themselves; loads the schema, as tests and emulator do."""
    from emulators.exchange.schema import find_schema, load_schema
    from tests.contract.exchange_emulator.material import loaded_schema, schema_files

    loaded_schema()
    for folder in (find_schema(), schema_files()):
        load_schema(folder)
    for name in (*OUTSIDE, *_modules(package)):
        import_module(name)


def _modules(package: str) -> list[str]:
    found = walk_packages([str(ROOT / package)], f"{package}.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def _run(tests: Sequence[pytest.Item], changing: Sequence[tuple[FunctionType, CodeType]]) -> dict[str, Any]:
    """How tests end, with other code in functions."""
    for function, code in changing:
        function.__code__ = code
    witness = Witness()
    tests[0].config.pluginmanager.register(witness)
    for test, following in zip(tests, (*tests[1:], None), strict=True):
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
    return witness.said()


def _serve(folder: Path, package: str, *files: str) -> None:
    """Keeps both pipes for itself: a test and its processes have neither."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    with Path(os.devnull).open("r+b") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    calls = cProfile.Profile()
    calls.enable()
    pytest.main(["-s", "-p", "no:cacheprovider", f"--basetemp={folder / 'base'}", "--tb=native", *files],
                plugins=[Serving(requests, answers, folder, package, calls)])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), *sys.argv[2:])
