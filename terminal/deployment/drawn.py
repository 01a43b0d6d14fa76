"""Each message and window that OMM sends, with every button and field, drawn of an example that nobody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.admin import AuditPage, Place
from bot.audit.lines import Line
from bot.listeners.forget import dialog as forget_dialog
from bot.offers import Offers, read
from bot.overseeing import Failing, Overseen, Page, Working
from bot.overseeing import Line as Waiting
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.deletions import Scope
from bot.stored.drafts import Draft, DraftState, Fields, Waits
from bot.stored.lists import Totals, Wanted
from bot.stored.orders import Kind, Order, Queue
from bot.stored.policies import Hold, Policy, Who
from bot.stored.threads import Act, Pressed, Thread
from bot.user_groups import UserGroup
from bot.views import approval, consent
from bot.views.admin import everybody_view, workers_view
from bot.views.answers import did_you_mean, help_message, list_message, status_message
from bot.views.audit import audit_view
from bot.views.cards import card
from bot.views.dialogs import cancel_dialog, follow_form, password_form, rollback_confirm, rollback_counting, words
from bot.views.home import Home, Oversight, delete_dialog, home
from bot.views.message import Message, Shown
from bot.views.migrate_form import migration_form, started
from bot.views.report import A_PAGE, Bookmark, report_view
from bot.views.settings import Room, settings_view
from bot.where_typed import Ways
from bot.work.crews import Ordered
from bot.work.heartbeats import Role
from engine.errors import Cause, Side
from engine.migration.account import Access, parse_account
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.questions import Question
from engine.migration.record import Attention, Counts, Failure, LeftOff, Migration, State, Step
from engine.migration.request import Choice, MigrationRequest
from engine.store.reports import Report

VIEW, MESSAGE = "view", "message"       # arguments of blocks.validate
TASK, OTHER, PERSON, TEAM = "7K2F-9QXD", "0000-0000", "U0EXAMPLE1", "T0EXAMPLE1"
ADDRESS, URL, NEEDED = "ann@example.org", "https://omm.example.org/p/1", "They are needed."
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOLD = Hold(PERSON, NOW)
BOTH_WAYS, ON_PAGE = Ways(page=True), Ways(form=False, page=True)
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
    return _migration(State.COMPLETED, ended=NOW, task_id=OTHER, left_off=LeftOff())


def _messages() -> Iterator[Drawn]:
    for name, shown in _shown().items():
        yield f"the card ({name})", MESSAGE, _sent(card(shown))
        yield f"the status ({name})", MESSAGE, _sent(status_message(shown))
    yield "the help", MESSAGE, _sent(help_message(is_admin=True))
    yield "the list", MESSAGE, _sent(list_message([_migration(), _ended()], LATER))
    yield "an answer", MESSAGE, _sent(did_you_mean("statsu"))
    for subject in Subject:
        asked = Approval(subject, TASK, TEAM, PERSON, NOW, LATER)
        denied = replace(asked, decision=Decision.DENIED, decider=PERSON, decided=LATER)
        yield f"what a second person is asked ({subject})", MESSAGE, _sent(approval.request(asked))
        yield f"what came of that ({subject})", MESSAGE, _sent(approval.to_asker(denied))


def _shown() -> Mapping[str, Shown]:
    """Cards with every button that one can have."""
    thread, asked = Thread(TASK, TEAM, PERSON, ""), Pressed(LATER, PERSON, Act.ASK)
    why, emptied, taken_back = (
        Attention("An example.", cause, Side.DESTINATION)
        for cause in (Cause.SIGN_IN, Cause.NOTHING_FOUND, Cause.CONSENT)
    )
    tasks = {
        "running": _migration(), "stopped": _migration(State.NEEDS_ATTENTION, attention=why),
        "emptied": _migration(State.NEEDS_ATTENTION, attention=emptied), "ended": _ended(),
        "needs consent": _migration(State.NEEDS_ATTENTION, attention=taken_back),
    }
    return {name: Shown(task, thread, (), LATER) for name, task in tasks.items()} | {
        "waits for its source": Shown(
            _migration(State.WAITING, not_before=LATER, expected_end=LATER), thread, (), LATER
        ),
        "held up": Shown(_migration(State.WAITING), thread, (), LATER, hold=HOLD),
        "waits for a second person": Shown(_ended(), thread, (asked,), LATER),
    }


def _windows() -> Iterator[Drawn]:
    for name, view in (_forms() | _dialogs() | _of_admins()).items():
        yield name, VIEW, view


def _forms() -> dict[str, Mapping[str, Any]]:
    """The form, at each of its stations."""
    draft, offers = Draft(TASK, TEAM, PERSON, "", NOW, Fields()), read()
    ours = Fields(source_kind="exchange")
    asks = replace(draft, fields=ours, asked=tuple(Question(choice, 2) for choice in Choice))
    by_another = replace(ours, source_access=Access.IMPERSONATION, source_mailbox=ADDRESS,
                         destination_access=Access.FULL_ACCESS, destination_mailbox=ADDRESS)
    serving = replace(draft, fields=by_another, opens_others=True, asks_about=ADDRESS)
    waits = replace(draft, waits=Waits.START)
    return {
        "the form": migration_form(draft, offers, sends_email=True),
        "the form, with what it asks": migration_form(asks, offers),
        "the form, signing in": migration_form(replace(draft, state=DraftState.CHECKING), offers),
        "the form of a service account": migration_form(serving, offers, ways=BOTH_WAYS),
        "the form, while another admin is asked": migration_form(
            replace(serving, state=DraftState.APPROVAL), offers
        ),
        "the form, with a private page": migration_form(draft, offers, ways=BOTH_WAYS),
        "the form, waiting for the private page": migration_form(waits, offers, ways=ON_PAGE),
        "the form, with a link to the private page": migration_form(waits, offers, ways=ON_PAGE, url=URL),
        "what follows the form": started(_migration()),
    } | _gmail_forms(draft, offers)


def _gmail_forms(draft: Draft, offers: Offers) -> dict[str, Mapping[str, Any]]:
    """The form with Gmail in it."""
    asks, consents = replace(draft, fields=Fields(source_kind="google")), Ways(page=True, consent=True)
    granted = replace(asks, consented="user@gmail.com", kept=frozenset({Side.SOURCE}))
    return {
        "the form for Gmail": migration_form(asks, offers, ways=consents),
        "the form for Gmail, with a link": migration_form(asks, offers, ways=consents, way=consent.Way(URL)),
        "the form for Gmail, with a number": migration_form(
            asks, offers, ways=Ways(consent=True, number=True), way=consent.Way(URL)
        ),
        "the form for Gmail, authorised": migration_form(granted, offers, ways=consents),
        "the form for Gmail, with an app password": migration_form(asks, offers),
    }


def _dialogs() -> dict[str, Mapping[str, Any]]:
    """What opens over a card or the home tab."""
    preview, then = Preview(9, 1, 2, ()), "rollback"
    report = Report((FAILURE,) * (2 * A_PAGE + 1))
    return {
        "the home tab": home(Home([_migration(), _ended()], LATER)),
        "Cancel": cancel_dialog(_migration(), LATER),
        "Rollback, counting": rollback_counting(_ended()),
        "Rollback": rollback_confirm(_ended(), preview, LATER),
        "Rollback, with a second person": rollback_confirm(_ended(), preview, LATER, second_person=True),
        "the question for passwords": password_form(_ended(), list(Side), NEEDED, then, ways=BOTH_WAYS),
        "the question for passwords, on the page": password_form(_ended(), list(Side), NEEDED, then, ways=ON_PAGE),
        "the question for consent": consent.window(_migration(), "resume", URL),
        "the question for consent, with a number": consent.window(_migration(), "resume", URL, number=True),
        "Follow": follow_form(TASK, "That is not the login."),
        "the report": report_view(_ended(), report, Bookmark(TASK, page=1)),
        "Forget": forget_dialog(_ended(), LATER),
        "Delete my data": delete_dialog(Scope([_ended()], [_migration()], [], 1, 0), LATER),
        "something to read": words("An example", "Some words."),
    }


def _of_admins() -> dict[str, Mapping[str, Any]]:
    """What admins alone see."""
    line = Line("1-1", NOW, PERSON, "", "card", "started it", TASK, "done")
    orders = tuple(
        Ordered(Order(kind, (TASK,), {"task_id": TASK}, NOW.timestamp(), "1", TEAM), at_work=True, tries=2)
        for kind in Kind
    )
    here, page = Place(TASK), Page(Wanted(owner=PERSON), A_PAGE, 9 * A_PAGE, (Overseen(_migration(), PERSON, ()),))
    chosen = replace(Policy(), who=Who.CHOSEN, groups=("S0EXAMPLE1",), people=(PERSON,), audit_channel="C0EXAMPLE1")
    room = Room((UserGroup("S0EXAMPLE1", "an-example"),), has_page=True, retention_days=60)
    totals = Totals(1, 2, 3, 4)
    return {
        "an admin's home tab": home(Home([_ended()], LATER, oversight=Oversight(totals, LATER))),
        "an admin's home tab, paused": home(Home([_ended()], LATER, oversight=Oversight(totals, LATER, HOLD))),
        "the audit": audit_view(AuditPage(here, (line,), Place(TASK, after="1-1"), Place(TASK, before="1-1"), "")),
        "the settings": settings_view(Policy(), Room((), has_page=False, retention_days=60)),
        "the settings, chosen": settings_view(chosen, room),
        "everybody's migrations": everybody_view(page, {TASK: URL}, LATER),
        "everybody's migrations, paused": everybody_view(page, {}, LATER, HOLD),
        "workers": workers_view(Working(
            (Role.CHECKS,), orders, (Waiting(Queue.MIGRATIONS, 1, NOW.timestamp()),), orders,
            (Failing("ex.example.org", Cause.TIMEOUT, 2),),
        ), LATER),
    }


def _sent(message: Message) -> Mapping[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}
