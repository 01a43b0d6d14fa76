"""A Google account that a seed draws moves whole, and again: 500 events, 400 contacts, 15 labels, 6 lists of tasks.

What has to be there is computed from the seed, times by python-dateutil. GOOGLE_SEED draws another account.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.google import Fault as GoogleFault
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Migration, Reason, State
from engine.migration.steering import retry
from tests.servers.google.account import Account, large, named_as, put, small, wrong
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.moving import ITEMS, Moving, google_moving
from tests.servers.google.truth.draw_events import BIRTHDAYS, BUSY, HIDDEN, HOLIDAYS, READ
from tests.servers.google.truth.draw_people import LARGE
from tests.servers.google.truth.wild_events import wild

# Each for the second call of a method, once.
UNWELL = (
    ("calendar.events.list", "status", {"status": 503}), ("calendar.calendarList.list", "drop", {}),
    ("people.people.connections.list", "error", {"status": 429, "error": "RESOURCE_EXHAUSTED"}),
    ("people.contactGroups.list", "html", {"status": 502}), ("tasks.tasklists.list", "garbage", {"status": 200}),
    ("tasks.tasks.list", "drop", {"when": "after"}),
)
USUAL = 859     # seed
WILD = 100
BOUNDED = "nearest to today are carried"       # of what recurs all too often, as the report says
NOT_PLANNED = 2         # a time to focus and a place to work at, which are no events that anybody planned


def drawn_by() -> int:
    """The seed, which is printed: the same each time, so that what is amiss is not met by chance alone."""
    seed = int(os.environ.get("GOOGLE_SEED") or USUAL)
    print(f"GOOGLE_SEED={seed}")
    return seed


@pytest.fixture(scope="module")
def account() -> Account:
    return large(drawn_by())


@pytest.fixture
def full(tmp_path: Path, account: Account) -> Iterator[Moving]:
    """All of it is at Google, and nothing has moved."""
    with google_moving(tmp_path, **KEPT) as at:
        put(at, account)
        yield at


def copied(at: Moving, done: Migration) -> dict[Content, int]:
    """How many items of each content came."""
    return {content: at.counts(done, content).copied for content in done.request.contents}


def told(at: Moving, done: Migration) -> list[str]:
    """What the report says, but for what is left whole."""
    return [f"{one.content.value} {one.item}: {one.reason}" for one in at.lines(done)]


def test_all_of_it_is_there_and_comes_once(full: Moving, account: Account) -> None:
    """Each occurrence at its time, each field or a line about it; again nothing changes; a rollback takes all of it."""
    requests = len(full.google.requests)
    done = full.migrate(ITEMS)

    assert wrong(full, account) == []
    due = account.due()
    assert {one: full.counts(done, one).found for one in ITEMS} == due
    assert copied(full, done) == due | {Content.CALENDARS: due[Content.CALENDARS] - NOT_PLANNED}
    methods = {one.method.rpartition(".")[2] for one in full.google.requests[requests:] if one.method}
    assert methods <= {"list", "get", "batchGet", "getBatchGet"}, methods        # nothing changes at Google
    _named(full, done, account)
    before = full.dump()
    again = full.migrate(ITEMS)
    assert set(copied(full, again).values()) == {0}
    assert full.dump() == before
    back = full.at.roll_back(done.task_id)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), full.said(back)
    assert full.dump() == full.before


def _named(at: Moving, done: Migration, account: Account) -> None:
    """What could not be carried is in the report, by the name that its owner knows."""
    lines = told(at, done)
    for event in account.events:
        if named_as(event, at.clock()):
            assert any(line.startswith(f"calendars {event.name} (") for line in lines), event.name
    for person in account.people:
        if len(person.mails) > 3:
            assert any(person.mails[3].value in line or "more" in line for line in lines if line.startswith(
                f"contacts {person.display}") or person.family in line), person.key
    left = {one.folder for one in at.lines(done) if one.outcome is Reason.LEFT_OUT}
    assert {READ, BUSY, HIDDEN, HOLIDAYS, BIRTHDAYS} <= left
    assert any(line.startswith(f"contact groups {LARGE}") for line in lines)


@pytest.mark.parametrize("wanted", [
    (Content.TASKS,), (Content.CALENDARS, Content.TASKS), (Content.CONTACTS,), (Content.CONTACT_GROUPS,)],
    ids=lambda wanted: " and ".join(one.value for one in wanted))
def test_consent_for_some_contents_moves_these_alone(tmp_path: Path, wanted: tuple[Content, ...]) -> None:
    """Nothing else is asked of Google, and nothing else comes; the rest of the account comes with a later migration."""
    account = small()
    with google_moving(tmp_path, **KEPT) as at:
        put(at, account)
        requests = len(at.google.requests)
        at.migrate(wanted)

        assert wrong(at, account, wanted) == []
        asked = {one.path.split("/")[1] for one in at.google.requests[requests:]}
        assert ("calendar" in asked) == (Content.CALENDARS in wanted)
        assert ("tasks" in asked) == (Content.TASKS in wanted)
        at.migrate(ITEMS)
        assert wrong(at, account) == []


@pytest.mark.parametrize("content", ITEMS, ids=lambda content: content.value)
def test_what_was_refused_is_named_and_comes_with_a_retry(tmp_path: Path, content: Content) -> None:
    """One item of a content is refused for good; the others come; "Retry failed" brings it, and nothing twice."""
    account = small()
    with google_moving(tmp_path, **KEPT) as at:
        put(at, account)
        task = at.begin([content])
        always = content is Content.CONTACT_GROUPS      # a group that is refused is tried once more, by addresses alone
        at.at.emulator.add_fault(Fault(operation="CreateItem", nth=None if always else 1, action="items",
                                       positions=(0,), code="ErrorCorruptData"))
        done = at.ended(at.at.run(task))
        at.at.emulator.clear_faults()

        assert at.counts(done, content).failed == 1, (at.counts(done, content), at.said(done))
        [line] = [one for one in at.lines(done) if one.outcome is Reason.FAILED]
        assert line.item
        retry(at.at.engine, task, {Side.SOURCE: at.consent([content])})
        again = at.ended(at.at.run(task))
        assert at.counts(again, content).failed == 0
        at.migrate(ITEMS)
        assert wrong(at, account) == []


def test_a_google_that_is_busy_and_gives_short_pages_makes_no_difference(tmp_path: Path) -> None:
    """Empty and short pages, tokens that are forgotten, refusals for a time, answers that get lost: all of it comes."""
    account = replace(large(1), years=(2026, 2027))
    account = replace(account, events=account.events[:240], people=account.people[:90], labels=[
        replace(one, members=tuple(key for key in one.members if key in {each.key for each in account.people[:90]}))
        for one in account.labels])
    account = replace(account, people=[replace(one, labels=tuple(
        label.name for label in account.labels if one.key in label.members)) for one in account.people])
    with google_moving(tmp_path, **KEPT) as at:
        put(at, account)
        at.google.configure(largest_page=11, sparse_pages=True)
        for endpoint, action, more in UNWELL:
            at.google.add_fault(GoogleFault(endpoint=endpoint, action=action, skip=1, **more))  # type: ignore[arg-type]  # faults
        done = at.migrate(ITEMS)

        assert wrong(at, account) == []
        assert {one: at.counts(done, one).found for one in ITEMS} == account.due()
        at.google.clear_faults()
        again = at.migrate(ITEMS)
        assert set(copied(at, again).values()) == {0}


def test_series_that_nobody_would_think_of_are_moved_as_they_are(tmp_path: Path) -> None:
    """Rules, zones and exceptions that chance has drawn. GOOGLE_SEED draws others."""
    seed = drawn_by()
    account = Account(list(wild(random.Random(seed), WILD)), years=tuple(range(2021, 2029)))
    with google_moving(tmp_path, wanted=(Content.CALENDARS,), **KEPT) as at:
        put(at, account, (Content.CALENDARS,))
        done = at.migrate((Content.CALENDARS,))

        found = wrong(at, account, (Content.CALENDARS,))
        named = {line.item.partition(" (")[0] for line in at.lines(done) if BOUNDED in line.reason}
        assert [line for line in found if not any(name and name in line for name in named)] == []
        assert at.counts(done, Content.CALENDARS).copied == WILD
        assert at.counts(at.migrate((Content.CALENDARS,)), Content.CALENDARS).copied == 0
        back = at.at.roll_back(done.task_id)
        assert back.rollback.kept == 0, at.said(back)
        assert at.dump() == at.before
