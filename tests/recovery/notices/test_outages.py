"""Slack, Redis or the mail server are away: nothing is lost, nothing is told twice, and nobody else is stopped."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import fakeredis
import pytest

from bot.notices.email import Mailer, parse_smtp_url
from bot.stored.outbox import Letter
from bot.stored.threads import Act
from emulators.slack import Fault
from engine.errors import Cause
from engine.migration.record import Attention, Migration, Rollback, State
from tests.servers.ports import free_ports
from tests.servers.slack.notices import CHANNEL, OWNER, Office, office
from tests.servers.smtp_sink import SmtpSink, smtp_sink

HOUR = 3600.0
THIRD = "it@example.org"
OUTAGES = [
    Fault(action="drop"), Fault(action="status", status=503), Fault(action="status", status=502),
    Fault(action="error", error="internal_error"), Fault(action="error", error="token_revoked"),
    Fault(action="error", error="missing_scope"), Fault(action="ratelimited", retry_after=30),
]


def whole_run(desk: Office, *, notify: str = "", pause: float = 30) -> Migration:
    """A migration from its start to its end, with a stop in between that was mended."""
    task = desk.begin(notify=notify)
    desk.run(pause)
    task = desk.start(task, copied=3)
    desk.run(pause)
    task = desk.save(
        task, state=State.NEEDS_ATTENTION, attention=Attention("Full.", Cause.MAILBOX_FULL.value, "destination")
    )
    desk.run(pause)
    task = desk.start(desk.save(task, state=State.WAITING, attention=None), copied=9)
    desk.run(pause)
    return desk.complete(task)


@pytest.mark.parametrize("fault", OUTAGES, ids=lambda fault: f"{fault.action} {fault.error} {fault.status}")
def test_after_an_outage_everything_arrives_in_order_and_once(desk: Office, fault: Fault) -> None:
    """Slack was away for the whole run, and for an hour after it: then card, thread and message are all there."""
    desk.emulator.add_fault(fault)
    whole_run(desk)
    desk.run(HOUR)
    calls = len(desk.emulator.requests)
    desk.emulator.clear_faults()
    desk.run(400)

    assert calls < 150
    (card,) = desk.cards()
    assert "Completed" in card["text"]
    assert [one.split()[0] for one in desk.told()] == ["Migration", "Mail:", "Migration"]
    assert "is completed" in desk.told()[-1]
    assert len(desk.letters()) == 1


def test_an_outage_in_mid_run_leaves_no_gap(desk: Office) -> None:
    """The card that stood before is drawn again; what was told before is not told again."""
    task = desk.start(desk.begin(), copied=3)
    desk.run()
    (before,) = desk.cards()
    desk.emulator.add_fault(Fault(action="status", status=500))
    task = desk.start(task, copied=9)
    desk.run(600)
    desk.complete(task)
    desk.run(600)
    desk.emulator.clear_faults()
    desk.run(120)

    (after,) = desk.cards()
    assert before["ts"] == after["ts"]
    assert "Completed" in after["text"]
    assert len(desk.told()) == 3


def test_an_app_that_is_removed_does_not_stop_the_notifier(desk: Office, sink: SmtpSink) -> None:
    """Its token is dead: it is asked seldom, e-mail goes on, and nothing is thrown away."""
    desk.mailer = mailer(sink.port)
    desk.new_notifier()
    desk.emulator.uninstall()
    task = whole_run(desk, notify=THIRD)
    desk.outbox.put(Letter("key", OWNER, "Hello"))
    desk.run(HOUR)

    assert {call.error for call in desk.emulator.requests} == {"token_revoked"}
    assert len(desk.emulator.requests) < 100
    assert len(desk.outbox.waiting()) == 1
    assert len(sink.letters) == 2
    assert task.task_id in desk.threads.due(desk.clock.seconds() + HOUR)


def test_an_answer_that_was_lost_costs_one_repetition_where_we_may_not_look(desk: Office) -> None:
    """A post that arrived and was not confirmed may come twice in a channel that we cannot read; nothing else does."""
    desk.emulator.configure(scopes=("chat:write", "im:write", "users:read"))
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=3, when="after", action="drop"))
    desk.complete(desk.begin())
    desk.run(120)

    assert len(desk.cards()) == 1
    assert [one.split()[0] for one in desk.told()] == ["Migration", "Mail:", "Mail:", "Migration"]
    assert len(desk.letters()) == 1


def test_what_many_tasks_have_to_tell_after_hours_arrives_within_slacks_limits(desk: Office) -> None:
    """Twenty tasks ended in the outage, one was rolled back: every card, thread and message is whole."""
    desk.emulator.add_fault(Fault(action="drop"))
    tasks = [desk.complete(desk.start(desk.begin(), copied=3)) for _ in range(20)]
    desk.threads.press(tasks[0].task_id, OWNER, Act.ROLLBACK)
    desk.save(tasks[0], state=State.ROLLED_BACK, rollback=Rollback(started=desk.clock(), found=15, removed=15))
    desk.run(300)
    desk.clock.move(3 * HOUR)
    desk.emulator.clear_faults()
    desk.run(240)

    cards = {card["ts"]: card["text"] for card in desk.cards()}
    below = {ts: [one["text"].split(".")[0] for one in desk.messages() if one.get("thread_ts") == ts] for ts in cards}
    assert len(cards) == 20
    assert sorted(len(told) for told in below.values()) == [3] * 19 + [4]
    assert all("has started" in told[0] and told[1].startswith("Mail: ") for told in below.values())
    assert len(desk.letters()) == 20
    assert [call for call in desk.emulator.requests if call.status == 429] == []


def test_a_busy_channel_holds_no_other(desk: Office) -> None:
    """One channel is limited by Slack: tasks shown elsewhere are told meanwhile."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="ratelimited", retry_after=300))
    desk.complete(desk.begin(channel=CHANNEL))
    desk.clock.move(1)
    desk.complete(desk.begin(channel="C0GENERAL1"))
    desk.run(60)
    early = [len(desk.told()), len(desk.told("C0GENERAL1"))]
    desk.run(300)

    assert early == [0, 3]
    assert len(desk.told()) == 3


