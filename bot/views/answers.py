"""Answers to slash commands: what there is, where a person's migrations stand, and what was not understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType

from bot.ids import COMMAND
from bot.listeners.typed import could_be_password
from bot.views import blocks
from bot.views.blocks import Piece
from bot.views.cards import card, lines
from bot.views.message import Message, Shown
from engine.migration.record import Migration
from engine.words import number

SUBCOMMANDS = {
    "migrate": ("migrate", "opens the form that moves a mailbox to Exchange"),
    "status": ("status 7K2F-9QXD", "shows the progress of a migration"),
    "list": ("list", "shows your own migrations, each with a link to its card"),
    "pause": ("pause 7K2F-9QXD", "pauses a migration until you resume it"),
    "resume": ("resume 7K2F-9QXD", "continues a migration that was paused or needs attention"),
    "cancel": ("cancel 7K2F-9QXD", "ends a migration for good; what was copied stays"),
    "report": ("report 7K2F-9QXD", "shows what was not copied, why, and what you can do"),
    "retry": ("retry 7K2F-9QXD", "runs an ended migration again and copies what is missing"),
    "rollback": ("rollback 7K2F-9QXD", "removes what a migration copied; possible until 48 hours after its end"),
    "switch-on": ("switch-on 7K2F-9QXD", "switches on the out-of-office that you wanted left off"),
    "forget": ("forget 7K2F-9QXD", "deletes what OMM has stored about a migration; what it copied stays"),
    "follow": ("follow 7K2F-9QXD", "shows you somebody else's migration, if you know the login of the source mailbox"),
    "help": ("help", "shows this list"),
}
FITTING = {
    "pause": "None of your migrations can be paused now.",
    "resume": "None of your migrations waits to be resumed.",
    "cancel": "None of your migrations can be cancelled now.",
    "report": "None of your migrations has a report yet.",
    "retry": "None of your migrations can be run again now.",
    "rollback": "None of your migrations can be rolled back now.",
    "switch-on": "None of your migrations has left an out-of-office off that can be switched on now.",
    "forget": "None of your migrations has ended or is paused, so none can be forgotten.",
}       # what is said where none does
ADMIN = (
    f"As an admin, you can type `{COMMAND} admin` to see everybody's migrations, `{COMMAND} admin workers` to see who "
    f"works and what waits, `{COMMAND} admin settings` to settle who may migrate what, and `{COMMAND} admin audit` to "
    "see who did what, with a task ID for one migration."
)
SHOWN = 15      # tasks, the newest
NO_LINKS: Mapping[str, str] = MappingProxyType({})
NOT_KEPT = (
    f"What you typed after the command was not kept. If it was a password, change it: Slack has seen it. Never type a "
    f"password after `{COMMAND}`."
)


def help_message(*, is_admin: bool = False) -> Message:
    """What can be typed, with examples; `is_admin` adds what admins and owners alone can type."""
    explained = "\n".join(f"`{COMMAND} {example}`   {does}" for example, does in SUBCOMMANDS.values())
    return Message(
        f"What you can type: {', '.join(f'{COMMAND} {word}' for word in SUBCOMMANDS)}.",
        [
            blocks.section("commands", f"*What you can type*\n{explained}"),
            blocks.context("buttons", (
                "7K2F-9QXD is an example of a task ID. Your migration's own stands on its card, the message that shows "
                "the progress and has the buttons. Leave the task ID out if only one migration of yours fits. "
                f"Never type a password after `{COMMAND}`: the form asks for it."
            )),
            *([blocks.context("admin", ADMIN)] if is_admin else []),
        ],
    )


def list_message(
    tasks: Sequence[Migration], now: datetime, links: Mapping[str, str] = NO_LINKS, older: int = 0
) -> Message:
    """A person's own tasks, newest first. `links` are the addresses of their cards, by task ID.

    `older` is how many there are beside them.
    """
    if not tasks:
        return said("none", f"You have not migrated anything yet. Type `{COMMAND} migrate` to begin.")
    return Message(
        f"You have {number(len(tasks) + older, 'migration')}.",
        [blocks.section("title", "*Your migrations*, newest first"), *_listed(tasks, now, links, older)],
    )


def which_message(
    word: str, fitting: Sequence[Migration], now: datetime, links: Mapping[str, str] = NO_LINKS
) -> Message:
    """Asks which one is meant, where several of somebody's migrations fit a command; says so where none does."""
    if not fitting:
        return said("none", f"{FITTING[word]} `{COMMAND} list` shows them.")
    which = f"Which migration? Type the command with its task ID: `{COMMAND} {word} {fitting[0].task_id}`"
    return Message(which, [blocks.section("which", which), *_listed(fitting, now, links)])


def _listed(
    tasks: Sequence[Migration], now: datetime, links: Mapping[str, str], older: int = 0
) -> list[Piece]:
    more = max(0, len(tasks) - SHOWN) + older
    return [
        *(entry(task, now, links.get(task.task_id, "")) for task in tasks[:SHOWN]),
        *([blocks.context("more", f"And {number(more, 'older one')}.")] if more > 0 else []),
    ]


def entry(task: Migration, now: datetime, link: str = "") -> Piece:
    """One of a person's own migrations in two lines, with the address of its card; '' for none."""
    stands, ends = lines(task, now)
    opens = [blocks.words("   "), blocks.link(link, "Open the card")] if link else []
    return blocks.rich(f"task_{task.task_id}", stands, [*ends, *opens])


def status_message(shown: Shown, link: str = "") -> Message:
    """Where one migration stands: its card, with a `link` to the one that is kept up to date."""
    drawn = card(shown)
    kept = "Open the card, which stays up to date"
    here = [blocks.rich("link", [blocks.link(link, kept)])] if link else []
    return Message(drawn.text, [*drawn.blocks, *here])


def example_message(word: str) -> Message:
    """What a task ID looks like, and where to find one: for `follow`, the ID of somebody else's migration."""
    own = f"`{COMMAND} list` shows the task IDs of your migrations."
    where = "Ask the owner of the migration for its task ID." if word == "follow" else own
    return said("example", (
        f"A task ID has eight letters and digits. Type it as `{COMMAND} {word} 7K2F-9QXD`. {where}"
    ))


def one_at_a_time(word: str, task_id: str) -> Message:
    """An answer to two task IDs: nothing was done."""
    return said("one", f"Type one task ID at a time, for example `{COMMAND} {word} {task_id}`. Nothing was done.")


def did_you_mean(typed: str) -> Message:
    """An answer to what is no command. It never repeats what was typed: that may be a password."""
    near = get_close_matches(typed.partition(" ")[0].casefold(), SUBCOMMANDS, n=1)
    meant = f"Did you mean `{COMMAND} {near[0]}`?" if near else f"`{COMMAND} help` lists the commands."
    message = said("meant", f"I don't know that command. {meant}")
    return not_kept(message) if could_be_password(typed) else message


def not_kept(message: Message | None = None) -> Message:
    """The message, and that whatever else was typed was not kept: it may be a password."""
    text, body = ("", ()) if message is None else (message.text, message.blocks)
    return Message(f"{text} {NOT_KEPT}".lstrip(), (*body, blocks.context("not_kept", NOT_KEPT)))


def said(block_id: str, text: str) -> Message:
    """One paragraph of our own words."""
    return Message(text, [blocks.section(block_id, text)])
