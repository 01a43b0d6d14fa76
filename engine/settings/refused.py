"""A setting that a server refuses as a whole, to read or to keep: it is named, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from engine.errors import Cause, FatalError, OmmError, RefusedError, Side
from engine.items.back.removal import Removal
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Reason, Step
from engine.settings.restoring import ALL, all_stay

STAYS = "it stays as it is: {}"


def is_refusal(error: OmmError) -> bool:
    """True: a server does not do this for this login, whenever it is asked."""
    return isinstance(error, RefusedError) or (isinstance(error, FatalError) and error.cause is Cause.FORBIDDEN)


def brought(run: Run, content: Content, bring: Callable[[], Counts]) -> Counts:
    """What `bring` returns; where it is refused, the setting is left out, but for what had come before.

    Raises what `bring` raises beside that, and the refusal itself while nobody knows whether something was written.
    """
    try:
        return bring()
    except (RefusedError, FatalError) as error:
        changes = run.images.load(run.task_id, content).changes
        if not is_refusal(error) or not all(change.sure for change in changes):
            raise
        return _left_out(run, content, {change.ours.name for change in changes}, str(error))


def _left_out(run: Run, content: Content, came: set[str], why: str) -> Counts:
    found = _found(run, content)
    left = [(name, stays or why) for name, stays in found if name not in came]
    counts = Counts(found=len(found), copied=len(found) - len(left), left_out=len(left))
    run.begin_report()
    run.report([Failure(content, "", name, reason, Reason.LEFT_OUT) for name, reason in left])
    run.on_step(Step(counts=counts))
    return counts


def _found(run: Run, content: Content) -> Sequence[tuple[str, str]]:
    """What the source calls the entries, and why they stay anyway; one name for all where it does not tell them."""
    if run.source is None:
        return [(ALL, "")]
    try:
        with closing(run.source.settings(content)) as reader:
            return [(entry.name, entry.stays) for entry in run.patiently(reader.read, Side.SOURCE)]
    except (RefusedError, FatalError) as error:
        if not is_refusal(error):
            raise
        return [(ALL, "")]


def looked_at(look: Callable[[], Removal], content: Content) -> Removal:
    """What `look` returns; where it is refused, all of the setting stays and is named. Raises what it raises else."""
    try:
        return look()
    except (RefusedError, FatalError) as error:
        if not is_refusal(error):
            raise
        return replace(all_stay(content, STAYS.format(str(error).rstrip("."))), closed=True)
