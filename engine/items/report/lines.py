"""What a report says of items, by the names that their owner knows them by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from engine.items.batches import Entry
from engine.items.compared.pairing import Pairing
from engine.items.kind import ItemKind
from engine.items.known.parts_there import LACKING
from engine.items.source.listing import Listing
from engine.migration.content import NOUNS, Content
from engine.migration.record import Failure, Reason
from engine.ports.facts import Retention
from engine.ports.items import Envelope
from engine.ports.source import FolderList, Role, SourceFolder
from engine.words import number

FOREIGN_NAMED = 20      # folders
UNCOUNTED = "an unknown number of items"
ROLES = {
    Role.INBOX: "Inbox", Role.SENT: "Sent Items", Role.DRAFTS: "Drafts", Role.DELETED: "Deleted Items",
    Role.JUNK: "Junk Email",
}
OF_ANOTHER_KIND = "not of this kind, though kept in a folder for it: an appointment, a contact or a task, for example"
NOT_MOVED = "this migration does not move {}"
REPLIES = (
    "what the old mail system calls this mailbox among its own people: their replies to old mail go to this address, "
    "and arrive only if it is added to the new mailbox"
)
CHANGED = "changed at the source since it was copied; the copy stays as it was"
HALF_WRITTEN = (
    "changed or copied while it was only half there, for the migration was interrupted; it is kept as it is, and the "
    "whole one is copied beside it"
)
RELABELLED = "labels changed since it was copied: it stays where it is"
OTHERWISE = "copied before from another account, which has it otherwise; the copy stays as it was"
NOT_COMPARED = "copied before; it could not be read again, so nobody knows whether it changed at the source since"
GONE_SINCE = "removed at the source since"
SHOWN_AGAIN = "the folder only shows messages of other folders again"


def failure(kind: ItemKind, folder: SourceFolder, item: str, reason: str, outcome: Reason = Reason.FAILED) -> Failure:
    """One item that was not copied."""
    return Failure(kind.content, "/".join(folder.path), item, reason, outcome)


def left_out(kind: ItemKind, folder: str, count: int, reason: str) -> Failure:
    """Items that were left out, by their number."""
    return Failure(kind.content, folder, number(count, kind.noun), reason, Reason.LEFT_OUT)


def others_left_out(kind: ItemKind, folder: str, count: int) -> Failure:
    """Items of none of the kinds that a folder is for."""
    return Failure(kind.content, folder, number(count, "item"), OF_ANOTHER_KIND, Reason.LEFT_OUT)


def beside(kind: ItemKind, folder: str, count: int, of: Content) -> Failure:
    """Items of another content in a folder of this one, where the migration does not move them."""
    return Failure(kind.content, folder, number(count, NOUNS[of]), NOT_MOVED.format(of.value), Reason.NOTED)


def left_behind(kind: ItemKind, folders: FolderList, moving: Collection[Content]) -> Iterator[Failure]:
    """The folders that are not moved, each with its reason and the number of its items; the internal address.

    `moving` are the contents that the migration moves.
    """
    for virtual in folders.virtual:
        yield left_out(kind, "/".join(virtual.path), virtual.messages, SHOWN_AGAIN)
    for left in folders.left:
        if not left.of.isdisjoint(moving):
            continue
        noun = kind.noun if left.counted else "item"
        count = left.called or (UNCOUNTED if left.items is None else number(left.items, noun))
        outcome = Reason.LEFT_OUT if left.counted else Reason.NOTED
        yield Failure(kind.content, "/".join(left.path), count, left.reason, outcome)
    if folders.others:
        yield foreign(kind, folders.others)
    if folders.internal_address:
        yield Failure(kind.content, "", f"X500:{folders.internal_address}", REPLIES, Reason.NOTED)


def foreign(kind: ItemKind, names: Sequence[str]) -> Failure:
    """Folders that belong to others: said once, by their number and their names."""
    count = f"{len(names)} folder{'s' if len(names) != 1 else ''} of other people"
    more = f" and {len(names) - FOREIGN_NAMED} more" if len(names) > FOREIGN_NAMED else ""
    shown = ", ".join(names[:FOREIGN_NAMED]) + more
    reason = "shared with this account, or another person's; only the owner's own folders are moved"
    return Failure(kind.content, shown, count, reason, Reason.NOTED)


def old_mail(rule: Retention) -> tuple[str, str]:
    """What the destination takes away, and what it does with it, for people."""
    folder = f" in {ROLES[rule.role]}" if rule.role in ROLES else ""
    does = "moves it to its archive" if rule.archives else "deletes it"
    mail = f"mail older than {number(rule.days, 'day')}{folder}"
    return mail, f"the destination {does} by itself (a retention policy)"


def warning(kind: ItemKind, rule: Retention) -> Failure:
    """What the destination will take away."""
    mail, does = old_mail(rule)
    return Failure(kind.content, "", mail, f"{does}, also what was copied", Reason.NOTED)


def taken_away(rule: Retention) -> str:
    """Why messages that were copied before are left out."""
    mail, does = old_mail(rule)
    does = does.replace(" it ", f" {mail} ", 1)
    return f"copied before and no longer there: {does}, so copying them again would be in vain"


def untold(kind: ItemKind, told: Mapping[tuple[tuple[str, ...], str], int]) -> list[Failure]:
    """What the source does not tell of items that were copied, by folders."""
    return [
        Failure(kind.content, "/".join(path), number(count, kind.noun), reason, Reason.NOTED)
        for (path, reason), count in sorted(told.items())
    ]


def changed_since(kind: ItemKind, folder: SourceFolder, name: str) -> Failure:
    """An item that is there, but not as the source has it now."""
    return failure(kind, folder, name, CHANGED, Reason.NOTED)


def relabelled(kind: ItemKind, folder: SourceFolder, name: str) -> Failure:
    """A message that is there, with the labels that it had when it was copied."""
    return failure(kind, folder, name, RELABELLED, Reason.NOTED)


def not_whole(kind: ItemKind, folders: Sequence[SourceFolder], lacking: Iterable[tuple[str, str]]) -> list[Failure]:
    """Items that became several, of which parts are gone, by the codes of their source folders and their names."""
    return _by_codes(kind, folders, lacking, LACKING)


def half_written(
    kind: ItemKind, folders: Sequence[SourceFolder], kept: Iterable[tuple[str, str]]
) -> list[Failure]:
    """Items that were only half there when their owner changed them, by the codes of their folders and their names."""
    return _by_codes(kind, folders, kept, HALF_WRITTEN)


def _by_codes(
    kind: ItemKind, folders: Sequence[SourceFolder], named: Iterable[tuple[str, str]], reason: str
) -> list[Failure]:
    paths = {kind.item_code(folder): "/".join(folder.path) for folder in folders}
    return [Failure(kind.content, paths.get(code, ""), name, reason, Reason.NOTED) for code, name in named]


def otherwise(kind: ItemKind, folder: SourceFolder, name: str) -> Failure:
    """An item that is there as another source has it."""
    return failure(kind, folder, name, OTHERWISE, Reason.NOTED)


def not_compared(kind: ItemKind, folder: SourceFolder, name: str, reason: str) -> Failure:
    """An item that is there, and of which nobody knows whether it changed since."""
    return failure(kind, folder, name, f"{NOT_COMPARED}: {reason}", Reason.NOTED)


def gone_since(kind: ItemKind, folder: str, count: int) -> Failure:
    """Items that were copied, and that the source has no more."""
    stays = "it was copied before, and its copy stays" if count == 1 else "they were copied before, and the copies stay"
    return Failure(kind.content, folder, number(count, kind.noun), f"{GONE_SINCE}; {stays}", Reason.NOTED)


def named(kind: ItemKind, envelope: Envelope | None, entry: Entry) -> str:
    """An item by its subject, sender, date and size; by its number where the source does not tell them."""
    size = f"{entry.size / 1_000_000:.1f} MB" if entry.size >= 100_000 else f"{max(1, entry.size // 1000)} kB"
    if envelope is None:
        return f"{kind.noun} {entry.uid} ({size})"
    words = ", ".join(part for part in (envelope.sender, envelope.date, size) if part)
    return f"{envelope.subject or '(no subject)'} ({words})"


def moved_lines(
    kind: ItemKind, pairing: Pairing, listings: Sequence[Listing], name_of: Callable[[int], str | None], *,
    is_renamed: Callable[[int, int], bool],
) -> Iterator[Failure]:
    """What moved at the source since it was copied, by pairs of folders.

    `name_of` knows a folder by its code's number, "" where it is one without a name. `is_renamed`, of such a number and
    that of a listing, is true where both are one folder that got another name, as all folders of a role do with the
    mailbox's language.
    """
    moved = {pair: count for pair, count in pairing.moved.items() if not is_renamed(*pair)}
    for (folder, index), count in sorted(moved.items()):
        old = name_of(folder)
        nameless = "from a folder that is no longer there" if old is None else "from another folder"
        where = f"from “{old}”" if old else nameless
        what = "it was copied; at the destination it stays where it is"
        if count > 1:
            what = "they were copied; at the destination they stay where they are"
        yield _note(kind, listings[index], count, f"moved here {where} at the source since {what}")
    for index, count in sorted(pairing.of_another_source.items()):
        was, it = ("was", "it counts") if count == 1 else ("were", "they count")
        reason = (
            f"{was} copied into this mailbox before from another folder, by a task most of whose {kind.noun}s are not "
            f"in this source; {it} as new"
        )
        yield _note(kind, listings[index], count, reason)


def _note(kind: ItemKind, listing: Listing, count: int, reason: str) -> Failure:
    return Failure(kind.content, listing.name, number(count, kind.noun), reason, Reason.NOTED)
