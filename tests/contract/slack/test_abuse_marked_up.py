"""What others may write, as folders, subjects, logins, names and their servers' words: nothing of it is marked up.

Whatever a person reads, no mention, link, format, emoji or turned line in it is somebody else's.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import pytest

from bot import admin
from bot.approvals import approving
from bot.audit.auditing import began, came_of, refused
from bot.ids import Action, Block
from bot.notices.milestones import milestones
from bot.notices.third_party import email_of
from bot.stored.approvals import Subject
from bot.stored.audit_entries import What
from bot.stored.drafts import Draft
from bot.stored.policies import Policy
from bot.stored.threads import Thread
from emulators.slack.settings import SCOPES
from engine.errors import Cause, FatalError, Side, SignInError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Failure, Reason, State, Step
from engine.migration.report_table import table
from engine.migration.request import MigrationRequest
from engine.ports.facts import Facts
from engine.systems import System, Transport
from tests.servers.slack import hostile
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.marked_up import EVIL, MARK, TURNING, everything, pieces, wrong
from tests.servers.slack.workspace import ADMIN, CHANNEL, OWNER, TEAM
from tests.servers.slack.world import SlackWorld, slack_world

WHAT = {"items": 1, "kept": 0, "discard": False, "counting_on_it": [], "agrees": []}     # a rollback that is asked for


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    with slack_world(tmp_path_factory.mktemp("marked")) as world:
        world.slack.configure(rate_limits=False, scopes=(*SCOPES, "files:write"))
        yield world


def named(evil: str) -> MigrationRequest:
    """A move between accounts of that name; an account's name has no control characters."""
    plain = "".join(c for c in evil if c.isprintable())
    login, host = plain[:1000], plain[:250]
    return MigrationRequest(
        Account(System.IMAP, f"{login}@example.net", host, 993, Transport.TLS),
        Account(System.EXCHANGE, f"{login}@example.org", host, 443, Transport.TLS, "/EWS/Exchange.asmx"),
        (Content.MAIL,),
    )


def states(evil: str, world: SlackWorld) -> dict[str, dict[str, Any]]:
    """Records with that in each place where a server's words go."""
    now = world.services.clock()
    step = Step(Counts(found=9, copied=7, failed=1, left_out=1), now, now)
    return {
        "failed": {"state": State.FAILED, "started": now, "ended": now, "steps": {Content.MAIL: step},
                   "attention": Attention(f"The server said: {evil}", Cause.OTHER, Side.DESTINATION)},
        "stopped": {"state": State.NEEDS_ATTENTION, "started": now, "stage": evil,
                    "attention": Attention(f"It refused {evil}.", Cause.SIGN_IN, Side.SOURCE)},
    }


def hear(world: SlackWorld) -> None:
    """The notifier sends what there is, as if time passed between any two messages."""
    world.redis.delete("omm:pace", *world.redis.keys("omm:pace:*"))
    world.notifier.tick()


def test_what_others_write_is_shown_as_it_is(world: SlackWorld) -> None:
    """On cards, in their threads, in reports, windows, lists, the home tab and what is said to one person."""
    for evil in EVIL:
        tasks = {}
        for name, changes in states(evil, world).items():
            begun = world.begin(named(evil), channel=CHANNEL)
            tasks[name] = world.save(begun, **changes).task_id
            world.services.engine.store.report(begun.task_id, [
                Failure(Content.MAIL, evil, evil, evil),
                Failure(Content.INBOX_RULES, evil, evil, evil, Reason.LEFT_OUT),
            ])
            hear(world)
        for typed in (f"status {tasks['stopped']}", f"report {tasks['failed']}", f"resume {tasks['stopped']}"):
            world.slash(typed)
            assert wrong(world.slack.views("owner")) == []
    world.slash("list")
    world.slash(f"follow {tasks['failed']}", "admin")
    world.slack.open_home("owner")
    world.listeners.settle()
    world.notify()

    cards = json.dumps(world.slack.messages(CHANNEL))
    assert [name for name in ("channel", "here", "NAMED001", "evil.example", "boom", "img") if name not in cards] == []
    assert wrong(everything(world)) == []


def test_what_a_server_says_to_a_form_is_shown_as_it_is(world: SlackWorld) -> None:
    """In the form, and in the letter to who has closed it."""
    for evil in EVIL:
        world.sides.check_source = partial(refusing, evil)      # type: ignore[method-assign]  # another source
        world.open_form()
        world.send(**{Block.SOURCE_LOGIN: "".join(c for c in evil if c.isprintable())[:500]})
        world.work("check")
        assert wrong(world.slack.views("owner")) == []
        assert MARK in json.dumps(world.slack.views("owner"))
        world.submit()
        world.close()
        world.work("check")
    world.notify()

    assert wrong(everything(world)) == []


