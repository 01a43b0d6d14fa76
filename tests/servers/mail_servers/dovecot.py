"""A real Dovecot (2.3) of our own: unprivileged, on loopback ports nobody else uses, gone with its context.

Started as root it gives up its rights first, since Dovecot refuses to read mail as root.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.servers.certificates import Certificate, certificate
from tests.servers.ports import free_ports, wait_for_port
from tests.servers.processes.unprivileged import as_unprivileged, give_away, owner, stop

MISSING = "Dovecot is not installed (make system-deps)"

SPECIAL_USE = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Trash": "\\Trash", "Junk": "\\Junk", "Archive": "\\Archive"}


def installed() -> bool:
    """Whether this machine has Dovecot's IMAP server."""
    return shutil.which("dovecot") is not None and Path("/usr/lib/dovecot/imap").exists()


@dataclass(frozen=True)
class Layout:
    """What differs between the Dovecots that tests want.

    `special_use` maps folder names (UTF-8) to attributes; these folders exist from the start. `extra` is appended
    to the configuration as it is.
    """

    separator: str = "/"
    prefix: str = ""
    special_use: Mapping[str, str] = field(default_factory=lambda: dict(SPECIAL_USE))
    max_connections: int = 50
    extra: str = ""


@dataclass(frozen=True)
class Dovecot:
    """A running server. `imap` and `pop3` take STARTTLS and plaintext, `imaps` and `pop3s` TLS (0 without pop3)."""

    directory: Path
    certificate: Certificate
    imap: int
    imaps: int
    pop3: int
    pop3s: int
    host: str = "localhost"

    def home(self, user: str) -> Path:
        """Where a user's mail lies."""
        name = user if re.fullmatch(r"[\w@.+-]{1,100}", user) else sha256(user.encode()).hexdigest()
        return self.directory / "homes" / name

    @property
    def log(self) -> str:
        """What the server wrote so far."""
        return (self.directory / "dovecot.log").read_text(errors="replace")

    def give_away(self, path: Path) -> None:
        """Hands a tree that the test wrote to the server's own user."""
        give_away(path)


@contextmanager
def dovecot(users: Mapping[str, str], *, layout: Layout | None = None, pop3: bool = False) -> Iterator[Dovecot]:
    """Runs a Dovecot for `users` (login: password) until the context ends."""
    base = Path(tempfile.mkdtemp(prefix="omm-dc-"))     # short: its sockets' paths must stay below 107 bytes
    base.chmod(0o755)
    imap, imaps, *pop3_ports = free_ports(4)
    server = Dovecot(base, certificate(base / "tls"), imap, imaps, *(pop3_ports if pop3 else (0, 0)))
    for user in users:
        server.home(user).mkdir(parents=True)
    (base / "passwd").write_text("".join(_passwd_line(server, *entry) for entry in users.items()))
    (base / "dovecot.conf").write_text(_configuration(server, layout or Layout()))
    server.give_away(base)
    with (base / "output").open("wb") as output:
        process = subprocess.Popen(
            [*as_unprivileged(), "dovecot", "-F", "-c", str(base / "dovecot.conf")],
            stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )
    try:
        if not wait_for_port(imaps) or process.poll() is not None:
            raise RuntimeError("Dovecot did not start: " + (base / "output").read_text(errors="replace"))
        yield server
    finally:
        stop(process)
        shutil.rmtree(base, ignore_errors=True)


def _passwd_line(server: Dovecot, user: str, password: str) -> str:
    _, _, uid, gid = owner()
    return f"{user}:{_scheme(password)}:{uid}:{gid}::{server.home(user)}::\n"


def _scheme(password: str) -> str:
    """A password in a form that survives a colon-separated file."""
    return "{PLAIN.HEX}" + password.encode().hex()


def _configuration(server: Dovecot, layout: Layout) -> str:
    name, group, uid, gid = owner()
    base, tls = server.directory, server.certificate
    special = "\n".join(
        f'  mailbox "{folder}" {{\n    special_use = {use}\n    auto = create\n  }}'
        for folder, use in layout.special_use.items()
    )
    return f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap{" pop3" if server.pop3s else ""}
listen = 127.0.0.1
default_internal_user = {name}
default_login_user = {name}
default_internal_group = {group}
first_valid_uid = {uid}
first_valid_gid = {gid}
default_vsz_limit = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = {layout.max_connections}
ssl = yes
ssl_cert = <{tls.chain}
ssl_key = <{tls.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
passdb {{
  driver = passwd-file
  args = username_format=%u {base}/passwd
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {base}/passwd
}}
namespace inbox {{
  inbox = yes
  separator = {layout.separator}
  prefix = {layout.prefix}
{special}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.imap}
  }}
  inet_listener imaps {{
    port = {server.imaps}
    ssl = yes
  }}
}}
{_pop3(server)}
{layout.extra}
"""


def _pop3(server: Dovecot) -> str:
    if not server.pop3s:
        return ""
    return f"""
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {server.pop3}
  }}
  inet_listener pop3s {{
    port = {server.pop3s}
    ssl = yes
  }}
}}
"""
