"""What can be pressed, sent and typed, a row each, and a world in which somebody has all of it before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.ids import Action, Block, View
from bot.listeners.admin import WORDS
from bot.listeners.commands import COMMANDS
from bot.stored.approvals import LASTS, Approval, Subject
from bot.stored.drafts import KEPT
from bot.stored.policies import Policy
from bot.stored.threads import Thread
from bot.views.answers import SUBCOMMANDS
from emulators.slack import Fault
from engine.errors import Cause, Side
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets
from engine.migration.record import Attention, Counts, LeftOff, State, Step
from engine.migration.request import MigrationRequest
from tests.servers.slack import hostile
from tests.servers.slack.hostile import Came, Hostile
from tests.servers.slack.workspace import CHANNEL, OWNER, TEAM
from tests.servers.slack.world import SOURCE_PASSWORD, TYPED, SlackWorld, slack_world
from tests.servers.world import ADDRESS

STRANGER, GUEST, GONE, APP, OTHER_TEAM = "U0STRANGE1", "U0GUEST001", "U00000GONE", "U00000ROBO", "T0PARTNER1"
# By who it is, the beginning of what they are told.
OUTSIDERS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "stranger": (STRANGER, "Only people of this workspace can use this."),
    "guest": (GUEST, "Guests cannot use this."),
    "deactivated": (GONE, "Only people can use this."),
    "app": (APP, "Only people can use this."),
    "unknown": ("U0NOBODY01", "Slack did not say who you are"),
})
NOT_THEIRS = ("Only ", "You have no migration", "There is no migration", "That was tried too often")
REQUEST = MigrationRequest(
    parse_account("imaps://claire%40example.net@imap.example.net"),
    parse_account(f"ews+https://{ADDRESS.replace('@', '%40')}@ex.example.org/EWS/Exchange.asmx"), (Content.MAIL,),
)


@dataclass(frozen=True)
class Owned:
    """What the owner has in the workspace: a task in each state that has buttons of its own, and a form.

    For `asked`, a rollback waits for a second person; `request` is the value of the buttons that decide it.
    """

    waiting: str
    paused: str
    stuck: str
    ended: str
    asked: str
    draft: str
    request: str


@dataclass(frozen=True)
class Row:
    """A click: `value` and `metadata` name what the owner has, as `{ended} 0 ALL`. `view` is the window, if any.

    `members`: full members may do it, to what is their own. `menu`: it is one.
    """

    value: str = ""
    view: View | None = None
    metadata: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    members: bool = False
    menu: bool = False

    @property
    def names(self) -> tuple[bool, bool]:
        """True: the value, and what is behind its window, names something of the owner's."""
        return (re.search(r"(?<!{){\w+}", self.value) is not None,
                re.search(r"(?<!{){\w+}", self.metadata) is not None)


