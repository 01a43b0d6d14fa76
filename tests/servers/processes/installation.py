"""A whole installation as its user has it: Dovecot, the Exchange emulator over TLS, and the real `omm`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme

from emulators.exchange import ExchangeEmulator
from tests.servers.certificates import OURS_ALONE, certificate
from tests.servers.mail_servers.dovecot import Dovecot, dovecot
from tests.servers.processes import zygote
from tests.servers.processes.zygote import Forked
from tests.servers.unheard import unheard

ADDRESS = "claire@example.org"
SOURCE_LOGIN = "claire"
SOURCE_PASSWORD = "the old one"
PASSWORD = "the new one"
OMM = Path(sys.executable).with_name("omm")


@dataclass
class Installation:
    """What a test needs to run `omm` between the two servers."""

    directory: Path
    imap: Dovecot
    emulator: ExchangeEmulator
    environment: dict[str, str]
    address: str = ADDRESS
    scheme: str = "imaps"       # of the source; or pop3s
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        port = self.imap.pop3s if self.scheme == "pop3s" else self.imap.imaps
        return f"{self.scheme}://{SOURCE_LOGIN}@localhost:{port}"

    @property
    def destination(self) -> str:
        return "ews+" + self.emulator.url.replace("//", f"//{quote(self.address, safe='')}@")

    def start(self, *arguments: str) -> Forked:
        return zygote.start("cli", arguments, self.environment, directory=self.directory)

    def omm(self, *arguments: str, timeout: float = 250) -> subprocess.CompletedProcess[str]:
        running = self.start(*arguments)
        stdout, stderr = running.communicate(timeout)
        return subprocess.CompletedProcess(arguments, running.wait(), stdout.decode(), stderr.decode())

    def migrate(self, timeout: float = 250) -> dict[str, Any]:
        """Runs `omm migrate --json` to its end and returns what it says."""
        done = self.omm("migrate", self.source, self.destination, "--json", timeout=timeout)
        assert done.returncode in (0, 1), done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def environment_for(directory: Path, ca: Path, **more: str) -> dict[str, str]:
    """A clean environment in which `omm` keeps everything below `directory`."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(directory / "home"), "LANG": "C.UTF-8", **OURS_ALONE,
        "OMM_STATE_DIR": str(directory / "state"), "OMM_CA_FILE": str(ca), "OMM_COMMIT_GRACE": "1",
        "OMM_SOURCE_PASSWORD": SOURCE_PASSWORD, "OMM_DESTINATION_PASSWORD": PASSWORD, **more,
    }


@contextmanager
def installation(
    directory: Path, *, users: Mapping[str, str] | None = None, scheme: str = "imaps"
) -> Iterator[Installation]:
    """Starts both servers; nothing is in the mailboxes yet. `scheme` is how the source is reached."""
    (directory / "home").mkdir(parents=True)
    authority = trustme.CA()
    ours = certificate(directory / "tls", ca=authority)
    with dovecot(users or {SOURCE_LOGIN: SOURCE_PASSWORD}, pop3=scheme == "pop3s") as imap:
        bundle = directory / "ca.pem"
        bundle.write_bytes(ours.ca.read_bytes() + imap.certificate.ca.read_bytes())
        with ExchangeEmulator(directory / "exchange.sqlite", tls=(ours.chain, ours.key)) as emulator:
            emulator.add_mailbox(ADDRESS, password=PASSWORD)
            yield Installation(directory, imap, emulator, environment_for(directory, bundle), scheme=scheme)
            unheard(emulator)
