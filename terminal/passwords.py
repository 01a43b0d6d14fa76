"""Where passwords come from: a file, the environment, or a person who types them; never an argument."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Side
from engine.migration.account import Account
from engine.store.vault import Secret
from terminal.output import clean
from terminal.usage import UsageError

LONGEST = 4096      # bytes
SETTINGS = {Side.SOURCE: "OMM_SOURCE_PASSWORD", Side.DESTINATION: "OMM_DESTINATION_PASSWORD"}
OPTIONS = {Side.SOURCE: "--source-password-file", Side.DESTINATION: "--destination-password-file"}


@dataclass(frozen=True, slots=True)
class Passwords:
    """What the person has prepared: a file by side, and the environment."""

    files: Mapping[Side, str | None]
    environ: Mapping[str, str]

    def prepared(self, side: Side) -> Secret | None:
        """The password that a file or else the environment holds. Raises UsageError."""
        path = self.files.get(side)
        if path is not None:
            return _read(Path(path), OPTIONS[side])
        value = self.environ.get(SETTINGS[side], "")
        return _checked(value, SETTINGS[side]) if value else None

    def of(self, side: Side, account: Account) -> Secret:
        """The password, typed by the person if nothing was prepared. Raises UsageError."""
        return self.prepared(side) or _typed(side, account)


def _read(path: Path, option: str) -> Secret:
    """The one line of a file; the line's end does not belong to the password."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)     # a pipe without a writer is not waited for
        with os.fdopen(descriptor, "rb") as file:
            held = file.read(LONGEST + 3) or b""
    except OSError as error:
        raise UsageError(f"The file of {option} cannot be read: {error.strerror}.") from None
    try:
        return _checked(held.decode("utf-8-sig").removesuffix("\n").removesuffix("\r"), option)
    except UnicodeDecodeError:
        raise UsageError(f"The file of {option} is not text in UTF-8.") from None


def _checked(value: str, where: str) -> Secret:
    """Raises UsageError for what can only be a mistake. Its words never repeat the value."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise UsageError(f"The password in {where} is not text in UTF-8.") from None
    if not value:
        raise UsageError(f"The password in {where} is empty.")
    if size > LONGEST:
        raise UsageError(f"The password in {where} is longer than {LONGEST:,} bytes.")
    if any(c in value for c in "\r\n\0"):
        raise UsageError(f"The password in {where} is more than one line. Put nothing but the password there.")
    return Secret(value)


def _typed(side: Side, account: Account) -> Secret:
    if not sys.stdin.isatty():
        raise UsageError(
            f"The password of the {side} account is missing, and there is no terminal to ask for it. "
            f"Use {OPTIONS[side]} FILE, or set {SETTINGS[side]}."
        )
    try:
        value = getpass.getpass(clean(f"Password of {account} (the {side}): "))
    except EOFError:
        raise UsageError(f"No password was given for the {side} account.") from None
    return _checked(value, "your answer")
