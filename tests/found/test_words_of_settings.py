"""What people read of rules, colours and the out-of-office."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ids import Action
from bot.views import cards, dialogs
from bot.views.answers import help_message
from bot.views.report import Bookmark, report_view
from engine.connectors.exchange.rules.reading import NOBODY, REPLIES, UNSUPPORTED
from engine.contents.inbox_rules import NO_FOLDER, SENDS, UNREPLACED
from engine.items.foreseen import Foreseen
from engine.migration import ahead_words
from engine.migration.back import ContentBack, Preview
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, LeftOff, Migration, Reason, Rollback, State, Step
from engine.migration.remedies import remedy
from engine.migration.request import Choice
from engine.migration.states import Act, allows
from engine.settings.agreement import STAYS
from engine.settings.switching_on import offered
from engine.store.reports import Report
from engine.words import meanwhile, outcome
from terminal.words import details, previewed
from tests.unit.bot.records import NOW, migration, request, shown

COLOURS = request(Content.COLOURS)


def coloured(state: State, counts: Counts, *, over: bool = True) -> Migration:
    step = Step(counts=counts, started=NOW, ended=NOW if over else None)
    return replace(migration(state), request=COLOURS, steps={Content.COLOURS: step}, started=NOW, ended=NOW)


def test_the_help_lists_a_command_for_each_button_of_the_table() -> None:
    """docs/using.md says so, below a table with Switch it on."""
    assert "switch-on" in str(help_message().blocks) or "switch on" in str(help_message().blocks)
    assert Action.SWITCH_ON
