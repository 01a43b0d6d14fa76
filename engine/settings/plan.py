"""What is to be done with each entry of a source's setting: a plan, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.items.run import Run
from engine.ports.settings import Entry, Settings
from engine.settings.image import Image, There, value_of


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry stays as it is at the destination; `reason` says why, in the owner's words."""

    reason: str


Merge = Callable[[Entry | None, Entry], Entry | LeftOut]
Adapt = Callable[[Run, Settings, Sequence[Entry]], Sequence[Entry]]
OWNERS = LeftOut("the mailbox has one of its own by this name, which stays as it is")


def keep_the_owners(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """What is missing is added; what the mailbox has stays."""
    return wanted if there is None else OWNERS


def as_they_are(_run: Run, _settings: Settings, wanted: Sequence[Entry]) -> Sequence[Entry]:
    """Entries that mean the same at both sides."""
    return wanted


@dataclass(slots=True)
class Plan:
    """Entries by what is to be done with them.

    `add` are to be written as they are here. `copied` were written by this task, `removed` of them are gone again.
    """

    add: list[Entry] = field(default_factory=list)
    copied: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    already_there: list[Entry] = field(default_factory=list)
    left_out: list[tuple[Entry, str]] = field(default_factory=list)
    failed: list[tuple[Entry, str]] = field(default_factory=list)


def planned(wanted: Sequence[Entry], there: There, image: Image, merge: Merge, refused: Mapping[str, str]) -> Plan:
    """The plan for those entries of the source, by what is there and what this task has written already.

    An entry that this task has surely written is not written again, whatever its owner has made of it since.
    """
    plan = Plan()
    for entry in wanted:
        change = image.of(entry.key)
        now = there.get(entry.key) if change is None else there.now(change)
        if entry.stays:
            plan.left_out.append((entry, entry.stays))
        elif change is not None and (change.sure or not change.is_as_before(now)):
            plan.copied.append(entry)
            if now is None:
                plan.removed.append(entry)
        elif entry.key in refused:
            plan.failed.append((entry, refused[entry.key]))
        else:
            _decide(plan, entry, now, merge)
    return plan


def _decide(plan: Plan, entry: Entry, now: Entry | None, merge: Merge) -> None:
    result = entry if value_of(now) == entry.value else merge(now, entry)
    if isinstance(result, LeftOut):
        plan.left_out.append((entry, result.reason))
    elif value_of(now) == result.value:
        plan.already_there.append(entry)
    else:
        plan.add.append(result)
