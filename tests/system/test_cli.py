"""The terminal from end to end: real processes, a real store, an IMAP server and the Exchange emulator over TLS."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from redis import Redis

from emulators.exchange import Fault
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import Failure, Migration, Reason, State
from engine.migration.request import MigrationRequest
from engine.store import stored
from engine.store.masks import spellings
from engine.store.valkey import open_server
from terminal.output import clean
from terminal.words import failure
from tests.servers.on_disk import files
from tests.servers.owner import owner
from tests.servers.processes.zygote import Forked
from tests.system.command import OMM, Command, Result, finish, line_with
from tests.system.conftest import ADDRESS, MESSAGES, PASSWORD, SMALL_FOLDERS, Ends
from tests.system.screen import Screen

TASK = r"[0-9A-Z]{4}-[0-9A-Z]{4}"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)      # 48 hours after it there is no date
ACCOUNTS = parse_account("imaps://a@example.org"), parse_account("ews+https://a@example.org")
IMPOSSIBLE = Migration(
    "0000-0000", MigrationRequest(*ACCOUNTS, (Content.MAIL,)), NEVER, NEVER, State.COMPLETED, ended=NEVER
)
HOLD = Fault(operation="CreateItem", action="hold", name="writes")
REFUSE = Fault(operation="CreateItem", nth=1, action="items", positions=(0,), code="ErrorItemCorrupt")


def task_of(result: Result) -> str:
    found = re.search(rf"Migration ({TASK})", result.stdout)
    assert found is not None, result.stdout + result.stderr
    return found[1]


def migrate(ends: Ends, *options: str) -> Result:
    return ends.command.run("migrate", *ends.urls, *options)


# Migrating


def test_a_migration_copies_everything_and_says_so(ends: Ends) -> None:
    """All messages are there, the sums are shown as an equation, and the way back is named."""
    result = ends.command.run_program("migrate", *ends.urls)

    assert result.status == 0, result.stderr
    assert f"Mail: {MESSAGES} of {MESSAGES} messages copied." in result.stdout
    assert f"omm rollback {task_of(result)}" in result.stdout
    assert len(ends.subjects()) == MESSAGES
    assert result.stderr == ""


def test_the_task_id_is_printed_before_anything_is_copied(ends: Ends) -> None:
    """Whoever closes the terminal at once can come back to the task."""
    ends.exchange.add_fault(HOLD)
    running = ends.command.start("migrate", *ends.urls)

    line = line_with(running.stdout, "Migration ")

    assert re.fullmatch(rf"Migration {TASK}", line)
    assert ends.exchange.wait_held("writes", 90)
    ends.exchange.clear_faults()
    assert finish(running).status == 0


def test_the_same_again_copies_nothing(ends: Ends) -> None:
    """A second run after a success finds everything already there."""
    migrate(ends)
    before = ends.exchange.dump()

    result = migrate(ends)

    assert result.status == 0
    assert f"Mail: 0 of {MESSAGES} messages copied, {MESSAGES} were already there." in result.stdout
    assert ends.exchange.dump() == before


def test_check_signs_in_to_both_sides_and_changes_nothing(ends: Ends) -> None:
    """It counts what is there; no task comes of it."""
    result = ends.command.run("check", *ends.urls, "--json")

    assert result.status == 0
    assert result.json["source"] == {"folders": SMALL_FOLDERS + 2, "messages": MESSAGES}
    assert result.json["destination"]["messages"] == 0
    assert result.json["contents"]["mail"]["found"] == MESSAGES
    assert {each["items"] for each in result.json["contents"]["mail"]["folders"]} >= {SMALL_FOLDERS}
    assert ends.command.run("status", "--json").json == {"tasks": []}


@pytest.mark.parametrize("side", ["SOURCE", "DESTINATION"])
def test_nothing_is_stored_when_a_check_fails(side: str, ends: Ends) -> None:
    """A wrong password is said at once, by side, and no task is left behind."""
    result = ends.command.run("migrate", *ends.urls, env={f"OMM_{side}_PASSWORD": "wrong"})

    assert result.status == 2
    assert result.stderr.startswith((f"{side.capitalize()}: ", f"The {side.lower()} server "))
    assert "password" in result.stderr
    assert ends.command.run("status", "--json").json == {"tasks": []}


def test_an_account_is_not_locked_by_trying(ends: Ends) -> None:
    """After three refused passwords the fourth is not even sent."""
    for _ in range(4):
        result = ends.command.run("migrate", *ends.urls, env={"OMM_DESTINATION_PASSWORD": "wrong"})

    assert "The destination server refused the password 3 times in ten minutes." in result.stderr
    assert "then try again." in result.stderr
    refused = [each for each in ends.exchange.sign_ins if not each.accepted]
    assert len(refused) <= 3        # NTLM and Basic are two


def test_an_item_that_is_refused_is_named(ends: Ends) -> None:
    """The run completes with exit status 1; summary and report name the message, its folder and the reason."""
    ends.exchange.add_fault(REFUSE)

    result = migrate(ends)
    report = ends.command.run("report", task_of(result))

    assert result.status == 1
    assert f"Mail: {MESSAGES - 1} of {MESSAGES} messages copied, 1 failed." in result.stdout
    assert "Not copied:" in result.stdout
    named = result.stdout.partition("Not copied:\n")[2].splitlines()[0]
    assert named in report.stdout
    assert report.status == 0


# What programs read


def test_json_is_one_object_with_sums_that_balance(ends: Ends) -> None:
    """Standard output holds the object and nothing else; what people read goes to standard error."""
    ends.exchange.add_fault(REFUSE)

    result = migrate(ends, "--json")

    found = result.json
    mail = found["contents"]["mail"]
    assert result.status == 1
    assert re.fullmatch(TASK, found["task_id"])
    assert found["state"] == "completed"
    assert mail == {"found": MESSAGES, "copied": MESSAGES - 1, "already_there": 0, "failed": 1, "left_out": 0}
    assert [set(each) for each in found["failures"]] == [{"content", "folder", "item", "reason"}]
    assert found["seconds"] > 0
    assert f"Migration {found['task_id']}" in result.stderr


def test_every_command_answers_programs(ends: Ends) -> None:
    """status, report and rollback give one object too, with the state as it is."""
    task = migrate(ends, "--json").json["task_id"]

    answers = [ends.command.run(*words, "--json") for words in (
        ("status", task), ("report", task), ("rollback", task, "--yes"), ("rollback", task, "--yes"), ("status",),
    )]

    assert [each.status for each in answers] == [0] * 5
    assert [each.json["state"] for each in answers[:4]] == ["completed", "completed", "rolled back", "rolled back"]
    assert answers[2].json["rollback"]["removed"] == MESSAGES
    assert answers[4].json["tasks"][0]["task_id"] == task


# Stopping and going on


@contextmanager
def held_up(ends: Ends, *options: str) -> Iterator[tuple[Forked, str]]:
    """A migration whose writes are not answered for as long as the context lasts; its task ID."""
    ends.exchange.add_fault(HOLD)
    running = ends.command.start("migrate", *ends.urls, *options)
    task = line_with(running.stdout, "Migration ").removeprefix("Migration ")
    assert ends.exchange.wait_held("writes", 90)
    try:
        yield running, task
    finally:
        ends.exchange.clear_faults()
        running.kill()
        running.wait(90)
        for stream in (running.stdout, running.stderr):
            assert stream is not None
            stream.close()


def test_pause_and_resume_from_another_process(ends: Ends) -> None:
    """A pause stops the run, which says how to go on; resuming copies what is missing, with no password asked."""
    with held_up(ends) as (running, task):
        pausing = ends.command.start("pause", task)
        _until(lambda: asked_to("pause", ends.command, task))
        _until(lambda: goes_on(ends, running), every=1.5)     # it looks every second for what was asked
        paused, told = finish(running), finish(pausing)

    resumed = ends.command.run("resume", task, env=dict.fromkeys(ends.command.passwords))

    assert (paused.status, told.status) == (2, 0)
    assert f"omm resume {task}" in paused.stdout
    assert "is paused" in told.stdout
    assert resumed.status == 0, resumed.stderr
    assert f"Mail: {MESSAGES} of {MESSAGES} messages copied." in resumed.stdout
    assert len(ends.subjects()) == MESSAGES


def asked_to(what: str, command: Command, task: str) -> bool:
    with Redis(unix_socket_path=str(command.state / "valkey.sock")) as redis:
        return (redis.get(f"omm:task:{task}:ask") or b"").startswith(what.encode())


def goes_on(ends: Ends, running: Forked) -> bool:
    """Lets the writes under way through, those that follow wait again; whether the run has ended."""
    ends.exchange.release("writes")
    return running.poll() is not None


def test_cancel_now_ends_a_run_at_the_batch(ends: Ends) -> None:
    """What is on its way arrives and is counted, the rest is skipped, and what arrived can be rolled back."""
    with held_up(ends) as (running, task):
        stopping = ends.command.start("cancel", task, "--now")
        _until(lambda: asked_to("stop", ends.command, task))
        _until(lambda: goes_on(ends, running), every=1.5)     # it looks every second for what was asked
        stopped, told = finish(running), finish(stopping)
    there = len(ends.subjects())
    status = json.loads(ends.command.run("status", task, "--json").stdout)

    assert (stopped.status, told.status) == (2, 0)
    assert f"Migration {task} is cancelled. What was copied can be rolled back" in told.stdout
    assert 0 < there < MESSAGES
    assert (status["state"], status["contents"]["mail"]["copied"]) == ("cancelled", there)
    assert ends.command.run("rollback", task, "--yes").status == 0
    assert ends.subjects() == []


def test_forget_removes_a_task_and_its_way_back(ends: Ends) -> None:
    """While it can be rolled back it asks first; afterwards nobody knows the task, and the mail stays."""
    task = task_of(migrate(ends))

    unsure = ends.command.run("forget", task)
    forgotten = ends.command.run("forget", task, "--yes")

    assert unsure.status == 3
    assert "Once it is forgotten, it cannot" in unsure.stdout
    assert (forgotten.status, forgotten.stdout.strip()) == (
        0, f"Migration {task} is forgotten. What it copied stays where it is, and so do messages about it in Slack."
    )
    assert "There is no migration" in ends.command.run("status", task).stderr
    assert len(ends.subjects()) == MESSAGES


def test_cancel_ends_a_run_after_its_step(ends: Ends) -> None:
    """The step under way is finished; the task is cancelled and can be rolled back."""
    with held_up(ends) as (running, task):
        told = ends.command.run("cancel", task)
        ends.exchange.clear_faults()
        cancelled = finish(running)

    assert told.status == 0
    assert f"omm cancel {task} --now" in told.stdout
    assert cancelled.status == 2
    assert f"Migration {task}: cancelled." in cancelled.stdout
    assert f"omm rollback {task}" in cancelled.stdout


def test_a_paused_task_is_cancelled_at_once(ends: Ends) -> None:
    """Nobody is at work on it, so nothing is waited for."""
    task = stopped_by(ends, signal.SIGINT)

    result = ends.command.run("cancel", task)

    assert result.status == 0
    assert f"Migration {task} is cancelled." in result.stdout
    assert ends.command.run("resume", task).status == 2


def stopped_by(ends: Ends, number: signal.Signals) -> str:
    """A task whose run was told to go by that signal."""
    with held_up(ends) as (running, task):
        running.send_signal(number)
        line_with(running.stdout, "stopping")
        ends.exchange.clear_faults()
        result = finish(running)
    assert result.status == 2
    assert f"omm resume {task}" in result.stdout
    assert result.stderr == ""
    return task


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_go_leaves_a_task_that_can_be_resumed(number: signal.Signals, ends: Ends) -> None:
    """The batch under way is finished, the command says how to go on, and the same command goes on."""
    task = stopped_by(ends, number)

    again = migrate(ends)

    assert f"Migration {task} (interrupted) goes on." in again.stdout
    assert again.status == 0
    assert len(ends.subjects()) == MESSAGES


def test_a_second_ctrl_c_leaves_at_once(ends: Ends) -> None:
    """Even while a request is held up; the task can be resumed."""
    with held_up(ends) as (running, _task):
        running.send_signal(signal.SIGINT)
        line_with(running.stdout, "stopping")
        running.send_signal(signal.SIGINT)
        status = running.wait(90)

    assert status == 2


def test_a_killed_run_is_shown_as_interrupted_and_taken_up_again(ends: Ends) -> None:
    """Nothing is lost and nothing comes twice; the same command waits until the dead run's lease is over."""
    with held_up(ends) as (running, task):
        running.kill()
        running.wait(90)
        ends.exchange.clear_faults()

    result = migrate(ends)

    assert f"Migration {task}" in result.stdout
    assert result.status == 0, result.stderr
    subjects = ends.subjects()
    assert len(subjects) == MESSAGES


