"""Every kind of view and message that the app sends, in every state of a migration and of a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from bot import answers, blocks, dialogs, letters, migrate_form, offers, sources
from bot.cards import card
from bot.deletions import scope
from bot.drafts import Draft, DraftState, Fields, Verdict
from bot.home import delete_dialog, home, not_for_you
from bot.ids import Action
from bot.listeners import forget
from bot.message import Message
from bot.notices.milestones import milestones
from bot.reply import Said
from bot.report import ALL, Place, report_view
from bot.threads import Act
from engine.errors import Cause, Side
from engine.migration.back import Preview
from engine.migration.record import Attention, Counts, Failure, Migration, Reason, Rollback, State, Step
from engine.migration.request import Content
from engine.store.reports import Report
from tests.unit.bot.records import NOW, OTHER_TASK, OWNER, TASK, migration, moving, press, shown

DRAFT = Draft(TASK, "T0", OWNER, "", NOW, edition=1)
DONE = Step(Counts(found=9, copied=5, already_there=1, failed=2, left_out=1, moved=1, removed=1), NOW, NOW)
STEPS = (None, Step(), moving(), DONE)
FAILURES = tuple(
    Failure(Content.MAIL, "Inbox", f"Letter {number}", "too large", reason)
    for number, reason in enumerate(reason for _ in range(8) for reason in Reason)
)


def views() -> Iterator[dict[str, Any]]:
    """Modals and home tabs."""
    yield from _forms()
    for record in migrations():
        yield from _dialogs(record)
        yield home([record], NOW)
    yield from (home([], NOW), home(_several(migration()), NOW), not_for_you("Guests cannot use this."))
    yield home([migration()], NOW, links={TASK: "https://example.slack.com/archives/C0WORK/p1764000000000100"})
    for preview in (Preview(9, 2, 1, (OTHER_TASK,)), Preview(9, 0, 0, ()), Preview(0, 0, 0, ()), Preview(0, 3, 0, ())):
        yield dialogs.rollback_confirm(migration(State.COMPLETED, ended=NOW, step=DONE), preview, NOW)
    for page, chosen in product(range(3), (ALL, *(reason.name for reason in Reason))):
        yield report_view(migration(step=DONE), Report(FAILURES, 7), Place(TASK, page, chosen), "Sent.")
    for sides, then in product(([Side.SOURCE], [Side.DESTINATION], list(Side)), ("resume", "retry", "rollback")):
        yield dialogs.password_form(migration(), sides, "It was refused.", then)
    yield from (dialogs.follow_form(TASK), dialogs.follow_form(TASK, "This is not the login."))
    yield from (Said("It is *so*.").view(), Said(f"Ask <@{OWNER}>.", marked=True).view())


def _forms() -> Iterator[dict[str, Any]]:
    for kind, offer, state in product(sources.SOURCES, offers.read(), DraftState):
        draft = replace(DRAFT, state=state, fields=Fields(source_kind=kind, offer=offer.key))
        yield migrate_form.migration_form(draft, offers.read(), sends_email=True)
        yield migrate_form.migration_form(replace(draft, kept=frozenset(Side)), offers.read())
    for cause, side in product(Cause, (None, *Side)):
        verdict = Verdict("It does not answer.", cause.value, side)
        yield migrate_form.migration_form(replace(DRAFT, verdict=verdict), offers.read())
    filled = Fields("imap", "imap.example.org", "ann", "exchange", "ex.example.org", "ann", (), "it@example.org")
    yield migrate_form.migration_form(replace(DRAFT, fields=filled), offers.read(), sends_email=True)
    yield from (migrate_form.started(migration()), migrate_form.started(migration(), channel="C0WORK"))


def _dialogs(record: Migration) -> Iterator[dict[str, Any]]:
    yield dialogs.cancel_dialog(record, NOW)
    yield dialogs.stopping(record)
    yield dialogs.rollback_counting(record)
    yield dialogs.rollback_refused(record, "The time is over.")
    yield report_view(record, Report(), Place(record.task_id))
    yield forget.dialog(record, NOW)
    yield delete_dialog(scope([record], NOW), NOW)


def messages() -> Iterator[Message]:
    """What is posted into channels, threads and conversations."""
    for record in migrations():
        for pressed in ((), *((press(act),) for act in Act)):
            yield card(shown(record, *pressed, place=2))
        yield card(shown(record, masked=False, buttons=False))
        for notice in milestones(record, (press(Act.CANCEL), press(Act.ROLLBACK))):
            yield notice.message("https://example.slack.com/archives/C1/p1")
            yield notice.message()
        yield answers.list_message([record], NOW)
    yield from (answers.help_message(), answers.list_message([], NOW), answers.list_message(_several(migration()), NOW))
    yield from (answers.did_you_mean("migrat"), answers.did_you_mean("hunter2"))
    yield from (Said("It is *so*.").message(), Said(f"Ask <@{OWNER}>.", marked=True).message())
    written = letters.letter("key", OWNER, "It has not started.", blocks.button(Action.CONTINUE, "Continue", TASK))
    yield Message(written.text, written.blocks)


def _several(record: Migration) -> list[Migration]:
    """More than a list shows, each with a task ID of its own."""
    return [replace(record, task_id=f"7K2F-{number:04}") for number in range(22)]


def migrations() -> Iterator[Migration]:
    """One in each state, with its mail not begun, just begun, under way and done; with and without trouble."""
    for state, step, side in product(State, STEPS, (None, Side.SOURCE)):
        stopped = side and Attention("It does not answer.", Cause.TIMEOUT.value, side)
        back = Rollback(NOW, NOW, found=9, removed=5, kept=3, gone=1, folders_removed=2) if side else None
        yield migration(state, step, attention=stopped, rollback=back, started=NOW, ended=NOW if side else None)
    yield migration(State.WAITING, waits_for=OTHER_TASK)


