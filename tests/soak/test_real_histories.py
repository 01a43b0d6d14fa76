"""Random histories over real sockets and threads; HISTORY_SEED=… draws one again, but not its threads' turns."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.errors import Cause, InputError, OmmError
from engine.migration.content import Content
from engine.migration.record import Migration, Reason, State
from engine.migration.states import ENDED, GOING_BACK
from engine.migration.steering import cancel, copy_again, pause, stop
from engine.migration.task_id import compact
from engine.pace.halt import HaltedError
from tests.recovery.hard_servers.conftest import HardConnectors
from tests.servers.mail_servers.hard_imap import CUT, Folder, HardImap, hard_imap, letters
from tests.servers.memory.mailbox import subject_of
from tests.servers.owner import Owner, owner
from tests.servers.processes.mortal import HELD, Life, lives_through
from tests.servers.world import ADDRESS, PASSWORD, World, world

FROM = int(os.environ.get("HISTORIES_FROM", "1"))
SEEDS = [int(os.environ["HISTORY_SEED"])] if os.environ.get("HISTORY_SEED") else range(FROM, FROM + 20)
STEPS, MOST_TASKS, MOST_TRIES = 6, 3, 8
SIZE = 150_000      # bytes of a message: a request takes a few
LOST = ("drop", "reset", "cut", "truncate", "status", "fault", "items")


@dataclass
class History:
    """One history, what its owner wrote, and which letters they removed."""

    world: World
    server: HardImap
    user: Owner
    random: Random
    tasks: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)

    def play(self) -> None:
        """Does what is drawn, brings every task to its end, and one more, and judges what came of it."""
        for _ in range(STEPS):
            if not self.tasks or (len(self.tasks) < MOST_TASKS and self.random.random() < 0.3):
                self.tasks.append(self.world.begin().task_id)
            self.random.choice((self._works, self._works, self._works, self._owner, self._is_stirred))()
        self.server.mend()
        self.tasks.append(self.world.begin().task_id)
        for task in self.tasks:
            self._comes_to_an_end(task)
        self._judge()

    def _works(self) -> None:
        task = self.random.choice(self.tasks)
        if self.random.random() < 0.7 and self._record(task).state not in (*ENDED - {State.FAILED}, *GOING_BACK):
            self._disturbed(task, World.run, "CreateItem")
        elif self._record(task).started is not None:
            self._disturbed(task, World.roll_back, "DeleteItem")

    def _is_stirred(self) -> None:
        """New mail comes, and some is filed elsewhere, but no folder's last: no number is given twice."""
        here, there = self.random.sample(list(self.server.folders.values()), 2)
        old = here.messages[self.random.randrange(len(here) - 1)]
        here.messages = [held for held in here.messages if held is not old]
        for held in (old, *letters(6, name=f"new {self.random.random()}", size=SIZE)):
            there.messages = [*there.messages, replace(held, uid=there.next_uid)]

    def _owner(self) -> None:
        """Writes a message, and files one elsewhere or removes one."""
        self.written.append(f"mine {len(self.written)}")
        self.user.write(self.user.account.inbox, self.written[-1])
        message = self.random.choice(list(self.user.account.inbox.all()))
        if message.subject in self.written or self.random.random() < 0.5:
            message.move(self.user.account.sent)
            return
        self.removed.add(message.subject)
        message.delete()

    def _disturbed(self, task: str, do: Callable[[World, str], object], write: str) -> None:
        """Does it in a process that dies or is asked for something, over a wire that loses answers."""
        looks = write == "CreateItem" and self._record(task).step(Content.MAIL).ended is None
        what = self.random.choice(("dies", "is asked", "meets its owner"))
        faults = [self._drawn("*", 50, "hold")]         # of fewer requests nothing is held
        if what != "meets its owner":                   # who would meet the faults as well
            for _ in range(self.random.randrange(1, 4)):
                faults.append(self._drawn(*self.random.choice(((write, 4), ("*", 20))), self.random.choice(LOST)))
        often = self.random.choice((3, 1000, 1000))
        self.server.answer = lambda call: CUT if call.is_body and call.nth % often == 0 else None
        life, error = lives_through(
            self.world, tuple(faults), lambda doomed: do(doomed, task), lambda life: self._meanwhile(what, task, life),
            store_calls=self.random.choice((None, None, None, self.random.randrange(1, 90))),
        )
        assert error is None or life.is_over.is_set() or isinstance(error, (OmmError, HaltedError)), repr(error)
        if looks:
            self._judge_losses(task)

    def _meanwhile(self, what: str, task: str, life: Life) -> None:
        ask = self.random.choice((pause, cancel, stop))
        with suppress(InputError):
            acts = {"dies": life.is_over.set, "is asked": lambda: ask(self.world.engine, task)}
            acts.get(what, self._owner)()

    def _drawn(self, operation: str, most: int, action: Any) -> Fault:
        """A fault. A refusal, of items or of all of a request as "busy", comes before anything is carried out."""
        when: Any = "after" if action not in ("items", "fault") and self.random.random() < 0.5 else "before"
        nth, how = self.random.randrange(1, most), {"name": HELD, "back_off_ms": 100, "positions": (0, 2)}
        return Fault(operation=operation, nth=nth, when=when, action=action, **how)

    def _record(self, task: str) -> Migration:
        return self.world.engine.store.load(task)

    def _comes_to_an_end(self, task: str) -> None:
        for _ in range(MOST_TRIES):
            if (record := self._record(task)).attention and record.attention.cause == Cause.NOTHING_FOUND:
                copy_again(self.world.engine, task)
            if record.state not in ENDED - {State.FAILED}:
                with suppress(OmmError):
                    (self.world.roll_back if record.state in GOING_BACK else self.world.run)(task)
        assert self._record(task).state in ENDED, f"{task} never ends: {self._record(task)}"

    def _judge_losses(self, task: str) -> None:
        """Asserts that what is at the source, and not there after a task completed, was removed or is named."""
        named = {item.partition(" (")[0] for item in self._named(task, Reason.FAILED)}
        if self._record(task).state is State.COMPLETED:
            lost = set(self._source() - Counter(m.subject for m in self.world.messages())) - self.removed - named
            assert not lost, f"{task} is completed, and has lost {lost}"

    def _judge(self) -> None:
        """Asserts that nothing is there twice, the owner's is untouched, and what is rolled back is gone or named."""
        there, source, counts = self.world.messages(), self._source(), self.world.counts(self._record(self.tasks[-1]))
        assert (self._record(self.tasks[-1]).state, counts.settled) == (State.COMPLETED, counts.found)
        for task in self.tasks:
            kept = self._named(task, Reason.KEPT)
            left = Counter(m.subject for m in there if f"{compact(task)}:" in str(m.extended))
            assert self._record(task).state is not State.ROLLED_BACK or not left - kept, f"{task} leaves {left}"
            source += kept      # may be there once more
        assert Counter(m.subject for m in there) - source == Counter(self.written), "twice, or the owner's"

    def _source(self) -> Counter[str]:
        return Counter(subject_of(held.mime) for each in self.server.folders.values() for held in each.messages)

    def _named(self, task: str, outcome: Reason) -> Counter[str]:
        return Counter(f.item for f in self.world.engine.store.reported(task).failures if f.outcome is outcome)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_real_history(tmp_path: Path, seed: int) -> None:
    """Whatever is drawn, every task ends, nothing is lost or there twice, and nothing of the owner's goes."""
    print(f"HISTORY_SEED={seed} draws this history again.")
    words = {b"INBOX": "letter", b"Work": "paper", b"Old": "letter"}      # the same letters in two folders
    folders = {name: Folder(letters(5 + len(word), name=word, size=SIZE)) for name, word in words.items()}
    with world(tmp_path, {}) as at, hard_imap(folders) as server, owner(at.emulator.url, ADDRESS, PASSWORD) as user:
        at.connectors = HardConnectors({}, server=server)
        at.engine = replace(at.engine, connectors=at.connectors)
        History(at, server, user, Random(seed)).play()
