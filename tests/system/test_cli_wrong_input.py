"""Everything that can be typed wrongly ends in a clear line, and says no secret."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.certificates import certificate
from tests.servers.mail_servers.scripted_imap import scripted_imap
from tests.system.command import Command, Result

SECRET = "hunter2-é@%\"'/"
GOOD_SOURCE, GOOD_DESTINATION = "imaps://claire@mail.invalid", "ews+https://claire@mail.invalid"
WEB_PAGE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"
REFUSED = b"TAG NO [AUTHENTICATIONFAILED] no\r\n"
AT_ONCE = 3         # commands that run side by side: the slow ones wait for servers


@dataclass(frozen=True)
class Case:
    """Something typed. In arguments and settings, `{name}` is a server's port or a prepared path."""

    name: str
    arguments: tuple[str, ...]
    says: str
    status: int = 3
    env: Mapping[str, str | None] = field(default_factory=dict)


def check(name: str, source: str, says: str, status: int = 3) -> Case:
    return Case(name, ("check", source, GOOD_DESTINATION), says, status)


def check_destination(name: str, destination: str, says: str, status: int = 3) -> Case:
    return Case(name, ("check", "imap://u@127.0.0.1:{imap}", destination, "--allow-plaintext"), says, status)


ACCOUNTS = [
    check("empty", "", "account is empty"),
    check("spaces", "   ", "account is empty"),
    check("a word", "mail.example.org", "starts with one of"),
    check("http", "http://mail.example.org", "starts with one of"),
    check("smtp", "smtp://u@mail.example.org", "starts with one of"),
    check("file", "file:///etc/passwd", "starts with one of"),
    check("no login", "imaps://mail.example.org", "names no login"),
    check("no host", "imaps://u%40example.org@", "names no server"),
    check("a space in the host", "imaps://u@mail example.org", "names no server"),
    check("port 0", "imaps://u@mail.example.org:0", "from 1 to 65535"),
    check("port 65536", "imaps://u@mail.example.org:65536", "from 1 to 65535"),
    check("port 99999999999999", "imaps://u@mail.example.org:99999999999999", "from 1 to 65535"),
    check("port abc", "imaps://u@mail.example.org:abc", "from 1 to 65535"),
    check("port -1", "imaps://u@mail.example.org:-1", "from 1 to 65535"),
    check("broken brackets", "imaps://u@[::1", "cannot be read"),
    check("query", "imaps://u@mail.example.org/?x=1", "? or #"),
    check("path", "imaps://u@mail.example.org/INBOX", "ends with the server's name"),
    check("password in the URL", f"imaps://u:{SECRET}@mail.example.org", "password out of the account"),
    check("plaintext", "imap://u@mail.example.org", "--allow-plaintext"),
    check("plaintext POP3", "pop3://u@mail.example.org", "--allow-plaintext"),
    check("line break in the login", "imaps://u%0Ax@mail.example.org", "control character"),
    check("login of 3,000 characters", f"imaps://{'u' * 3000}@mail.example.org", "longer than 1024"),
    check("URL of 100,000 characters", f"imaps://u@{'m' * 100_000}", "no server called", 2),
    check("not UTF-8", "imaps://\udcff@mail.example.org", "not text in UTF-8"),
    Case("IMAP as a destination", ("check", GOOD_SOURCE, GOOD_SOURCE), "destination is an Exchange account"),
    Case("other path", ("check", GOOD_SOURCE, "ews+https://u@mail.example.org/owa"), "ends with /EWS/Exchange.asmx"),
    Case("no accounts", ("migrate",), "Missing argument"),
    Case("one account", ("migrate", GOOD_SOURCE), "Missing argument"),
    Case("a password as an argument", ("migrate", GOOD_SOURCE, GOOD_DESTINATION, SECRET), "unexpected extra argument"),
    Case("unknown option", ("migrate", GOOD_SOURCE, GOOD_DESTINATION, f"--password={SECRET}"), "No such option"),
    Case("unknown command", ("move",), "No such command"),
    Case("contents nobody knows", ("check", GOOD_SOURCE, GOOD_DESTINATION, "--contents", "mial"), "something unknown"),
    Case("no contents", ("check", GOOD_SOURCE, GOOD_DESTINATION, "--contents", ""), "something unknown"),
    Case("contents IMAP has not", ("migrate", GOOD_SOURCE, GOOD_DESTINATION, "--contents", "mail,calendars"),
         "cannot move calendars"),
]

TASKS = [
    Case("unknown task", ("status", "0000-0000"), "no migration 0000-0000", 2),
    Case("unknown task to resume", ("resume", "0000-0000"), "no migration", 2),
    Case("unknown task to pause", ("pause", "0000-0000"), "no migration", 2),
    Case("unknown task to cancel", ("cancel", "0000-0000"), "no migration", 2),
    Case("unknown task to report on", ("report", "0000-0000"), "no migration", 2),
    Case("unknown task to roll back", ("rollback", "0000-0000", "--yes"), "no migration", 2),
    Case("rollback without a terminal", ("rollback", "0000-0000"), "--yes"),
    Case("empty task ID", ("status", ""), "eight letters and digits"),
    Case("spaces for a task ID", ("resume", "  "), "eight letters and digits"),
    Case("long task ID", ("cancel", "7" * 5000), "eight letters and digits"),
    Case("task ID with a U", ("report", "UUUU-UUUU"), "eight letters and digits"),
    Case("task ID that moves the cursor", ("report", "\x1b[2J"), "eight letters and digits"),
]

