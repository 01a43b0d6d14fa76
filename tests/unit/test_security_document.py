"""docs/security.md says what the code does: scopes, and what is kept in the store."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.scopes import SCOPES, USER_SCOPES

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
FOLDERS = ("bot", "engine", "terminal", "web", "wiring")


def section(title: str) -> str:
    """What stands under that heading."""
    return DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_each_scope_is_explained() -> None:
    """Every scope of the manifest, whether it is needed, what it is for and what is missing without it."""
    scopes = json.loads((ROOT / "manifest.json").read_text())["oauth_config"]["scopes"]
    rows = re.findall(r"^\| `(.+?)` \| ([\w ]+) \| (.+?) \| (.+?) \|$", section("Slack's scopes"), re.MULTILINE)

    assert rows == [
        *((scope.name, "optional" if scope.is_optional else "yes", scope.purpose, scope.missing) for scope in SCOPES),
        *((scope.name, "with pages", scope.purpose, scope.missing) for scope in USER_SCOPES),
    ]
    assert [name for name, needed, *_ in rows if needed == "optional"] == scopes["bot_optional"]
    assert [name for name, needed, *_ in rows if needed == "yes"] == scopes["bot"]
    assert [name for name, needed, *_ in rows if needed == "with pages"] == scopes["user"]


def test_everything_that_is_kept_is_in_the_table() -> None:
    """Each kind of key in the store has a row, and each row's keys are in the code."""
    files = [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
    used = {kind for path in files for kind in re.findall(r'"omm:([a-z-]+)', path.read_text())}
    told = set(re.findall(r"`omm:([a-z-]+)`", section("What is kept, and how long")))

    assert len(used) > 25
    assert told == used


def test_what_is_referred_to_is_there() -> None:
    """Commands and settings that it names exist."""
    code = "".join(path.read_text() for path in (
        ROOT / "cli.py", ROOT / "terminal" / "admin_commands.py", ROOT / "terminal" / "options.py",
        ROOT / "wiring" / "environment.py", ROOT / "wiring" / "settings.py", ROOT / "engine" / "store" / "key_file.py",
    ))
    options = set(re.findall(r"--[a-z][a-z-]+", DOCUMENT)) - {"--version"}
    settings = set(re.findall(r"\b(?:OMM|SLACK)_[A-Z_]+\b", DOCUMENT))

    assert options
    assert settings
    assert [name for name in (*options, *settings) if f'"{name}' not in code] == []
