"""Offers: the Exchange services that a mailbox can move to, and the address that each is reached at."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.addresses import parse_address
from engine.errors import InputError
from engine.words import parse_size

MOST = 100      # choices that a menu of Slack's can have
LENGTHS = {"key": 75, "name": 75, "server": 300, "example": 100, "hint": 500, "quota": 20}
ADDRESSES = ("server", "example")


@dataclass(frozen=True, slots=True)
class Offer:
    """One service.

    `server` fills in the address field: only an address that is the same for everybody; '' where there is none.
    `example` is shown grey in the empty field and is never sent. `hint` stands below the field. `quota` is what a
    mailbox may hold, such as "50 GB"; '' where nobody has said.
    """

    key: str
    name: str
    server: str = ""
    example: str = "ex.example.org"
    hint: str = ""
    quota: str = ""

    @property
    def holds(self) -> int | None:
        """What a mailbox of it may hold, in bytes; None: nobody has said."""
        return parse_size(self.quota) if self.quota else None


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers of a form, in order. There is at least one, and the first is chosen until another is."""

    every: tuple[Offer, ...]

    def __iter__(self) -> Iterator[Offer]:
        """Each of them, in order."""
        return iter(self.every)

    def find(self, key: str) -> Offer:
        """The offer called `key`; the first when there is none (any more)."""
        return next((offer for offer in self.every if offer.key == key), self.every[0])


def read(path: Path | None = None) -> Offers:
    """The offers in the box, extended and overridden by those of the operator's own file if one is named.

    Raises InputError, in the operator's words, when that file cannot be read or holds something else.
    """
    entries = list(_ours())
    if path is not None:
        try:
            entries = _merged(entries, _entries(_text(path)))
        except InputError as error:
            raise InputError(f"OMM_OFFERS_FILE ({path}): {error}") from error
    shown = [entry for entry in entries if not entry.get("hidden")]
    if not 0 < len(shown) <= MOST:
        raise InputError(f"OMM_OFFERS_FILE ({path}): it leaves {len(shown)} offers. There must be 1 to {MOST}.")
    return Offers(tuple(_offer(entry) for entry in shown))


@cache
def _ours() -> tuple[Mapping[str, Any], ...]:
    """The entries in the box, which every workspace has."""
    return tuple(_entries((files("bot") / "offers.toml").read_text("utf-8")))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError("it is not in UTF-8.") from None


def _entries(text: str) -> list[Mapping[str, Any]]:
    """What a file says of each key, checked one by one."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"it is not TOML: {error}.") from None
    entries = found.pop("offer", None)
    if found or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("it must hold only [[offer]] tables.")
    for number, entry in enumerate(entries, 1):
        _check(entry, f"offer {number}")
    keys = [entry["key"] for entry in entries]
    if len(keys) != len(set(keys)):
        raise InputError("two offers have the same key.")
    return entries


def _check(entry: Mapping[str, Any], which: str) -> None:
    if unknown := set(entry) - {field.name for field in fields(Offer)} - {"hidden"}:
        raise InputError(f"{which} has unknown settings: {', '.join(sorted(unknown))}.")
    if not isinstance(entry.get("hidden", False), bool):
        raise InputError(f"{which}: hidden must be true or false.")
    for name, most in LENGTHS.items():
        value = entry.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            raise InputError(f"{which}: {name} must be a text of at most {most} characters.")
    if not re.fullmatch(r"[a-z0-9-]+", entry.get("key", "")):
        raise InputError(f"{which} needs a key of lower-case letters, digits and dashes.")
    for name in ADDRESSES:
        if entry.get(name):
            _check_server(entry[name], which)
    if entry.get("quota"):
        try:
            parse_size(entry["quota"])
        except InputError as error:
            raise InputError(f"{which}: {error}") from None


def _check_server(server: str, which: str) -> None:
    try:
        parse_address(server)
    except InputError as error:
        raise InputError(f"{which}: {error}") from None


def _merged(ours: list[Mapping[str, Any]], theirs: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {entry["key"]: entry for entry in ours}
    new = [entry for entry in theirs if entry["key"] not in known]
    known |= {entry["key"]: {**known[entry["key"]], **entry} for entry in theirs if entry["key"] in known}
    return [*new, *known.values()]


def _offer(entry: Mapping[str, Any]) -> Offer:
    if not entry.get("name", "").strip():
        raise InputError(f"OMM_OFFERS_FILE: the offer {entry['key']} needs a name.")
    return Offer(**{name: value for name, value in entry.items() if name != "hidden" and value})
