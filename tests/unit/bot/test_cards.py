"""The card, its buttons, and what is said of buttons that are gone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings

from bot.ids import Action
from bot.stored.threads import Act
from bot.views.cards import button_gone, card, offered
from bot.views.message import Message, Shown
from engine.errors import Cause
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, Rollback, State, Step
from engine.migration.request import MigrationRequest
from engine.systems import System
from tests.unit.bot.records import (
    ADMIN,
    EVIL,
    MARK,
    NOW,
    OTHER_TASK,
    OWNER,
    TASK,
    account,
    active,
    complaints,
    drawn,
    migration,
    moving,
    pieces,
    press,
    read,
    request,
    shown,
)

PAUSE, RESUME, RETRY, CANCEL, ROLLBACK, REPORT = (
    Action.PAUSE, Action.RESUME, Action.RETRY, Action.CANCEL, Action.ROLLBACK, Action.REPORT
)
AUTHORISE = "Authorise access"
STARTED = NOW - timedelta(hours=2)
HOURS = timedelta(hours=1)
WHOLE = Step(Counts(found=3, copied=3), started=STARTED, ended=NOW)


def headline(message: Message) -> str:
    """The state and the task ID."""
    return str(message.blocks[0]["text"]["text"])


def buttons(message: Message) -> list[str]:
    """What can be pressed, in order."""
    return [piece["action_id"] for piece in pieces(message.blocks) if piece.get("type") == "button"]


def seen(record: Migration, *pressed: Any, **more: Any) -> str:
    """All words of its card."""
    return read(card(shown(record, *pressed, **more)).blocks)


def test_a_card_says_when_a_source_that_gives_only_so_much_a_day_goes_on() -> None:
    """And about when all of it is there; once it runs, neither."""
    waiting = replace(
        migration(State.WAITING), started=STARTED, not_before=NOW + 5 * HOURS, expected_end=NOW + 77 * HOURS
    )

    said = seen(waiting)

    assert "Waiting for the source" in headline(card(shown(waiting)))
    assert "Goes on" in said
    assert "by itself: IMAP gives only so much in a day" in said
    assert "Ends about" in said
    assert not {"Goes on", "Ends about"} & set(seen(replace(waiting, state=State.RUNNING)).split("  "))


# Any record


@settings(max_examples=30)
@given(drawn)
def test_every_card_is_taken_by_slack(everything: Shown) -> None:
    """Whatever a record holds, Slack refuses neither the message nor its size."""
    message = card(everything)
    payload = {"text": message.text, "blocks": list(message.blocks)}

    assert complaints(payload, "message") == []
    assert sum(len(piece["text"]) for piece in pieces(payload) if isinstance(piece.get("text"), str)) < 13_000


@settings(max_examples=30)
@given(drawn)
def test_nothing_from_elsewhere_is_marked_up(everything: Shown) -> None:
    """Names of accounts, servers and stages stand in no text that Slack reads mark-up in."""
    message = card(everything)

    assert not [text for text in [message.text, *active(message.blocks)] if MARK in text]
    assert "<!here>" not in json.dumps(message.blocks)


@pytest.mark.parametrize("name", EVIL)
def test_no_name_breaks_or_turns_a_card(name: str) -> None:
    """Whatever accounts, servers, stages and errors are called, the words around them stay where they are."""
    ends = MigrationRequest(account(login=name, host=name), account(System.EXCHANGE, name, name), (Content.MAIL,))
    record = migration(request=ends, stage=name, attention=Attention(name, Cause.SIGN_IN.value, "source"))

    message = card(shown(record, masked=False))

    assert complaints({"text": message.text, "blocks": list(message.blocks)}, "message") == []
    assert not set(read(message.blocks)) & set("\u202e\u200f\u2066\x00")


@settings(max_examples=25)
@given(drawn)
def test_time_alone_changes_no_card(everything: Shown) -> None:
    """Only the end of the rollback window does: nothing is sent to Slack because a clock has moved on."""
    record = replace(everything.migration, ended=None)

    assert card(replace(everything, migration=record)) == card(replace(
        everything, migration=record, now=everything.now + 7 * HOURS))


# What it says


def test_a_running_card_says_how_far_it_is_and_how_long_it_takes() -> None:
    """Bar, counts, rate and the time by the slower of items and bytes: 7,605 messages at 85.2/s against 1.9 GB."""
    words = seen(migration(step=moving(), stage="moving mail", started=STARTED))

    assert "▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░ 62%" in words
    assert "12,380 of 20,015 messages copied, 7 failed, 20 were already there, 3 were left out" in words
    assert "85 messages a second · 1.2 MB a second · *about 26 minutes left*" in words
    assert "moving mail" in words


def test_the_items_are_the_slower_bound_too() -> None:
    """Many small messages take longer than their bytes."""
    assert "about 2.1 hours left" in seen(migration(step=moving(items_per_second=1.0), started=STARTED))


def test_an_ordinary_card_is_small() -> None:
    """Under 3 kB, though its bar takes three bytes a square."""
    message = card(shown(
        migration(step=moving(), stage="moving mail", started=STARTED),
        press(Act.PAUSE, minutes=9), press(Act.RESUME, minutes=8, user=ADMIN),
    ))

    assert len(json.dumps(message.blocks).encode()) < 3000


def test_a_card_of_all_contents_has_a_line_for_each() -> None:
    """What is done says what became of it, what is under way has its bar, the rest has not started."""
    contents = (Content.MAIL, Content.CALENDARS, Content.CONTACTS)
    done = moving(counts=Counts(10, 5, 2, 1, 2), ended=NOW)
    record = migration(request=request(*contents), started=STARTED)
    record = replace(record, steps=MappingProxyType({Content.MAIL: done, Content.CALENDARS: moving()}))

    lines = next(text for text in active(card(shown(record)).blocks) if "Mail" in text).split("\n")

    assert lines[0].endswith("5 of 10 messages copied, 1 failed, 2 were already there, 2 were left out")
    assert "62%  *Calendars*" in lines[1]
    assert "12,380 of 20,015 events copied" in lines[1]
    assert lines[3] == "░░░░░░░░░░░░░░░░░░░░  *Contacts*   not started"


def test_an_empty_mailbox_is_moved_when_it_is_found_empty() -> None:
    """Nothing is looked for any more, and nothing is left."""
    step = Step(started=STARTED)
    looking = card(shown(migration(step=step, started=STARTED)))
    done = card(shown(migration(State.COMPLETED, replace(step, ended=NOW), started=STARTED, ended=NOW)))
    stopped = card(shown(migration(State.PAUSED, step, started=STARTED)))

    assert looking.text.endswith("Mail 0%: counting the messages.")
    assert done.text.endswith("Mail 100%: no messages found.")
    assert stopped.text.endswith("Mail 0%: no messages copied.")


def test_what_is_nearly_done_is_not_said_to_be_done() -> None:
    """100 % is only shown when nothing is left."""
    assert " 99%" in seen(migration(step=moving(counts=Counts(found=100_000, copied=99_999)), started=STARTED))


@pytest.mark.parametrize(("record", "word"), [
    (migration(State.WAITING), "Waiting in the queue"),
    (migration(State.WAITING, waits_for=OTHER_TASK), "Waiting for the mailbox"),
    (migration(State.WAITING, started=STARTED, waits_for=OTHER_TASK), "Waiting for the mailbox"),
    (migration(State.WAITING, started=STARTED), "Running"),
    (migration(State.RUNNING), "Running"),
    (migration(State.RUNNING, started=STARTED, stage=""), "Running"),
    (migration(State.PAUSED), "Paused"),
    (migration(State.NEEDS_ATTENTION), "Needs attention"),
    (migration(State.COMPLETED), "Completed"),
    (migration(State.COMPLETED, moving(ended=NOW)), "Completed, with failures"),
    (migration(State.CANCELLED), "Cancelled"),
    (migration(State.FAILED), "Failed"),
    (migration(State.ROLLING_BACK), "Rolling back"),
    (migration(State.ROLLBACK_STOPPED, attention=Attention("x", "other", None)), "Rollback stopped"),
    (migration(State.ROLLED_BACK), "Rolled back"),
])
def test_each_state_has_its_word(record: Migration, word: str) -> None:
    """Emoji, word and task ID on top, and the word in the text for screen readers; handed over still means running."""
    message = card(shown(record))

    assert headline(message).split(": ", 1)[1] == f"{word} · {TASK}"
    assert message.text.startswith(f"Migration {TASK}: {word}.")


def test_the_text_is_the_whole_status() -> None:
    """A notification says in one line what the card says."""
    assert card(shown(migration(step=moving(), started=STARTED))).text == (
        f"Migration {TASK}: Running. Mail 62%: 12,380 of 20,015 messages copied, 7 failed, 20 were already there, "
        "3 were left out. "
        "About 26 minutes left."
    )


def test_a_card_in_public_shortens_logins() -> None:
    """Both logins, and those within the words of a server."""
    stopped = Attention("imap.example.org refused the login carol@example.org or its password.",
                        Cause.SIGN_IN.value, "source")
    record = migration(State.NEEDS_ATTENTION, attention=stopped)

    masked, whole = seen(record, masked=True), seen(record, masked=False)

    assert "carol" not in masked
    assert masked.count("c***@example.org") == 2
    assert "c***@example.com on ex5.mail.ovh.net" in masked
    assert "carol@example.com on ex5.mail.ovh.net" in whole
    assert whole.count("carol@example.org") == 2


def test_a_place_in_line_is_said_while_it_waits() -> None:
    """And no longer once it runs, or when it waits for another task's mailbox."""
    assert "Number 4 in the queue" in seen(migration(State.WAITING), position=4)
    assert "Next in the queue" in seen(migration(State.WAITING), position=1)
    assert "in the queue" not in seen(migration(), position=4)
    assert f"migration {OTHER_TASK}, which is using the same mailbox" in seen(
        migration(State.WAITING, waits_for=OTHER_TASK), position=4)


