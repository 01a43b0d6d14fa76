"""What holds for every test: nothing of the person's own environment, and in CI nothing left out."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import settings

from emulators import slack_shapes
from tests.servers.certificates import OURS_ALONE
from tests.servers.processes.forked_workers import ForkedWorkers
from tests.servers.quick import http as quick_http
from tests.servers.quick import sign_in as quick_sign_in
from tests.servers.quick import store as quick_store
from tests.servers.quick import web as quick_web
from tests.servers.slack import drawn

KEPT = ("OMM_TESTS_COMPLETE", "OMM_EWS_MATERIAL", "OMM_SCREENSHOTS", "GOOGLE_SEED")
INCOMPLETE = ("skipped", "xfailed", "xpassed", "deselected")
SAID = pytest.StashKey[list[str]]()     # when the session ends
NEW = 10_000        # objects between two looks of the garbage collection, instead of 700

drawn.install()     # before the conftest of any folder can import the bot


def pytest_addoption(parser: pytest.Parser) -> None:
    """--workers: see tests/servers/processes/forked_workers.py."""
    parser.addoption("--workers", default="0", help="processes that run tests, or auto; 0: this one runs all of them")


def pytest_configure(config: pytest.Config) -> None:
    """Takes away what would make a test depend on whoever runs it."""
    workers = _workers(config.getoption("workers"))
    if workers:
        config.pluginmanager.register(ForkedWorkers(workers), "forked workers")
    for name in list(os.environ):
        ours = name.startswith(("OMM_", "SLACK_", "GOOGLE_", "XDG_")) or name.lower().endswith("_proxy")
        if ours and name not in KEPT and not name.startswith("OMM_LIVE_"):
            del os.environ[name]
    os.environ["OMM_ENV_FILE"] = ""      # no .env of theirs either
    os.environ.update(OURS_ALONE)
    quick_store.install()
    quick_http.install()
    quick_sign_in.install()
    quick_web.install()
    settings.register_profile("no test depends on speed", deadline=None)
    settings.load_profile("no test depends on speed")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected lives as long as the session: Python's garbage collection looks at none of it.

    It would do so again and again while there is ever more of it, which doubles the processor time of collection.
    At what the tests make it looks less often than usual: they have memory, and their programs do as Python does.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(NEW)
        gc.enable()


def _workers(wanted: str) -> int:
    """How many processes run tests. By itself it is seven more than there are cores: half of the time tests wait."""
    return 7 + (os.cpu_count() or 1) if wanted == "auto" else int(wanted)


def _is_controller(config: pytest.Config) -> bool:
    """True: no other process of pytest has started this one."""
    return not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """What the tests send to Slack is kept by every process that is started from now on."""
    if _is_controller(session.config):
        os.environ[slack_shapes.FOLDER] = mkdtemp(prefix="omm-shapes-")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Slack's types accept what the tests sent; with OMM_TESTS_COMPLETE set, a test that was left out fails the run."""
    if not _is_controller(session.config):
        return
    wrong = [*_refused_by_types(session.config), *_left_out(session.config)]
    session.config.stash.setdefault(SAID, []).extend(wrong)
    if wrong:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Below the tests that failed."""
    for words in config.stash.get(SAID, []):
        terminalreporter.write_line(f"{words}\n", red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last words are the names of what failed: a message may be so long that whoever reads the end sees no name."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for report in (*reporter.getreports("failed"), *reporter.getreports("error")) if reporter else ():
        reporter.write_line(f"{report.when}: {report.nodeid}")


def _refused_by_types(config: pytest.Config) -> list[str]:
    """What Slack's types say of what was sent and drawn; where they are not installed, what fails a complete run."""
    from tests.second_opinions import npm, slack_types

    folder = Path(os.environ.pop(slack_shapes.FOLDER))
    found = slack_types.recorded(folder)
    try:
        return slack_types.complaints(found, folder) if found else []
    except npm.NotInstalledError as error:
        words = f"Slack's types have looked at none of {len(found)} shapes of messages and views: {error}"
        if os.environ.get("OMM_TESTS_COMPLETE"):
            return [words]
        config.stash.setdefault(SAID, []).append(words)
        return []
    finally:
        rmtree(folder, ignore_errors=True)


def _left_out(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("OMM_TESTS_COMPLETE"):
        return []
    left_out = {kind: len(reporter.stats.get(kind, ())) for kind in INCOMPLETE}
    return [f"tests were left out, which fails a complete run: {left_out}"] if any(left_out.values()) else []
