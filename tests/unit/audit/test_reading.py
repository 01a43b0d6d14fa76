"""Reading the audit: who may, what stays readable, page by page, as a table, and what is cut off."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from redis.exceptions import ResponseError

import wiring
from bot import admin, steering
from bot.admin import Place, audit_file, place, read_audit
from bot.audit import auditing
from bot.audit.auditing import came_of
from bot.audit.lines import GONE, UNREAD, WORDS
from bot.buttons import ButtonGoneError
from bot.drawn import NOT_OURS
from bot.ids import Action
from bot.people import Person
from bot.permissions import ADMINS_ONLY, OUTSIDER, NotAllowedError
from bot.services import Services, Trail, Try
from bot.stored.audit import Audit
from bot.stored.audit_entries import Entry, Result, Surface, What
from bot.stored.drafts import Draft
from bot.stored.threads import Thread
from bot.views.audit import audit_view
from engine.errors import Cause, FatalError, InputError, Side
from engine.migration.record import State
from engine.migration.steering import forget
from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from engine.store.task_keys import TaskKeys
from tests.servers.slack.signed_world import services_on, words
from tests.servers.slack.workspace import TEAM
from tests.unit.bot.records import active, complaints
from tests.unit.life.world import NOW, REQUEST, Life
from tests.unit.listeners.door import WebDoor, pressed, view

ANN = Person("U0ANN00001", TEAM, (TEAM,))
ADMIN = Person("U0ADMIN001", TEAM, (TEAM,), is_admin=True)
ELSEWHERE = "T0ELSEWHER"
BOSS = Person("U0BOSS0001", ELSEWHERE, (ELSEWHERE,), is_admin=True)
NAMES = ("old on", "imap.example.net", "new on", "ex.example.org")


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


@pytest.fixture
def services(life: Life) -> Services:
    return services_on(wiring.Doors(life.engine, life.redis, ""))


def begun(life: Life, services: Services, **changes: Any) -> str:
    """A migration that Ann has started in Slack, and whose start is written down; its ID."""
    task_id = life.put(State.RUNNING, started=NOW, **changes)
    services.threads.open(Thread(task_id, services.team, ANN.id, ""))
    request = life.record(task_id).request
    auditing.began(services, Draft(task_id, services.team, ANN.id, "", NOW), request)
    return task_id


def kept(life: Life) -> str:
    """All entries of all workspaces as they are stored."""
    return "".join(str(life.redis.xrange(key)) for key in life.redis.keys("omm:audit:*") if b"tasks" not in key)


def fill(life: Life, count: int, task_id: str = "7K2F-9QXD") -> None:
    """So many entries about one task, a second apart."""
    pipeline = life.redis.pipeline(transaction=False)
    for number in range(count):
        at = (NOW + timedelta(seconds=number)).isoformat()
        line = json.dumps({"v": 2, "at": at, "who": f"U0NUMBER{number}", "what": "pause", "task": task_id})
        pipeline.xadd(f"omm:audit:{TEAM}", {"line": line}, id=f"{number + 1}-0")
        pipeline.zadd(f"omm:audit:{TEAM}:tasks", {f"{task_id}:{number + 1:015}-0000000000": 0})
    pipeline.execute()


# What stays readable


def test_what_names_an_account_goes_with_the_tasks_data(life: Life, services: Services) -> None:
    """Admins read both mailboxes until then. The entries stay, and nothing opens what was sealed."""
    task_id = begun(life, services)
    refused = FatalError("imap.example.net refuses old on Monday.", cause=Cause.SIGN_IN, side=Side.SOURCE)
    came_of(services, ANN.id, What.ROLLBACK, task_id, auditing.refused(refused))
    steering.stop(services, ANN, task_id)
    before = read_audit(services, ADMIN).lines

    forget(life.engine, task_id, by=ANN.id)

    after = read_audit(services, ADMIN, task_id).lines
    assert [(line.source, line.destination) for line in before if line.source] == [
        ("old on imap.example.net", "new on ex.example.org")
    ]
    assert [line.whole for line in before if line.result == Result.FAILED] == [f"source: login or password; {refused}"]
    assert [line.what for line in after[1:]] == [line.what for line in before]
    assert [line.whole for line in after] == [
        after[0].whole, "", f"source: login or password; {GONE}", GONE
    ]
    assert not [name for name in NAMES if name in f"{after} {kept(life)}"]
    assert not life.redis.hgetall(f"omm:task:{task_id}")
    assert life.redis.get("omm:secrets:rewrite-due") is None


def test_the_key_is_gone_before_the_file_on_disk_is_written_anew(life: Life, services: Services) -> None:
    """That is when passwords are dropped: what is written then is the last that the disk has of the task."""
    task_id, vault = begun(life, services), life.engine.vault
    kept_then: list[int] = []
    drop = vault.drop

    def dropping(*what: Any) -> None:
        kept_then.append(len(life.engine.store.task_keys.of([task_id])))
        drop(*what)

    steering.stop(services, ANN, task_id)
    vault.drop = dropping       # type: ignore[method-assign]  # as the real one, and it looks first
    forget(life.engine, task_id, by=ANN.id)

    assert kept_then == [0]


def test_no_name_is_in_clear_text_while_the_task_is_there(life: Life, services: Services) -> None:
    """Whoever reads the store without its key learns no login and no host from the audit."""
    task_id = begun(life, services)
    steering.pause(services, ANN, task_id)

    assert task_id in kept(life)
    assert not [name for name in NAMES if name in kept(life)]


def test_with_another_key_the_rest_of_an_entry_is_read(life: Life, services: Services, tmp_path: Path) -> None:
    """OMM_SECRET_KEYS was lost: who started what is there, the mailboxes are not."""
    begun(life, services)
    tmp_path.joinpath("other").mkdir()
    other = Life(life.server, tmp_path)
    other.engine = replace(other.engine, store=other_store(other, tmp_path / "other"))

    (line,) = read_audit(services_on(wiring.Doors(other.engine, other.redis, "")), ADMIN).lines

    assert (line.user, line.what, line.why, line.source) == (ANN.id, "started it", GONE, "")


def other_store(life: Life, directory: Path) -> Any:
    from engine.store.keys import secret_keys
    from engine.store.store import Store

    return Store(life.redis, keys=secret_keys({}, directory), clock=life.clock)


# Who may read it


@pytest.mark.parametrize("read", [read_audit, audit_file])
@pytest.mark.parametrize(("person", "told"), [
    (ANN, ADMINS_ONLY), (BOSS, OUTSIDER), (replace(ADMIN, is_guest=True), "Guests"),
    (replace(ADMIN, deleted=True), "Only people"),
])
def test_only_admins_of_the_workspace_read_it(
    life: Life, services: Services, read: Any, person: Person, told: str
) -> None:
    """Whoever else tries is in it."""
    task_id = begun(life, services)

    with pytest.raises(NotAllowedError, match=told):
        read(services, person, task_id)

    line = read_audit(services, ADMIN).lines[0]
    assert (line.user, line.result, line.task) == (person.id, Result.REFUSED, task_id)


def test_nobody_reads_what_was_done_in_another_workspace(life: Life, services: Services) -> None:
    """Not by its task ID, not by the place of an entry, not in the file; even what they tried there names nothing."""
    task_id = begun(life, services)
    elsewhere = services_on(wiring.Doors(life.engine, life.redis, ""), team=ELSEWHERE)
    first = read_audit(services, ADMIN).lines[0]
    with pytest.raises(NotAllowedError):
        steering.pause(elsewhere, BOSS, task_id)

    seen = [
        *read_audit(elsewhere, BOSS).lines, *read_audit(elsewhere, BOSS, task_id).lines,
        *read_audit(elsewhere, BOSS, task_id, after=first.id).lines, *read_audit(elsewhere, BOSS, before="9-9").lines,
    ]

    assert {(line.user, line.what, line.why) for line in seen} == {(BOSS.id, "refused: pause", OUTSIDER)}
    assert not [name for name in (*NAMES, ANN.id) if name.encode() in audit_file(elsewhere, BOSS, task_id)]


@pytest.mark.parametrize("kept_place", [
    "", "-", "- <", "- <1", "- >1-1 ", "T0ELSEWHER <1-1", "7K2F-9QXD <+", "- <-", "7K2F-9QXD:x <1-1", "- <1-١",
    "- <1-1\n", "omm:audit:T <1-1", "* <1-1", f"- <{'9' * 40}-1",
])
def test_a_forged_place_leads_nowhere(kept_place: str) -> None:
    """A button's value is what we wrote, or it is refused."""
    with pytest.raises(InputError, match=NOT_OURS):
        place(kept_place)


