"""The secret keys: what passwords and reports are encrypted with. They are never kept beside the data."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import InputError
from engine.store.key_file import HOW, KEY_BYTES, SETTING, KeyFile, parsed_key

NAME = 8            # letters of a key's name

Keys = tuple[bytes, ...]     # raw, 32 bytes each, the newest first


class SecretKeys:
    """Keys in the order given: the first encrypts, each of them decrypts. Has no repr of its own."""

    __slots__ = ("_derived", "_made", "_source")

    def __init__(self, keys: Sequence[bytes] | Callable[[], Keys]) -> None:
        """`keys` are raw, 32 bytes each, at least one; or what gives them, which is asked at every use."""
        self._source: Callable[[], Keys] = keys if callable(keys) else _always(tuple(keys))
        self._made = _made(self._source())
        self._derived: dict[str, SecretKeys] = {}

    def encrypt(self, plain: bytes) -> bytes:
        """A Fernet token under the first key."""
        return self._now().first.encrypt(plain)

    def decrypt(self, token: bytes) -> bytes:
        """What was encrypted under any of the keys. Raises cryptography's InvalidToken."""
        return self._now().each.decrypt(token)

    def renewed(self, token: bytes) -> bytes | None:
        """The same under the first key; None: it is under that one. Raises InvalidToken: it is under none of them."""
        now = self._now()
        with suppress(InvalidToken):
            now.first.decrypt(token)
            return None
        return now.each.rotate(token)

    def derived(self, purpose: str) -> SecretKeys:
        """Other keys, one for each, from which these cannot be found (HKDF, RFC 5869)."""
        if purpose not in self._derived:
            self._derived[purpose] = SecretKeys(_deriving(self._source, purpose))
        return self._derived[purpose]

    def secret(self, purpose: str) -> bytes:
        """32 bytes that stay the same as long as the last (the oldest) key does: for fingerprints."""
        return self.derived(purpose)._keys[-1]

    def names(self) -> tuple[str, ...]:
        """A name for each key, by which two programs find out whether they have the same; it tells nothing of it."""
        return tuple(_derive(key, "name").hex()[:NAME] for key in self._keys)

    @property
    def _keys(self) -> Keys:
        return self._now().keys

    def _now(self) -> _Made:
        keys = self._source()
        if keys != self._made.keys:
            self._made = _made(keys)
        return self._made


@dataclass(frozen=True, slots=True, repr=False)
class _Made:
    """Keys, and what encrypts and decrypts with them."""

    keys: Keys
    first: Fernet
    each: MultiFernet


def _made(keys: Keys) -> _Made:
    fernets = [Fernet(urlsafe_b64encode(key)) for key in keys]
    return _Made(keys, fernets[0], MultiFernet(fernets))


def _always(keys: Keys) -> Callable[[], Keys]:
    return lambda: keys


def _deriving(source: Callable[[], Keys], purpose: str) -> Callable[[], Keys]:
    """Derives only when there are other keys than before: that takes longer than to encrypt."""
    known: list[tuple[Keys, Keys]] = []

    def derive() -> Keys:
        keys = source()
        if not known or known[0][0] != keys:
            known[:] = [(keys, tuple(_derive(key, purpose) for key in keys))]
        return known[0][1]

    return derive


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"omm {purpose}".encode()).derive(key)


def config_directory(environ: Mapping[str, str], home: Path) -> Path:
    """The user's directory for our keys, by the XDG base directory specification."""
    named = environ.get("XDG_CONFIG_HOME", "")
    base = Path(named) if named and Path(named).is_absolute() else home / ".config"
    return base / "omm"


def secret_keys(environ: Mapping[str, str], config_dir: Path, *, state_dir: Path | None = None) -> SecretKeys:
    """The keys that OMM_SECRET_KEYS holds (comma separated), or the one in `config_dir`, made when first asked for.

    Those of the file follow it: a key that is put in front there (`omm admin rotate-key`) is used at once. Two
    processes that ask at once get the same key. Raises InputError on malformed keys, on a key file that others can
    read, and when the key would lie in `state_dir`, beside the data.
    """
    if environ.get(SETTING, "").strip():
        return SecretKeys(_parsed(environ[SETTING]))
    if state_dir is not None and config_dir.resolve().is_relative_to(state_dir.resolve()):
        raise InputError(f"The secret key would lie beside the data it protects. Set {SETTING}. {HOW}")
    file = KeyFile(config_dir)
    try:
        file.begin()
        file.read()
    except OSError as error:
        why = error.strerror
        raise InputError(f"The secret key {file.path} cannot be read or made: {why}. Set {SETTING}.") from error
    return SecretKeys(file.current)


def _parsed(setting: str) -> list[bytes]:
    """The keys in their order, none twice."""
    keys = []
    for number, part in enumerate(setting.split(","), start=1):
        key = parsed_key(part.strip())
        if key is None:
            raise InputError(
                f"Key number {number} in {SETTING} is not a key. A key has 44 characters and ends with =. {HOW}"
            )
        keys.append(key)
    return list(dict.fromkeys(keys))
