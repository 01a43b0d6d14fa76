"""Passwords are nowhere to be found: not on disk, not in logs, not in command lines, and after the end not at all."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

import wiring
from engine.clock import utc_now
from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import generated, write_folder
from tests.servers.on_disk import files
from tests.servers.processes.installation import ADDRESS, OMM, Installation, installation

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")

SOURCE = "s€ntinel-source@%41\"'/\\ é&<"
DESTINATION = "s€ntinel-destination@%42\"'/\\ ü&<"
TOKEN = re.compile(rb"gAAAA[A-Za-z0-9_-]{20,}=*")
EVERYTHING = """
import logging, sys
import cli
logging.basicConfig(filename=sys.argv.pop(1), level=logging.DEBUG, force=True)
for name in ("urllib3", "requests", "imapclient", "spnego", "redis"):
    logging.getLogger(name).setLevel(logging.DEBUG)
set_level = logging.Logger.setLevel
logging.Logger.setLevel = lambda logger, level: set_level(logger, logging.DEBUG)
sys.argv = ["omm", *sys.argv[1:]]
sys.exit(cli.main())
"""
BOOM = """
import sys
import cli
from engine.items.way import ItemWay
def boom(_way, run):
    secret = run.source._credential, run.source._credential.secret()
    raise RuntimeError(f"forced: {run!r} {secret!r}")
ItemWay.forwards = boom
sys.argv = ["omm", *sys.argv[1:]]
sys.exit(cli.main())
"""


def disguises(secret: str) -> Iterator[bytes]:
    """The secret as it may turn up: plain, escaped in every usual way, and in base64."""
    for text in (
        secret, urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret),
        json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret),
        repr(secret)[1:-1], repr(secret.encode())[2:-1], secret.replace("\\", "\\\\").replace('"', '\\"'),
    ):
        yield text.encode()
    for coded in (secret.encode(), secret.encode("utf-16-le")):
        yield from _base64(coded)
    for login in ("claire", ADDRESS, f"\0claire\0{secret}"):
        yield from _base64(f"{login}:{secret}".encode() if "\0" not in login else login.encode())


def _base64(data: bytes) -> Iterator[bytes]:
    """Base64 of it at every alignment, without the characters that its neighbours would change."""
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * shift + data).rstrip(b"=")
            yield whole[(0, 2, 3)[shift] : len(whole) - 1]


def assert_hidden(data: bytes, where: str) -> None:
    for secret in (SOURCE, DESTINATION):
        for disguise in disguises(secret):
            assert disguise not in data, f"a password is in {where}: {disguise!r}"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("secrets"), users={"claire": SOURCE}) as built:
        built.emulator.change_password(ADDRESS, DESTINATION)
        built.environment.update(OMM_SOURCE_PASSWORD=SOURCE, OMM_DESTINATION_PASSWORD=DESTINATION)
        home = built.imap.home("claire")
        write_folder(home / "Maildir", (), generated(40))
        built.imap.give_away(home)
        yield built


def files_of(at: Installation) -> dict[Path, bytes]:
    return files(at.directory / "state")


def seek(at: Installation) -> None:
    for path, data in files_of(at).items():
        assert_hidden(data, str(path))


class CommandLines(threading.Thread):
    """Looks at the command lines of all processes until it is told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue


@pytest.mark.parametrize("auth", [("ntlm",), ("basic",)])
def test_a_migration_shows_no_password(at: Installation, auth: tuple[str, ...]) -> None:
    """State directory, output, command lines and every library's DEBUG log hold no password."""
    at.emulator.configure(auth=auth)
    log = at.directory / f"everything-{auth[0]}.log"
    watcher = CommandLines()
    watcher.start()
    done = _run_python(at, EVERYTHING, str(log), "migrate", at.source, at.destination, "--json")
    watcher.enough.set()
    watcher.join()

    assert done.returncode == 0, done.stderr
    assert any(b"migrate" in line for line in watcher.seen)
    assert_hidden(b"\n".join(watcher.seen), "a command line")
    assert_hidden(done.stdout + done.stderr, "the output")
    assert b"DEBUG:urllib3" in log.read_bytes()
    assert_hidden(log.read_bytes(), "a log")
    seek(at)


def _run_python(at: Installation, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], env=at.environment, cwd=Path(__file__).parents[2],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=200, check=False,
    )


def test_a_forced_traceback_shows_no_password(at: Installation) -> None:
    """An error of our own, raised in the middle with everything at hand, is logged without a password."""
    done = _run_python(at, BOOM, "migrate", at.source, at.destination, "--verbose")

    assert done.returncode == 2
    assert b"Traceback" not in done.stdout + done.stderr
    assert_hidden(done.stdout + done.stderr, "the output")
    assert b"forced" in b"".join(files_of(at).values())
    seek(at)


def test_a_refused_password_is_not_shown(at: Installation) -> None:
    """A wrong password is refused without being repeated anywhere."""
    wrong = dict(at.environment, OMM_DESTINATION_PASSWORD=SOURCE)
    done = subprocess.run(
        [OMM, "migrate", at.source, at.destination, "--verbose"], env=wrong, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=200, check=False,
    )

    assert done.returncode == 2
    assert_hidden(done.stdout + done.stderr, "the output")
    seek(at)


def test_48_hours_after_the_end_nothing_decrypts_to_a_password(at: Installation) -> None:
    """With the key at hand and the clock moved, no token on disk is a password any more."""
    # a state directory of its own: tasks of the other tests have not ended, and keep what they need to be resumed
    at.environment["OMM_STATE_DIR"] = str(at.directory / "state" / "ended")
    at.omm("migrate", at.source, at.destination)
    chosen = wiring.settings(at.environment)
    later = utc_now() + timedelta(hours=48, minutes=1)
    key = next((at.directory / "home").rglob("secret.key")).read_text().strip()
    assert _passwords(at, key) == {DESTINATION}

    with wiring.engine(chosen, trusts_person=True, clock=lambda: later):
        pass

    assert _passwords(at, key) == set()


def _passwords(at: Installation, key: str) -> set[str]:
    """The passwords among everything on disk that this key decrypts."""
    found = set()
    ended = Path(at.environment["OMM_STATE_DIR"])
    for data in files(ended).values():
        for token in TOKEN.findall(data):
            try:
                kept = Fernet(key).decrypt(token).decode()
            except InvalidToken:
                continue
            found |= {secret for secret in (SOURCE, DESTINATION) if json.dumps(secret) in kept}
    return found
