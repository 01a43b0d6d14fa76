"""A task's buttons and dialogs: who may press them, what comes of it, and what is left when they may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.stored.threads import Act, Thread
from bot.views import dialogs
from emulators.slack import Fault
from engine.clock import utc_now
from engine.errors import Cause, Side
from engine.migration.account import Account
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Failure, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.migration.states import Ask
from engine.migration.visiting import visit
from engine.store.store import Asked
from engine.systems import System, Transport
from tests.servers.slack.world import (
    CHANNEL,
    LOGIN,
    OWNER,
    SHARED,
    SOURCE_PASSWORD,
    SlackWorld,
    words,
)
from tests.servers.world import ADDRESS, PASSWORD

REQUEST = MigrationRequest(
    Account(System.IMAP, LOGIN, "imap.example.net", 993, Transport.TLS),
    Account(System.EXCHANGE, ADDRESS, "ex.example.org", 443, Transport.TLS, "/EWS/Exchange.asmx"), (Content.MAIL,),
)
DONE = MappingProxyType({Content.MAIL: Step(Counts(found=3, copied=2, failed=1), utc_now(), utc_now())})
PAUSED: dict[str, Any] = {"state": State.PAUSED, "started": utc_now(), "steps": DONE}
COMPLETED: dict[str, Any] = {"state": State.COMPLETED, "started": utc_now(), "ended": utc_now(), "steps": DONE}
STOPPED: dict[str, Any] = {
    "state": State.NEEDS_ATTENTION, "started": utc_now(), "steps": DONE,
    "attention": Attention("The source server refused the password.", Cause.SIGN_IN, Side.SOURCE),
}
NOTHING: dict[str, Any] = {
    **STOPPED, "attention": Attention("Nothing is there.", Cause.NOTHING_FOUND, Side.DESTINATION),
}
OTHERS = ("colleague", "guest", "stranger", "admin of another workspace")


def task(world: SlackWorld, **changes: Any) -> Migration:
    """A task in a channel that everybody can read, people of other workspaces too."""
    migration = world.begin(REQUEST, channel=SHARED)
    saved = world.save(migration, **changes) if changes else migration
    world.notify()
    return saved


@pytest.fixture
def somebody(world: SlackWorld) -> Callable[[str], str]:
    """Has a kind of person read the channel; returns what Slack calls them."""
    world.slack.change_channel("partners", join="guest")

    def be(kind: str) -> str:
        if kind != "admin of another workspace":
            return kind
        world.slack.change_user("stranger", is_admin=True)
        world.forget_people()
        return "stranger"

    return be


@dataclass(frozen=True)
class Left:
    """What an attempt must leave as it was."""

    record: Migration
    asked: Asked | None
    pressed: int
    orders: int
    secrets: tuple[bool, ...]


def left(world: SlackWorld, task_id: str) -> Left:
    engine = world.services.engine
    return Left(
        world.record(task_id), engine.store.asked(task_id), len(world.services.threads.pressed(task_id)),
        len(world.orders.placed), tuple(engine.vault.has(task_id, side) for side in Side),
    )


def press(world: SlackWorld, action: Action, user: str) -> None:
    world.press(action, user, where=world.card(user, "partners")["ts"])


# Who may press


@pytest.mark.parametrize(("action", "changes"), [
    (Action.PAUSE, {}), (Action.CANCEL, {}), (Action.RESUME, PAUSED), (Action.RESUME, STOPPED),
    (Action.COPY_AGAIN, NOTHING),
    (Action.ROLLBACK, COMPLETED), (Action.REPORT, COMPLETED), (Action.CANCEL, PAUSED), (Action.ROLLBACK, PAUSED),
])
def test_others_can_press_nothing(
    world: SlackWorld, somebody: Callable[[str], str], action: Action, changes: dict[str, Any]
) -> None:
    """Whoever neither owns the task nor administers its workspace is told so, and the task stays as it was."""
    migration = task(world, **changes)
    before = left(world, migration.task_id)
    for who in OTHERS:
        user = somebody(who)
        known = world.told(user)

        press(world, action, user)

        assert left(world, migration.task_id) == before, who
        assert world.slack.views(user) == [], who
        (said,) = world.told(user)[len(known):]
        assert ("Only <@" if who == "colleague" else "Guests" if who == "guest" else "Only people") in said


@pytest.mark.parametrize("user", ["owner", "admin"])
@pytest.mark.parametrize(("action", "changes", "opened"), [
    (Action.PAUSE, {}, None), (Action.RESUME, PAUSED, None), (Action.CANCEL, {}, View.CANCEL),
    (Action.ROLLBACK, COMPLETED, View.ROLLBACK), (Action.REPORT, COMPLETED, None),
])
def test_owner_and_admins_can_press_everything(
    world: SlackWorld, user: str, action: Action, changes: dict[str, Any], opened: View | None
) -> None:
    """Whoever owns the task or administers its workspace gets what the button says, and is not told anything."""
    migration = task(world, **changes)

    press(world, action, user)

    assert world.slack.ephemerals(user) == []
    if opened is not None:
        assert world.view(user)["callback_id"] == opened
    if action is Action.REPORT:
        assert migration.task_id in words(world.view(user)["blocks"])
    if action is Action.PAUSE:
        assert world.record(migration.task_id).state is State.PAUSED
    if action is Action.RESUME:
        assert world.record(migration.task_id).state is State.WAITING
        assert ("migrate", migration.task_id) in world.orders.placed


@pytest.mark.parametrize("became", [
    {"is_admin": False}, {"is_admin": False, "is_ultra_restricted": True}, {"team": "T0ELSEWHERE"}, {"deleted": True},
])
@pytest.mark.parametrize(("action", "changes"), [
    (Action.CANCEL, {}), (Action.ROLLBACK, COMPLETED), (Action.RESUME, STOPPED),
])
def test_a_dialog_is_refused_to_whom_it_was_opened_too_long_ago(
    world: SlackWorld, action: Action, changes: dict[str, Any], became: dict[str, Any]
) -> None:
    """An admin who is one no longer sends a dialog that is still open: a window says no, and the task stays."""
    migration = task(world, **changes)
    press(world, action, "admin")
    if action is Action.ROLLBACK:
        confirm_without_counting(world, migration, "admin")
    world.slack.change_user("admin", **became)
    world.forget_people()
    before = left(world, migration.task_id)

    world.submit("admin", passwords(world, "admin"))

    assert left(world, migration.task_id) == before
    assert "Only" in world.told("admin")[-1] or "Guests" in world.told("admin")[-1]


def confirm_without_counting(world: SlackWorld, migration: Migration, user: str) -> None:
    """The dialog as it is once it was counted."""
    view = dialogs.rollback_confirm(migration, Preview(2, 1, 0, ()), world.services.clock())
    world.services.slack.views_update(view_id=world.view(user)["id"], view=view)


def passwords(world: SlackWorld, user: str) -> dict[str, str]:
    """What to type into the fields of passwords on top."""
    names = [block["block_id"] for block in world.view(user)["blocks"] if block["type"] == "input"]
    return {name: "typed" for name in names if name.startswith((Block.SOURCE_PASSWORD, Block.DESTINATION_PASSWORD))}


def test_a_demoted_admin_is_refused_once_it_is_known(world: SlackWorld) -> None:
    """Slack's word is believed for five minutes, and asked for anew after that."""
    migration = task(world)
    press(world, Action.CANCEL, "admin")
    world.slack.close("admin", world.view("admin")["id"])
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    press(world, Action.PAUSE, "admin")

    assert world.record(migration.task_id).state is State.WAITING
    assert f"Only <@{OWNER}>" in world.told("admin")[0]


