"""Filters, labels and a responder that Google does not tell, or tells oddly: they are named, and all else moves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulators.google import Fault
from engine.connectors.google.live import live
from engine.migration.content import Content
from engine.migration.record import State
from engine.ports.settings import Live
from tests.contract.google_rules.account import FILTERS, LABELS, VACATION, Json, filter_, moving_from
from tests.servers.google.moving import google_moving
from tests.servers.google.told import Told
from tests.servers.google.truth.events import OWNER

ODD = "What Google tells of it cannot be read."
RULES, REPLIES = Content.INBOX_RULES, Content.OUT_OF_OFFICE
SENDER: Json = {"from": "a@x.example"}
TRASH: Json = {"addLabelIds": ["TRASH"]}


def test_one_odd_filter_is_named_and_the_others_move(tmp_path: Path) -> None:
    """Whatever of it is odd. What somebody has typed into one is odd as well: it stays, with its text."""
    odd = ["x", None, [], {"criteria": "x", "action": TRASH}, {"criteria": SENDER, "action": [1]},
           {"criteria": SENDER, "action": {"addLabelIds": [None]}}, {"criteria": {"from": ["a"]}, "action": TRASH},
           {"criteria": SENDER, "action": {"forward": 1}}]
    typed = ["-" * 1200 + "subject:x", "larger:" + "9" * 4400]
    with moving_from(tmp_path, ["Work"]) as moving:
        good = [filter_("1", {"from": "b@x.example"}, labels=["Work"]),
                *(filter_(str(at), {"query": query}, labels=["Work"]) for at, query in enumerate(typed, 2))]
        moving.gmail.tell(FILTERS, {"filter": [*odd, *good]})
        done = moving.migrate()
        lines = [(line.item, line.reason) for line in moving.at.engine.store.reported(done.task_id).failures]
        assert moving.rules.names() == ["Gmail: from b@x.example → category Work"]
    assert [reason for item, reason in lines if item == "a filter"] == [ODD] * len(odd)
    assert all(any(query[:100] in item for item, _ in lines) for query in typed)
    assert moving.counts(done).left_out == len(odd) + len(typed)


@pytest.mark.parametrize(
    ("path", "answer", "content"),
    [(FILTERS, {"filter": None}, RULES), (LABELS, {"labels": None}, RULES), (LABELS, {"labels": {"a": 1}}, RULES),
     (VACATION, {"enableAutoReply": True, "responseBodyPlainText": ["x"]}, REPLIES)],
)
def test_an_answer_that_cannot_be_read_leaves_that_setting_out(
    tmp_path: Path, path: str, answer: Json, content: Content,
) -> None:
    with moving_from(tmp_path, ["Work"]) as moving:
        moving.gmail.has(filter_("1", SENDER, labels=["Work"]))
        moving.gmail.tell(path, answer)
        done = moving.migrate()
        lines = moving.lines(done, content)
    assert list(lines.values()) == [ODD]
    assert done.step(content).counts.left_out == 1


def test_a_label_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """So is a first day that is no day."""
    with moving_from(tmp_path, ["Work"]) as moving:
        told = moving.gmail.told.single[LABELS]
        moving.gmail.tell(LABELS, {"labels": ["x", None, *told["labels"]]})
        moving.gmail.tell(VACATION, {"enableAutoReply": True, "responseBodyPlainText": "x", "startTime": "9" * 5000})
        moving.gmail.has(filter_("1", SENDER, labels=["Work"]))
        moving.migrate()
        assert moving.rules.names() == ["Gmail: from a@x.example → category Work"]


def test_a_first_look_says_what_cannot_be_read() -> None:
    """An odd filter is one of those that there are; of an odd list, why it is not told."""
    told = Told(single={FILTERS: {"filter": [{"criteria": "x"}]}, VACATION: {"responseSubject": 1}})
    none = Told(single={FILTERS: {"filter": 1}, VACATION: {}})
    now = datetime.now(UTC)
    assert live(told, now) == Live(rules=1, answers=None, answers_unread=ODD)  # type: ignore[arg-type]  # as an Asking
    assert live(none, now) == Live(rules=None, rules_unread=ODD)  # type: ignore[arg-type]  # as an Asking


@pytest.mark.parametrize(
    ("method", "status", "reason"),
    [("gmail.users.settings.filters.list", 403, "domainPolicy"), ("gmail.users.settings.filters.list", 404, "notFound"),
     ("gmail.users.labels.list", 403, "forbidden")],
)
def test_filters_that_google_does_not_tell_are_named(tmp_path: Path, method: str, status: int, reason: str) -> None:
    """Nobody takes them for none, and the out-of-office does not wait for them."""
    wanted = (RULES, REPLIES)
    with google_moving(tmp_path, wanted=wanted, labels=["Work"]) as at:
        at.google.call("gmail.users.settings.updateVacation", OWNER,
                       body={"enableAutoReply": True, "responseBodyPlainText": "Away"})
        at.google.call("gmail.users.settings.filters.create", OWNER, body={
            "criteria": SENDER, "action": {"addLabelIds": ["Label_1"]}})
        task = at.begin(wanted)
        at.google.add_fault(Fault(endpoint=method, times=None, action="error", status=status, error=reason))
        done = at.at.run(task)
        lines = [one for one in at.lines(done) if one.content is RULES]
    assert (done.state, len(lines)) == (State.COMPLETED, 1), done.attention
    assert done.step(RULES).counts.left_out == 1
    assert done.step(REPLIES).counts.copied == 1
