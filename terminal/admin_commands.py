"""The commands `omm admin …`, read."""

from __future__ import annotations

import click

from terminal.command_group import Commands
from terminal.door import Door
from terminal.options import any_task, csv_file, shared
from terminal.usage import check_output, parsed_task


@click.group(cls=Commands)
def admin() -> None:
    """What only the operator of this machine can do."""


@admin.command()
@csv_file
@click.option("--last", type=click.IntRange(1, 10_000), default=50, help="How many entries to show. Default: 50.")
@any_task
def audit(door: Door, task_id: str | None, csv: str | None, last: int, verbose: bool) -> int:
    """Show who did what, when and from where: the newest entries, or with --csv all of them."""
    from terminal.auditing import run_audit

    check_output(door.out, csv)
    known = None if task_id is None else parsed_task(task_id)
    return run_audit(door.session(verbose=verbose), known, last=last, csv=csv)


@admin.command(name="rotate-key", short_help="Replace the key that passwords and reports are encrypted with.")
@click.option("--check", is_flag=True, help="Only count what is under which key.")
@click.option("--remove-old", is_flag=True, help="Remove the old key, once nothing needs it.")
@click.option(
    "--setting-file", metavar="FILE", help="Write a line for OMM_SECRET_KEYS, with a new key in front, into a new file."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared
def rotate_key(
    door: Door, check: bool, remove_old: bool, setting_file: str | None, yes: bool, verbose: bool
) -> int:
    """Replace the key that passwords and reports are encrypted with, while everything goes on.

    A new key is put in front, and everything in the store is encrypted with it. The same command again goes on after it
    was interrupted. It says when the old key can be removed. Where OMM_SECRET_KEYS holds the key, it says what to do.
    """
    from terminal.rotating import run_rotate_key

    session = door.session(verbose=verbose)
    return run_rotate_key(session, check=check, remove_old=remove_old, setting_file=setting_file, yes=yes)


TEAM = click.option("--team", metavar="ID", default="", help="Only in this workspace of Slack, such as T0123ABCD.")


@admin.command(name="pause", short_help="Pause everybody's migrations.")
@TEAM
@shared
def pause_all(door: Door, team: str, verbose: bool) -> int:
    """Pause everybody's migrations: what runs stops at its next batch, what is new stays in line.

    Rollbacks and cancels go on. To continue: omm admin go-on.
    """
    from terminal.pausing_all import run_pause_all

    return run_pause_all(door.session(verbose=verbose), team)


@admin.command(name="go-on", short_help="Let everybody's migrations go on.")
@TEAM
@shared
def go_on(door: Door, team: str, verbose: bool) -> int:
    """Let everybody's migrations go on, but for those that a person has paused."""
    from terminal.pausing_all import run_go_on

    return run_go_on(door.session(verbose=verbose), team)
