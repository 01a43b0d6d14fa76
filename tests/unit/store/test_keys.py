from __future__ import annotations

import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from engine.errors import InputError
from engine.store.keys import config_directory, secret_keys

KEY = urlsafe_b64encode(b"not a secret: the key of a test.").decode()


def test_the_first_key_encrypts_and_all_decrypt(tmp_path):
    """Keys given by the setting are used in their order."""
    old, new = KEY, Fernet.generate_key().decode()
    both = secret_keys({"OMM_SECRET_KEYS": f"{new},{old}"}, tmp_path)

    assert both.decrypt(Fernet(old).encrypt(b"x")) == b"x"
    assert Fernet(new).decrypt(both.encrypt(b"y")) == b"y"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "setting",
    ["x", f"{KEY},", f"{KEY} {KEY}", KEY[:-1], "ä" * 44, urlsafe_b64encode(b"x" * 16).decode(), KEY[:43] + "!"],
)
def test_a_malformed_key_is_an_error_that_does_not_repeat_it(tmp_path, setting):
    """Which key is wrong and how to make one is said; the key is not."""
    with pytest.raises(InputError, match=r"Key number \d in OMM_SECRET_KEYS is not a key") as caught:
        secret_keys({"OMM_SECRET_KEYS": setting}, tmp_path)
    assert setting == "x" or setting not in str(caught.value)


def test_a_key_is_made_once(tmp_path):
    """Without the setting a key is made, in a directory and a file that only we can read, and used from then on."""
    home = tmp_path / "deep" / "omm"
    token = secret_keys({"OMM_SECRET_KEYS": " "}, home).encrypt(b"x")

    assert secret_keys({}, home).decrypt(token) == b"x"
    (file,) = home.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_processes_that_ask_at_once_get_the_same_key(tmp_path):
    """Eight first starts in the same moment agree on one key."""
    program = (
        "import sys, pathlib; from engine.store.keys import secret_keys; sys.stdin.read(1);"
        "print(secret_keys({}, pathlib.Path(sys.argv[1])).derived('test')._keys[0].hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "omm")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(8)
    ]
    for process in started:
        process.stdin.write(b"!")
        process.stdin.flush()
    said = {process.communicate()[0] for process in started}

    assert len(said) == 1
    assert len(list((tmp_path / "omm").iterdir())) == 1


def test_a_key_that_was_made_meanwhile_stays(tmp_path, monkeypatch):
    """Whoever finds, when its own key is ready, that another process was first takes that one."""
    ours = secret_keys({}, tmp_path)
    token = ours.encrypt(b"x")
    monkeypatch.setattr(Path, "exists", lambda _path: False)

    assert secret_keys({}, tmp_path).decrypt(token) == b"x"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("held", ["", "nonsense", "\x00\xff"])
def test_a_damaged_key_file_is_not_written_over(tmp_path, held):
    """A file that holds no key is an error: a new key would lose everything that the old one opens."""
    file = tmp_path / "secret.key"
    file.write_text(held)
    file.chmod(0o600)

    with pytest.raises(InputError, match="does not hold a secret key"):
        secret_keys({}, tmp_path)
    assert file.read_text() == held


def test_a_key_that_others_can_read_is_refused(tmp_path):
    """The words say what to do."""
    secret_keys({}, tmp_path)
    (tmp_path / "secret.key").chmod(0o644)

    with pytest.raises(InputError, match="chmod 600"):
        secret_keys({}, tmp_path)


def test_a_key_never_lies_beside_the_data(tmp_path):
    """A config directory within the state directory is refused, through a link too."""
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / "config").symlink_to(state)

    for config in (state, state / "omm", tmp_path / "config" / "omm"):
        with pytest.raises(InputError, match="beside the data"):
            secret_keys({}, config, state_dir=state)
    assert not list(state.iterdir())


def test_a_directory_that_cannot_be_made_is_an_error_in_words(tmp_path):
    """A config directory whose place is taken by a file is named."""
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="cannot be read or made"):
        secret_keys({}, tmp_path / "file" / "omm")


def test_where_keys_lie(tmp_path):
    """The XDG directory when it is absolute, else ~/.config."""
    assert config_directory({"XDG_CONFIG_HOME": "/x"}, tmp_path) == Path("/x/omm")
    assert config_directory({"XDG_CONFIG_HOME": "x"}, tmp_path) == tmp_path / ".config" / "omm"
    assert config_directory({}, tmp_path) == tmp_path / ".config" / "omm"


def test_derived_keys_are_others(tmp_path):
    """Keys for different purposes open nothing of each other's."""
    keys = secret_keys({"OMM_SECRET_KEYS": KEY}, tmp_path)
    token = keys.derived("report").encrypt(b"x")

    assert keys.derived("report").decrypt(token) == b"x"
    for other in (keys, keys.derived("another")):
        with pytest.raises(InvalidToken):
            other.decrypt(token)


def test_keys_have_no_repr(tmp_path):
    """Printing the keys shows none."""
    assert KEY not in repr(secret_keys({"OMM_SECRET_KEYS": KEY}, tmp_path))
    assert os.environ.get("OMM_SECRET_KEYS") != KEY
