"""The recipe "Adding a button" of CONTRIBUTING.md, followed to the letter in tests/examples/button.patch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copy2, copytree, which

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCH = ROOT / "tests" / "examples" / "button.patch"
TEST = "tests/contract/slack/test_pause_instead.py"
MOST = 5    # files that are there already and that a button may touch


def copied(tree: Path) -> None:
    """Our packages and the tests. Times are kept, so nothing is compiled anew."""
    tree.mkdir()
    for file in (*ROOT.glob("*.py"), ROOT / "pyproject.toml"):
        copy2(file, tree)
    for folder in ROOT.iterdir():
        if not folder.name.startswith(".") and any(folder.glob("*.py")):
            copytree(folder, tree / folder.name)


def output(tree: Path, *command: str) -> str:
    """What a command prints that is run in the tree. Git takes the tree for no part of a repository around it."""
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
def test_a_button_takes_five_files_at_most_and_works(tmp_path: Path) -> None:
    """The patch fits, touches few files, and Slack's signed protocol brings about what the button says."""
    tree = tmp_path / "tree"
    copied(tree)

    touched = [line.split("\t")[2] for line in output(tree, "git", "apply", "--numstat", str(PATCH)).splitlines()]
    there = [file for file in touched if (tree / file).exists()]
    output(tree, "git", "apply", str(PATCH))
    ran = output(tree, sys.executable, "-m", "pytest", TEST, "-q", "-p", "no:cacheprovider")

    assert len(there) <= MOST
    assert TEST in set(touched) - set(there)
    assert "1 passed" in ran
