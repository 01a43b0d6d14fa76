"""The two ends of a run: Dovecot with a mailbox, and the Exchange emulator as a process of its own, both over TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from bench.mailbox import FOLDERS, furnish
from emulators.exchange.control import Control
from tests.servers.certificates import certificate
from tests.servers.mail_servers.dovecot import Dovecot, dovecot

LOGIN = "claire@example.org"
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running emulator. `ca_file` vouches for its certificate."""

    url: str
    control: Control
    ca_file: Path
    pid: int

    def account(self, address: str) -> str:
        """A mailbox as the terminal takes it."""
        return "ews+" + self.url.replace("//", f"//{quote(address, safe='')}@")

    def cpu(self) -> float:
        """Seconds that it has been at work so far."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def source(
    count: int, size: int, folders: tuple[tuple[str, ...], ...] = FOLDERS, *, pop3: bool = False
) -> Iterator[Dovecot]:
    """A Dovecot with `count` messages of `size` bytes. Nothing in it changes: every run may read it."""
    with dovecot({LOGIN: PASSWORD}, pop3=pop3) as server:
        furnish(server.home(LOGIN) / "Maildir", count, size, folders)
        server.give_away(server.home(LOGIN))
        yield server


def source_account(server: Dovecot, scheme: str = "imaps") -> str:
    """The mailbox as the terminal takes it, by imaps or pop3s."""
    port = server.pop3s if scheme == "pop3s" else server.imaps
    return f"{scheme}://{quote(LOGIN, safe='')}@{server.host}:{port}"


@contextmanager
def exchange(addresses: Sequence[str]) -> Iterator[Exchange]:
    """The emulator with an empty mailbox for each address."""
    with tempfile.TemporaryDirectory(prefix="omm-bench-") as name:
        base = Path(name)
        tls = certificate(base / "tls")
        command = [
            sys.executable, "-m", "emulators.exchange", "--database", str(base / "exchange.sqlite"),
            "--tls-cert", str(tls.chain), "--tls-key", str(tls.key), "--control-port", "0",
        ]
        for address in addresses:
            command += ["--mailbox", address]
        environment = os.environ | {"OMM_EMULATOR_PASSWORD": PASSWORD}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment) as process:
            assert process.stdout is not None
            try:
                said = json.loads(process.stdout.readline())
                url = said["url"].replace("127.0.0.1", "localhost")
                yield Exchange(url, Control(said["control"]), tls.ca, process.pid)
            finally:
                process.terminate()
                process.wait(20)
