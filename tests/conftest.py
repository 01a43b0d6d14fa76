"""What holds for every test: nothing of the person's own environment, and in CI nothing left out."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.servers import quick_store
from tests.servers.certificates import OURS_ALONE

KEPT = ("OMM_TESTS_COMPLETE", "OMM_EWS_MATERIAL", "OMM_SCREENSHOTS")
INCOMPLETE = ("skipped", "xfailed", "xpassed", "deselected")


def pytest_configure(config: pytest.Config) -> None:
    """Takes away what would make a test depend on whoever runs it."""
    for name in list(os.environ):
        ours = name.startswith(("OMM_", "SLACK_", "GOOGLE_", "XDG_")) or name.lower().endswith("_proxy")
        if ours and name not in KEPT and not name.startswith("OMM_LIVE_"):
            del os.environ[name]
    os.environ["OMM_ENV_FILE"] = ""      # no .env of theirs either
    os.environ.update(OURS_ALONE)
    quick_store.install()
    settings.register_profile("no test depends on speed", deadline=None)
    settings.load_profile("no test depends on speed")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait. Each takes seconds of processor time before its first test."""
    return 1 + (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With OMM_TESTS_COMPLETE set, a test that was left out fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("OMM_TESTS_COMPLETE"):
        return
    left_out = {kind: len(reporter.stats.get(kind, ())) for kind in INCOMPLETE}
    if any(left_out.values()):
        reporter.write_line(f"tests were left out, which fails a complete run: {left_out}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
