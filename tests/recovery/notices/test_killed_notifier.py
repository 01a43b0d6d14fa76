"""Killed between any two of its steps, a notifier's successor tells the rest; what was in flight may come twice."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from cryptography.fernet import Fernet
from slack_sdk import WebClient

from bot.notices.email import Mailer, parse_smtp_url
from bot.stored.outbox import Letter, Outbox
from bot.stored.threads import Act, Thread, Threads
from emulators.slack import Fault, SlackEmulator
from engine.migration.record import Rollback, State
from engine.store.keys import secret_keys
from engine.store.patience import connect
from engine.store.store import Store
from engine.store.valkey import open_server
from tests.servers.slack.notices import CHANNEL, COLLEAGUE, OWNER, TEAM, TOKEN, Office, office, request
from tests.servers.smtp_sink import SmtpSink, smtp_sink

WRITES = frozenset({"HSET", "HDEL", "SADD", "ZADD", "ZREM", "EVAL"})
THIRD = "it@example.org"
ROOT = Path(__file__).parents[3]
TOLD = 10.0     # seconds in which a notifier tells all there is; what it does later, it has done before


class KilledError(BaseException):
    """Nothing after this is carried out."""


@dataclass
class Executioner:
    """Kills at one step: before the call to Slack or the write to Redis of that number, from 1."""

    at: int
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise KilledError


class MortalRedis(fakeredis.FakeRedis):
    """Another connection to the same Redis, which an executioner watches."""

    executioner: Executioner | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if self.executioner is not None and str(args[0]).upper() in WRITES:
            self.executioner.step()
        return super().execute_command(*args, **options)


class MortalClient(WebClient):
    """A client that an executioner watches."""

    executioner: Executioner | None = None

    def api_call(self, api_method: str, **arguments: Any) -> Any:
        if self.executioner is not None:
            self.executioner.step()
        return super().api_call(api_method, **arguments)


def completed(desk: Office) -> None:
    desk.complete(desk.begin(notify=THIRD))


def rolled_back_after_a_stop(desk: Office) -> None:
    task = desk.start(desk.begin())
    desk.run()
    task = desk.save(task, state=State.PAUSED, stage="")
    desk.threads.press(task.task_id, OWNER, Act.ROLLBACK)
    back = Rollback(started=desk.clock(), found=3, removed=3, ended=desk.clock())
    desk.save(task, state=State.ROLLED_BACK, rollback=back, ended=desk.clock())


def with_a_follower_and_a_letter(desk: Office) -> None:
    task = desk.begin(channel="C0NOWHERE")
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.outbox.put(Letter("key", COLLEAGUE, "Hello"))


def with_a_deleted_card(desk: Office) -> None:
    task = desk.start(desk.begin())
    desk.run()
    desk.client.chat_delete(channel=CHANNEL, ts=desk.cards()[0]["ts"])
    desk.complete(task)


def seen(desk: Office, sink: SmtpSink) -> list[str]:
    """Everything that people have got, in order: cards by where they stand, all else by its first words."""
    got = []
    for where in (CHANNEL, OWNER, COLLEAGUE):
        cards = [card["ts"] for card in desk.cards(where)]
        got += [f"card in {where}"] * len(cards)
        got += [f"{where}: {one['text'].splitlines()[0]}" for one in desk.messages(where) if one["ts"] not in cards]
    return got + [str(letter["Message-ID"]) for letter in sink.letters]


def without_ids(got: list[str]) -> list[str]:
    """The same whatever the task is called."""
    return [" ".join(word for word in one.split() if "-" not in word and "omm." not in word) for one in got]


def killed_at(
    step: int, prepare: Callable[[Office], None], sink: SmtpSink
) -> tuple[list[str], bool]:
    """What people have got in the end, and whether there was such a step."""
    sink.letters.clear()
    server = fakeredis.FakeServer()
    with office(redis=fakeredis.FakeRedis(server=server)) as desk:
        url = f"smtp://127.0.0.1:{sink.port}?from=omm@example.org"
        desk.mailer = Mailer(parse_smtp_url(url), context=ssl.create_default_context())
        prepare(desk)
        executioner = Executioner(step)
        redis = MortalRedis(server=server)
        client = MortalClient(TOKEN, base_url=desk.emulator.url, timeout=60, retry_handlers=[])
        mortal = desk.new_notifier(redis, client)
        redis.executioner = client.executioner = executioner
        with contextlib.suppress(KilledError):
            desk.run(TOLD)
        redis.executioner = client.executioner = None
        assert desk.notifier is mortal
        desk.new_notifier()
        desk.run(2 * TOLD)
        return seen(desk, sink), executioner.steps >= step


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with smtp_sink() as opened:
        yield opened


@pytest.mark.parametrize(("prepare", "in_channel"), [
    (completed, True), (rolled_back_after_a_stop, True), (with_a_follower_and_a_letter, False),
])
def test_killed_between_any_two_steps_nothing_is_lost(
    sink: SmtpSink, prepare: Callable[[Office], None], in_channel: bool
) -> None:
    """At every call and every write: all arrives, in order, and at most one message comes twice.

    In somebody's own conversation with us none does, for there we may look whether it has arrived. With a card that
    was deleted: tests/load.
    """
    killed_at_each(sink, prepare, in_channel=in_channel)


def killed_at_each(sink: SmtpSink, prepare: Callable[[Office], None], *, in_channel: bool) -> None:
    """Plays what there is to be told once for each step, with a death before it, and looks at what people have got."""
    expected = without_ids(killed_at(0, prepare, sink)[0])
    twice = 0
    for step in count(1):
        got, was_killed = killed_at(step, prepare, sink)
        if not was_killed:
            break

        told = without_ids(got)
        assert list(dict.fromkeys(told)) == list(dict.fromkeys(expected)), f"killed at step {step}"
        more = Counter(told) - Counter(expected)
        assert more.total() <= 1, f"killed at step {step}"
        twice += more.total()

    assert step > 15
    assert (twice > 0) is in_channel        # what was in flight


NOTIFIER = """
import sys
from engine.clock import utc_now
from engine.store.keys import secret_keys
from engine.store.patience import connect
from engine.store.store import Store
from pathlib import Path
from slack_sdk import WebClient
from tests.servers.slack.signed_world import notifier_on
from threading import Event
from types import SimpleNamespace

