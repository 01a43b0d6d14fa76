r"""Labels: what a message of Gmail carries, and what becomes of it.

X-GM-LABELS tells a message's labels: those of Gmail itself begin with a backslash (\Inbox), those of the owner are
names as LIST has them (https://developers.google.com/workspace/gmail/imap/imap-extensions). The owner may call a label
whatever a system label is called; without the backslash it is theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.connectors.imap.names import decode

# Those that the page above shows, those seen beside them, and the special uses of folders (RFC 6154 §2), lest a server
# tells one of these as a label.
INBOX, SENT, DRAFT, STARRED = b"\\inbox", b"\\sent", b"\\draft", b"\\starred"
SYSTEM = frozenset({
    INBOX, SENT, DRAFT, STARRED, b"\\important", b"\\muted", b"\\drafts", b"\\flagged", b"\\trash", b"\\junk",
    b"\\spam", b"\\all",
})
_SAME = {b"\\drafts": DRAFT, b"\\flagged": STARRED}
# What the owner changes by reading. Neither a star nor these move a message.
UNMOVING = frozenset({STARRED, b"\\important", b"\\muted"})
DIGEST = 12                     # hex digits
_IN_A_CATEGORY = str.maketrans(",;", "--")      # Outlook takes what stands between these for several categories


@dataclass(frozen=True, slots=True)
class Shown:
    """A label's folder that LIST shows. `name` is the label's whole name, decoded."""

    name: str
    path: tuple[str, ...]
    ref: str


@dataclass(frozen=True, slots=True)
class Homes:
    """The folders, by their ref, of messages that have one because of a system label, or because they have no label."""

    inbox: str
    sent: str
    drafts: str
    archive: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a set of labels means for a message: the ref of the folder that is its own, and what it says besides.

    `theirs` is a digest of the labels that move messages, "" where none is wanted. Not `told`: the labels are not
    known, so that the message is no more than named there.
    """

    folder: str
    categories: tuple[str, ...] = ()
    theirs: str = ""
    starred: bool = False
    draft: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """The labels of a message: those of Gmail in lower case, and the names of the owner's."""

    system: frozenset[bytes]
    own: tuple[str, ...]

    @property
    def theirs(self) -> str:
        """A digest of the labels by which a message moves, in whatever order the server tells them."""
        words = sorted([*(each.decode() for each in self.system - UNMOVING), *(f"\0{name}" for name in self.own)])
        return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]