PASSWORDS = [
    Case("no password and no terminal", ("check", GOOD_SOURCE, GOOD_DESTINATION), "no terminal to ask",
         env={"OMM_SOURCE_PASSWORD": None}),
    Case("empty password", ("check", GOOD_SOURCE, GOOD_DESTINATION), "no terminal to ask",
         env={"OMM_DESTINATION_PASSWORD": ""}),
    *(
        Case(f"password file: {name}",
             ("check", GOOD_SOURCE, GOOD_DESTINATION, "--source-password-file", "{files}/" + name), says)
        for name, says in {
            "missing": "cannot be read: No such file", "directory": "cannot be read: Is a directory",
            "empty": "is empty", "two lines": "more than one line", "long": "longer than 4,096 bytes",
            "latin-1": "not text in UTF-8", "pipe": "is empty",
        }.items()
    ),
]

SETTINGS = [
    Case("state directory is a file", ("status",), "cannot be used", env={"OMM_STATE_DIR": "{files}/empty"}),
    Case("state directory of another server", ("status",), "another server's data",
         env={"OMM_STATE_DIR": "{files}/foreign"}),
    Case("state directory cannot be made", ("status",), "cannot be used", env={"OMM_STATE_DIR": "/proc/omm"}),
    Case("commit grace", ("status",), "OMM_COMMIT_GRACE", env={"OMM_COMMIT_GRACE": "soon"}),
    Case("secret keys", ("status",), "OMM_SECRET_KEYS", env={"OMM_SECRET_KEYS": "hunter2"}),
    Case("log level", ("status",), "OMM_LOG_LEVEL", env={"OMM_LOG_LEVEL": "loud"}),
    Case("log format", ("status",), "OMM_LOG_FORMAT", env={"OMM_LOG_FORMAT": "xml"}),
    Case("missing CA file", ("status",), "OMM_CA_FILE", env={"OMM_CA_FILE": "{files}/missing"}),
    Case("CA file without certificates", ("check", GOOD_SOURCE, GOOD_DESTINATION), "OMM_CA_FILE",
         env={"OMM_CA_FILE": "{files}/two lines"}),
    Case("Redis URL", ("status",), "OMM_REDIS_URL", env={"OMM_REDIS_URL": "http://localhost"}),
    Case("Redis port", ("status",), "OMM_REDIS_URL", env={"OMM_REDIS_URL": "redis://localhost:port"}),
    Case("Redis away", ("status",), "does not answer", 2, env={"OMM_REDIS_URL": "redis://127.0.0.1:{closed}"}),
    Case("Redis that is none", ("status",), "Redis", 2, env={"OMM_REDIS_URL": "redis://127.0.0.1:{web}"}),
    Case("Redis that says nothing", ("status",), "does not answer", 2,
         env={"OMM_REDIS_URL": "redis://127.0.0.1:{silent}"}),
]

SERVERS = [
    check("unknown host", "imaps://u@nowhere.invalid", "no server called", 2),
    check("nobody listens", "imaps://u@127.0.0.1:{closed}", "accepts no connections", 2),
    check("silent server", "imaps://u@127.0.0.1:{silent}", "does not answer", 2),
    check("silent server with STARTTLS", "imap+starttls://u@127.0.0.1:{silent}", "does not answer", 2),
    check("dripping server", "imap+starttls://u@127.0.0.1:{drip}", "does not answer", 2),
    check("web server", "imap+starttls://u@127.0.0.1:{web}", "does not offer IMAP", 2),
    check("IMAP server taken for POP3", "pop3+starttls://u@127.0.0.1:{imap}", "answers as an IMAP server", 2),
    check("SSH server", "imap+starttls://u@127.0.0.1:{ssh}", "SSH", 2),
    check("no TLS", "imaps://u@127.0.0.1:{ssh}", "", 2),
    check("certificate nobody vouches for", "imaps://u@localhost:{imaps}", "certificate", 2),
    check("no STARTTLS", "imap+starttls://u@127.0.0.1:{imap}", "", 2),
    Case("login with quotes", ("check", "imap://%22a%22%5C%27b%27@127.0.0.1:{refusing}", GOOD_DESTINATION,
         "--allow-plaintext"), "password", 2),
    check_destination("unknown destination", "ews+https://u@nowhere.invalid", "no server called", 2),
    check_destination("neither server nor address", "ews+https://bob@", "The destination names no server"),
    check_destination("nobody listens there", "ews+https://u@127.0.0.1:{closed}", "cannot be reached", 2),
    check_destination("silent destination", "ews+https://u@127.0.0.1:{silent}", "answer", 2),
    check_destination("silent destination without TLS", "ews+http://u@127.0.0.1:{silent}", "answer", 2),
    check_destination("destination without EWS", "ews+http://u@127.0.0.1:{web}", "no Exchange Web Service", 2),
    check_destination("destination that is no web server", "ews+http://u@127.0.0.1:{ssh}", "", 2),
    check_destination("destination nobody vouches for", "ews+https://u@localhost:{imaps}", "certificate", 2),
]

