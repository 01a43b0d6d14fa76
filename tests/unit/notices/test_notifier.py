"""What people see of a task in Slack while the notifier works."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

import pytest

from bot.ids import Action
from bot.stored.looks import DUE
from bot.stored.outbox import Letter
from bot.stored.threads import Act, Card, Thread
from emulators.slack import Fault
from engine.errors import Cause
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, Rollback, State, Step
from engine.migration.states import Ask
from tests.servers.slack.notices import (
    ADMIN,
    CHANNEL,
    COLLEAGUE,
    LOGIN,
    NEW_LOGIN,
    NOT_OURS,
    OLD_CHANNEL,
    OWNER,
    TEAM,
    Clock,
    Office,
    all_text,
    request,
)

HOUR = 3600.0
EVIL = "<!channel> *x* <https://evil.example|here> & `y` @here"


def buttons(card: dict[str, object]) -> list[str]:
    """The action ids on a card."""
    blocks = card["blocks"]
    assert isinstance(blocks, list)
    return [one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def attention(desk: Office, task: Migration, words: str = "The mailbox is full.") -> Migration:
    """It has stopped and waits for a person."""
    return desk.save(
        task, state=State.NEEDS_ATTENTION, stage="", fencing=task.fencing + 1,
        attention=Attention(words, Cause.MAILBOX_FULL.value, "destination", task.fencing + 1),
    )


def is_settled(desk: Office, task: Migration) -> bool:
    """Whether nobody will look at it again."""
    return desk.redis.zscore(DUE, task.task_id) is None


# A task from its start to its end


def test_a_task_has_one_card_with_its_story_in_the_thread(desk: Office) -> None:
    """The card changes in place; what happened is told below it, in order, once."""
    task = desk.begin()
    desk.run()
    waiting = desk.cards()[0]["text"]
    task = desk.start(task, copied=3)
    desk.run()
    running = desk.cards()[0]["text"]
    desk.complete(task)
    desk.run(60)

    assert ["Waiting" in waiting, "Running" in running] == [True, True]
    (card,) = desk.cards()
    assert "Completed" in card["text"]
    assert [one.split()[0] for one in desk.told()] == ["Migration", "Mail:", "Migration"]
    assert [one["thread_ts"] for one in desk.messages()[1:]] == [card["ts"]] * 3
    assert len(desk.letters()) == 1


def test_the_owner_is_told_of_the_end_with_a_link_to_the_card(desk: Office) -> None:
    """In their own conversation, where it is not overlooked."""
    desk.complete(desk.begin())
    desk.run()

    (letter,) = desk.messages(OWNER)
    link = letter["blocks"][0]["elements"][-1]["elements"][0]
    assert "is completed" in letter["text"]
    assert link["url"].endswith(f"{CHANNEL}/p{desk.cards()[0]['ts'].replace('.', '')}")


def test_a_task_begun_in_the_conversation_with_the_app_is_shown_there(desk: Office) -> None:
    """Card, thread and message all in one place; logins in full, for nobody else reads it."""
    desk.complete(desk.begin(channel=""))
    desk.run()

    assert desk.messages() == []
    assert len(desk.cards(OWNER)) == 1
    assert LOGIN in all_text(desk.cards(OWNER))
    assert len(desk.told(OWNER)) == 3
    assert len(desk.letters()) == 1


def test_an_attention_that_was_mended_before_it_could_be_told_is_not_told(desk: Office) -> None:
    """Slack was away; whoever resumed knows it."""
    desk.emulator.add_fault(Fault(action="status", status=503))
    task = attention(desk, desk.start(desk.begin()))
    desk.run(30)
    desk.save(task, state=State.WAITING, attention=None, fencing=task.fencing + 1)
    desk.emulator.clear_faults()
    desk.run(120)

    assert not any("attention" in one for one in desk.told() + desk.letters())


def test_a_rollback_is_told_with_its_sums(desk: Office) -> None:
    """Who asked for it, what went and what was kept."""
    task = desk.complete(desk.begin())
    desk.run()
    desk.threads.press(task.task_id, ADMIN, Act.ROLLBACK)
    back = Rollback(started=desk.clock(), found=15)
    task = desk.save(task, state=State.ROLLING_BACK, rollback=back)
    desk.run()
    desk.save(task, state=State.ROLLED_BACK, rollback=replace(back, removed=13, kept=2, ended=desk.clock()))
    desk.run(60)

    assert [one.partition(task.task_id)[2] for one in desk.told()[-2:]] == [" has started.", " was rolled back."]
    assert "13 of 15 messages removed, 2 kept." in desk.messages()[-1]["text"]
    assert "rolled back" in desk.letters()[-1]
    assert {"type": "user", "user_id": ADMIN} in [
        piece for one in desk.messages() for part in one["blocks"][0].get("elements", ())
        for piece in part.get("elements", ())
    ]


def test_a_rollback_from_a_terminal_is_seen_too(desk: Office) -> None:
    """Nobody pressed anything in Slack: it is noticed within a minute or so."""
    task = desk.complete(desk.begin())
    desk.run(HOUR)

    desk.save(task, state=State.ROLLED_BACK, rollback=Rollback(started=desk.clock(), found=1, removed=1))
    desk.run(90)

    assert "Rolled back" in desk.cards()[0]["text"]


def test_what_was_pressed_is_soon_seen_to_come_about(desk: Office) -> None:
    """A task that has ended is looked at seldom, but not after somebody asked for its rollback."""
    task = desk.complete(desk.begin())
    desk.run(HOUR)
    desk.threads.press(task.task_id, OWNER, Act.ROLLBACK)
    desk.run(30)

    desk.save(task, state=State.ROLLING_BACK, rollback=Rollback(started=desk.clock()))
    desk.run(4)

    assert "Rolling back" in desk.cards()[0]["text"]


# Cards


def test_whoever_waits_for_a_card_comes_first(desk: Office) -> None:
    """Ten tasks of one channel are over at once: all of them have a card before any of them is told on."""
    for _ in range(10):
        desk.complete(desk.begin())
    desk.run(60)

    assert [one["ts"] for one in desk.messages()][:10] == [card["ts"] for card in desk.cards()]
    assert len(desk.told()) == 30


def going_on(clock: Clock) -> datetime:
    """The time of day, which goes on while somebody works."""
    clock.move(0.001)
    return clock.now


def test_a_story_is_told_as_quickly_as_slack_takes_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message a second in a channel, though time goes on while the notifier works."""
    monkeypatch.setattr(Clock, "__call__", going_on)
    desk.complete(desk.begin())
    desk.run(20)

    times = [float(one["ts"]) for one in desk.messages()]
    assert len(times) == 4
    assert max(later - earlier for earlier, later in pairwise(times)) < 1.3


