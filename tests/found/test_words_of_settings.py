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


def test_nobody_reads_of_categorys() -> None:
    """The colours of a mailbox that has none, and of one that is under way."""
    none, some = coloured(State.COMPLETED, Counts()), Counts(found=3, copied=2, removed=2)
    running = coloured(State.RUNNING, some, over=False)
    said = [
        outcome(none, Content.COLOURS),
        outcome(coloured(State.RUNNING, Counts(), over=False), Content.COLOURS),
        *meanwhile(Content.COLOURS, some),
        *ahead_words.sums(Content.COLOURS, Foreseen()),
        str(cards.card(shown(none)).blocks),
        str(dialogs.cancel_dialog(running, NOW)["blocks"]),
    ]

    assert [words for words in said if "categorys" in words] == []


def test_what_a_report_advises_after_a_rollback_is_possible() -> None:
    """A rule that stayed at a rollback, because nobody had agreed that Outlook's own are lost."""
    left = Failure(Content.INBOX_RULES, "", "Lists", STAYS[Choice.OUTLOOK_RULES], Reason.KEPT)
    back = replace(
        coloured(State.ROLLED_BACK, Counts(found=1, copied=1)), rollback=Rollback(started=NOW, ended=NOW, kept=1)
    )

    assert not ("Roll back again" in remedy(left) and not allows(back, Act.ROLL_BACK, NOW))


@pytest.mark.parametrize("late", [timedelta(hours=3), timedelta(hours=60)])
def test_status_names_no_command_that_is_refused(late: timedelta) -> None:
    """The schedule of the out-of-office, or the time in which it can be switched on, is over."""
    until = NOW - timedelta(hours=1)
    over = replace(
        migration(State.COMPLETED), request=request(Content.OUT_OF_OFFICE), started=NOW - late, ended=NOW - late,
        steps={Content.OUT_OF_OFFICE: Step(Counts(found=1, copied=1), NOW - late, NOW - late)},
        left_off=LeftOff(until=until),
    )
    assert not offered(over, NOW)

    assert "switch-on" not in " ".join(details(over, held=False))


def test_the_help_lists_a_command_for_each_button_of_the_table() -> None:
    """docs/using.md says so, below a table with Switch it on."""
    assert "switch-on" in str(help_message().blocks) or "switch on" in str(help_message().blocks)
    assert Action.SWITCH_ON


def test_nobody_reads_that_an_out_of_office_is_removed_for_good() -> None:
    """docs/using.md: settings are not removed, but put back. Only the out-of-office was moved."""
    moved = replace(migration(State.COMPLETED), request=request(Content.OUT_OF_OFFICE), started=NOW, ended=NOW)
    back = ContentBack(Content.OUT_OF_OFFICE, 1, 0, 0, setting=True)
    found = Preview(1, 0, 0, (), settings=1, contents=(back,))
    said = [" ".join(previewed(moved, found)), str(dialogs.rollback_confirm(moved, found, NOW)["blocks"])]

    assert [words for words in said if "for good" in words] == []


def test_the_rollback_of_rules_that_may_not_be_touched_does_not_say_that_there_are_none() -> None:
    """Only rules were moved; they are there, and stay unless its owner agrees that Outlook's own are lost."""
    moved = replace(migration(State.COMPLETED), request=request(Content.INBOX_RULES), started=NOW, ended=NOW)
    asks = frozenset({Choice.OUTLOOK_RULES})
    back = ContentBack(Content.INBOX_RULES, 0, 0, 0, setting=True, lost=True, asks=asks)
    view = dialogs.rollback_confirm(moved, Preview(0, 0, 0, (), lost=1, asks=asks, contents=(back,)), NOW)

    assert "No rule of migration" not in str(view["blocks"])


@pytest.mark.parametrize("reasons", [
    (UNSUPPORTED, NO_FOLDER.format("“Customers”"), SENDS),
    (NOBODY.format("Maximilian Mustermann-Sonnenschein, Managing Director"), SENDS, REPLIES),
])
def test_the_window_says_that_later_rules_may_act_on_what_a_rule_has_stopped(reasons: tuple[str, ...]) -> None:
    """Whatever else is said of the rule, this is what its owner must know."""
    entry = Failure(Content.INBOX_RULES, "", "Boss", "; ".join(reasons) + UNREPLACED, Reason.LEFT_OUT)
    moved = replace(migration(State.COMPLETED), request=request(Content.INBOX_RULES), started=NOW, ended=NOW)
    view = report_view(moved, Report((entry,), 0), Bookmark(moved.task_id))

    assert "may act now on mail that it kept from them" in str(view["blocks"])


def test_nobody_is_advised_to_migrate_again_where_that_does_not_help() -> None:
    """The rule sends mail on, and has parts that the server does not tell: it would be left out again."""
    entry = Failure(Content.INBOX_RULES, "", "Boss", f"{UNSUPPORTED}; {SENDS}", Reason.LEFT_OUT)

    assert "Start another migration" not in remedy(entry)
