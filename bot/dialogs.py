"""Dialogs: what people confirm and read. Pure functions; each returns a view as Slack takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime

from bot import blocks, ids, modals
from bot.blocks import Piece, bold
from bot.ids import Action, Block
from bot.modals import View
from bot.words import NOUNS, about, date, listed, seconds_left
from engine.account import MAX_LOGIN, Account
from engine.errors import Side
from engine.migration import ROLLBACK_WINDOW, Content, Migration, State
from engine.rollback import Expected, Preview
from engine.states import GOING_BACK
from engine.words import emptied, number

# Cancel


def cancel_dialog(migration: Migration, now: datetime) -> View:
    """What a cancel still finishes and what it skips (private_metadata: the task ID)."""
    paragraphs = _finished_first(migration) if migration.state is State.RUNNING else _ends(migration, now)
    body = [blocks.section(f"paragraph_{place}", text) for place, text in enumerate(paragraphs)]
    if migration.step_under_way is not None and migration.state is State.RUNNING:
        body.append(blocks.actions("now", blocks.button(Action.STOP, "Stop now", migration.task_id, style="danger")))
    return modals.modal("Cancel this migration?", body, ids.View.CANCEL, migration.task_id, submit="Cancel migration")


def _finished_first(migration: Migration) -> list[str]:
    at_work = [content for content in migration.request.contents if _under_way(migration, content)]
    if not at_work:
        return [f"Nothing is being moved yet. Task *{migration.task_id}* ends before it begins with anything."]
    content, step = at_work[0], migration.step(at_work[0])
    left, seconds = max(step.counts.found - step.counts.settled, 0), seconds_left(step)
    time = f", which takes {about(seconds)}" if seconds is not None else ""
    rest = f"{number(left, NOUNS[content])} left{time}" if step.counts.found else "it has just begun"
    return [
        f"*{_title(content)}* is being moved and is finished first: {rest}.",
        _skipped(migration),
        "*Stop now* ends it without finishing: what is on its way still arrives, the rest is skipped. "
        "To go on later, close this and press *Pause* instead.",
    ]


def stopping(migration: Migration) -> View:
    """What stands in the cancel dialog's place once *Stop now* was pressed."""
    text = f"Task *{migration.task_id}* ends in a moment. Its card then says what was copied; that can be rolled back."
    return modals.modal("Stopping", [blocks.section("stopping", text)], ids.View.WORDS)


def _under_way(migration: Migration, content: Content) -> bool:
    step = migration.step(content)
    return step.started is not None and step.ended is None


def _skipped(migration: Migration) -> str:
    skipped = [c for c in migration.request.contents if migration.step(c).started is None]
    if not skipped:
        return "Nothing comes after it, so nothing is skipped."
    return f"Skipped: {listed(list(skipped))}."


def _ends(migration: Migration, now: datetime) -> list[str]:
    copied = sum(step.counts.copied for step in migration.steps.values())
    when = "as soon as its turn comes" if migration.waits_for else "at once"
    stays = f"What was copied so far ({number(copied, 'item')}) stays" if copied else "Nothing has been copied"
    after = f"Until {date(now + ROLLBACK_WINDOW)} it can be rolled back."
    return [
        f"Task *{migration.task_id}* ends {when}. {stays}, and nothing more is moved.",
        after if copied else "To move this mailbox later, begin anew.",
    ]


# Rollback


def _rollback(migration: Migration, body: Sequence[Piece], metadata: str = "", *, submit: str = "") -> View:
    return modals.modal("Roll back?" if submit else "Rollback", body, ids.View.ROLLBACK, metadata, submit=submit)


def rollback_counting(migration: Migration) -> View:
    """The rollback dialog while its items are being counted."""
    return _rollback(migration, [blocks.section(
        "counting", f"Counting what a rollback of task *{migration.task_id}* would remove… This takes some seconds."
    )], _confirmation(migration, Expected(0, 0)))


def rollback_confirm(migration: Migration, preview: Preview, now: datetime) -> View:
    """The rollback dialog (private_metadata: `forms.confirmed` reads it)."""
    body = [
        blocks.rich("removed", *_removed(migration, preview)),
        *_kept(preview),
        *_apart(preview),
        *_counting_on_it(preview),
        blocks.context("until", _until(migration, now)),
    ]
    return _rollback(migration, body, _confirmation(migration, preview.expected), submit="Roll back")


def _confirmation(migration: Migration, expected: Expected) -> str:
    return json.dumps({
        "task": migration.task_id, "items": expected.items, "kept": expected.kept,
        "counting": list(expected.counting_on_it),
    })


def _removed(migration: Migration, preview: Preview) -> list[list[Piece]]:
    if not preview.items:
        why = "whatever it brought was changed since" if preview.kept else "nothing that it brought is there any more"
        lines = [[bold(f"There is nothing to remove of task {migration.task_id}"), blocks.words(f": {why}.")]]
    else:
        lines = [[
            bold(number(preview.items, "item")),
            blocks.words(f" of task {migration.task_id} will be removed for good from the mailbox of "),
            *_account(migration.request.destination), blocks.words("."),
        ]]
    if preview.folders:
        lines.append([blocks.words(f"{emptied(preview.folders)}.")])
    return lines


