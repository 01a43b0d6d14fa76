"""The file of secret keys is changed while programs use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.store.key_file import KeyFile
from engine.store.keys import SecretKeys, secret_keys


@pytest.fixture
def keys(tmp_path: Path) -> SecretKeys:
    """Those of a program that runs for long."""
    return secret_keys({}, tmp_path)


def alone(tmp_path: Path, name: str) -> SecretKeys:
    """The keys of one of the files, without the other."""
    apart = tmp_path / name.replace(".", "-")
    apart.mkdir(exist_ok=True)
    copy = apart / "secret.key"
    copy.write_bytes((tmp_path / name).read_bytes())
    copy.chmod(0o600)
    return secret_keys({}, apart)


def test_a_program_that_runs_follows_the_file(tmp_path, keys):
    """From when a key is put in front, it encrypts, in derived keys too, and the old one still decrypts."""
    report = keys.derived("report")
    before, told = keys.encrypt(b"x"), report.encrypt(b"y")

    KeyFile(tmp_path).put_in_front()

    assert (keys.decrypt(before), report.decrypt(told)) == (b"x", b"y")
    assert alone(tmp_path, "secret.key").decrypt(keys.encrypt(b"x")) == b"x"
    assert alone(tmp_path, "secret.key").derived("report").decrypt(report.encrypt(b"y")) == b"y"
    assert alone(tmp_path, "secret.key.old").decrypt(before) == b"x"
    assert len(keys.names()) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("secret.key*")} == {0o600}


def test_the_old_key_is_gone_once_it_is_removed(tmp_path, keys):
    """What a program reads then is under the new one alone."""
    file, (old,) = KeyFile(tmp_path), keys.names()
    file.put_in_front()
    newest = keys.names()[0]

    file.remove_old()
    file.remove_old()

    assert keys.names() == (newest,) != (old,)


def test_whoever_is_killed_while_a_key_is_made_leaves_all_that_opens(tmp_path, keys, monkeypatch):
    """Before each file is put into its place, what is there opens everything; the next one begins again."""
    token, rename = keys.encrypt(b"x"), Path.replace
    for survived in range(2):
        left = [survived]

        def dying(path: Path, to: Path, left: list[int] = left) -> Path:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return rename(path, to)

        monkeypatch.setattr(Path, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            KeyFile(tmp_path).put_in_front()
        assert keys.decrypt(token) == b"x"
        assert len(keys.names()) == 1

    monkeypatch.setattr(Path, "replace", rename)
    KeyFile(tmp_path).put_in_front()
    assert keys.decrypt(token) == b"x"
    assert len(keys.names()) == 2


def test_a_file_that_cannot_be_read_for_a_moment_changes_nothing(tmp_path, keys):
    """A program goes on with the keys that it knew last; one that starts then is refused."""
    token, file = keys.encrypt(b"x"), tmp_path / "secret.key"
    held = file.read_text()
    file.write_text("half of a")

    assert keys.decrypt(token) == b"x"
    with pytest.raises(InputError, match="does not hold a secret key"):
        secret_keys({}, tmp_path)
    file.write_text(held)
    assert secret_keys({}, tmp_path).decrypt(token) == b"x"


def test_an_old_key_that_others_can_read_is_refused(tmp_path, keys):
    """It opens what backups hold, so it is the user's alone, too."""
    KeyFile(tmp_path).put_in_front()
    (tmp_path / "secret.key.old").chmod(0o644)

    with pytest.raises(InputError, match=r"secret\.key\.old can be read by others.*chmod 600"):
        secret_keys({}, tmp_path)


def test_a_name_tells_keys_apart_and_nothing_of_them(tmp_path, keys):
    """The same key has the same name in every program; the name is no part of it."""
    assert keys.names() == secret_keys({}, tmp_path).names()
    assert keys.names() != secret_keys({}, tmp_path / "other").names()
    assert keys.names()[0] not in (tmp_path / "secret.key").read_text()
