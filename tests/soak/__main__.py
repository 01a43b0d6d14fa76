"""Runs all of it: `make soak`. HISTORIES (2,000 unless given) is how many histories are drawn. Those
over real sockets are other ones each time: HISTORIES_FROM, a number, plays those of an earlier run again.

Nothing here is collected by `make test`: these are tests of other folders, run for longer, and those of this one.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
HISTORIES = "2000"
OF_LOAD = (
    "tests/load/test_migration_killed_everywhere.py",
    "tests/load/test_rollback_killed_everywhere.py",
    "tests/load/test_large_mailboxes_killed.py",
    "tests/load/test_calendars_killed.py",
)
DRAWN = "tests/histories"
OWN = "tests/soak"


def main() -> int:
    """Exit status of pytest: 0 when everything ended well."""
    os.chdir(HOUSE)
    os.environ.setdefault("HISTORIES", HISTORIES)
    os.environ.setdefault("HISTORIES_FROM", str(secrets.randbelow(1_000_000)))
    how = ["-n", "auto", "--dist", "loadfile", "--timeout", "3600"]
    return int(pytest.main([*OF_LOAD, DRAWN, OWN, *how, *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
