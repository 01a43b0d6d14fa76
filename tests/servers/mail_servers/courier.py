"""A real Courier of our own: its `imapd` over Maildirs, unprivileged, on a loopback port, gone with its context.

Courier's own sign-in is bound to /etc/courier and /run/courier, which belong to the machine. So a door of ours takes
LOGIN, with any password, and then hands the connection to Courier's `imapd` as Courier's `imaplogin` does: the login in
AUTHENTICATED, the tag of the command in IMAPLOGINTAG. From the answer to LOGIN on, every byte is Courier's.
"""

from __future__ import annotations

import os
import shutil
import socketserver
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulators.listening import Listening
from tests.servers.mail_servers.packages import ROOT, unpacked
from tests.servers.processes.unprivileged import as_unprivileged, give_away, owner, stop
from tests.servers.slack.person import until

MISSING = "Courier is not here (make system-deps)"

_IMAPD = "usr/bin/imapd"
_SETTINGS = "etc/courier/imapd"
_GAMIN = "/usr/libexec/gam_server"


def installed() -> bool:
    """Whether this machine has Courier's IMAP server, and Gamin's, which it needs."""
    return unpacked(_IMAPD, _SETTINGS) and Path(_GAMIN).exists()


@dataclass(frozen=True)
class Courier:
    """A running server, which takes any password. `imap` is its port, without TLS."""

    directory: Path
    imap: int

    def home(self, user: str) -> Path:
        """Where a user's Maildir lies."""
        return self.directory / "homes" / user

    def give_away(self, path: Path) -> None:
        """Hands a tree that the test wrote to the server's own user."""
        give_away(path)


class _Door(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, base: Path) -> None:
        super().__init__(("127.0.0.1", 0), _SignIn)
        self.base = base
        self.settings = _settings()
        self.environment = {
            **self.settings, "GAM_CLIENT_ID": base.name, "PATH": os.environ["PATH"], "PROTOCOL": "IMAP",
            "LD_LIBRARY_PATH": ":".join(sorted({str(path.parent) for path in (base / "usr").rglob("*.so.*")})),
        }


class _SignIn(socketserver.StreamRequestHandler):
    """One connection."""

    rbufsize = 0            # nothing is read that is meant for imapd
    server: _Door

    def handle(self) -> None:
        offers = self.server.settings["IMAP_CAPABILITY"].encode()
        self.wfile.write(b"* OK [CAPABILITY %b] Courier-IMAP ready.\r\n" % offers)
        while line := self.rfile.readline(8192):
            tag, _, rest = line.strip().partition(b" ")
            name, _, arguments = rest.partition(b" ")
            if name.upper() == b"LOGIN":
                self._hand_over(tag, arguments.split()[0].strip(b'"').decode())
                break
            if name.upper() == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY %b\r\n%b OK CAPABILITY completed\r\n" % (offers, tag))
            else:
                self.wfile.write(tag + b" NO Error in IMAP command received by server.\r\n")

    def _hand_over(self, tag: bytes, login: str) -> None:
        base = self.server.base
        home = base / "homes" / login
        who = {
            "AUTHENTICATED": login, "AUTHADDR": login, "HOME": str(home), "IMAPLOGINTAG": tag.decode(),
            "TCPREMOTEIP": self.client_address[0], "TCPREMOTEPORT": str(self.client_address[1]),
        }
        with (base / "output").open("ab") as output:
            subprocess.run(
                [*as_unprivileged(), str(base / _IMAPD), "Maildir"], cwd=home, env=self.server.environment | who,
                stdin=self.connection, stdout=self.connection, stderr=output, check=False,
            )


def _settings() -> dict[str, str]:
    """The settings that Debian gives to Courier, which are lines of a shell."""
    pairs = (line.partition("=") for line in (ROOT / _SETTINGS).read_text().splitlines() if line[:1].isupper())
    return {name: value.strip('"') for name, _, value in pairs if "$" not in value}


@contextmanager
def _gamin(base: Path) -> Iterator[None]:
    """Runs the server by which imapd watches folders. One that imapd starts by itself outlives it."""
    with (base / "output").open("ab") as output:
        process = subprocess.Popen(
            [*as_unprivileged(), _GAMIN, "--notimeout", base.name], cwd=base, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )
    try:
        until(lambda: process.poll() is not None or f"/tmp/fam-{owner()[0]}-{base.name}" in _sockets())
        yield
    finally:
        stop(process)


def _sockets() -> str:
    return Path("/proc/net/unix").read_text()


@contextmanager
def courier(*users: str) -> Iterator[Courier]:
    """Runs a Courier for those users until the context ends."""
    base = Path(tempfile.mkdtemp(prefix="omm-co-"))
    base.chmod(0o755)
    for part in ("usr/bin", "usr/lib"):     # its user need not be able to read this checkout
        shutil.copytree(ROOT / part, base / part, symlinks=True, ignore=shutil.ignore_patterns("cyrus", "libcyrus*"))
    for user in users:
        (base / "homes" / user).mkdir(parents=True)
    give_away(base)
    with _gamin(base), _Door(base) as door:
        listening = Listening(door, "courier")
        try:
            yield Courier(base, door.server_address[1])
        finally:
            listening.stop()
            shutil.rmtree(base, ignore_errors=True)
