"""What all readers of one account have in common: the folders, the scans, and what Gmail does not show.

An owner can hide folders from IMAP (Gmail's settings, Labels, "Show in IMAP") and limit each to its newest messages
(Forwarding and POP/IMAP, "Folder size limits"). Where All Mail is hidden or limited, the folders of labels are read as
well, each message once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine.connectors.google.mail.folders import KNOWN_ALL, ROOT, Mailbox, mailbox_of
from engine.connectors.google.mail.labels import Mean
from engine.connectors.google.mail.large import Large
from engine.connectors.google.mail.scan import Once, Room, Scan, Spend
from engine.connectors.imap.listing import WINDOW
from engine.connectors.imap.names import from_ref
from engine.connectors.imap.session import Session
from engine.connectors.imap.steady import SteadySession
from engine.connectors.network.reaching import fatal
from engine.errors import Cause, RefusedError
from engine.ports.source import FolderList, LeftFolder, SourceFolder
from engine.words import number

LIMITS = (1000, 2000, 5000, 10_000)     # what Gmail offers under "Folder size limits"
EXTENSION = "X-GM-EXT-1"
NOT_GMAIL = "This server does not know Gmail's labels (X-GM-EXT-1). Choose IMAP for it instead."
HIDDEN = (
    "All Mail is hidden from IMAP (Gmail's settings, Labels, “Show in IMAP”): mail was found by its labels alone. "
    "Messages without a label cannot be seen, and Gmail does not tell how many there are"
)
LIMITED = (
    "Gmail shows exactly {} here, one of its folder size limits (Gmail's settings, Forwarding and POP/IMAP): if that "
    "is set, older messages were found only as far as the folders of labels show them"
)
UNSHOWN = "counted by Gmail, and shown in none of the folders that it lets mail programs see (Gmail's settings, Labels)"
LIMITED_BESIDE = (
    "Gmail shows exactly {} here, one of its folder size limits (Gmail's settings, Forwarding and POP/IMAP): if that "
    "is set, older messages were not found here"
)
MISSING = (
    "Gmail counts {} in this mailbox, but shows only {:,} of them to mail programs. In Gmail's settings, {}, then run "
    "this again."
)
SHOW = "tick “Show in IMAP” for All Mail under Labels"
UNLIMIT = "switch the folder size limits off under Forwarding and POP/IMAP"

Total = Callable[[], int | None]        # how many messages there are by Gmail's own count; None: nobody knows


def _unknown() -> None:
    """Nobody knows how many messages there are."""


def _unlimited(_size: int) -> None:
    """As many bytes as are wanted."""


Held = tuple[SourceFolder, int]         # a folder, and how many messages it shows


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages the folders show, and how many there are by Gmail's own count; None: nobody knows.

    `bins` are Trash and Spam. `views` are the folders of labels, where mail is found by them alone.
    """

    everything: int = 0
    chats: int = 0
    total: int | None = None
    bins: tuple[Held, ...] = ()
    views: tuple[Held, ...] = ()

    @property
    def beside(self) -> int:
        """In Trash and Spam together, with chats."""
        return self.chats + sum(count for _, count in self.bins)

    @property
    def missing(self) -> int:
        """How many more there are than are shown; 0 where nobody knows."""
        return max(0, (self.total or 0) - self.everything - self.beside)

    @property
    def limited(self) -> bool:
        """True: All Mail may show its newest messages alone."""
        return self._is_limit(self.everything)

    @property
    def limited_beside(self) -> tuple[Held, ...]:
        """The other folders that may show their newest messages alone."""
        return tuple(held for held in (*self.bins, *self.views) if self._is_limit(held[1]))

    def _is_limit(self, count: int) -> bool:
        return count in LIMITS and (self.total is None or self.missing > 0)


def _held(session: Session, folder: SourceFolder) -> int:
    """How many messages a folder shows. DeclinedError: Gmail may say so later."""
    return session.count(from_ref(folder.ref), surely=True)


