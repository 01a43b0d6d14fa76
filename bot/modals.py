"""Modals: what people fill in, confirm and read. Pure functions; each returns a view as Slack takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bot import blocks, ids, sources
from bot.advice import ADVICE, cause_of, said
from bot.blocks import Piece, bold, plain
from bot.drafts import Draft, DraftState, Verdict
from bot.forms import PASSWORDS
from bot.ids import VALUE, Action, Block
from bot.offers import Offers
from bot.words import NOUNS, about, date, listed, seconds_left
from engine.account import MAX_LOGIN, Account
from engine.errors import Side
from engine.migration import ROLLBACK_WINDOW, Content, Migration, State
from engine.rollback import Expected, Preview
from engine.states import GOING_BACK
from engine.words import emptied, number

View = dict[str, Any]

ALERT = 200         # characters that an alert may have
LONGEST_SERVER, LONGEST_NOTIFY = 300, 254
CAREFUL = "Visible on your screen, and it passes through Slack. Prefer an app password if your account has them."
KEPT = "kept; type to replace"


def _modal(title: str, body: Sequence[Piece], view: ids.View, metadata: str = "", *, submit: str = "") -> View:
    modal: View = {
        "type": "modal", "callback_id": view.value, "private_metadata": metadata, "title": plain(title, 24),
        "close": plain("Close" if submit else "Done", 24), "blocks": list(body),
    }
    return modal | {"submit": plain(submit, 24)} if submit else modal


# The migration form


def migration_form(draft: Draft, offers: Offers) -> View:
    """The form of a draft (private_metadata: its id), with its verdict above the field at fault."""
    body = [*_source_fields(draft), *_destination_fields(draft, offers), *_other_fields(draft)]
    if draft.state is DraftState.CHECKING:
        body.insert(0, blocks.alert(
            "checking", "info",
            "Signing in to both sides… This takes some seconds; some servers keep everybody waiting for a minute. "
            "Please leave this window open.",
        ))
    elif draft.verdict is not None:
        body.insert(_at_fault(draft.verdict, body), _alert(draft.verdict))
    form = _modal("Migrate a mailbox", body, ids.View.FORM, draft.id, submit="Start migration")
    return form | {"notify_on_close": True}


def _source_fields(draft: Draft) -> list[Piece]:
    fields, kind = draft.fields, sources.find(draft.fields.source_kind)
    kinds = [blocks.option(source.key, source.name) for source in sources.SOURCES.values()]
    return [
        blocks.section("from", "*From*   the mailbox that is to be moved; nothing in it is changed"),
        _menu(Block.SOURCE_KIND, Action.SOURCE_KIND, "Kind of source", kinds, kind.key),
        _input(Block.SOURCE_SERVER, "Source server", fields.source_server, most=LONGEST_SERVER,
               example=kind.example, hint=kind.hint),
        _input(Block.SOURCE_LOGIN, "Source login", fields.source_login, most=MAX_LOGIN,
               example="ann@example.org", hint="Usually the whole e-mail address."),
        _password(Side.SOURCE, draft.edition, kept=Side.SOURCE in draft.kept),
        blocks.divider("between"),
    ]


def _destination_fields(draft: Draft, offers: Offers) -> list[Piece]:
    fields, offer = draft.fields, offers.find(draft.fields.offer)
    choices = [blocks.option(each.key, each.name) for each in offers]
    return [
        blocks.section("to", "*To*   the Exchange mailbox that it moves into; what is there stays"),
        _menu(Block.OFFER, Action.OFFER, "Destination", choices, offer.key),
        _input(f"{Block.DESTINATION_SERVER}{draft.edition}", "Destination server",
               fields.destination_server or offer.server, most=LONGEST_SERVER, example="ex.example.org",
               hint=offer.hint),
        _input(Block.DESTINATION_LOGIN, "Destination login", fields.destination_login, most=MAX_LOGIN,
               example="ann@example.com", hint="Usually the whole e-mail address."),
        _password(Side.DESTINATION, draft.edition, kept=Side.DESTINATION in draft.kept),
        blocks.divider("below"),
    ]


def _other_fields(draft: Draft) -> list[Piece]:
    possible = sources.find(draft.fields.source_kind).contents
    boxes = [blocks.option(content, _title(content)) for content in possible]
    chosen = [box for box in boxes if box["value"] in draft.fields.contents]
    return [
        _boxes(Block.CONTENTS, "What moves", boxes, chosen=chosen),
        _input(Block.NOTIFY, "Also tell somebody by e-mail", draft.fields.notify, most=LONGEST_NOTIFY, optional=True,
               example="it@example.org", hint="They are told when it starts and how it ends."),
    ]


def _alert(verdict: Verdict) -> Piece:
    cause = cause_of(verdict.cause)
    side = f"{verdict.side.capitalize()}: " if verdict.side else ""
    advice = f" {ADVICE[cause].form}"
    words = said(verdict.words, cause, ALERT - len(side) - len(advice))
    return blocks.alert("verdict", "error", f"{side}{words}{advice}")


def _at_fault(verdict: Verdict, body: Sequence[Piece]) -> int:
    """The place in the form of the field that a verdict is about; the top when it is about none."""
    field = f"{verdict.side}_{ADVICE[cause_of(verdict.cause)].place}"
    return next((place for place, block in enumerate(body) if block["block_id"].startswith(field)), 0)


def _menu(block: Block, action: Action, label: str, options: list[Piece], chosen: str) -> Piece:
    element = {
        "type": "static_select", "action_id": action.value, "options": options,
        "initial_option": next(option for option in options if option["value"] == chosen),
    }
    return _field(block, label, element) | {"dispatch_action": True}


def _boxes(block: Block, label: str, options: list[Piece], *, chosen: list[Piece], optional: bool = False) -> Piece:
    element: Piece = {"type": "checkboxes", "action_id": VALUE, "options": options}
    if chosen:
        element["initial_options"] = chosen
    return _field(block, label, element, optional=optional)


def _input(
    block_id: str, label: str, value: str, *, most: int, example: str, hint: str = "", optional: bool = False
) -> Piece:
    element: Piece = {
        "type": "plain_text_input", "action_id": VALUE, "max_length": most, "placeholder": plain(example, 150)
    }
    if held := _typed(value)[:most]:
        element["initial_value"] = held
    return _field(block_id, label, element, hint=hint, optional=optional)


def _typed(value: str) -> str:
    """What somebody typed, but for the halves of characters, which cannot be sent."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _password(side: Side, edition: int, *, kept: bool = False) -> Piece:
    """A field that never holds what was typed into it: another edition is another field."""
    element: Piece = {"type": "plain_text_input", "action_id": VALUE}
    if kept:
        element["placeholder"] = plain(KEPT, 150)
    label = f"{side.capitalize()} password"
    return _field(f"{PASSWORDS[side]}{edition}", label, element, hint=CAREFUL, optional=kept)