def refusing(evil: str, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
    raise SignInError(f"{account.host} refused {account.login}: {evil}")


def test_what_is_typed_or_pressed_is_not_repeated_as_mark_up(world: SlackWorld) -> None:
    """After a command, in a button's value, or as somebody's name in Slack."""
    enemy = Hostile(world)
    for evil in EVIL:
        for text in (evil, f"pause {evil}", f"follow {evil}", f"admin audit {evil}", f"admin {evil}", f"help {evil}"):
            assert MARK not in hostile.said(enemy.post(hostile.typed(ADMIN, text.replace("\n", " ")))), text
        for action in (Action.PAUSE, Action.REPORT, Action.CONTINUE, Action.APPROVE):
            enemy.post(hostile.clicked(ADMIN, action, evil))
    world.notify()

    assert wrong(everything(world)) == []


def test_the_audit_marks_nothing_up(world: SlackWorld) -> None:
    """Neither its window nor its channel: what others have written in it is no mention and no format."""
    world.services.policies.change(world.team, lambda _now: Policy(audit_channel=CHANNEL))
    enemy = Hostile(world)
    for evil in EVIL:
        task_id, said = world.begin(named(evil)).task_id, FatalError(f"The server said: {evil}", cause=Cause.OTHER)
        began(world.services, Draft(task_id, TEAM, OWNER, CHANNEL, world.services.clock()), named(evil))
        came_of(world.services, OWNER, What.ROLLBACK, task_id, refused(said))        # as a worker writes it down
        enemy.post(hostile.clicked(ADMIN, Action.PAUSE, evil))
    for _ in range(5):
        hear(world)
    world.slash("admin audit", "admin")
    windows = [world.view("admin")]
    while any(piece.get("action_id") == Action.AUDIT_OLDER for piece in pieces(windows[-1])):
        world.press(Action.AUDIT_OLDER, "admin", where=windows[-1]["id"])
        windows.append(world.view("admin"))

    assert json.dumps(windows).count(MARK) >= len(EVIL)
    assert wrong(windows) == []
    assert wrong(everything(world)) == []


def test_what_admins_see_is_shown_as_it_is(world: SlackWorld) -> None:
    """In the list of everybody's migrations, among servers that fail, at home, and where they are asked to approve."""
    now = world.services.clock()
    asker = world.services.people.look(OWNER)
    for evil in EVIL:
        request = named(evil)
        stopped = Attention(f"The server said: {evil}", Cause.UNREACHABLE, Side.SOURCE)
        world.save(world.begin(request), state=State.FAILED, started=now, ended=now, attention=stopped)
        step = Step(Counts(found=1, copied=1), now, now)
        task_id = world.begin(request).task_id
        world.save(world.record(task_id), state=State.COMPLETED, started=now, ended=now, steps={Content.MAIL: step})
        approving.ask(world.services, asker, Subject.ROLLBACK, task_id, WHAT)
    world.work("tell_approvers")
    for _ in range(2 * len(EVIL)):
        hear(world)
    seen = []
    for typed in ("admin", "admin workers"):
        world.slash(typed, "admin")
        seen.append(world.view("admin"))
    while any(piece.get("action_id") == Action.ALL_AT_OLDER for piece in pieces(seen[-1])):
        world.press(Action.ALL_AT_OLDER, "admin", where=seen[-1]["id"])
        seen.append(world.view("admin"))
    world.slack.open_home("admin")
    world.listeners.settle()

    assert MARK in json.dumps(seen)
    assert json.dumps(world.letters("admin")).count(MARK) >= len(EVIL)
    assert wrong([seen, everything(world)]) == []


def test_no_email_gets_another_header(world: SlackWorld) -> None:
    """What others have written stands in the text of an e-mail alone, also where a server's words are told."""
    for evil in EVIL:
        begun, stopped = world.begin(named(evil)), Attention(f"It is {evil}", Cause.OTHER, Side.SOURCE)
        migration = world.save(begun, state=State.FAILED, started=begun.created, attention=stopped)
        thread = Thread(migration.task_id, TEAM, OWNER, CHANNEL, owner_name=evil, workspace=evil)
        for notice in milestones(migration, ()):
            subject, text = email_of(migration, notice, thread)

            assert MARK not in subject
            assert MARK in text
            assert TURNING.search(text) is None


def test_no_cell_of_a_file_is_a_formula(world: SlackWorld) -> None:
    """Spreadsheets compute what begins with = + - @ or a tab: nothing that others have written begins so in a file."""
    formulas = (
        '=HYPERLINK("https://evil.example","qZ7")', "+1+qZ7", "-2+qZ7", "@SUM(qZ7)", "\t=qZ7", "\r=qZ7", "\n=qZ7",
        "\u200b=qZ7", "\uff1dqZ7", ' =qZ7', '"=qZ7', "';=qZ7", ",=qZ7", ";=qZ7", "qZ7\n=1", "|cmd /c qZ7",
    )
    for formula in formulas:
        request = named(formula.strip())
        task_id, said = world.begin(request).task_id, FatalError(formula, cause=Cause.OTHER)
        began(world.services, Draft(task_id, TEAM, OWNER, CHANNEL, world.services.clock()), request)
        came_of(world.services, OWNER, What.ROLLBACK, task_id, refused(said))
    failures = [Failure(Content.MAIL, formula, formula, formula) for formula in formulas]
    world.services.engine.store.report(task_id, failures)
    files = [
        admin.audit_file(world.services, world.services.people.look(ADMIN)),
        table(world.services.engine.store.reported(task_id)),
    ]

    for content in files:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert len({len(row) for row in rows}) == 1
        assert sum(MARK in cell for row in rows for cell in row) >= len(formulas)
        assert [cell for row in rows for cell in row if MARK in cell and cell.lstrip()[:1] in "=+-@\uff1d"] == []
