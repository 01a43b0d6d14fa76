"""A wrong setting is refused at the start in one sentence, which names it and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

import environment
import wiring
from engine.errors import InputError

SECRET = "hunter2hunter2"


def refusal(tmp_path: Path, **environ: str) -> str:
    """What whoever starts a program with these settings reads."""
    with pytest.raises(InputError) as caught:
        wiring.check(wiring.settings({"HOME": str(tmp_path), **environ}))
    return str(caught.value)


@pytest.mark.parametrize("url", [
    "localhost:6379", "http://localhost", "redis://localhost:port/0", "redis://localhost:0/0", "redis://localhost/zero",
    f"redis://:{SECRET}#1@localhost:6379/0", f"redis://:{SECRET}/1@localhost:6379/0", "redis://localhost:6379/0?db=x",
])
def test_an_address_of_no_redis_is_refused(tmp_path: Path, url: str) -> None:
    """An address that the client would read in another way than meant is refused, and no password is repeated."""
    said = refusal(tmp_path, OMM_REDIS_URL=url)

    assert said.startswith("OMM_REDIS_URL is no address of a Redis. Write it like redis://")
    assert SECRET not in said


def test_addresses_of_a_redis_are_taken(tmp_path: Path) -> None:
    """With and without password, database, TLS and blanks around it, an address is taken as it is."""
    home = {"HOME": str(tmp_path)}

    for url in ("redis://localhost", "rediss://:p%40ss@10.1.2.3:7000/2", "unix:///run/redis.sock?db=1", "redis://[::1]:1/"):
        assert wiring.settings({**home, "OMM_REDIS_URL": f" {url} "}).redis_url == url
    assert wiring.settings({**home, "OMM_REDIS_URL": " "}).redis_url is None


@pytest.mark.parametrize("hosts", [
    "https://mail.example.org", "mail.example.org:993", "*.example.org", "mail.example.org other.example.org",
    "10.0.0.0/40", "ok.example.org, ann@example.org", "[::1]",
])
def test_hosts_that_could_never_match_are_refused(tmp_path: Path, hosts: str) -> None:
    """What no server is ever called would allow nothing, so it is refused."""
    assert "OMM_ALLOWED_HOSTS holds names of hosts, addresses or networks" in refusal(tmp_path, OMM_ALLOWED_HOSTS=hosts)


def test_allowed_hosts_are_taken(tmp_path: Path) -> None:
    """Names, addresses and networks of both families are taken, in any case and with blanks and empty places."""
    hosts = " Mail.Internal , 10.8.0.1/16,, ::1,fd00::/8, bücher.example"

    found = wiring.settings({"HOME": str(tmp_path), "OMM_ALLOWED_HOSTS": hosts}).allowed_hosts

    assert found == {"mail.internal", "10.8.0.1/16", "::1", "fd00::/8", "bücher.example"}


@pytest.mark.parametrize("number", ["²", "0", "two", "101", "1.5"])
def test_a_wrong_number_of_workers_is_refused(tmp_path: Path, number: str) -> None:
    """Whatever is no number from 1 to 100 is refused, also a digit that counts nothing."""
    assert refusal(tmp_path, OMM_WORKERS=number) == "OMM_WORKERS is a number from 1 to 100."


@pytest.mark.parametrize("directory", ["state", "./state", "~nobody-of-that-name/state"])
def test_a_state_directory_is_the_same_from_everywhere(tmp_path: Path, directory: str) -> None:
    """A path that depends on where a program is started would give each its own store, so it is refused."""
    assert "OMM_STATE_DIR must be a path that begins with /" in refusal(tmp_path, OMM_STATE_DIR=directory)


def test_the_home_directory_can_be_written_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With ~ for the home directory, store and log go to the same place."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert wiring.settings({"OMM_STATE_DIR": "~/omm"}).state_dir == tmp_path / "omm"


def test_a_state_directory_that_cannot_be_used_is_a_wrong_setting(tmp_path: Path) -> None:
    """A program ends at its start where the store could not be, instead of trying again for ever."""
    (tmp_path / "file").touch()

    for directory in (tmp_path / "file", tmp_path / "file" / "state", Path("/proc/omm")):
        said = refusal(tmp_path, OMM_STATE_DIR=str(directory))
        assert said.startswith(f"The directory {directory} cannot be used: ")
        assert said.endswith("Name one in OMM_STATE_DIR that this user may write to.")


def test_a_redis_of_ones_own_needs_no_state_directory(tmp_path: Path) -> None:
    """Where the store is elsewhere, nothing is made or looked for on this machine."""
    wiring.check(wiring.settings({
        "HOME": str(tmp_path), "OMM_REDIS_URL": "redis://localhost", "OMM_STATE_DIR": "/proc/omm",
    }))


# The settings file


def test_a_settings_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file is read as it is, also with the mark that Windows puts at its beginning; without .env there is none."""
    file = tmp_path / "settings"
    file.write_bytes(b"\xef\xbb\xbfSLACK_BOT_TOKEN=xoxb-$HOME # ours\n\n# nothing\nexport OMM_WORKERS='3'\nPORT\n")
    monkeypatch.setenv("OMM_ENV_FILE", str(file))

    assert environment.env_file() == {"SLACK_BOT_TOKEN": "xoxb-$HOME", "OMM_WORKERS": "3"}

    monkeypatch.delenv("OMM_ENV_FILE")
    monkeypatch.chdir(tmp_path)
    assert environment.env_file() == {}


@pytest.mark.parametrize(("held", "says"), [
    (None, "The settings file {file} cannot be read: No such file or directory."),
    (b"\x7fELF\xff\xfe", "The settings file {file} is not a text in UTF-8."),
    (b"# ours\n\nSLACK_BOT_TOKEN: hunter2hunter2\nPORT=1\n",
     "Line 3 of the settings file {file} cannot be read. Write it as NAME=value."),
])
def test_a_settings_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: bytes | None, says: str
) -> None:
    """A file that is missing although it was named, is no text, or has a line that is no setting is said at once."""
    file = tmp_path / "settings"
    if held is not None:
        file.write_bytes(held)
    monkeypatch.setenv("OMM_ENV_FILE", str(file))

    with pytest.raises(InputError) as caught:
        environment.env_file()

    assert str(caught.value) == says.format(file=file)
