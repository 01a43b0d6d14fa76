"""How the doors are started: by name, and by every supervisor alike."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import worker
from bot.stored.orders import Queue
from bot.work.heartbeats import Role
from crew import LAST, LEFT_BEHIND, NO_USE
from worker import main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def supervised() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "supervisord.conf")
    return parser


def test_the_procfile_and_the_supervisor_start_the_same(supervised: configparser.ConfigParser) -> None:
    """Whoever develops with the Procfile runs what `make run` runs."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    procfile = dict(re.fullmatch(r"(\w+): (.+)", line).groups() for line in lines)  # type: ignore[union-attr]

    programs = {
        name.removeprefix("program:"): section["command"]
        for name, section in supervised.items() if name.startswith("program:")
    }

    assert programs == procfile
    assert set(procfile.values()) == {
        "python app.py", "python worker.py migrations", "python worker.py checks", "python worker.py notices"
    }


def test_the_supervisor_leaves_a_door_the_time_to_hand_over(supervised: configparser.ConfigParser) -> None:
    """Only the door itself is told, and it has longer than it takes."""
    for name in supervised.sections():
        if name.startswith("program:"):
            section = supervised[name]
            assert section.getfloat("stopwaitsecs") > LEFT_BEHIND + LAST
            assert not section.getboolean("stopasgroup")


def test_a_wrong_setting_is_final_for_the_supervisor(supervised: configparser.ConfigParser) -> None:
    """Status 3 ends a door for good, however soon; every other end, 0 among them, is followed by a start."""
    for name in supervised.sections():
        if name.startswith("program:"):
            section = supervised[name]
            assert (section["autorestart"], section["exitcodes"]) == ("unexpected", str(NO_USE))
            assert section.getint("startsecs") == 0


@pytest.mark.parametrize("arguments", [[], ["mails"], ["migrations", "checks"], ["--verbose", "checks"]])
def test_what_cannot_be_started_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong word ends with status 3 and names what there is."""
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == NO_USE
    said = capsys.readouterr().err
    assert "migrations" in said
    assert "notices" in said


@pytest.mark.parametrize(("wrong", "named"), [
    ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
    ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET"),
    ({"OMM_WORKERS": "many"}, "OMM_WORKERS"),
    ({"OMM_WORKERS": "0"}, "OMM_WORKERS"),
    ({"OMM_RETENTION_DAYS": "2"}, "OMM_RETENTION_DAYS is a whole number of days from 3 to 3650: a migration can be"),
    ({"OMM_RETENTION_DAYS": "3.5"}, "OMM_RETENTION_DAYS"),
    ({"OMM_RETENTION_DAYS": "for ever"}, "OMM_RETENTION_DAYS"),
    ({"OMM_AUDIT_DAYS": "29"}, "OMM_AUDIT_DAYS is a whole number of days from 30 to 3650."),
])
def test_a_wrong_setting_is_named(
    wrong: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator reads which setting is wrong, and no traceback."""
    right = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "OMM_ENV_FILE": "", "OMM_WORKERS": "2"}
    for name, value in (right | wrong).items():
        monkeypatch.setenv(name, value)

    assert main(["checks"]) == NO_USE

    assert named in capsys.readouterr().err


def served(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Queue, ...]]:
    """What each process of that door carries out, the first queue first."""
    found: list[tuple[Queue, ...]] = []
    monkeypatch.setattr(worker, "_work", lambda _door, _address, *queues: found.append(queues))
    settings = SimpleNamespace(workers=2)
    for post in worker._posts(Role(kind), SimpleNamespace(settings=settings)):       # type: ignore[arg-type]  # a door
        if post.name != "keeper":
            post.work()
    return found


def test_no_count_keeps_a_form_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting a large mailbox takes minutes; those who do it are others than those who sign in for forms."""
    processes = served("checks", monkeypatch)

    assert processes.count((Queue.CHECKS,)) == worker.CHECKERS
    assert processes.count((Queue.COUNTS,)) == worker.COUNTERS
    assert len(processes) == worker.CHECKERS + worker.COUNTERS


def test_whatever_can_be_ordered_is_somebody_s_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """No queue is served by nobody."""
    processes = [*served("checks", monkeypatch), *served("migrations", monkeypatch)]

    assert {queue for queues in processes for queue in queues} == set(Queue)
