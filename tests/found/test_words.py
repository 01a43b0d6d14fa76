"""What strangers read about Exchange as a source."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot import offers, sources
from bot.stored.drafts import Draft, Fields, Verdict
from bot.views.migrate_form import migration_form
from engine.clock import utc_now
from engine.connectors.exchange.reading.content import PROTECTED
from engine.connectors.exchange.reading.folders import IN_THE_ARCHIVE, JOURNAL
from engine.connectors.exchange.reading.rebuilt import REBUILT, WITHOUT_FILES, WITHOUT_TEXT
from engine.connectors.exchange.versions import OLDEST
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.remedies import remedy
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


@pytest.mark.parametrize(("reason", "outcome"), [
    (IN_THE_ARCHIVE, Reason.LEFT_OUT), (JOURNAL, Reason.LEFT_OUT), (PROTECTED, Reason.NOTED),
    (f"{REBUILT}; {WITHOUT_TEXT}", Reason.NOTED), (f"{REBUILT}; {WITHOUT_FILES}", Reason.NOTED),
    ("the source does not let this account read the folder", Reason.FAILED),
])
def test_the_report_says_what_an_owner_can_do_about_what_they_would_miss(reason: str, outcome: Reason) -> None:
    """Mail that stays behind, text or attachments that are lacking: that is not nothing to do."""
    words = remedy(Failure(Content.MAIL, "Work", "3 messages", reason, outcome))

    assert not words.startswith("Nothing to do.")
    assert "open the message" not in words


@pytest.mark.parametrize(("cause", "nonsense"), [
    (Cause.TOO_OLD, "Choose a server with a later Exchange"), (Cause.MAILBOX_GONE, "create the mailbox first"),
])
def test_the_form_advises_nothing_that_cannot_be_done_about_a_source(cause: Cause, nonsense: str) -> None:
    """The old mailbox is where it is: nobody chooses another server for it, or has it made."""
    fields = Fields(source_kind="exchange", source_server="mail.example.org", source_login="ann@example.org")
    verdict = Verdict("The source is wrong.", cause, Side.SOURCE)
    form = migration_form(Draft("7K2F9QXD", "T", "U", "C", utc_now(), fields, verdict=verdict), offers.read())

    assert nonsense not in json.dumps(form)
