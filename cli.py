"""The terminal door: `omm`. Commands are read here and done in `terminal`.

Exit status: 0 completed; 1 completed with failures; 2 failed, refused, paused or stopped; 3 could not be begun as it
was typed.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from io import StringIO, TextIOWrapper
from typing import Any

import click

from engine.errors import FatalError, OmmError, Side
from terminal.admin_commands import admin
from terminal.command_group import Commands
from terminal.door import Door
from terminal.options import (
    PLAINTEXT,
    accounts,
    any_task,
    choices,
    copy_again,
    csv_file,
    destination_file,
    destination_mailbox,
    full_access,
    known_by_mailbox,
    shared,
    source_file,
    task,
)
from terminal.output import Output
from terminal.usage import UsageError, check_output, parsed_task

NOT_COMPLETED, USAGE = 2, 3
log = logging.getLogger("cli")

HELP = """Move a mailbox to Exchange, each message once. What was copied can be rolled back for 48 hours.

SOURCE and DESTINATION are accounts, written without a password and with %40 for the @ of a login:

\b
  imaps://user%40example.org@mail.example.org
  imap+starttls://user%40example.org@mail.example.org
  pop3s://user%40example.org@mail.example.org (or pop3+starttls://), for an inbox alone
  gmail://user@gmail.com (nothing else stands in it)
  ews+https://user%40example.org@exchange.example.org
  ews+https://user%40example.org@ (the server is looked up, and you are asked whether it is right)

Passwords are asked for, or read from --source-password-file and --destination-password-file, or from
OMM_SOURCE_PASSWORD and OMM_DESTINATION_PASSWORD.

Into a Gmail account leads the first of these that is there: an app password, given as any other
password; GOOGLE_SERVICE_ACCOUNT_FILE; GOOGLE_DESKTOP_CLIENT_SECRETS_FILE, with your consent in a browser.

