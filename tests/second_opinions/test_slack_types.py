"""Slack's own TypeScript types (npm's @slack/types) accept every message and view that the tests send or draw.

`tests/conftest.py` asks them at the end of each session. Here is what fails it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.listeners import forget, reply
from bot.notices import letters, milestones
from bot.views import answers, cards, dialogs, home, migrate_form, report
from emulators import slack_shapes

from . import npm, slack_types
from .sends_wrong import BLOCKS, VIEWS, panel

pytestmark = pytest.mark.timeout(300)       # the first time, the packages come from the registry
ROOT = Path(__file__).parents[2]
SENDS_WRONG = "tests/second_opinions/sends_wrong.py"


@pytest.fixture(scope="module")
def packages() -> Path:
    """The packages of the lock file."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        return npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install @slack/types: {error}")


@pytest.mark.usefixtures("packages")
def test_a_session_fails_that_sends_or_draws_what_slack_s_types_refuse() -> None:
    """All its tests pass; it names who sent the payload, the test, the payload, and what is wrong with it."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", SENDS_WRONG, "--workers", "1", "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=250,
    )

    said = re.findall(rf"^(.*), in {SENDS_WRONG}::test_(\w+) .*: Slack's types refuse this (\w+)$", done.stdout, re.M)
    assert sorted(said) == sorted([
        *((name, "blocks_and_views_are_kept", "block") for name in BLOCKS),
        *((name, "blocks_and_views_are_kept", view["type"]) for name, view in VIEWS.items()),
        (f"{panel.__module__.removeprefix('tests.')}.panel", "what_is_drawn_is_kept", "block"),
        ("chat.postMessage", "what_is_sent_is_kept", "block"),
    ])
    assert '"style":"blue"' in done.stdout
    assert """Type '"blue"' is not assignable to type""" in done.stdout
    assert "3 passed" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED


def test_what_slack_s_types_constrain_is_looked_at_as_it_is_sent(packages: Path) -> None:
    """Every property of a block or a view that takes some texts or numbers only."""
    types = packages / "@slack" / "types" / "dist"
    source = "\n".join(each.read_text("utf-8") for each in (*types.glob("block-kit/*.d.ts"), types / "views.d.ts"))
    named = re.findall(r"^(?:export )?(?:declare )?type (\w+) = '", source, re.MULTILINE)
    some = "|".join(["'", r"\b\d", *(rf"\b{name}\b" for name in named)])
    constrained = set(re.findall(rf"^ +(\w+)\??: .*?(?:{some})", source, re.MULTILINE))

    assert {"type", "style", "level"} <= constrained
    assert constrained - slack_shapes.LITERAL == set()


def test_without_npm_nothing_is_taken_for_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The session is told what is missing, and brings nothing from the registry by itself."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(npm.NotInstalledError, match="make system-deps"):
        slack_types.complaints([], tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_what_draws_is_watched() -> None:
    """One function of each kind: a form, a dialog, a page, a home tab, a card, an answer and a letter."""
    drawing = [migrate_form.migration_form, dialogs.cancel_dialog, forget.dialog, report.report_view, home.home,
               home.not_for_you, home.delete_dialog, cards.card, answers.help_message, reply.Said.view,
               reply.Said.message, milestones.Notice.message, letters.letter]

    assert [each for each in drawing if not hasattr(each, "__wrapped__")] == []
