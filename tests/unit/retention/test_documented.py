"""Every key of the store is in the table that says who removes it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
KEY = re.compile(r'"(omm:[a-z][a-z0-9:-]*)')
OURS = ("bot", "engine", "terminal", "wiring")


def test_every_key_is_documented() -> None:
    """Whoever adds a key says in docs/operate.md what it holds and when it goes."""
    files = [*ROOT.glob("*.py"), *(path for folder in OURS for path in (ROOT / folder).rglob("*.py"))]
    used = {key for path in files for key in KEY.findall(path.read_text())}
    documented = re.findall(r"`(omm:[^`]*)`", (ROOT / "docs" / "operate.md").read_text())

    assert len(used) > 25
    assert sorted(key for key in used if not any(told.startswith(key) for told in documented)) == []
