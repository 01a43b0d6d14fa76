"""The recipes of CONTRIBUTING.md, each followed to the letter in a patch of tests/examples. tests/load tries them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "examples"
MOST = 5    # files that are there already and that an example may touch
TOUCHED = re.compile(r"^diff --git a/(\S+) b/\1$", re.MULTILINE)


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("patch", sorted(EXAMPLES.glob("*.patch")), ids=lambda patch: patch.stem)
def test_an_example_fits_and_takes_five_files_at_most(tmp_path: Path, patch: Path) -> None:
    """Whoever follows it finds the lines that it changes, and the rest of it is files of its own."""
    touched = TOUCHED.findall(patch.read_text("utf-8"))
    there = [file for file in touched if (ROOT / file).exists()]
    for file in there:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())

    # A folder of its own, which Git takes for no part of a repository around it.
    subprocess.run(["git", "apply", str(patch)], cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})

    assert 0 < len(there) <= MOST
    assert len(touched) > len(there)
    assert all((tmp_path / file).exists() for file in touched)