def test_a_forged_button_shows_no_page(life: Life) -> None:
    """Whoever sends it is told that the audit is not for them, as with any other button of it."""
    door = WebDoor(life)

    door.deliver({**pressed(Action.AUDIT_OLDER, "T0OTHER <9-9", ADMIN.id), "view": view("omm_audit", "- ", {})})

    assert [words(told["blocks"]) for told in door.told()] == [ADMINS_ONLY]


@pytest.mark.parametrize("at", [Place(), Place("7K2F-9QXD"), Place(before="12-0"), Place("7K2F-9QXD", after="12-34")])
def test_a_place_comes_back_as_it_was(at: Place) -> None:
    """Over Slack and back."""
    assert place(str(at)) == at


# Page by page


@pytest.fixture
def many() -> int:
    """Entries; tests/load has ten thousand."""
    return 1000


def turned(life: Life, services: Services, at: Place | None, way: str, pages: int) -> tuple[list[str], set[int]]:
    """Who acted, on so many pages on that way from a place; the commands that each page took."""
    users: list[str] = []
    commands: set[int] = set()
    while at is not None and pages:
        life.redis.commands, pages = 0, pages - 1
        page = read_audit(services, ADMIN, at.task_id, before=at.before, after=at.after)
        commands.add(life.redis.commands)
        users += [line.user for line in page.lines]
        at = page.older if way == "older" else page.newer
    return users, commands