REPORT = "{ended} 0 ALL"
PLACE = '{{"state": null, "owner": "", "host": "", "first": 0}}'
ACTIONS: Mapping[Action, Row] = MappingProxyType({
    Action.PAUSE: Row("{waiting}"),
    Action.RESUME: Row("{paused}"),
    Action.AUTHORISE: Row("{stuck}"),
    Action.COPY_AGAIN: Row("{stuck}"),
    Action.RETRY: Row("{ended}"),
    Action.CANCEL: Row("{waiting}"),
    Action.STOP: Row("{waiting}", View.CANCEL, "{waiting} mail"),
    Action.ROLLBACK: Row("{ended}"),
    Action.APPROVE: Row("{request}"),
    Action.DENY: Row("{request}"),
    Action.WITHDRAW: Row("{asked}"),
    Action.SWITCH_ON: Row("{ended}"),
    Action.REPORT: Row("{ended}"),
    Action.REPORT_PAGE: Row(REPORT, View.REPORT, REPORT),
    Action.REPORT_SHOWN: Row("ALL", View.REPORT, REPORT, menu=True),
    Action.REPORT_FILE: Row("{ended}", View.REPORT, REPORT),
    Action.AUDIT_NEWER: Row("- ", View.AUDIT, "- "),
    Action.AUDIT_OLDER: Row("- ", View.AUDIT, "- "),
    Action.AUDIT_FILE: Row("- ", View.AUDIT, "- "),
    Action.AUDIT: Row(),
    Action.SETTINGS: Row(),
    Action.ALL: Row(),
    Action.ALL_AT: Row(PLACE, View.ALL, PLACE),
    Action.ALL_AT_OLDER: Row(PLACE, View.ALL, PLACE),
    Action.ALL_CLEAR: Row(PLACE, View.ALL, PLACE),
    Action.WORKERS: Row(),
    Action.PAUSE_ALL: Row("", View.ALL, PLACE),
    Action.GO_ON: Row("", View.ALL, PLACE),
    Action.NEW: Row(members=True),
    Action.CONTINUE: Row("{draft}"),
    Action.DELETE: Row(members=True),
    Action.SOURCE_KIND: Row("pop3", View.FORM, "{draft}", TYPED, menu=True),
    Action.OFFER: Row("exchange", View.FORM, "{draft}", TYPED, menu=True),
    Action.SOURCE_ACCESS: Row("impersonation", View.FORM, "{draft}", TYPED, menu=True),
    Action.DESTINATION_ACCESS: Row("impersonation", View.FORM, "{draft}", TYPED, menu=True),
    Action.TAKE_BACK: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.CHECK_FIRST: Row("", View.FORM, "{draft}", TYPED),
    Action.AUTHORISE_FORM: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.AUTHORISE_OPEN: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.AUTHORISED: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.PAGE: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.PAGE_OPEN: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.PAGE_TYPED: Row("{draft}", View.FORM, "{draft}", TYPED),
    Action.PAGE_OF_TASK: Row("{paused}", View.PASSWORD, '{{"task": "{paused}", "then": "resume"}}'),
})
PASSWORDS = {f"{Block.SOURCE_PASSWORD}0": "one", f"{Block.DESTINATION_PASSWORD}0": "two"}
# Windows; those that are sent several ways have a row for each.
VIEWS: tuple[tuple[View, Row], ...] = (
    (View.FORM, Row(metadata="{draft}", values=TYPED)),
    (View.CANCEL, Row(metadata="{waiting} at once")),
    (View.ROLLBACK, Row(metadata='{{"task": "{ended}", "items": 8, "kept": 0}}')),
    (View.PASSWORD, Row(metadata='{{"task": "{paused}", "then": "resume"}}', values=PASSWORDS)),
    (View.PASSWORD, Row(metadata='{{"task": "{ended}", "then": "retry"}}', values=PASSWORDS)),
    (View.PASSWORD, Row(metadata='{{"task": "{ended}", "then": "rollback"}}', values=PASSWORDS)),
    (View.CONSENT, Row(metadata="{stuck} resume", values={Block.CONSENT_NUMBER: "1234 5678"})),
    (View.FOLLOW, Row(metadata="{waiting}", values={Block.LOGIN: "someone@example.net"})),
    (View.DELETE, Row(metadata='{{"at": 1, "stays": []}}', members=True)),
    (View.FORGET, Row(metadata="{ended} rollback")),
    (View.ALL, Row(metadata=PLACE)),
    (View.SETTINGS, Row(metadata=f"{Policy().digest} 0", values={f"{Block.SOURCE_HOSTS}0": "*.evil.example"})),
)
NOT_SENT = {View.REPORT, View.AUDIT, View.WORKERS, View.WORDS}       # nothing to send in them
TASK_WORDS = tuple(word for word, (example, _) in SUBCOMMANDS.items() if "7K2F-9QXD" in example)
ALONE = ("status", *COMMANDS)       # what can be typed without a task ID
ADMIN_WORDS = tuple(f"admin {word}".rstrip() for word in (*WORDS, "audit", "audit 7K2F-9QXD", "settings", "adit"))


