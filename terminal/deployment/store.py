"""The store: its server and what it does when its memory or the power ends; what keys open; the programs at work."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

import wiring
from bot.work.heartbeats import WITHOUT, Heartbeats
from bot.work.programs import WEB, Program, Programs
from engine.clock import utc_now
from engine.store.key_file import ADD_TO, SETTING
from engine.store.patience import Patient
from engine.store.rotation import Rotation
from engine.words import number, size
from terminal.deployment.line import Line, right, warning, wrong

STORE, DISK, OPENED, PROGRAMS, CLOCK = "store", "store's disk", "what is encrypted", "programs", "store's clock"
LEAST = (6, 2)              # of Redis: ZRANGE with BYSCORE, redis.io/docs/latest/commands/zrange
FSYNC = 2_000               # milliseconds in which a write should be on disk (WAITAOF)
PROBE = "omm:doctor"        # what is written to see whether it comes to the disk
NEARLY = 0.8                # of the memory that the server may take
LEAST_FREE = 1_000_000_000  # bytes
APART = timedelta(seconds=30)


def server(redis: Redis) -> Iterator[Line]:
    """Which server it is, and whether it may lose something. What it does not let us ask for is passed over."""
    info = _info(redis, "server")
    name = "Valkey" if "valkey_version" in info else "Redis"
    number_ = str(info.get("valkey_version") or info.get("redis_version") or "")
    if _parts(str(info.get("redis_version", ""))) < LEAST and number_:
        yield wrong(STORE, f"{name} {number_} is too old.", "Take 6.2 or newer.")
    else:
        yield right(STORE, f"it answers ({name} {number_ or 'of an unknown version'}).")
    memory = _info(redis, "memory")
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield wrong(STORE, f"maxmemory-policy is {policy}, so it removes migrations when its memory is full.",
                    "Set maxmemory-policy noeviction.")
    used, most = int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0))
    if most and used > NEARLY * most:
        yield warning(STORE, f"it has {size(used)} of the {size(most)} that it may take.", "Raise maxmemory.")
    else:
        yield right(STORE, f"it takes {size(used)} of memory" + (f" of {size(most)}." if most else "."))


def disk(redis: Redis) -> Iterator[Line]:
    """Whether what is written survives."""
    persistence = _info(redis, "persistence")
    if not persistence.get("aof_enabled", 1):
        yield wrong(DISK, "appendonly is off, so a crash loses what was written last.", "Set appendonly yes.")
        return
    failing = [name for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
               if persistence.get(name, "ok") != "ok"]
    if failing:
        yield wrong(DISK, f"its last write failed ({', '.join(failing)}).", "Look at its log and at the disk.")
    reached = _on_disk(redis)
    if reached is False:
        yield wrong(DISK, f"what is written is not on disk within {FSYNC // 1000} seconds (WAITAOF).",
                    "Look at its log and at the disk.")
    elif not failing:
        yield right(DISK, "appendonly is on" + (", and what is written comes to the disk." if reached else "."))


def _on_disk(redis: Redis) -> bool | None:
    """None where the server does not know WAITAOF (before Redis 7.2), or does not let us ask."""
    try:
        with redis.client() as one:  # type: ignore[no-untyped-call]  # the library's own. It waits for its own writes
            one.set(PROBE, 1, ex=10)
            return bool(int(one.execute_command("WAITAOF", 1, 0, FSYNC)[0]))
    except RedisError:
        return None


def own_directory(chosen: wiring.Settings) -> Iterator[Line]:
    """The directory of the store in the box."""
    directory = chosen.state_dir
    found = directory.stat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        yield wrong(DISK, f"{directory} can be reached by others.", f"chmod 700 {directory}")
    else:
        yield right(DISK, f"{directory}, which its user alone can reach.")
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE:
        yield warning(DISK, f"only {size(free)} are free at {directory}.", "Make room.")


def clock(redis: Redis) -> Iterator[Line]:
    """Its clock beside ours: leases and passwords end by both."""
    seconds, microseconds = redis.time()
    apart = abs(seconds + microseconds / 1e6 - utc_now().timestamp())
    if apart > APART.total_seconds():
        yield warning(CLOCK, f"it is {apart:,.0f} seconds from this machine's.", "Set both clocks (NTP).")
    else:
        yield right(CLOCK, "it agrees with this machine's.")


def encrypted(redis: Redis, chosen: wiring.Settings) -> Iterator[Line]:
    """Whether the keys open everything that is kept."""
    found = Rotation(Patient(redis), keys=wiring.keys(chosen)).count().values()
    none, older = sum(tally.none for tally in found), sum(tally.older for tally in found)
    count = sum(tally.newest for tally in found) + older
    if none:
        yield wrong(OPENED, f"{number(none, 'value')} can be opened by none of the keys.",
                    f"Add the missing key to {ADD_TO}.")
    else:
        yield right(OPENED, f"the keys open all of it ({number(count, 'value')}).")
    if older:
        yield warning(OPENED, f"{number(older, 'value')} under an old key.", "Call: omm admin rotate-key")


def programs(redis: Redis, chosen: wiring.Settings) -> Iterator[Line]:
    """Whether all four run, of one release and with the same keys."""
    found, absent = Programs(redis).all(), Heartbeats(redis).absent()
    amiss = [wrong(PROGRAMS, WITHOUT[role], f"Start: python worker.py {role}") for role in absent]
    if all(one.role != WEB for one in found):
        amiss.append(wrong(PROGRAMS, "No web program is running: Slack is not heard.", "Start: python app.py"))
    ours = wiring.keys(chosen).names()
    same = f"Give all of them the same {SETTING}, and start them again."
    amiss += [wrong(PROGRAMS, f"{one} has other keys than this command.", same) for one in found if _differs(one, ours)]
    yield from amiss
    releases = sorted({one.release for one in found} | {version("omm-for-slack")})
    if len(releases) > 1:
        yield warning(PROGRAMS, f"several releases are at work: {', '.join(releases)}.",
                      "Replace the older ones within the hour.")
    elif not amiss:
        yield right(PROGRAMS, f"{number(len(found), 'program')} of release {releases[0]}.")


def _differs(program: Program, ours: tuple[str, ...]) -> bool:
    """True: one of the two cannot read what the other writes. A key more, as while one is replaced, does no harm."""
    return not program.keys or program.keys[0] not in ours or ours[0] not in program.keys


def _info(redis: Redis, section: str) -> Mapping[str, Any]:
    with suppress(RedisError):
        return dict(redis.info(section))
    return {}


def _parts(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".")[:2] if part.isdigit())