def test_a_consent_that_is_missing_has_a_button_in_the_place_of_resume() -> None:
    """Why it was taken back is said whole; the migration resumes by itself after the button."""
    stopped = Attention("It was taken back. It may have expired.", Cause.CONSENT.value, "source")
    record = migration(State.NEEDS_ATTENTION, started=STARTED, attention=stopped)

    assert Action.AUTHORISE in offered(record, NOW)
    assert Action.RESUME not in offered(record, NOW)
    assert "It may have expired." in seen(record)
    assert "resumes by itself" in seen(record)
    assert not {Action.AUTHORISE} & {*offered(migration(State.PAUSED, started=STARTED, attention=stopped), NOW)}


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("state", [State.NEEDS_ATTENTION, State.PAUSED, State.ROLLBACK_STOPPED, State.COMPLETED])
def test_what_stopped_says_what_to_do_and_where_to_press(cause: Cause, state: State) -> None:
    """In its own words, with the side, and the button that goes on with it; followers cannot press it."""
    record = migration(state, started=STARTED, attention=Attention("It was like that.", cause.value, "destination"))

    words, followers = seen(record), seen(record, buttons=False)

    assert "Destination:" in words
    assert "It was like that." in words
    button = "Rollback" if state is not State.NEEDS_ATTENTION else "Resume" if cause is not Cause.CONSENT else AUTHORISE
    assert f"ress  {button}" in words
    assert "It was like that." in followers
    assert "ress  " not in followers


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED])
def test_a_rollback_that_could_not_begin_in_time_is_said_to_be_over(state: State) -> None:
    """Nobody is told to press a button that went with the 48 hours, nor while a rollback starts soon."""
    stopped = Attention("It was refused.", Cause.SIGN_IN.value, "destination")
    record = migration(
        state, moving(ended=STARTED), started=STARTED, ended=STARTED, attention=stopped, updated=NOW - HOURS
    )

    over, soon = seen(record, now=NOW + 49 * HOURS), seen(record, press(Act.ROLLBACK, minutes=1))

    assert "then press  Rollback" in seen(record)
    assert "The time for a rollback is over." in over
    assert "It was refused." in over
    assert "press" not in over
    assert "press" not in soon


