"""Answers to slash commands: what there is, whose tasks stand where, and what was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.message import Message
from engine.migration import Migration

SUBCOMMANDS = ("migrate", "follow", "list", "help")


def help_message() -> Message:
    """What can be typed, with examples."""
    raise NotImplementedError


def list_message(tasks: Sequence[Migration], now: datetime) -> Message:
    """A person's own tasks, newest first."""
    raise NotImplementedError


def did_you_mean(word: str) -> Message:
    """An answer to a word that is no command. It never repeats what was typed: that may be a password."""
    raise NotImplementedError
