"""The recipes of CONTRIBUTING.md, each followed to the letter in a patch of tests/examples; its tests are run.

That the patches fit what there is, and touch few files, is in tests/unit/test_recipes.py.
"""


from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import copy2, copytree, which

import pytest

from tests.unit.test_recipes import EXAMPLES, ROOT

# Of each recipe, the tests that its example brings along, or makes a row for.
RECIPES = {
    "button": ("tests/contract/slack/test_pause_instead.py", "tests/contract/slack/test_abuse.py"),
    "source": ("tests/contract/source/test_source.py", "tests/unit/bot/test_archive_form.py"),
    "content": ("tests/contract/contents", "-k", "cards and (copied or owner or finish or half or source and memory)"),
    "setting": ("tests/recovery/engine/test_signatures.py",),
}
TOGETHER = (("button", "source", "setting"), ("content",))     # a content and a setting change the same lines


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
    environ = {name: value for name, value in os.environ.items() if name != "OMM_TESTS_COMPLETE"}      # a part is run
    environ["GIT_CEILING_DIRECTORIES"] = str(tree.parent)
    done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("names", TOGETHER, ids=" and ".join)
def test_an_example_works(tmp_path: Path, names: Sequence[str]) -> None:
    """The tests that are asked of everything of its kind pass."""
    tree, tests = tmp_path / "tree", [part for name in names for part in RECIPES[name]]
    copied(tree)

    for name in names:
        output(tree, "git", "apply", str(EXAMPLES / f"{name}.patch"))
    ran = output(tree, sys.executable, "-m", "pytest", *tests, "-q", "-p", "no:cacheprovider")

    assert re.search(r"^[1-9]\d* passed", ran, re.MULTILINE)


def test_no_recipe_is_left_out() -> None:
    """Each is tried once."""
    assert sorted(name for names in TOGETHER for name in names) == sorted(RECIPES)
