"""The commands a client can send, each with the states it is for (RFC 3501 §6), and how a session answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from emulators.google.imap import browsing, capabilities, sign_in
from emulators.google.imap.budget import Ending
from emulators.google.imap.fetch import fetch
from emulators.google.imap.marking import store
from emulators.google.imap.search import search
from emulators.google.imap.session import AnsweredError, Selected, Session
from emulators.google.imap.syntax import SyntaxFaultError, inside, text, values
from emulators.google.imap.wire import EXPIRED, EndedError

_FLAGS = b"\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing"
_Act: TypeAlias = Callable[[Session, Sequence[bytes]], str]


class State(IntEnum):
    """How far a session has come."""

    SIGNED_OUT = 0
    SIGNED_IN = 1
    SELECTED = 2


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does, from which state on, and whether messages may be told as gone while it runs (§7.4.1)."""

    act: _Act
    since: State
    tells: bool = True


def obey(session: Session, line: bytes) -> None:
    """Answer one command. Raises EndedError where the session is to end."""
    tag, _, rest = line.partition(b" ")
    try:
        verb, arguments = _parsed(session, tag, rest)
        command = _usable(session, verb)
        answer = command.act(session, arguments)
        if command.tells:
            session.tell_changes()
    except AnsweredError as error:
        answer = str(error)
    except SyntaxFaultError:
        answer = "BAD Could not parse command"
    session.wire.send(tag + b" " + answer.encode() + b"\r\n")
    if answer.startswith("OK LOGOUT"):
        raise EndedError("")


def _parsed(session: Session, tag: bytes, rest: bytes) -> tuple[str, Sequence[bytes]]:
    found = values(rest)
    if not tag or not found:
        raise AnsweredError("BAD Unknown command")
    verb = found[0].decode(errors="replace").upper()
    if verb == "UID" and len(found) > 1:
        return "UID " + found[1].decode(errors="replace").upper(), found[2:]
    return verb, found[1:]


def _usable(session: Session, verb: str) -> Command:
    """The command of that name, where the session may use it now."""
    if session.account:
        _endure(session, verb)
    if verb in _REFUSED and session.account:
        raise AnsweredError("NO [CANNOT] The mailbox of this emulator is changed by its owner alone")
    command = _COMMANDS.get(verb)
    if not command:
        raise AnsweredError(f"BAD Unknown command {verb}")
    if _state(session) < command.since or (verb in {"LOGIN", "AUTHENTICATE"} and session.account):
        raise AnsweredError(f"BAD {verb} is not allowed now")
    return command


def _state(session: Session) -> State:
    if not session.account:
        return State.SIGNED_OUT
    return State.SELECTED if session.selected else State.SIGNED_IN


def _endure(session: Session, verb: str) -> None:
    """What a signed-in session may meet before any command: a spent account, a token that died, a fault."""
    account = session.owner
    account.budget.count(verb)
    if verb == "LOGOUT":
        return
    if account.budget.ending is Ending.REFUSED and account.budget.over():
        raise EndedError(EXPIRED)
    if session.house.settings.recheck_tokens and not sign_in.still_granted(session):
        raise EndedError(EXPIRED)
    if account.trouble.is_unavailable(verb):
        raise AnsweredError(sign_in.UNAVAILABLE)


def _capability(session: Session, _: Sequence[bytes]) -> str:
    session.say(b"CAPABILITY " + (capabilities.SIGNED_IN if session.account else capabilities.SIGNED_OUT))
    return "OK Success" if session.account else "OK Thats all she wrote!"


def _noop(_: Session, __: Sequence[bytes]) -> str:
    return "OK Success"


def _logout(session: Session, _: Sequence[bytes]) -> str:
    """LOGOUT; from here on the session is none of its account's connections."""
    session.say(b"BYE LOGOUT Requested")
    session.account = None
    return "OK LOGOUT completed (Success)"


def _identify(session: Session, arguments: Sequence[bytes]) -> str:
    """ID (RFC 2971): Google asks clients to send it, and answers with its own."""
    given = [] if not arguments or arguments[0].upper() == b"NIL" else inside(arguments[0])
    words = [text(one).decode(errors="replace") for one in given]
    session.client_id = dict(zip(words[::2], words[1::2], strict=False))
    if session.account:
        session.account.client_ids.append(session.client_id)
    session.say(b'ID ("name" "GImap" "vendor" "Google, Inc." "support-url" "http://mail.google.com/support" '
                b'"remote-host" "127.0.0.1")')
    return "OK Success"


def _enable(session: Session, arguments: Sequence[bytes]) -> str:
    """ENABLE (RFC 5161): of what is offered, CONDSTORE can be enabled."""
    if not arguments:
        raise AnsweredError("BAD Could not parse command")
    known = b"CONDSTORE" in {one.upper() for one in arguments}
    session.counts_changes |= known
    session.say(b"ENABLED" + (b" CONDSTORE" if known else b""))
    return "OK Success"


