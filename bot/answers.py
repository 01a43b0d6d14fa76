"""Answers to slash commands: what there is, where a person's tasks stand, and what was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from bot import blocks
from bot.cards import lines
from bot.ids import COMMAND
from bot.message import Message
from engine.migration import Migration
from engine.words import number

SUBCOMMANDS = {
    "migrate": ("migrate", "opens the form: move a mailbox from IMAP or POP3 to Exchange"),
    "follow": ("follow 7K2F-9QXD", "shows you somebody's migration, if you know the login of its source account"),
    "list": ("list", "your own migrations and how far they are"),
    "help": ("help", "this"),
}
SHOWN = 15      # tasks, the newest


def help_message() -> Message:
    """What can be typed, with examples."""
    explained = "\n".join(f"`{COMMAND} {example}`   {does}" for example, does in SUBCOMMANDS.values())
    return Message(
        f"What you can type: {', '.join(f'{COMMAND} {word}' for word in SUBCOMMANDS)}.",
        [
            blocks.section("commands", f"*What you can type*\n{explained}"),
            blocks.context("buttons", (
                "A migration has a card with buttons: pause, resume, cancel and, until 48 hours after its end, "
                f"rollback. Never type a password after `{COMMAND}`: the form asks for it."
            )),
        ],
    )


def list_message(tasks: Sequence[Migration], now: datetime) -> Message:
    """A person's own tasks, newest first."""
    if not tasks:
        none = f"You have not migrated anything yet. Type `{COMMAND} migrate` to begin."
        return Message(none, [blocks.section("none", none)])
    more = len(tasks) - SHOWN
    return Message(
        f"You have {number(len(tasks), 'migration')}.",
        [
            blocks.section("title", "*Your migrations*, newest first"),
            *(blocks.rich(f"task_{task.task_id}", *lines(task, now)) for task in tasks[:SHOWN]),
            *([blocks.context("more", f"And {number(more, 'older one')}.")] if more > 0 else []),
        ],
    )


def did_you_mean(word: str) -> Message:
    """An answer to a word that is no command. It never repeats what was typed: that may be a password."""
    near = get_close_matches(word.casefold(), SUBCOMMANDS, n=1)
    meant = f"Did you mean `{COMMAND} {near[0]}`?" if near else f"`{COMMAND} help` shows what there is."
    text = f"That is nothing I know. {meant}"
    return Message(text, [
        blocks.section("meant", text),
        blocks.context("not_kept", (
            "What you typed was not kept. If it was a password: Slack has seen it, so better change it, "
            f"and never type one after `{COMMAND}`."
        )),
    ])
