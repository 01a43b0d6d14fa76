"""Numbers and sums, as every door says them."""

from __future__ import annotations

from engine.errors import Side
from engine.migration import Counts, State
from engine.states import ENDED


def number(count: int, noun: str) -> str:
    """`1 message`, `1,234 messages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def sentence(said: str) -> str:
    """Words with a full stop, which another sentence may follow; a quoted one may hold it."""
    return said if said.rstrip("”").endswith((".", "!", "?")) else f"{said}."


def of_side(side: str | None, words: str) -> str:
    """An error with the side that it is about before it, unless it names that itself."""
    if side is None or side not in set(Side) or words.startswith(f"The {side} server "):
        return words
    return f"{side.capitalize()}: {words}"


def sums(counts: Counts) -> str:
    """Sums that a reader can check."""
    parts = (
        f"{counts.copied:,} copied + {counts.already_there:,} already there + "
        f"{counts.failed:,} failed + {counts.left_out:,} left out"
    )
    left = counts.found - counts.settled
    return f"{counts.found:,} found = {parts}" + (f" + {left:,} still to go" if left else "")


def emptied(folders: int) -> str:
    """What becomes of so many folders that a task made, when it is rolled back."""
    if folders == 1:
        return "The folder that it made goes as well, if it is empty then"
    return f"Of the {number(folders, 'folder')} that it made, those that are empty then go as well"


def what_stopped(state: State) -> str:
    """What the attention of a task in that state is about: one that had ended could only not be rolled back."""
    if state is State.ROLLBACK_STOPPED:
        return "The rollback stopped"
    return "A rollback could not begin" if state in ENDED and state is not State.FAILED else "It stopped"
