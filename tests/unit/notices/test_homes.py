"""The home tab follows what becomes of a person's migrations, without anybody opening it again."""

from __future__ import annotations

import pytest

from bot.listeners import home
from bot.listeners.interaction import Interaction
from bot.stored.opened_homes import OpenedHomes, Owner
from bot.stored.threads import Card
from bot.work import deleting
from emulators.slack import Fault
from engine.migration.record import Attention, Migration, Rollback, State
from engine.migration.steering import forget
from engine.pace.halt import Halt
from tests.servers.slack.notices import CHANNEL, COLLEAGUE, OWNER, TEAM, Office, all_text

DAY = 86_400.0
PEOPLE = {OWNER: "owner", COLLEAGUE: "colleague"}


def opens(desk: Office, user: str = OWNER) -> None:
    """Somebody opens their home tab."""
    home.opened(desk.services, Interaction(user))


def tab(desk: Office, user: str = OWNER) -> str:
    """What stands there; '' before anything was put up."""
    return all_text((desk.emulator.home(PEOPLE[user]) or {}).get("blocks", []))


def drawings(desk: Office) -> int:
    return desk.calls("views.publish")


def rolling_back(desk: Office, task: Migration, state: State) -> Migration:
    back = Rollback(started=desk.clock(), ended=None if state is State.ROLLING_BACK else desk.clock())
    return desk.save(task, state=state, rollback=back)


def test_a_home_follows_a_migration_from_its_start_to_its_end(desk: Office) -> None:
    """Each state shows within seconds, with a link to the card; at last what is forgotten is listed no longer."""
    opens(desk)
    before = tab(desk)
    task = desk.begin()
    desk.run()
    seen = [tab(desk)]
    task = desk.start(task)
    desk.run()
    seen.append(tab(desk))
    task = desk.save(task, state=State.NEEDS_ATTENTION, attention=Attention("", "mailbox full", "destination"))
    desk.run()
    seen.append(tab(desk))
    task = desk.complete(desk.start(task))
    desk.run()
    seen.append(tab(desk))
    for state in (State.ROLLING_BACK, State.ROLLED_BACK):
        task = rolling_back(desk, task, state)
        desk.run()
        seen.append(tab(desk))
    forget(desk.opened.engine, task.task_id, by=OWNER)
    desk.run(70)

    assert "Nothing so far" in before
    words = ["Waiting", "Running", "Needs attention", "· can be rolled back", "Rolling back", "Rolled back"]
    assert [word for word, shown in zip(words, seen, strict=True) if word not in shown] == []
    assert all(f"archives/{CHANNEL}/p" in shown for shown in seen)
    assert "Nothing so far" in tab(desk)


def test_the_end_of_the_48_hours_shows(desk: Office) -> None:
    """Nobody presses anything, and the home says no longer that it can be rolled back."""
    opens(desk)
    desk.complete(desk.start(desk.begin()))
    desk.run()
    offered = "· can be rolled back" in tab(desk)

    desk.clock.move(2 * DAY - 10)
    desk.run(120)

    assert offered
    assert "· can be rolled back" not in tab(desk)


def test_whoever_never_opened_it_gets_none(desk: Office) -> None:
    """Only the owner's home is drawn, and nothing is kept of anybody else's."""
    opens(desk)
    desk.begin()
    desk.begin(owner=COLLEAGUE)
    desk.run()

    assert tab(desk, COLLEAGUE) == ""
    assert not [key for key in desk.redis.keys("omm:homes:*") if COLLEAGUE in str(desk.redis.dump(key))]


def test_progress_alone_draws_nothing(desk: Office) -> None:
    """The card counts every message; the home is drawn when the state changes, with the count of that moment."""
    opens(desk)
    task = desk.start(desk.begin(), copied=1)
    desk.run()
    desk.redis.delete("omm:homes:drawn")     # so that it would be drawn if anybody looked at it
    before = drawings(desk)
    for copied in range(2, 12):
        task = desk.start(task, copied)
        desk.run(5)

    assert drawings(desk) == before
    desk.save(task, state=State.PAUSED)
    desk.run()
    assert "mail 55%" in tab(desk)
    assert drawings(desk) == before + 1