def test_status_says_interrupted_once_nobody_is_at_work(ends: Ends) -> None:
    """A killed run does not look as if it was still running."""
    with held_up(ends) as (running, task):
        while_running = ends.command.run("status", task, "--json").json["state"]
        running.kill()
        running.wait(90)

    _until(lambda: ends.command.run("status", task, "--json").json["state"] == "interrupted")

    assert while_running == "running"
    assert "interrupted" in ends.command.run("status").stdout


def test_two_runs_of_one_task_do_not_meet(ends: Ends) -> None:
    """The same command beside a running one is refused, and the first goes on."""
    with held_up(ends) as (running, task):
        second = ends.command.start("resume", task)
        any(b"making sure" in line for line in second.stdout or ())     # none: it saw the first at work, and has ended
        ends.exchange.clear_faults()
        first, refused = finish(running), finish(second)

    assert first.status == 0
    assert refused.status == 2
    assert "is working on" in refused.stderr or "nothing to resume" in refused.stderr


def test_a_password_that_is_no_longer_kept_is_asked_for_again(ends: Ends) -> None:
    """Without one, a resume says which is missing; a file brings it."""
    task = stopped_by(ends, signal.SIGINT)
    drop_secrets(ends.command)
    files = []
    for side, password in (("source", ends.source.password), ("destination", PASSWORD)):
        path = ends.command.directory / f"{side}.txt"
        path.write_text(password + "\n")
        files += [f"--{side}-password-file", str(path)]
    nothing = dict.fromkeys(ends.command.passwords)

    without = ends.command.run("resume", task, env=nothing)
    resumed = ends.command.run("resume", task, *files, env=nothing)

    assert without.status == 3
    assert "--source-password-file" in without.stderr
    assert resumed.status == 0, resumed.stderr


