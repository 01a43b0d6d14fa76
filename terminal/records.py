"""What programs read: every answer of `--json` is one of these objects.

    migrate, resume,  {"task_id", "state", "contents": {"mail": {"found", "copied", "already_there", "failed",
    retry             "left_out"}, …}, "meanwhile": {"mail": {"moved", "removed"}, …}, "failures": [{"content",
                      "folder", "item", "reason"}], "left_out": [the same], "kept": [the same], "noted": [the same],
                      "unnamed", "rollback_until", "seconds"}; and "error", "cause", "side" when it stopped. Contents
                      other than mail have "changed" and "removed_at_source" too: how many of what was copied, by
                      whatever task, changed at the source since, and how many it has no more. While the source
                      gives no more in a day: "not_before", when it gives more, and "expected_end", which may be null.
                      What stays because the access to the source does not open it: "unopened", a list of contents
    report            the same without "seconds"
    rollback          the same with "rollback": {"found", "removed", "kept", "gone",
                      "folders_removed", "folders_kept"}, where found = removed + kept + gone
    switch-on         the same without the lists, with "left_off": {"until", "switched_on"}, which every answer has
                      about a task that has left an out-of-office off: when its schedule ends, when it was switched on
    status TASK-ID    the same with "stage", "created", "updated", "source", "destination"; of a service account also
                      "source_mailbox" or "destination_mailbox", the address that it opens
    status            {"tasks": [the same without the lists]}
    waiting           see terminal/waiting.py
    pause, cancel,    {"task_id", "state"}; "forgotten" is a state here
    forget
    check             {"task_id": null, "state": "ready", "source": {"folders", "messages"}, "destination": {…},
                      "contents": {"mail": {"found", "size", "too_large", "left_out", "retention": [{"days",
                      "archives", "items"}], "folders": [{"source", "destination", "items", "new"}],
                      "unread": [{"folder", "reason"}]}, …}, "size", "estimate": {"shortest", "longest"}, "choices":
                      [{"option", "content", "rules", "reason"}]}; an Exchange has "events", "rules", "sending",
                      "outlook_rules" and "answers" too, a Gmail the same, with "rules_unread" and
                      "answers_unread": why Google does not tell them. "folders" is null where nobody has looked at
                      the mail. Sizes are in bytes, times in seconds. "choices" are the options of migrate that would
                      make a difference, "unopened" is as above
    doctor            see terminal/doctor.py, and without an account terminal/deployment/examining.py
    admin audit       see terminal/auditing.py
    admin rotate-key  see terminal/rotating.py
    any error         {"task_id": string or null, "state": "usage" or "refused", "error", "cause", "side"}

Times are ISO 8601 in UTC, `seconds` is how long this command worked, "state" is "interrupted" where a task should be
at work and is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.errors import FatalError
from engine.items.foreseen import Foreseen
from engine.migration.checks import Checked
from engine.migration.content import Content
from engine.migration.looking_ahead import Ahead
from engine.migration.record import Failure, Migration, Reason, State
from engine.migration.request import MigrationRequest
from engine.ports.facts import Facts
from engine.store.reports import Report
from terminal.words import stands

SUMS = ("found", "copied", "already_there", "failed", "left_out")
SINCE = ("changed", "removed_at_source")
MEANWHILE = ("moved", "removed")
TAKEN_BACK = ("found", "removed", "kept", "gone", "folders_removed", "folders_kept")


def brief(migration: Migration, *, held: bool) -> dict[str, Any]:
    """The record, without what was not copied."""
    sums = {content.value: asdict(step.counts) for content, step in migration.steps.items()}
    found: dict[str, Any] = {
        "task_id": migration.task_id,
        "state": stands(migration, held=held),
        "contents": {content: {name: counts[name] for name in _sums(content)} for content, counts in sums.items()},
        "meanwhile": {content: {name: counts[name] for name in MEANWHILE} for content, counts in sums.items()},
        "rollback_until": _time(migration.rollback_until),
    }
    if migration.rollback is not None:
        done = migration.rollback
        found["rollback"] = {name: getattr(done, name) for name in TAKEN_BACK}
    if migration.left_off is not None:
        left = migration.left_off
        found["left_off"] = {"until": _time(left.until), "switched_on": _time(left.switched_on)}
    if migration.state is State.WAITING and migration.not_before is not None:
        found |= {"not_before": _time(migration.not_before), "expected_end": _time(migration.expected_end)}
    if migration.request.unopened:
        found["unopened"] = [content.value for content in migration.request.unopened]
    if migration.taken_away:
        found["taken_away"] = dict(migration.taken_away)
    if migration.attention is not None:
        stopped = migration.attention
        found |= {"error": stopped.words, "cause": stopped.cause, "side": stopped.side}
    return found


def whole(migration: Migration, report: Report, *, held: bool = False) -> dict[str, Any]:
    """The record with everything that was not copied."""
    return brief(migration, held=held) | {
        "failures": _items(report.failures, Reason.FAILED),
        "left_out": _items(report.failures, Reason.LEFT_OUT),
        "kept": _items(report.failures, Reason.KEPT),
        "noted": _items(report.failures, Reason.NOTED),
        "unnamed": report.unnamed,
    }


def detailed(migration: Migration, *, held: bool) -> dict[str, Any]:
    """The record with where it comes from and how far it is."""
    ends = {"source_mailbox": migration.request.source, "destination_mailbox": migration.request.destination}
    opened = {name: account.mailbox for name, account in ends.items() if account.mailbox}
    return brief(migration, held=held) | opened | {
        "stage": migration.stage,
        "created": _time(migration.created),
        "updated": _time(migration.updated),
        "source": migration.request.source.url,
        "destination": migration.request.destination.url,
    }


def _sums(content: str) -> tuple[str, ...]:
    """The counts of a content. A message does not change, so of mail nothing is said of what became of it since."""
    return SUMS if content == Content.MAIL else (*SUMS, *SINCE)


def _items(failures: Sequence[Failure], outcome: Reason) -> list[dict[str, str]]:
    return [
        {"content": f.content.value, "folder": f.folder, "item": f.item, "reason": f.reason}
        for f in failures
        if f.outcome is outcome
    ]


def checked(wanted: MigrationRequest, found: Checked, ahead: Ahead) -> dict[str, Any]:
    """What both sides showed, and what a migration would do."""
    seen = {"source": found.source, "destination": found.destination}
    quick, slow = ahead.seconds
    return {
        "task_id": None, "state": "ready",
        **{side: _facts(facts) for side, facts in seen.items()},
        "contents": {content.value: _foreseen(each) for content, each in ahead.contents.items()},
        "size": ahead.size, "estimate": {"shortest": round(quick), "longest": round(slow)},
        "unopened": [content.value for content in wanted.unopened],
    }


def _foreseen(found: Foreseen) -> dict[str, Any]:
    return {
        "found": found.items, "size": found.size, "too_large": found.too_large, "left_out": found.left_out,
        "retention": [
            {"days": rule.days, "archives": rule.archives, "items": count} for rule, count in found.old.items()
        ],
        "folders": [
            {"source": "/".join(each.source), "destination": "/".join(each.destination), "items": each.items,
             "new": each.new}
            for each in found.folders
        ],
        "unread": [{"folder": "/".join(path), "reason": why} for path, why in found.unread.items()],
    }


def _facts(facts: Facts) -> dict[str, Any]:
    found: dict[str, Any] = {"folders": facts.folders, "messages": facts.messages}
    if facts.events is not None:
        found["events"] = facts.events
    return found if facts.live is None else found | asdict(facts.live)


def stopped(error: Exception | str, task_id: str | None, *, state: str) -> dict[str, Any]:
    """Why there is no other answer."""
    cause, side = (error.cause.value, error.side) if isinstance(error, FatalError) else (None, None)
    return {
        "task_id": task_id, "state": state, "error": str(error), "cause": cause, "side": side.value if side else None
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
