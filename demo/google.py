"""The stand-in for Google: Claire's Gmail account, the pages on which she allows access, and the settings for both."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.program import Program
from demo.servers import START, certificate
from emulators.google.control import Control
from emulators.google.scopes import IMAP_ADMIN

ADDRESS, NAME = "claire.martin@atelier.example", "Claire Martin"
DOMAIN = ADDRESS.partition("@")[2]
READ = [f"https://www.googleapis.com/auth/{name}" for name in (     # as docs/gmail.md has them
    "contacts.readonly", "calendar.readonly", "tasks.readonly", "gmail.settings.basic", "gmail.labels",
)]
CALLBACK = "/oauth/google/callback"     # where Google leads browsers back to, as docs/gmail.md has it


@dataclass(frozen=True, slots=True)
class Google:
    """A running emulator. `api` is its address, `imap` host and port of its IMAP, `ca_file` vouches for both.

    `directory` is where the files are written that Google's console would give out.
    """

    api: str
    imap: str
    control: Control
    ca_file: Path
    directory: Path

    @property
    def url(self) -> str:
        """The account as the terminal takes it."""
        return f"gmail://{ADDRESS}"

    def for_browsers(self, public_url: str) -> Mapping[str, str]:
        """The settings of an OMM that asks people for consent, whose pages are at that address."""
        self.control.call("change_client", kind="web", redirect_uris=[public_url + CALLBACK])
        return self._settings("GOOGLE_CLIENT_SECRETS_FILE", self.control.call("client_secrets", kind="web"))

    def for_the_terminal(self) -> Mapping[str, str]:
        """The settings of an OMM that a domain's administrator lets into all mailboxes: a terminal has no browser."""
        self.control.call("add_service_account")
        self.control.call("delegate", domain=DOMAIN, scopes=[IMAP_ADMIN, *READ])
        return self._settings("GOOGLE_SERVICE_ACCOUNT_FILE", self.control.call("service_account_file"))

    def _settings(self, name: str, content: Any) -> Mapping[str, str]:
        path = self.directory / f"{name.lower()}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(content), encoding="utf-8")
        return {name: str(path), "GOOGLE_API_URL": self.api, "GOOGLE_IMAP_HOST": self.imap}

    def holds_access(self) -> bool:
        """True: there is a token with which somebody else than Claire can get at her account."""
        return any(self.control.call("tokens", address=ADDRESS).values())


@contextmanager
def google(directory: Path) -> Iterator[Callable[[], Google]]:
    """The emulator in a process of its own, until the context ends; what it yields waits until it is ready.

    Raises RuntimeError then when it does not start.
    """
    files = certificate(directory)
    command = [
        sys.executable, "-m", "emulators.google", "--person", f"{ADDRESS}={NAME}", "--mail", str(directory / "mail"),
        "--tls-cert", str(files.chain), "--tls-key", str(files.key),
    ]
    program = Program("google", command, directory, {}, prints=True)

    def ready() -> Google:
        said = json.loads(program.line(START))
        imap, both = said["imap"], directory / "authorities.pem"
        both.write_bytes(files.ca_file.read_bytes() + Path(imap["ca"]).read_bytes())
        control = Control(said["control"], files.ca_file)
        return Google(said["url"], f"{imap['host']}:{imap['port']}", control, both, directory)

    try:
        program.start()
        yield ready
    finally:
        program.end()