def _mailbox(session: Session) -> Mailbox:
    """The folders. FatalError: the server is not Gmail, and knows nothing of labels."""
    if EXTENSION not in session.capabilities:
        raise fatal(NOT_GMAIL, Cause.WRONG_PROTOCOL)
    return mailbox_of(session.folders(), utf8=session.utf8)


class Sight:
    """One account, as its readers see it. Safe to use from many threads.

    Set before there is a reader: `copies` as `Labelling` says, `total` tells Gmail's own count of messages, `spend`
    hears how many bytes are about to be fetched, `window` is how many messages a scan asks for at once, `large` reads a
    large message by another way than IMAP.
    """

    def __init__(self) -> None:
        self.copies = False
        self.spend: Spend = _unlimited
        self.large: Large | None = None
        self.window = WINDOW
        self.total: Total = _unknown
        self._lock = threading.Lock()
        self._mailbox: Mailbox | None = None
        self._counted = Counted()
        self._scans: dict[str, Scan] = {}       # by the ref of the folder that is shown
        self._main: Scan | None = None          # of All Mail
        self._folders = FolderList(())

    def folders(self, steady: SteadySession) -> FolderList:
        """The folders, asked for once."""
        with self._lock:
            if self._mailbox is None:
                mailbox = steady.ask(_mailbox)
                self._counted = steady.ask(lambda session: self._count(session, mailbox))
                left = steady.ask(lambda session: mailbox.left(partial(_held, session)))
                self._make_scans(mailbox)
                shown = mailbox.copied if self.copies else mailbox.shown
                self._folders = FolderList(shown, left=(*left, *self._left(mailbox)))
                self._mailbox = mailbox
            return self._folders

    def scan(self, folder: SourceFolder, steady: SteadySession) -> Scan:
        """The scan that this folder has its share of. RefusedError: Gmail does not show the folder."""
        self.folders(steady)
        if folder.ref not in self._scans:
            raise RefusedError(f"{steady.host} does not show {'/'.join(folder.path)}.", of_folder=True)
        return self._scans[folder.ref]

    def unseen(self, folder: SourceFolder, scan: Scan) -> RefusedError | None:
        """What is to be said at the end of a listing, by one folder for all that share its scan, and at first alone."""
        mailbox = self._mailbox
        if mailbox is None or not scan.is_first:
            return None
        if scan is not self._main:
            return scan.refusal() or self._missing_from(folder, mailbox)
        if folder.ref != mailbox.archive.ref:
            return None
        return scan.refusal() or self._missing(mailbox, scan)

    def holding(self, but: SourceFolder) -> list[SourceFolder]:
        """The folders that hold mail, but one; with those of labels where All Mail does not show everything."""
        box = self._mailbox
        if box is None:
            return []
        views = (view.folder for view in box.views if self._is_partial(box))
        return [folder for folder in (box.everything, box.trash, box.junk, *views) if folder and folder.ref != but.ref]

    def _is_partial(self, mailbox: Mailbox) -> bool:
        """True: All Mail is hidden, or may be limited."""
        return mailbox.everything is None or self._counted.limited

    def count(self) -> int | None:
        """How many messages the account holds; None where All Mail is hidden."""
        hidden = self._mailbox is None or self._mailbox.everything is None
        return None if hidden else self._counted.everything + self._counted.beside

    @property
    def counted(self) -> Counted:
        """What the folders hold, once they were asked for."""
        return self._counted

    @property
    def hides_all(self) -> bool:
        """True: All Mail is hidden from IMAP, as far as anybody has looked."""
        return self._mailbox is not None and self._mailbox.everything is None

    def _missing(self, mailbox: Mailbox, scan: Scan) -> RefusedError | None:
        """What is to be said of all folders, where All Mail does not show everything and its messages were scanned."""
        if self.copies or not self._is_partial(mailbox):
            return None
        limited = self._counted.limited or bool(self._counted.limited_beside)
        settings = [SHOW] * (mailbox.everything is None) + [UNLIMIT] * limited
        return self._fewer(len(scan.ids) + scan.unnamed + self._counted.beside, " and ".join(settings))

    def _missing_from(self, folder: SourceFolder, mailbox: Mailbox) -> RefusedError | None:
        """What is to be said of Trash and Spam, by the first of them that may be limited, where All Mail is not."""
        limited = [held.ref for held, _ in self._counted.limited_beside]
        if self._is_partial(mailbox) or limited[:1] != [folder.ref]:
            return None
        return self._fewer(self._counted.everything + self._counted.beside, UNLIMIT)

    def _fewer(self, seen: int, setting: str) -> RefusedError | None:
        """None: Gmail counts as many as were `seen`, or fewer, or never said. What it said first holds later, too."""
        total = self._counted.total
        if total is None or total <= seen:
            return None
        now = self.total()
        now = total if now is None else now
        return RefusedError(MISSING.format(number(now, "message"), seen, setting)) if now > seen else None

    def _count(self, session: Session, mailbox: Mailbox) -> Counted:
        """Counts what folders show. DeclinedError: Gmail may say so later."""
        held = partial(_held, session)
        bins = tuple((folder, held(folder)) for folder in (mailbox.trash, mailbox.junk) if folder is not None)
        chats = sum(held(folder) for folder in mailbox.chats)
        if mailbox.everything is not None:
            return Counted(held(mailbox.everything), chats, self.total(), bins)
        return Counted(0, chats, self.total(), bins, tuple((view.folder, held(view.folder)) for view in mailbox.views))

    def _left(self, mailbox: Mailbox) -> list[LeftFolder]:
        """What the report says of folders that are hidden or limited, where the number is not counted later."""
        counted, is_partial = self._counted, self._is_partial(mailbox)
        later = counted.total is not None and not (self.copies and is_partial)      # by `unseen`, once it is known
        if later:
            unshown = counted.missing if not is_partial and not counted.limited_beside else 0
            return [LeftFolder((ROOT,), unshown, UNSHOWN, counted=False)] if unshown else []
        left = [LeftFolder((ROOT, "All Mail"), None, HIDDEN, counted=False)] if mailbox.everything is None else []
        if mailbox.everything is not None and counted.limited:
            words = LIMITED.format(number(counted.everything, "message"))
            left.append(LeftFolder(mailbox.everything.path, counted.missing or None, words, counted=False))
        for folder, count in counted.limited_beside:
            words = LIMITED_BESIDE.format(number(count, "message"))
            left.append(LeftFolder(folder.path, None, words, counted=False))
        return left

    def _make_scans(self, mailbox: Mailbox) -> None:
        labels, once = mailbox.labels, not self.copies
        rooms = [Room(mailbox.everything)] if mailbox.everything is not None else []
        if once and self._is_partial(mailbox):
            rooms += [Room(view.folder, view.label) for view in mailbox.views]
        all_once = Once()
        main = labels.in_one_folder if once else labels.archived
        self._main = self._scan(rooms, main, mailbox.archive.ref, all_once)
        for folder in mailbox.shown:
            if folder.known_as == KNOWN_ALL and (once or folder.ref == mailbox.archive.ref):
                self._scans[folder.ref] = self._main
        for held in filter(None, (mailbox.trash, mailbox.junk)):
            mean = labels.out_of_sight(held.ref, digested=once)
            self._scans[held.ref] = self._scan([Room(held)], mean, held.ref, all_once)
        for view in () if once else mailbox.views:
            ref = view.folder.ref
            room = Room(view.folder, view.label)
            self._scans.setdefault(ref, self._scan([room], labels.in_a_copy(ref), ref, Once()))

    def _scan(self, rooms: list[Room], mean: Mean, home: str, once: Once) -> Scan:
        return Scan(rooms, mean, home=home, once=once, spend=self.spend, window=self.window)
