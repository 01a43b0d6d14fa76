"""`omm doctor` without an account: each thing right and wrong, each in a line of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any, cast

import fakeredis
import pytest
from cryptography.fernet import Fernet
from redis.exceptions import ResponseError

import wiring
from app import create_app
from bot.work.heartbeats import Heartbeats, Role
from bot.work.programs import Program, Programs
from cli import main
from engine.clock import utc_now
from engine.errors import FatalError, Side
from engine.store.keys import secret_keys
from engine.store.stored import write
from engine.store.vault import Vault
from terminal.deployment import examining, machine, outside, store
from terminal.deployment.line import Check, Line, Verdict, right, warning
from terminal.output import Output
from terminal.session import Session
from tests.servers.certificates import Certificate, certificate
from tests.servers.slack.world import serving
from tests.servers.smtp_sink import PASSWORD, USER, smtp_sink
from tests.servers.terminal_session import OnEngine
from web.sign_in import CALLBACK, SlackSignIn

KEY, OTHER = (Fernet.generate_key().decode() for _ in range(2))


def said(lines: Any) -> list[tuple[str, str]]:
    return [(line.verdict.value, line.words) for line in lines]


def verdicts(lines: Any) -> list[str]:
    return [line.verdict.value for line in lines]


@pytest.fixture
def chosen(tmp_path: Path) -> Callable[..., wiring.Settings]:
    """The settings that are given, in a home of their own."""
    return lambda **environ: wiring.settings({"HOME": str(tmp_path), **environ})


# A check


def test_a_check_that_breaks_is_a_line() -> None:
    """What OMM's own errors say is said; of another error its kind alone, for its words may hold a secret."""
    def break_with(error: Exception) -> Check:
        def look() -> Iterator[Line]:
            yield right("x", "first")
            raise error

        return Check("x", look)

    assert said(break_with(FatalError("The store does not answer.")).lines())[-1] == (
        "wrong", "The store does not answer.")
    assert said(break_with(ValueError("xoxb-1-secret")).lines())[-1] == (
        "wrong", "it could not be looked at (ValueError).")


def test_a_check_that_hangs_holds_up_nobody() -> None:
    """After its time it is given up, and said."""
    never = threading.Event()

    lines = Check("x", lambda: [right("x", str(never.wait(60)))], limit=0.05).lines()

    never.set()
    assert said(lines) == [("wrong", "no answer within 0.05 seconds.")]


# This machine


def test_keys(chosen, tmp_path) -> None:
    """Where they are and how many; none is shown. What the programs refuse at their start is wrong here, too."""
    ours = chosen()
    (made,) = machine.keys(ours)
    (given, old) = machine.keys(chosen(OMM_SECRET_KEYS=f"{KEY},{OTHER}"))
    file = tmp_path / ".config" / "omm" / "secret.key"
    file.chmod(0o644)
    (open_to_all,) = Check("keys", lambda: machine.keys(ours)).lines()
    (beside,) = Check("keys", lambda: machine.keys(chosen(
        OMM_STATE_DIR=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path)))).lines()

    assert verdicts([made, given, old, open_to_all, beside]) == ["right", "right", "warning", "wrong", "wrong"]
    assert "2 keys" in given.words
    assert "rotate-key --check" in old.advice
    assert "chmod 600" in open_to_all.words
    assert "beside the data" in beside.words
    assert not any(KEY in line.words or file.read_text().strip() in line.words for line in (made, given, old))


def test_the_settings_file(chosen, tmp_path, monkeypatch) -> None:
    """It holds tokens, so it is the user's alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OMM_ENV_FILE", raising=False)
    none = list(machine.settings_file(chosen()))
    file = tmp_path / ".env"
    file.write_text("")
    file.chmod(0o640)
    open_to_some = list(machine.settings_file(chosen()))
    file.chmod(0o600)

    assert verdicts([*none, *open_to_some, *machine.settings_file(chosen())]) == ["right", "wrong", "right"]
    assert open_to_some[0].advice == "chmod 600 .env"


def test_a_setting_that_nothing_reads(chosen) -> None:
    """It is named with the one that was meant."""
    assert verdicts(machine.settings(chosen())) == ["right"]
    (line,) = machine.settings(chosen(OMM_RETENTION_DAY="3"))
    assert (line.verdict, "Did you mean OMM_RETENTION_DAYS?" in line.words) == (Verdict.WARNING, True)


@pytest.mark.parametrize(("allowed", "found"), [
    ("", ["right"]), ("mail.internal.example.org,10.1.2.3", ["right"]), ("10.0.0.0/8", ["right", "warning"]),
    ("127.0.0.1", ["right", "wrong"]), ("169.254.169.254", ["right", "wrong"]), ("0.0.0.0/0", ["right", "wrong"]),
    ("::1", ["right", "wrong"]), ("fd12::/16", ["right", "warning"]),
    ("fd00::/8", ["right", "wrong"]), ("localhost", ["right", "wrong"]), ("mail.localhost.", ["right", "wrong"]),
    ("::ffff:127.0.0.1", ["right", "wrong"]), ("::ffff:10.1.2.3", ["right"]), ("fd00:ec2::254", ["right", "wrong"]),
])
def test_hosts_that_people_may_name(chosen, allowed, found) -> None:
    """This machine, its link, a cloud's credentials and whole networks are more than mail servers, however written."""
    assert verdicts(machine.hosts(chosen(OMM_ALLOWED_HOSTS=allowed))) == found


