"""A wrong setting is refused at the start in one sentence, which names it and says what to write."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import wiring
from engine.errors import FatalError, InputError
from engine.store.valkey import open_server
from wiring import environment

ROOT = Path(__file__).parents[3]
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


def test_a_state_directory_of_another_user_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts a program as root, or as themselves, reads that the store is somebody else's."""
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    assert "it belongs to another user" in refusal(tmp_path, OMM_STATE_DIR=str(tmp_path / "state"))


def test_a_redis_of_ones_own_needs_no_state_directory(tmp_path: Path) -> None:
    """Where the store is elsewhere, nothing is made or looked for on this machine."""
    wiring.check(wiring.settings({
        "HOME": str(tmp_path), "OMM_REDIS_URL": "redis://localhost", "OMM_STATE_DIR": "/proc/omm",
    }))


@pytest.mark.parametrize(("url", "where"), [
    (f"redis://omm:{SECRET}@127.0.0.1:1/0", "127.0.0.1:1"),
    (f"unix://omm:{SECRET}@/nowhere/redis.sock", "/nowhere/redis.sock"),
])
def test_a_redis_that_is_not_there_is_named(tmp_path: Path, url: str, where: str) -> None:
    """At its start a program says which Redis does not answer and which setting names it, without its password."""
    chosen = wiring.settings({"HOME": str(tmp_path), "OMM_REDIS_URL": url})

    with pytest.raises(FatalError) as caught, wiring.doors(chosen, first_contact=0):
        pass

    assert str(caught.value) == f"The store (Redis) at {where} does not answer. Start it, or correct OMM_REDIS_URL."


def test_a_redis_that_refuses_leads_to_its_setting(tmp_path: Path) -> None:
    """A wrong password or a database that is not there is told with the setting, which is named once."""
    with open_server(tmp_path / "state") as url:
        for wrong in (url.replace("unix://", f"unix://omm:{SECRET}@"), f"{url}?db=99"):
            with (
                pytest.raises(FatalError) as caught,
                wiring.doors(wiring.settings({"HOME": str(tmp_path), "OMM_REDIS_URL": wrong}), first_contact=0),
            ):
                pass
            assert str(caught.value).endswith(". Check OMM_REDIS_URL.")
            assert str(caught.value).count("OMM_REDIS_URL") == 1
            assert SECRET not in str(caught.value)


@pytest.mark.parametrize("address", [
    "slack.com", "https://", "https:///api", "https://slack.com /x", "http://slack.com",
])
def test_an_address_that_is_not_slack_s_is_refused(address: str) -> None:
    """An address without a host, without TLS, or with a blank in it is refused with an example."""
    with pytest.raises(InputError, match=r"SLACK_API_URL is no address of Slack's Web API\. Write it like https://"):
        environment.api_url(address)


def test_addresses_of_slack_are_taken() -> None:
    """GovSlack's address and an emulator's are taken, with a slash at the end."""
    assert environment.api_url(" https://slack-gov.com/api") == "https://slack-gov.com/api/"
    assert environment.api_url("http://127.0.0.1:5000/api/") == "http://127.0.0.1:5000/api/"
    assert environment.api_url(" ") == ""


@pytest.mark.parametrize("token", ["xoxb-12-34-Ab5", "xapp-1-A0-12-ab"])
def test_a_token_is_no_signing_secret(token: str) -> None:
    """A token in the place of the signing secret is noticed before Slack's requests are refused for it."""
    wrong = {"SLACK_BOT_TOKEN": "xoxb-12-34-Ab5", "SLACK_SIGNING_SECRET": token}

    with pytest.raises(InputError) as caught:
        wiring.slack_settings(wrong)

    assert "SLACK_SIGNING_SECRET holds a token, not the signing secret." in str(caught.value)
    assert token not in str(caught.value)


# Names


def test_a_setting_that_nothing_reads_is_said() -> None:
    """A misspelt name is told with the one that was meant; what tests and others read is not told."""
    environ = {
        "OMM_REDIS_URI": f"redis://:{SECRET}@localhost", "OMM_PUBLIC_ADDRESS": "x", "OMM_WORKERS": "2",
        "OMM_DEMO_EXIT": "1", "OMM_LIVE_EWS": "x", "SLACK_WEBHOOK": "x", "PATH": "x",
    }

    assert list(environment.unknown(environ)) == [
        "OMM_PUBLIC_ADDRESS is no setting, so it does nothing. Did you mean OMM_PUBLIC_URL?",
        "OMM_REDIS_URI is no setting, so it does nothing. Did you mean OMM_REDIS_URL?",
    ]


def test_every_documented_setting_is_known() -> None:
    """Nothing that .env.example explains is called unknown, and nothing is known that it does not explain."""
    explained = set(re.findall(r"^#?(OMM_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert explained | {"OMM_SOURCE_PASSWORD", "OMM_DESTINATION_PASSWORD"} == environment.KNOWN


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