def _select(session: Session, arguments: Sequence[bytes], *, read_only: bool = False) -> str:
    session.selected = None
    counting = [one.upper() for one in arguments[1:]] == [b"(CONDSTORE)"]
    if len(arguments) != 1 and not counting:
        raise AnsweredError("BAD Could not parse command")
    session.counts_changes |= counting
    path, folder = browsing.found(session, arguments[0])
    version = session.owner.mailbox.version         # before what it is the version of
    numbers = browsing.numbers_of(session, path, folder)
    rows = session.view(folder)
    session.say(b"FLAGS (" + _FLAGS + b")")
    session.say(b"OK [PERMANENTFLAGS (" + (b"" if read_only else _FLAGS) + b")] Flags permitted.")
    session.say(b"OK [UIDVALIDITY %d] UIDs valid." % numbers.uidvalidity)
    session.say(b"%d EXISTS" % len(rows))
    session.say(b"0 RECENT")
    session.say(b"OK [UIDNEXT %d] Predicted next UID." % numbers.uidnext)
    session.say(b"OK [HIGHESTMODSEQ %d]" % version)
    highest = rows[-1][0] if rows else 0
    session.selected = Selected(folder, read_only, numbers.uidvalidity, rows, highest, version)
    return f"OK [READ-{'ONLY' if read_only else 'WRITE'}] {_shown(path)} selected. (Success)"


def _shown(path: str) -> str:
    return path if path.isascii() else "Folder"


def _unselect(session: Session, _: Sequence[bytes]) -> str:
    """CLOSE and UNSELECT (RFC 3691); nothing is expunged here by either."""
    session.selected = None
    return "OK Returned to authenticated state. (Success)"


def _idle(session: Session, _: Sequence[bytes]) -> str:
    """IDLE (RFC 2177): changes are told as they happen."""
    quiet = session.owner.mailbox.listen(session.wire.wake)
    try:
        session.wire.send(b"+ idling\r\n")
        session.tell_changes()
        while not session.wire.wait():
            session.tell_changes()
    finally:
        quiet()
    if session.wire.line().upper() != b"DONE\r\n":
        raise AnsweredError("BAD Expected DONE")
    return "OK IDLE terminated (Success)"


# What would change more than flags and labels.
_REFUSED = frozenset({"APPEND", "COPY", "CREATE", "DELETE", "EXPUNGE", "MOVE", "RENAME", "SETQUOTA", "SUBSCRIBE",
                      "UID COPY", "UID EXPUNGE", "UID MOVE", "UNSUBSCRIBE"})
_COMMANDS: Mapping[str, Command] = MappingProxyType({
    "CAPABILITY": Command(_capability, State.SIGNED_OUT),
    "NOOP": Command(_noop, State.SIGNED_OUT),
    "LOGOUT": Command(_logout, State.SIGNED_OUT, tells=False),
    "ID": Command(_identify, State.SIGNED_OUT),
    "LOGIN": Command(sign_in.login, State.SIGNED_OUT),
    "AUTHENTICATE": Command(sign_in.authenticate, State.SIGNED_OUT),
    "ENABLE": Command(_enable, State.SIGNED_IN),
    "LIST": Command(browsing.list_folders, State.SIGNED_IN),
    "XLIST": Command(browsing.xlist, State.SIGNED_IN),
    "LSUB": Command(browsing.lsub, State.SIGNED_IN),
    "STATUS": Command(browsing.status, State.SIGNED_IN),
    "NAMESPACE": Command(browsing.namespace, State.SIGNED_IN),
    "GETQUOTA": Command(browsing.quota, State.SIGNED_IN),
    "GETQUOTAROOT": Command(browsing.quota_root, State.SIGNED_IN),
    "SELECT": Command(_select, State.SIGNED_IN),
    "EXAMINE": Command(partial(_select, read_only=True), State.SIGNED_IN),
    "IDLE": Command(_idle, State.SIGNED_IN),
    "CHECK": Command(_noop, State.SELECTED),
    "CLOSE": Command(_unselect, State.SELECTED),
    "UNSELECT": Command(_unselect, State.SELECTED),
    "FETCH": Command(fetch, State.SELECTED, tells=False),
    "UID FETCH": Command(partial(fetch, by_uid=True), State.SELECTED),
    "SEARCH": Command(search, State.SELECTED, tells=False),
    "UID SEARCH": Command(partial(search, by_uid=True), State.SELECTED),
    "STORE": Command(store, State.SELECTED, tells=False),
    "UID STORE": Command(partial(store, by_uid=True), State.SELECTED),
})
