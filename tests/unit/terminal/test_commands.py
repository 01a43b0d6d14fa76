"""Commands of the terminal: what was typed wrongly, and a report as a file."""

from __future__ import annotations

import stat
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import click
import fakeredis
import pytest

import cli
from engine.migration.content import Content
from engine.migration.record import Failure, State
from terminal.output import Output
from terminal.steering import run_report
from terminal.usage import UsageError
from tests.servers.terminal_session import session
from tests.unit.life.world import Life


@pytest.fixture
def reported(tmp_path: Path) -> tuple[Life, str]:
    """A migration that has ended with an entry in its report; its ID."""
    at = Life(fakeredis.FakeServer(), tmp_path)
    task_id = at.put(State.COMPLETED)
    at.engine.store.report(task_id, [Failure(Content.MAIL, "Ärger", "=Invoice", "larger than the destination takes")])
    return at, task_id


@pytest.mark.parametrize(("typed", "meant"), [
    ("statsu", "omm status"), ("retyr", "omm retry"), ("REPORT", "omm report"), ("hunter2", "omm --help"),
])
def test_a_word_that_is_no_command_is_answered_by_the_nearest(typed: str, meant: str) -> None:
    """In one sentence, which never repeats what was typed."""
    door = cli.Door(Output(StringIO(), StringIO(), as_json=False))

    with pytest.raises(click.UsageError) as caught:
        cli.omm.main([typed], prog_name="omm", standalone_mode=False, obj=door)

    assert str(caught.value).endswith(meant)
    assert typed not in str(caught.value)


@pytest.mark.parametrize(("typed", "said"), [
    (["migrate", "a"], "Missing argument 'DESTINATION'. To see how: omm migrate --help"),
    (["status", "7K2F-9QXD", "hunter2"], "Got unexpected extra argument (…) To see how: omm status --help"),
    (["doctor", "--size=hunter2"], "Invalid value for '--size': '…' is not a valid integer."
                                   " To see how: omm doctor --help"),
    (["stauts"], "No such command. Did you mean: omm status"),
])
def test_what_is_written_wrongly_leads_to_the_help(typed: list[str], said: str) -> None:
    """In whole words, without what was typed, and with the command that shows how it is written."""
    written = StringIO()

    assert cli._run(cli.Door(Output(StringIO(), written, as_json=False)), typed) == cli.USAGE

    assert written.getvalue() == f"{said}\n"


def test_the_list_of_commands_says_what_each_does() -> None:
    """In whole words: on a screen of 80 columns, no line of the help is cut off."""
    context = click.Context(cli.omm, info_name="omm", terminal_width=80)

    _, said = cli.omm.get_help(context).split("Commands:")

    assert "..." not in said
    assert all(f"  {name} " in said for name in cli.omm.commands)


def test_a_report_is_written_as_a_file_for_its_owner_alone(reported: tuple[Life, str], tmp_path: Path) -> None:
    """The table goes into the file, and where it is into the answer; what can be done stands in the text as well."""
    (at, task_id), file, said = reported, tmp_path / "report.csv", StringIO()

    run_report(session(at.engine, said), task_id, csv=str(file))
    run_report(session(at.engine, said), task_id)

    assert file.read_bytes().startswith(b"\xef\xbb\xbfResult,")
    assert "'=Invoice" in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"The report is in {file}." in said.getvalue()
    assert "larger than the destination takes: Ask the destination's administrator" in said.getvalue()


def test_a_report_on_standard_output_is_in_utf_8_whatever_the_terminal_is() -> None:
    """Bytes for the program behind the pipe, not text in the code page of this machine."""
    stream = TextIOWrapper(BytesIO(), encoding="latin-1")

    Output(stream, StringIO(), as_json=False).write("\ufeffÄrger\r\n".encode())

    assert stream.buffer.getvalue() == "\ufeffÄrger\r\n".encode()  # type: ignore[attr-defined]  # a BytesIO


def test_what_cannot_be_written_is_said_in_words(reported: tuple[Life, str], tmp_path: Path) -> None:
    """A folder that is not there, and two things that want the same standard output."""
    (at, task_id), missing = reported, tmp_path / "missing" / "report.csv"
    door = cli.Door(Output(StringIO(), StringIO(), as_json=True))

    with pytest.raises(UsageError, match=r"cannot be written to .*: No such file or directory"):
        run_report(session(at.engine, StringIO()), task_id, csv=str(missing))
    with pytest.raises(UsageError, match="Standard output takes one of the two"):
        cli.omm.main(["report", task_id, "--csv", "-"], prog_name="omm", standalone_mode=False, obj=door)
