"""E-mail goes its own way beside Slack: a mail server that takes its time, one that we leave, one bad letter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.notices.email import Delivery
from bot.notices.mailing import Mailing, beside
from bot.notices.showing import Look
from tests.servers.slack.notices import Office

THIRD, OTHER = "it@example.org", "other@example.org"


@dataclass
class SlowMailer:
    """Keeps each letter until it is let go."""

    began: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    sent: list[str] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str, key: str) -> Delivery:
        self.began.set()
        assert self.go.wait(60)
        self.sent.append(key)
        return Delivery.SENT


def until(done: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    for _ in range(6000):
        if done():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it was not done")


def with_mailer(desk: Office, mailer: Any, *, start: Any = beside) -> None:
    desk.mailer, desk.mail_by = mailer, start
    desk.new_notifier()


def test_a_slow_mail_server_holds_up_no_card(desk: Office) -> None:
    """While it keeps a letter, cards and threads go on; the letters come in order, each once."""
    mailer = SlowMailer()
    with_mailer(desk, mailer)
    task = desk.complete(desk.begin(notify=THIRD))
    desk.run(10)
    assert mailer.began.wait(60)
    other = desk.complete(desk.begin(notify=OTHER))
    desk.run(10)
    before = (list(mailer.sent), len(desk.cards()), len(desk.told()), len(desk.letters()))
    mailer.go.set()
    until(lambda: len(mailer.sent) == 4)
    desk.run(120)
    desk.notifier.close()

    assert before == ([], 2, 6, 2)
    for one in (task, other):
        told = [key for key in mailer.sent if one.task_id in key]
        assert told == [f"{one.task_id} begun", f"{one.task_id} completed"]


def test_whoever_is_to_stop_lets_a_letter_arrive_first(desk: Office) -> None:
    """The one that is being handed over is finished and written down, and no other is begun."""
    stop, left = threading.Event(), threading.Event()
    too_early: list[bool] = []

    class Leaving(SlowMailer):
        def send(self, to: str, subject: str, text: str, key: str) -> Delivery:
            self.began.set()
            assert stop.wait(60)
            too_early.append(left.wait(0.3))
            self.sent.append(key)
            return Delivery.SENT

    def run() -> None:
        desk.notifier.run(stop)
        left.set()

    mailer = Leaving()
    with_mailer(desk, mailer)
    task = desk.complete(desk.begin(notify=THIRD))
    notifier = threading.Thread(target=run)
    notifier.start()
    assert mailer.began.wait(60)
    stop.set()
    notifier.join(60)

    assert too_early == [False]
    assert mailer.sent == [f"{task.task_id} begun"]
    assert "begun, by e-mail" in desk.threads.told(task.task_id)
    assert desk.store.held("notifier") is None


def test_a_letter_that_has_arrived_is_not_sent_again_by_an_older_look(desk: Office) -> None:
    """The task was looked at before the letter was written down as told, and is put in line after that."""
    mailer = SlowMailer()
    mailer.go.set()
    mailing = Mailing(mailer, desk.threads, clock=desk.clock, start=lambda work: work())    # type: ignore[arg-type]
    task = desk.complete(desk.begin(notify=THIRD))
    thread = desk.threads.load(task.task_id)
    assert thread is not None
    look = Look(thread, task, (), [], set(), 0.0)
    desk.threads.tell(task.task_id, "begun, by e-mail")
    mailing.bring_up_to_date(look)
    mailing.go_on(threading.Event())

    assert mailer.sent == [f"{task.task_id} completed"]


def test_a_letter_names_who_asked_for_it(desk: Office) -> None:
    """What the task's thread knows of its owner and the workspace stands in every letter."""
    texts: list[str] = []

    class Read(SlowMailer):
        def send(self, to: str, subject: str, text: str, key: str) -> Delivery:
            texts.append(text)
            return Delivery.SENT

    mailing = Mailing(Read(), desk.threads, clock=desk.clock, start=lambda work: work())    # type: ignore[arg-type]
    task = desk.complete(desk.begin(notify=THIRD))
    thread = desk.threads.load(task.task_id)
    assert thread is not None
    named = replace(thread, owner_name="Claire Martin", workspace="Example")
    mailing.bring_up_to_date(Look(named, task, (), [], set(), 0.0))
    mailing.go_on(threading.Event())

    assert len(texts) == 2
    assert all("Claire Martin started this migration in the Slack workspace “Example”" in text for text in texts)


def test_what_waits_when_another_takes_over_is_not_sent_by_us(desk: Office) -> None:
    """The other one sends it."""
    mailer = SlowMailer()
    work: list[Callable[[], None]] = []
    with_mailer(desk, mailer, start=work.append)
    desk.complete(desk.begin(notify=THIRD))
    desk.run(2)
    mailer.go.set()
    desk.notifier._mailing.forget()
    work[0]()

    assert mailer.sent == []


def test_a_fault_of_ours_in_one_letter_stops_no_other(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged without its words, and tried again later."""

    class Faulty(SlowMailer):
        def send(self, to: str, subject: str, text: str, key: str) -> Delivery:
            if to == THIRD:
                raise RuntimeError("secret words")
            return super().send(to, subject, text, key)

    mailer = Faulty()
    mailer.go.set()
    with_mailer(desk, mailer, start=lambda work: work())
    bad, good = (desk.complete(desk.begin(notify=to)) for to in (THIRD, OTHER))
    desk.run(60)

    assert mailer.sent == [f"{good.task_id} begun", f"{good.task_id} completed"]
    assert f"{bad.task_id}, by e-mail: RuntimeError" in caplog.text
    assert "secret words" not in caplog.text