@pytest.mark.parametrize("task_id", ["", "7K2F-9QXD"])
def test_many_entries_turn_page_by_page(life: Life, services: Services, task_id: str, many: int) -> None:
    """Each entry once, and a page costs the same few commands wherever it is; there is a way back, too."""
    fill(life, many)
    newest_first = [f"U0NUMBER{number}" for number in reversed(range(many))]

    back, commands = turned(life, services, Place(task_id), "older", many)
    forth, _ = turned(life, services, Place(task_id, after="1-0"), "newer", 2)

    assert back == newest_first
    assert max(commands) < 10
    assert forth == [*newest_first[-21:-1], *newest_first[-41:-21]]


def test_each_act_has_words_of_its_own() -> None:
    """For people: none is shown as it is stored, and no two read alike."""
    assert set(WORDS) == set(What) - {What.STATE, What.FORGOTTEN}
    assert len(set(WORDS.values())) == len(WORDS)


def test_another_task_is_not_on_the_page_of_one(life: Life, services: Services) -> None:
    """Not even one whose ID begins alike."""
    audit = services.trail.audit
    for task_id in ("7K2F-9QXC", "7K2F-9QXD", "7K2F-9QXE", ""):
        audit.append(TEAM, Entry(NOW, ANN.id, What.PAUSE, task_id))

    assert [line.task for line in read_audit(services, ADMIN, "7K2F-9QXD").lines] == ["7K2F-9QXD"]
    assert len(read_audit(services, ADMIN).lines) == 4


