"""The App Home: a person's own tasks, the way to a new one, and the end of their data. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from bot import ids
from bot.ids import COMMAND, Action
from bot.stored.deletions import Deletion, Progress, Scope
from bot.stored.lists import Totals
from bot.stored.policies import Hold
from bot.views import blocks
from bot.views.answers import NO_LINKS, entry
from bot.views.blocks import Piece
from bot.views.words import date, person
from engine.contents import movable
from engine.migration.content import Content
from engine.migration.record import Migration, Step
from engine.migration.states import UNDER_WAY
from engine.systems import System
from engine.words import listed, number

SHOWN = 20      # tasks, the newest
NAMED = 20      # tasks that stay
ABOUT_DATA = (
    "This button deletes what OMM has stored about you. It first shows you what that is. Nothing is deleted from any "
    "mailbox."
)
ABOUT = (
    "Move a mailbox to Exchange: its mail, with folders and dates, and what is read or flagged. {}For 48 hours after "
    "its end, a migration can be rolled back."
)
MOST_STAYING = 200      # IDs that private_metadata has room for: 3,000 characters


@dataclass(frozen=True, slots=True)
class Oversight:
    """What an admin sees of everybody's migrations, counted `at` that time (UTC). `hold`: they are paused."""

    totals: Totals
    at: datetime
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What a home tab shows. `tasks` are the newest of the person's own, and `older` how many there are beside them.

    `deletion` is what became of their data lately. `links` are the addresses of their cards, by task ID. `oversight` is
    None for all who are no admin.
    """

    tasks: Sequence[Migration]
    now: datetime
    deletion: Deletion | None = None
    links: Mapping[str, str] = field(default_factory=lambda: NO_LINKS)
    older: int = 0
    oversight: Oversight | None = None


def home(shown: Home) -> dict[str, Any]:
    """The home tab."""
    body = [
        *_oversight(shown),
        blocks.header("Your migrations"),
        blocks.section("about", ABOUT.format(_beside_mail())),
        blocks.actions("new", blocks.button(Action.NEW, "Migrate a mailbox", "new", style="primary")),
        blocks.divider("tasks"),
        *_listed(shown),
        blocks.divider("data"),
        *_deleted(shown.deletion),
        blocks.context("about_data", ABOUT_DATA),
        blocks.actions("delete", blocks.button(Action.DELETE, "Delete my data", "delete", style="danger")),
    ]
    return {"type": "home", "blocks": body}


def _beside_mail() -> str:
    """What else moves, where the old mailbox is on Exchange as well; "" where nothing does."""
    both = movable(System.EXCHANGE, System.EXCHANGE)
    more = [content.value for content in both if content is not Content.MAIL]
    return f"From another Exchange its {listed(more)} move, too. " if more else ""


def looks(shown: Home) -> str:
    """A digest of the home tab: two of the same digest need not be drawn anew.

    It leaves out how far each migration is, and how many there are of everybody's.
    """
    oversight = shown.oversight and Oversight(Totals(0, 0, 0, 0), datetime.fromtimestamp(0, UTC), shown.oversight.hold)
    return _digest(home(replace(shown, tasks=[_uncounted(task) for task in shown.tasks], oversight=oversight)))


def _oversight(shown: Home) -> list[Piece]:
    """The part of an admin: what everybody's migrations do, and what can be done about all of them."""
    if shown.oversight is None:
        return []
    of, hold = shown.oversight.totals, shown.oversight.hold
    counted = f"*{of.running:,}* running · *{of.waiting:,}* waiting · *{of.needs_attention:,}* " + (
        "needs attention" if of.needs_attention == 1 else "need attention"
    )
    held = [blocks.section("held_up", f":double_vertical_bar: {paused(hold)}")] if hold else []
    return [
        {**blocks.header("Everybody's migrations"), "block_id": "everybody"},
        *held,
        blocks.section("totals", f"{counted} · *{of.failed:,}* failed in the last 24 hours"),
        blocks.actions(
            "oversight",
            blocks.button(Action.ALL, "All migrations", "all"),
            blocks.button(Action.WORKERS, "Workers", "workers"),
            blocks.button(Action.SETTINGS, "Settings", "settings"),
            blocks.button(Action.AUDIT, "Audit", "audit"),
            go_on_button() if hold else pause_all_button(),
        ),
        blocks.context("as_of", f"Counted {date(shown.oversight.at)}. Open this tab again for newer numbers."),
        blocks.divider("oversight_end"),
    ]


def paused(hold: Hold) -> str:
    """Who has paused everybody's migrations, and when."""
    since = f" {date(hold.at)}" if hold.at else ""
    return f"Everybody's migrations were paused by {person(hold.by)}{since}. Rollbacks and cancels go on."