@pytest.mark.parametrize("who", ["guest", "stranger"])
def test_a_task_that_nobody_knows_looks_as_any_other(
    world: SlackWorld, somebody: Callable[[str], str], who: str
) -> None:
    """Somebody from outside cannot tell a task that was never begun from one that they may not touch."""
    migration, user = task(world), somebody(who)
    press(world, Action.PAUSE, user)
    world.services.threads.forget(migration.task_id)

    press(world, Action.PAUSE, user)

    assert world.told(user)[0] == world.told(user)[1]


def test_a_task_of_another_workspace_is_not_ours(world: SlackWorld) -> None:
    """A task whose card is in our workspace but which belongs to another is refused to our admins too."""
    migration = task(world)
    world.services.threads.forget(migration.task_id)
    world.services.threads.open(Thread(migration.task_id, "T0ELSEWHERE", OWNER, CHANNEL))

    press(world, Action.PAUSE, "admin")

    assert world.record(migration.task_id).state is State.WAITING
    assert "Only people of this workspace" in world.told("admin")[0]


# What comes of it


def test_pause_and_resume(world: SlackWorld) -> None:
    """Paused, it says by whom; resumed, it is back in line and ends."""
    migration = world.start()

    world.press(Action.PAUSE)
    world.work()
    world.notify()
    assert "Paused" in world.card()["text"]
    assert f"<@{OWNER}>" in words(world.card()["blocks"])

    world.press(Action.RESUME)
    world.work()
    assert world.record(migration.task_id).state is State.COMPLETED
    assert [press.act for press in world.services.threads.pressed(migration.task_id)] == [Act.PAUSE, Act.RESUME]


