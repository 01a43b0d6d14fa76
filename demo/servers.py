"""Two servers of the demo: a sample mailbox over IMAP, and the Exchange emulator, both on this machine alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import trustme

from emulators.sample_mailbox.server import SampleServer, sample_server

LOGIN = "claire.martin@exchange.example"
OLD_LOGIN = "claire.martin@ancien.example"      # her mailbox of before, on Exchange as well
PASSWORD = "correct horse: batterie & agrafe"  # noqa: S105 - opens the emulator's mailbox only
START = 120.0       # seconds until a program must have said where it listens; one that has ended is told at once
END = 60.0          # seconds that it has to end by itself


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running emulator. `service` is its web service's address, `control` where it can be told to be slow."""

    service: str
    control: str
    database: Path
    ca_file: Path
    login: str = LOGIN
    password: str = PASSWORD

    @property
    def url(self) -> str:
        """The account as the terminal takes it."""
        parts = urlsplit(self.service)
        return f"ews+{parts.scheme}://{quote(self.login, safe='')}@{parts.netloc}{parts.path}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of one. `ca_file` is that of its authority."""

    chain: Path
    key: Path
    ca_file: Path


@dataclass(frozen=True, slots=True)
class Servers:
    """Both ends; `ca_file` holds both authorities, and those of what else runs."""

    source: SampleServer
    destination: Exchange
    ca_file: Path


@contextmanager
def servers(directory: Path, *, others: Sequence[str] = ()) -> Iterator[Servers]:
    """Both servers, until the context ends. Raises RuntimeError when one does not start.

    `others` are logins that have an empty mailbox at the destination too, with the same password.
    """
    with sample_server(directory / "imap") as source, exchange(directory / "exchange", others) as destination:
        both = directory / "ca.pem"
        both.write_bytes(source.ca_file.read_bytes() + destination.ca_file.read_bytes())
        yield Servers(source, destination, both)


@contextmanager
def exchange(directory: Path, others: Sequence[str]) -> Iterator[Exchange]:
    """The emulator with one empty mailbox, and one for each of the others, in a process of its own."""
    files = certificate(directory)
    process = _start(directory, files, (LOGIN, *others))
    try:
        said = _said(process, directory)
        yield Exchange(said["url"], said["control"], directory / "mailboxes.sqlite", files.ca_file)
    finally:
        process.terminate()
        process.wait(END)
        if process.stdout is not None:
            process.stdout.close()


def certificate(directory: Path) -> Certificate:
    """Makes the directory, and in it a certificate for this machine, by an authority of its own."""
    directory.mkdir(parents=True)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = Certificate(*(directory / name for name in ("server.pem", "server.key", "ca.pem")))
    files.chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    authority.cert_pem.write_to_path(str(files.ca_file))
    return files


def _start(directory: Path, files: Certificate, logins: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "emulators.exchange", "--database", str(directory / "mailboxes.sqlite"),
        "--control-port", "0", "--tls-cert", str(files.chain), "--tls-key", str(files.key),
    ]
    for login in logins:
        command += ["--mailbox", login]
    with (directory / "output").open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own words only
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output, start_new_session=True,
            env=os.environ | {"OMM_EMULATOR_PASSWORD": PASSWORD},
        )


def _said(process: subprocess.Popen[bytes], directory: Path) -> dict[str, str]:
    """The addresses that the emulator prints when it listens."""
    assert process.stdout is not None
    line = line_within(process.stdout, START)
    if not line:
        process.terminate()
        words = (directory / "output").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"the Exchange emulator did not start: {words}")
    said: dict[str, str] = json.loads(line)
    return said


def line_within(stream: IO[bytes], seconds: float) -> bytes:
    """The first line that a process prints, empty when it prints none in time."""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(seconds)
    return found[0] if found else b""