def test_a_retry_is_named_only_on_a_card_that_has_it() -> None:
    """While a rollback starts soon there is no such button; one that is under way has it when it has ended."""
    lost = {"started": STARTED, "updated": NOW - HOURS, "taken_away": MappingProxyType({OTHER_TASK: 50})}
    record = migration(State.COMPLETED, moving(ended=STARTED), ended=STARTED, **lost)

    soon = seen(record, press(Act.ROLLBACK, minutes=1))

    assert f"The rollback of migration {OTHER_TASK} removed 50" in soon
    assert "press" not in soon
    assert "when this migration has ended" in seen(migration(State.RUNNING, moving(), **lost))


def test_a_rollback_shows_its_progress_and_its_result() -> None:
    """A bar over what it found; at the end what was removed, what stays, and the folders."""
    half = Rollback(STARTED, found=1000, removed=600, kept=20)
    whole = replace(half, removed=980, ended=NOW, folders_removed=12)

    going = seen(migration(State.ROLLING_BACK, rollback=half, stage="removing"))
    gone = seen(migration(State.ROLLED_BACK, rollback=whole))

    assert "62%  *Rollback*   600 of 1,000 messages removed, 20 kept" in going
    assert "980 of 1,000 messages removed, 20 kept, 12 empty folders removed" in gone


