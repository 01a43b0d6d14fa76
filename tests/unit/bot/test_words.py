"""Numbers, sizes and times as people read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import cards, dialogs
from bot.views.words import about, bar, date, percent, seconds_left
from engine.items.foreseen import Foreseen
from engine.migration import ahead_words
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State, Step
from engine.words import duration, listed, meanwhile, number, outcome, size
from terminal.words import previewed
from tests.unit.bot.records import NOW, migration, request, shown


@pytest.mark.parametrize(("seconds", "said"), [
    (0, "under a minute"), (59.9, "under a minute"), (60, "1 minute"), (840, "14 minutes"), (5399, "90 minutes"),
    (5400, "1.5 hours"), (7200, "2 hours"), (86_400 * 2, "2 days"), (1e300, "more than a year"),
    (float("inf"), "more than a year"),
])
def test_durations(seconds: float, said: str) -> None:
    """One unit, as precise as anybody needs."""
    assert duration(seconds) == said


def test_a_guess_is_called_a_guess() -> None:
    """Except where the words are vague already."""
    assert (about(30), about(840)) == ("under a minute", "about 14 minutes")


@pytest.mark.parametrize(("count", "said"), [
    (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (812_000, "812 kB"), (999_600, "1.0 MB"),
    (3_100_000_000, "3.1 GB"), (10**18, "1,000,000 TB"),
])
def test_sizes(count: int, said: str) -> None:
    """Thousands, two figures or three."""
    assert size(count) == said


def test_numbers_and_lists() -> None:
    """One is one, many are many; the last of a list is joined by and."""
    assert (number(1, "message"), number(1234, "message")) == ("1 message", "1,234 messages")
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_date_is_each_reader_s_own() -> None:
    """Slack's token, with UTC where it cannot be drawn, whatever zone it came in."""
    there = datetime(2026, 11, 22, 15, 48, tzinfo=timezone(timedelta(hours=2)))

    assert date(there) == "<!date^1795355280^{date_short_pretty} {time}|22 Nov 2026, 13:48 UTC>"


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_bar_is_twenty_wide_and_full_only_at_the_end(done: int, of: int) -> None:
    """100 % means that nothing is left."""
    share = percent(done, of)

    assert len(bar(share)) == 20
    assert (share == 100) == (done >= of)


def test_the_slower_bound_tells_the_time() -> None:
    """A rate that is not known says nothing; neither does a step that has not begun."""
    step = Step(Counts(found=100, copied=40), NOW, None, 1000, 400, 2.0, 10.0)

    assert seconds_left(step) == 60
    assert seconds_left(Step(Counts(found=100, copied=40), items_per_second=2.0)) == 30
    assert seconds_left(Step(Counts(found=100))) is None


def test_nobody_reads_of_categorys() -> None:
    """Of a mailbox without colours, of one that is under way, of a cancel and of a rollback."""
    asked, some = request(Content.COLOURS), Counts(found=3, copied=2, removed=2)

    def coloured(state: State, counts: Counts, *, over: bool = True) -> Migration:
        step = Step(counts=counts, started=NOW, ended=NOW if over else None, items_per_second=3.0)
        return replace(migration(state), request=asked, steps={Content.COLOURS: step}, started=NOW, ended=NOW)

    none, begun = coloured(State.COMPLETED, Counts()), coloured(State.RUNNING, Counts(), over=False)
    said = [
        outcome(none, Content.COLOURS), outcome(begun, Content.COLOURS), *meanwhile(Content.COLOURS, some),
        *ahead_words.sums(Content.COLOURS, Foreseen()),
        *(str(cards.card(shown(one)).blocks) for one in (none, coloured(State.RUNNING, some, over=False))),
        *(str(dialogs.cancel_dialog(coloured(State.RUNNING, one, over=False), NOW)["blocks"])
          for one in (Counts(), some, Counts(found=2, copied=2))),
        str(dialogs.rollback_confirm(none, Preview(0, 2, 0, ("3MNP-4RST",)), NOW)["blocks"]),
        *previewed(none, Preview(2, 2, 0, ("3MNP-4RST",))),
    ]

    assert [words for words in said if "categorys" in words] == []
    assert "no categories found" in said
