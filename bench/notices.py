"""The notifier's door, which also writes down how long each pass took: `python -m bench.notices FILE`.

Everything else is `worker.py notices` as it is.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import worker
from bot.notices.notifier import Notifier


def main(path: Path) -> int:
    """Runs the door; each pass adds a line to the file: when it ended, in seconds since 1970, and what it took."""
    tick = Notifier.tick

    def timed(self: Notifier) -> float:
        began = time.monotonic()
        wait = tick(self)
        with path.open("a") as file:
            file.write(json.dumps([time.time(), time.monotonic() - began]) + "\n")
        return wait

    Notifier.tick = timed       # type: ignore[method-assign]  # for this process, and those that it forks
    return worker.main(["notices"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