def test_an_entry_of_another_release_has_its_place(life: Life, services: Services) -> None:
    """A later one is said to be there; what an earlier one wrote of a task that was forgotten is read."""
    earlier = {
        "v": 1, "task": "7K2F-9QXD", "state": "completed", "created": NOW.isoformat(), "started": None, "ended": None,
        "rolled_back": None, "forgotten": NOW.isoformat(), "counts": {"mail": {"found": 4, "copied": 3, "failed": 1}},
        "rollback": None, "user": ANN.id, "why": "asked", "by": ADMIN.id,
    }
    for line in (json.dumps(earlier), json.dumps({"v": 3, "new": True}), "no JSON"):
        life.redis.xadd(f"omm:audit:{TEAM}", {"line": line})

    broken, later, gone = read_audit(services, ADMIN).lines

    assert (broken.what, later.what) == (UNREAD, UNREAD)
    assert (gone.user, gone.task, gone.what) == (ADMIN.id, "7K2F-9QXD", "deleted its data; it was completed")
    assert "mail: 4 found, 3 copied, 1 failed" in gone.whole


# Words of strangers


def strange(life: Life, services: Services) -> str:
    """A migration whose logins are written by somebody who wants them to do something; its ID."""
    source = replace(REQUEST.source, login='=HYPERLINK("http://x")\n<!channel> *b*;@SUM(1)')
    return begun(life, services, request=replace(REQUEST, source=source))


def test_a_spreadsheet_takes_nothing_for_a_formula(life: Life, services: Services) -> None:
    """Every cell is text on one line, and the file says in which zone its times are."""
    task_id = strange(life, services)

    rows = list(csv.reader(io.StringIO(audit_file(services, ADMIN, task_id).decode("utf-8-sig"), newline="")))

    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@")) or "\n" in cell]
    assert rows[0][0] == "Time (UTC)"
    assert rows[1][:4] == ["2026-11-28 08:00:00", TEAM, ANN.id, "form"]
    assert ";'@SUM(1)" in rows[1][8]


def test_names_are_no_markup_in_slack(life: Life, services: Services) -> None:
    """They are shown as they are written, on one line."""
    strange(life, services)

    drawn = audit_view(read_audit(services, ADMIN))

    assert complaints(drawn, "modal") == []
    assert not [text for text in active(drawn) if "channel" in text]
    assert '=HYPERLINK("http://x") <!channel> *b*' in words(drawn["blocks"])


def test_a_full_page_is_taken_by_slack(life: Life, services: Services) -> None:
    """With both neighbours, and a note above."""
    fill(life, 100)
    page = read_audit(services, ADMIN, before="50-0")

    drawn = audit_view(page, ":white_check_mark: Sent.")

    assert complaints(drawn, "modal") == []
    assert words(drawn["blocks"]).count("paused it") == admin.A_PAGE
    buttons = next(block["elements"] for block in drawn["blocks"] if block["type"] == "actions")
    assert [button["text"]["text"] for button in buttons][:2] == ["Newer", "Older"]


# The old end


def test_what_is_too_old_is_cut_off_and_said(life: Life, services: Services) -> None:
    """By the times of the entries, whatever the server's clock says; a task's page loses them as well."""
    fill(life, 1_200)

    gone = services.trail.audit.cut_off(NOW + timedelta(seconds=1_150))

    page = read_audit(services, ADMIN, "7K2F-9QXD")
    assert gone == 1_150
    assert life.redis.xlen(f"omm:audit:{TEAM}") == life.redis.zcard(f"omm:audit:{TEAM}:tasks") == 50
    assert page.missing == "Older entries are gone (1,150, the last of 28 November 2026)."
    assert page.missing in words(audit_view(page)["blocks"])
    assert page.missing.encode() in audit_file(services, ADMIN).replace(b'"', b"")


def test_no_more_than_the_most_is_kept(life: Life, services: Services) -> None:
    """The newest stay; cut off once more, nothing goes."""
    fill(life, 700)
    audit = services.trail.audit

    assert [audit.cut_off(NOW, most=90), audit.cut_off(NOW, most=90)] == [610, 0]
    assert read_audit(services, ADMIN).lines[0].user == "U0NUMBER699"
    assert life.redis.xlen(f"omm:audit:{TEAM}") == 90


