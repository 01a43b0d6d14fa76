"""What tasks that have ended take of the store's memory: `python -m bench.stored`.

Each was migrated through Slack: a record, a thread with a card, what was told, and a report that names its failures.
They are written by the store's and the threads' own code, into the server in the box.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography.fernet import Fernet
from redis import Redis

from bot.notices.milestones import milestones
from bot.stored.threads import Card, Thread, Threads
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.store.keys import secret_keys
from engine.store.patience import text
from engine.store.store import Store
from engine.store.valkey import open_server
from engine.systems import System, Transport

TASKS, FAILED = 10_000, 10
MOST = 20.0             # MB that they may take
KINDS = ("task", "thread", "threads", "pair", "mailbox", "host")      # of keys that have a name of their own
SAMPLE = 500            # keys of a kind whose memory is asked for
TEAM = "T0EXAMPLE1"
REASONS = (
    "The server refused this message: its date header cannot be read (ErrorMimeContentInvalid).",
    "The message is larger than the destination takes: 48.2 MB of at most 35 MB.",
    "The source says that it holds this message and does not give it.",
)
WORDS = (
    "minutes", "offer", "holiday", "invoice", "Zürich", "quarter", "photos", "meeting", "contract", "garden", "budget",
    "answer", "question", "newsletter", "ticket", "reminder", "draft", "school", "train", "order",
)
ENDED = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)


def main() -> int:
    """Prints the table. The exit status is 1 when --check is given and the tasks take more than promised."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="omm-stored-") as directory, open_server(Path(directory)) as url:
        redis: Redis = Redis.from_url(url)
        before = used(redis)
        fill(redis, Path(directory), given.tasks)
        grown = (used(redis) - before) / 1e6
        print(table(grown, given.tasks, list(parts(redis, given.tasks))))
    return 1 if given.check and grown * TASKS / given.tasks > MOST else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stored", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=TASKS, help=f"that have ended ({TASKS})")
    parser.add_argument("--check", action="store_true", help=f"fail when {TASKS} tasks would take over {MOST:.0f} MB")
    return parser.parse_args()


def used(redis: Redis) -> int:
    """What the server holds for its data, in bytes: used_memory without what it lends to clients and buffers."""
    found = redis.info("memory")
    return int(found["used_memory"]) - int(found["used_memory_overhead"]) + _of_keys(found)


def _of_keys(found: dict[str, object]) -> int:
    """The tables of keys, which the server counts as overhead."""
    return sum(int(str(value)) for name, value in found.items() if name.startswith("overhead_db"))


# The tasks


def fill(redis: Redis, directory: Path, tasks: int) -> None:
    """Has `tasks` people's migrations ended, one after the other."""
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, directory)
    store, threads = Store(redis, keys=keys), Threads(redis)
    for number in range(tasks):
        _ended(store, threads, number)


def _ended(store: Store, threads: Threads, number: int) -> None:
    made = store.create(_request(number))
    threads.open(Thread(made.task_id, TEAM, f"U0{number:09}", "C0MIGRATE1" if number % 5 == 0 else ""))
    store.report(made.task_id, list(_failures(number)))
    done = _completed(made, number)
    store.save(done)
    store.pack_report(made.task_id)
    threads.put_card(made.task_id, Card(
        f"D0{number:09}", f"17{number:08}.000100", buttons=True, masked=False, drawn_at=ENDED.timestamp(),
        drawn="0123456789abcdef.0123456789abcdef",
    ))
    for notice in milestones(done, ()):
        threads.tell(made.task_id, notice.key)
        if notice.to_owner:
            threads.tell(made.task_id, f"{notice.key}, to its owner")
    threads.look_again(made.task_id, None)


def _request(number: int) -> MigrationRequest:
    return MigrationRequest(
        Account(System.IMAP, f"firstname.lastname{number}@example.net", "imap.example.net", 993, Transport.TLS),
        Account(
            System.EXCHANGE, f"firstname.lastname{number}@example.org", "mail.example.org", 443, Transport.TLS,
            "/EWS/Exchange.asmx",
        ),
        (Content.MAIL,),
    )


def _completed(made: Migration, number: int) -> Migration:
    counts = Counts(found=12_345 + number, copied=12_335 + number, failed=FAILED)
    step = Step(counts, ENDED - timedelta(hours=2), ENDED, 850_000_000 + number, 850_000_000 + number)
    return replace(
        made, state=State.COMPLETED, steps=MappingProxyType({Content.MAIL: step}), started=step.started, ended=ENDED,
        mailbox=f"AAMkAGUxM2Q5{number:08}", fencing=2,
    )


def _failures(number: int) -> Iterator[Failure]:
    """What was not copied, by subject, date and sender, as a report names it."""
    chance = random.Random(number)
    for _ in range(FAILED):
        subject = " ".join(chance.choices(WORDS, k=5)).capitalize()
        when = f"{chance.randint(1, 28)} Mar {chance.randint(2004, 2026)}"
        item = f"{subject}, {when} ({chance.choice(WORDS)}{chance.randint(1, 999)}@example.net)"
        yield Failure(Content.MAIL, f"Clients/{chance.choice(WORDS)}", item, chance.choice(REASONS))


# What they take


def parts(redis: Redis, tasks: int) -> Iterator[tuple[str, int, float]]:
    """Of each kind of key its name, how many there are, and the bytes that they take in all, by a sample."""
    kinds: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for key in redis.scan_iter(count=1000):
        kind = _kind(text(key))
        kinds[kind] += 1
        if kinds[kind] <= SAMPLE:
            sizes[kind] += int(redis.memory_usage(key, samples=0) or 0)
    for kind, count in kinds.items():
        yield kind, count, sizes[kind] / min(count, SAMPLE) * count


def _kind(key: str) -> str:
    """A key without what is its own: `omm:task:…:report:mail`."""
    words = key.split(":")
    for at in (2, 3):
        if len(words) > at and words[1] in KINDS and words[2] != "number":
            words[at] = "…" if at == 2 or words[1] == "threads" else words[at]
    return ":".join(words)


def table(grown: float, tasks: int, found: list[tuple[str, int, float]]) -> str:
    """What all take, in MB, and what each kind of key takes of it."""
    rows = sorted(found, key=lambda row: -row[2])
    return "\n".join((
        f"{tasks} tasks that have ended, {FAILED} named failures each, take {grown:.1f} MB of the store: "
        f"{grown * 1e6 / tasks:.0f} bytes a task. Promised are at most {MOST:.0f} MB for {TASKS}.\n",
        "| key | keys | MB | bytes a task |",
        "|---|---|---|---|",
        *(f"| {kind} | {count} | {size / 1e6:.1f} | {size / tasks:.0f} |" for kind, count, size in rows if size > 1000),
    ))


if __name__ == "__main__":
    sys.exit(main())
