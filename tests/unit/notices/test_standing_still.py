"""Tasks that wait for a person are looked at rarely, and at once when something happens to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.stored.threads import Act
from bot.work import beside
from engine.hooks import Saved
from engine.migration.record import Attention, State
from engine.migration.steering import forget, resume
from engine.store.store import Store
from tests.servers.slack.notices import OWNER, Office

FULL = Attention("Full.", "mailbox full", "destination")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each record was read."""
    counted: Counter[str] = Counter()
    load = Store.load

    def counting(self: Store, task_id: str) -> object:
        counted[task_id] += 1
        return load(self, task_id)

    monkeypatch.setattr(Store, "load", counting)
    return counted


@pytest.mark.parametrize("state", [State.PAUSED, State.NEEDS_ATTENTION, State.ROLLBACK_STOPPED])
def test_a_task_that_waits_for_a_person_is_looked_at_rarely(desk: Office, looks: Counter[str], state: State) -> None:
    """Six times an hour, while one that runs is looked at every few seconds; its card is as it is to be."""
    stands = desk.save(desk.start(desk.begin()), state=state, stage="", attention=FULL)
    desk.run(60)
    looks.clear()

    desk.run(3600)

    assert 5 <= looks[stands.task_id] <= 7


def test_a_press_is_seen_at_once(desk: Office, looks: Counter[str]) -> None:
    """Whoever presses on a paused task waits no longer than with any other."""
    task = desk.save(desk.start(desk.begin()), state=State.PAUSED, stage="")
    desk.run(60)
    looks.clear()

    desk.threads.press(task.task_id, OWNER, Act.RESUME)
    desk.run(1)

    assert looks[task.task_id] >= 1


def test_what_is_done_at_a_terminal_is_seen_at_once(desk: Office) -> None:
    """Resumed without Slack, the task stands in line on its card a second later."""
    task = desk.save(desk.start(desk.begin()), state=State.PAUSED, stage="", started=None)
    desk.run(60)
    before = desk.cards()[0]["text"]

    resume(desk.opened.engine, task.task_id)
    desk.run(1)

    assert "Paused" in before
    assert "Waiting in the queue" in desk.cards()[0]["text"]


def test_a_state_costs_nothing_where_there_is_no_card(desk: Office) -> None:
    """A terminal's task leaves nothing that only a notifier would remove."""
    task = desk.store.create(desk.begin().request)

    beside.showing(desk.redis)(Saved(task, replace(task, state=State.RUNNING)))

    assert desk.redis.zscore("omm:threads:due", task.task_id) is None


def test_a_forgotten_task_sends_no_more_mail(desk: Office) -> None:
    """A letter that was in line when its task was forgotten goes to nobody."""
    sent: list[str] = []
    waiting: list[Callable[[], None]] = []

    class Server:
        def send(self, to: str, *_letter: str) -> None:
            sent.append(to)

    desk.mailer = Server()      # type: ignore[assignment]
    desk.mail_by = waiting.append
    desk.new_notifier()
    task = desk.complete(desk.begin(notify="boss@third.example"))
    desk.run(2)
    (work,) = waiting

    forget(desk.opened.engine, task.task_id, by=OWNER)
    work()

    assert sent == []