Exit status: 0 completed; 1 completed with failures; 2 failed, refused, paused or stopped; 3 what was
typed, or a setting, cannot be used.
"""


# The commands


@click.group(
    cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="omm-for-slack", prog_name="omm")
def omm() -> None:
    """The command. Its help is what a person reads first."""


@omm.command()
@accounts
@click.option("--quota", metavar="SIZE", help="What the destination may hold, such as: 50GB. OMM compares with it.")
def check(
    door: Door, source_password_file: str | None, destination_password_file: str | None, verbose: bool,
    quota: str | None, **typed: Any,
) -> int:
    """Show what a migration would do; nothing is changed."""
    from terminal.moving import quota_of, request_of, run_check

    wanted, holds = request_of(**typed), quota_of(quota)
    session = door.session(verbose=verbose, source=source_password_file, destination=destination_password_file)
    return run_check(session, wanted, holds, named=typed["contents"] is not None)


@omm.command()
@accounts
@copy_again
@choices
def migrate(
    door: Door, source_password_file: str | None, destination_password_file: str | None, verbose: bool,
    copy_again: bool, forwarding_rules: bool, remove_outlook_rules: bool, label_copies: bool,
    leave_out_of_office_off: bool, **typed: Any,
) -> int:
    """Copy a mailbox. The same command again copies only what is missing."""
    from terminal.choosing import choosing
    from terminal.moving import request_of, run_migrate

    wanted = choosing(
        request_of(**typed), forwarding=forwarding_rules, outlook_rules=remove_outlook_rules,
        copies=label_copies, leave_off=leave_out_of_office_off,
    )
    session = door.session(verbose=verbose, source=source_password_file, destination=destination_password_file)
    return run_migrate(session, wanted, named=typed["contents"] is not None, copy_again=copy_again)


@omm.command()
@any_task
def status(door: Door, task_id: str | None, verbose: bool) -> int:
    """Show one migration, or all of them, newest first."""
    from terminal.steering import run_list, run_status

    known = None if task_id is None else parsed_task(task_id)
    session = door.session(verbose=verbose)
    return run_list(session) if known is None else run_status(session, known)


@omm.command()
@task
def pause(door: Door, task_id: str, verbose: bool) -> int:
    """Pause a migration after the messages that are on their way. To continue it: omm resume."""
    from terminal.steering import run_pause

    return run_pause(door.session(verbose=verbose), parsed_task(task_id))


@omm.command()
@source_file
@destination_file
@copy_again
@task
def resume(
    door: Door, task_id: str, source_password_file: str | None, destination_password_file: str | None,
    copy_again: bool, verbose: bool,
) -> int:
    """Continue a migration that was paused, stopped or cut off."""
    from terminal.going_on import run_resume

    session = door.session(verbose=verbose, source=source_password_file, destination=destination_password_file)
    return run_resume(session, parsed_task(task_id), copy_again=copy_again)


@omm.command(short_help="Run a migration that has ended again, and copy what is missing.")
@source_file
@destination_file
@task
def retry(
    door: Door, task_id: str, source_password_file: str | None, destination_password_file: str | None, verbose: bool,
) -> int:
    """Run a migration that has ended again: copy what failed, was skipped, or is new at the source."""
    from terminal.going_on import run_retry

    session = door.session(verbose=verbose, source=source_password_file, destination=destination_password_file)
    return run_retry(session, parsed_task(task_id))


@omm.command()
@click.option("--now", is_flag=True, help="End after the messages that are on their way, without the rest of the step.")
@task
def cancel(door: Door, task_id: str, now: bool, verbose: bool) -> int:
    """End a migration after the step under way. What was copied stays."""
    from terminal.steering import run_cancel

    return run_cancel(door.session(verbose=verbose), parsed_task(task_id), now=now)


@omm.command(short_help="Delete what OMM has stored about a migration, but for the audit.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@task
def forget(door: Door, task_id: str, yes: bool, verbose: bool) -> int:
    """Delete what OMM has stored about a migration: record, report and passwords.

    The audit keeps task ID, times, counts and who did what. What it copied stays. A migration whose record is damaged
    can be removed in this way, too.
    """
    from terminal.steering import run_forget

    return run_forget(door.session(verbose=verbose), parsed_task(task_id), yes=yes)


@omm.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--discard-changes", is_flag=True, help="Remove also what was changed after the migration.")
@click.option(
    "--remove-outlook-rules", is_flag=True,
    help="Agree that rules which Outlook keeps for itself in the mailbox are lost for good.",
)
@click.option(
    "--new-login", metavar="LOGIN",
    help="The destination's login, or with a service account the mailbox's address, if it was renamed since.",
)
@known_by_mailbox
@destination_file
@task
def rollback(
    door: Door, task_id: str, yes: bool, discard_changes: bool, remove_outlook_rules: bool, new_login: str | None,
    destination_password_file: str | None, verbose: bool, **typed: Any,
) -> int:
    """Remove what a migration copied, until 48 hours after its end. Shows first what that is, and asks."""
    from engine.migration.request import Choice
    from terminal.going_back import mailbox_of, run_rollback

    known, mailbox = parsed_task(task_id), mailbox_of(**typed)
    choices = (Choice.OUTLOOK_RULES,) if remove_outlook_rules else ()
    session = door.session(verbose=verbose, destination=destination_password_file)
    return run_rollback(
        session, known, yes=yes, discard_changes=discard_changes, new_login=new_login, mailbox=mailbox, choices=choices
    )


@omm.command(name="switch-on", short_help="Switch on the out-of-office that a migration has left off.")
@destination_file
@task
def switch_on(door: Door, task_id: str, destination_password_file: str | None, verbose: bool) -> int:
    """Switch on the out-of-office that a migration has left off, as it was in the old mailbox.

    Until 48 hours after the end of the migration, unless its owner has changed it since. A rollback still takes it
    back.
    """
    from terminal.switching_on import run_switch_on

    return run_switch_on(door.session(verbose=verbose, destination=destination_password_file), parsed_task(task_id))


@omm.command()
@shared
def waiting(door: Door, verbose: bool) -> int:
    """List what waits, runs or stands still, and since when. No login and no server is named."""
    from terminal.waiting import run_waiting

    return run_waiting(door.session(verbose=verbose))


@omm.command()
@csv_file
@task
def report(door: Door, task_id: str, csv: str | None, verbose: bool) -> int:
    """List everything that was not copied, why, and what you can do."""
    from terminal.steering import run_report

    check_output(door.out, csv)
    return run_report(door.session(verbose=verbose), parsed_task(task_id), csv=csv)


omm.add_command(admin)


@omm.command(short_help="Look at this deployment, an Exchange server or a Gmail account.")
@click.argument("destination", metavar="[URL]", required=False)
@click.option("--size", type=int, metavar="MB", help="Write also one message of that many megabytes.")
@click.option("--show-host", is_flag=True, help="Name the server in what is printed.")
@click.option("--allow-plaintext", is_flag=True, help=PLAINTEXT)
@destination_mailbox
@full_access(Side.DESTINATION)
@source_file
@destination_file
@shared
def doctor(
    door: Door, destination: str | None, size: int | None, show_host: bool, source_password_file: str | None,
    destination_password_file: str | None, verbose: bool, **typed: Any,
) -> int:
    """Look at this deployment: keys, store, programs, addresses, Slack and e-mail. Nobody is sent anything.

    With the URL of an Exchange account: write one message, remove it again, and see whether the server does all that
    a migration needs. With gmail://user@gmail.com: see whether OMM has a way in, and what Gmail shows; nothing is
    changed.
    """
    if destination is not None and destination.strip().lower().startswith("gmail:"):
        from terminal.doctor_of_gmail import run_gmail_doctor

        if size is not None or show_host or destination_password_file or any(typed.values()):
            raise UsageError("These options are for an Exchange account.")
        return run_gmail_doctor(door.session(verbose=verbose, source=source_password_file), destination)
    if source_password_file:
        raise UsageError("--source-password-file is for a Gmail account. Name it: omm doctor gmail://user@gmail.com")
    if destination is None:
        from terminal.deployment.examining import run_deployment

        if size is not None or show_host or destination_password_file or any(typed.values()):
            raise UsageError("These options are for an Exchange account. Name it: omm doctor EWS-URL")
        return run_deployment(door.session(verbose=verbose))
    from terminal.doctor import mailbox_of, run_doctor, size_of

    account, large = mailbox_of(destination, **typed), size_of(size)
    session = door.session(verbose=verbose, destination=destination_password_file)
    return run_doctor(session, account, large=large, show_host=show_host)


@omm.command(short_help="Play a whole migration here, in a stand-in for Slack.")
@click.option("--terminal", is_flag=True, help="Play it by the command omm, without Slack.")
@click.pass_obj
def demo(door: Door, terminal: bool) -> int:
    """Play one whole migration on this machine, in a stand-in for Slack, and check it."""
    try:
        if terminal:
            from demo.terminal import play
        else:
            from demo.slack import play
    except ModuleNotFoundError as error:
        raise UsageError(f"The demo needs {error.name}, which is not installed. Run it by: make demo") from None
    return play(door.out)


# The door


def main() -> int:
    """Reads the command line, does what it says, and returns the exit status. Shows no traceback."""
    from terminal.process import begin, end

    begin()
    arguments = sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    door = Door(Output(sys.stdout or StringIO(), sys.stderr or StringIO(), as_json="--json" in arguments))
    status = _run(door, arguments)
    end(sys.stdout, sys.stderr)
    return status


def _run(door: Door, arguments: Sequence[str]) -> int:
    try:
        return int(omm.main(arguments, prog_name="omm", standalone_mode=False, obj=door) or 0)
    except click.UsageError as error:
        return _refused(door, _with_help(_without(error.format_message(), arguments), error.ctx), USAGE)
    except OmmError as error:
        return _refused(door, error, USAGE if isinstance(error, UsageError) else NOT_COMPLETED)
    except (KeyboardInterrupt, click.Abort):
        return _refused(door, "Stopped.", NOT_COMPLETED)
    except BrokenPipeError:     # whoever read the help has left
        return 0
    except Exception as error:  # noqa: BLE001 - the door's own boundary: a person sees words, the log the traceback
        return _refused(door, _broken(door, error), NOT_COMPLETED)


def _without(words: str, arguments: Sequence[str]) -> str:
    """The words without what was typed after the command: somebody may have typed a password there."""
    for argument in arguments[1:]:
        typed = argument.partition("=")[2] if argument.startswith("-") else argument
        if typed:
            words = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", "…", words)
    return words


def _with_help(words: str, context: click.Context | None) -> str:
    """The words, and where to read how the command is written unless they say so."""
    return words if context is None or "omm " in words else f"{words} To see how: {context.command_path} --help"


def _refused(door: Door, error: Exception | str, exit_status: int) -> int:
    from engine.words import of_side
    from terminal.records import stopped
    from terminal.words import advice

    side, more = (error.side, advice(error)) if isinstance(error, FatalError) else (None, "")
    door.out.warn(*of_side(side, str(error)).splitlines(), *filter(None, [more]))
    state = "usage" if exit_status == USAGE else "refused"
    door.out.result(stopped(error, door.out.task_id, state=state))
    return exit_status


def _broken(door: Door, error: Exception) -> str:
    """A mistake of ours: the traceback goes to the log, the person is told where that is."""
    log.error("something went wrong", exc_info=error)
    written = door.log is not None and door.log.exists()
    place = f"details are in {door.log}" if written else "and the log could not be written"
    return f"Something went wrong in OMM itself ({type(error).__name__}); {place}"