def test_a_refused_password_is_asked_for_again(ends: Ends) -> None:
    """A password changed in the meantime stops the task; it is not tried a second time, and a new one goes on."""
    task = stopped_by(ends, signal.SIGINT)
    nothing = dict.fromkeys(ends.command.passwords)
    ends.exchange.change_password(ADDRESS, "new password")

    refused = ends.command.run("resume", task, "--json", env=nothing)
    tries = len(ends.exchange.sign_ins)
    asked = ends.command.run("resume", task, env=nothing)
    tried_again = len(ends.exchange.sign_ins) - tries
    resumed = ends.command.run("resume", task, env=nothing | {"OMM_DESTINATION_PASSWORD": "new password"})

    assert (refused.status, asked.status, resumed.status) == (2, 3, 0)
    assert (refused.json["state"], refused.json["side"]) == ("needs attention", "destination")
    assert "--destination-password-file" in asked.stderr
    assert tried_again == 0
    assert len(ends.subjects()) == MESSAGES


def test_a_full_mailbox_stops_the_task_until_there_is_room(ends: Ends) -> None:
    """The summary says why it stopped and how to go on; with room again, resuming copies the rest."""
    ends.exchange.add_fault(Fault(operation="CreateItem", action="items", positions=(0,), code="ErrorQuotaExceeded"))
    stopped = migrate(ends)
    ends.exchange.clear_faults()

    resumed = ends.command.run("resume", task_of(stopped))

    assert stopped.status == 2
    assert "needs attention" in stopped.stdout
    assert "full" in stopped.stdout
    assert f"omm resume {task_of(stopped)}" in stopped.stdout
    assert resumed.status == 0
    assert len(ends.subjects()) == MESSAGES


