"""What a destination answers to a change of settings, and how long to wait before it is asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import threads
from engine.errors import Cause, FatalError, NoRoomError, Side
from engine.items.run import Run
from engine.pace.repeat import FIRST_WAIT, LONGEST_BACK_OFF
from engine.ports.items import Outcome, Verdict

MOST_SENDS = 3      # of one entry without an answer, each after it was seen not to have arrived
NOT_SURE = "the destination did not say for sure what became of it: {}"


@dataclass(slots=True)
class Answers:
    """What is known of entries, by their keys: those that were `done`, and those that were `refused`, with the reason.

    `no_room` are those among the refused that the mailbox had no room for. `alone`: a request was refused as a whole,
    so that its entries go one by one from now on.
    """

    run: Run
    done: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    no_room: set[str] = field(default_factory=set)
    alone: bool = False
    _lost: Counter[str] = field(default_factory=Counter)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = threads.monotonic() + self.run.patience

    def take(self, keys: Sequence[str], outcomes: Sequence[Outcome]) -> bool:
        """Notes what became of the entries. True: each of them was answered for sure.

        Waits until what was not answered has arrived or never will, and as long as a busy server asks for. Raises
        FatalError, HaltedError.
        """
        for key, outcome in zip(keys, outcomes, strict=True):
            self._note(key, outcome)
        verdicts = {outcome.verdict for outcome in outcomes}
        if Verdict.UNKNOWN in verdicts:
            self.run.decided("answer to a setting lost", count=len(keys))
            self.run.halt.wait(self.run.grace)
        elif Verdict.BUSY in verdicts:
            self._wait(max(map(_back_off, outcomes)))
        return Verdict.UNKNOWN not in verdicts

    def _note(self, key: str, outcome: Outcome) -> None:
        match outcome.verdict:
            case Verdict.DONE:
                self.done.add(key)
            case Verdict.REFUSED | Verdict.GONE:
                self.refused[key] = str(outcome.error)
                if isinstance(outcome.error, NoRoomError):
                    self.no_room.add(key)
            case Verdict.FATAL if isinstance(outcome.error, FatalError) and outcome.error.cause is Cause.FORBIDDEN:
                self.refused[key] = str(outcome.error).rstrip(".")      # nobody may change this one setting
            case Verdict.FATAL:
                raise outcome.error or FatalError("The destination refused.", side=Side.DESTINATION)
            case Verdict.SPLIT:
                self.alone = True
            case Verdict.UNKNOWN:
                self._lost[key] += 1
                if self._lost[key] >= MOST_SENDS:
                    self.refused[key] = NOT_SURE.format(outcome.error)
            case Verdict.BUSY:
                pass

    def _wait(self, seconds: float) -> None:
        if seconds == 0:
            return
        if threads.monotonic() > self._until:
            raise FatalError("The destination stays busy; try again later.", side=Side.DESTINATION)
        self.run.halt.wait(min(seconds, LONGEST_BACK_OFF))


def _back_off(outcome: Outcome) -> float:
    """Seconds to wait for this one; none for what was put off only because of others in its request."""
    if outcome.verdict is not Verdict.BUSY:
        return 0.0
    return FIRST_WAIT if outcome.back_off is None else outcome.back_off