def pause_all_button() -> Piece:
    """Asks once more, as it stops everybody."""
    asked = blocks.confirmation(
        "Pause everybody's migrations?",
        "What runs stops when what is under way has arrived; what is new stays in line. Rollbacks and cancels go on.",
        "Pause all", "Close",
    )
    return blocks.button(Action.PAUSE_ALL, "Pause all", "pause_all", style="danger", confirm=asked)


def go_on_button() -> Piece:
    """Lets them go on."""
    return blocks.button(Action.GO_ON, "Go on", "go_on", style="primary")


def looks_in_it(task: Migration, now: datetime) -> str:
    """The same of one of its migrations, without the link to its card."""
    return _digest(entry(_uncounted(task), now))


def _uncounted(task: Migration) -> Migration:
    """As if nothing were counted yet, while that changes all the time."""
    if task.state not in UNDER_WAY:
        return task
    return replace(task, steps=MappingProxyType({content: Step() for content in task.steps}))


def _digest(*shown: object) -> str:
    return sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]


def not_for_you(why: str) -> dict[str, Any]:
    """The home tab of somebody who may not use the app; `why` is in our own words."""
    return {"type": "home", "blocks": [blocks.section("why", why)]}


def _listed(shown: Home) -> list[Piece]:
    if not shown.tasks:
        return [blocks.section("none", f"Nothing so far. Press the button, or type `{COMMAND} migrate`.")]
    tasks = [entry(task, shown.now, shown.links.get(task.task_id, "")) for task in shown.tasks]
    more = [blocks.context("more", f"And {number(shown.older, 'older migration')}.")] if shown.older else []
    return [*tasks, *more]


def _deleted(deletion: Deletion | None) -> list[Piece]:
    """What became of the last deletion."""
    if deletion is None:
        return []
    return [blocks.section("deletion", f"{_became(deletion)}{_left(deletion)}")]


def _became(deletion: Deletion) -> str:
    if deletion.progress is Progress.ASKED:
        return ":hourglass_flowing_sand: Your data is being deleted. The result will appear here."
    if deletion.progress is Progress.FAILED:
        return (":warning: OMM could not delete all of your data because of an error of its own. Please tell OMM's "
                "administrator. The details are in its log.")
    stored = f"what OMM had stored about {number(deletion.gone, 'migration')}, and " if deletion.gone else ""
    return f":white_check_mark: Deleted: {stored}forms that you had not sent."


def _left(deletion: Deletion) -> str:
    if not deletion.left:
        return ""
    return f" Not deleted: {_named(deletion.left)}. Press the button again when a migration has ended."


def _named(task_ids: Sequence[str]) -> str:
    more = len(task_ids) - NAMED
    return listed([f"*{task_id}*" for task_id in task_ids[:NAMED]] + ([f"{more:,} more"] if more > 0 else []))


# The dialog before it


def delete_dialog(found: Scope, now: datetime) -> dict[str, Any]:
    """What goes and what stays (private_metadata: `deleting.agreed` reads it)."""
    body = [blocks.section(f"paragraph_{place}", text) for place, text in enumerate(_paragraphs(found))]
    stays = [task.task_id for task in found.stays[:MOST_STAYING]]
    return {
        "type": "modal", "callback_id": ids.View.DELETE.value, "title": blocks.plain("Delete my data?", 24),
        "private_metadata": json.dumps({"at": now.timestamp(), "stays": stays}),
        "submit": blocks.plain("Delete", 24), "close": blocks.plain("Close", 24), "blocks": body,
    }


def _paragraphs(found: Scope) -> list[str]:
    told = ["This deletes saved passwords and forms that you have not sent, and gives access to Google accounts back."]
    if found.goes:
        told.append(f"It deletes what OMM has stored about *{number(len(found.goes), 'migration')}* of yours: "
                    "accounts, counts and reports.")
    if found.ways_back:
        told.append(f":warning: *{number(found.ways_back, 'migration')}* can still be rolled back now, but not after "
                    "this.")
    if found.unfinished:
        told.append(f":warning: *{number(found.unfinished, 'migration')}* that stopped half-way can still be resumed "
                    "now, but not after this.")
    if found.stays:
        named = _named([task.task_id for task in found.stays])
        told.append(f"Still under way, so not deleted: {named}.")
    if found.unread:
        told.append(f"Written by a newer release of OMM, so not deleted: {_named(found.unread)}.")
    told.append("What was copied stays in the mailboxes. Messages and cards in Slack stay; their buttons do nothing "
                "any more. OMM's audit keeps who did what and when, by Slack ID and task ID, and the counts. It names "
                "no login and no server.")
    return told
