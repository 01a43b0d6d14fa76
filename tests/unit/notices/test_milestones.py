"""What is told of a migration, in which order, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.notices.milestones import milestones
from bot.notices.third_party import email_of
from bot.stored.threads import Act, Pressed
from engine.errors import Cause
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, Rollback, State, Step
from engine.migration.steering import cancel
from tests.servers.slack.notices import ADMIN, COUNTS, LOGIN, NEW_LOGIN, Office, request
from tests.unit.bot.records import MARK, NOW, active, complaints, migration, migrations, presses, read

ENDED = Step(counts=COUNTS, started=NOW, ended=NOW + timedelta(hours=2))
COMPLETED = migration(State.COMPLETED, ENDED, started=NOW, ended=NOW + timedelta(hours=2))
REFUSED = Attention("imap.example.net refused the login carol@example.org or its password.",
                    Cause.SIGN_IN.value, "source", visit=7)


def keys(record: Migration, *pressed: Pressed) -> list[str]:
    return [notice.key for notice in milestones(record, pressed)]


def words(record: Migration, key: str, *pressed: Pressed) -> str:
    notice = next(notice for notice in milestones(record, pressed) if notice.key == key)
    return read(list(notice.message().blocks))


def test_nothing_is_told_of_a_task_in_line() -> None:
    """A card says that it waits; there is nothing to be told yet."""
    assert keys(migration(State.WAITING)) == []


def test_each_thing_is_told_in_the_order_in_which_it_happened() -> None:
    """Begun, then each content, then the end."""
    both = replace(COMPLETED, request=request(contents=(Content.MAIL, Content.CALENDARS)),
                   steps={Content.MAIL: ENDED, Content.CALENDARS: ENDED})

    assert keys(both) == ["begun", "step:mail", "step:calendars", "completed"]


def test_a_rollback_is_told_instead_of_the_end_that_it_has_overtaken() -> None:
    """Nobody reads "completed" about something that is gone."""
    back = Rollback(started=NOW, ended=NOW, found=10, removed=8, kept=2, folders_removed=3)

    told = keys(replace(COMPLETED, state=State.ROLLED_BACK, rollback=back))

    assert told == ["begun", "step:mail", "rollback begun", "rolled back"]


@pytest.mark.parametrize(
    ("state", "key", "broadcast", "by_email"),
    [
        (State.COMPLETED, "completed", False, True), (State.CANCELLED, "cancelled", False, True),
        (State.FAILED, "failed:7", True, True), (State.NEEDS_ATTENTION, "attention:7", True, False),
        (State.ROLLED_BACK, "rolled back", False, True),
    ],
)
def test_the_owner_hears_of_it_and_the_channel_only_when_somebody_is_needed(
    state: State, key: str, broadcast: bool, by_email: bool
) -> None:
    """An end is told to the owner themselves; everybody in the channel sees failures and calls for help alone."""
    attention = REFUSED if state in (State.FAILED, State.NEEDS_ATTENTION) else None
    back = Rollback(started=NOW) if state is State.ROLLED_BACK else None
    record = replace(COMPLETED, state=state, attention=attention, rollback=back, fencing=8)

    told = milestones(record, ())[-1]

    assert (told.key, told.to_owner, told.broadcast, told.by_email) == (key, True, broadcast, by_email)


def test_only_start_and_ends_go_out_by_email() -> None:
    """A third party is told when it starts and when it is over."""
    back = replace(COMPLETED, state=State.ROLLED_BACK, rollback=Rollback(started=NOW))
    stopped = replace(COMPLETED, state=State.NEEDS_ATTENTION, attention=REFUSED)

    by_email = {n.key for record in (COMPLETED, back, stopped) for n in milestones(record, ()) if n.by_email}

    assert by_email == {"begun", "completed", "rolled back"}


def test_the_same_trouble_twice_is_two_attentions() -> None:
    """Resumed and stopped again for the same reason, it is told again; looked at by somebody else, it is not."""
    first = replace(COMPLETED, state=State.NEEDS_ATTENTION, ended=None, attention=REFUSED, fencing=7)

    assert keys(first)[-1] == keys(replace(first, updated=NOW + timedelta(hours=1), fencing=9))[-1]
    assert keys(first)[-1] != keys(replace(first, attention=replace(REFUSED, visit=9)))[-1]


def test_an_attention_that_was_mended_is_not_told() -> None:
    """Whoever resumed it knows."""
    resumed = replace(COMPLETED, state=State.WAITING, ended=None, attention=None)

    assert not any(key.startswith("attention") for key in keys(resumed))


def test_a_cancelled_task_needs_nobody_any_more(desk: Office) -> None:
    """Cancelled when it needed attention, it is told as cancelled and not as needing attention once more."""
    task = desk.start(desk.begin())
    desk.save(task, state=State.NEEDS_ATTENTION, attention=REFUSED)

    cancel(desk.opened.engine, task.task_id)

    assert keys(desk.store.load(task.task_id)) == ["begun", "cancelled"]


def test_a_rollback_that_could_not_begin_says_so() -> None:
    """The migration itself stands as it stood."""
    assert "rollback of migration 7K2F-9QXD could not begin" in words(
        replace(COMPLETED, attention=REFUSED), "attention:7")


def test_every_message_is_accounted_for_and_nothing_is_said_of_none() -> None:
    """A reader is told what became of each item that was not copied, and what the owner did meanwhile."""
    counts = Counts(found=23, copied=15, already_there=2, failed=1, left_out=2, moved=4, removed=1)

    text = words(replace(COMPLETED, steps={Content.MAIL: replace(ENDED, counts=counts)}), "completed")

    for told in ("but 1 message could not be copied", "15 of 23 messages copied, 1 failed, 2 were already there",
                 "2 were left out, 3 were not reached.", "moved 4 of the copied messages", "removed 1 of the copied",
                 "The report names what was not copied", "It took 2 hours", "48 hours"):
        assert told in text, told
    assert "failed" not in words(replace(COMPLETED, steps={Content.MAIL: replace(ENDED, counts=Counts(9, 9))}),
                                 "completed")


def test_what_changed_at_the_source_is_said_with_where_it_is_named() -> None:
    """Of each content by itself: nothing is said of a content in which nothing changed."""
    counts = {Content.MAIL: Counts(9, 9), Content.CALENDARS: Counts(found=5, already_there=5, changed=2)}
    both = replace(
        COMPLETED, request=request(contents=tuple(counts)),
        steps={content: replace(ENDED, counts=each) for content, each in counts.items()},
    )

    assert "2 changed at the source since they were copied" in words(both, "step:calendars")
    assert "The report names what changed at the source" in words(both, "step:calendars")
    assert "changed at the source" not in words(both, "step:mail")
    assert "The copies stay as they were." in words(both, "completed")


def test_a_rollback_says_what_it_did_with_everything() -> None:
    """Found is removed, kept, or gone by itself; each is named."""
    back = Rollback(started=NOW, ended=NOW, found=12, removed=8, kept=3, gone=1, folders_removed=2)

    text = words(replace(COMPLETED, state=State.ROLLED_BACK, rollback=back), "rolled back")

    assert "8 of 12 messages removed, 3 kept, 1 was gone already, 2 empty folders removed." in text
    assert "The report names what was kept, and says why." in text


def test_who_asked_for_it_is_named() -> None:
    """Readers of the thread see who cancelled."""
    notice = milestones(replace(COMPLETED, state=State.CANCELLED), (Pressed(NOW, ADMIN, Act.CANCEL),))[-1]

    assert {"type": "user", "user_id": ADMIN} in notice.message().blocks[0]["elements"][-1]["elements"]


def test_no_login_in_full_is_told() -> None:
    """Thread, owner's message and e-mail shorten logins, in the words of other servers too."""
    said = f"{LOGIN.upper()} and {NEW_LOGIN} do not match"
    record = replace(COMPLETED, request=request(), state=State.NEEDS_ATTENTION,
                     attention=Attention(said, Cause.OTHER.value, "source"))

    told = [read(list(n.message().blocks)) + n.text + "".join(email_of(record, n)) for n in milestones(record, ())]

    assert not any(login.lower() in text.lower() for text in told for login in (LOGIN, NEW_LOGIN))
    assert "c***@example.org" in "".join(told)


