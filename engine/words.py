"""Numbers and sums, as every door says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from engine.errors import InputError, Side
from engine.migration.content import NOUNS, Content
from engine.migration.record import Counts, Migration, Rollback, State, Step
from engine.migration.request import MigrationRequest
from engine.migration.states import ENDED, GOING_BACK, UNDER_WAY

PLURALS: Mapping[str, str] = MappingProxyType({"category": "categories"})
UNITS = ("B", "KB", "MB", "GB", "TB")
SIZE = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)\s*([KMGT]?B)", re.IGNORECASE)
ITEM = "item"       # of a migration with several contents
MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86_400.0, 31_557_600.0     # seconds


def number(count: int, noun: str) -> str:
    """`1 message`, `1,234 messages`."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """`messages`, `categories`."""
    return PLURALS.get(noun, f"{noun}s")


def duration(seconds: float) -> str:
    """`under a minute`, `14 minutes`, `3.5 hours`, `2 days`."""
    if seconds < MINUTE:
        return "under a minute"
    if seconds < 90 * MINUTE:
        return number(round(seconds / MINUTE), "minute")
    if seconds < 36 * HOUR:
        return f"{seconds / HOUR:.1f}".removesuffix(".0") + " hours"
    return number(round(seconds / DAY), "day") if seconds < YEAR else "more than a year"


def size(count: int) -> str:
    """Bytes as people read them: `812 kB`, `3.1 GB`."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    exact = unit == "bytes" or amount >= 99.5
    return f"{amount:,.0f} {unit}" if exact else f"{amount:.1f} {unit}"


def parse_size(text: str) -> int:
    """The bytes that were written as people read them: `50 GB`, `1.5TB`. Raises InputError."""
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise InputError("A size is a number and a unit, such as 50 GB.")
    factor: int = 1000 ** UNITS.index(found[2].upper())
    return round(float(found[1].replace(",", ".")) * factor)


def listed(names: Sequence[str]) -> str:
    """`mail`, `mail and tasks`, `mail, contacts and tasks`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def sentence(said: str) -> str:
    """Words with a full stop, which another sentence may follow; a quoted one may hold it."""
    return said if said.rstrip("”").endswith((".", "!", "?")) else f"{said}."


# What became of a migration


def state_word(migration: Migration) -> str:
    """The state in small letters. A completed migration in which items failed is `completed, with failures`."""
    if migration.state is State.COMPLETED and failed(migration):
        return "completed, with failures"
    return migration.state.value


def failed(migration: Migration) -> int:
    """How many items could not be copied."""
    return sum(step.counts.failed for step in migration.steps.values())


def noun(migration: Migration) -> str:
    """What an item of the migration is called: by its content, if it has only one."""
    contents = migration.request.contents
    return NOUNS[contents[0]] if len(contents) == 1 else ITEM


def unopened(request: MigrationRequest) -> str:
    """What was meant and does not move, as what opens the source does not open it: a sentence; "" for nothing."""
    them = "it" if len(request.unopened) == 1 else "them"
    named = listed([content.value for content in request.unopened])
    return f"Not moved: {named}. The access that OMM has to the source does not open {them}." if named else ""


def outcome(migration: Migration, content: Content) -> str:
    """What became of a content, without a full stop: `197 of 200 messages copied, 3 failed`.

    Behind the first count stands only what is not zero. Items that an ended migration did not reach are counted too.
    """
    step, name = migration.step(content), NOUNS[content]
    if step.started is None:
        return "not started"
    if not step.counts.found and step.ended:
        return f"no {plural(name)} found"
    if not step.counts.found:
        return f"counting the {plural(name)}" if migration.state in UNDER_WAY else f"no {plural(name)} copied"
    return ", ".join(_parts(step, name, over=migration.state in ENDED))


def _parts(step: Step, name: str, *, over: bool) -> Iterator[str]:
    counts = step.counts
    yield f"{counts.copied:,} of {number(counts.found, name)} copied"
    if counts.failed:
        yield f"{counts.failed:,} failed"
    if counts.already_there:
        yield f"{_were(counts.already_there)} already there"
    yield from _since(counts)
    if counts.left_out:
        yield f"{_were(counts.left_out)} left out"
    if over and counts.found > counts.settled:
        yield f"{_were(counts.found - counts.settled)} not reached"


def _since(counts: Counts) -> Iterator[str]:
    """What became at the source of what was copied, whichever task copied it."""
    for count, what in ((counts.changed, "changed"), (counts.removed_at_source, "removed")):
        if count:
            yield f"{count:,} {what} at the source since {'it was' if count == 1 else 'they were'} copied"


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"


def meanwhile(content: Content, counts: Counts) -> Iterator[str]:
    """What the owner did during the run to what was copied: a sentence each."""
    name = plural(NOUNS[content])
    if counts.moved:
        yield f"The owner has since moved {counts.moved:,} of the copied {name}."
    if counts.removed:
        yield f"The owner has since removed {counts.removed:,} of the copied {name}."


def of_side(side: str | None, words: str) -> str:
    """An error's words with the side that it is about before them, unless they name it themselves."""
    names_it = side not in set(Side) or side in words.casefold()
    return words if names_it else f"{str(side).capitalize()}: {words}"