def test_many_changes_are_one_drawing(desk: Office) -> None:
    """It is drawn at most every five seconds, and what stands there in the end is the last state."""
    opens(desk)
    task = desk.start(desk.begin())
    desk.run()
    before = drawings(desk)
    for _ in range(10):
        task = desk.save(task, state=State.PAUSED)
        desk.run(1)
        task = desk.start(task)
        desk.run(1)
    desk.save(task, state=State.PAUSED)
    desk.run()

    assert 3 <= drawings(desk) - before <= 6
    assert "Paused" in tab(desk)


def test_another_notifier_draws_nothing_that_would_look_the_same(desk: Office) -> None:
    """It looks at every task, and finds every home as it is to be."""
    opens(desk)
    desk.start(desk.begin())
    desk.run()
    before = drawings(desk)

    desk.new_notifier()
    desk.run(120)

    assert drawings(desk) == before


def test_a_limit_on_homes_holds_up_no_card(desk: Office) -> None:
    """Slack takes no home for half a minute: the card shows each state at once, the home the last one afterwards."""
    opens(desk)
    task = desk.begin()
    desk.run()
    desk.emulator.add_fault(Fault(method="views.publish", action="ratelimited", retry_after=30, nth=1))
    before = drawings(desk)

    task = desk.start(task)
    desk.run(5)
    card = desk.cards()[0]["text"]
    desk.complete(task)
    desk.run(15)

    assert "Running" in card
    assert "Completed" in desk.cards()[0]["text"]
    assert drawings(desk) == before + 1
    desk.run(30)
    assert "Completed" in tab(desk)
    assert drawings(desk) == before + 2
    desk.emulator.requests[:] = [call for call in desk.emulator.requests if call.error != "ratelimited"]


@pytest.mark.parametrize("error", ["internal_error", "access_denied", "something_new"])
def test_a_home_that_fails_silences_nobody_else(desk: Office, error: str) -> None:
    """Another person's home is drawn meanwhile, messages go to both, and the first is tried again."""
    for user in PEOPLE:
        opens(desk, user)
    desk.emulator.add_fault(Fault(method="views.publish", action="error", error=error, nth=1))
    tasks = {user: desk.begin(channel="", owner=user) for user in PEOPLE}
    desk.run(1)

    drawn = [user for user in PEOPLE if tasks[user].task_id in tab(desk, user)]
    assert len(drawn) == 1
    assert [len(desk.cards(user)) for user in PEOPLE] == [1, 1]
    desk.run(30)
    assert [user for user in PEOPLE if tasks[user].task_id not in tab(desk, user)] == []


def test_failures_that_are_over_make_no_home_wait(desk: Office) -> None:
    """It fails six times, and is drawn within seconds after each: the sixth is repaired as soon as the first."""
    opens(desk)
    task = desk.start(desk.begin())
    desk.run()
    shown = []
    for state in [State.PAUSED, State.RUNNING] * 3:
        desk.emulator.add_fault(Fault(method="views.publish", action="error", nth=1))
        task = desk.save(task, state=state)
        desk.run(15)
        shown.append(state.value.capitalize() in tab(desk))

    assert shown == [True] * 6


def test_a_home_that_we_fail_at_silences_nobody_else(desk: Office) -> None:
    """What is kept of one person's card is damaged: the other's home is drawn, and theirs when it is mended."""
    for user in PEOPLE:
        opens(desk, user)
    task = desk.begin(channel="", owner=OWNER)
    damaged = Card(CHANNEL, "no number", buttons=True, masked=True)
    desk.threads.put_card(task.task_id, damaged)
    other = desk.begin(channel="", owner=COLLEAGUE)
    OpenedHomes(desk.redis, clock=desk.clock).changed(Owner(TEAM, OWNER))
    desk.run()

    assert other.task_id in tab(desk, COLLEAGUE)
    desk.threads.drop_card(task.task_id, damaged)
    desk.run(120)
    assert task.task_id in tab(desk)


def test_an_opening_that_slack_did_not_take_is_drawn_later(desk: Office) -> None:
    """The answer to the listener was an error; the notifier puts up what it was to show."""
    desk.emulator.add_fault(Fault(method="views.publish", action="error", nth=1))
    with pytest.raises(Exception, match="internal_error"):
        opens(desk)

    desk.run()

    assert "Nothing so far" in tab(desk)


