"""The report in a window: what was not copied, why, and what its owner can do, page by page."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ids import Action
from bot.views.report import ALL, Bookmark, bookmark, report_view
from engine.connectors.exchange.rules.reading import NOBODY, UNSUPPORTED
from engine.contents.inbox_rules import NO_FOLDER, SENDS, UNREPLACED
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, Reason, Rollback, State
from engine.store.store import Report
from tests.unit.bot.records import (
    MARK,
    NOW,
    TASK,
    active,
    complaints,
    migration,
    migrations,
    moving,
    pieces,
    read,
    reports,
    request,
)


def drawn(record: Migration, report: Report, page: int, shown: str = ALL) -> dict[str, Any]:
    return report_view(record, report, Bookmark(record.task_id, page, shown))


def right(view: dict[str, Any]) -> bool:
    """True: Slack takes it, every block has a name, and nothing from elsewhere is marked up."""
    assert complaints(view, "modal") == []
    assert all(block.get("block_id") for block in view["blocks"])
    assert not [text for text in active(view) if MARK in text]
    return True


@settings(max_examples=25)
@given(migrations, reports, st.integers(-3, 9), st.sampled_from([ALL, *Reason.__members__]))
def test_every_report_is_taken_by_slack(record: Migration, report: Report, page: int, shown: str) -> None:
    """Any names, any page, any choice."""
    assert right(drawn(record, report, page, shown))


def _many(count: int, outcome: Reason = Reason.FAILED) -> tuple[Failure, ...]:
    return tuple(
        Failure(Content.MAIL, f"Folder {n % 1000}", f"Message {n}", "larger than the destination takes", outcome)
        for n in range(count)
    )


def _turns(view: dict[str, Any]) -> dict[str, str]:
    turns = [p for p in pieces(view) if p.get("action_id") == Action.REPORT_PAGE]
    return {p["text"]["text"]: p["value"] for p in turns}


def test_ten_thousand_failures_can_be_read_to_the_last() -> None:
    """Fifteen a page with the ways to its neighbours; what was only counted is counted."""
    report = Report(_many(10_000), counted=312)

    first, middle, last = (drawn(migration(), report, page) for page in (0, 333, 666))

    assert _turns(first) == {"Next page": f"{TASK} 1 ALL"}
    assert _turns(middle) == {"Previous page": f"{TASK} 332 ALL", "Next page": f"{TASK} 334 ALL"}
    assert _turns(last) == {"Previous page": f"{TASK} 665 ALL"}
    assert all(f"Message {n}\x20" in f"{read(first)} " for n in range(15))
    assert "Message 9999" in read(last)
    assert "9,991–10,000 of 10,000 · 312 more were counted and not named" in read(last)
    assert right(middle)


def test_what_failed_can_be_tried_again() -> None:
    """The report names the card's button where there is one, and only there."""
    report, failing = Report(_many(2)), moving(ended=NOW, counts=Counts(5, 3, failed=2))
    ended, back, whole = (
        migration(State.COMPLETED, failing, started=NOW, ended=NOW),
        migration(State.ROLLED_BACK, failing, started=NOW, ended=NOW),
        migration(State.COMPLETED, moving(ended=NOW, counts=Counts(5, 5)), started=NOW, ended=NOW),
    )

    assert ["*Retry failed* on the card" in read(drawn(each, report, 0)) for each in (ended, back, whole)] == [
        True, False, False
    ]


def test_a_page_that_is_gone_is_the_last_one() -> None:
    """A report may be shorter after a resume."""
    report = Report(_many(20))

    assert drawn(migration(), report, 99) == drawn(migration(), report, 1)


def test_every_entry_has_its_folder_its_name_and_its_reason() -> None:
    """Sorted by what happened to it: not copied, left out, kept. Each reason is said once, with what can be done."""
    report = Report((
        Failure(Content.MAIL, "", "Draft", "changed since", Reason.KEPT),
        Failure(Content.MAIL, "Archive", "12 messages", "already expired", Reason.LEFT_OUT),
        Failure(Content.MAIL, "INBOX/Ärger", "Re: <!channel>", "larger than the destination takes", Reason.FAILED),
        Failure(Content.MAIL, "INBOX", "Damaged", "some word of a server's"),
        Failure(Content.MAIL, "INBOX", "Photos", "larger than the destination takes"),
    ))

    words = read(drawn(migration(), report, 0))

    words = words[words.index("Done"):]
    headings = [words.rindex(heading) for heading in ("Not copied", "Left out", "Kept at the rollback")]
    assert headings == sorted(headings)
    large = words[words.index("Larger than the destination takes"):words.index("Some word of a server's")]
    assert "What you can do:  Ask the destination's administrator to allow larger messages, then retry." in large
    assert "Re: <!channel>    in INBOX/Ärger" in large
    assert "Photos    in INBOX" in large
    assert words.count("Larger than") == 1
    assert "1–5 of 5" in words


