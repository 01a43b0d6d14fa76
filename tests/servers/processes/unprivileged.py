"""Servers that are started as root give up its rights first; whose they are then, and how they are ended."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
from pathlib import Path

UNPRIVILEGED = "nobody"


def as_unprivileged() -> list[str]:
    """What to put before a command so that it runs without root's rights; nothing where we have none."""
    if os.getuid() != 0:
        return []
    return ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={owner()[1]}", "--clear-groups"]


def owner() -> tuple[str, str, int, int]:
    """The user and group that servers run as: their names, then their numbers."""
    account = pwd.getpwnam(UNPRIVILEGED) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return account.pw_name, grp.getgrgid(account.pw_gid).gr_name, account.pw_uid, account.pw_gid


def give_away(path: Path) -> None:
    """Hands a tree that a test wrote to the user that servers run as."""
    _, _, uid, gid = owner()
    for each in (path, *path.rglob("*")) if os.getuid() == 0 else ():
        os.chown(each, uid, gid, follow_symlinks=False)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a server and the processes it started, which share its process group."""
    process.terminate()
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(90)