def _kept(preview: Preview) -> list[Piece]:
    if not preview.kept:
        return []
    text = f"{number(preview.kept, 'item')} changed since the migration will be kept."
    also = blocks.option("discard", f"Also remove the {preview.kept:,} I changed")
    return [
        blocks.section("kept", text),
        modals.boxes(Block.DISCARD, "What was changed", [also], chosen=[], optional=True),
    ]


def _apart(preview: Preview) -> list[Piece]:
    if not preview.apart:
        return []
    return [blocks.section("apart", (
        f"{number(preview.apart, 'item')} of this task's mark will stay: "
        f"{'a copy' if preview.apart == 1 else 'copies'}, or not made while it worked."
    ))]


def _counting_on_it(preview: Preview) -> list[Piece]:
    if not preview.counting_on_it:
        return []
    named = preview.counting_on_it[:20]
    more = len(preview.counting_on_it) - len(named)
    tasks = listed([f"*{task_id}*" for task_id in named] + ([f"{more:,} more"] if more else []))
    return [blocks.section("counting_on_it", (
        f":warning: Later tasks found items of this one there and did not copy them again: {tasks} (newest first). "
        "After this rollback those items are gone for them too. Roll them back first, or migrate once more afterwards."
    ))]


def _until(migration: Migration, now: datetime) -> str:
    if migration.state in GOING_BACK:
        return "A rollback that has begun can be finished at any time."
    until = migration.rollback_until
    if until is None:
        return "A rollback is possible until 48 hours after the migration has ended."
    return f"A rollback is possible until {date(until)}." if now <= until else "The time for a rollback is over."


def rollback_refused(migration: Migration, words: str) -> View:
    """The rollback dialog when it cannot be done; `words` say why."""
    return _rollback(migration, [
        blocks.rich("refused", [bold(f"Task {migration.task_id} cannot be rolled back now.")],
                    [blocks.words(blocks.cleaned(words, 1000))]),
    ])


def _account(account: Account) -> list[Piece]:
    return [
        bold(blocks.cleaned(account.login, 200)), blocks.words(" on "), blocks.words(blocks.cleaned(account.host, 200))
    ]


# Passwords, following, reading


def password_form(
    migration: Migration, sides: Collection[Side], words: str, then: str, *, edition: int = 0
) -> View:
    """Asks for the passwords of `sides`; `words` say why, `then` is "resume", "retry" or "rollback".

    private_metadata: `forms.asked` reads it. Another `edition` empties the fields.
    """
    accounts = {Side.SOURCE: migration.request.source, Side.DESTINATION: migration.request.destination}
    body = [blocks.rich("why", [blocks.words(blocks.cleaned(words, 1000))])]
    for side in Side:
        if side in sides:
            body += [blocks.rich(f"{side}_account", _account(accounts[side])), modals.password_field(side, edition)]
    metadata = json.dumps({"task": migration.task_id, "then": then})
    submit = {"resume": "Resume", "retry": "Retry"}.get(then, "Continue")
    return modals.modal("Password needed", body, ids.View.PASSWORD, metadata, submit=submit)


def follow_form(task_id: str, words: str | None = None) -> View:
    """Asks for the login that proves a follower (private_metadata: the task ID); `words` say what was wrong."""
    body = [
        blocks.section("task", f"To follow task *{task_id}*, type the login of its *source* account: the mailbox "
                               "that is being moved."),
        modals.text_field(Block.LOGIN, "Source login", "", most=MAX_LOGIN, example="ann@example.org"),
    ]
    if words is not None:
        body.insert(1, blocks.alert("wrong", "error", words))
    return modals.modal("Follow a migration", body, ids.View.FOLLOW, task_id, submit="Follow")


def words(title: str, text: str, *, mentions: bool = False) -> View:
    """Something to read. Nothing in `text` is marked up; with `mentions`, `<@U…>` in it is a person."""
    parts = re.split(r"<@([UW][A-Z0-9]+)>", text) if mentions else [text]
    pieces = [
        blocks.mention(part) if place % 2 else blocks.words(_paragraph(part))
        for place, part in enumerate(parts) if part
    ]
    return modals.modal(title, [blocks.rich("words", pieces or [blocks.words(blocks.NOTHING)])], ids.View.WORDS)


def _paragraph(text: str) -> str:
    """A part of a sentence: the spaces at its ends belong to it."""
    inner = blocks.cleaned(text, 2900)
    return text if text.isspace() else f"{' ' if text[0] == ' ' else ''}{inner}{' ' if text[-1] == ' ' else ''}"


def _title(content: Content) -> str:
    return content.capitalize()
