"""Contacts, groups, tasks and notes whose migration dies at a request: nothing twice, nothing half without a mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.migration.record import State
from tests.contract.contents.from_exchange import OfAnyServer, Servers
from tests.contract.exchange.conftest import account
from tests.recovery.engine.test_items_seeded import excused
from tests.servers.exchange.pair import OLD
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.judge import Found
from tests.servers.items.moving import Moving, moving
from tests.servers.items.seeds import File, Seed, body, told
from tests.servers.processes.mortal import HELD, Moment, as_of, dies_at, moments_of
from tests.servers.world import PASSWORD, World

STEP = 29  # of all requests, those that a process dies at here; tests/load has a third, tests/soak all
INNER = '<t:Message><t:Subject>inner</t:Subject><t:Body BodyType="Text">words\r\n</t:Body></t:Message>'


def small() -> list[Seed]:
    """Each kind, and whatever takes several requests."""
    return [
        Seed("Ann", "Contact", told(DisplayName="Ann") | people_seeds.mails(("ann@example.net", "Ann"))),
        Seed("photo", "Contact", told(DisplayName="photo"), files=(people_seeds.PICTURE, File("card.txt", b"card"))),
        Seed("attached", "Contact", told(DisplayName="attached"), files=(File("inner", item=INNER),)),
        *group_seeds.people()[:1],
        group_seeds.group("circle one", group_seeds.nested("circle two"), group_seeds.contact("Zofia")),
        group_seeds.group("circle two", group_seeds.nested("circle one"), group_seeds.alone("x@example.net")),
        Seed(
            "task",
            "Task",
            task_seeds.repeated("daily", "ten times", "2030-01-15"),
            files=(File("a.txt", b"a"), File("inner", item=INNER)),
        ),
        Seed("done", "Task", told(Status="Completed", PercentComplete="100", CompleteDate="2019-08-07T00:00:00Z")),
        note_seeds.note("note\nwords", 2),
        Seed("plain", "Task", body("plain"), place=("Tasks", "Below")),
    ]


def half(at: Moving, there: Found) -> list[str]:
    """What is there twice, or not as it was at the source without a mark that it is unfinished."""
    found = []
    for name, each in at.arrived().items():
        if len(each) > len(there.get(name, ())):
            found.append(f"{name} is there {len(each)} times")
        for told_ in each:
            facts = dict(told_)
            unfinished = facts.pop("unfinished", None)
            [was] = there.get(name, [{}])
            fields = [
                field
                for field in {*was, *facts}
                if was.get(field) != facts.get(field)
                and not excused(there, name, field, was.get(field), facts.get(field))[0]
            ]
            if fields and not unfinished:
                found.append(f"{name} has another {fields}")
    return found


def dies(at: Moving, task: str, number: int, *, back: bool = False) -> bool:
    """Works on a task in a process of its own that dies at that request to either server. False: it ended before."""
    another_process(at)
    both: Any = Servers((at.old.emulator, at.at.emulator))
    fault = OfAnyServer(at=number, when="after", action="hold", name=HELD)
    do: Callable[[World], object] = lambda doomed: doomed.roll_back(task) if back else doomed.run(task)  # noqa: E731  # as above
    return dies_at(replace(at.at, emulator=both), (fault,), do)


def another_process(at: Moving) -> None:
    """Has read nothing of the source yet."""
    there = account(at.old.emulator.url, OLD)
    at.at.connectors.sources["old"] = ExchangeSource(there, PASSWORD, Network(trusts_person=True), waits=(0.0,))  # type: ignore[assignment]  # a source


def killed(at: Moving, numbers: Iterator[int]) -> int:
    """Looks, resumes, looks and takes all back as of a death at each of these requests; how many requests there are."""
    there = at.original()
    task = at.at.begin("old").task_id
    another_process(at)
    both = Servers((at.old.emulator, at.at.emulator))
    before = sum(len(each.requests) for each in both.each)

    def at_the_next(nth: int) -> OfAnyServer:
        return OfAnyServer(at=next(numbers), when="after", action="hold", name=f"death {nth}")

    moments = moments_of(at.at, lambda process: process.run(task), at_the_next, both)  # type: ignore[arg-type]  # as one
    requests = sum(len(each.requests) for each in both.each) - before
    for number, moment in enumerate(moments):
        at.at = as_of(at.at, moment)
        assert half(at, there) == [], number
        another_process(at)
        done = at.at.run(task)
        assert done.state is State.COMPLETED, (number, done.attention)
        wrong = [each for each in at.otherwise(there) if not excused(there, *each)[0]]
        assert wrong == [], number
        another_process(at)
        again = at.migrate()
        assert [at.counts(again, one).copied for one in at.contents] == [0] * len(at.contents), number
        back = at.at.roll_back(task)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), number
        assert at.new.emulator.dump(at.new.address) == at.before, number
    return requests


def test_a_death_at_a_request_leaves_nothing_twice_and_nothing_half(tmp_path: Path) -> None:
    """Read as the owner at once; whoever resumes it makes it whole; a second run copies nothing."""
    with moving(tmp_path, small()) as at:
        assert killed(at, count(11, STEP)) > len(at.seeds)


def test_a_death_in_a_rollback_is_finished_by_whoever_comes_after(tmp_path: Path) -> None:
    """Groups go before the contacts that they refer to."""
    with moving(tmp_path, small()) as at:
        assert rolled_back(at, count(2, STEP)) > STEP


def rolled_back(at: Moving, numbers: Iterator[int]) -> int:
    """Lets a process die at each of these requests of a rollback, and finishes it; at which it died no more.

    It is each time the rollback of the same migration.
    """
    task = at.migrate().task_id
    migrated = Moment.of(at.at)
    for number in numbers:
        after = replace(at, at=as_of(at.at, migrated))
        died = dies(after, task, number, back=True)
        done = after.at.roll_back(task)
        assert done.state is State.ROLLED_BACK, number
        assert at.new.emulator.dump(at.new.address) == at.before, number
        if not died:
            return number
    raise AssertionError
