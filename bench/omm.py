"""Our side of a run: the `omm` command as a person types it, with a store of its own in the box."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import revision
from bench.process import Finished, run
from bench.servers import PASSWORD


@dataclass(frozen=True, slots=True)
class Told:
    """A command that has ended, and the JSON that it printed last."""

    finished: Finished
    json: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Omm:
    """`omm` for somebody who has never used it before: `home` is empty at first. `ca_file` vouches for the servers.

    `product` is a folder with another commit's `omm`; None for the product that this bench lies in.
    """

    home: Path
    ca_file: Path
    product: Path | None = None

    def migrate(self, source: str, destination: str) -> Told:
        """`omm migrate`: the whole process, with its checks and its proof."""
        return self._run("migrate", source, destination)

    def roll_back(self, task_id: str) -> Told:
        """`omm rollback --yes`."""
        return self._run("rollback", task_id, "--yes")

    def _run(self, *arguments: str) -> Told:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "OMM_STATE_DIR": str(self.home / "state"),
            "OMM_CA_FILE": str(self.ca_file), "OMM_SOURCE_PASSWORD": PASSWORD, "OMM_DESTINATION_PASSWORD": PASSWORD,
        }
        command, more = revision.omm(self.product or revision.HOUSE)
        finished = run([*command, *arguments, "--json"], environment | more)
        if finished.status:
            raise RuntimeError(f"omm {arguments[0]} ended with {finished.status}: {finished.said}")
        return Told(finished, json.loads(finished.output.splitlines()[-1]))


@contextmanager
def somebody_new(ca_file: Path, product: Path | None = None) -> Iterator[Omm]:
    """Somebody who has no state and no keys yet."""
    with TemporaryDirectory(prefix="omm-bench-") as name:
        yield Omm(Path(name), ca_file, product)
