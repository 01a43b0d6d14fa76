"""What an admin sees of everybody: their migrations page by page; the workers, the queues, servers that fail."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot import ids
from bot.addresses import named_host
from bot.drawn import NotDrawnError, drawn
from bot.ids import VALUE, Action, Block
from bot.overseeing import Failing, Line, Overseen, Page, Working
from bot.stored.lists import Wanted
from bot.stored.orders import Kind, Queue
from bot.stored.policies import Hold
from bot.stored.threads import OPERATOR
from bot.views import blocks
from bot.views.blocks import Piece, bold, words
from bot.views.cards import lines
from bot.views.home import go_on_button, pause_all_button, paused
from bot.views.modals import View, field, modal
from bot.views.values import Values
from bot.views.words import STANDINGS, WHY
from bot.work.crews import Ordered
from bot.work.heartbeats import WITHOUT, Role
from engine.migration.record import Migration, State
from engine.words import duration, number

ANY = "any"
NOTHING = "No migration is like that."
LONGEST_HOST = 253      # characters
FURTHEST = 10_000_000   # place in the list
NAMED = 15              # orders, and servers
ROLES = {
    Role.MIGRATIONS: "Migrations and rollbacks", Role.CHECKS: "Sign-ins and counts", Role.NOTICES: "Cards and messages"
}
QUEUES = {
    Queue.MIGRATIONS: "Migrations", Queue.ROLLBACKS: "Rollbacks", Queue.CHECKS: "Sign-ins of forms",
    Queue.COUNTS: "Counts, and data to be deleted",
}
ORDERED = {
    Kind.CHECK: "sign in for the form", Kind.LOOK: "look ahead for the form", Kind.MIGRATE: "migrate",
    Kind.COUNT: "count for a rollback of", Kind.ROLL_BACK: "roll back", Kind.SWITCH_ON: "switch the reply on of",
    Kind.DELETE: "delete the data of", Kind.FORGET: "forget",
    Kind.PAGE_USED: "go on with the passwords that were typed on the private page, for",
    Kind.CONSENT: "exchange what came back from Google, for",
    Kind.TELL_APPROVERS: "ask for the approval of",
}


# Everybody's migrations


def everybody_view(page: Page, links: Mapping[str, str], now: datetime, hold: Hold | None = None) -> View:
    """A page of them (private_metadata: its place). `links` are the addresses of cards, by task ID."""
    body = [
        *([blocks.section("held_up", f":double_vertical_bar: {paused(hold)}")] if hold else []),
        *_filters(page.wanted),
        blocks.actions("ways", *_ways(page, hold)),
        blocks.context("count", _counted(page)),
        *(_entry(one, links.get(one.migration.task_id, ""), now) for one in page.found),
        *([] if page.found else [blocks.section("none", NOTHING)]),
    ]
    return modal("All migrations", body, ids.View.ALL, place(page.wanted, page.first), submit="Show")


def place(wanted: Wanted, first: int) -> str:
    """A place in the list as buttons and views keep it; `placed` reads it."""
    return json.dumps({**asdict(wanted), "first": first})


@drawn(admins=True)
def placed(kept: str) -> tuple[Wanted, int]:
    """What `place` wrote. Raises NotDrawnError for anything else."""
    held = json.loads(kept)
    state, first = held["state"], int(held["first"])
    wanted = Wanted(None if state is None else State(state), _person(held["owner"]), str(held["host"]))
    return wanted, min(max(0, first), FURTHEST)


def _person(user: object) -> str:
    """An ID of Slack, or ''. Raises ValueError for anything else."""
    if isinstance(user, str) and re.fullmatch(r"([UW][A-Z0-9]{2,30})?", user, re.ASCII):
        return user
    raise ValueError("no ID of Slack")


def wanted(values: Values) -> Wanted:
    """What the form asks for. Raises NotDrawnError for what it does not offer."""
    held: dict[str, Mapping[str, Any]] = {}
    for block_id, fields in values.items():
        held.update({name: fields[VALUE] for name in _FIELDS if block_id.startswith(name) and VALUE in fields})
    chosen = str((held.get(Block.ALL_STATE, {}).get("selected_option") or {}).get("value") or ANY)
    host = str(held.get(Block.ALL_HOST, {}).get("value") or "").strip().casefold()[:LONGEST_HOST]
    host = named_host(host) or host     # as the form that starts a migration reads it
    try:
        owner = _person(held.get(Block.ALL_OWNER, {}).get("selected_user") or "")
        return Wanted(None if chosen == ANY else State(chosen), owner, host)
    except ValueError as error:
        raise NotDrawnError(admins=True) from error


_FIELDS = (Block.ALL_STATE, Block.ALL_OWNER, Block.ALL_HOST)


def _filters(of: Wanted) -> list[Piece]:
    """Three fields. What is asked for is in their names, so that other questions make new fields."""
    edition = sha256(place(of, 0).encode()).hexdigest()[:8]
    states = [blocks.option(ANY, "Any state"), *(blocks.option(state.value, STANDINGS[state].word) for state in State)]
    value = ANY if of.state is None else of.state.value
    state: Piece = {
        "type": "static_select", "action_id": VALUE, "options": states,
        "initial_option": next(option for option in states if option["value"] == value),
    }
    owner: Piece = {"type": "users_select", "action_id": VALUE, "placeholder": blocks.plain("Anybody", 150)}
    host: Piece = {
        "type": "plain_text_input", "action_id": VALUE, "max_length": LONGEST_HOST,
        "placeholder": blocks.plain("imap.example.org", 150),
    }
    return [
        field(f"{Block.ALL_STATE}{edition}", "State", state, optional=True),
        field(
            f"{Block.ALL_OWNER}{edition}", "Owner", owner | ({"initial_user": of.owner} if of.owner else {}),
            optional=True,
        ),
        field(
            f"{Block.ALL_HOST}{edition}", "Server", host | ({"initial_value": of.host} if of.host else {}),
            hint="The old or the new one, as it stands on the card.", optional=True,
        ),
    ]


def _ways(page: Page, hold: Hold | None) -> list[Piece]:
    turns = [(Action.ALL_AT, "Newer", page.newer), (Action.ALL_AT_OLDER, "Older", page.older)]
    pages = [blocks.button(action, label, place(page.wanted, at)) for action, label, at in turns if at is not None]
    clear = [] if page.wanted == Wanted() else [blocks.button(Action.ALL_CLEAR, "Show all", place(Wanted(), 0))]
    held = go_on_button() if hold else pause_all_button()
    return [*pages, *clear, blocks.button(Action.WORKERS, "Workers", "workers"), held]


def _counted(page: Page) -> str:
    last = min(page.first + len(page.found), page.count)
    shown = f", newest first: {page.first + 1:,} to {last:,}" if page.found else ""
    return f"{number(page.count, 'migration')}{shown}"


def _entry(one: Overseen, link: str, now: datetime) -> Piece:
    """One migration in two lines, without a login. What others have written is shown as it is."""
    task, request = one.migration, one.migration.request
    stands = lines(task, now)[0]
    who = blocks.mention(one.owner) if one.owner != OPERATOR else words("at the terminal")
    hosts = f"{blocks.cleaned(request.source.host, 60)} → {blocks.cleaned(request.destination.host, 60)}"
    opens = [words("   "), blocks.link(link, "Open the card")] if link else []
    told = words(f"{hosts}   {_items(task)}{_how_long(task, now)}")
    return blocks.rich(f"task_{task.task_id}", [*stands, words("   "), who], [told, *opens])


def _items(task: Migration) -> str:
    """How many items of how many, in all contents."""
    counts = [step.counts for step in task.steps.values()]
    found, settled, failed = (
        sum(each) for each in ((c.found for c in counts), (c.settled for c in counts), (c.failed for c in counts))
    )
    if not found:
        return ""
    return f"{settled:,} of {found:,} items{f', {failed:,} failed' if failed else ''}   "


def _how_long(task: Migration, now: datetime) -> str:
    if task.started is None:
        return f"made {_ago(task.created, now)} ago"
    return f"{'took' if task.ended else 'for'} {_ago(task.started, task.ended or now)}"


def _ago(since: datetime, now: datetime) -> str:
    return duration(max(0.0, (now - since).total_seconds()))


# Workers


def workers_view(working: Working, now: datetime) -> View:
    """Who works on what, what waits, what is tried again and again, and which servers fail."""
    body = [
        blocks.section("roles", "\n".join(_role(role, working) for role in Role)),
        *_titled("at_work", "At work now", [_at_work(one, now) for one in working.at_work]),
        blocks.section("queues", "*Waiting*\n" + "\n".join(_line(line, now) for line in working.lines)),
        *_titled("troubled", "Tried again and again", [_troubled(one) for one in working.troubled]),
        *_titled("failing", "Servers that stopped migrations in the last 24 hours", [
            _failing(one) for one in working.failing
        ]),
    ]
    return modal("Workers", body, ids.View.WORKERS)


def _role(role: Role, working: Working) -> str:
    if role in working.absent:
        return f":warning: *{ROLES[role]}*   {WITHOUT[role]}"
    return f":white_check_mark: *{ROLES[role]}*   running"


def _titled(block_id: str, title: str, found: list[list[Piece]]) -> list[Piece]:
    """A list with its title; nothing where there is nothing."""
    if not found:
        return []
    more = len(found) - NAMED
    rest = [[words(f"and {more:,} more")]] if more > 0 else []
    return [blocks.rich(block_id, [bold(title)], *found[:NAMED], *rest)]


def _at_work(one: Ordered, now: datetime) -> list[Piece]:
    since = datetime.fromtimestamp(one.order.since, UTC)
    return [*_named(one), words(f"   ordered {_ago(since, now)} ago")]


def _named(one: Ordered) -> list[Piece]:
    """What is ordered, and of which task, form or person."""
    about = one.order.about[0]
    named = blocks.mention(about) if one.order.kind is Kind.DELETE else words(blocks.cleaned(about, 30))
    return [words(f"{ORDERED[one.order.kind]} "), named]


def _line(line: Line, now: datetime) -> str:
    if not line.waiting:
        return f"{QUEUES[line.queue]}   nothing"
    oldest = datetime.fromtimestamp(line.oldest, UTC)
    return f"{QUEUES[line.queue]}   *{line.waiting:,}*, the oldest for {_ago(oldest, now)}"


def _troubled(one: Ordered) -> list[Piece]:
    return [*_named(one), words(f"   failed {number(one.tries, 'time')}")]


def _failing(one: Failing) -> list[Piece]:
    why = WHY[one.cause].format(side="")
    return [bold(blocks.cleaned(one.host, 100)), words(f"   {number(one.migrations, 'migration')}: {why}")]
