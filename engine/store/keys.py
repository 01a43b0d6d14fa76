"""The secret keys: what passwords and reports are encrypted with. They are never kept beside the data."""

from __future__ import annotations

import binascii
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import InputError

SETTING = "OMM_SECRET_KEYS"
FILE_NAME = "secret.key"
KEY_BYTES = 32
HOW = "A new key: .venv/bin/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class SecretKeys:
    """Keys in the order given: the first encrypts, each of them decrypts. Has no repr of its own."""

    __slots__ = ("_derived", "_fernet", "_keys")

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` are raw, 32 bytes each, at least one."""
        self._keys = tuple(keys)
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in self._keys])
        self._derived: dict[str, SecretKeys] = {}

    def encrypt(self, plain: bytes) -> bytes:
        """A Fernet token under the first key."""
        return self._fernet.encrypt(plain)

    def decrypt(self, token: bytes) -> bytes:
        """What was encrypted under any of the keys. Raises cryptography's InvalidToken."""
        return self._fernet.decrypt(token)

    def derived(self, purpose: str) -> SecretKeys:
        """Other keys, one for each, from which these cannot be found (HKDF, RFC 5869)."""
        if purpose not in self._derived:
            self._derived[purpose] = SecretKeys([_derive(key, purpose) for key in self._keys])
        return self._derived[purpose]

    def secret(self, purpose: str) -> bytes:
        """32 bytes that stay the same as long as the last (the oldest) key does: for fingerprints."""
        return self.derived(purpose)._keys[-1]


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"omm {purpose}".encode()).derive(key)


def config_directory(environ: Mapping[str, str], home: Path) -> Path:
    """The user's directory for our keys, by the XDG base directory specification."""
    named = environ.get("XDG_CONFIG_HOME", "")
    base = Path(named) if named and Path(named).is_absolute() else home / ".config"
    return base / "omm"


def secret_keys(environ: Mapping[str, str], config_dir: Path, *, state_dir: Path | None = None) -> SecretKeys:
    """The keys that OMM_SECRET_KEYS holds (comma separated), or the one in `config_dir`, made when first asked for.

    Two processes that ask at once get the same key. Raises InputError on malformed keys, on a key file that others
    can read, and when the key would lie in `state_dir`, beside the data.
    """
    if environ.get(SETTING, "").strip():
        return SecretKeys(_parsed(environ[SETTING]))
    if state_dir is not None and config_dir.resolve().is_relative_to(state_dir.resolve()):
        raise InputError(f"The secret key would lie beside the data it protects. Set {SETTING}. {HOW}")
    path = config_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        return SecretKeys([_read(path)])
    except OSError as error:
        raise InputError(f"The secret key {path} cannot be read or made: {error.strerror}. Set {SETTING}.") from error


def _parsed(setting: str) -> list[bytes]:
    keys = []
    for number, part in enumerate(setting.split(","), start=1):
        key = _key(part.strip())
        if key is None:
            raise InputError(
                f"Key number {number} in {SETTING} is not a key. A key has 44 characters and ends with =. {HOW}"
            )
        keys.append(key)
    return keys


def _key(written: str) -> bytes | None:
    try:
        key = urlsafe_b64decode(written.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None
    return key if len(key) == KEY_BYTES and urlsafe_b64encode(key).decode() == written else None


def _make(path: Path) -> None:
    """Writes a new key aside and links it into place, so that a half-written or second one is never seen."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    aside = path.with_name(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _link(aside, path)
    finally:
        aside.unlink()


def _link(aside: Path, path: Path) -> None:
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return  # another process was first: theirs is the key


def _read(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"The secret key {path} can be read by others. Make it yours alone: chmod 600 {path}")
    key = _key(path.read_text("ascii", "replace").strip())
    if key is None:
        raise InputError(f"The file {path} does not hold a secret key. Put back what it held, or set {SETTING}.")
    return key

