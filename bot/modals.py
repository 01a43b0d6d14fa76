"""Modals: what people fill in, confirm and read. Pure functions; each returns a view as Slack takes it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.drafts import Draft
from bot.offers import Offers
from engine.errors import Side
from engine.migration import Migration
from engine.rollback import Preview
from engine.store import Report

View = dict[str, Any]


def migration_form(draft: Draft, offers: Offers) -> View:
    """The form of a draft (private_metadata: its id), with its verdict above the field at fault."""
    raise NotImplementedError


def started(migration: Migration, *, channel: str = "") -> View:
    """What stands in the form's place once its migration exists. `channel` is where the card is, '' for our DM."""
    raise NotImplementedError


def cancel_dialog(migration: Migration, now: datetime) -> View:
    """What a cancel still finishes and what it skips (private_metadata: the task ID)."""
    raise NotImplementedError


def rollback_counting(migration: Migration) -> View:
    """The rollback dialog while its items are being counted."""
    raise NotImplementedError


def rollback_confirm(migration: Migration, preview: Preview, now: datetime) -> View:
    """The rollback dialog (private_metadata: `forms.confirmed` reads it)."""
    raise NotImplementedError


def rollback_refused(migration: Migration, words: str) -> View:
    """The rollback dialog when it cannot be done; `words` say why."""
    raise NotImplementedError


def password_form(
    migration: Migration, sides: Collection[Side], words: str, then: str, *, edition: int = 0
) -> View:
    """Asks for the passwords of `sides`; `words` say why, `then` is "resume" or "rollback".

    private_metadata: `forms.asked` reads it. Another `edition` empties the fields.
    """
    raise NotImplementedError


def report(migration: Migration, report: Report, page: int) -> View:
    """The sums, and a page (from 0) of what was not copied, with buttons to the neighbouring pages."""
    raise NotImplementedError


def follow_form(task_id: str, words: str | None = None) -> View:
    """Asks for the login that proves a follower (private_metadata: the task ID); `words` say what was wrong."""
    raise NotImplementedError


def words(title: str, text: str, *, mentions: bool = False) -> View:
    """Something to read. Nothing in `text` is marked up; with `mentions`, `<@U…>` in it is a person."""
    raise NotImplementedError
