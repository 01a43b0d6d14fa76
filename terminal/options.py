"""Options and arguments that several commands of `omm` take."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from engine.errors import Side

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


def _with(*options: Decorator[Any]) -> Decorator[Any]:
    """All of them, in the order of the help."""
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


# --json is read by `main`, which must know it when the rest cannot be read.
shared = _with(
    click.option("--json", is_flag=True, expose_value=False, help="Print one JSON object at the end, for programs."),
    click.option("--verbose", is_flag=True, help="Write more into omm.log."),
    click.pass_obj,
)
PLAINTEXT = "Allow a server without encryption. Others in the network can then read the password."
SERVICE = "The mailbox that the {}'s login, a service account on Exchange, opens by impersonation."
source_file = click.option("--source-password-file", metavar="FILE", help="A file: one line, the source's password.")
destination_file = click.option(
    "--destination-password-file", metavar="FILE", help="A file: one line, the destination's password."
)
destination_mailbox = click.option("--destination-mailbox", metavar="ADDRESS", help=SERVICE.format("destination"))


def full_access(*sides: Side) -> Decorator[Any]:
    """On which of those sides a mailbox is opened by full access."""
    return click.option(
        "--full-access", type=click.Choice([side.value for side in sides]), multiple=True,
        help="On that side, open the mailbox by full access instead of impersonation.",
    )


accounts = _with(
    click.argument("source"),
    click.argument("destination"),
    click.option("--contents", metavar="LIST", help="What to move, such as: mail. Default: all that OMM can."),
    click.option("--allow-plaintext", is_flag=True, help=PLAINTEXT),
    click.option("--source-mailbox", metavar="ADDRESS", help=SERVICE.format("source")),
    destination_mailbox,
    full_access(*Side),
    source_file,
    destination_file,
    shared,
)
task = _with(click.argument("task_id", metavar="TASK-ID"), shared)
copy_again = click.option(
    "--copy-again", is_flag=True,
    help="Copy everything that is not there, even if nothing of what was copied earlier can be found, or the "
    "destination has taken it away by itself.",
)
choices = _with(
    click.option(
        "--forwarding-rules", is_flag=True, help="Create also the inbox rules that send mail on to others.",
    ),
    click.option(
        "--remove-outlook-rules", is_flag=True,
        help="Create inbox rules even if the rules that Outlook keeps for itself at the destination are lost for good.",
    ),
    click.option(
        "--label-copies", is_flag=True,
        help="Copy a message with several Gmail labels into the folder of each label.",
    ),
    click.option(
        "--leave-out-of-office-off", is_flag=True, help="Copy the out-of-office replies, and leave them off for now.",
    ),
)
known_by_mailbox = _with(
    click.option(
        "--destination", metavar="URL",
        help="The mailbox that was migrated into, if OMM's store was lost: it tells itself what the migration was.",
    ),
    click.option("--allow-plaintext", is_flag=True, help=PLAINTEXT),
    destination_mailbox,
    full_access(Side.DESTINATION),
)
any_task = _with(click.argument("task_id", metavar="[TASK-ID]", required=False), shared)
csv_file = click.option("--csv", metavar="FILE", help="Write it as a table for a spreadsheet; - is standard output.")
