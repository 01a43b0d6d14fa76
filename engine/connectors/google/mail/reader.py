"""Reads a Gmail account over one connection: each message once, in the folder of one of its labels."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from engine.connectors.google.mail.labels import Meaning
from engine.connectors.google.mail.scan import Origin, Scan
from engine.connectors.google.mail.sight import Sight
from engine.connectors.imap import failures
from engine.connectors.imap.reader import PIECE, ImapReader, message_of
from engine.connectors.imap.search import set_of
from engine.connectors.imap.session import DeclinedError
from engine.connectors.imap.steady import SteadySession
from engine.errors import Cause, RefusedError, RenumberedError, RetryableError
from engine.ports.items import Envelope, Listed, Marks, SourceMessage
from engine.ports.source import FolderList, SourceFolder

SOUGHT_AT_ONCE = 20         # messages in one SEARCH
UNTOLD = (
    "Gmail did not tell the labels of this message, though it was asked several times, so nobody knows which folder it "
    "belongs into. Run this again later."
)


class GmailReader(ImapReader):
    """One connection to a Gmail account, for one thread; fills in `ports.source.ItemReader`.

    The numbers that it gives to messages are UIDs of the folder that is read, with that folder's own number above them.
    """

    def __init__(self, steady: SteadySession, sight: Sight) -> None:
        super().__init__(steady)
        self._sight = sight

    def folders(self) -> FolderList:
        """The folders of labels, and those of mail in Trash, in Spam and archived; chats are left."""
        try:
            return self._sight.folders(self._steady)
        except DeclinedError as declined:
            words = failures.refused(declined.words, f"{self._steady.host} does not show the mailbox's folders.")
        raise RetryableError(words, cause=Cause.OTHER)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """The messages of that folder, of a scan that is made once for all of them."""
        scan = self._scan(folder)
        scan.bring(self._steady, keys=keys)
        yield from scan.listed(folder)
        unseen = self._sight.unseen(folder, scan)
        if unseen is not None:
            raise RefusedError(str(unseen))

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages, as `ImapReader.read` gives them; one whose labels are not told is refused as well."""
        scan = self._scan(folder)
        refusal: RefusedError | None = None
        for source in scan.read_from(folder, uids):
            refusal = RefusedError(UNTOLD) if source.untold else refusal
            self._sight.spend(source.size)
            missing = set(source.uids)
            try:
                with _noting(scan):
                    for message in super().read(source.folder, source.uids):
                        missing.discard(message.uid)
                        yield _ours(message, source.above + message.uid, source.meanings[message.uid])
                for folder_now, there in self._moved(source, missing):
                    for message in super().read(folder_now, sorted(there)):
                        uid = there[message.uid]
                        yield _ours(message, source.above + uid, source.meanings[uid])
            except RefusedError as error:
                refusal = error
        if refusal is not None:
            raise refusal

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        """One message through a file, as `ImapReader.spool` gives it."""
        scan = self._scan(folder)
        [source] = scan.read_from(folder, [uid])
        if source.untold:
            raise RefusedError(UNTOLD)
        if (whole := self._by_interface(source)) is not None:
            return _ours(whole, uid, source.meanings[source.uids[0]])
        self._sight.spend(max(source.size, PIECE))
        with _noting(scan):
            message = super().spool(source.folder, source.uids[0])
        for folder_now, there in self._moved(source, source.uids) if message is None else ():
            message = super().spool(folder_now, next(iter(there)))
        return message and _ours(message, uid, source.meanings[source.uids[0]])

    def _by_interface(self, source: Origin) -> SourceMessage | None:
        """The message by Gmail's interface, its marks by IMAP. None: it is read by IMAP.

        So is one whose length is another one than IMAP says.
        """
        uid = source.uids[0]
        msgid, large = source.ids.get(uid), self._sight.large
        if large is None or not msgid:
            return None
        marks = self._steady.fetch(source.folder, b"%d" % uid, b"(UID FLAGS INTERNALDATE RFC822.SIZE)").get(uid)
        if marks is None:
            return None
        file = tempfile.TemporaryFile()         # noqa: SIM115 - handed to the caller open
        try:
            if large(msgid, file) and (length := file.tell()) == marks.size:
                file.seek(0)
                return message_of(uid, marks, file, length)
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report."""
        scan = self._scan(folder)
        named: dict[int, Envelope] = {}
        for source in scan.read_from(folder, uids):
            with _noting(scan):
                found = super().envelopes(source.folder, [*source.uids, *source.untold])
            named |= {source.above + uid: envelope for uid, envelope in found.items()}
        return named

    def _moved(self, source: Origin, uids: Iterable[int]) -> Iterator[tuple[SourceFolder, dict[int, int]]]:
        """Where messages are that their owner has moved since they were listed: each in one folder at most.

        By the folder, their UIDs there, each with the one that it was listed by. They are looked for by their
        X-GM-MSGID, which stays the same in all folders.
        """
        here = {source.ids[uid]: uid for uid in uids if source.ids[uid]}
        for folder in self._sight.holding(source.folder):
            if not here:
                return
            sought, found = sorted(here), dict[int, int]()
            for start in range(0, len(sought), SOUGHT_AT_ONCE):
                found |= self._found(folder, sought[start:start + SOUGHT_AT_ONCE])
            there = {uid: here.pop(msgid) for uid, msgid in found.items() if msgid in here}
            if there:
                yield folder, there

    def _found(self, folder: SourceFolder, ids: Sequence[int]) -> dict[int, int]:
        """The UIDs of those messages that are in the folder, with their MSGIDs; none of a folder that cannot be opened.

        Where several cannot be looked for at once, each is by itself.
        """
        what = b"OR " * (len(ids) - 1) + b" ".join(b"X-GM-MSGID %d" % each for each in ids)
        try:
            uids = self._steady.in_folder(folder, lambda session: session.search(what))
            told = self._steady.fetch(folder, set_of(sorted(uids)), b"(UID X-GM-MSGID)") if uids else {}
        except RenumberedError:
            return {}
        except RefusedError as error:
            if error.of_folder or len(ids) == 1:
                return {}
            alone = (self._found(folder, [each]) for each in ids)
            return {uid: msgid for found in alone for uid, msgid in found.items()}
        return {uid: item.msgid for uid, item in told.items() if item.msgid}

    def _scan(self, folder: SourceFolder) -> Scan:
        self.folders()
        return self._sight.scan(folder, self._steady)


@contextmanager
def _noting(scan: Scan) -> Iterator[None]:
    """Has the folder scanned anew before the next listing, if it turns out to be numbered anew."""
    try:
        yield
    except RenumberedError:
        scan.renumbered()
        raise


def _ours(message: SourceMessage, number: int, labels: Meaning) -> SourceMessage:
    """The message by its number here, with what its labels say."""
    return replace(message, uid=number, marks=_marked(message.marks, labels), theirs=labels.theirs)


def _marked(marks: Marks, labels: Meaning) -> Marks:
    return replace(
        marks, flagged=marks.flagged or labels.starred, draft=marks.draft or labels.draft,
        categories=tuple(dict.fromkeys((*labels.categories, *marks.categories))),
    )
