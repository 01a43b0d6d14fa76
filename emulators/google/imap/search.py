"""SEARCH: sets of messages, by what the proxy knows and by what the server behind finds; ESEARCH (RFC 4731)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from emulators.google.imap.behind import BackendError
from emulators.google.imap.labels import TOLD, Label, System, belongs
from emulators.google.imap.mailbox import Message
from emulators.google.imap.numbers import contained, picked
from emulators.google.imap.session import AnsweredError, Session
from emulators.google.imap.syntax import decoded, inside, text

_BAD = "BAD Could not parse command"
_RETURNED = frozenset({b"MIN", b"MAX", b"COUNT", b"ALL"})
_FLAGS: Mapping[bytes, tuple[str, bool]] = MappingProxyType({
    b"ANSWERED": ("\\Answered", True), b"UNANSWERED": ("\\Answered", False),
    b"DELETED": ("\\Deleted", True), b"UNDELETED": ("\\Deleted", False),
    b"DRAFT": ("\\Draft", True), b"UNDRAFT": ("\\Draft", False),
    b"FLAGGED": ("\\Flagged", True), b"UNFLAGGED": ("\\Flagged", False),
    b"SEEN": ("\\Seen", True), b"UNSEEN": ("\\Seen", False),
    b"RECENT": ("\\Recent", True), b"NEW": ("\\Recent", True), b"OLD": ("\\Recent", False),
})
# What depends on the bytes, or on what was appended with them, and how many arguments it has.
_BEHIND: Mapping[bytes, int] = MappingProxyType({
    b"BCC": 1, b"BEFORE": 1, b"BODY": 1, b"CC": 1, b"FROM": 1, b"HEADER": 2, b"LARGER": 1, b"ON": 1, b"SENTBEFORE": 1,
    b"SENTON": 1, b"SENTSINCE": 1, b"SINCE": 1, b"SMALLER": 1, b"SUBJECT": 1, b"TEXT": 1, b"TO": 1,
})
_PLACES: Mapping[str, Label] = MappingProxyType({
    "in:inbox": System.INBOX, "is:starred": System.STARRED, "is:important": System.IMPORTANT, "in:sent": System.SENT,
    "in:drafts": System.DRAFT, "in:spam": System.SPAM, "in:trash": System.TRASH,
})


def search(session: Session, arguments: Sequence[bytes], *, by_uid: bool = False) -> str:
    """SEARCH and UID SEARCH."""
    rest, returned = list(arguments), None
    if len(rest) > 1 and rest[0].upper() == b"RETURN":
        returned = [one.upper() for one in inside(rest[1])] or [b"ALL"]
        rest = rest[2:]
    criteria = Criteria(session, rest)
    matching = criteria.all()
    found = {one.msgid: one.modseq for _, one in session.open_folder.rows if one.msgid in matching}
    numbers = [uid if by_uid else number for number, (uid, one) in enumerate(session.open_folder.rows, 1)
               if one.msgid in found]
    if returned is None:
        tail = b" (MODSEQ %d)" % max(found.values()) if criteria.numbered and found else b""
        session.say(b"SEARCH" + b"".join(b" %d" % one for one in numbers) + tail)
    else:
        session.say(b"ESEARCH" + (b" UID" if by_uid else b"") + _extended(numbers, returned))
    return "OK SEARCH completed (Success)"


def _extended(numbers: Sequence[int], returned: Sequence[bytes]) -> bytes:
    if not set(returned) <= _RETURNED:
        raise AnsweredError(_BAD)
    told = b" COUNT %d" % len(numbers) if b"COUNT" in returned else b""
    if numbers:
        whole = b",".join(b"%d" % number for number in numbers)
        listed = {b"MIN": b"%d" % numbers[0], b"MAX": b"%d" % numbers[-1], b"ALL": whole}
        told += b"".join(b" " + name + b" " + listed[name] for name in returned if name in listed)
    return told


class Criteria:
    """The criteria of one search, read from left to right; each one becomes a set of MSGIDs."""

    def __init__(self, session: Session, rest: list[bytes]) -> None:
        """Read criteria for the selected folder."""
        self._session = session
        self._rest = rest
        self._charset = b""
        self._rows = session.open_folder.rows
        self.numbered = False       # MODSEQ is among them
        if len(rest) > 1 and rest[0].upper() == b"CHARSET":
            self._charset = b"CHARSET " + rest[1] + b" "
            del rest[:2]
        if not rest:
            raise AnsweredError(_BAD)

    def all(self) -> set[int]:
        """What fits all criteria."""
        found = {one.msgid for _, one in self._rows}
        while self._rest:
            found &= self._next()
        return found

    def _next(self) -> set[int]:
        taken = self._take()
        name = taken.upper()
        if name in _FLAGS:
            flag, is_set = _FLAGS[name]
            return self._where(lambda one: (flag in one.imap_flags) is is_set)
        if name in _BEHIND:
            return self._asked(taken, _BEHIND[name])
        if name in _OWN:
            return _OWN[name](self)
        if taken.startswith(b"("):
            inner = Criteria(self._session, inside(taken))
            found = inner.all()
            self.numbered |= inner.numbered
            return found
        return {one.msgid for _, _, one in picked(self._session.open_folder, taken, by_uid=False)}

    def _take(self) -> bytes:
        if not self._rest:
            raise AnsweredError(_BAD)
        return self._rest.pop(0)

    def _where(self, fits: Callable[[Message], bool]) -> set[int]:
        return {one.msgid for _, one in self._rows if fits(one)}

    def _asked(self, name: bytes, count: int) -> set[int]:
        """What the server behind finds among what is shown here."""
        given = b" ".join([name, *(_unasked(self._take()) for _ in range(count))])
        try:
            stored = self._session.behind.search(self._charset + given)
        except BackendError as error:
            raise AnsweredError(str(error)) from error
        return self._where(lambda one: one.stored in stored)

    def not_next(self) -> set[int]:
        """NOT and what follows."""
        return self._where(lambda _: True) - self._next()

    def either(self) -> set[int]:
        """OR and the two that follow."""
        return self._next() | self._next()

    def everything(self) -> set[int]:
        """ALL."""
        return self._where(lambda _: True)

    def keyword(self) -> set[int]:
        """KEYWORD and a flag."""
        flag = text(self._take()).decode(errors="replace")
        return self._where(lambda one: flag in one.flags)

    def without_keyword(self) -> set[int]:
        """UNKEYWORD and a flag."""
        return self.everything() - self.keyword()

    def uid(self) -> set[int]:
        """UID and a set."""
        inside_set = contained(self._take(), self._rows[-1][0] if self._rows else 0)
        return {one.msgid for uid, one in self._rows if inside_set(uid)}

    def msgid(self) -> set[int]:
        """X-GM-MSGID and a number."""
        number = _number(self._take())
        return self._where(lambda one: one.msgid == number)

    def thread(self) -> set[int]:
        """X-GM-THRID and a number."""
        number = _number(self._take())
        return self._where(lambda one: one.thread == number)

    def modseq(self) -> set[int]:
        """MODSEQ and a number: what has changed then or later (RFC 7162 §3.1.5)."""
        number = _number(self._take())
        self.numbered = self._session.counts_changes = True
        return self._where(lambda one: one.modseq >= number)

    def label(self) -> set[int]:
        """X-GM-LABELS and a label, without regard to case, system ones by their names with a backslash."""
        wanted = decoded(text(self._take())).lower()
        return self._where(lambda one: wanted in {_name(label) for label in one.labels})

    def raw(self) -> set[int]:
        """X-GM-RAW, of which a few words are known; the others are BAD, and never guessed."""
        found = self.everything()
        for word in text(self._take()).decode(errors="replace").split():
            found &= self._raw_word(word)
        return found

    def _raw_word(self, word: str) -> set[int]:
        """One of `has:userlabels`, `has:nouserlabels`, `in:anywhere`, `is:read`, `is:unread`, and places."""
        bare = word.removeprefix("-").lower()
        tests: dict[str, Callable[[Message], bool]] = {
            "in:anywhere": lambda _: True,
            "has:userlabels": lambda one: any(isinstance(label, str) for label in one.labels),
            "has:nouserlabels": lambda one: not any(isinstance(label, str) for label in one.labels),
            "is:read": lambda one: "\\Seen" in one.flags,
            "is:unread": lambda one: "\\Seen" not in one.flags,
        }
        tests |= {place: lambda one, label=label: belongs(one.labels, label)      # type: ignore[misc]  # bound now
                  for place, label in _PLACES.items()}
        if bare not in tests:
            raise AnsweredError(_BAD)
        found = self._where(tests[bare])
        return self.everything() - found if word.startswith("-") else found


_OWN: Mapping[bytes, Callable[[Criteria], set[int]]] = MappingProxyType({
    b"ALL": Criteria.everything, b"NOT": Criteria.not_next, b"OR": Criteria.either, b"UID": Criteria.uid,
    b"KEYWORD": Criteria.keyword, b"UNKEYWORD": Criteria.without_keyword, b"X-GM-MSGID": Criteria.msgid,
    b"X-GM-THRID": Criteria.thread, b"X-GM-LABELS": Criteria.label, b"X-GM-RAW": Criteria.raw,
    b"MODSEQ": Criteria.modseq,
})


def _number(value: bytes) -> int:
    if not value.isdigit() or int(value) >= 1 << 64:
        raise AnsweredError(_BAD)
    return int(value)


def _name(label: Label) -> str:
    if isinstance(label, System):
        return label.value.lower() if label in TOLD else ""
    return label.lower()


def _unasked(value: bytes) -> bytes:
    """An argument as it stands, its literal as one that waits for no answer (RFC 7888)."""
    head, brace, tail = value.partition(b"}\r\n")
    return head.removesuffix(b"+") + b"+" + brace + tail if value.startswith(b"{") else value