def test_until_when_a_rollback_is_possible_is_said_while_it_is() -> None:
    """The moment stands on the card for 48 hours."""
    record = migration(State.COMPLETED, moving(ended=NOW), started=STARTED, ended=NOW)

    assert "24 Nov 2026, 13:48 UTC" in seen(record, now=NOW + 48 * HOURS)
    assert "rollback until" not in seen(record, now=NOW + 49 * HOURS)


def test_a_rollback_that_stopped_has_no_end_of_time() -> None:
    """The button works for good, so no moment stands beside it."""
    record = migration(State.ROLLBACK_STOPPED, moving(ended=NOW), started=STARTED, ended=NOW)

    assert "rollback until" not in seen(record, now=NOW + 49 * HOURS)


def test_who_pressed_what_is_named_latest_last() -> None:
    """The three latest; those who only follow are not named."""
    record = migration(started=STARTED)
    acts = [press(Act.PAUSE, minutes=9, user=ADMIN), press(Act.PASSWORD, minutes=8), press(Act.RESUME, minutes=7),
            press(Act.FOLLOW, minutes=6, user="U0EVE"), press(Act.PAUSE, minutes=5)]

    words = seen(record, *acts)

    assert words.index(f"Password given by <@{OWNER}>") < words.index("Resumed by") < words.index("Paused by")
    assert ADMIN not in words
    assert "U0EVE" not in words


# What was pressed and has not come about yet


def test_a_rollback_says_what_became_of_everything() -> None:
    """Removed, kept, gone already; folders removed and kept."""
    done = Rollback(started=NOW, ended=NOW, found=12, removed=8, kept=3, gone=1, folders_removed=2, folders_kept=1)

    words = seen(migration(State.ROLLED_BACK, rollback=done))

    assert "8 of 12 messages removed, 3 kept, 1 was gone already, 2 empty folders removed, 1 folder kept" in words


