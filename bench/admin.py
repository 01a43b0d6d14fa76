"""What an admin waits for with 10,000 migrations in the store: `python -m bench.admin`.

The store is 2 ms away, there and back. The web door, the checker and the store are those of the product, each in its
process, and Slack is the emulator. A window counts as shown when Slack has taken the app's call for it; what is shown
of a form is its answer. The migrations are written by the store's and the threads' own code.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from bench.crowd import TEAM
from bench.slack_side import REDIS_MS, SlackSide, slack_side
from bot.ids import Action, Block
from bot.stored.orders import Kind, Orders
from bot.stored.threads import Card, Thread, Threads
from emulators.slack import Ack
from engine.errors import Cause, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.systems import System, Transport

TASKS, ORDERED, OWNERS, HOSTS, RUNS = 10_000, 500, 400, 60, 5
SHOWN, ACKED = 1.0, 0.5         # seconds that are promised
LONG = 30.0                     # seconds after which nothing is waited for any more
# Of 1,000 migrations how many are in each state; the others are completed.
SHARES = {
    State.RUNNING: 20, State.WAITING: 50, State.PAUSED: 20, State.NEEDS_ATTENTION: 40, State.FAILED: 20,
    State.CANCELLED: 20, State.ROLLED_BACK: 10,
}
STOPPED = Attention("The server does not answer.", Cause.TIMEOUT.value, Side.SOURCE.value, 1)
ADMIN = "U0ADMIN001"


@dataclass(slots=True)
class Measured:
    """One thing that an admin, or anybody, waits for. Times are in seconds."""

    title: str
    shown: list[float] = field(default_factory=list)
    acked: list[float] = field(default_factory=list)


def main() -> int:
    """Prints the table. The exit status is 1 when --check is given and a promise is not kept."""
    given = _arguments()
    with slack_side(given.redis_ms) as side:
        side.control.configure(rate_limits=False)
        fill(side, given.tasks)
        found = [measured(side, title, do, given.runs) for title, do in WAITED_FOR.items()]
    print(table(found, given))
    missed = [one.title for one in found if max(one.shown) > SHOWN or max(one.acked) > ACKED]
    print(f"\nMissed: {', '.join(missed)}" if missed else "\nEvery promise was kept.")
    return 1 if missed and given.check else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.admin", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=TASKS, help=f"in the store ({TASKS})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each measurement ({RUNS})")
    parser.add_argument("--redis-ms", type=float, default=REDIS_MS, help="to the store and back (2)")
    parser.add_argument("--check", action="store_true", help="fail when a promise is not kept")
    return parser.parse_args()


# The migrations


def fill(side: SlackSide, tasks: int) -> None:
    """Has that many migrations in the store, of OWNERS people, every twentieth of them the admin's own."""
    chance, threads, orders = random.Random(1), Threads(side.redis), Orders(side.redis)
    store = side.store(lambda: datetime.now(UTC))
    states = [state for state, share in SHARES.items() for _ in range(share)]
    states += [State.COMPLETED] * (1000 - len(states))
    for number in range(tasks):
        owner = ADMIN if number % 20 == 0 else f"U0{chance.randrange(OWNERS):09}"
        made = store.create(_request(chance, number))
        threads.open(Thread(made.task_id, TEAM, owner, "C0MIGRATE1"))
        threads.put_card(made.task_id, Card("C0MIGRATE1", f"17{number:08}.000100", buttons=True, masked=True))
        store.save(_standing(made, chance.choice(states)))
        if number < ORDERED:
            orders.place(Kind.MIGRATE, (made.task_id,), {"task_id": made.task_id}, team=TEAM)


def _request(chance: random.Random, number: int) -> MigrationRequest:
    source = f"imap.{chance.randrange(HOSTS)}.example.net"
    destination = f"ex.{chance.randrange(HOSTS // 10)}.example.org"
    return MigrationRequest(
        Account(System.IMAP, f"person{number}@example.net", source, 993, Transport.TLS),
        Account(
            System.EXCHANGE, f"person{number}@example.org", destination, 443, Transport.TLS, "/EWS/Exchange.asmx"
        ),
        (Content.MAIL,),
    )


def _standing(made: Migration, state: State) -> Migration:
    began = datetime.now(UTC) - timedelta(hours=3)
    step = Step(Counts(found=12_345, copied=9_876, failed=4), began)
    return replace(
        made, state=state, started=began, steps=MappingProxyType({Content.MAIL: step}), mailbox=f"AAMk{made.task_id}",
        ended=began + timedelta(hours=2) if state in (State.COMPLETED, State.CANCELLED, State.ROLLED_BACK) else None,
        attention=STOPPED if state in (State.NEEDS_ATTENTION, State.FAILED) else None,
    )