def test_everything_is_copied_again_when_somebody_says_so(world: SlackWorld) -> None:
    """Where nothing of what was copied earlier can be seen, one button goes on with that, and another without."""
    migration = task(world, **NOTHING)

    press(world, Action.COPY_AGAIN, "owner")

    record = world.record(migration.task_id)
    assert (record.state, record.copy_again) == (State.WAITING, True)
    assert len(world.orders.placed) == 1


def test_a_button_that_no_longer_applies_says_why(world: SlackWorld) -> None:
    """Pressed on a card that is not drawn anew yet, it says where the task stands and who was quicker."""
    migration = task(world)
    old_card = world.card("admin", "partners")["ts"]
    press(world, Action.CANCEL, "owner")
    world.submit("owner")

    world.press(Action.PAUSE, "admin", where=old_card)

    assert "cancelled" in world.told("admin")[0]
    assert f"<@{OWNER}>" in world.told("admin")[0]
    assert world.record(migration.task_id).state is State.CANCELLED


@pytest.mark.parametrize(("action", "ask"), [(Action.PAUSE, Ask.PAUSE), (Action.CANCEL, Ask.CANCEL)])
def test_what_was_asked_already_is_not_asked_again(world: SlackWorld, action: Action, ask: Ask) -> None:
    """While a worker is about to do it, a second press says so and is not written down."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=DONE)
    world.services.engine.store.ask(migration.task_id, ask)

    press(world, action, "owner")

    assert "already" in world.told("owner")[0]
    assert world.services.threads.pressed(migration.task_id) == ()


def test_cancel_ends_a_task_in_line_at_once(world: SlackWorld) -> None:
    """Nothing was moved, and a worker who finds it in line leaves it alone."""
    migration = world.start()

    world.press(Action.CANCEL)
    assert "ends at once" in words(world.view()["blocks"])
    world.submit()
    world.work()

    assert world.record(migration.task_id).state is State.CANCELLED
    assert world.slack.views("owner") == []
    assert world.exchange.messages(ADDRESS) == []


def test_a_cancel_dialog_that_is_overtaken_says_so(world: SlackWorld) -> None:
    """While it was open the task has ended: a window says so."""
    migration = task(world)
    press(world, Action.CANCEL, "owner")
    world.save(migration, **COMPLETED)

    world.submit("owner")

    assert "completed" in world.told("owner")[-1]
    assert world.services.threads.pressed(migration.task_id) == ()


def test_a_task_that_is_being_counted_is_resumed_later(world: SlackWorld) -> None:
    """While a rollback of a paused task is counted, it cannot be resumed: that is said, and nothing is half done."""
    migration = task(world, **PAUSED)

    with visit(world.services.engine, migration.task_id):
        press(world, Action.RESUME, "owner")

    assert "Please try again in a minute" in " ".join(world.told())
    assert world.record(migration.task_id).state is State.PAUSED
    assert world.services.threads.pressed(migration.task_id) == ()


def test_a_task_that_is_being_counted_is_cancelled_when_that_is_done(world: SlackWorld) -> None:
    """Whoever counts a paused task has heard that it is cancelled, and ends it before anybody else can take it up."""
    migration = task(world, **PAUSED)

    with visit(world.services.engine, migration.task_id):
        press(world, Action.CANCEL, "owner")
        world.submit("owner")

    assert world.told() == []
    assert world.record(migration.task_id).state is State.CANCELLED
    assert [one.act for one in world.services.threads.pressed(migration.task_id)] == [Act.CANCEL]


# Stop now


UNDER_WAY = MappingProxyType({Content.MAIL: Step(Counts(found=9, copied=2), utc_now())})


def test_the_cancel_dialog_offers_to_stop_now(world: SlackWorld) -> None:
    """While a step is under way the dialog has a second button, which asks whoever works on it to stop at the batch."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)

    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a worker"):
        press(world, Action.CANCEL, "owner")
        offered = words(world.view()["blocks"])
        world.press(Action.STOP, where=world.view()["id"])
    asked = world.services.engine.store.asked(migration.task_id)

    assert "Stop now" in offered
    assert asked is not None
    assert asked.ask is Ask.STOP
    assert [one.act for one in world.services.threads.pressed(migration.task_id)] == [Act.STOP]
    assert "stops in a moment" in words(world.view()["blocks"])


