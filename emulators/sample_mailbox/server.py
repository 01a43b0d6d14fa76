"""Serves the sample mailbox over IMAP with STARTTLS, on the loopback interface: pymap, from PyPI alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from pysasl.hashing import BuiltinHash

from emulators.sample_mailbox.maildir import write_maildir

LOGIN = "claire@example.org"
PASSWORD = "un café, s'il te plaît"    # a passphrase as people choose them
START = 15.0            # seconds until the server must answer

_HASH_ROUNDS = 1000     # a test password on loopback needs no more


@dataclass(frozen=True, slots=True)
class SampleServer:
    """A running server. `ca_file` vouches for its certificate; `output` is what it wrote."""

    host: str
    port: int
    login: str
    password: str
    ca_file: Path
    output: Path

    @property
    def url(self) -> str:
        """The account as the product's terminal takes it."""
        return f"imap+starttls://{self.login.replace('@', '%40')}@{self.host}:{self.port}"


@contextmanager
def sample_server(
    directory: Path | None = None, *, port: int = 0, login: str = LOGIN, password: str = PASSWORD
) -> Iterator[SampleServer]:
    """Runs the server until the context ends.

    `directory` keeps the mailbox (written there if it is not there yet); a temporary one is used otherwise.
    Raises RuntimeError with the server's own words when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="omm-sample-") as temporary:
        base = directory or Path(temporary)
        server = SampleServer("localhost", port or _free_port(), login, password, base / "ca.pem", base / "output")
        _furnish(base, server)
        process = _start(base, server)
        try:
            _wait(process, server)
            yield server
        finally:
            process.terminate()
            process.wait(10)


def _furnish(base: Path, server: SampleServer) -> None:
    """Mailbox, user and certificate, in the files that pymap's maildir backend reads."""
    base.mkdir(parents=True, exist_ok=True)
    if not (base / "mail" / "cur").exists():
        write_maildir(base / "mail")
    digest = BuiltinHash(rounds=_HASH_ROUNDS).hash(server.password)
    (base / "pymap-etc-passwd").write_text(f"{server.login}:*::::mail:\n", encoding="utf-8")
    (base / "pymap-etc-shadow").write_text(f"{server.login}:{digest}:::::::\n", encoding="utf-8")
    (base / "pymap-etc-group").touch()
    authority = trustme.CA()
    issued = authority.issue_cert(server.host, "127.0.0.1")
    authority.cert_pem.write_to_path(str(server.ca_file))
    issued.private_key_and_cert_chain_pem.write_to_path(str(base / "server.pem"))
    (base / "server.pem").chmod(0o600)


def _start(base: Path, server: SampleServer) -> subprocess.Popen[bytes]:
    pem = str(base / "server.pem")
    command = [
        sys.executable, "-c", "from pymap.main import main; main()",
        "--host", "127.0.0.1", "--port", str(server.port), "--cert", pem, "--key", pem,
        "maildir", "--layout", "++", str(base),
    ]
    environment = os.environ | {"TZ": "UTC", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
    with server.output.open("wb") as output:
        return subprocess.Popen(      # noqa: S603  # our own words only
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )


def _wait(process: subprocess.Popen[bytes], server: SampleServer) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.terminate()
    words = server.output.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"the sample mailbox's server did not start: {words}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
