"""Runs the regression tests here, where each must pass, and against the product of REV, where each must fail.

`make regressions`, or `python -m tests.regressions REV [pytest options]`. Each message of a failure there is printed.
It must be the test's own assertion: whatever else fails there says nothing about the fault.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.revision import HOUSE, checked_out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test; its message where it failed."""

    name: str
    failed: bool
    by_assertion: bool
    message: str


def outcomes(product: Path, options: Sequence[str]) -> list[Outcome]:
    """What becomes of every test with that product."""
    with tempfile.TemporaryDirectory(prefix="omm-outcomes-") as name:
        file = Path(name) / "outcomes"
        file.touch()
        subprocess.run(
            [sys.executable, "-m", "pytest", "tests/regressions", "-q", "--tb=no", "--no-header", "-r", "N",
             "-p", "no:cacheprovider", "--product", str(product), "--outcomes", str(file), *options],
            cwd=HOUSE, check=False, stdin=subprocess.DEVNULL,
        )
        return [Outcome(**json.loads(line)) for line in file.read_text().splitlines()]


def told(name: str, here: Outcome | None, there: Outcome | None, revision: str) -> tuple[bool, str]:
    """Whether a test says what it must, and that in words."""
    first = "passes" if here is not None and not here.failed else "FAILS HERE"
    if there is None or not there.failed:
        second = f"PASSES at {revision}"
    else:
        how = "fails" if there.by_assertion else "FAILS OTHERWISE"
        second = f"{how} at {revision}:\n    " + "\n    ".join(there.message.splitlines())
    message = "" if here is None or not here.failed else "\n    " + "\n    ".join(here.message.splitlines())
    is_right = first == "passes" and there is not None and there.by_assertion
    return is_right, f"{'ok   ' if is_right else 'WRONG'} {name}\n  {first} here{message}\n  {second}"


def main() -> int:
    """0 when each test passes here and fails there by its own assertion."""
    revision, *options = sys.argv[1:]
    here = {one.name: one for one in outcomes(HOUSE, options)}
    with checked_out(revision) as product:
        there = {one.name: one for one in outcomes(product, options)}
    found = [told(name, here.get(name), there.get(name), revision) for name in sorted(here | there)]
    print("\n\n".join(words for _, words in found))
    print(f"\n{sum(right for right, _ in found)} of {len(found)} pass here and fail by their assertion at {revision}.")
    return 0 if found and all(right for right, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
