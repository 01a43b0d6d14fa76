"""POP3 servers that misbehave: what can be had arrives once, the rest is named, and it ends in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved, assert_as_received, said
from tests.servers.mail_servers.scripted_pop3 import CUT, SILENCE, Answer, Kept, ScriptedPop3, multiline, scripted_pop3
from tests.servers.outcomes import table

DOCUMENT = table("reliability", "hard maildrops")
LETTERS = 60
ODD_ONE = 23        # the message that things are done to
WHOLE = 99_999_999  # lines, as TOP is asked for all of them

Move = Callable[..., Moved]
Arrange = Callable[[ScriptedPop3], None]


def letters() -> list[Kept]:
    """A maildrop of small messages."""
    return [
        Kept(f"name-{n}", b"Subject: letter %d\r\nMessage-ID: <%d@example.net>\r\n\r\nHello %d\r\n" % (n, n, n))
        for n in range(1, LETTERS + 1)
    ]


def over_one(answer: Answer) -> Arrange:
    """It says that each time the odd message is asked for."""
    def arrange(server: ScriptedPop3) -> None:
        server.answers |= {f"TOP {ODD_ONE} {WHOLE}": answer, f"RETR {ODD_ONE}": answer}
    return arrange


def always(**answers: Answer) -> Arrange:
    """It says that to those commands, until it is mended."""
    def arrange(server: ScriptedPop3) -> None:
        server.answers |= answers
    return arrange


def now_and_then(answer: bytes) -> Arrange:
    """It says that to every seventh message that is asked for."""
    def arrange(server: ScriptedPop3) -> None:
        asked = count(1)

        def top(command: str) -> bytes:
            number = int(command.split()[1])
            return multiline(server.messages[number - 1].mime) if next(asked) % 7 else answer
        server.answers["TOP"] = top
    return arrange


def tells_no_names(server: ScriptedPop3) -> None:
    server.capabilities = ("TOP", "USER")
    server.answers["UIDL"] = b"-ERR what?\r\n"


def calls_all_the_same(server: ScriptedPop3) -> None:
    server.messages = [Kept("same", each.mime) for each in server.messages]


def tells_sizes_that_are_wrong(server: ScriptedPop3) -> None:
    server.messages = [Kept(each.name, each.mime, 10_000) for each in server.messages]


def cuts_top_short(server: ScriptedPop3) -> None:
    server.answers["TOP"] = lambda command: multiline(server.messages[int(command.split()[1]) - 1].mime[:50])


def forgets_to_double_dots(server: ScriptedPop3) -> None:
    broken = b"Subject: dots\r\n\r\nfirst\r\n.\r\nsecond\r\n"
    server.messages[ODD_ONE - 1] = Kept("dots", broken)
    over_one(b"+OK\r\n" + broken + b".\r\n")(server)


def counts_more_than_it_lists(server: ScriptedPop3) -> None:
    server.answers["STAT"] = b"+OK %d 9999\r\n" % (LETTERS + 5)


def refuses_the_password_later(server: ScriptedPop3) -> None:
    signed = iter([b"+OK\r\n"])
    server.answers["PASS"] = server.answers["DATA"] = lambda _: next(signed, b"-ERR [AUTH] invalid credentials\r\n")
    server.answers["TOP"] = server.answers["RETR"] = CUT


def is_locked_at_first(server: ScriptedPop3) -> None:
    locked = iter([b"-ERR [IN-USE] the maildrop is locked\r\n"] * 2)
    server.answers["PASS"] = server.answers["DATA"] = lambda _: next(locked, b"+OK\r\n")


def breaks_off_over_three(server: ScriptedPop3) -> None:
    for number in range(ODD_ONE, ODD_ONE + 3):
        server.answers |= {f"TOP {number} {WHOLE}": CUT, f"RETR {number}": CUT}


FAULTS: dict[str, Arrange] = {
    "ends the connection over three messages in a row": breaks_off_over_three,
    "ends the connection at every seventh message": now_and_then(CUT),
    "says -ERR [SYS/TEMP] at every seventh message": now_and_then(b"-ERR [SYS/TEMP] storage is away\r\n"),
    "ends the connection in the middle of one message": over_one(b"+OK\r\nSubject: num" + CUT),
    "falls silent in the middle of one message": over_one(b"+OK\r\nSubject: a\r\n\r\nno end" + SILENCE),
    "answers with rubbish for one message": over_one(b"rubbish\r\n"),
    "refuses one message": over_one(b"-ERR [SYS/PERM] message is corrupt\r\n"),
    "does not double the dots of one message": forgets_to_double_dots,
    "ends the connection over every message": always(TOP=CUT, RETR=CUT),
    "has a quota of what may be fetched": always(TOP=b"-ERR no\r\n", RETR=b"-ERR download quota exceeded\r\n"),
    "breaks off over TOP": always(TOP=CUT),
    "knows no TOP": always(TOP=b"-ERR what?\r\n"),
    "cuts what TOP brings short": cuts_top_short,
    "knows no UIDL": tells_no_names,
    "gives all messages one name (UIDL)": calls_all_the_same,
    "lists sizes that are wrong": tells_sizes_that_are_wrong,
    "counts five messages more than it lists": counts_more_than_it_lists,
    "does not list the maildrop": always(LIST=b"-ERR cannot list\r\n"),
    "has the maildrop locked by another program for a moment": is_locked_at_first,
    "refuses the password, in the middle": refuses_the_password_later,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_can_be_had_arrives_and_the_rest_is_named(move: Move, fault: str) -> None:
    """Whatever the server does, what arrives is as received and once; the document says what becomes of the rest."""
    with scripted_pop3(letters()) as server:
        FAULTS[fault](server)
        moved = move(server)

    assert_as_received(moved, Counter(kept.mime for kept in server.messages))
    DOCUMENT.saw(fault, said(moved))


@pytest.mark.parametrize("fault", [
    "ends the connection over every message", "has a quota of what may be fetched", "does not list the maildrop",
    "refuses the password, in the middle", "refuses one message",
])
def test_once_the_server_is_well_the_rest_arrives(move: Move, fault: str) -> None:
    """What was named, or stopped the migration, is copied by the next visit to a server that has been mended."""
    with scripted_pop3(letters()) as server:
        FAULTS[fault](server)
        moved = move(server)
        server.answers.clear()

        again = moved.again() if moved.migration.state is State.NEEDS_ATTENTION else moved.anew()

    assert again.migration.state is State.COMPLETED
    assert again.failed == []
    assert Counter(m.mime for m in again.world.messages()) == Counter(kept.mime for kept in server.messages)


def test_nothing_is_deleted_whatever_happens(move: Move) -> None:
    """No DELE, and no QUIT that would have a server act on what was read."""
    with scripted_pop3(letters()) as server:
        now_and_then(CUT)(server)
        move(server)

    assert {command.split()[0] for command in server.commands} & {"DELE", "QUIT"} == set()


def test_the_document_is_about_these_faults() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only(FAULTS)
