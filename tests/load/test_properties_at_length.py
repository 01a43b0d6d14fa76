"""What holds for any record, form and card: more of them than `make test` draws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.people import Person
from bot.services import Services
from engine.migration.back import Preview
from engine.migration.record import Migration, Reason
from tests.unit.bot import test_cards as cards
from tests.unit.bot import test_dialogs as dialogs
from tests.unit.bot import test_home as homes
from tests.unit.bot import test_no_service_accounts as accounts
from tests.unit.bot import test_report as reports
from tests.unit.notices import test_milestones as milestones

OF_CARDS = (
    cards.test_every_card_is_taken_by_slack, cards.test_nothing_from_elsewhere_is_marked_up,
    cards.test_time_alone_changes_no_card, cards.test_every_press_of_any_button_has_an_answer,
)
OF_NOTICES = (
    milestones.test_whatever_is_in_a_record_slack_takes_the_notice_and_marks_nothing_up,
    milestones.test_no_key_is_told_twice,
)
services = accounts.services      # a fixture


def name(test: Any) -> str:
    return str(test.__name__)


@pytest.mark.parametrize("test", OF_CARDS, ids=name)
@settings(max_examples=100)
@given(everything=cards.drawn)
def test_cards(test: Any, everything: cards.Shown) -> None:
    """As the test says whose name it has."""
    test.hypothesis.inner_test(everything)


@pytest.mark.parametrize("test", OF_NOTICES, ids=name)
@settings(max_examples=100)
@given(record=milestones.migrations, pressed=milestones.presses)
def test_notices(test: Any, record: Migration, pressed: tuple[Any, ...]) -> None:
    """As above."""
    test.hypothesis.inner_test(record, pressed)


@settings(max_examples=60)
@given(tasks=st.lists(homes.migrations, max_size=2, unique_by=lambda task: task.task_id))
def test_homes(tasks: list[Migration]) -> None:
    """As above."""
    homes.test_every_home_and_every_list_is_taken_by_slack.hypothesis.inner_test(tasks)


@settings(max_examples=100)
@given(dialogs.migrations, dialogs.previews, dialogs.anything, dialogs.foreign)
def test_dialogs(record: Migration, preview: Preview, words: str, title: str) -> None:
    """As above."""
    dialogs.test_every_dialog_is_taken_by_slack.hypothesis.inner_test(record, preview, words, title)


@settings(max_examples=100)
@given(
    dialogs.migrations, reports.reports, st.integers(-3, 9), st.sampled_from([reports.ALL, *Reason.__members__])
)
def test_reports(record: Migration, report: Any, page: int, shown: str) -> None:
    """As above."""
    reports.test_every_report_is_taken_by_slack.hypothesis.inner_test(record, report, page, shown)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(accounts.NAMES), accounts.SAYINGS),
    st.sampled_from(list(accounts.NOT_NAMED.values())),
)
def test_service_accounts(services: Services, more: dict[str, str], person: Person) -> None:
    """As above."""
    accounts.test_no_payload_of_slack_asks_for_a_service_account.hypothesis.inner_test(services, more, person)