@pytest.mark.parametrize("reasons", [
    (UNSUPPORTED, NO_FOLDER.format("“Customers”"), SENDS), (NOBODY.format("Maximilian Mustermann, " * 9), SENDS, SENDS),
])
def test_that_later_rules_may_act_is_said_however_much_else_is(reasons: tuple[str, ...]) -> None:
    """It ends the reason, whose middle is left out where there is no room."""
    left = Failure(Content.INBOX_RULES, "", "Boss", "; ".join(reasons) + UNREPLACED, Reason.LEFT_OUT)
    view = drawn(migration(State.COMPLETED), Report((left,), 0), 0)

    assert UNREPLACED in read(view)
    assert reasons[0][1:100] in read(view)
    assert right(view)


def test_a_reader_chooses_what_is_shown() -> None:
    """The menu counts each kind; the pages that follow are of the chosen one. An older button still turns pages."""
    report = Report((*_many(40), *_many(2, Reason.NOTED)))

    everything, few, more = drawn(migration(), report, 0), drawn(migration(), report, 0, "NOTED"), drawn(
        migration(), report, 1, "FAILED")

    menu = next(p for p in pieces(everything) if p.get("action_id") == Action.REPORT_SHOWN)
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Everything (42)", "Not copied (40)", "Good to know (2)",
    ]
    assert "1–2 of 2" in read(few)
    assert _turns(more) == {"Previous page": f"{TASK} 0 FAILED", "Next page": f"{TASK} 2 FAILED"}
    assert bookmark(f"{TASK} 3") == Bookmark(TASK, 3, ALL)


def test_sums_balance_with_the_words() -> None:
    """Found is the sum of what happened, and of what is still to go; what the owner did meanwhile is said."""
    done = moving(counts=Counts(100, 90, 5, 3, 2, moved=4, removed=1), ended=NOW)
    under_way = moving(counts=Counts(100, 40, 5, 3, 2))
    record = replace(migration(request=request(Content.MAIL, Content.CONTACTS)),
                     steps=MappingProxyType({Content.MAIL: done, Content.CONTACTS: under_way}))

    words = read(drawn(record, Report(), 0))

    assert "100 found = 90 copied + 5 already there + 3 failed + 2 left out\n" in words
    assert "The owner has since moved 4 of the copied messages." in words
    assert "The owner has since removed 1 of the copied messages." in words
    assert "100 found = 40 copied + 5 already there + 3 failed + 2 left out + 50 still to go" in words


def test_a_rollback_is_told_as_on_the_card_without_zeros() -> None:
    """What was removed of how many, and only what is not zero behind it."""
    back = Rollback(NOW, found=100, removed=100, folders_removed=12, ended=NOW)
    record = replace(migration(State.ROLLED_BACK, moving(counts=Counts(100, 100), ended=NOW)), rollback=back)

    words = read(drawn(record, Report(), 0))

    assert "*Mail*   100 found = 100 copied\n" in words
    assert "*Rollback*   100 of 100 messages removed, 12 empty folders removed" in words
    assert not re.search(r"\b0 \w", words)


def test_a_report_of_nothing_says_so() -> None:
    """And does not call a migration done that is not."""
    assert "so far" in read(drawn(migration(), Report(), 0))
    assert "so far" not in read(drawn(migration(State.COMPLETED, ended=NOW), Report(), 0))


def test_what_a_cancelled_migration_did_not_reach_is_not_still_to_go() -> None:
    """Nothing goes on; and nobody reads that nothing was left out of a mailbox of which half was not looked at."""
    halfway = moving(counts=Counts(100, 40, 5))
    over = migration(State.CANCELLED, halfway, ended=NOW)

    words = read(drawn(over, Report(), 0))

    assert "= 40 copied + 5 already there + 55 not reached" in words
    assert "still to go" not in words
    assert "Of what was reached, nothing failed and nothing was left out." in words