redis_url, slack_url, key, directory, token, team = sys.argv[1:]
redis = connect(redis_url)
store = Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": key}, Path(directory)))
client = WebClient(token, base_url=slack_url, timeout=60, retry_handlers=[])
opened = SimpleNamespace(redis=redis, engine=SimpleNamespace(store=store, clock=utc_now))
notifier_on(opened, client, team=team).run(Event())
"""


def letters(emulator: SlackEmulator) -> list[str]:
    """What the owner got in their own conversation."""
    return [one["text"] for one in emulator.messages("dm", OWNER)]


def test_a_killed_process_is_succeeded_at_once(tmp_path: Path) -> None:
    """SIGKILL in the middle of a post: another process on this machine goes on within seconds, not after a lease."""
    key = Fernet.generate_key().decode()
    with open_server(tmp_path / "state") as url, SlackEmulator(
        signing_secret="-", bot_token=TOKEN, request_url="http://127.0.0.1:9/"
    ) as emulator:
        redis = connect(url)
        store = Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": key}, tmp_path))
        task = store.create(request())
        Threads(redis).open(Thread(task.task_id, TEAM, OWNER, CHANNEL))
        for number in range(3):
            Outbox(redis, team=TEAM).put(Letter(f"key {number}", OWNER, f"Letter {number}"))
        emulator.add_fault(Fault(method="chat.postMessage", nth=2, action="hold", name="second"))
        arguments = [sys.executable, "-c", NOTIFIER, url, emulator.url, key, str(tmp_path), TOKEN, TEAM]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}

        with subprocess.Popen(arguments, cwd=ROOT, env=environ) as first:
            assert emulator.wait_held("second", 90)
            with subprocess.Popen(arguments, cwd=ROOT, env=environ) as second:
                first.send_signal(signal.SIGKILL)
                first.wait()
                emulator.clear_faults()
                killed = time.monotonic()
                while len(set(letters(emulator))) < 3 or not emulator.messages(CHANNEL):
                    assert time.monotonic() < killed + 90
                    emulator.wait_changed(emulator.version, 1)
                second.send_signal(signal.SIGKILL)

        assert list(dict.fromkeys(letters(emulator))) == ["Letter 0", "Letter 1", "Letter 2"]
        cards = emulator.messages(CHANNEL)
        assert cards
        assert len(letters(emulator)) + len(cards) <= 5     # the post that was in flight may have come twice