# The store


class Server:
    """A Redis that says what it is told to say, and refuses the rest."""

    def __init__(self, *, waitaof: Any = (1, 0), seconds: float = 0, **info: dict[str, Any]) -> None:
        self._info, self._waitaof, self._seconds = info, waitaof, seconds

    def info(self, section: str) -> dict[str, Any]:
        if section not in self._info:
            raise ResponseError("NOPERM")
        return self._info[section]

    def time(self) -> tuple[int, int]:
        return int(utc_now().timestamp() + self._seconds), 0

    @contextmanager
    def client(self) -> Iterator[Server]:
        yield self

    def set(self, _name: str, _value: int, *, ex: int) -> None:
        """Kept for `ex` seconds."""

    def execute_command(self, *_words: Any) -> Any:
        if self._waitaof is None:
            raise ResponseError("unknown command")
        return self._waitaof


@pytest.mark.parametrize(("info", "found", "words"), [
    ({"server": {"redis_version": "7.4.1"}, "memory": {"used_memory": 5_000_000}}, ["right", "right"], "Redis 7.4.1"),
    ({"server": {"redis_version": "7.2.4", "valkey_version": "9.1.2"}}, ["right", "right"], "Valkey 9.1.2"),
    ({}, ["right", "right"], "unknown version"),
    ({"server": {"redis_version": "6.0.16"}}, ["wrong", "right"], "6.0.16 is too old"),
    ({"memory": {"maxmemory_policy": "allkeys-lru"}}, ["right", "wrong", "right"], "removes migrations"),
    ({"memory": {"used_memory": 9, "maxmemory": 10}}, ["right", "warning"], "9 bytes of the 10 bytes"),
])
def test_the_server(info, found, words) -> None:
    """Its version, what it does when its memory is full, and how full it is."""
    lines = list(store.server(cast(Any, Server(**info))))

    assert verdicts(lines) == found
    assert any(words in line.words for line in lines)


@pytest.mark.parametrize(("redis", "found", "words"), [
    (Server(persistence={"aof_enabled": 1}), ["right"], "comes to the disk"),
    (Server(persistence={"aof_enabled": 1}, waitaof=None), ["right"], "appendonly is on."),
    (Server(persistence={"aof_enabled": 0}), ["wrong"], "appendonly is off"),
    (Server(persistence={"aof_enabled": 1}, waitaof=(0, 0)), ["wrong"], "not on disk within 2 seconds"),
    (Server(persistence={"aof_enabled": 1, "aof_last_write_status": "err"}), ["wrong"], "aof_last_write_status"),
])
def test_its_disk(redis, found, words) -> None:
    """Whether a crash loses anything."""
    lines = list(store.disk(redis))

    assert verdicts(lines) == found
    assert words in lines[0].words


def test_its_directory(chosen, tmp_path) -> None:
    """That of the store in the box is its user's alone."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    here = chosen(OMM_STATE_DIR=str(state))

    assert verdicts(store.own_directory(here))[0] == "right"
    state.chmod(0o750)
    assert said(store.own_directory(here))[0] == ("wrong", f"{state} can be reached by others.")


@pytest.mark.parametrize(("seconds", "verdict"), [(0, "right"), (300, "warning"), (-300, "warning")])
def test_its_clock(seconds, verdict) -> None:
    """Leases and passwords end by its clock and by ours."""
    assert verdicts(store.clock(cast(Any, Server(seconds=seconds)))) == [verdict]


def test_what_the_keys_open(chosen, tmp_path) -> None:
    """All of it, or what a lost key has locked; what is under an old key is to be rewritten."""
    redis = fakeredis.FakeRedis()
    both, new = chosen(OMM_SECRET_KEYS=f"{OTHER},{KEY}"), chosen(OMM_SECRET_KEYS=OTHER)
    Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": KEY}, tmp_path)).put("7K2F-9QXD", Side.SOURCE, "x")

    old = chosen(OMM_SECRET_KEYS=KEY)
    assert said(store.encrypted(redis, old)) == [("right", "the keys open all of it (1 value).")]
    assert verdicts(store.encrypted(redis, both)) == ["right", "warning"]
    assert said(store.encrypted(redis, new)) == [("wrong", "1 value can be opened by none of the keys.")]


def test_what_the_keys_of_the_file_do_not_open(chosen, tmp_path) -> None:
    """The advice works: the setting would take the file's place, so the key that is missing goes into a file, too."""
    redis, here = fakeredis.FakeRedis(), chosen(OMM_SECRET_KEYS="")
    wiring.keys(here)
    Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": KEY}, tmp_path)).put("7K2F-9QXD", Side.SOURCE, "x")
    (line,) = store.encrypted(redis, here)
    assert (line.verdict, "where that is not set, to the file secret.key.old" in line.advice) == (Verdict.WRONG, True)

    (here.config_dir / "secret.key.old").write_text(f"{KEY}\n")
    (here.config_dir / "secret.key.old").chmod(0o600)

    assert verdicts(store.encrypted(redis, here)) == ["right", "warning"]


