"""Two releases on one store, as while one is replaced by the next: each goes on with what it understands.

Twenty people move their mailboxes. Half of them send their forms to this release, half to a later one; doors of both
carry out what was ordered, until those of this release are told to end. See tests/servers/processes/later_release.py.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from demo.doors import procfile
from demo.program import Program
from engine.migration.record import State
from engine.store import stored
from tests.servers.house import DOORS, House, house
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.mailbox import generated, write_folder
from tests.servers.processes import later_release
from tests.servers.processes.installation import PASSWORD, installation
from tests.servers.processes.later_release import ADDED, Change, change_of
from tests.servers.slack.person import Move, until
from tests.servers.slack.thirty import Mover, joined, send

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

MANY, MESSAGES = 20, 20
MORE = 10       # people who come one by one until the later release has made a record of its higher version
DIED = re.compile(r"Traceback|has ended \(|did not leave in time|given up")


@dataclass(frozen=True)
class Deployed:
    """What came of it. `made` are the tasks and orders that the later release has made; records are as stored."""

    house: House
    movers: list[Mover]
    moves: list[Move]
    ended: dict[str, int]
    logs: dict[str, str]
    made: dict[str, set[str]]
    records: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    directory = tmp_path_factory.mktemp("two")
    patch = pytest.MonkeyPatch()
    patch.setattr(stored, "read", partial(later_release.read, stored.read))     # what we look at may be of either
    users = {f"person{number}": f"the old one of {number}" for number in range(MANY + MORE)}
    with installation(directory / "at", users=users) as at:
        mailboxes = {login: furnish(at, login, number) for number, login in enumerate(users)}
        at.emulator.configure(auth=("basic",), request_ms=60, item_ms=40)
        with house(at, directory / "house") as opened:
            movers = [
                Mover(joined(opened, number), users[login], {(): mailboxes[login]})
                for number, login in enumerate(users)
            ]
            yield deploy(opened, movers, directory / "made")
    patch.undo()


def furnish(at, login: str, number: int):
    """Their old mailbox, and a new one."""
    messages = list(generated(MESSAGES, seed=300 + number))
    write_folder(at.imap.home(login) / "Maildir", (), messages)
    at.imap.give_away(at.imap.home(login))
    at.emulator.add_mailbox(f"{login}@example.org", password=PASSWORD)
    return messages


def deploy(opened: House, movers: list[Mover], made: Path) -> Deployed:
    """The later release's doors open beside ours; half-way, ours are told to end."""
    later = {
        name: opened.program(name).beside(
            f"later-{name}", [python, "-m", "tests.servers.processes.later_release", file, *rest],
            OMM_MADE_LATER=str(made),
        ) for name, (python, file, *rest) in procfile().items()
    }
    ours = {name: opened.program(name) for name in DOORS}
    try:
        for name in ("worker", "checker", "notifier"):
            later[name].start()
        moves = sent(opened, movers[: MANY // 2])
        ended = {"web": end(ours["web"])}
        later["web"].start()
        until(lambda: opened.slack.control.call("verify_url"))
        moves += sent(opened, movers[MANY // 2 : MANY])
        for each in movers[MANY:]:
            if any(change_of(task) is Change.RECORD for task in made_by_it(made)["task"]):
                break
            moves.append(send(opened, each, form_of(each, Change.RECORD)))
            until(lambda task=moves[-1].task_id: held(opened, task))    # type: ignore[misc]  # a default
        until(lambda: sum(opened.is_in(State.COMPLETED, move.task_id) for move in moves) >= MANY // 4, every=0.5)
        ended |= {name: end(ours[name]) for name in DOORS if name != "web"}
        until(lambda: opened.is_in(State.COMPLETED, *(move.task_id for move in moves)), seconds=300, every=0.5)
        until(lambda: all(move.is_told() for move in moves), seconds=200, every=1)
        records = {move.task_id: record(opened, move.task_id) for move in moves}
    finally:
        for program in later.values():
            program.end()
    logs = {program.name: program.log.read_text(encoding="utf-8") for program in (*ours.values(), *later.values())}
    return Deployed(opened, movers[: len(moves)], moves, ended, logs, made_by_it(made), records)


def made_by_it(made: Path) -> dict[str, set[str]]:
    """The tasks and orders that the later release has made until now."""
    lines = [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()] if made.exists() else []
    return {what: {task for each, task in lines if each == what} for what in ("task", "order")}


def held(opened: House, task_id: str) -> bytes | str:
    """What the store holds of a task, '' where it has not begun."""
    socket = json.loads((opened.state / "valkey.json").read_text())["socket"]
    found: bytes | str = Redis(unix_socket_path=socket).hget(f"omm:task:{task_id}", "record") or ""
    return found


def record(opened: House, task_id: str) -> dict[str, Any]:
    """The same, parsed."""
    found: dict[str, Any] = json.loads(stored.as_json(held(opened, task_id)))
    return found


def sent(opened: House, movers: list[Mover]) -> list[Move]:
    """Each sends a form; the first of them one of each kind of task."""
    kinds = list(Change)
    return [
        send(opened, each, form_of(each, kinds[number]) if number < len(kinds) else each.person.opens_form())
        for number, each in enumerate(movers)
    ]


def form_of(each: Mover, change: Change) -> dict[str, Any]:
    """A form whose task will differ in that way; each that is opened takes the place of the one before."""
    while change_of((view := each.person.opens_form())["private_metadata"]) is not change:
        pass
    return view


def end(program: Program) -> int:
    """Tells it to end, and waits until all its processes have."""
    children = psutil.Process(program.process.pid).children(recursive=True)
    program.process.terminate()
    status = program.process.wait(90)
    assert psutil.wait_procs(children, timeout=90)[1] == []
    return status


def test_nothing_dies(deployed: Deployed) -> None:
    """Each door of ours ends because it is told to, and no log of either release holds a fault."""
    assert deployed.ended == dict.fromkeys(DOORS, 0)
    assert {name: DIED.findall(log) for name, log in deployed.logs.items() if DIED.search(log)} == {}


def test_every_mailbox_is_whole(deployed: Deployed) -> None:
    """Each holds its own person's messages, every one once."""
    for each in deployed.movers:
        found = deployed.house.at.emulator.messages(each.address)

        assert Counter((one.folder, one.mime) for one in found) == each.arrived()


def test_everybody_is_told_everything_once(deployed: Deployed) -> None:
    """One card, each milestone once in its thread, and one message of their own."""
    for move in deployed.moves:
        assert len(move.cards) == 1
        assert len(move.told) == len(set(move.told)) == 3
        assert len(move.letters) == 1


def test_what_the_later_release_added_survives_ours(deployed: Deployed) -> None:
    """Records that it made, and that ours has worked on, still have its fields."""
    kept = {task for task, record in deployed.records.items() if ADDED in record}
    kept_within = {task for task, record in deployed.records.items() if ADDED in record["request"]["source"]}

    assert kept == kept_within == deployed.made["task"]


def test_ours_begins_no_order_that_it_does_not_understand(deployed: Deployed) -> None:
    """An order of an unknown kind, or with an argument more, is carried out by the later release alone.

    Of a task that ours has begun, both may have placed one: the later release checks a form again that ours was at when
    it was told to end.
    """
    begun = {
        task for name, log in deployed.logs.items() if not name.startswith("later")
        for task in re.findall(r"order begun: task=(\S+) order=migrate", log)
    }

    assert deployed.made["order"] & deployed.made["task"] & begun == set()


def test_ours_does_nothing_about_a_record_of_a_higher_version(deployed: Deployed) -> None:
    """It decides nothing about such a task, neither to run it nor to end it."""
    decided = {
        task for name, log in deployed.logs.items() if not name.startswith("later")
        for task in re.findall(r"(?:running|completed|needs attention): task=(\S+)", log)
    }
    higher = {task for task in deployed.made["task"] if change_of(task) is Change.RECORD}

    assert higher
    assert higher & decided == set()


def test_every_difference_was_met(deployed: Deployed) -> None:
    """The run says nothing of a difference that none of its tasks had."""
    assert {change_of(move.task_id) for move in deployed.moves} == set(Change)
    assert 0 < len(deployed.made["task"]) < len(deployed.moves)
    assert deployed.made["order"]
