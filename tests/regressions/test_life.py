"""How a migration ends and what is told of it."""

from __future__ import annotations

from pathlib import Path

from bot.stored.threads import Thread, Threads
from bot.views.cards import card
from emulators.exchange import Fault
from engine.migration.record import State
from engine.store.patience import connect
from engine.store.valkey import open_server
from tests.regressions.conftest import Person
from tests.regressions.test_second_run import account
from tests.servers.mail_servers.hard_imap import hard_imap, letters
from tests.unit.bot.records import migration, shown

MESSAGES = 20


def test_what_is_refused_before_its_first_write_has_failed(claire: Person) -> None:
    """The mailbox lets us in and then refuses to be looked at: the task has failed, and has nothing to roll back."""
    for nth in range(2, 20):        # the first is to see whether both sides let us in
        claire.exchange.add_fault(Fault(operation="FindFolder", nth=nth, action="fault", code="ErrorAccessDenied"))
    with hard_imap(list(letters(MESSAGES))) as server:
        done = claire.migrate(account(server))

    assert (done.status, done.json["state"]) == (2, "failed")
    back = claire.omm("rollback", done.json["task_id"], "--yes")
    assert (back.status, "nothing to roll back" in back.warned) == (2, True)


def test_the_log_tells_of_a_lost_answer(claire: Person) -> None:
    """An answer that was lost, what was then found, and how the task ended: a line each, without a subject."""
    claire.exchange.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))
    with hard_imap(list(letters(MESSAGES))) as server:
        task_id = claire.migrate(account(server)).json["task_id"]

    log = claire.directory / "state" / "omm.log"
    told = [line for line in (log.read_text().splitlines() if log.exists() else []) if "omm.decisions" in line]
    for event in ("answer lost", "lost answers looked for", "completed"):
        assert any(f"{event}: task={task_id}" in line for line in told), event
    assert not any(subject in line for line in told for _, subject in claire.subjects())


def test_a_store_that_refuses_to_rewrite_its_file_is_asked_now_and_then(claire: Person, tmp_path: Path) -> None:
    """A hosted Redis takes no BGREWRITEAOF: each command and each end of a task asks once, and not for ten seconds."""
    with open_server(tmp_path / "hosted") as url, hard_imap(list(letters(MESSAGES))) as server:
        redis = connect(url)
        redis.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
        done = claire.migrate(account(server), settings={"OMM_REDIS_URL": url})
        refused = redis.info("errorstats").get("errorstat_NOPERM", {"count": 0})["count"]

    assert done.status == 0
    assert 0 < refused < 10


def test_a_card_says_what_was_done_at_the_terminal(claire: Person, tmp_path: Path) -> None:
    """A task of somebody in Slack is rolled back with `omm`: its card names the operator."""
    with open_server(tmp_path / "shared") as url, hard_imap(list(letters(MESSAGES))) as server:
        settings, redis = {"OMM_REDIS_URL": url}, connect(url)
        task_id = claire.migrate(account(server), settings=settings).json["task_id"]
        Threads(redis).open(Thread(task_id, "T0EXAMPLE1", "U0OWNER001", "C0EXAMPLE1"))
        back = claire.omm("rollback", task_id, "--yes", settings=settings)
        drawn = card(shown(migration(State.ROLLED_BACK), *Threads(redis).pressed(task_id)))

    assert back.status == 0
    assert "Rollback asked for by the operator at the terminal" in str(drawn.blocks)
