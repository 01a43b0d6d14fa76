"""Who is to blame: a folder, a message, a server or nobody; and what signing in and memory cost."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from emulators.exchange import Fault
from tests.regressions.conftest import ADDRESS, Person
from tests.servers.mail_servers.dovecot import MISSING, Layout, dovecot, installed
from tests.servers.mail_servers.hard_imap import Call, HardImap, Held, hard_imap, letters
from tests.servers.mailbox import generated, write_folder

WAITED_FOR = 100            # seconds
MEGABYTE = 1024 * 1024
LARGE = 4 * MEGABYTE
INVITATION = (
    b"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: Plans\r\nMessage-ID: <1@example.net>\r\n"
    b"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    b"UID:1@example.net\r\nDTSTAMP:20200517T082900Z\r\nDTSTART:20200601T080000Z\r\nDTEND:20200601T090000Z\r\n"
    b"SUMMARY:Plans\r\nORGANIZER:mailto:ann@example.net\r\nATTENDEE:mailto:bob@example.org\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def after_a_while(claire: Person, source: str) -> bool:
    """Moves that mailbox for at most WAITED_FOR; whether it came to its end."""
    running = claire.start("migrate", source, claire.destination, "--allow-plaintext", "--json")
    try:
        running.communicate(timeout=WAITED_FOR)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
        return False
    return True


def at(server: HardImap) -> str:
    return f"imap://claire@localhost:{server.port}"


@pytest.mark.skipif(not installed(), reason=MISSING)
def test_a_folder_that_dovecot_cannot_open_keeps_no_other_back(claire: Person) -> None:
    """Where its list of UIDs belongs, there is a directory."""
    messages = list(generated(40))
    with dovecot({"claire": "secret"}, layout=Layout(special_use={})) as server:
        home = server.home("claire")
        for place, folder in enumerate([(), ("Plans",), ("Work",), ("Zoo",)]):
            write_folder(home / "Maildir", folder, messages[10 * place:10 * place + 10])
        uids = home / "Maildir" / ".Work" / "dovecot-uidlist"
        uids.unlink(missing_ok=True)
        uids.mkdir()
        (uids / "in the way").touch()
        server.give_away(home)
        after_a_while(claire, f"imap://claire@localhost:{server.imap}")

    assert len(claire.subjects()) == 30


def test_a_message_that_is_never_given_keeps_no_other_back(claire: Person) -> None:
    """One of 650 is away for ever."""
    def answer(call: Call) -> bytes | None:
        away = call.is_body and 333 in call.uids()
        return b"TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n" if away else None

    with hard_imap(list(letters(650))) as server:
        server.answer = answer
        after_a_while(claire, at(server))

    assert len(claire.subjects()) == 649


def test_a_message_that_is_always_put_off_is_named(claire: Person) -> None:
    """The destination has no memory for one of them, whenever it is asked."""
    claire.exchange.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: letter 7\r\n", code="ErrorNotEnoughMemory")
    )
    with hard_imap(list(letters(35))) as server:
        ended = after_a_while(claire, at(server))

    assert (ended, len(claire.subjects())) == (True, 34)


def test_messages_larger_than_they_are_said_to_be_do_not_fill_the_memory(claire: Person) -> None:
    """Forty of 4 MB are listed with no size at all."""
    large = b"0123456789abcd\r\n" * (LARGE // 16)
    with hard_imap([Held(n, b"Subject: %d\r\n\r\n" % n + large) for n in range(1, 41)]) as server:
        server.spoil = lambda _, response: re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE 0", response)
        running = claire.start("migrate", at(server), claire.destination, "--allow-plaintext", "--json")
        _, _, used = os.wait4(running.pid, 0)
        running.returncode = 0
        running.communicate()

    assert len(claire.subjects()) == 40
    assert used.ru_maxrss < 400 * 1024       # KB


def test_a_wrong_password_is_refused_three_times_at_most(claire: Person) -> None:
    """As the server counts, which locks an account after a few; a scheme that is tried after another one counts."""
    with hard_imap(list(letters(3))) as server:
        for _ in range(3):
            claire.migrate(at(server), settings={"OMM_DESTINATION_PASSWORD": "wrong"})

    assert len(claire.exchange.sign_ins) <= 3


def test_a_copied_invitation_is_marked_as_dealt_with(claire: Person) -> None:
    """PidTagProcessed, [MS-OXOCAL] 3.1.4.7.2.1: no server books it, or answers it, once more."""
    with hard_imap([Held(1, INVITATION)]) as server:
        claire.migrate(at(server))

    assert [one.extended.get("tag:0x7d01") for one in claire.exchange.messages(ADDRESS)] == ["true"]
