"""Slack's own TypeScript types (npm's @slack/types) accept every message and view that the tests send or draw.

`tests/conftest.py` asks them at the end of each session. That it fails then is in tests/load/test_slack_types.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.listeners import forget, reply
from bot.notices import letters, milestones
from bot.views import answers, cards, dialogs, home, migrate_form, report
from emulators import slack_shapes

from . import npm, slack_types


@pytest.fixture(scope="module")
def packages() -> Path:
    """The packages of the lock file."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        return npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install @slack/types: {error}")


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