def test_a_cancel_that_was_asked_can_still_become_a_stop(world: SlackWorld) -> None:
    """Whoever has chosen to finish the step first may change their mind: the stronger ask takes its place."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)
    press(world, Action.CANCEL, "owner")
    world.services.engine.store.ask(migration.task_id, Ask.CANCEL)

    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a worker"):
        world.press(Action.STOP, where=world.view()["id"])

    asked = world.services.engine.store.asked(migration.task_id)
    assert asked is not None
    assert asked.ask is Ask.STOP


@pytest.mark.parametrize("answer", ["not_found", "internal_error"])
def test_a_stop_whose_window_is_gone_brings_no_scare(world: SlackWorld, answer: str) -> None:
    """Closed at once, or not drawn anew by Slack: the migration stops all the same, and the card says so."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)
    world.slack.add_fault(Fault(method="views.update", action="error", error=answer))

    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a worker"):
        press(world, Action.CANCEL, "owner")
        world.press(Action.STOP, where=world.view()["id"])
    asked = world.services.engine.store.asked(migration.task_id)

    assert asked is not None
    assert asked.ask is Ask.STOP
    assert world.told() == []


def test_nothing_under_way_needs_no_stop(world: SlackWorld) -> None:
    """A task in line ends at once, so its dialog has one button."""
    task(world)

    press(world, Action.CANCEL, "owner")

    assert "Stop now" not in words(world.view()["blocks"])


def test_a_cancel_dialog_says_anew_what_it_does_when_that_has_changed(world: SlackWorld) -> None:
    """It was to end at once; by then a worker has begun, so that a whole mailbox would be finished first."""
    migration = task(world)
    press(world, Action.CANCEL, "owner")
    before = words(world.view()["blocks"])
    world.save(migration, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)

    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a worker"):
        world.submit()
        asked, after = world.services.engine.store.asked(migration.task_id), words(world.view()["blocks"])
        world.submit()
        agreed = world.services.engine.store.asked(migration.task_id)

    assert "ends at once" in before
    assert asked is None
    assert "copies the 7 messages that are left" in after
    assert agreed is not None
    assert agreed.ask is Ask.CANCEL


