"""What comes back from the window with a workspace's settings, parsed once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from bot.drawn import drawn
from bot.ids import Block
from bot.policy import LEAST_DAYS, parse_hosts
from bot.stored.policies import Policy, Who
from bot.views.forms import Errors
from bot.views.settings import MOST_ADMINS, MOST_AT_ONCE, MOST_GROUPS, MOST_PEOPLE
from bot.views.values import Values
from engine.errors import InputError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
PERSON, GROUP, CHANNEL = r"[UW][A-Z0-9]{2,20}", r"S[A-Z0-9]{2,20}", r"[CG][A-Z0-9]{2,20}"     # IDs of Slack
NOT_OFFERED = "Choose only what is offered here."


@dataclass(frozen=True, slots=True)
class Seen:
    """Which settings somebody had before them, by their digest, and the edition of the fields."""

    digest: str
    edition: int


@drawn(admins=True)
def seen(private_metadata: str) -> Seen:
    """What View.SETTINGS showed. Raises NotDrawnError."""
    digest, _, edition = private_metadata.partition(" ")
    return Seen(digest, int(edition or 0))


@dataclass(slots=True)
class _Reader:
    """Reads the fields of one edition, and collects what is wrong with them, so that everything is said at once."""

    values: Values
    edition: int
    wrong: dict[str, str] = field(default_factory=dict)

    def held(self, block: Block, key: str, otherwise: T) -> T:
        """What the field holds by that key; `otherwise` where it is not on the screen."""
        found = self.values.get(f"{block}{self.edition}")
        if found is None:
            return otherwise
        element: Any = next(iter(found.values()), {})
        held: T = element.get(key)
        return held

    def checked(self, block: Block, otherwise: T, read: Callable[[], T]) -> T:
        """What `read` returns; `otherwise`, when it complains."""
        try:
            return read()
        except InputError as error:
            self.wrong[f"{block}{self.edition}"] = str(error)
            return otherwise

    def people(self, block: Block, known: tuple[str, ...], most: int) -> tuple[str, ...]:
        """People who are chosen, by their IDs."""
        chosen = [str(each) for each in self.held(block, "selected_users", list(known)) or ()]
        return self.checked(block, known, lambda: _ids(chosen, PERSON, most))

    def option(self, block: Block, known: E) -> E:
        """The option that is chosen."""
        chosen: Any = self.held(block, "selected_option", {"value": known.value})
        return self.checked(block, known, lambda: _choice(type(known), str((chosen or {}).get("value"))))

    def groups(self, block: Block, known: tuple[str, ...]) -> tuple[str, ...]:
        """User groups that are chosen, by their IDs."""
        chosen = self._values(block, known)
        return self.checked(block, known, lambda: _ids(chosen, GROUP, MOST_GROUPS))

    def _values(self, block: Block, known: tuple[str, ...]) -> list[str]:
        chosen: Any = self.held(block, "selected_options", [{"value": each} for each in known])
        return [str(option.get("value")) for option in chosen or ()]

    def channel(self, block: Block, known: str) -> str:
        """The channel that is chosen, by its ID; '' for none."""
        chosen = str(self.held(block, "selected_conversation", known) or "")
        return self.checked(block, known, lambda: "".join(_ids([chosen] if chosen else [], CHANNEL, 1)))

    def ticked(self, block: Block, *, known: bool) -> bool:
        """True: its box is ticked."""
        return bool(self._values(block, ("yes",) if known else ()))

    def hosts(self, block: Block, known: tuple[str, ...]) -> tuple[str, ...]:
        """The names in a field of lines."""
        text = self.held(block, "value", "\n".join(known)) or ""
        return self.checked(block, known, lambda: parse_hosts(text))

    def number(self, block: Block, known: int | None, least: int, most: int) -> int | None:
        """A whole number from `least` to `most`, None for an empty field."""
        text = str(self.held(block, "value", "" if known is None else str(known)) or "").strip()
        return self.checked(block, known, lambda: _number(text, least, most))


def _ids(chosen: list[str], kind: str, most: int) -> tuple[str, ...]:
    """The IDs, each once. Raises InputError for what the menu does not offer."""
    ids = tuple(dict.fromkeys(chosen))
    if len(chosen) > most or not all(re.fullmatch(kind, each, re.ASCII) for each in ids):
        raise InputError(NOT_OFFERED)
    return ids


def _choice(kind: type[E], value: str) -> E:
    if value not in {each.value for each in kind}:
        raise InputError(NOT_OFFERED)
    return kind(value)


def _number(text: str, least: int, most: int) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise InputError(f"Type a whole number from {least:,} to {most:,}, or leave the field empty.")
    return int(text)


def parse_settings(values: Values, edition: int, known: Policy, *, retention_days: int) -> Policy | Errors:
    """The settings as they are on the screen; where a field is not, as they are `known`.

    `retention_days` is the most that a migration can be kept.
    """
    read = _Reader(values, edition)
    wanted = replace(
        known,
        who=read.option(Block.WHO, known.who),
        groups=read.groups(Block.GROUPS, known.groups),
        people=read.people(Block.PEOPLE, known.people, MOST_PEOPLE),
        source_hosts=read.hosts(Block.SOURCE_HOSTS, known.source_hosts),
        destination_hosts=read.hosts(Block.DESTINATION_HOSTS, known.destination_hosts),
        passwords=read.option(Block.WHERE_TYPED, known.passwords),
        most=read.number(Block.MOST_IN_ALL, known.most, 1, MOST_AT_ONCE),
        most_with_a_host=read.number(Block.MOST_OF_A_HOST, known.most_with_a_host, 1, MOST_AT_ONCE),
        most_of_a_person=read.number(Block.MOST_OF_A_PERSON, known.most_of_a_person, 1, MOST_AT_ONCE),
        second_person=read.ticked(Block.SECOND_PERSON, known=known.second_person),
        retention_days=read.number(Block.RETENTION, known.retention_days, LEAST_DAYS, retention_days),
        audit_channel=read.channel(Block.AUDIT_CHANNEL, known.audit_channel),
        service_accounts=read.people(Block.SERVICE_ADMINS, known.service_accounts, MOST_ADMINS),
        tells_owner=read.ticked(Block.TELLS_OWNER, known=known.tells_owner),
    )
    if wanted.who is Who.CHOSEN and not (wanted.groups or wanted.people):
        read.wrong[f"{Block.PEOPLE}{edition}"] = (
            "Choose people or user groups here. Or choose above that everyone may migrate, or admins only."
        )
    return Errors(read.wrong) if read.wrong else wanted
