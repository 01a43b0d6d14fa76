"""Which process this is, so that others on the same machine can tell when it has died.

Linux only (/proc). Elsewhere a process has no name, and whoever waits for it waits until its lease is over.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def own_name() -> str:
    """Our own name: the machine's boot, the PID namespace, the PID, and when it started. '' where there is no /proc."""
    return _name(os.getpid())


def is_dead(name: str) -> bool:
    """True: that process surely does not run any more. False for one that cannot be seen from here."""
    where, _, rest = name.partition("|")
    pid = rest.partition(" ")[0]
    if not pid.isdigit() or where != _where():
        return False
    return _name(int(pid)) != name


def _where() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _name(pid: int) -> str:
    """'' for a process that is gone, or has ended and only waits to be noticed."""
    where = _where()
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{where}|{pid} {fields[19]}" if where and fields[0] not in "ZX" else ""
