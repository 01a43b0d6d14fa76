"""Servers of Debian that cannot be installed side by side, unpacked into the virtual environment.

Cyrus and Courier conflict with each other and with other servers of mail. `make system-deps` installs the shared
libraries that they need, and brings and unpacks the servers themselves here, where only tests find them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.prefix) / "servers"     # what a package has in /usr lies in ROOT/usr
CYRUS = ("cyrus-common", "cyrus-imapd")
COURIER = ("courier-authlib", "courier-authlib-userdb", "courier-base", "courier-imap")

_UNUSED = re.compile(r"libclamav|libpq|libzephyr")  # of tools beside the servers: a virus scanner, notices, PostgreSQL
_AS_ROOT = ("-o", "APT::Sandbox::User=root")        # else apt warns that its own user may not write here


def unpacked(*programs: str) -> bool:
    """True: these programs are in ROOT, as paths below it."""
    return all((ROOT / program).exists() for program in programs)


def libraries() -> list[str]:
    """The packages of shared libraries that the servers' packages ask for."""
    asked = _run("apt-cache", "depends", *CYRUS, *COURIER)
    names = set(re.findall(r"^ *\|?Depends: (lib[\w.+-]+)$", asked, re.MULTILINE))
    return sorted(name for name in names if not _UNUSED.match(name))


def fetch() -> None:
    """Brings the servers and unpacks them into ROOT, which is made anew. Raises CalledProcessError."""
    shutil.rmtree(ROOT, ignore_errors=True)
    archives = ROOT / "archives"
    archives.mkdir(parents=True)
    _run("apt-get", "download", "-qq", *_AS_ROOT, *CYRUS, *COURIER, directory=archives)
    for archive in sorted(archives.glob("*.deb")):
        _run("dpkg", "-x", str(archive), str(ROOT))


def _run(*command: str, directory: Path | None = None) -> str:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command, cwd=directory, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=True
    ).stdout


def main() -> int:
    """Installs the libraries, as root, and unpacks the servers. The exit status."""
    try:
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "--no-upgrade", *libraries())
        fetch()
    except subprocess.CalledProcessError as error:
        print(f"Cyrus and Courier could not be brought: {' '.join(error.cmd[:2])} failed.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
