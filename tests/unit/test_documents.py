"""What the README and the guide say about sources and stand-ins, beside what the product does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import sources
from engine.connectors.exchange.versions import OLDEST
from engine.errors import Side

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("key", sources.SOURCES)
def test_the_guide_says_how_each_kind_of_source_is_chosen(key: str) -> None:
    """Beside the menu, and beside the field for its server."""
    guide = (ROOT / "docs" / "using.md").read_text()
    name = sources.SOURCES[key].words.name.split()[0]

    for field in ("Kind of source", "Source server"):
        [about] = re.findall(rf"(?ms)^- \*\*{field}\*\*(.*?)^- \*\*", guide)
        assert f"*{name}*" in about


@pytest.mark.parametrize("side", Side)
def test_the_readme_names_the_oldest_version_that_is_taken(side: Side) -> None:
    """What it says works is not refused: an Exchange 2010 without a service pack is."""
    readme = " ".join((ROOT / "README.md").read_text().split())

    assert f"{OLDEST[side].name} or later" in readme


@pytest.mark.parametrize("stand_in", ["exchange", "google", "slack"])
def test_the_readme_says_what_each_claim_was_seen_on(stand_in: str) -> None:
    """Every stand-in of ours is named, so that nobody takes it for the real thing."""
    seen = (ROOT / "README.md").read_text().partition("## What it was verified against")[2]

    assert f"`emulators/{stand_in}`" in seen
