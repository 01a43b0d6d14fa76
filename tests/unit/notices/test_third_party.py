"""What the third party reads by e-mail, who may have no Slack."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings

from bot.notices.milestones import milestones
from bot.notices.third_party import email_of
from bot.stored.threads import Thread
from engine.errors import Cause
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, Rollback, State, Step
from tests.unit.bot.records import NOW, OWNER, TASK, foreign, migration

THREAD = Thread(TASK, "T0", OWNER, "", "it@example.org", "Claire Martin", "Example")
DONE = Step(Counts(found=20, copied=17, already_there=2, failed=1), NOW, NOW)
OF_SLACK = r"button|card|thread|channel|/omm|<[@#!]|press "

FULL = Attention("The mailbox is full.", Cause.MAILBOX_FULL.value, "destination")


def ended(state: State, **more: object) -> Migration:
    steps = MappingProxyType({Content.MAIL: DONE})
    return replace(migration(state, started=NOW, ended=NOW), steps=steps, **more)   # type: ignore[arg-type]


RECORDS = {
    "begun": (migration(State.RUNNING, started=NOW), "has started"),
    "completed": (ended(State.COMPLETED), "is completed"),
    "cancelled": (ended(State.CANCELLED), "was cancelled"),
    "failed": (ended(State.FAILED, attention=FULL), "has failed"),
    "rolled back": (ended(State.ROLLED_BACK, rollback=Rollback(NOW, NOW, found=17, removed=17)), "was rolled back"),
}


def mail_of(record: Migration, thread: Thread | None = THREAD) -> tuple[str, str]:
    """The last e-mail of a record."""
    notice = [notice for notice in milestones(record, ()) if notice.by_email][-1]
    return email_of(record, notice, thread)


@pytest.mark.parametrize("name", RECORDS)
def test_a_reader_without_slack_knows_who_where_what_and_what_to_do(name: str) -> None:
    """Each e-mail says who named the reader and where, what happened, and that nothing is to be done."""
    record, happened = RECORDS[name]

    subject, text = mail_of(record)

    assert happened in subject
    assert "Claire Martin started this migration in the Slack workspace “Example” and asked OMM to inform you" in text
    assert "You do not have to do anything." in text
    assert "If you have a question, ask Claire Martin." in text
    assert "From: c***@example.org on imap.example.org" in text
    assert re.search(OF_SLACK, text, re.IGNORECASE) is None
    assert [each for each in re.split(r"(?<=[.?!]) |\n", text) if len(each) > 160] == []


def test_a_name_that_slack_did_not_say_is_left_out() -> None:
    """The e-mail is sent all the same, and still makes sense."""
    _, text = mail_of(RECORDS["completed"][0], replace(THREAD, owner_name="", workspace=""))

    assert "The person who started it started this migration" not in text
    assert "Somebody started this migration in Slack and asked OMM to inform you at this address." in text
    assert "If you have a question, ask the person who started it." in text


@settings(max_examples=30)
@given(foreign, foreign)
def test_a_name_moves_nothing_in_an_email(owner: str, workspace: str) -> None:
    """Whatever somebody calls themselves or their workspace, it stays within its line, and out of the subject."""
    plain = mail_of(RECORDS["completed"][0])

    subject, text = mail_of(RECORDS["completed"][0], replace(THREAD, owner_name=owner, workspace=workspace))

    assert subject == plain[0]
    assert len(text.splitlines()) == len(plain[1].splitlines())