class Labels:
    """The labels of one mailbox, by the folders that LIST shows."""

    def __init__(self, shown: Iterable[Shown], homes: Homes, *, utf8: bool) -> None:
        """`utf8`: the session speaks UTF-8 (RFC 6855). Google does not say which spelling labels have then."""
        self._shown = {each.name: each for each in shown}
        self._homes = homes
        self._utf8 = utf8
        self._names: dict[bytes, str] = {}

    def carried(self, raw: Iterable[bytes]) -> Carried:
        """The labels, taken apart.

        A name with a backslash that is none of Gmail's is a label of the owner's. One that is spelt as one of Gmail's
        is told apart only where a message has both: it is Gmail's the first time, and the owner's the second.
        """
        system: set[bytes] = set()
        own: set[str] = set()
        for label in raw:
            lower = _SAME.get(label.lower(), label.lower())
            if lower in SYSTEM and (lower not in system or self.name(label) not in self._shown):
                system.add(lower)
            else:
                own.add(self.name(label))
        return Carried(frozenset(system), tuple(sorted(own, key=_alphabetical)))

    def name(self, label: bytes) -> str:
        """The label's name, decoded: as LIST shows it, if it does, in whichever spelling."""
        if label not in self._names:
            self._names[label] = self._decoded(label)
        return self._names[label]

    def _decoded(self, label: bytes) -> str:
        spellings = [decode(label, utf8=self._utf8), decode(label, utf8=not self._utf8)]
        if label.startswith(b"\\\\"):       # a backslash before the backslash of a name, as in a quoted string
            spellings.append(spellings[0][1:])
        return next((each for each in spellings if each in self._shown), decode(label, utf8=False))

    def in_one_folder(self, raw: Iterable[bytes]) -> Meaning:
        """For a message that is copied once: into the folder of one label; the others are its categories."""
        carried = self.carried(raw)
        home = self._home(carried.system)
        chosen = None if home else self._chosen(carried.own)
        return self._meaning(carried, home or (chosen.ref if chosen else self._homes.archive), chosen)

    def in_a_copy(self, ref: str) -> Callable[[Iterable[bytes]], Meaning]:
        """For a message in the folder `ref`, that of one of its labels: categories are what has no folder."""
        def meaning(raw: Iterable[bytes]) -> Meaning:
            carried = self.carried(raw)
            hidden = Carried(carried.system, tuple(name for name in carried.own if name not in self._shown))
            return self._meaning(hidden, ref, None, digested=False)
        return meaning

    def archived(self, raw: Iterable[bytes]) -> Meaning | None:
        """As `in_a_copy`, for the folder of archived mail. None: another folder shows the message."""
        carried = self.carried(raw)
        if self._home(carried.system) or any(name in self._shown for name in carried.own):
            return None
        return self._meaning(carried, self._homes.archive, None, digested=False)

    def out_of_sight(self, ref: str, *, digested: bool) -> Callable[[Iterable[bytes]], Meaning]:
        """For mail in Trash or Spam, that folder being `ref`: all labels of the owner's are its categories."""
        return lambda raw: self._meaning(self.carried(raw), ref, None, digested=digested)

    def _home(self, system: frozenset[bytes]) -> str:
        """The folder that the labels of Gmail's give; "" where they give none."""
        if DRAFT in system:
            return self._homes.drafts
        if SENT in system and INBOX not in system:
            return self._homes.sent
        return self._homes.inbox if INBOX in system else ""

    def _chosen(self, own: Iterable[str]) -> Shown | None:
        """The one label whose folder the message goes into: the deepest, of several the one with the shortest path."""
        shown = [self._shown[name] for name in own if name in self._shown]
        return min(shown, key=lambda each: (-len(each.path), len(each.name), _alphabetical(each.name)), default=None)

    def _meaning(self, carried: Carried, ref: str, chosen: Shown | None, *, digested: bool = True) -> Meaning:
        others = (name for name in carried.own if chosen is None or name != chosen.name)
        categories = tuple(dict.fromkeys(category(name) for name in others))
        theirs = carried.theirs if digested else ""
        return Meaning(ref, categories, theirs, STARRED in carried.system, DRAFT in carried.system)


def category(label: str) -> str:
    """The category that a label becomes: its whole path."""
    return label.translate(_IN_A_CATEGORY)


def _alphabetical(name: str) -> tuple[str, str]:
    return name.casefold(), name


Mean = Callable[[tuple[bytes, ...]], Meaning | None]


class LabelSets:
    """The different sets of labels that messages have, each with a number: a mailbox has few of them."""

    UNTOLD = 0          # the number of labels that are not told

    def __init__(self, mean: Mean, *, home: str) -> None:
        """`mean` says what a set means; None: its messages are not shown here.

        `home` is the ref of the folder where messages are named whose labels are not told.
        """
        self._mean = mean
        self._meanings: list[Meaning | None] = [Meaning(home, told=False)]
        self._numbers: dict[tuple[bytes, ...], int] = {}
        self._labels: dict[bytes, bytes] = {}

    def number(self, raw: tuple[bytes, ...]) -> int:
        """The number of a set of labels, in whatever order these are."""
        same = tuple(sorted(raw))
        known = self._numbers.get(same)
        if known is not None:
            return known
        kept = tuple(self._labels.setdefault(label, label) for label in same)
        self._numbers[kept] = number = len(self._meanings)
        self._meanings.append(self._mean(kept))
        return number

    def __getitem__(self, number: int) -> Meaning | None:
        return self._meanings[number]
