"""An example applied to a copy of the tree, and tried there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import copy2, copytree, which

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST = 5    # files that are there already and that an example may touch
needs_git = pytest.mark.skipif(which("git") is None, reason="git is not installed")


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


def applied(tree: Path, name: str) -> tuple[set[str], set[str]]:
    """A copy of our tree with the patch of that name: the files that it adds, and those it changes."""
    copied(tree)
    patch = str(Path(__file__).with_name(name))
    touched = {line.split("\t")[2] for line in output(tree, "git", "apply", "--numstat", patch).splitlines()}
    changed = {file for file in touched if (tree / file).exists()}
    output(tree, "git", "apply", patch)
    return touched - changed, changed


def tried(tree: Path, tests: Sequence[str]) -> str:
    """What pytest prints about those tests in the tree, all of which pass."""
    return output(tree, sys.executable, "-m", "pytest", *tests, "-q", "-p", "no:cacheprovider")