def test_a_new_card_does_not_wait_for_what_others_are_told(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While much is to be told in a channel, each task that begins there has its card within seconds."""
    monkeypatch.setattr(Clock, "__call__", going_on)
    desk.poll = 1.0
    desk.new_notifier()
    for _ in range(10):
        desk.complete(desk.begin())
    desk.run(12)
    waits = []
    for known in range(10, 16):
        desk.begin()
        began = desk.clock.seconds()
        while len(desk.cards()) == known:
            desk.run(0.1)
        waits.append(desk.clock.seconds() - began)

    assert max(waits) < 2.5
    assert len(desk.told()) < 30


def test_who_must_help_is_told_before_the_news_of_others(desk: Office) -> None:
    """After an outage, a task that needs attention does not wait until all that has ended is told."""
    for _ in range(10):
        desk.start(desk.begin())
    task = desk.start(desk.begin())
    desk.run(30)
    desk.emulator.add_fault(Fault(action="drop"))
    for other in list(desk.store.all()):
        if other.task_id != task.task_id:
            desk.complete(other)
    desk.save(task, state=State.NEEDS_ATTENTION, attention=Attention("Full.", Cause.MAILBOX_FULL.value, "destination"))
    desk.run(60)
    desk.emulator.clear_faults()
    before = len(desk.told())
    while not any("needs your attention" in line for line in desk.told()):
        desk.run(1)

    assert len(desk.told()) - before <= 2


def test_a_card_on_which_nothing_has_changed_is_not_sent_again(desk: Office) -> None:
    """Ten minutes of a paused task cost not one call, whoever sends the notices by then."""
    task = desk.start(desk.begin(), copied=3)
    desk.run()
    desk.save(task, state=State.PAUSED, stage="")
    desk.run(60)
    desk.new_notifier()
    calls = len(desk.emulator.requests)

    desk.run(600)

    assert len(desk.emulator.requests) == calls


def test_progress_is_shown_every_three_seconds_and_a_new_state_at_once(desk: Office) -> None:
    """A card is not sent for each batch; what it stands at is."""
    task = desk.start(desk.begin())
    desk.run()
    before = desk.calls("chat.update")
    for copied in range(1, 13):
        task = desk.start(task, copied=copied)
        desk.run(1)
    during = desk.calls("chat.update") - before
    task = desk.start(task, copied=13)
    while desk.calls("chat.update") == before + during:
        desk.run(0.05)
    desk.save(task, state=State.PAUSED, stage="")
    desk.threads.look_again(task.task_id, 0)
    desk.notifier.tick()

    assert 3 <= during <= 4
    assert "Paused" in desk.cards()[0]["text"]


def test_what_is_pressed_is_shown_at_once(desk: Office) -> None:
    """Whoever pressed sees by whom, without waiting for the engine."""
    task = desk.start(desk.begin())
    desk.run()

    desk.threads.press(task.task_id, ADMIN, Act.CANCEL)
    desk.notifier.tick()

    assert f"Cancelled by <@{ADMIN}>" in all_text(desk.cards()[0]["blocks"])


def test_a_press_during_a_look_is_not_lost(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed after the record was read and before the next look was settled, it still comes at once."""
    task = desk.complete(desk.begin())
    desk.run()
    asked = desk.client.chat_update
    desk.save(task, attention=Attention("The server is gone.", Cause.OTHER.value, None), fencing=9)

    def pressed_meanwhile(**arguments: object) -> object:
        desk.threads.press(task.task_id, OWNER, Act.ROLLBACK)
        return asked(**arguments)       # type: ignore[arg-type]

    monkeypatch.setattr(desk.client, "chat_update", pressed_meanwhile)
    desk.run(70)
    monkeypatch.undo()
    desk.run(3)

    assert "Rollback asked for by" in all_text(desk.cards()[0]["blocks"])


def test_buttons_vanish_when_the_rollback_window_ends(desk: Office) -> None:
    """After 48 hours the card offers no rollback, and nobody looks at the task again."""
    task = desk.complete(desk.begin())
    desk.run(60)
    assert Action.ROLLBACK in buttons(desk.cards()[0])
    desk.clock.move(47.9 * HOUR)
    desk.run(60)
    assert Action.ROLLBACK in buttons(desk.cards()[0])

    desk.clock.move(0.1 * HOUR)
    desk.run(60)

    assert Action.ROLLBACK not in buttons(desk.cards()[0])
    assert is_settled(desk, task)


def test_a_deleted_card_is_posted_anew_once(desk: Office) -> None:
    """Deleted by mistake it comes back, with the thread going on below it; deleted again, it was meant."""
    task = desk.start(desk.begin())
    desk.run()
    desk.client.chat_delete(channel=CHANNEL, ts=desk.cards()[0]["ts"])
    task = desk.start(task, copied=5)
    desk.run()
    (second,) = desk.cards()
    desk.client.chat_delete(channel=CHANNEL, ts=second["ts"])
    desk.complete(task)
    desk.run(60)

    assert desk.cards() == []
    assert len(desk.letters()) == 1
    assert desk.calls("chat.postMessage") < 8


def test_a_thread_whose_card_was_deleted_goes_on_below_the_new_one(desk: Office) -> None:
    """Nothing is told into nowhere."""
    task = desk.start(desk.begin())
    desk.run()
    desk.client.chat_delete(channel=CHANNEL, ts=desk.cards()[0]["ts"])
    desk.complete(task)
    desk.run(60)

    (card,) = desk.cards()
    below = [one["text"].split()[0] for one in desk.messages() if one.get("thread_ts") == card["ts"]]
    assert below == ["Mail:", "Migration"]
    assert "thread_not_found" not in [call.error for call in desk.emulator.requests]


@pytest.mark.parametrize("channel", [NOT_OURS, OLD_CHANNEL, "C0NOWHERE"])
def test_a_channel_that_takes_nothing_gives_way_to_the_owners_conversation(desk: Office, channel: str) -> None:
    """Not invited, archived or gone: everything is shown to the owner, who is told why, once."""
    desk.complete(desk.begin(channel=channel))
    desk.run(60)

    assert len(desk.cards(OWNER)) == 1
    assert LOGIN in all_text(desk.cards(OWNER))
    assert [one.split()[0] for one in desk.told(OWNER)] == ["The", "Migration", "Mail:", "Migration"]
    assert "takes no messages" in desk.told(OWNER)[0]


def test_what_is_pressed_while_a_task_is_looked_at_is_looked_at_next(desk: Office) -> None:
    """The look that ends then settles when to look again, but not later than at once."""
    task_id = desk.begin().task_id
    desk.threads.look_again(task_id, 50.0)
    desk.threads.press(task_id, OWNER, Act.PAUSE)

    desk.threads.looked(task_id, due=50.0, again=100.0)

    assert desk.threads.due(0.0) == [task_id]


def test_a_channel_that_is_archived_meanwhile_gives_way_too(desk: Office) -> None:
    """The story goes on where it can be read."""
    task = desk.start(desk.begin())
    desk.run()
    desk.emulator.change_channel("migrations", archived=True)
    desk.complete(task)
    desk.run(60)

    assert desk.told() == [f"Migration {task.task_id} has started."]
    assert "takes no messages" in desk.told(OWNER)[0]
    assert len(desk.told(OWNER)) == 3


def test_an_owner_who_cannot_be_written_to_stops_nobody_else(desk: Office) -> None:
    """Their account is closed: they are asked seldom, others go on, and in the end it is left."""
    gone = desk.complete(desk.begin(channel="", owner=COLLEAGUE))
    desk.emulator.change_user("colleague", deleted=True)
    desk.complete(desk.begin())
    desk.run(HOUR)
    asked = desk.calls("chat.postMessage") - 5
    desk.clock.move(48 * HOUR)
    desk.run(700)

    assert len(desk.told()) == 3
    assert asked <= 8
    assert is_settled(desk, gone)


def test_an_owner_who_has_closed_their_conversation_still_has_the_channel(desk: Office) -> None:
    """The card there goes on; only what would have gone to them alone is left out."""
    task = desk.start(desk.begin(owner=COLLEAGUE))
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run()
    desk.emulator.change_user("colleague", deleted=True)
    desk.emulator.add_fault(Fault(method="chat.update", nth=2, action="error", error="channel_not_found"))
    desk.complete(task)
    desk.run(60)

    assert "Completed" in desk.cards()[0]["text"]
    assert len(desk.told()) == 3
    assert is_settled(desk, task) is False


def test_those_who_follow_get_a_card_of_their_own(desk: Office) -> None:
    """An admin's has buttons, others see only; logins are shortened; it is posted once and drawn like the first."""
    task = desk.start(desk.begin())
    desk.run()
    desk.threads.put_card(task.task_id, Card(ADMIN, "", buttons=True, masked=True))
    for user in (ADMIN, COLLEAGUE):
        desk.threads.press(task.task_id, user, Act.FOLLOW)
    desk.run()
    desk.new_notifier()
    desk.complete(task)
    desk.run(60)

    (admins,), (colleagues,) = desk.cards(ADMIN), desk.cards(COLLEAGUE)
    assert (bool(buttons(admins)), buttons(colleagues)) == (True, [])
    for card in (admins, colleagues):
        assert "Completed" in card["text"]
        assert LOGIN not in all_text(card)
    assert len(desk.told()) == 3


def test_those_who_follow_are_told_of_the_end_and_of_nothing_else(desk: Office) -> None:
    """Once, in their own conversation, however often the notifier looks; a rollback's end as well."""
    task = desk.start(desk.begin())
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run()
    stopped = attention(desk, task)
    desk.run()
    quiet = desk.letters(COLLEAGUE)
    done = desk.complete(desk.save(stopped, attention=None))
    desk.run(60)
    desk.new_notifier()
    desk.run(60)
    ended = desk.letters(COLLEAGUE)
    rollback = Rollback(started=desk.clock(), ended=desk.clock(), found=3, removed=3)
    desk.save(done, state=State.ROLLED_BACK, rollback=rollback)
    desk.run(60)

    assert quiet == []
    assert ended == [f"Migration {task.task_id} is completed, but 1 message could not be copied."]
    assert desk.letters(COLLEAGUE)[1:] == [f"Migration {task.task_id} was rolled back."]


def test_the_end_of_a_retry_is_told_like_the_first(desk: Office) -> None:
    """The thread says that it runs again. Its owner is told of both ends, who follows it since the first of one."""
    done = desk.complete(desk.start(desk.begin()), Counts(found=3, copied=2, failed=1))
    desk.run(60)
    desk.threads.press(done.task_id, COLLEAGUE, Act.FOLLOW)
    desk.threads.press(done.task_id, OWNER, Act.RETRY)
    again = desk.save(done, state=State.WAITING, ended=None, retries=1, again=(Content.MAIL,))
    desk.run(60)
    desk.complete(desk.save(again, again=()), Counts(found=3, copied=3))
    desk.run(60)

    titles = desk.told()
    assert titles[-3:] == [
        f"Migration {done.task_id} runs again and copies what is missing.", titles[-2],
        f"Migration {done.task_id} is completed.",
    ]
    assert titles[-2] == "Mail: 3 of 3 messages copied."
    assert [len(desk.letters()), len(desk.letters(COLLEAGUE))] == [2, 1]


def test_a_follower_who_deletes_their_card_is_left_alone(desk: Office) -> None:
    """It was theirs; the task's own card and its story go on."""
    task = desk.start(desk.begin())
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run()
    (card,) = desk.cards(COLLEAGUE)
    desk.client.chat_delete(channel="D" + COLLEAGUE[1:], ts=card["ts"])
    desk.complete(task)
    desk.run(60)

    assert desk.messages(COLLEAGUE) == []
    assert len(desk.told()) == 3


def test_an_owner_who_follows_has_a_card_beside_the_channels(desk: Office) -> None:
    """The channel's stays the one with the thread."""
    task = desk.start(desk.begin())
    desk.run()
    desk.threads.press(task.task_id, OWNER, Act.FOLLOW)
    desk.complete(task)
    desk.run(60)

    assert [len(desk.cards()), len(desk.cards(OWNER)), len(desk.told()), len(desk.told(OWNER))] == [1, 1, 3, 0]


def test_each_in_line_is_told_its_place(desk: Office) -> None:
    """First come, first served; who waits for a mailbox is in no line, and places move up."""
    first = desk.begin()
    desk.clock.move(1)
    waits = desk.save(desk.begin(), waits_for=first.task_id)
    desk.clock.move(1)
    desk.begin()
    desk.run()
    before = [all_text(card["blocks"]) for card in desk.cards()]
    desk.start(first)
    desk.run()

    assert ["Next in" in before[0], first.task_id in before[1], "Number 2 in" in before[2]] == [True, True, True]
    assert "Next in" in all_text(desk.cards()[2]["blocks"])
    assert waits.waits_for == first.task_id


def test_no_string_from_elsewhere_is_marked_up(desk: Office) -> None:
    """Logins, servers and their words are drawn as they are, in cards and in threads, and call nobody."""
    task = desk.begin(login=EVIL)
    desk.run()
    attention(desk, desk.start(task), words=f"It said: {EVIL.replace('*x*', '*y*')}")
    desk.run(60)

    marked = [
        piece["text"] for message in desk.messages() + desk.messages(OWNER) for block in message["blocks"]
        for piece in (block.get("text"), *block.get("elements", ())) if isinstance(piece, dict)
        if piece.get("type") == "mrkdwn"
    ]
    assert marked
    assert "evil.example" in all_text(desk.messages())
    for text in [*marked, *(message["text"] for message in desk.messages() + desk.messages(OWNER))]:
        assert not any(part in text for part in ("<!channel", "evil.example", "@here"))


def test_channels_read_shortened_logins_only(desk: Office) -> None:
    """No message that others than the owner can read has a login in full."""
    task = desk.start(desk.begin())
    desk.run()
    attention(desk, task, words=f"The server refused {LOGIN.upper()} and {NEW_LOGIN}.")
    desk.run()
    desk.complete(desk.store.load(task.task_id))
    desk.run(60)

    text = all_text(desk.messages()).lower()
    assert "c***@" in text
    assert not any(login in text for login in (LOGIN, NEW_LOGIN))


# Several tasks, and what is wrong with one


def test_a_broken_record_silences_no_other(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, without what is in it, and left alone for a while; mended, it goes on."""
    caplog.set_level(logging.INFO)
    broken, whole = desk.begin(), desk.begin()
    record = desk.redis.hget(f"omm:task:{broken.task_id}", "record")
    desk.redis.hset(f"omm:task:{broken.task_id}", "record", '{"secret subject": 1}')
    desk.complete(whole)
    desk.run(50)
    others = [whole.task_id in card["text"] for card in desk.cards()]
    desk.redis.hset(f"omm:task:{broken.task_id}", "record", record or "")
    desk.run(60)

    assert others == [True]
    assert len(desk.cards()) == 2
    assert broken.task_id in caplog.text
    assert caplog.text.count(broken.task_id) == 1
    assert "secret subject" not in caplog.text


def test_a_task_that_was_forgotten_is_forgotten_here_too(desk: Office) -> None:
    """Its data is gone after its time; so is its thread, though not what stands in Slack."""
    task = desk.begin()
    desk.run()

    desk.store.forget(task.task_id)
    desk.run()

    assert desk.threads.load(task.task_id) is None
    assert [key for key in desk.redis.keys("*") if task.task_id.encode() in key] == []


def test_a_thread_may_be_opened_before_its_record(desk: Office) -> None:
    """Whoever starts a task does one thing after the other; after ten minutes it was never started."""
    task_id, never = "7K2F-9QXD", "8K2F-9QXD"
    for one in (task_id, never):
        desk.threads.open(Thread(one, TEAM, OWNER, CHANNEL))
    desk.run(60)
    desk.store.create(request(), task_id=task_id)
    desk.run(700)

    assert len(desk.cards()) == 1
    assert desk.threads.load(never) is None


def test_a_task_that_was_not_begun_in_slack_is_not_looked_at(desk: Office) -> None:
    """A worker may ask for a look at any task; one without a thread has nobody to be shown to."""
    task = desk.store.create(request())
    desk.threads.look_again(task.task_id, 0)
    desk.run()

    assert is_settled(desk, task)
    assert desk.emulator.requests == []


# The outbox


def test_letters_arrive_in_order_and_once(desk: Office) -> None:
    """What listeners and jobs have to say to one person is sent as it was put."""
    for number in range(5):
        desk.outbox.put(Letter(f"key {number}", OWNER, f"Letter {number}"))
    desk.outbox.put(Letter("other", COLLEAGUE, "Hello"))
    desk.run(20)

    assert desk.letters() == [f"Letter {number}" for number in range(5)]
    assert desk.letters(COLLEAGUE) == ["Hello"]
    assert desk.outbox.waiting() == []


def test_letters_keep_their_order_when_slack_takes_its_time(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one waits for its turn, a later one to the same person does not slip past it."""
    asked = desk.client.chat_postMessage

    def slowly(**arguments: object) -> object:
        desk.clock.move(0.6)
        return asked(**arguments)       # type: ignore[arg-type]

    monkeypatch.setattr(desk.client, "chat_postMessage", slowly)
    for number, to in enumerate((OWNER, OWNER, COLLEAGUE, ADMIN, OWNER)):
        desk.outbox.put(Letter(f"key {number}", to, f"Letter {number}"))
    desk.run(20)

    assert desk.letters() == ["Letter 0", "Letter 1", "Letter 4"]
    assert desk.letters(COLLEAGUE) + desk.letters(ADMIN) == ["Letter 2", "Letter 3"]


def test_somebody_who_takes_no_messages_does_not_block_the_outbox(desk: Office) -> None:
    """Their letter is thrown away, and the log says that it was, but not what was in it."""
    desk.outbox.put(Letter("a key", "U0NOBODY01", "secret words"))
    desk.outbox.put(Letter("other", OWNER, "Hello"))
    desk.run()

    assert desk.letters() == ["Hello"]
    assert desk.outbox.waiting() == []


# One at a time


def test_one_notifier_sends_and_the_others_stand_by(desk: Office) -> None:
    """Two processes tell nothing twice; when the first leaves, the second takes over."""
    first, second = desk.notifier, Office(desk.opened, desk.emulator).notifier
    task = desk.complete(desk.begin())
    waits = []
    for _ in range(10):
        first.tick()
        waits.append(second.tick())
        desk.clock.move(1)
    alone = len(desk.told())
    first.close()
    second.tick()
    desk.threads.press(task.task_id, OWNER, Act.ROLLBACK)
    second.tick()
    second.close()

    assert alone == len(desk.told()) == 3
    assert set(waits) == {2.0}
    assert "Rollback asked for by" in all_text(desk.cards()[0]["blocks"])


def test_it_runs_until_it_is_told_to_stop(desk: Office) -> None:
    """Told to stop, it leaves soon, and lets others take over at once."""
    desk.complete(desk.begin())
    stop = threading.Event()
    thread = threading.Thread(target=desk.notifier.run, args=(stop,))
    version = desk.emulator.version
    thread.start()
    desk.emulator.wait_changed(version, 10)

    stop.set()
    thread.join(60)

    assert not thread.is_alive()
    assert desk.store.held("notifier") is None


def test_a_task_that_is_cancelled_or_repeated_is_told_in_the_right_order(desk: Office) -> None:
    """Two contents, cancelled after the first: one done, one not begun."""
    task = desk.begin(contents=(Content.MAIL, Content.CONTACTS))
    desk.store.ask(task.task_id, Ask.CANCEL)
    step = Step(counts=Counts(found=2, copied=2), started=desk.clock(), ended=desk.clock())
    desk.save(
        task, state=State.CANCELLED, started=desk.clock(), ended=desk.clock() + timedelta(seconds=1),
        steps=MappingProxyType({Content.MAIL: step}),
    )
    desk.run(60)

    assert desk.told()[1:] == [
        "Mail: 2 of 2 messages copied.",
        f"Migration {task.task_id} was cancelled.",
    ]
    assert "Contacts: not started." in desk.messages()[-1]["text"]
