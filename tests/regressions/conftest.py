"""A person with the `omm` of the commit that is looked at, and what is noted of each test."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bench import revision
from emulators.exchange import ExchangeEmulator
from tests.servers.certificates import OURS_ALONE

ADDRESS, PASSWORD = "claire@exchange.example", "correct horse"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--product", type=Path, default=revision.HOUSE, help="the folder of the product that is tested")
    parser.addoption("--outcomes", type=Path, default=None, help="the file in which every outcome is noted")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Notes what became of a test: one JSON object a line."""
    report = yield
    file = item.config.getoption("--outcomes")
    if file is not None and (report.when == "call" or not report.passed):
        with file.open("a") as outcomes:
            outcomes.write(json.dumps(noted(item, call)) + "\n")
    return report


def noted(item: pytest.Item, call: pytest.CallInfo[None]) -> dict[str, Any]:
    """Its name, its message where it failed, and whether that is an assertion of the test itself."""
    if call.excinfo is None:
        return {"name": item.nodeid, "failed": False, "by_assertion": False, "message": ""}
    own = call.when == "call" and Path(call.excinfo.traceback[-1].path) == item.path
    return {
        "name": item.nodeid, "failed": True, "by_assertion": own and call.excinfo.errisinstance(AssertionError),
        "message": call.excinfo.exconly(),
    }


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    said: str
    warned: str

    @property
    def json(self) -> dict[str, Any]:
        """The object that it printed last."""
        found: dict[str, Any] = json.loads(self.said.splitlines()[-1])
        return found


@dataclass(frozen=True)
class Person:
    """Somebody with a new mailbox at the Exchange emulator, and `omm`."""

    product: Path
    directory: Path
    exchange: ExchangeEmulator

    @property
    def destination(self) -> str:
        return f"ews+{self.exchange.url.replace('//', f'//{quote(ADDRESS)}@')}"

    def omm(self, *arguments: str, timeout: float = 200, settings: Mapping[str, str] | None = None) -> Done:
        """Runs it to its end, with those settings beside the usual ones."""
        running = self.start(*arguments, settings=settings)
        said, warned = running.communicate(timeout=timeout)
        return Done(running.returncode, said, warned)

    def start(self, *arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts it; whoever calls ends it."""
        command, more = revision.omm(self.product)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8", **OURS_ALONE,
            **more, "OMM_STATE_DIR": str(self.directory / "state"), "OMM_COMMIT_GRACE": "1",
            "OMM_SOURCE_PASSWORD": "secret", "OMM_DESTINATION_PASSWORD": PASSWORD,
            **(settings or {}),
        }
        return subprocess.Popen(
            [*command, *arguments], env=environment, cwd=self.directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def migrate(self, source: str, *options: str, settings: Mapping[str, str] | None = None) -> Done:
        """Moves that mailbox to theirs."""
        return self.omm(
            "migrate", source, self.destination, "--allow-plaintext", "--json", *options, settings=settings
        )

    def subjects(self) -> list[tuple[tuple[str, ...], str]]:
        """What is in their mailbox: folder and subject of each message."""
        return sorted((one.folder, one.subject) for one in self.exchange.messages(ADDRESS))


@pytest.fixture
def product(request: pytest.FixtureRequest) -> Path:
    """The folder of the product. Doors are opened from there: `python app.py`, `python worker.py KIND`."""
    found: Path = request.config.getoption("--product")
    return found.resolve()


@pytest.fixture
def claire(tmp_path: Path, product: Path) -> Iterator[Person]:
    with ExchangeEmulator(tmp_path / "exchange.sqlite") as exchange:
        exchange.add_mailbox(ADDRESS, password=PASSWORD)
        yield Person(product, tmp_path, exchange)
