"""Source servers that misbehave: what can be had arrives once, the rest is named, and it ends in bounded time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.errors import Cause
from engine.items.source.relisting import RENUMBERING
from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved, assert_as_received, said
from tests.servers.mail_servers.hard_imap import CUT, HANG, Call, Folder, HardImap, Held, hard_imap, letters
from tests.servers.outcomes import table

DOCUMENT = table("reliability", "hard servers")
LETTERS = 120
SOME = "numbers a folder's messages anew each time it is opened"    # how many arrive is a matter of chance
ODD_ONE = 33        # the message that things are done to

Move = Callable[..., Moved]
Arrange = Callable[[HardImap], None]


def told(moved: Moved, fault: str) -> str:
    """What became of the mail, in words for the document."""
    if fault != SOME:
        return said(moved)
    found, copied, failed, _ = moved.counts
    assert 0 < copied <= found == copied + failed
    assert [named[1:] for named in moved.failed] == ([(f"{failed} messages", RENUMBERING)] if failed else [])
    return f"What can be had under one numbering arrives, the rest is counted: “{RENUMBERING}”."


# What servers do


def ends_answers(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        if call.nth % 3 or call.name in ("LOGIN", "CAPABILITY"):
            return None
        usual = call.usual()
        return usual[: len(usual) // 2] + b"\r\n* BYE Session expired, please login again\r\n" + CUT
    server.answer = answer


def ends_after_each_message(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        if not call.is_body:
            return None
        one = call.usual().split(b")\r\n* ")[0]
        return (one if one.endswith(b"done\r\n") else one + b")\r\n") + b"* BYE enough\r\n" + CUT
    server.answer = answer


def is_busy_at_times(code: bytes) -> Arrange:
    def arrange(server: HardImap) -> None:
        server.answer = lambda call: (
            b"TAG NO [%b] try again later\r\n" % code
            if call.name in ("LIST", "EXAMINE", "UID FETCH") and call.nth % 3 == 1 else None
        )
    return arrange


def is_busy_for_ever(server: HardImap) -> None:
    server.answer = lambda call: b"TAG NO [UNAVAILABLE] the store is being moved\r\n" if call.is_body else None


def gives_nil(server: HardImap) -> None:
    server.spoil = lambda held, response: (
        re.sub(rb"BODY\[\] \{.*", b"BODY[] NIL)\r\n", response, flags=re.DOTALL) if held.uid == ODD_ONE else response
    )


def leaves_out(server: HardImap) -> None:
    server.spoil = lambda held, response: b"" if held.uid == ODD_ONE and b"BODY[]" in response else response


def forgets_once(server: HardImap) -> None:
    forgotten: list[int] = []

    def spoil(held: Held, response: bytes) -> bytes:
        if b"BODY[]" in response and held.uid % 7 == 0 and held.uid not in forgotten:
            forgotten.append(held.uid)
            return b""
        return response
    server.spoil = spoil


def announces(change: int) -> Arrange:
    def arrange(server: HardImap) -> None:
        def spoil(held: Held, response: bytes) -> bytes:
            size = len(held.mime)
            return response.replace(b"BODY[] {%d}" % size, b"BODY[] {%d}" % (size + change))
        server.spoil = lambda held, response: spoil(held, response) if held.uid == ODD_ONE else response
    return arrange


def announces_headers(change: int) -> Arrange:
    def arrange(server: HardImap) -> None:
        def spoil(held: Held, response: bytes) -> bytes:
            return re.sub(
                rb"(HEADER.FIELDS[^{]*)\{(\d+)\}", lambda f: b"%b{%d}" % (f[1], int(f[2]) + change), response
            )
        server.spoil = lambda held, response: spoil(held, response) if held.uid == ODD_ONE else response
    return arrange


def refuses_one(server: HardImap) -> None:
    server.answer = lambda call: (
        b"TAG NO message is damaged\r\n" if call.is_body and ODD_ONE in call.uids() else None
    )


def hangs_up_over_one(server: HardImap) -> None:
    server.answer = lambda call: CUT if call.is_body and ODD_ONE in call.uids() else None


def falls_silent_over_one(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        if not call.is_body or ODD_ONE not in call.uids():
            return None
        return call.usual().partition(b"(UID %d " % ODD_ONE)[0] + HANG
    server.answer = answer


def hangs_up_over_all(server: HardImap) -> None:
    server.answer = lambda call: b"* BYE out of memory\r\n" + CUT if call.is_body else None


def breaks_off_pieces(server: HardImap) -> None:
    large = Held(21, b"Subject: plans\r\n\r\n" + b"0123456789abcd\r\n" * 330_000)
    server.folders[b"INBOX"].messages = [*letters(20), large]
    server.answer = lambda call: CUT if "<2097152." in call.text else None


def expunges(server: HardImap) -> None:
    """Another program removes messages while we read."""
    def answer(call: Call) -> bytes | None:
        if not call.is_body or len(server.folders[b"INBOX"].messages) < LETTERS:
            return None
        folder = server.folders[b"INBOX"]
        folder.messages = [held for held in folder.messages if held.uid not in (ODD_ONE, 118)]
        return b"* 118 EXPUNGE\r\n* %d EXPUNGE\r\n" % ODD_ONE + call.usual()
    server.most_connections = 1
    server.answer = answer


def renumbers(server: HardImap) -> None:
    """The folder is restored from a backup between listing and reading."""
    done: list[bool] = []

    def answer(call: Call) -> bytes | None:
        if call.is_body and not done:
            done.append(True)
            folder = server.folders[b"INBOX"]
            again = [replace(held, uid=held.uid + 1000) for held in folder.messages]
            server.folders[b"INBOX"] = Folder(again, validity=folder.validity + 1)
            return b"* BYE the mailbox was restored\r\n" + CUT
        return None
    server.answer = answer


def renumbers_each_time(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        if call.name == "EXAMINE":
            server.folders[b"INBOX"].validity += 1
        return CUT if call.is_body and call.nth % 2 else None
    server.answer = answer


def drips(server: HardImap) -> None:
    server.pace = 300


def drips_over_one(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        server.pace = 300 if call.is_body and ODD_ONE in call.uids() else 0
        return None
    server.most_connections = 1
    server.answer = answer


def writes_8_bit_names(server: HardImap) -> None:
    server.folders = {b"INBOX": Folder(letters(3)), b"\xc9t\xe9": Folder(letters(3, name="summer"))}


def lists_the_inbox_twice(server: HardImap) -> None:
    server.listed = b'* LIST () "/" INBOX\r\n* LIST () "/" inbox\r\n* LIST () "/" INBOX\r\n'


def has_large_uids(server: HardImap) -> None:
    server.folders = {b"INBOX": Folder(letters(LETTERS, first=2**32 - 1 - LETTERS))}


def takes_one_connection(crowded: bytes) -> Arrange:
    def arrange(server: HardImap) -> None:
        server.most_connections, server.crowded = 1, crowded
        server.folders = {
            name: Folder(letters(LETTERS // 4, name=name.decode())) for name in (b"INBOX", b"Sent", b"Ann", b"Bob")
        }
    return arrange


def hides_messages(server: HardImap) -> None:
    server.spoil = lambda held, response: b"" if held.uid > LETTERS - 5 else response


def opens_no_folder(server: HardImap) -> None:
    server.folders[b"Secret"] = Folder(letters(5, name="secret"))
    server.answer = lambda call: (
        b"TAG NO you may not read this\r\n" if call.name == "EXAMINE" and "Secret" in call.text else None
    )


def loses_a_folder(server: HardImap) -> None:
    server.folders[b"Old"] = Folder(letters(5, name="old"))

    def answer(call: Call) -> bytes | None:
        if call.is_body:
            server.folders.pop(b"Old", None)
        return None
    server.answer = answer


def is_gone_for_a_while(server: HardImap) -> None:
    """It lets nobody in for some time in the middle, and cuts who is in."""
    turned_away: list[int] = []

    def answer(call: Call) -> bytes | None:
        if call.is_body and not turned_away:
            turned_away.append(0)
            return b"* BYE going down for maintenance\r\n" + CUT
        if turned_away and len(turned_away) < 9:
            turned_away.append(call.connection)
            return b"* BYE come back later\r\n" + CUT
        return None
    server.answer = answer


def refuses_the_password_later(server: HardImap) -> None:
    def answer(call: Call) -> bytes | None:
        if call.name == "LOGIN" and any("BODY.PEEK[]" in command for command in server.commands):
            return b"TAG NO [AUTHENTICATIONFAILED] invalid credentials\r\n"
        return CUT if call.is_body else None
    server.most_connections = 1
    server.answer = answer


def talks_of_huge_literals(server: HardImap) -> None:
    server.spoil = lambda held, response: (
        re.sub(rb"BODY\[\] \{\d+\}", b"BODY[] {99999999999}", response) if held.uid == ODD_ONE else response
    )


def has_no_dates(server: HardImap) -> None:
    server.spoil = lambda _held, response: re.sub(rb'INTERNALDATE "[^"]*"', b'INTERNALDATE "yesterday"', response)


def has_a_bad_connection(server: HardImap) -> None:
    """One connection is taken, and answers nothing but errors from its second fetch on (Exchange Online does so)."""
    fetched: Counter[int] = Counter()

    def answer(call: Call) -> bytes | None:
        fetched[call.connection] += call.is_body
        bad = call.connection == 1 and fetched[1] > 1 and call.name != "LOGOUT"
        return b"TAG BAD User is authenticated but not connected.\r\n" if bad else None
    server.most_connections = 1
    server.answer = answer


def cannot_open_one(server: HardImap) -> None:
    """An index of one folder is damaged (Dovecot says so)."""
    for number in range(19):
        server.folders[b"Folder %d" % number] = Folder(letters(5, name=f"f{number}"))
    damaged = b"TAG NO [SERVERBUG] Internal error occurred.\r\n"
    server.answer = lambda call: damaged if call.name == "EXAMINE" and "Folder 7" in call.text else None


def is_busy_for_one(server: HardImap) -> None:
    server.answer = lambda call: (
        b"TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n"
        if call.is_body and ODD_ONE in call.uids() else None
    )


def garbles_flags(server: HardImap) -> None:
    server.spoil = lambda held, response: (
        response.replace(b"FLAGS (\\Seen)", b"FLAGS (\\Seen oops(1)") if held.uid == ODD_ONE else response
    )


def hangs_up_over_three(server: HardImap) -> None:
    three = {ODD_ONE, ODD_ONE + 1, ODD_ONE + 2}
    server.answer = lambda call: CUT if call.is_body and three & set(call.uids()) else None


FAULTS: dict[str, Arrange] = {
    "has one connection that answers nothing but BAD": has_a_bad_connection,
    "cannot open one folder of 20, now or later": cannot_open_one,
    "says NO [UNAVAILABLE] for one message, always": is_busy_for_one,
    "garbles the flags of one message": garbles_flags,
    "ends the connection over three messages in a row": hangs_up_over_three,
    "ends every third answer in its middle, with BYE": ends_answers,
    "ends every connection after one message": ends_after_each_message,
    "says NO [LIMIT] now and then": is_busy_at_times(b"LIMIT"),
    "says NO [UNAVAILABLE] now and then": is_busy_at_times(b"UNAVAILABLE"),
    "says NO [UNAVAILABLE] and stays so": is_busy_for_ever,
    "lets nobody in for a while, in the middle": is_gone_for_a_while,
    "refuses the password, in the middle": refuses_the_password_later,
    "answers BODY[] NIL for a message that it lists": gives_nil,
    "never answers for a message that it lists": leaves_out,
    "leaves messages out of an answer, the first time": forgets_once,
    "announces a message 1 byte too short": announces(-1),
    "announces a message 2 bytes too short": announces(-2),
    "announces a message 100 bytes too short": announces(-100),
    "announces a message 1 byte too long": announces(1),
    "announces a message 3 bytes too long": announces(3),
    "announces a message 40 bytes too long, into the next one": announces(40),
    "announces a message 403 bytes too long, to the end of the next one": announces(403),
    "announces a message longer than all that follows": announces(100_000),
    "announces a message of 100 GB": talks_of_huge_literals,
    "announces a header too long in a listing": announces_headers(5),
    "announces a header too short in a listing": announces_headers(-5),
    "refuses to answer where one message is among those asked for": refuses_one,
    "ends the connection over one message": hangs_up_over_one,
    "falls silent over one message": falls_silent_over_one,
    "ends the connection over one piece of a large message": breaks_off_pieces,
    "ends the connection over every message": hangs_up_over_all,
    "drips, a few bytes a second": drips,
    "drips over one message": drips_over_one,
    "removes messages while they are read (EXPUNGE)": expunges,
    "numbers a folder's messages anew after they were listed (UIDVALIDITY)": renumbers,
    SOME: renumbers_each_time,
    "writes folder names in 8 bits": writes_8_bit_names,
    "lists INBOX three times": lists_the_inbox_twice,
    "has UIDs above 2³¹": has_large_uids,
    "takes one connection, and says NO [LIMIT] to others": takes_one_connection(b"TAG NO [LIMIT] Too many\r\n"),
    "takes one connection, and greets others with BYE": takes_one_connection(b"* BYE Too many connections\r\n"),
    "takes one connection, and calls the password of others wrong":
        takes_one_connection(b"TAG NO [AUTHENTICATIONFAILED] Authentication failed\r\n"),
    "counts five messages more than it shows": hides_messages,
    "opens a folder to nobody": opens_no_folder,
    "loses a folder after it was listed": loses_a_folder,
    "tells no dates that can be read": has_no_dates,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_can_be_had_arrives_and_the_rest_is_named(move: Move, fault: str) -> None:
    """Whatever the server does, what arrives is as received and once; the document says what becomes of the rest."""
    with hard_imap(list(letters(LETTERS))) as server:
        FAULTS[fault](server)
        held = Counter(m.mime for folder in server.folders.values() for m in folder.messages)
        moved = move(server)

    assert_as_received(moved, held)
    DOCUMENT.saw(fault, told(moved, fault))


MENDED = (
    "says NO [UNAVAILABLE] and stays so", "refuses the password, in the middle",
    "ends the connection over every message",
    "answers BODY[] NIL for a message that it lists", "announces a message 40 bytes too long, into the next one",
    "counts five messages more than it shows", "opens a folder to nobody", SOME,
)


@pytest.mark.parametrize("fault", MENDED)
def test_once_the_server_is_well_the_rest_arrives(move: Move, fault: str) -> None:
    """What was named, or stopped the migration, is copied by the next visit to a server that has been mended."""
    with hard_imap(list(letters(LETTERS))) as server:
        FAULTS[fault](server)
        moved = move(server)
        server.mend()

        again = moved.again() if moved.migration.state is State.NEEDS_ATTENTION else moved.anew()

    held = Counter(m.mime for folder in server.folders.values() for m in folder.messages)
    assert again.migration.state is State.COMPLETED
    assert again.failed == []
    assert Counter(m.mime for m in again.world.messages()) >= held


def test_the_document_is_about_these_faults() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only(FAULTS)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.startswith("takes one connection")])
def test_a_server_that_takes_one_connection_is_not_asked_for_more_again_and_again(move: Move, fault: str) -> None:
    """One refused connection is enough to know."""
    with hard_imap([]) as server:
        FAULTS[fault](server)
        moved = move(server)

    assert moved.counts == (LETTERS, LETTERS, 0, 0)
    assert server.most_open == 1
    assert server.connections <= 3


def test_no_more_sign_ins_are_refused_than_it_takes_to_know(move: Move) -> None:
    """A password that was changed is tried once beside connections that are still served, and once when none is."""
    def answer(call: Call) -> bytes | None:
        if call.name == "LOGIN" and any("BODY.PEEK[]" in command for command in server.commands):
            refused.append(call.connection)
            return b"TAG NO [AUTHENTICATIONFAILED] invalid credentials\r\n"
        return CUT if call.is_body else None

    refused: list[int] = []
    names = [b"INBOX", *(b"F%d" % n for n in range(40))]
    with hard_imap({name: Folder(letters(60, name=name.decode())) for name in names}) as server:
        server.answer = answer
        moved = move(server)

    assert moved.migration.attention is not None
    assert moved.migration.attention.cause == Cause.SIGN_IN
    assert len(refused) <= 2


def test_what_is_in_doubt_survives_new_numbers(move: Move) -> None:
    """Messages that a former visit sent without an answer are copied although their numbers have changed since."""
    with hard_imap(list(letters(LETTERS))) as server:
        stopped = move(server, Fault(operation="CreateItem", when="before", action="drop"))
        opened = stopped.world.engine.store.opened(stopped.migration.task_id)
        stopped.world.emulator.clear_faults()
        renumbers(server)

        done = stopped.again()

    assert stopped.migration.state is State.NEEDS_ATTENTION
    assert opened
    assert done.counts == (LETTERS, LETTERS, 0, 0)
    assert sorted(m.subject for m in done.world.messages()) == sorted(f"letter {n + 1}" for n in range(LETTERS))


def test_the_report_names_a_message_as_its_owner_knows_it(move: Move) -> None:
    """Folder, subject, sender, date and size of a message that a server does not give out."""
    with hard_imap(list(letters(LETTERS))) as server:
        gives_nil(server)
        moved = move(server)

    reason = "localhost lists this message, but does not give it out."
    assert moved.failed == [("INBOX", "letter 33 (Ann <ann@example.net>, 2020-05-17 08:29, 1 kB)", reason)]