def test_a_rollback_that_found_nothing_does_not_say_that_it_removed_something() -> None:
    """The task had brought nothing."""
    words = seen(migration(State.ROLLED_BACK, rollback=Rollback(started=NOW, ended=NOW)))

    assert "the migration had copied nothing, so nothing was removed" in words


def test_what_another_tasks_rollback_took_away_is_said() -> None:
    """One plain line, with what to do."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW, taken_away=MappingProxyType({OTHER_TASK: 50}))

    words = seen(record)

    assert f"The rollback of migration {OTHER_TASK} removed 50 messages that this migration had found" in words
    assert "To copy them again, press *Copy what is missing*." in words
    assert "*Retry failed*." in seen(replace(record, steps={Content.MAIL: moving(ended=NOW)}))
    assert "press" not in seen(record, buttons=False)


def test_a_rollback_that_was_pressed_is_about_to_start() -> None:
    """Until the record says more, the card does, and offers the report only."""
    record = migration(State.COMPLETED, moving(ended=NOW), started=STARTED, ended=NOW, updated=NOW - HOURS)

    before = card(shown(record, press(Act.ROLLBACK, minutes=61)))
    after = card(shown(record, press(Act.ROLLBACK, minutes=59), press(Act.FOLLOW, minutes=1)))

    assert "Completed" in headline(before)
    assert "Rollback starts soon" in headline(after)
    assert buttons(after) == [REPORT]


def test_a_cancel_shows_at_once_and_is_not_offered_again() -> None:
    """What is under way is finished, and the card says so; a pause would come second to it. It can be stopped now."""
    message = card(shown(migration(step=moving(), started=STARTED), press(Act.CANCEL, minutes=1)))

    assert "Cancelling" in headline(message)
    assert "finishing this step, then it ends" in read(message.blocks)
    assert buttons(message) == [Action.STOP, REPORT]


def test_a_cancel_speaks_of_later_steps_only_where_there_are_some() -> None:
    """Whoever moves mail alone has nothing to skip."""
    both = migration(step=moving(), started=STARTED, request=request(Content.MAIL, Content.CONTACTS))
    said = [read(card(shown(of, press(Act.CANCEL, minutes=1))).blocks)
            for of in (both, migration(step=moving(), started=STARTED))]

    assert ["the steps after it are skipped" in words for words in said] == [True, False]


def test_a_cancel_that_came_too_late_is_said_to_have() -> None:
    """The last step had ended when it was pressed: nobody reads that a completed migration was cancelled."""
    record = migration(State.COMPLETED, moving(ended=NOW), started=STARTED, ended=NOW)

    words = seen(record, press(Act.CANCEL, minutes=1))

    assert f"Cancel came too late, pressed by <@{OWNER}>" in words
    assert "Cancelled by" not in words


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING])
def test_a_rollback_that_was_pressed_before_the_task_went_on_is_over(state: State) -> None:
    """Somebody has resumed it since, at the terminal: the card says so and has the buttons of a task under way."""
    record = migration(state, moving(), started=STARTED, stage="moving mail", updated=NOW - HOURS)

    message = card(shown(record, press(Act.ROLLBACK, minutes=1)))

    assert "Running" in headline(message)
    assert buttons(message) == [PAUSE, CANCEL, REPORT]


def test_a_stop_shows_at_once() -> None:
    """What is on its way still arrives, and nothing else is to be pressed meanwhile."""
    message = card(shown(migration(step=moving(), started=STARTED), press(Act.STOP, minutes=1)))

    assert "Stopping" in headline(message)
    assert "what has been sent already still arrives" in read(message.blocks)
    assert buttons(message) == [REPORT]


def test_a_pause_that_nobody_heard_is_not_shown_for_ever() -> None:
    """The record goes on: after a minute of it, the card says running again, and offers Pause."""
    record = migration(step=moving(), started=STARTED)

    assert "Pausing" in headline(card(shown(record, press(Act.PAUSE, minutes=0.5))))
    assert "Running" in headline(card(shown(record, press(Act.PAUSE, minutes=2))))
    assert "Running" in headline(card(shown(record, press(Act.PAUSE, minutes=0.5), press(Act.RESUME))))


# Buttons


@pytest.mark.parametrize(("record", "actions"), [
    (migration(State.WAITING), [PAUSE, CANCEL]),
    (migration(State.WAITING, waits_for=OTHER_TASK), [PAUSE, CANCEL]),
    (migration(State.RUNNING), [PAUSE, CANCEL]),
    (migration(State.RUNNING, moving(), started=STARTED), [PAUSE, CANCEL, REPORT]),
    (migration(State.PAUSED), [RESUME, CANCEL]),
    (migration(State.PAUSED, moving(), started=STARTED), [RESUME, CANCEL, ROLLBACK, REPORT]),
    (migration(State.NEEDS_ATTENTION), [RESUME, CANCEL]),
    (migration(State.NEEDS_ATTENTION, started=STARTED), [RESUME, CANCEL, ROLLBACK]),
    (migration(State.NEEDS_ATTENTION, attention=Attention("x", "nothing found", "destination")),
     [RESUME, Action.COPY_AGAIN, CANCEL]),
    (migration(State.COMPLETED, moving(), started=STARTED, ended=NOW - 47 * HOURS), [RETRY, ROLLBACK, REPORT]),
    (migration(State.COMPLETED, moving(), started=STARTED, ended=NOW - 49 * HOURS), [RETRY, REPORT]),
    (migration(State.COMPLETED, WHOLE, started=STARTED, ended=NOW), [ROLLBACK, REPORT]),
    (migration(State.COMPLETED, WHOLE, started=STARTED, ended=NOW, taken_away={OTHER_TASK: 2}),
     [RETRY, ROLLBACK, REPORT]),
    (migration(State.CANCELLED, started=STARTED, ended=NOW), [RETRY, ROLLBACK]),
    (migration(State.CANCELLED, ended=NOW), [RETRY]),
    (migration(State.CANCELLED, WHOLE, started=STARTED, ended=NOW), [ROLLBACK, REPORT]),
    (migration(State.CANCELLED, WHOLE, started=STARTED, ended=NOW, taken_away={OTHER_TASK: 2}),
     [RETRY, ROLLBACK, REPORT]),
    (migration(State.CANCELLED, WHOLE, request=request(Content.MAIL, Content.TASKS), started=STARTED, ended=NOW),
     [RETRY, ROLLBACK, REPORT]),
    (migration(State.FAILED, ended=NOW), [RESUME]),
    (migration(State.ROLLING_BACK, moving(), started=STARTED), [REPORT]),
    (migration(State.ROLLBACK_STOPPED, started=STARTED, ended=NOW - 99 * HOURS), [ROLLBACK]),
    (migration(State.ROLLED_BACK, moving(), started=STARTED, ended=NOW), [REPORT]),
])
def test_the_buttons_that_apply_are_there(record: Migration, actions: list[Action]) -> None:
    """As many as make sense in that state, each with the task ID; none for readers who may not press."""
    message = card(shown(record))

    assert list(offered(record, NOW)) == actions
    assert buttons(message) == actions
    assert {piece["value"] for piece in pieces(message.blocks) if piece.get("type") == "button"} <= {TASK}
    assert buttons(card(shown(record, buttons=False))) == []


def test_dangerous_buttons_look_dangerous() -> None:
    """Cancel and Rollback are red and open a dialog of ours, so Slack asks nothing itself."""
    message = card(shown(migration(State.PAUSED, moving(), started=STARTED)))
    styles = {p["text"]["text"]: p.get("style") for p in pieces(message.blocks) if p.get("type") == "button"}

    assert styles == {"Resume": "primary", "Cancel": "danger", "Rollback": "danger", "Report": None}
    assert not any("confirm" in piece for piece in pieces(message.blocks))


@pytest.mark.parametrize(("action", "record", "acts", "said"), [
    (PAUSE, migration(State.PAUSED), [press(Act.PAUSE, minutes=3, user=ADMIN)], f": paused by <@{ADMIN}> <!date"),
    (PAUSE, migration(State.COMPLETED, ended=NOW), [], ": completed. There is nothing to pause any more."),
    (RESUME, migration(State.RUNNING), [press(Act.RESUME)], f": resumed by <@{OWNER}> <!date"),
    (RESUME, migration(State.RUNNING), [press(Act.PAUSE)], ": running. There is nothing to resume."),
    (CANCEL, migration(State.CANCELLED, ended=NOW), [press(Act.CANCEL)], f": cancelled by <@{OWNER}>"),
    (CANCEL, migration(State.ROLLED_BACK, ended=NOW), [press(Act.ROLLBACK)], f": rolled back, asked for by <@{OWNER}>"),
    (ROLLBACK, migration(State.RUNNING, started=STARTED), [], "Pause it first"),
    (ROLLBACK, migration(State.PAUSED), [], "has written nothing"),
    (ROLLBACK, migration(State.COMPLETED, started=STARTED, ended=NOW - 49 * HOURS), [], "That time is over"),
    (ROLLBACK, migration(State.ROLLING_BACK, started=STARTED, ended=NOW), [press(Act.ROLLBACK)],
     "The rollback is under way."),
    (PAUSE, migration(State.NEEDS_ATTENTION), [press(Act.RESUME)], ": needs attention. There is nothing to pause."),
    (REPORT, migration(), [], "has found nothing yet"),
])
def test_a_button_that_is_gone_says_why(action: Action, record: Migration, acts: list[Any], said: str) -> None:
    """Who was quicker and when, or what has changed."""
    words = button_gone(action, record, acts)

    assert said in words
    assert TASK in words


@settings(max_examples=25)
@given(drawn)
def test_every_press_of_any_button_has_an_answer(everything: Shown) -> None:
    """In any state, one short sentence or two, without anything from elsewhere."""
    for action in (PAUSE, RESUME, CANCEL, ROLLBACK, REPORT):
        words = button_gone(action, everything.migration, everything.pressed)

        assert 10 < len(words) < 400
        assert MARK not in words


@pytest.mark.parametrize("act", [Act.CANCEL, Act.STOP])
def test_a_retry_at_the_terminal_overtakes_what_was_pressed_before(act: Act) -> None:
    """A migration that was cancelled in Slack runs again: its card can pause and cancel it, and it ends completed."""
    run_again = {"retries": 1, "resumed": NOW - timedelta(minutes=1), "started": NOW - timedelta(hours=2)}
    pressed = press(act, minutes=30)
    running, over = migration(step=moving(), **run_again), migration(State.COMPLETED, moving(ended=NOW), **run_again)

    drawn, ended = card(shown(running, pressed)), card(shown(over, pressed))
    asked_now = card(shown(running, press(act, minutes=0)))

    assert drawn.text.startswith(f"Migration {TASK}: Running")
    assert {Action.PAUSE, Action.CANCEL} <= {piece.get("action_id") for piece in pieces(list(drawn.blocks))}
    assert "came too late" not in read(list(ended.blocks))
    assert not asked_now.text.startswith(f"Migration {TASK}: Running")


@pytest.mark.parametrize(("state", "said"), [
    (State.PAUSED, "A rollback could not begin: "), (State.COMPLETED, "A rollback could not begin: "),
    (State.NEEDS_ATTENTION, "It stopped: "), (State.FAILED, "It stopped: "),
    (State.ROLLBACK_STOPPED, "The rollback stopped: "),
])
def test_one_line_says_what_it_was_that_stopped(state: State, said: str) -> None:
    """A person has paused it: what the server refused since can only have been a rollback."""
    stopped = migration(state, attention=Attention("The login was refused.", Cause.SIGN_IN, "destination"))

    assert f"{said}the destination server refused the login" in card(shown(stopped)).text
