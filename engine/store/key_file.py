"""The file of secret keys: made when first needed, and changed while programs use it.

`secret.key` holds the key that encrypts, on one line. While a key is being replaced, `secret.key.old` holds those
before it, the newest first, each on a line. Whoever puts a key in front writes the second file first, so a process that
is killed in between leaves keys with which everything can be read.
"""

from __future__ import annotations

import binascii
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet

from engine.errors import InputError

SETTING = "OMM_SECRET_KEYS"
FILE_NAME = "secret.key"
ASIDE = ".*.new"        # what a file is called before it is put in its place
KEY_BYTES = 32
ADD_TO = (
    f"{SETTING}, behind the others; where that is not set, to the file {FILE_NAME}.old beside {FILE_NAME}, on a line "
    "of its own"
)
HOW = "A new key: .venv/bin/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"

Stamp = tuple[tuple[int, int, int] | None, ...]     # inode, time and size of both files


class KeyFile:
    """The keys in a directory."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        self.old = directory / f"{FILE_NAME}.old"
        self._known: tuple[Stamp, tuple[bytes, ...]] | None = None

    def begin(self) -> None:
        """Makes a key unless there is one. Raises OSError."""
        if not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.parent.chmod(0o700)
            aside = self._aside([Fernet.generate_key().decode()])
            try:
                with suppress(FileExistsError):     # another process was first: theirs is the key
                    self.path.hardlink_to(aside)
            finally:
                aside.unlink()

    def read(self) -> tuple[bytes, ...]:
        """The keys, the newest first, none twice.

        Raises InputError for a file that others can read or that holds no key, OSError.
        """
        stamp = self._stamp()       # before: what is changed meanwhile is read again
        keys = tuple(dict.fromkeys([_one(self.path), *(_several(self.old) if self.old.exists() else ())]))
        self._known = (stamp, keys)
        return keys

    def current(self) -> tuple[bytes, ...]:
        """The keys as they are in the file now. While they cannot be read, those that were known last."""
        if self._known is None or self._stamp() != self._known[0]:
            with suppress(InputError, OSError):
                return self.read()
        assert self._known is not None      # `read` was called first
        return self._known[1]

    def put_in_front(self) -> None:
        """Makes a new key, which encrypts from now on; those so far decrypt. Raises as `read`."""
        before = [urlsafe_b64encode(key).decode() for key in self.read()]
        self._aside(before).replace(self.old)
        self._aside([Fernet.generate_key().decode()]).replace(self.path)

    def remove_old(self) -> None:
        """Removes every key but the newest, also where a process that was killed has left one. Raises OSError."""
        for aside in self.path.parent.glob(ASIDE):
            aside.unlink(missing_ok=True)
        self.old.unlink(missing_ok=True)

    def _aside(self, keys: list[str]) -> Path:
        """A new file beside, written to disk, so that nobody sees a half of it."""
        aside = self.path.with_name(ASIDE.replace("*", secrets.token_hex(8)))
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        return aside

    def _stamp(self) -> Stamp:
        return _stamp(self.path), _stamp(self.old)


def parsed_key(written: str) -> bytes | None:
    """A key as it is written; None for what is no key."""
    try:
        key = urlsafe_b64decode(written.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None
    return key if len(key) == KEY_BYTES and urlsafe_b64encode(key).decode() == written else None


def _one(path: Path) -> bytes:
    found = _several(path)
    if len(found) != 1:
        raise _damaged(path)
    return found[0]


def _several(path: Path) -> list[bytes]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"The secret key {path} can be read by others. Make it yours alone: chmod 600 {path}")
    found = [parsed_key(line.strip()) for line in path.read_text("ascii", "replace").split("\n") if line.strip()]
    keys = [key for key in found if key is not None]
    if len(keys) < len(found):
        raise _damaged(path)
    return keys


def _damaged(path: Path) -> InputError:
    return InputError(f"The file {path} does not hold a secret key. Put back what it held, or set {SETTING}.")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
