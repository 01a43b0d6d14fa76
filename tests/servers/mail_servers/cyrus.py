"""A real Cyrus of our own, with its default namespaces: unprivileged, on a loopback port, gone with its context."""

from __future__ import annotations

import imaplib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient.imap_utf7 import encode as encode_utf7

from tests.servers.mail_servers.packages import ROOT, unpacked
from tests.servers.mailbox import Message
from tests.servers.ports import free_ports, wait_for_port
from tests.servers.processes.unprivileged import as_unprivileged, give_away, owner, stop

MISSING = "Cyrus is not here (make system-deps)"
ADMIN = "cyrus"
READ = "lrs"            # the rights to see, to read, and to keep what was seen (RFC 4314 §2.1)
EVERYTHING = "lrswipkxtea"

_PROGRAMS = "usr/lib/cyrus/bin"


def installed() -> bool:
    """Whether this machine has Cyrus' IMAP server."""
    return unpacked(f"{_PROGRAMS}/master", f"{_PROGRAMS}/imapd")


@dataclass(frozen=True)
class Cyrus:
    """A running server, which takes any password. `imap` is its port, without TLS."""

    directory: Path
    imap: int

    def fill(self, mailbox: str, messages: Iterable[Message], *, readers: Iterable[str] = ()) -> None:
        """Makes a mailbox, by Cyrus' own name for it, with those messages; `readers` may read it.

        Raises ValueError where Cyrus does not do so.
        """
        name = '"' + encode_utf7(mailbox).decode() + '"'
        with imaplib.IMAP4("127.0.0.1", self.imap) as client:
            client.login(ADMIN, "any")
            _done(client.create(name))
            _done(client.setacl(name, ADMIN, EVERYTHING))
            for reader in readers:
                _done(client.setacl(name, reader, READ))
            for message in messages:
                mime = message.mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                _done(client.append(name, "(\\Seen)", imaplib.Time2Internaldate(message.date), mime))


def _done(answer: tuple[str, list[object]]) -> None:
    if answer[0] != "OK":
        raise ValueError(f"Cyrus did not do it: {answer}")


@contextmanager
def cyrus() -> Iterator[Cyrus]:
    """Runs a Cyrus without mailboxes until the context ends."""
    base = Path(tempfile.mkdtemp(prefix="omm-cy-"))     # short: its sockets' paths must stay below 107 bytes
    base.chmod(0o755)
    (port,) = free_ports(1)
    _furnish(base, port)
    with (base / "output").open("wb") as output:
        process = subprocess.Popen(
            [*as_unprivileged(), *_command(base, "master"), "-M", str(base / "cyrus.conf"),
             "-p", str(base / "pid"), "-D"],
            stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, _libraries(base)))},
        )
    try:
        if not wait_for_port(port) or process.poll() is not None:
            raise RuntimeError("Cyrus did not start: " + (base / "output").read_text(errors="replace"))
        yield Cyrus(base, port)
    finally:
        stop(process)
        shutil.rmtree(base, ignore_errors=True)


def _furnish(base: Path, port: int) -> None:
    """Writes what Cyrus needs, its programs too: its user need not be able to read this checkout."""
    shutil.copytree(ROOT / "usr" / "lib", base / "usr" / "lib", symlinks=True, ignore=shutil.ignore_patterns("perl5"))
    for part in ("state", "proc", "lock", "mail"):
        (base / part).mkdir()
    (base / "imapd.conf").write_text(_configuration(base))
    (base / "cyrus.conf").write_text(_services(base, port))
    give_away(base)


def _libraries(base: Path) -> list[Path]:
    return sorted({path.parent for path in (base / "usr" / "lib").rglob("libcyrus*.so.*")})


def _command(base: Path, program: str) -> list[str]:
    return [str(base / _PROGRAMS / program), "-C", str(base / "imapd.conf")]


def _configuration(base: Path) -> str:
    """Debian's own settings where they matter to a client; places of our own, and any password.

    By default Cyrus writes X for every byte of a header above 127 that it is given; here it keeps what it is given.
    """
    user, group, _, _ = owner()
    return f"""
cyrus_user: {user}
cyrus_group: {group}
configdirectory: {base}/state
proc_path: {base}/proc
mboxname_lockpath: {base}/lock
idlesocket: {base}/idle
notifysocket: {base}/notify
defaultpartition: default
partition-default: {base}/mail
altnamespace: no
unixhierarchysep: no
hashimapspool: true
admins: {ADMIN}
allowplaintext: yes
munge8bit: no
sasl_mech_list: PLAIN
sasl_pwcheck_method: alwaystrue
"""


def _services(base: Path, port: int) -> str:
    return f"""
START {{
  recover cmd="{' '.join(_command(base, 'ctl_cyrusdb'))} -r"
}}
SERVICES {{
  imap cmd="{' '.join(_command(base, 'imapd'))}" listen="127.0.0.1:{port}" prefork=0 maxchild=20
}}
EVENTS {{
}}
"""