def _field(block_id: str, label: str, element: Piece, *, hint: str = "", optional: bool = False) -> Piece:
    block: Piece = {
        "type": "input", "block_id": str(block_id), "label": plain(label), "element": element, "optional": optional
    }
    return block | {"hint": plain(hint)} if hint else block


def _title(content: Content) -> str:
    return content.capitalize()


def started(migration: Migration, *, channel: str = "") -> View:
    """What stands in the form's place once its migration exists. `channel` is where the card is, '' for our DM."""
    task_id = migration.task_id
    where = f"in <#{channel}>" if channel else "in your conversation with this app"
    return _modal("Migration started", [
        blocks.header(task_id),
        blocks.section("noted", "*This is your task ID. Please note it down.* Both passwords were accepted."),
        blocks.section("where", f"The card {where} shows how far it is and has its buttons. You may close this."),
        blocks.section("follow", f"Somebody else can follow it with `{ids.COMMAND} follow {task_id}` and the login of "
                                 "the source account."),
    ], ids.View.WORDS)


# Cancel


def cancel_dialog(migration: Migration, now: datetime) -> View:
    """What a cancel still finishes and what it skips (private_metadata: the task ID)."""
    paragraphs = _finished_first(migration) if migration.state is State.RUNNING else _ends(migration, now)
    body = [blocks.section(f"paragraph_{place}", text) for place, text in enumerate(paragraphs)]
    if migration.step_under_way is not None and migration.state is State.RUNNING:
        body.append(blocks.actions("now", blocks.button(Action.STOP, "Stop now", migration.task_id, style="danger")))
    return _modal("Cancel this migration?", body, ids.View.CANCEL, migration.task_id, submit="Cancel migration")


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
    return _modal("Stopping", [blocks.section("stopping", text)], ids.View.WORDS)


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
    return _modal("Roll back?" if submit else "Rollback", body, ids.View.ROLLBACK, metadata, submit=submit)


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
        _boxes(Block.DISCARD, "What was changed", [also], chosen=[], optional=True),
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
            body += [blocks.rich(f"{side}_account", _account(accounts[side])), _password(side, edition)]
    metadata = json.dumps({"task": migration.task_id, "then": then})
    submit = {"resume": "Resume", "retry": "Retry"}.get(then, "Go on")
    return _modal("Password needed", body, ids.View.PASSWORD, metadata, submit=submit)


def follow_form(task_id: str, words: str | None = None) -> View:
    """Asks for the login that proves a follower (private_metadata: the task ID); `words` say what was wrong."""
    body = [
        blocks.section("task", f"To follow task *{task_id}*, type the login of its *source* account: the mailbox "
                               "that is being moved."),
        _input(Block.LOGIN, "Source login", "", most=MAX_LOGIN, example="ann@example.org"),
    ]
    if words is not None:
        body.insert(1, blocks.alert("wrong", "error", words))
    return _modal("Follow a migration", body, ids.View.FOLLOW, task_id, submit="Follow")


def words(title: str, text: str, *, mentions: bool = False) -> View:
    """Something to read. Nothing in `text` is marked up; with `mentions`, `<@U…>` in it is a person."""
    parts = re.split(r"<@([UW][A-Z0-9]+)>", text) if mentions else [text]
    pieces = [
        blocks.mention(part) if place % 2 else blocks.words(_paragraph(part))
        for place, part in enumerate(parts) if part
    ]
    return _modal(title, [blocks.rich("words", pieces or [blocks.words(blocks.NOTHING)])], ids.View.WORDS)


def _paragraph(text: str) -> str:
    """A part of a sentence: the spaces at its ends belong to it."""
    inner = blocks.cleaned(text, 2900)
    return text if text.isspace() else f"{' ' if text[0] == ' ' else ''}{inner}{' ' if text[-1] == ' ' else ''}"