def test_redis_may_go_away_and_come_back() -> None:
    """The notifier keeps trying, says so once, and goes on where it was."""
    server = fakeredis.FakeServer()
    with office(redis=fakeredis.FakeRedis(server=server)) as desk:
        task = desk.start(desk.begin(), copied=3)
        desk.run()
        server.connected = False
        waits = [desk.notifier.tick() for _ in range(2)]
        server.connected = True
        desk.complete(task)
        desk.run(60)

        assert waits == [1.0, 1.0]
        assert "Completed" in desk.cards()[0]["text"]
        assert len(desk.told()) == 3


# E-mail


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def sink(port: int) -> Iterator[SmtpSink]:
    with smtp_sink(port=port) as opened:
        yield opened


def mailer(port: int) -> Mailer:
    server = parse_smtp_url(f"smtp://127.0.0.1:{port}?from=omm@example.org")
    return Mailer(server, context=ssl.create_default_context(), timeout=3)


def test_a_third_party_hears_of_start_and_end(desk: Office, sink: SmtpSink) -> None:
    """Two letters, to the address that the form named, and to nobody when it named none."""
    desk.mailer = mailer(sink.port)
    desk.new_notifier()
    task = whole_run(desk, notify=THIRD)
    whole_run(desk)
    desk.run(60)

    assert sink.subjects == [
        f"Migration {task.task_id} has started",
        f"Migration {task.task_id} is completed, but 1 message could not be copied",
    ]
    assert {to for _, to in sink.envelopes} == {(THIRD,)}


def test_a_mail_server_that_is_down_delays_letters_and_nothing_else(desk: Office, port: int) -> None:
    """Slack is told at once; the letters arrive in order once the server is back, with growing pauses until then."""
    desk.mailer = mailer(port)
    desk.new_notifier()
    whole_run(desk, notify=THIRD)
    desk.run(20 * 60)
    told = desk.told()
    with smtp_sink(port=port) as sink:
        desk.run(400)

        assert len(told) == 4
        assert [subject.split()[2:4] for subject in sink.subjects] == [["has", "started"], ["is", "completed,"]]


def test_a_mail_server_that_takes_nothing_is_asked_ever_more_seldom(desk: Office, sink: SmtpSink) -> None:
    """One try for all tasks together, at most every five minutes in the end."""
    desk.mailer = mailer(sink.port)
    desk.new_notifier()
    sink.to_recipients = "421 4.3.2 not now"
    for _ in range(3):
        desk.complete(desk.begin(notify=THIRD))
    desk.run(HOUR)
    attempts = sink.attempts
    sink.to_recipients = ""
    desk.run(320)

    assert 12 <= attempts <= 25
    assert len(sink.letters) == 6


def test_a_recipient_whose_server_says_later_gets_the_letter_later(desk: Office, sink: SmtpSink) -> None:
    """Greylisting holds up this task's letters, not those of others."""
    desk.mailer = mailer(sink.port)
    desk.new_notifier()
    sink.greylisted = {THIRD}
    whole_run(desk, notify=THIRD)
    desk.run(HOUR)
    attempts = sink.attempts
    whole_run(desk, notify="other@example.org", pause=5)
    desk.run(10)
    others = [to for _, to in sink.envelopes]
    sink.greylisted.clear()
    desk.run(320)

    assert attempts <= 25
    assert others == [("other@example.org",)] * 2
    assert [to for _, to in sink.envelopes[2:]] == [(THIRD,)] * 2


def test_what_could_not_be_sent_for_days_is_no_news_any_more(desk: Office, port: int) -> None:
    """Once the rollback window is over, nobody wants to hear of the end, and the task is left alone."""
    desk.mailer = mailer(port)
    desk.new_notifier()
    task = desk.complete(desk.begin(notify=THIRD))
    desk.run(60)
    desk.clock.move(49 * HOUR)
    with smtp_sink(port=port) as sink:
        desk.run(400)

        assert sink.letters == []
    assert task.task_id not in desk.threads.due(desk.clock.seconds() + 100 * HOUR)


def test_a_recipient_that_does_not_exist_is_not_written_to_again(desk: Office, sink: SmtpSink) -> None:
    """Refused for good: no letter of this task is tried a second time."""
    desk.mailer = mailer(sink.port)
    desk.new_notifier()
    sink.to_recipients = "550 5.1.1 nobody here"
    task = whole_run(desk, notify=THIRD)
    desk.run(HOUR)
    sink.to_recipients = ""
    desk.run(HOUR)

    assert sink.letters == []
    assert {"begun, by e-mail", "completed, by e-mail"} <= desk.threads.told(task.task_id)