@contextmanager
def abused(directory: Path) -> Iterator[Hostile]:
    """A world with people of every kind, and somebody who sends there what they like."""
    with slack_world(directory) as world:
        for key, change in (("gone", {"deleted": True}), ("robo", {"is_bot": True})):
            world.slack.add_user(key)
            world.slack.change_user(key, **change)
        world.slack.configure(rate_limits=False)
        # Slack draws no home tab for people of other workspaces.
        world.slack.add_fault(Fault(method="views.publish", action="error", error="user_not_found"))
        yield Hostile(world)


def given(world: SlackWorld, owner: str = OWNER, *, team: str = TEAM) -> Owned:
    """Somebody in that workspace gets all of that."""
    now = world.services.clock()
    done = {"steps": {Content.MAIL: Step(Counts(found=9, copied=8, failed=1), now, now)}, "left_off": LeftOff()}
    attention = Attention("Nothing is there.", Cause.NOTHING_FOUND, Side.DESTINATION)
    changes: tuple[dict[str, Any], ...] = (
        {}, {"state": State.PAUSED, "started": now},
        {"state": State.NEEDS_ATTENTION, "started": now, "attention": attention},
        {"state": State.COMPLETED, "started": now, "ended": now, **done},
        {"state": State.COMPLETED, "started": now, "ended": now, **done},
    )
    tasks = []
    for each in changes:
        migration = replace(world.services.engine.store.create(REQUEST), **each)
        keep_secrets(world.services.engine, migration.task_id, dict.fromkeys(Side, "a password"))
        world.services.threads.open(Thread(migration.task_id, team, owner, CHANNEL))
        tasks.append(world.save(migration).task_id)
    what = {"items": 8, "kept": 0, "discard": False, "counting_on_it": [], "agrees": []}
    request = Approval(Subject.ROLLBACK, tasks[-1], team, owner, now, now + LASTS, MappingProxyType(what))
    world.services.approvals.change(request.subject, request.about, lambda _now: request)
    draft = world.services.drafts.new(team=team, owner=owner, channel=CHANNEL)
    world.services.engine.vault.put(draft.id, Side.SOURCE, SOURCE_PASSWORD, expires=now + KEPT)
    return Owned(*tasks, draft.id, f"{request.key}:{request.edition}")


def on(row: Row, owned: Owned, name: View | None = None) -> dict[str, Any] | None:
    """The window that it stands in, or is."""
    callback = name or row.view
    return callback and hostile.view(callback, row.metadata.format_map(vars(owned)), row.values)


def click(action: Action, user: str, owned: Owned, team: str = TEAM) -> bytes:
    row = ACTIONS[action]
    return hostile.clicked(user, action, row.value.format_map(vars(owned)), on(row, owned), team=team, menu=row.menu)


def windows(user: str, owned: Owned, *, members: bool = True) -> dict[str, bytes]:
    """All that can be sent; without `members`, what full members may not send."""
    return {
        f"{name} {number}": hostile.submitted(user, on(row, owned, name) or {})
        for number, (name, row) in enumerate(VIEWS) if members or not row.members
    }


def commands(user: str, owned: Owned) -> dict[str, bytes]:
    """All that can be typed."""
    found = ["migrate", "list", *(f"{word} {owned.waiting}" for word in TASK_WORDS), *ADMIN_WORDS]
    return {text: hostile.typed(user, text) for text in [*found, *ALONE]}


def wrong(came: Came, user: str, told: tuple[str, ...]) -> list[str]:
    """What is amiss of a refusal."""
    found = [f"changed: {', '.join(came.changed)}"] if came.changed else []
    found += ["others see it"] if came.seen else []
    found += [] if came.told.startswith(told) else [f"told: {came.told!r}"]
    known = [user] if user != "U0NOBODY01" else []      # whom Slack does not know, nobody can name
    return found + ([] if came.refused == known and len(came.entries) == len(known) else [f"audit: {came.refused}"])


def amiss(enemy: Hostile, bodies: Mapping[str, bytes], user: str, *told: str) -> dict[str, list[str]]:
    """What is amiss, by the name of each body."""
    found = {name: wrong(came, user, told) for name, came in enemy.sends_all(user, bodies).items()}
    return {name: each for name, each in found.items() if each}