def test_an_email_says_what_a_stranger_to_slack_needs() -> None:
    """Task, state, masked accounts, sums; nothing of Slack's mark-up."""
    subject, text = email_of(COMPLETED, milestones(COMPLETED, ())[-1])

    assert subject == "Migration 7K2F-9QXD is completed, but 1 message could not be copied"
    assert "15 of 20 messages copied, 1 failed, 2 were already there, 2 were left out" in text
    assert "From: c***@example.org on imap.example.org" in text
    assert "Task ID: 7K2F-9QXD, completed" in text


@settings(max_examples=40)
@given(record=migrations, pressed=presses)
def test_whatever_is_in_a_record_slack_takes_the_notice_and_marks_nothing_up(
    record: Migration, pressed: tuple[Pressed, ...]
) -> None:
    """Strings from elsewhere are drawn as they are, in every notice; an e-mail's subject stays one line."""
    for notice in milestones(record, pressed):
        message = notice.message("https://example.slack.com/archives/C1/p1")

        assert complaints({"text": message.text, "blocks": list(message.blocks)}, "message") == []
        assert MARK not in message.text + "".join(active(list(message.blocks)))
        assert email_of(record, notice)[0].isprintable()


@settings(max_examples=40)
@given(record=migrations, pressed=presses)
def test_no_key_is_told_twice(record: Migration, pressed: tuple[Pressed, ...]) -> None:
    """Each notice of a record has a key of its own."""
    told = keys(record, *pressed)

    assert len(told) == len(set(told))


def test_nobody_is_named_for_what_they_did_before_a_retry() -> None:
    """Cancelled in Slack, run again, then cancelled by an earlier release's terminal: the message names nobody."""
    record = migration(State.CANCELLED, ENDED, started=NOW, ended=NOW, retries=1, resumed=NOW)
    before, after = (Pressed(NOW + timedelta(minutes=minutes), ADMIN, Act.CANCEL) for minutes in (-1, 1))

    named = {tuple(pressed): milestones(record, pressed)[-1].by for pressed in ([before], [before, after])}

    assert named == {(before,): None, (before, after): ADMIN}