def test_programs(chosen) -> None:
    """All four run, of one release and with our keys; whatever is missing or differs is named."""
    redis, here = fakeredis.FakeRedis(), chosen(OMM_SECRET_KEYS=KEY)
    assert verdicts(store.programs(redis, here)) == ["wrong"] * 4

    names = wiring.keys(here).names()
    for role in Role:
        Heartbeats(redis).beat(role)
    Programs(redis).note("web", names)
    assert said(store.programs(redis, here)) == [("right", "1 program of release 0.1.0.")]

    redis.set("omm:heartbeat:program:while a key is replaced", write(Program("web", "0.1.0", "x", 9, (*names, "0a"))))
    assert verdicts(store.programs(redis, here)) == ["right"]

    others = {"one": Program("migrations", "0.1.0", "elsewhere", 7, ("00000000",)),
              "two": Program("checks", "0.0.9", "elsewhere", 8, names)}
    for name, program in others.items():
        redis.set(f"omm:heartbeat:program:{name}", write(program))
    assert said(store.programs(redis, here)) == [
        ("wrong", "migrations on elsewhere (process 7) has other keys than this command."),
        ("warning", "several releases are at work: 0.0.9, 0.1.0."),
    ]


# What is outside


@contextmanager
def pages(body: bytes, trust: Certificate | None = None) -> Iterator[int]:
    """A web server that answers /healthz with that, over TLS where it has a certificate; its port."""
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body if self.path == "/healthz" else b"?")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        if trust is not None:
            context = SSLContext(PROTOCOL_TLS_SERVER)
            context.load_cert_chain(trust.chain, trust.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.handle_error = lambda *_: None       # type: ignore[method-assign]  # who does not trust us hangs up
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_the_public_address(chosen, tmp_path) -> None:
    """It answers as ours does, with a certificate that browsers trust. An address from inside is a warning."""
    ours, theirs = certificate(tmp_path / "tls"), certificate(tmp_path / "tls", label="other")
    with pages(b"ok", ours) as port, pages(b"welcome") as strange:
        url = f"https://localhost:{port}"
        by_file = list(outside.public_url(chosen(OMM_PUBLIC_URL=url, OMM_CA_FILE=str(ours.ca))))
        by_nobody = list(outside.public_url(chosen(OMM_PUBLIC_URL=url, OMM_CA_FILE=str(theirs.ca))))
        other = list(outside.public_url(chosen(OMM_PUBLIC_URL=f"http://127.0.0.1:{strange}")))
    gone = list(outside.public_url(chosen(OMM_PUBLIC_URL=url)))

    assert "reached from inside alone (" in by_file[0].words
    assert said(by_file[1:]) == [("warning", f"{url} has a certificate of the authority in OMM_CA_FILE.")]
    assert by_nobody[-1].words.startswith(f"{url} has a certificate that no browser trusts")
    assert said(other)[-1] == ("wrong", f"http://127.0.0.1:{strange} answers, and not as OMM does.")
    assert (gone[-1].verdict, "does not answer" in gone[-1].words) == ("wrong", True)
    assert verdicts(outside.public_url(chosen())) == ["untried"]
    assert verdicts(outside.public_url(chosen(OMM_PUBLIC_URL="https://nowhere.invalid"))) == ["wrong"]


def test_the_public_address_that_answers_as_ours(chosen) -> None:
    """Nothing is wrong then."""
    with pages(b"ok") as port:
        lines = list(outside.public_url(chosen(OMM_PUBLIC_URL=f"http://localhost:{port}")))

    assert said(lines)[-1] == ("right", f"http://localhost:{port} answers as OMM does.")


def test_a_web_server_that_passes_on_our_pages_alone(chosen) -> None:
    """/healthz is for nobody outside: where it is not passed on, our pages answer. No sign-in is begun or refused."""
    asked: list[str] = []
    sign_in = SlackSignIn(
        lambda: pytest.fail("a page was asked for"), cast(Any, None), client_id="1", client_secret="x", public_url="y"
    )
    web = create_app(cast(Any, None), signing_secret="", pages=[sign_in.blueprint])

    def passing(environ: Any, start: Any) -> Any:
        asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if environ["PATH_INFO"] == CALLBACK:
            return web(environ, start)
        start("404 Not Found", [])
        return [b""]

    with serving(passing) as url:
        lines = list(outside.public_url(chosen(OMM_PUBLIC_URL=url.removesuffix("/slack/events"))))

    assert verdicts(lines) == ["warning", "right"]
    assert asked == ["GET /healthz", f"OPTIONS {CALLBACK}"]


def test_the_server_for_e_mail(chosen, tmp_path) -> None:
    """It lets us in or not, and gets no mail; the password is in no line."""
    with smtp_sink(certificate(tmp_path / "tls"), tls=True, sign_in=True) as sink:
        def tried(password: str, **more: str) -> list[Line]:
            url = f"smtps://{USER.replace('@', '%40')}:{password.replace(' ', '%20')}@localhost:{sink.port}"
            return list(outside.mail(chosen(OMM_SMTP_URL=url, **more)))

        trusted = {"OMM_CA_FILE": str(tmp_path / "tls" / "server-ca.pem")}
        let_in, refused, untrusted = tried(PASSWORD, **trusted), tried("wrong", **trusted), tried(PASSWORD)
    away = tried(PASSWORD, **trusted)

    lines = [*let_in, *refused, *untrusted, *away]
    assert verdicts(lines) == ["right", "wrong", "wrong", "wrong"]
    assert "refuses our user or password (535)" in refused[0].words
    assert "certificate is not trusted" in untrusted[0].words
    assert sink.letters == []
    assert not any(PASSWORD in line.words for line in lines)
    assert verdicts(outside.mail(chosen())) == ["untried"]
    assert verdicts(outside.mail(chosen(OMM_SMTP_URL="smtp://"))) == ["wrong"]


# All of it


def examined(chosen: Any, monkeypatch: Any, *checks: Check) -> tuple[int, str, dict[str, Any]]:
    """Status, what is read, and what programs read."""
    out, aside = StringIO(), StringIO()
    at = OnEngine(cast(Any, None), Output(out, aside, as_json=True), fakeredis.FakeRedis())
    monkeypatch.setattr(examining, "_checks", lambda _session, _stack: checks)
    at.settings = chosen()      # type: ignore[attr-defined]  # as a session has
    status = examining.run_deployment(cast(Session, at))
    return status, aside.getvalue(), json.loads(out.getvalue())


@pytest.mark.parametrize(("found", "status", "state", "sum_"), [
    ([right("a", "well")], 0, "fine", "All is fine."),
    ([right("a", "well"), warning("b", "odd", "Look.")], 1, "warned", "1 thing should be looked at."),
    ([Line("a", Verdict.WRONG, "broken"), warning("b", "odd")], 2, "wrong",
     "1 thing is wrong, 1 thing should be looked at."),
])
def test_what_is_said_in_the_end(chosen, monkeypatch, found, status, state, sum_) -> None:
    """Each line with its advice, the sum, and a status by the worst."""
    checks = [Check(line.subject, lambda line=line: [line]) for line in found]
    ended, words, told = examined(chosen, monkeypatch, *checks)

    assert (ended, told["state"]) == (status, state)
    assert sum_ in words
    assert all(f"{line.subject}: {line.words}" in words and line.advice in words for line in found)
    assert [one["verdict"] for one in told["lines"]] == [line.verdict for line in found]


def test_a_store_that_is_away_leaves_the_rest(chosen, monkeypatch, tmp_path) -> None:
    """It is wrong, and everything that needs no store is looked at."""
    @contextmanager
    def away() -> Iterator[Any]:
        raise FatalError("The store (Redis) at localhost:1 does not answer.")
        yield

    at = OnEngine(cast(Any, None), Output(StringIO(), StringIO(), as_json=False), fakeredis.FakeRedis())
    at.settings, at.doors = chosen(), away      # type: ignore[attr-defined,method-assign]  # as a session has
    with ExitStack() as stack:
        checks = list(examining._checks(cast(Session, at), stack))
        lines = [line for check in checks for line in check.lines()]

    assert ("wrong", "The store (Redis) at localhost:1 does not answer.") in said(lines)
    assert {line.subject for line in lines} >= {"keys", "private servers", "public address", "Slack's token", "e-mail"}


def test_options_of_the_other_kind_are_refused(monkeypatch, capsys) -> None:
    """What is for an Exchange account needs one."""
    monkeypatch.setattr("sys.argv", ["omm", "doctor", "--show-host"])

    assert main() == 3
    assert "omm doctor EWS-URL" in capsys.readouterr().err


