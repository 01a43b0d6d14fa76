"""The options of `omm migrate` for what a migration would change by itself, and when they matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

import cli
from engine.migration.account import parse_account
from engine.migration.checks import Checked
from engine.migration.content import Content
from engine.migration.record import Migration, State
from engine.migration.request import Choice, MigrationRequest
from engine.ports.facts import Facts
from engine.ports.settings import Live
from terminal.choosing import OPTIONS, choosing, keeps_its_own, that_matter, would_matter
from terminal.usage import UsageError

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
OLD, NEW = (f"ews+https://ann%40{side}.example@mail.{side}.example" for side in ("old", "new"))
WANTED = MigrationRequest(
    parse_account(OLD), parse_account(NEW), (Content.MAIL, Content.INBOX_RULES, Content.OUT_OF_OFFICE))
LIVELY = Checked(
    Facts(3, 9, live=Live(rules=12, sending=2, answers=True)), Facts(3, 9, live=Live(outlook_rules=True)))
LABELLED = replace(WANTED, source=parse_account("gmail://ann@gmail.com"))
QUIET = Checked(Facts(3, 9, live=Live(rules=12)), Facts(3, 9, live=Live()))

# What a look at both mailboxes asks about; labels are a matter of taste, whatever the mailbox is like.
RAISED = [option for choice, option in OPTIONS.items() if choice is not Choice.COPIES]


def test_each_option_is_a_choice() -> None:
    """As it was typed, and none by itself."""
    assert choosing(WANTED).choices == ()
    assert choosing(WANTED, forwarding=True).choices == (Choice.FORWARDING,)
    assert choosing(LABELLED, forwarding=True, outlook_rules=True, copies=True, leave_off=True).choices == tuple(Choice)


@pytest.mark.parametrize(("choice", "content"), [
    ("forwarding", "inbox rules"), ("outlook_rules", "inbox rules"), ("leave_off", "out-of-office"),
])
def test_an_option_about_what_does_not_move_is_refused(choice: str, content: str) -> None:
    """Nobody believes that rules were created that were not even looked at."""
    only_mail = replace(WANTED, contents=(Content.MAIL,))

    with pytest.raises(UsageError, match=f"is about {content}, which this migration does not move"):
        choosing(only_mail, **{choice: True})


@pytest.mark.parametrize(("wanted", "about"), [
    (WANTED, "labels, which the source does not have"),
    (replace(LABELLED, contents=(Content.INBOX_RULES,)), "mail, which this migration does not move"),
])
def test_copies_for_labels_are_for_mail_that_has_labels(wanted: MigrationRequest, about: str) -> None:
    """Nobody believes that a mailbox without labels gets folders for them."""
    with pytest.raises(UsageError, match=f"--label-copies is about {about}"):
        choosing(wanted, copies=True)


def test_what_is_left_out_is_said_with_the_option_that_changes_it() -> None:
    """And what was chosen, with the option that did; where nothing would be otherwise, nothing."""
    without = would_matter(WANTED, LIVELY)
    chosen = would_matter(replace(WANTED, choices=tuple(Choice)), LIVELY)

    assert "2 inbox rules of the old mailbox send mail on to others." in without[0]
    assert "the 12 inbox rules are left out" in without[1]
    assert "people may get two replies" in without[2]
    assert [line.rpartition(": ")[2] for line in without] == RAISED
    assert all(f"You have chosen {option}." in line for option, line in zip(RAISED, chosen, strict=True))
    assert would_matter(WANTED, QUIET) == []
    assert "To choose otherwise, type omm migrate with: --forwarding-rules" in would_matter(
        WANTED, LIVELY, of="omm migrate")[0]


def test_programs_read_which_options_would_matter() -> None:
    """What stays as it is whatever is chosen is no choice."""
    both = replace(LIVELY, destination=Facts(3, 9, live=Live(answers=True)))

    assert [(each["option"], each["content"], each["rules"]) for each in that_matter(WANTED, LIVELY)] == [
        ("--forwarding-rules", "inbox rules", 2), ("--remove-outlook-rules", "inbox rules", 12),
        ("--leave-out-of-office-off", "out-of-office", 0),
    ]
    assert [each["option"] for each in that_matter(WANTED, both)] == ["--forwarding-rules"]
    assert would_matter(WANTED, both)[-1].endswith("those of the old mailbox are left out.")


def test_an_open_migration_goes_on_as_it_was_begun() -> None:
    """Whoever types other options is told so, and what to do; the same options are no news."""
    begun = Migration("7K2F-9QXD", replace(WANTED, choices=(Choice.FORWARDING,)), NOW, NOW, state=State.PAUSED)

    [other] = keeps_its_own(begun, WANTED)
    [plain] = keeps_its_own(replace(begun, request=WANTED), replace(WANTED, choices=(Choice.LEAVE_OFF,)))

    assert "was begun with --forwarding-rules, and goes on so." in other
    assert "was begun without these options" in plain
    assert "omm cancel 7K2F-9QXD" in plain
    assert list(keeps_its_own(begun, begun.request)) == []


def test_the_command_takes_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told from those that are about nothing before a server is asked."""
    monkeypatch.setenv("OMM_STATE_DIR", str(tmp_path))
    for option in OPTIONS.values():
        out, err = StringIO(), StringIO()
        door = cli.Door(cli.Output(out, err, as_json=False))

        status = cli._run(door, ["migrate", "imaps://ann@mail.old.example", NEW, option])

        assert (status, f"{option} is about" in err.getvalue()) == (cli.USAGE, True), err.getvalue()
