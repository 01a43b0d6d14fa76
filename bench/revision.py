"""The product as it was at another commit, run by the servers and tests of this one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
RUN_FROM = "import sys, cli; sys.stdout.write(cli.__file__)"
OMM = "import sys; sys.argv[0] = 'omm'; import cli; sys.exit(cli.main())"


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """A folder with the files of that commit, until the context ends."""
    with tempfile.TemporaryDirectory(prefix="omm-at-") as name:
        folder = Path(name) / "product"
        _git("worktree", "add", "--quiet", "--detach", str(folder), revision)
        try:
            check(folder)
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=HOUSE, check=True)


def check(product: Path) -> None:
    """Raises RuntimeError when a program that is told to run that product would run another one."""
    done = subprocess.run([sys.executable, "-P", "-c", RUN_FROM], env={"PYTHONPATH": str(product)}, cwd=HOUSE,
                          capture_output=True, text=True, check=True)
    if Path(done.stdout).resolve() != (product / "cli.py").resolve():
        raise RuntimeError(f"{done.stdout} would be run instead of what is in {product}")


def omm(product: Path) -> tuple[list[str], dict[str, str]]:
    """The command that runs `omm` of that product, and what it takes in the environment.

    `-P` keeps the folder that it is run in, which may hold another product, out of where Python looks.
    """
    return [sys.executable, "-P", "-c", OMM], {"PYTHONPATH": str(product)}