CASES = [*SERVERS, *SETTINGS, *ACCOUNTS, *TASKS, *PASSWORDS]


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that treats each connection by `answer`; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_now = []

    def serve() -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            open_now.append(connection)
            threading.Thread(target=guarded, args=(connection,), daemon=True).start()

    def guarded(connection: socket.socket) -> None:
        with suppress(OSError):
            answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_now:
            connection.close()


def silent(_connection: socket.socket) -> None:
    """Says nothing and stays."""


def drip(connection: socket.socket) -> None:
    """A letter every half second: never silent, never done."""
    while True:
        connection.sendall(b"*")
        time.sleep(0.5)


def web(connection: socket.socket) -> None:
    while connection.recv(65536):
        connection.sendall(WEB_PAGE)


def ssh(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    while connection.recv(65536):
        pass


def tls_with(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            stream.sendall(b"* OK ready\r\n")
            stream.recv(1)

    return answer


def prepared_files(directory: Path) -> None:
    """What password files and state directories can be."""
    directory.mkdir()
    (directory / "directory").mkdir()
    (directory / "empty").touch()
    (directory / "two lines").write_text(f"{SECRET}\nsecond\n")
    (directory / "long").write_text(SECRET * 1000)
    (directory / "latin-1").write_bytes("caf\xe9".encode("latin-1"))
    os.mkfifo(directory / "pipe")
    (directory / "foreign").mkdir()
    (directory / "foreign" / "dump.rdb").touch()


class Outcomes:
    """Runs the cases that this run asks for, a few at a time, from the first question on."""

    def __init__(self, directory: Path, places: Mapping[str, object], cases: list[Case]) -> None:
        self._directory = directory
        self._places = places
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self._found = {case.name: self._threads.submit(self._run, case) for case in cases}

    def _run(self, case: Case) -> Result:
        directory = Path(tempfile.mkdtemp(dir=self._directory))
        settings = {name: value and self._filled(value) for name, value in case.env.items()}
        passwords = {"OMM_SOURCE_PASSWORD": SECRET, "OMM_DESTINATION_PASSWORD": SECRET}
        return Command(directory, passwords=passwords).run(*map(self._filled, case.arguments), env=settings)

    def _filled(self, text: str) -> str:
        for name, value in self._places.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def of(self, case: Case) -> Result:
        """What became of it."""
        return self._found[case.name].result()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """What became of every case of this run."""
    base = tmp_path_factory.mktemp("w")
    prepared_files(base / "files")
    tls = certificate(base / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.chain, tls.key)
    with ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as once:
            closed = once.getsockname()[1]
        places = {
            "files": base / "files",
            "closed": closed,
            "silent": stack.enter_context(listening(silent)),
            "drip": stack.enter_context(listening(drip)),
            "web": stack.enter_context(listening(web)),
            "ssh": stack.enter_context(listening(ssh)),
            "imaps": stack.enter_context(listening(tls_with(context))),
            "imap": stack.enter_context(scripted_imap({"LIST": b'* LIST () "/" INBOX\r\n', "STATUS": b""})).port,
            "refusing": stack.enter_context(scripted_imap({"LOGIN": REFUSED, "AUTHENTICATE": REFUSED})).port,
        }
        asked = {item.callspec.params["case"].name for item in request.session.items
                 if hasattr(item, "callspec") and isinstance(item.callspec.params.get("case"), Case)}
        found = Outcomes(base, places, [case for case in CASES if case.name in asked])
        yield found
        found.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_typed_wrongly_ends_in_a_clear_line(case: Case, outcomes: Outcomes) -> None:
    """It ends with the right exit status, a few plain words, and no secret among them."""
    result = outcomes.of(case)

    said = result.stdout + result.stderr
    assert result.status == case.status, said
    assert case.says in result.stderr
    assert 1 <= len(result.stderr.strip().splitlines()) <= 3
    assert "Traceback" not in said
    assert "hunter2" not in said
    assert "\x1b" not in said


@pytest.mark.parametrize("arguments", [("status", "x"), ("move",), ("resume", "0000-0000")], ids=" ".join)
def test_an_error_is_one_json_object_for_a_program(arguments: tuple[str, ...], command: Command) -> None:
    """With --json every error is one object on standard output, and in words on standard error."""
    result = command.run(*arguments, "--json")

    assert result.json["task_id"] is None
    assert result.json["state"] == {3: "usage", 2: "refused"}[result.status]
    assert result.json["error"] in result.stderr


def test_cases_have_names_of_their_own() -> None:
    """No case hides another."""
    assert len({case.name for case in CASES}) == len(CASES)