def test_a_second_task_into_a_mailbox_waits_for_the_first(ends: Ends) -> None:
    """It says for whom it waits, and then finds everything already there."""
    other_name = ends.urls[0].replace("localhost", "127.0.0.1")
    with held_up(ends) as (running, task):
        second = ends.command.start("migrate", other_name, ends.urls[1])
        line_with(second.stdout, f"waiting for migration {task}")
        ends.exchange.clear_faults()
        first, after = finish(running), finish(second)

    assert (first.status, after.status) == (0, 0)
    assert f"Mail: 0 of {MESSAGES} messages copied, {MESSAGES} were already there." in after.stdout


def drop_secrets(command: Command) -> None:
    """Another key: what was kept cannot be read any more."""
    (command.directory / "home" / ".config" / "omm" / "secret.key").unlink()


# Rolling back


def test_rollback_removes_what_came_and_nothing_else(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner's own message stays; the folders that were made go; a second rollback does nothing."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ends.command.environ["OMM_CA_FILE"])
    as_utf8 = PASSWORD.encode().decode("latin-1")       # requests sends latin-1, the server reads UTF-8
    with owner(ends.exchange.url, ADDRESS, as_utf8) as me:
        me.write(me.folder("Inbox"), "my own")
    task = task_of(migrate(ends))

    first = ends.command.run("rollback", task, "--yes")
    second = ends.command.run("rollback", task, "--yes")

    assert first.status == 0, first.stderr
    assert f"removes {MESSAGES} messages" in first.stdout
    assert f"{MESSAGES} of {MESSAGES} messages removed, {SMALL_FOLDERS + 1} empty folders removed." in first.stdout
    assert ends.subjects() == [(("Inbox",), "my own")]
    assert second.status == 0
    assert "was rolled back already" in second.stdout


def test_rollback_names_later_tasks_that_count_on_it(ends: Ends) -> None:
    """A task that found mail already there is named before that mail goes."""
    first = task_of(migrate(ends))
    second = task_of(migrate(ends))

    result = ends.command.run("rollback", first, "--yes")

    assert second in result.stdout.partition("Later migrations")[2]


# On a terminal


def test_a_terminal_shows_a_bar_and_asks_for_passwords(ends: Ends) -> None:
    """The bar counts what is copied; what is typed as a password is not shown."""
    ends.command.passwords = {}
    ends.exchange.add_fault(HOLD)

    with Screen(ends.command, ["migrate", *ends.urls]) as screen:
        screen.until("(the source): ")
        screen.type(ends.source.password + "\n")
        screen.until("(the destination): ")
        screen.type(PASSWORD + "\n")
        assert ends.exchange.wait_held("writes", 90)
        screen.until(f"of {MESSAGES} messages")
        ends.exchange.clear_faults()
        status = screen.end()

    assert status == 0, screen.shown
    assert "━" in screen.shown
    assert f"Mail: {MESSAGES} of {MESSAGES} messages copied." in screen.shown
    assert PASSWORD not in screen.shown
    assert ends.source.password not in screen.shown


def test_ctrl_c_on_a_terminal_says_that_it_stops(ends: Ends) -> None:
    """The key reaches the program, the bar says so, and the cursor comes back."""
    ends.exchange.add_fault(HOLD)

    with Screen(ends.command, ["migrate", *ends.urls]) as screen:
        assert ends.exchange.wait_held("writes", 90)
        screen.type("\x03")
        screen.until("stopping after what is under way")
        ends.exchange.clear_faults()
        status = screen.end()

    assert status == 2
    assert "omm resume" in screen.shown
    assert screen.shown.rindex("\x1b[?25h") > screen.shown.rindex("\x1b[?25l")


def test_rollback_asks_first(ends: Ends) -> None:
    """It shows what would go; only a yes removes it."""
    task = task_of(migrate(ends))

    for answer, left, status in (("n\n", MESSAGES, 2), ("\n", MESSAGES, 2), ("y\n", 0, 0)):
        with Screen(ends.command, ["rollback", task]) as screen:
            screen.until("Roll back? [y/N]")
            screen.type(answer)
            ended = screen.end()

        assert ended == status, answer
        assert f"removes {MESSAGES} messages" in screen.shown, answer
        assert len(ends.subjects()) == left, answer


# Hostile and broken surroundings


def test_names_that_would_move_the_cursor_are_shown_without_it() -> None:
    """Subjects and folder names are strangers' words; no control character of theirs is printed."""
    hostile = Failure(Content.MAIL, "In\x1b[2Jbox", "\u202eevil\r\x9b31m\x07", "line\none", Reason.FAILED)

    assert clean(failure(hostile)) == "In[2Jbox: evil 31m: line one"


def test_a_reader_that_leaves_stops_no_migration(ends: Ends) -> None:
    """`omm migrate | head -1` copies everything all the same."""
    read, write = os.pipe()
    os.close(read)

    done = _with_stdout(ends.command, write, "migrate", *ends.urls)

    assert done == 0
    assert len(ends.subjects()) == MESSAGES


def _with_stdout(command: Command, stdout: int, *arguments: str) -> int:
    try:
        done = subprocess.run([OMM, *arguments], stdout=stdout, env=command.environment(), timeout=200, check=False)
        return done.returncode
    finally:
        os.close(stdout)


def test_no_password_is_on_disk_or_in_a_log(ends: Ends) -> None:
    """With everything logged, neither password can be found in the state directory in any spelling."""
    migrate(ends, "--verbose")
    ends.command.run("migrate", *ends.urls, "--verbose", env={"OMM_SOURCE_PASSWORD": "wr%ng'é"})

    held = b"".join(files(ends.command.state).values())
    assert held
    for secret in (ends.source.password, PASSWORD, "wr%ng'é"):
        assert [spelling for spelling in spellings(secret) if spelling.encode() in held] == []


def test_a_mistake_of_ours_is_one_line_and_a_traceback_in_the_log(command: Command) -> None:
    """The log is for the operator alone."""
    with open_server(command.state) as url, Redis.from_url(url) as redis:
        redis.hset("omm:task:0000-0000", "record", stored.write(IMPOSSIBLE))

        result = command.run("forget", "0000-0000", "--json")

    log = command.state / "omm.log"
    assert result.status == 2
    assert result.stderr == f"Something went wrong in OMM itself (OverflowError); details are in {log}\n"
    assert result.json["error"] == result.stderr.strip()
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_help_is_quick(command: Command) -> None:
    """No library that takes its time is loaded for it."""
    result = command.run_program("--help", env={"PYTHONPROFILEIMPORTTIME": "1"})

    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert result.status == 0
    assert "migrate" in result.stdout
    assert "cli" in loaded
    assert [name for name in loaded if name.startswith(("engine.connectors", "redis", "lxml", "cryptography"))] == []


def _until(true: Callable[[], bool], *, seconds: float = 120, every: float = 0.05) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(every)
