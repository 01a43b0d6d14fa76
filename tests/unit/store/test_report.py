from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from engine.errors import Cause, FatalError
from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.store import reports as reports_module
from engine.store.keys import secret_keys
from engine.store.reports import Report
from engine.store.store import Store
from tests.unit.store.accounts import request_of

TASK = "7K2F-9QXD"


def test_the_report_is_kept_in_order(store, failures):
    """Failures come back as they were reported, in that order."""
    store.report(TASK, failures[:2])
    store.report(TASK, failures[2:])

    assert store.reported(TASK) == Report(tuple(failures), 0)


def test_a_cleared_report_is_empty(store, failures, monkeypatch):
    """After `clear_report` nothing of that content is named or counted; the other contents stay as they were."""
    monkeypatch.setattr(reports_module, "NAMED", 1)
    store.report(TASK, failures)

    store.clear_report(TASK, Content.CALENDARS)
    assert store.reported(TASK) == Report((failures[0],), 1)

    store.clear_report(TASK, Content.MAIL)
    assert store.reported(TASK) == Report()
    store.report(TASK, failures[1:2])
    assert store.reported(TASK) == Report((failures[1],), 0)


def test_no_report_is_an_empty_one(store):
    """A task without failures has an empty report."""
    store.report(TASK, [])

    assert store.reported(TASK) == Report()


def test_a_resumed_run_lists_nothing_twice(store, failures):
    """The same content, folder, item and outcome again only renews the reason."""
    store.report(TASK, failures)
    store.report(TASK, [replace(failures[0], reason="a newer reason")])

    assert store.reported(TASK).failures == (replace(failures[0], reason="a newer reason"), *failures[1:])


def test_another_outcome_is_another_line(store, failures):
    """An item that failed and was later left out has two lines."""
    store.report(TASK, [failures[0], replace(failures[0], outcome=Reason.KEPT)])

    assert len(store.reported(TASK).failures) == 2


def test_look_alikes_are_different_items(store, failures):
    """Two messages with one subject in one folder, refused together, are both named; a resume adds none."""
    store.report(TASK, [failures[0], failures[0]])
    store.report(TASK, [failures[0], failures[0]])

    assert store.reported(TASK).failures == (failures[0], failures[0])


def test_beyond_ten_thousand_failures_are_counted(store, monkeypatch):
    """Failures over the limit are counted, each once, however often they are reported."""
    monkeypatch.setattr(reports_module, "NAMED", 600)
    many = [Failure(Content.MAIL, "Inbox", f"message {n}", "too large") for n in range(650)]
    store.report(TASK, many)
    store.report(TASK, many[590:])

    report = store.reported(TASK)

    assert report.failures == tuple(many[:600])
    assert report.unnamed == 50


def test_ten_thousand_is_the_limit():
    """The limit is what the owner is promised."""
    assert reports_module.NAMED == 10_000


def test_the_report_cannot_be_read_in_the_store(store, redis, failures):
    """No name of a folder or an item is kept in clear text."""
    store.report(TASK, failures)

    dump = repr([redis.hgetall(key) for key in redis.scan_iter("*report*")])
    assert "Lohn" not in dump
    assert "Personal" not in dump


def test_the_report_has_its_own_key(store, redis, keys, failures):
    """What opens the vault does not open the report."""
    store.report(TASK, failures[:1])
    (entry,) = redis.hvals(f"omm:task:{TASK}:report:mail")
    token = entry.split(b":" if isinstance(entry, bytes) else ":")[1]

    with pytest.raises(Exception, match=r"^$") as caught:
        keys.decrypt(token)
    assert type(caught.value).__name__ == "InvalidToken"


def test_a_report_under_a_lost_key_says_so(store, redis, tmp_path, failures):
    """Reading with another key is an error in words, not garbage."""
    store.report(TASK, failures)
    other = Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path))

    with pytest.raises(FatalError, match="another key") as caught:
        other.reported(TASK)
    assert caught.value.cause is Cause.STORE


def test_a_new_first_key_reads_and_dedupes_the_old_report(redis, tmp_path, failures):
    """After a key was put in front, the report is still read, and a resume lists nothing twice."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": old}, tmp_path)).report(TASK, failures)
    rotated = Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": f"{new},{old}"}, tmp_path))

    rotated.report(TASK, failures)

    assert rotated.reported(TASK).failures == tuple(failures)


def many(count: int) -> list[Failure]:
    """That many failures, all different."""
    return [Failure(Content.MAIL, "Zürich", f"Offer {n}, 3 Mar 2019", "larger than 36 MB") for n in range(count)]


def test_a_packed_report_reads_the_same_and_takes_little_room(store, redis):
    """A task that has ended keeps its report for weeks: it becomes one value."""
    task_id = store.create(request_of()).task_id
    store.report(task_id, many(20))
    before, room = store.reported(task_id), _room(redis)

    store.pack_report(task_id)

    assert store.reported(task_id) == before
    assert len(before.failures) == 20
    assert _room(redis) < room / 3


def _room(redis) -> int:
    """The letters of everything in the store that is of a task."""
    return sum(len(str(redis.hgetall(key))) for key in redis.keys("omm:task:*") if redis.type(key) in (b"hash", "hash"))


def test_a_packed_report_is_added_to_as_if_it_never_was(store):
    """A rollback adds what it keeps; a retry meets the same failures again, and lists none twice."""
    task_id = store.create(request_of()).task_id
    store.report(task_id, many(10))
    store.pack_report(task_id)

    store.report(task_id, [*many(10), replace(many(1)[0], outcome=Reason.KEPT)])

    assert [failure.outcome for failure in store.reported(task_id).failures] == [Reason.FAILED] * 10 + [Reason.KEPT]


def test_a_packed_report_is_emptied_by_content(store):
    """The step that runs anew finds again whatever belongs into its report; the others keep theirs."""
    task_id = store.create(request_of()).task_id
    events = [replace(failure, content=Content.CALENDARS) for failure in many(2)]
    store.report(task_id, [*many(3), *events])
    store.pack_report(task_id)

    store.clear_report(task_id, Content.MAIL)

    assert list(store.reported(task_id).failures) == events


def test_a_packed_report_goes_with_its_task(store, redis):
    """Nothing of it is left when the task is forgotten."""
    task_id = store.create(request_of()).task_id
    store.report(task_id, many(3))
    store.pack_report(task_id)

    store.forget(task_id)

    assert redis.keys(f"omm:task:{task_id}*") == []
