"""How old cards are with a thousand live tasks: `python -m bench.cards`, or with `--quick` in a minute.

Fifty of the tasks change all the time, and when one of them ends the next in line takes its place. The store is 2 ms
away, there and back; the Slack emulator keeps Slack's documented limits. Notifier, web door, checkers and store are
those of the product, each in its process; what engines would do is written into the store as they write it. Half of the
time all is well, and then four bad things happen at once. What is measured is of all tasks but those that these hit.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.crowd import REFUSES, Crowd, Task, crowd, shares
from bench.slack_side import REDIS_MS, SLACK_MS, SlackSide, slack_side
from bench.troubles import troubles
from bot.ids import Action
from emulators.slack import ApiCall

WRITES = 1.0            # seconds between two times that an engine writes its progress down
TYPED = 5               # commands a second
TYPING = 40             # people who do: Slack tells us of about 100 a minute who they are (users.info, tier 4)
SAMPLES = 0.5           # seconds between two looks at how old each card is
LAST_WORDS = 60.0       # seconds after the end in which final messages may arrive
OLDEST, SOON, LONGEST_PASS, WORSE = 90.0, 10.0, 5.0, 1.5    # what is promised: seconds, and the ratio of the two halves
# Everything that every card has said, by task: from when on, its word, and how many messages it counted.
Said = dict[str, list[tuple[float, str, int]]]
CARD = re.compile(r"Migration (\w{4}-\w{4}): ([^.]+)\.(?:.*?(\d[\d,]*) of )?")


@dataclass(slots=True)
class Event:
    """Something that is to be shown at once: when it came about, and the word that the card shows then."""

    kind: str
    task: Task
    at: float
    word: str


@dataclass(slots=True)
class Half:
    """What was measured, with or without the bad things. Times are in seconds."""

    title: str
    began: float = 0.0
    ended: float = 0.0
    ages: list[float] = field(default_factory=list)
    shown: dict[str, list[float]] = field(default_factory=dict)
    acks: list[float] = field(default_factory=list)
    passes: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    final: tuple[int, int] = (0, 0)         # messages that were delivered, of how many
    updates: int = 0
    refused: int = 0                        # calls that Slack answered with 429
    missed: int = 0                         # of what people typed and pressed, not acknowledged in time
    letters: int = 0
    cpu: float = 0.0                        # of the notifier, in seconds
    note: str = ""


def main() -> int:
    """Prints the tables. The exit status is 1 when --check is given and a promise is not kept."""
    given = _arguments()
    with slack_side(given.redis_ms, given.slack_ms) as side:
        halves = measured(side, given)
    print(table(halves, given))
    missed = promises(halves)
    print("\n".join(["", *(f"Missed: {one}" for one in missed)] if missed else ["\nEvery promise was kept."]))
    return 1 if missed and given.check else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.cards", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=1000, help="that are live (1000)")
    parser.add_argument("--changing", type=int, default=50, help="of them, that change all the time (50)")
    parser.add_argument("--warm", type=float, default=75.0, help="seconds before anything is measured (75)")
    parser.add_argument("--seconds", type=float, default=100.0, help="that each half is measured for (100)")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two presses, stops or ends (10)")
    parser.add_argument("--redis-ms", type=float, default=REDIS_MS, help="to the store and back (2)")
    parser.add_argument("--slack-ms", type=float, default=SLACK_MS, help="to Slack and back, for the notifier (100)")
    parser.add_argument("--quick", action="store_true", help="100 tasks, 5 of which change, for a minute")
    parser.add_argument("--check", action="store_true", help="fail when a promise is not kept")
    given = parser.parse_args()
    if given.quick:
        given.tasks, given.changing, given.warm, given.seconds, given.every = 100, 5, 10.0, 15.0, 3.0
    return given


# What happens


def measured(side: SlackSide, given: argparse.Namespace) -> list[Half]:
    """Plays both halves."""
    side.control.configure(rate_limits=False)
    everybody = crowd(side.redis, side.store, side.client, side.control.add_user, shares(given.tasks, given.changing))
    side.control.configure(rate_limits=True)
    side.notifier.start()
    halves = [Half("all is well"), Half("four bad things at once")]
    with _at_work(everybody):
        time.sleep(given.warm)
        _play(side, everybody, halves[0], given)
        with troubles(side, everybody.tasks, given.warm / 5) as met:
            _play(side, everybody, halves[1], given)
            calls = _once_all_is_told(side, halves)
    halves[1].note = met.said(side, calls)
    for half in halves:
        _look_back(half, everybody, calls, side.passes())
    return halves


@contextmanager
def _at_work(everybody: Crowd) -> Iterator[None]:
    """Every task that changes goes on and on."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(WRITES):
            everybody.go_on()

    thread = threading.Thread(target=work, name="engines")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _play(side: SlackSide, everybody: Crowd, half: Half, given: argparse.Namespace) -> None:
    """People type and press, and tasks stop and end, one after the other."""
    half.began, cpu, letters, acks = time.time(), side.cpu(), side.mail.letters, len(side.control.acks)
    turns = (_press, _stop, _end)
    with ThreadPoolExecutor(TYPED) as people:
        for second in range(round(given.seconds)):
            for task in random.sample(everybody.tasks[:TYPING], TYPED):
                people.submit(side.control.slash, task.user, "dm", "list")
            if second % given.every == 0:
                half.events.append(turns[int(second // given.every) % len(turns)](side, everybody))
            time.sleep(max(0.0, half.began + second + 1 - time.time()))
    half.ended, half.cpu, half.letters = time.time(), side.cpu() - cpu, side.mail.letters - letters
    answered = side.control.acks[acks:]
    half.acks = [ack.seconds for ack in answered]
    half.missed = sum(ack.outcome != "ok" for ack in answered)


def _press(side: SlackSide, everybody: Crowd) -> Event:
    task, at = everybody.to_be_paused(), time.time()
    side.control.press(task.user, task.ts, Action.PAUSE)
    return Event("a press", task, at, "Paused")


def _stop(_side: SlackSide, everybody: Crowd) -> Event:
    return Event("a stop", everybody.stop(), time.time(), "Needs attention")


def _end(_side: SlackSide, everybody: Crowd) -> Event:
    return Event("an end", everybody.end(), time.time(), "Completed")


# What came of it


def _once_all_is_told(side: SlackSide, halves: Sequence[Half]) -> list[ApiCall]:
    """Every call to Slack, once all is shown and each final message has arrived, or they are given up."""
    over = time.time() + LAST_WORDS
    while True:
        calls = side.control.requests
        said = _said(calls)
        for half in halves:
            half.shown = {}
            for event in half.events:
                half.shown.setdefault(event.kind, []).append(_shown_after(event, said))
            ended = [event.task.task_id for event in half.events if event.kind == "an end"]
            half.final = (sum(_final(calls, task_id) for task_id in ended), 2 * len(ended))
        told = all(half.final[0] >= half.final[1] and max(map(max, half.shown.values())) < math.inf for half in halves)
        if told or time.time() > over:
            return calls
        time.sleep(2.0)


def _shown_after(event: Event, said: Said) -> float:
    """Seconds until its card has said it; infinite when it has not yet."""
    found = [at for at, word, _ in said.get(event.task.task_id, []) if at >= event.at and word == event.word]
    return min(found, default=math.inf) - event.at


def _final(calls: Sequence[ApiCall], task_id: str) -> int:
    """How many of the two final messages have arrived: in the card's thread, and to its owner."""
    words = f"Migration {task_id} is completed"
    found = [call for call in calls if call.ok and str(call.arguments.get("text", "")).startswith(words)]
    return len({bool(call.arguments.get("thread_ts")) for call in found if call.method == "chat.postMessage"})


def _look_back(
    half: Half, everybody: Crowd, calls: Sequence[ApiCall], passes: Sequence[tuple[float, float]]
) -> None:
    said = _said(calls)
    half.ages = [
        age for task in everybody.tasks if task.written and task.channel != REFUSES
        for age in _ages(task, said.get(task.task_id, []), half)
    ]
    half.passes = [took for ended, took in passes if half.began <= ended <= half.ended]
    within = [call for call in calls if half.began <= call.at <= half.ended]
    half.updates = sum(call.ok and call.method == "chat.update" for call in within)
    half.refused = sum(call.status == 429 for call in within)


def _said(calls: Sequence[ApiCall]) -> Said:
    found: Said = {}
    for call in calls:
        words = CARD.match(str(call.arguments.get("text") or ""))
        if call.ok and words and call.method in ("chat.postMessage", "chat.update"):
            settled = int((words[3] or "0").replace(",", ""))
            found.setdefault(words[1], []).append((call.at, words[2], settled))
    return found


def _ages(task: Task, said: Sequence[tuple[float, str, int]], half: Half) -> Iterator[float]:
    """How long a card has said what is no longer so, at each look while its task changes."""
    at = max(half.began, task.written[0][0])
    while at <= min(half.ended, task.written[-1][0]):
        settled = max((settled for drawn, _, settled in said if drawn <= at), default=0)
        overtaken = next((when for when, now in task.written if now > settled), math.inf)
        yield max(0.0, at - overtaken)
        at += SAMPLES


# What is printed


def share(values: Sequence[float], part: float) -> float:
    """The value that so large a part of all does not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


def table(halves: Sequence[Half], given: argparse.Namespace) -> str:
    """Both halves side by side, as Markdown, with the ratios of what is promised to differ little."""
    calm, bad = halves
    rows = [
        ("age of the cards that change, p50, s", [share(half.ages, 0.5) for half in halves], ""),
        ("the same, p99, s", [share(half.ages, 0.99) for half in halves], f"at most {WORSE} times"),
        ("the same, oldest, s", [max(half.ages, default=0) for half in halves], f"at most {OLDEST:.0f}"),
        *((f"{kind} is shown after, slowest, s", [max(half.shown.get(kind, [0.0])) for half in halves],
           f"at most {SOON:.0f}") for kind in calm.shown),
        ("answers to what people type and press, p50, s", [share(half.acks, 0.5) for half in halves], ""),
        ("the same, p99, s", [share(half.acks, 0.99) for half in halves], f"at most {WORSE} times"),
        ("longest pass of the notifier, s", [max(half.passes, default=0) for half in halves],
         f"at most {LONGEST_PASS:.0f}"),
        ("cards drawn a minute", [half.updates * 60 / (half.ended - half.began) for half in halves], "Slack takes 50"),
        ("notifier and its keeper, CPU, s", [half.cpu for half in halves], ""),
    ]
    return "\n".join((
        f"{given.tasks} live tasks, {given.changing} of which change all the time; a press, a stop or an end every "
        f"{given.every:g} s. The store is {given.redis_ms:g} ms away, Slack {given.slack_ms:g} ms. {given.seconds:g} s "
        "with each.\n",
        f"| | {calm.title} | {bad.title} | ratio | promised |", "|---|---|---|---|---|",
        *(f"| {name} | {a:.2f} | {b:.2f} | {_ratio(a, b)} | {promised} |" for name, (a, b), promised in rows),
        *(f"| {name} | {of(calm)} | {of(bad)} | | {promised} |" for name, of, promised in COUNTED),
        "", bad.note,
    ))


def _ratio(calm: float, bad: float) -> str:
    return f"{bad / calm:.2f}" if calm and math.isfinite(bad / calm) else ""


COUNTED: tuple[tuple[str, Callable[[Half], object], str], ...] = (
    ("final messages that arrived", lambda half: f"{half.final[0]} of {half.final[1]}", "all"),
    ("what people typed and pressed without an answer in time", lambda half: half.missed, "0"),
    ("calls that Slack refused as too many", lambda half: half.refused, "0"),
    ("letters handed over", lambda half: half.letters, ""),
)


def promises(halves: Sequence[Half]) -> list[str]:
    """The promises that were not kept, in words."""
    calm, bad = halves
    missed = []
    for half in halves:
        kept = {
            f"cards at most {OLDEST:.0f} s old": max(half.ages, default=0) <= OLDEST,
            f"presses, stops and ends shown within {SOON:.0f} s": max(map(max, half.shown.values())) <= SOON,
            "every final message": half.final[0] == half.final[1],
            f"no pass over {LONGEST_PASS:.0f} s": max(half.passes, default=0) <= LONGEST_PASS,
            "every press answered in time": half.missed == 0,
        }
        missed += [f"{promise} ({half.title})" for promise, is_kept in kept.items() if not is_kept]
    for name, of in (("age", "ages"), ("answers", "acks")):
        if share(getattr(bad, of), 0.99) > WORSE * share(getattr(calm, of), 0.99):
            missed.append(f"p99 of {name} at most {WORSE} times as long")
    return missed


if __name__ == "__main__":
    sys.exit(main())