# What is waited for


def measured(side: SlackSide, title: str, do: Callable[[SlackSide], tuple[float, Ack]], runs: int) -> Measured:
    """Does it `runs` times."""
    found = Measured(title)
    for _ in range(runs):
        while views := side.control.views("admin"):
            side.control.close("admin", views[-1]["id"], everything=True)
        shown, ack = do(side)
        if ack.outcome != "ok":
            raise RuntimeError(f"{title}: {ack.outcome}, {ack.shown}")
        found.shown.append(shown)
        found.acked.append(ack.seconds)
    return found


def _until(side: SlackSide, method: str, do: Callable[[], Ack]) -> tuple[float, Ack]:
    """The seconds until Slack has taken a call of that method that the act brings about, and the act's ack."""
    before, began = len(side.control.requests), time.monotonic()
    ack = do()
    while time.monotonic() - began < LONG:
        version = side.control.version
        found = [call for call in side.control.requests[before:] if call.method == method]
        if found:
            if not found[0].ok:
                raise RuntimeError(f"{method}: {found[0].error}")
            return time.monotonic() - began, ack
        side.control.wait_changed(version, 1.0)
    raise RuntimeError(f"nobody called {method}")


def _home(user: str) -> Callable[[SlackSide], tuple[float, Ack]]:
    return lambda side: _until(side, "views.publish", lambda: side.control.open_home(user))


def _typed(text: str, method: str) -> Callable[[SlackSide], tuple[float, Ack]]:
    return lambda side: _until(side, method, lambda: side.control.slash("admin", "dm", text))


def _top(side: SlackSide) -> Mapping[str, Any]:
    """The list, opened."""
    _typed("admin", "views.open")(side)
    return side.control.views("admin")[-1]


def _older(side: SlackSide) -> tuple[float, Ack]:
    view = _top(side)["id"]
    return _until(side, "views.update", lambda: side.control.press("admin", view, Action.ALL_AT_OLDER))


def _filtered(**fields: str) -> Callable[[SlackSide], tuple[float, Ack]]:
    """Sends the form of the list; its answer shows the page."""
    def send(side: SlackSide) -> tuple[float, Ack]:
        view = _top(side)
        ids = [block["block_id"] for block in view["blocks"]]
        named = {next(id_ for id_ in ids if id_.startswith(Block[f"ALL_{n.upper()}"])): v for n, v in fields.items()}
        began = time.monotonic()
        ack = side.control.submit("admin", view["id"], named)
        return time.monotonic() - began, ack

    return send


PAUSE, GO_ON = _typed("admin pause", "views.publish"), _typed("admin go-on", "views.publish")


def _paused(side: SlackSide) -> tuple[float, Ack]:
    found = PAUSE(side)
    GO_ON(side)
    return found


def _let_go_on(side: SlackSide) -> tuple[float, Ack]:
    PAUSE(side)
    return GO_ON(side)


WAITED_FOR: Mapping[str, Callable[[SlackSide], tuple[float, Ack]]] = MappingProxyType({
    "an admin's home tab, with 500 migrations of their own": _home("admin"),
    "somebody's home tab": _home("owner"),
    "/omm list of 500": _typed("list", "response_url"),
    "All migrations": _typed("admin", "views.open"),
    "its next page": _older,
    "those that are completed": _filtered(state=State.COMPLETED.value),
    "those of one person": _filtered(owner=ADMIN),
    "those with one server that wait": _filtered(state=State.WAITING.value, host="ex.1.example.org"),
    "Workers, with 500 orders": _typed("admin workers", "views.open"),
    "pause all": _paused,
    "go on": _let_go_on,
})


def table(found: list[Measured], given: argparse.Namespace) -> str:
    """How long each took to be shown, and to be acknowledged."""
    rows = [
        f"| {one.title} | {statistics.median(one.shown):.2f} | {max(one.shown):.2f} "
        f"| {statistics.median(one.acked):.2f} | {max(one.acked):.2f} |" for one in found
    ]
    return "\n".join([
        f"{given.tasks:,} migrations, the store {given.redis_ms:g} ms away. Promised: shown within {SHOWN:g} s, "
        f"acknowledged within {ACKED:g} s.", "",
        "| what | shown after, s | slowest | acknowledged after, s | slowest |", "|---|---|---|---|---|", *rows,
    ])


if __name__ == "__main__":
    sys.exit(main())
