"""The two sides of a comparison, each a process of its own from start to end, into a mailbox that is empty."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.omm import somebody_new
from bench.process import Finished, run
from bench.servers import LOGIN, PASSWORD, Exchange, source_account
from tests.servers.mail_servers.dovecot import Dovecot

HOUSE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. `seconds` is the whole process, `inner` its work without interpreter start, imports and checks.

    `cpu` and `server_cpu` are the seconds that the process and the Exchange emulator were at work; `peak` is the most
    memory the process held, in bytes.
    """

    seconds: float
    inner: float
    cpu: float
    server_cpu: float
    peak: int


@contextmanager
def authorities(mail: Dovecot, server: Exchange) -> Iterator[Path]:
    """One file with the certificate authorities of both servers."""
    with TemporaryDirectory(prefix="omm-bench-") as name:
        file = Path(name) / "ca.pem"
        file.write_text(mail.certificate.ca.read_text() + server.ca_file.read_text())
        yield file


def ours(mail: Dovecot, server: Exchange, address: str, ca_file: Path) -> Measured:
    """`omm migrate`, with a store that is started for it."""
    before = server.cpu()
    with somebody_new(ca_file) as omm:
        told = omm.migrate(source_account(mail), server.account(address))
    return _measured(told.finished, told.json, server.cpu() - before)


def stock(mail: Dovecot, server: Exchange, address: str, ca_file: Path, *, bare: bool = False) -> Measured:
    """`bench/stock.py`."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(ca_file.parent), "PYTHONPATH": str(HOUSE),
        "SSL_CERT_FILE": str(ca_file), "REQUESTS_CA_BUNDLE": str(ca_file),
        "OMM_SOURCE_PASSWORD": PASSWORD, "OMM_DESTINATION_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "-m", "bench.stock", mail.host, str(mail.imaps), LOGIN, server.url, address]
    command += ["--bare"] if bare else []
    before = server.cpu()
    finished = run(command, environment)
    if finished.status:
        raise RuntimeError(f"the stock script ended with {finished.status}: {finished.said}")
    return _measured(finished, json.loads(finished.output), server.cpu() - before)


def _measured(finished: Finished, told: dict[str, Any], server_cpu: float) -> Measured:
    return Measured(finished.seconds, float(told["seconds"]), finished.cpu, server_cpu, finished.peak)
