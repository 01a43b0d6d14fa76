"""Numbers and sums, as every door says them."""

from __future__ import annotations

from engine.migration import Counts


def number(count: int, noun: str) -> str:
    """`1 message`, `1,234 messages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def sums(counts: Counts) -> str:
    """Sums that a reader can check."""
    parts = (
        f"{counts.copied:,} copied + {counts.already_there:,} already there + "
        f"{counts.failed:,} failed + {counts.left_out:,} left out"
    )
    left = counts.found - counts.settled
    return f"{counts.found:,} found = {parts}" + (f" + {left:,} still to go" if left else "")
