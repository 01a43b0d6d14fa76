"""What a person asked for: which account moves to which mailbox, and what of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.migration.account import Account
from engine.migration.content import Content


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """What a person asked for, parsed and checked; secrets are elsewhere."""

    source: Account
    destination: Account
    contents: tuple[Content, ...]