# What goes wrong


class Refusing:
    """A Redis that takes nothing."""

    def eval(self, *_: Any) -> Any:
        raise ResponseError("OOM command not allowed")


def test_an_audit_that_fails_stops_nobody(
    life: Life, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """What was asked for is done, and the log has who did what."""
    task_id = begun(life, services)
    broken: Any = Refusing()
    without = replace(services, trail=Trail(Audit(Patient(broken, patience=0.0))))

    with caplog.at_level(logging.ERROR):
        steering.pause(without, ANN, task_id)

    assert life.record(task_id).state is State.PAUSED
    assert f"what {ANN.id} did is not in the audit" in caplog.text
    assert f"pause, task {task_id}, done" in caplog.text


def test_a_click_that_comes_again_is_one_entry(life: Life, services: Services) -> None:
    """Its door died before it answered; a second click of the same person is another one."""
    task_id = begun(life, services)
    first, again = Try(NOW + timedelta(seconds=1)), Try(NOW + timedelta(seconds=1), again=True)

    steering.pause(services.at(Surface.CARD, first), ANN, task_id, first)
    steering.pause(services.at(Surface.CARD, again), ANN, task_id, again)
    auditing.began(services, Draft(task_id, TEAM, ANN.id, "", NOW), REQUEST)

    assert [line.what for line in read_audit(services, ADMIN).lines] == ["paused it", "started it"]


def shown(services: Services, task_id: str) -> str:
    return words(audit_view(read_audit(services, ADMIN, task_id))["blocks"])


def test_a_key_that_was_taken_out_is_not_called_deleted_data(life: Life, services: Services) -> None:
    """The old key may be taken out when tasks have ended; their data are still there."""
    task_id = begun(life, services)
    life.engine.store.task_keys = TaskKeys(Patient(life.redis, patience=1), keys=SecretKeys([secrets.token_bytes(32)]))

    assert "or the key that they were written with is gone" in shown(services, task_id)


def test_no_name_of_the_code_stands_in_it(life: Life, services: Services) -> None:
    """Somebody has pressed Pause on an old card."""
    task_id = begun(life, services)
    life.engine.store.save(replace(life.record(task_id), state=State.COMPLETED, ended=NOW))
    with pytest.raises(ButtonGoneError):
        steering.pause(services, ANN, task_id)

    assert re.findall(r"omm_\w+", shown(services, task_id)) == []


def test_no_raw_mention_stands_in_it(life: Life, services: Services) -> None:
    """Whoever was refused was told who may: a person, and not their number between brackets."""
    task_id = begun(life, services)
    with pytest.raises(NotAllowedError):
        steering.pause(services, Person("U0BOB00001", TEAM, (TEAM,)), task_id)
    view = audit_view(read_audit(services, ADMIN, task_id))
    texts = re.findall(r"'type': 'text', 'text': '([^']*)'", str(view["blocks"]))

    assert [text for text in texts if "<@" in text] == []


def test_the_operators_page_names_every_place_where_an_act_is_done() -> None:
    """docs/operate.md lists them."""
    text = Path("docs/operate.md").read_text(encoding="utf-8")
    [listed] = re.findall(r"from where\s*\(([^)]*)\)", text)

    assert {surface.value for surface in Surface} - {""} <= set(listed.replace("\n", " ").split(", "))


def test_who_turns_to_a_page_that_was_cut_off_can_turn_back(life: Life, services: Services) -> None:
    """The sweep has cut the oldest off while the window was open."""
    fill(life, 25)
    first = read_audit(services, ADMIN)
    assert first.older is not None
    services.trail.audit.cut_off(NOW + timedelta(seconds=5), most=20)

    page = read_audit(services, ADMIN, before=first.older.before)

    assert page.newer is not None