def test_a_cancel_that_ends_at_once_is_not_taken_for_one_that_finishes(world: SlackWorld) -> None:
    """Another admin has paused it meanwhile: nothing is finished first any more, and that is said before it ends."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)
    press(world, Action.CANCEL, "owner")
    world.save(migration, state=State.PAUSED)

    world.submit()
    state, told = world.record(migration.task_id).state, words(world.view()["blocks"])
    world.submit()

    assert state is State.PAUSED
    assert "ends at once" in told
    assert world.record(migration.task_id).state is State.CANCELLED


def test_a_cancel_dialog_of_an_earlier_release_is_taken_as_it_is(world: SlackWorld) -> None:
    """It does not know what it has said."""
    migration = task(world)
    press(world, Action.CANCEL, "owner")
    earlier = {**dialogs.cancel_dialog(migration, utc_now()), "private_metadata": migration.task_id}
    world.services.slack.views_update(view_id=world.view()["id"], view=earlier)

    world.submit()

    assert world.record(migration.task_id).state is State.CANCELLED


@pytest.mark.parametrize("how", ["card", "command", "old button"])
def test_what_a_cancel_still_finishes_can_be_stopped(world: SlackWorld, how: str) -> None:
    """A step may take a day: the card has *Stop now* until it is finished; the cancel dialog offers nothing else."""
    migration = task(world, state=State.RUNNING, started=utc_now(), steps=UNDER_WAY)
    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a worker"):
        press(world, Action.CANCEL, "owner")
        world.submit()
        if how == "card":
            world.notify()
            press(world, Action.STOP, "owner")
        elif how == "command":
            world.slash(f"cancel {migration.task_id}")
        else:
            press(world, Action.CANCEL, "owner")
        if how != "card":
            assert not world.view().get("submit")
            world.press(Action.STOP, where=world.view()["id"])
        asked = world.services.engine.store.asked(migration.task_id)

    assert asked is not None
    assert asked.ask is Ask.STOP
    assert ["stops in a moment" in told for told in world.told()] == ([] if how == "card" else [True])


# A password that is missing


@pytest.mark.parametrize(("gone", "asked"), [
    ([Side.SOURCE], ["source"]), ([Side.DESTINATION], ["destination"]), (list(Side), ["destination", "source"]),
])
def test_a_password_that_is_not_kept_is_asked_for(world: SlackWorld, gone: list[Side], asked: list[str]) -> None:
    """Resume asks for what is gone and for nothing else, keeps it, and goes on."""
    migration = world.start()
    world.press(Action.PAUSE)
    for side in gone:
        world.services.engine.vault.drop(migration.task_id, side)
    world.notify()

    world.press(Action.RESUME)
    fields = [b["block_id"].partition("_")[0] for b in world.view()["blocks"] if b["type"] == "input"]
    typed = {"source": SOURCE_PASSWORD, "destination": PASSWORD}
    names = passwords(world, "owner")
    world.submit(values={name: typed[name.partition("_")[0]] for name in names})
    world.work()

    assert sorted(fields) == asked
    assert world.record(migration.task_id).state is State.COMPLETED
    acts = [press.act for press in world.services.threads.pressed(migration.task_id)]
    assert acts == [Act.PAUSE, Act.PASSWORD, Act.RESUME]


def test_a_password_that_was_refused_is_asked_for_although_it_is_kept(world: SlackWorld) -> None:
    """A migration that stopped because the source refused its password asks for that one, and says what was said."""
    task(world, **STOPPED)

    press(world, Action.RESUME, "owner")

    assert world.view()["callback_id"] == View.PASSWORD
    assert "refused the password" in words(world.view()["blocks"])
    assert list(passwords(world, "owner")) != []
    assert all(name.startswith(Block.SOURCE_PASSWORD) for name in passwords(world, "owner"))


def test_a_password_form_that_is_overtaken_keeps_nothing(world: SlackWorld) -> None:
    """Somebody else has resumed it meanwhile: what was typed is not taken, and a window says so."""
    migration = task(world, **STOPPED)
    press(world, Action.RESUME, "owner")
    world.save(migration, state=State.RUNNING, attention=None)

    world.submit("owner", passwords(world, "owner"))

    assert "running" in world.told("owner")[-1]
    assert world.services.engine.vault.get(migration.task_id, Side.SOURCE) == SOURCE_PASSWORD


# Rollback


def test_rollback_counts_first_and_removes_what_was_agreed(world: SlackWorld) -> None:
    """The dialog opens at once, says what would go once that is counted, and then it is gone."""
    migration = world.migrated()

    world.press(Action.ROLLBACK)
    assert "Counting" in words(world.view()["blocks"])
    world.work("count")
    assert "3 messages" in words(world.view()["blocks"])
    world.submit()
    world.work()

    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
    assert [press.act for press in world.services.threads.pressed(migration.task_id)] == [Act.ROLLBACK]


def test_rollback_asks_for_a_password_that_is_gone(world: SlackWorld) -> None:
    """Its password is asked for in the dialog, and the count goes on there; it is kept no longer than it is needed."""
    migration = world.migrated()
    world.services.engine.vault.drop(migration.task_id)
    world.press(Action.ROLLBACK)
    world.work("count")

    world.submit(values=dict.fromkeys(passwords(world, "owner"), PASSWORD))
    world.work("count")

    assert "3 messages" in words(world.view()["blocks"])
    until = world.record(migration.task_id).rollback_until
    assert until is not None
    assert float(world.redis.zscore("omm:secrets", f"{migration.task_id}:destination")) == until.timestamp()
    world.submit()
    world.work()
    assert world.record(migration.task_id).state is State.ROLLED_BACK


def test_a_count_that_changed_is_asked_again(world: SlackWorld) -> None:
    """What was agreed to is what is done: when it is something else by then, a message asks again."""
    migration = world.migrated()
    world.press(Action.ROLLBACK)
    confirm_without_counting(world, world.record(migration.task_id), "owner")

    world.submit()
    world.work()
    world.notify()

    assert world.record(migration.task_id).state is State.COMPLETED
    letter = world.letters()[-1]
    assert "has changed since it was counted" in words(letter)
    world.press(Action.ROLLBACK, where=letter["ts"])
    assert world.view()["callback_id"] == View.ROLLBACK


def test_rollback_is_over_after_48_hours(world: SlackWorld) -> None:
    """A card that still shows the button says until when it was possible."""
    migration = task(world, **COMPLETED)
    card = world.card("owner", "partners")["ts"]
    world.save(migration, **{**COMPLETED, "ended": utc_now() - timedelta(hours=49)})

    world.press(Action.ROLLBACK, where=card)

    assert world.slack.views("owner") == []
    assert "That time is over" in world.told()[0]


# The report


def test_the_report_has_pages(world: SlackWorld) -> None:
    """The buttons turn to the next page and back, in the same window."""
    migration = task(world, **COMPLETED)
    failures = [Failure(Content.MAIL, "INBOX", f"Letter {n:02}", "too large") for n in range(40)]
    world.services.engine.store.report(migration.task_id, failures)

    press(world, Action.REPORT, "owner")
    view_id = world.view()["id"]
    first = words(world.view()["blocks"])
    turn(world, view_id, "next")
    second = words(world.view()["blocks"])
    turn(world, view_id, "previous")

    assert "Letter 00" in first
    assert "Letter 00" not in second
    assert words(world.view()["blocks"]) == first


def turn(world: SlackWorld, view_id: str, which: str) -> None:
    buttons = [e for b in world.view()["blocks"] if b["type"] == "actions" for e in b["elements"]]
    value = next(button["value"] for button in buttons if which in words(button).lower())
    block = next(b for b in world.view()["blocks"] if b["type"] == "actions" and b["elements"][0].get("value") == value)
    world.listeners.settle()
    world.slack.press("owner", view_id, Action.REPORT_PAGE, block_id=block["block_id"])
    world.listeners.settle()


def test_a_report_is_not_turned_for_a_former_admin(world: SlackWorld) -> None:
    """The names in it are for whoever may see them now."""
    migration = task(world, **COMPLETED)
    failures = [Failure(Content.MAIL, "INBOX", f"Letter {n:02}", "too large") for n in range(40)]
    world.services.engine.store.report(migration.task_id, failures)
    press(world, Action.REPORT, "admin")
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    world.press(Action.REPORT_PAGE, "admin", where=world.view("admin")["id"])

    assert "Only" in world.told("admin")[-1]
    assert "Letter 20" not in words(world.slack.views("admin"))
