"""Forms: what Slack hands back from a modal, parsed once. Past this file nobody looks into `view.state.values`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.drafts import Draft, Fields
from bot.offers import Offers
from engine.errors import Side
from engine.migration import MigrationRequest
from engine.vault import Secret

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]      # view.state.values


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that can be used. `secrets` has the sides whose password was typed; the others' are in the vault."""

    fields: Fields
    request: MigrationRequest
    secrets: Mapping[Side, Secret]


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with a form, by the id of the input block, ready for `response_action: errors`."""

    by_block: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the rollback dialog showed when it was sent: private_metadata of View.ROLLBACK."""

    task_id: str
    items: int
    kept: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a password was asked for: private_metadata of View.PASSWORD. `then` is "resume" or "rollback"."""

    task_id: str
    then: str


def parse_migration(values: Values, draft: Draft, offers: Offers) -> Filled | Errors:
    """The form, checked as far as that goes without a network. Errors never repeat what was typed."""
    raise NotImplementedError


def read_fields(values: Values, draft: Draft) -> Fields:
    """What is typed at the moment, as it is; of fields that are not on the screen, what the draft has."""
    raise NotImplementedError


def typed_passwords(values: Values) -> Mapping[Side, Secret]:
    """The passwords that are typed at the moment. Worth keeping before `chosen_anew`, which empties their fields."""
    raise NotImplementedError


def chosen_anew(values: Values, draft: Draft, offers: Offers) -> Draft:
    """The draft after a choice in a menu: with what is typed now and, for another offer, that offer's address.

    Its edition grows only when the offer changed.
    """
    raise NotImplementedError


def parse_password(values: Values) -> Mapping[Side, Secret] | Errors:
    """The passwords of View.PASSWORD, by side."""
    raise NotImplementedError


def parse_follow(values: Values) -> str:
    """The login that was typed into View.FOLLOW."""
    raise NotImplementedError


def discard(values: Values) -> bool:
    """Whether View.ROLLBACK asks to remove also what was changed since."""
    raise NotImplementedError


def confirmed(private_metadata: str) -> Confirmed:
    """What View.ROLLBACK had counted."""
    raise NotImplementedError


def asked(private_metadata: str) -> Asked:
    """What View.PASSWORD is for."""
    raise NotImplementedError
