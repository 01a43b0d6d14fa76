"""What a report says of mail, by the names that its owner knows it by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.batches import Entry
from engine.contents.mail_listing import Listing
from engine.contents.mail_pairing import Pairing
from engine.migration import Content, Failure, Reason
from engine.ports import Envelope, SourceFolder


def failure(folder: SourceFolder, item: str, reason: str, outcome: Reason = Reason.FAILED) -> Failure:
    """One message that was not copied."""
    return Failure(Content.MAIL, "/".join(folder.path), item, reason, outcome)


def left_out(folder: str, count: int, reason: str) -> Failure:
    """Messages that were left out, by their number."""
    return Failure(Content.MAIL, folder, messages(count), reason, Reason.LEFT_OUT)


def messages(count: int) -> str:
    """The number as people say it."""
    return f"{count} message{'s' if count != 1 else ''}"


def named(envelope: Envelope | None, entry: Entry) -> str:
    """A message by its subject, sender, date and size; by its number where the source does not tell them."""
    size = f"{entry.size / 1_000_000:.1f} MB" if entry.size >= 100_000 else f"{max(1, entry.size // 1000)} KB"
    if envelope is None:
        return f"message {entry.uid} ({size})"
    words = ", ".join(part for part in (envelope.sender, envelope.date, size) if part)
    return f"{envelope.subject or '(no subject)'} ({words})"


def moved_lines(
    pairing: Pairing, listings: Sequence[Listing], name_of: Callable[[int], str | None]
) -> Iterator[Failure]:
    """What moved at the source since it was copied, by pairs of folders.

    `name_of` knows a folder by its code's number.
    """
    for (folder, index), count in sorted(pairing.moved.items()):
        old = name_of(folder)
        where = f"from “{old}”" if old else "from a folder that is no longer there"
        since = "it was copied; at the destination it stays where it is" if count == 1 else (
            "they were copied; at the destination they stay where they are"
        )
        reason = f"moved here {where} at the source since {since}"
        yield _note(listings[index], count, reason)
    for index, count in sorted(pairing.of_another_source.items()):
        reason = (
            f"{'was' if count == 1 else 'were'} copied into this mailbox before from another folder, by a task most of "
            f"whose messages are not in this source; {'it counts' if count == 1 else 'they count'} as new"
        )
        yield _note(listings[index], count, reason)


def _note(listing: Listing, count: int, reason: str) -> Failure:
    return Failure(Content.MAIL, listing.name, messages(count), reason, Reason.NOTED)
