"""What a mailbox must hold after Claire's Gmail account has moved to it, by the table of docs/gmail.md.

Gmail has the letters of the sample mailbox: each folder is a label there, and each tag is one more; the archive has no
label, and what is marked as deleted lies in the bin. Nothing here comes from the engine or from the emulator.
"""

from __future__ import annotations

from functools import cache

from demo.truth import Place, Seen, seen
from emulators.sample_mailbox.letter import ARCHIVE, DRAFTS, FOLDERS, INBOX, JUNK, SENT, TRASH, Letter
from emulators.sample_mailbox.maildir import letters

OF_GMAIL = {
    INBOX: ("Inbox",), SENT: ("Sent Items",), DRAFTS: ("Drafts",), TRASH: ("Deleted Items",), JUNK: ("Junk Email",),
}
ARCHIVED = ("Archive",)


@cache
def expected() -> tuple[Seen, ...]:
    """The messages that must be there."""
    return tuple(_seen(letter) for letter in letters())


def expected_folders() -> set[Place]:
    """The folders that must be there: a label without a message has one, too."""
    labels = {tuple(label.split("/")) for letter in letters() for label in _labels(letter)}
    return {*labels, *OF_GMAIL.values(), ARCHIVED, *(folder for folder in FOLDERS if folder not in OF_GMAIL)}


def _labels(letter: Letter) -> list[str]:
    """The labels of its owner's that the letter has in Gmail."""
    folder = [] if letter.folder in OF_GMAIL or letter.folder == ARCHIVE else ["/".join(letter.folder)]
    return [*folder, letter.label] if letter.label else folder


def _seen(letter: Letter) -> Seen:
    place, labels = _place(letter), _labels(letter)
    categories = tuple(sorted(label for label in labels if tuple(label.split("/")) != place))
    return seen(letter, place, draft=letter.folder == DRAFTS, categories=categories)


def _place(letter: Letter) -> Place:
    if "T" in letter.flags:
        return OF_GMAIL[TRASH]
    if letter.folder in OF_GMAIL:
        return OF_GMAIL[letter.folder]
    by_depth = sorted(_labels(letter), key=lambda label: (-label.count("/"), len(label), label.casefold()))
    return tuple(by_depth[0].split("/")) if by_depth else ARCHIVED
