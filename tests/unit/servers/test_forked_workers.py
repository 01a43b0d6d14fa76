"""Tests that run in several processes are reported as those that run in one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFTEST = """
from tests.servers.processes.forked_workers import ForkedWorkers

def pytest_configure(config):
    config.pluginmanager.register(ForkedWorkers(2))
"""
ALONE = """
import os
import pytest

@pytest.mark.parametrize("number", range(9))
def test_number(number, tmp_path):
    print(f"said by {number}")
    if number == 3:
        os._exit(0)
    assert number != 5
"""
TOGETHER = """
import os
import pytest

@pytest.fixture(scope="module")
def first():
    return os.getpid()

@pytest.mark.parametrize("number", range(9))
def test_same(first, number):
    assert first == os.getpid()

def test_skipped():
    pytest.skip("for a reason")
"""


def run(folder: Path) -> str:
    """What pytest prints."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_alone.py").write_text(ALONE)
    (folder / "test_together.py").write_text(TOGETHER)
    how = ["--rootdir", str(folder), "-rfs", "-p", "no:cacheprovider", "-o", "addopts=", "-o", "pythonpath=."]
    return subprocess.run(
        [sys.executable, "-m", "pytest", str(folder), *how], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=250,
    ).stdout


def test_a_test_that_ends_its_process_fails_and_no_other_does(tmp_path: Path) -> None:
    """Every test is reported once, with what it printed; tests that share something run in the same process."""
    printed = run(tmp_path)

    assert "worker1 died while it ran test_alone.py::test_number[3]" in printed
    assert re.findall(r"said by \d", printed) == ["said by 5"]
    assert len(re.findall(r"^FAILED \S*test_alone.py::test_number\[[35]\]", printed, re.MULTILINE)) == 2
    assert "for a reason" in printed
    assert "2 failed, 16 passed, 1 skipped" in printed