@pytest.mark.parametrize("error", ["view_too_large", "not_enabled"])
def test_what_slack_will_never_take_is_not_repeated(desk: Office, error: str) -> None:
    """A refused home is tried again when it looks another way, or is opened."""
    opens(desk)
    desk.emulator.add_fault(Fault(method="views.publish", action="error", error=error))
    before = drawings(desk)
    task = desk.begin()
    desk.run(300)
    tries = drawings(desk) - before
    desk.emulator.clear_faults()
    if error == "not_enabled":
        opens(desk)
    desk.start(task)
    desk.run()

    assert tries == 1
    assert "Running" in tab(desk)


def delete(desk: Office, *tasks: Migration, stays: tuple[str, ...] = ()) -> None:
    """A worker deletes a person's data, as they have asked for a second ago."""
    at = desk.clock.seconds() - 1
    named = [task.task_id for task in tasks]
    deleting.delete(desk.services, Halt(), team=TEAM, user=OWNER, tasks=named, stays=stays, at=at)


def kept(desk: Office) -> list[bytes]:
    return desk.redis.keys("omm:homes:*")


def test_nothing_is_kept_of_the_home_of_whoever_deletes_everything(desk: Office) -> None:
    """It is drawn a last time, with what became of the deletion; not so while a task of theirs goes on."""
    opens(desk)
    task, stays = desk.complete(desk.start(desk.begin())), desk.start(desk.begin())
    desk.run()
    desk.clock.move(60)
    delete(desk, task, stays=(stays.task_id,))
    desk.run(70)
    before = kept(desk)

    delete(desk, desk.complete(stays))
    desk.run(70)

    assert before != []
    assert kept(desk) == []
    assert "OMM had stored about 1 migration" in tab(desk)


def test_a_drawing_that_arrives_late_is_not_the_last_of_a_deletion(desk: Office) -> None:
    """It was begun before, and Slack took it afterwards: the home still ends with what became of the deletion."""
    opens(desk)
    task = desk.complete(desk.start(desk.begin()))
    desk.run()
    desk.clock.move(60)
    homes, owner = desk.services.homes, Owner(TEAM, OWNER)
    earlier = desk.emulator.home("owner")
    begun = homes.begin(owner)
    desk.clock.move(1)

    delete(desk, task)
    desk.client.views_publish(user_id=OWNER, view={"type": "home", "blocks": earlier["blocks"]})
    homes.end(owner, begun, "the earlier one")
    desk.run(70)

    assert "OMM had stored about 1 migration" in tab(desk)
    assert kept(desk) == []


def test_whoever_may_not_use_the_app_is_followed_no_longer(desk: Office) -> None:
    """Their home says why, and goes on to say it."""
    opens(desk)
    task = desk.begin()
    stranger = '{"v": 1, "id": "U0OWNER001", "team": "T0OTHER", "teams": ["T0OTHER"]}'
    desk.redis.set(f"omm:person:{TEAM}:{OWNER}", stranger)
    opens(desk)
    refused = tab(desk)

    desk.start(task)
    desk.run()

    assert task.task_id not in refused
    assert tab(desk) == refused


def test_a_clock_that_is_set_back_keeps_no_home_as_it_was(desk: Office) -> None:
    """A home was put off by a minute when that happened; it is drawn within seconds, not within the day."""
    opens(desk)
    OpenedHomes(desk.redis, clock=desk.clock).put_off(Owner(TEAM, OWNER), desk.clock.seconds() + 60)
    desk.redis.hdel("omm:homes:drawn", f"{TEAM}:{OWNER}")
    before = drawings(desk)

    desk.clock.move(-DAY)
    desk.run(5)

    assert drawings(desk) == before + 1


def test_a_home_whose_drawer_was_killed_is_drawn_again(desk: Office) -> None:
    """Whoever drew it died before Slack's answer: nobody knows what it shows, so it is drawn within a minute."""
    opens(desk)
    before = drawings(desk)
    task = desk.begin()
    OpenedHomes(desk.redis, clock=desk.clock).begin(Owner(TEAM, OWNER))
    desk.threads.look_again(task.task_id, None)

    desk.run(120)

    assert drawings(desk) == before + 1
    assert task.task_id in tab(desk)
