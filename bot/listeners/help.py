"""Help: what can be typed, a person's own tasks, and answers to what is no command."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import blocks, ids
from bot.answers import did_you_mean, help_message, list_message
from bot.deed import Deed
from bot.desk import Desk
from bot.listeners.home import own_tasks
from bot.message import Message
from bot.reply import ephemeral

NOT_KEPT = (
    f"What you typed after the command was not kept. If it was a password: Slack has seen it, so better change it, and "
    f"never type one after `{ids.COMMAND}`."
)
NOTHING = Message("")


def register(app: App) -> None:
    """Has Bolt call what is below, for every command that nobody else has taken."""
    app.command(ids.COMMAND)(answer)


def answer(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Help, the list, or the nearest command. Nothing of what was typed is repeated, kept or written down."""
    ack(ephemeral(_answer(desk, deed)))


def _answer(desk: Desk, deed: Deed) -> Message:
    if deed.word in ("", "help"):
        message = help_message()
    elif deed.word == "list":
        message = list_message(list(own_tasks(desk, deed.user)), desk.clock())
    else:
        return did_you_mean(deed.word)
    return not_kept(message) if deed.rest else message


def not_kept(message: Message = NOTHING) -> Message:
    """The message, and that whatever else was typed was not kept: it may be an account, or a password."""
    return Message(f"{message.text} {NOT_KEPT}".lstrip(), (*message.blocks, blocks.context("not_kept", NOT_KEPT)))
