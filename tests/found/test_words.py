"""What strangers read about Exchange as a source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import sources
from engine.connectors.exchange.versions import OLDEST
from engine.errors import Side
from tests.recovery.engine.test_exchange_to_exchange import Both, both, lines  # noqa: F401 - both is a fixture

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("key", sources.SOURCES)
def test_the_guide_says_how_each_kind_of_source_is_chosen(key: str) -> None:
    """Beside the field for the server: which kinds there are, and that an Exchange server may be looked up."""
    guide = (ROOT / "docs" / "using.md").read_text()
    [about] = re.findall(r"(?ms)^- \*\*Source server\*\*(.*?)^- \*\*", guide)

    assert sources.SOURCES[key].words.name.split()[0] in about


def test_the_readme_names_the_oldest_version_that_is_taken() -> None:
    """What it says works is what starts: an Exchange 2010 without a service pack is refused."""
    readme = " ".join((ROOT / "README.md").read_text().split())
    for side in Side:
        assert f"{OLDEST[side].name} or later" in readme


def test_the_report_says_of_mail_without_message_id_that_it_came_again(both: Both) -> None:  # noqa: F811
    """The same mail by another way: whoever finds a letter twice reads why."""
    both.at.migrate("imap")
    done = both.at.migrate("old")

    assert both.at.counts(done).copied == 1
    assert [reason for reason in lines(both, done.task_id) if "Message-ID" in reason or "again" in reason]