def removed(done: Rollback, name: str) -> str:
    """What a rollback has done, without a full stop: `198 of 200 messages removed, 2 kept`.

    `name` is what one of them is called: `noun`.
    """
    if not done.found and not done.folders_removed:
        return "the migration had copied nothing, so nothing was removed"
    parts = [f"{done.removed:,} of {number(done.found, name)} removed"] if done.found else []
    parts += [f"{done.kept:,} kept"] if done.kept else []
    parts += [f"{_were(done.gone)} gone already"] if done.gone else []
    parts += [f"{number(done.folders_removed, 'empty folder')} removed"] if done.folders_removed else []
    parts += [f"{number(done.folders_kept, 'folder')} kept"] if done.folders_kept else []
    return ", ".join(parts)


def taken_away(migration: Migration, task_id: str, items: int, again: str) -> str:
    """What the rollback of another migration has removed of what this one had found already there, and what to do.

    `again` is what a person does for a retry, as `omm retry 7K2F-9QXD`; '' leaves that out.
    """
    said = (
        f"The rollback of migration {task_id} removed {number(items, noun(migration))} that this migration had found "
        f"already there."
    )
    it = "it" if items == 1 else "them"
    if not again or migration.state in GOING_BACK or migration.state is State.ROLLED_BACK:
        return said
    return f"{said} To copy {it} again, {again}{'' if migration.state in ENDED else ' when this migration has ended'}."


def sums(counts: Counts, state: State) -> str:
    """Sums that a reader can check, without the zeros: `200 found = 197 copied + 3 failed`.

    What is left of a migration that has ended is not still to go.
    """
    parts = {
        "copied": counts.copied, "already there": counts.already_there, "failed": counts.failed,
        "left out": counts.left_out,
        "not reached" if state in ENDED else "still to go": counts.found - counts.settled,
    }
    said = " + ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    equation = f"{counts.found:,} found" + (f" = {said}" if said else "")
    return "; ".join((equation, *_since(counts)))


def emptied(folders: int) -> str:
    """What becomes of so many folders that a migration created, when it is rolled back."""
    if folders == 1:
        return "The folder that it created is removed too, if it is empty by then"
    return f"The {number(folders, 'folder')} that it created are removed too, if they are empty by then"


def stays(apart: int, name: str) -> str:
    """What becomes of items that carry a migration's tags and are not surely its own, without a full stop."""
    if apart == 1:
        return f"1 {name} that looks like this migration's stays: it is a copy, or somebody else created it"
    return f"{number(apart, name)} that look like this migration's stay: they are copies, or somebody else created them"


def put_back(settings: int) -> str:
    """What becomes of so many parts of settings among what a rollback removes, without a full stop."""
    are = "is a setting" if settings == 1 else "are settings"
    return f"{settings:,} of them {are}: what the migration added goes, and what it changed is as before"


LOST_SETTINGS = "What the settings were before the migration is not known any more, so they stay as they are"


def what_stopped(state: State) -> str:
    """What the attention in that state is about. One that was paused, or had ended, could only not be rolled back."""
    if state is State.ROLLBACK_STOPPED:
        return "The rollback stopped"
    return "It stopped" if state in (State.NEEDS_ATTENTION, State.FAILED) else "A rollback could not begin"
