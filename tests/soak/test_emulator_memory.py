"""The Exchange emulator's memory does not grow with what it stores."""

from __future__ import annotations

import psutil

from bench import appointments
from bench.servers import Exchange, exchange

ADDRESS = "calendar@example.org"
MANY = 50_000
GROWTH = 24 * 1024 * 1024       # bytes that the second half may add: what is noted of each request, and pages of SQLite
MOST = 250 * 1024 * 1024        # bytes


def test_fifty_thousand_appointments_need_little_memory() -> None:
    """With 50,000 appointments it holds hardly more than with 25,000, and stays below 250 MB."""
    bodies = list(appointments.requests(MANY))
    with exchange([ADDRESS]) as server:
        server.control.configure(auth=["basic"])
        appointments.create(server, ADDRESS, bodies[: len(bodies) // 2])
        half = resident(server)
        appointments.create(server, ADDRESS, bodies[len(bodies) // 2 :])
        whole = resident(server)

    assert whole - half < GROWTH, f"{half / 1e6:.0f} MB, then {whole / 1e6:.0f} MB"
    assert whole < MOST, f"{whole / 1e6:.0f} MB"


def resident(server: Exchange) -> int:
    """The memory that the emulator holds, in bytes."""
    return int(psutil.Process(server.pid).memory_info().rss)
