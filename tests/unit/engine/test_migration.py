"""The record of a migration, as it is kept."""

import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UnreadableError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import ROLLBACK_WINDOW, Attention, Counts, Migration, Rollback, State, Step
from engine.migration.request import MigrationRequest
from engine.store import stored
from engine.systems import System, Transport

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
number = st.integers(0, 2**40)
moments = st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
maybe = st.none() | moments
accounts = st.builds(
    Account, st.sampled_from(System), words, words, st.integers(1, 65535), st.sampled_from(Transport), words
)
steps = st.builds(
    Step, st.builds(Counts, number, number, number, number, number, number, number), maybe, maybe, number, number
)
migrations = st.builds(
    Migration,
    task_id=words,
    request=st.builds(
        MigrationRequest, accounts, accounts, st.lists(st.sampled_from(Content), unique=True).map(tuple)
    ),
    created=moments,
    updated=moments,
    state=st.sampled_from(State),
    stage=words,
    waits_for=st.none() | words,
    steps=st.dictionaries(st.sampled_from(Content), steps).map(MappingProxyType),
    started=maybe,
    ended=maybe,
    mailbox=st.none() | words,
    attention=st.none() | st.builds(Attention, words, words, st.none() | words),
    rollback=st.none() | st.builds(Rollback, moments, maybe, number, number, number, number),
    fencing=number,
)
REQUEST = MigrationRequest(
    Account(System.IMAP, "ann", "a", 993, Transport.TLS), Account(System.EXCHANGE, "ann", "b", 443, Transport.TLS, "/"),
    (Content.MAIL,),
)


@given(migrations)
def test_a_record_comes_back_from_json_as_it_was(migration: Migration) -> None:
    """Every field survives being written as JSON text, with times in UTC to the microsecond."""
    assert stored.read(Migration, stored.write(migration), name="It") == migration


def test_times_are_kept_in_utc() -> None:
    """A time of another zone is the same moment when it is read back."""
    there = datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    written = stored.write(Migration("7K2F-9QXD", REQUEST, there, there))

    assert json.loads(written)["created"] == "2026-03-01T12:00:00+00:00"
    assert stored.read(Migration, written, name="It").created == there


@pytest.mark.parametrize("spoil", [
    lambda p: p.pop("task_id"), lambda p: p.update(state="walking"), lambda p: p.update(created="yesterday"),
    lambda p: p["request"]["source"].update(kind="fax"), lambda p: p["request"].update(contents=["socks"]),
])
def test_what_is_no_record_is_refused(spoil) -> None:
    """Anything that was not written by us is refused, never half a record."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    plain = json.loads(stored.write(Migration("7K2F-9QXD", REQUEST, now, now)))
    spoil(plain)

    with pytest.raises(UnreadableError):
        stored.read(Migration, json.dumps(plain), name="It")


def test_a_step_is_blank_until_it_is_set() -> None:
    """with_step gives a new record; the old one keeps what it had."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    before = Migration("7K2F-9QXD", REQUEST, now, now)
    after = before.with_step(Content.MAIL, Step(Counts(found=7)))

    assert before.step(Content.MAIL) == Step()
    assert after.step(Content.MAIL).counts.found == 7
    assert after.step(Content.TASKS) == Step()


def test_the_rollback_window_begins_with_the_end() -> None:
    """48 hours from the end; none while it has not ended."""
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert Migration("7K2F-9QXD", REQUEST, now, now).rollback_until is None
    assert Migration("7K2F-9QXD", REQUEST, now, now, ended=now).rollback_until == now + ROLLBACK_WINDOW
    assert timedelta(hours=48) == ROLLBACK_WINDOW


def test_settled_is_the_sum_of_every_outcome() -> None:
    """What was moved or removed by the owner is a part of what was copied, not a sum of its own."""
    counts = Counts(found=20, copied=4, already_there=3, failed=2, left_out=1, moved=2, removed=1)

    assert counts.settled == 10
