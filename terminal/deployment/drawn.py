"""One of each kind of message and window that OMM sends, drawn of an example that nobody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import offers
from bot.admin import AuditPage, Place
from bot.audit_lines import Line
from bot.listeners.forget import dialog as forget_dialog
from bot.overseeing import Failing, Overseen, Page, Working
from bot.overseeing import Line as Waiting
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.deletions import Scope
from bot.stored.drafts import Draft, Fields
from bot.stored.lists import Totals, Wanted
from bot.stored.orders import Kind, Order, Queue
from bot.stored.policies import Policy
from bot.stored.threads import Thread
from bot.views import approval
from bot.views.admin import everybody_view, workers_view
from bot.views.answers import did_you_mean, help_message, list_message, status_message
from bot.views.audit import audit_view
from bot.views.cards import card
from bot.views.dialogs import cancel_dialog, follow_form, password_form, rollback_confirm, rollback_counting, words
from bot.views.home import Home, Oversight, delete_dialog, home
from bot.views.message import Message, Shown
from bot.views.migrate_form import migration_form, started
from bot.views.report import Bookmark, report_view
from bot.views.settings import Room, settings_view
from bot.work.crews import Ordered
from bot.work.heartbeats import Role
from engine.errors import Cause, Side
from engine.migration.account import parse_account
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Failure, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.store.reports import Report

VIEW, MESSAGE = "view", "message"       # arguments of blocks.validate
TASK, OTHER, PERSON, TEAM = "7K2F-9QXD", "0000-0000", "U0EXAMPLE1", "T0EXAMPLE1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAILURE = Failure(Content.MAIL, "Inbox", "An example", "larger than 36 MB")

Drawn = tuple[str, str, Mapping[str, Any]]      # its name, what it is, and the thing itself


def drawn() -> Iterator[Drawn]:
    """All of them."""
    yield from _messages()
    yield from _windows()


def _migration(state: State = State.RUNNING, **changes: Any) -> Migration:
    request = MigrationRequest(
        source=parse_account("imaps://ann%40example.org@imap.example.org"),
        destination=parse_account("ews+https://ann%40example.com@ex.example.com"), contents=(Content.MAIL,),
    )
    moved = Step(Counts(found=12, copied=9, already_there=2, failed=1), NOW, None)
    began = Migration(TASK, request, created=NOW, updated=NOW)
    return replace(began, state=state, started=NOW, steps={Content.MAIL: moved}, **changes)


def _ended() -> Migration:
    return _migration(State.COMPLETED, ended=NOW, task_id=OTHER)


def _messages() -> Iterator[Drawn]:
    thread, later = Thread(TASK, TEAM, PERSON, ""), NOW + timedelta(hours=1)
    why = Attention("The password is refused.", Cause.SIGN_IN, Side.DESTINATION)
    tasks = {"running": _migration(), "stopped": _migration(State.NEEDS_ATTENTION, attention=why), "ended": _ended()}
    for name, task in tasks.items():
        shown = Shown(task, thread, (), later)
        yield f"the card ({name})", MESSAGE, _sent(card(shown))
        yield f"the status ({name})", MESSAGE, _sent(status_message(shown))
    yield "the help", MESSAGE, _sent(help_message(is_admin=True))
    yield "the list", MESSAGE, _sent(list_message([_migration(), _ended()], later))
    yield "an answer", MESSAGE, _sent(did_you_mean("statsu"))
    asked = Approval(Subject.ROLLBACK, TASK, TEAM, PERSON, NOW, later)
    yield "what a second person is asked", MESSAGE, _sent(approval.request(asked))
    denied = replace(asked, decision=Decision.DENIED, decider=PERSON, decided=later)
    yield "what came of that", MESSAGE, _sent(approval.to_asker(denied))


def _windows() -> Iterator[Drawn]:
    draft, later = Draft(TASK, TEAM, PERSON, "", NOW, Fields()), NOW + timedelta(hours=1)
    line = Line("1-1", NOW, PERSON, "", "card", "started it", TASK, "done")
    order = Order(Kind.MIGRATE, (TASK,), {"task_id": TASK}, NOW.timestamp(), "1", TEAM)
    ordered = Ordered(order, at_work=True, tries=2)
    windows = {
        "the form": migration_form(draft, offers.read(), sends_email=True),
        "what follows the form": started(_migration()),
        "the home tab": home(Home([_migration(), _ended()], later)),
        "an admin's home tab": home(Home([_ended()], later, oversight=Oversight(Totals(1, 2, 3, 4), later))),
        "Cancel": cancel_dialog(_migration(), later),
        "Rollback, counting": rollback_counting(_ended()),
        "Rollback": rollback_confirm(_ended(), Preview(9, 1, 2, ()), later),
        "the question for passwords": password_form(_ended(), list(Side), "They are needed.", "rollback"),
        "Follow": follow_form(TASK, "That is not the login."),
        "the report": report_view(_ended(), Report((FAILURE,)), Bookmark(TASK)),
        "the audit": audit_view(AuditPage(Place("", "", ""), (line,), None, None, "")),
        "the settings": settings_view(Policy(), Room((), has_page=False, retention_days=60)),
        "everybody's migrations": everybody_view(
            Page(Wanted(), 0, 1, (Overseen(_migration(), PERSON, ()),)), {}, later
        ),
        "workers": workers_view(Working(
            (Role.CHECKS,), (ordered,), (Waiting(Queue.MIGRATIONS, 1, NOW.timestamp()),), (ordered,),
            (Failing("ex.example.org", Cause.TIMEOUT, 2),),
        ), later),
        "Forget": forget_dialog(_ended(), later),
        "Delete my data": delete_dialog(Scope([_ended()], [_migration()], [], 1, 0), later),
        "something to read": words("An example", "Some words."),
    }
    for name, view in windows.items():
        yield name, VIEW, view


def _sent(message: Message) -> Mapping[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}
