"""What a person asked for: which account moves to which mailbox, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.migration.account import Account
from engine.migration.content import Content


class Choice(StrEnum):
    """What a person has agreed to, or asked for, beside what moves. The values are stored."""

    FORWARDING = "forwarding"           # rules that send mail on to others are created, too
    OUTLOOK_RULES = "outlook rules"     # what Outlook keeps for itself at the destination may be lost
    COPIES = "label copies"             # mail with several labels is copied into the folder of each
    LEAVE_OFF = "leave off"             # out-of-office comes with its texts and stays off


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """What a person asked for, parsed and checked; secrets are elsewhere.

    `unopened` are contents that they meant as well, and that what opens the source does not open: they do not move.
    """

    source: Account
    destination: Account
    contents: tuple[Content, ...]
    choices: tuple[Choice, ...] = ()
    unopened: tuple[Content, ...] = ()
