"""A second run of the same mailbox, after which nothing may be there twice."""

from __future__ import annotations

from emulators.exchange import Fault
from tests.regressions.conftest import Person
from tests.servers.mail_servers.hard_imap import DONE, Call, HardImap, hard_imap, letters
from tests.servers.mail_servers.hard_imap import Folder as Mailbox
from tests.servers.mail_servers.scripted_pop3 import Kept, scripted_pop3

MESSAGES = 20


def account(server: HardImap, login: str = "claire") -> str:
    return f"imap://{login}@localhost:{server.port}"


def test_a_destination_that_fails_over_is_no_empty_one(claire: Person) -> None:
    """The look at the destination is refused for a moment by a code nobody expects: nothing comes a second time."""
    with hard_imap(list(letters(MESSAGES))) as server:
        claire.migrate(account(server))
        before = claire.subjects()
        for nth in range(1, 7):
            claire.exchange.add_fault(
                Fault(operation="SyncFolderItems", nth=nth, action="fault", code="ErrorMailboxFailover")
            )

        claire.migrate(account(server))

    assert len(before) == MESSAGES
    assert claire.subjects() == before


def test_another_spelling_of_the_login_is_the_same_mail(claire: Person) -> None:
    """`claire` and `claire@example.net` open one mailbox: the second run copies nothing."""
    with hard_imap(list(letters(MESSAGES))) as server:
        claire.migrate(account(server))
        before = claire.subjects()

        claire.migrate(account(server, "claire%40example.net"))

    assert len(before) == MESSAGES
    assert claire.subjects() == before


def test_a_namespace_that_is_refused_once_moves_no_folder(claire: Person) -> None:
    """A server that puts INBOX before each name and for once does not say so: no folder comes a second time."""
    refused = [False]

    def answer(call: Call) -> bytes | None:
        if call.name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 NAMESPACE AUTH=PLAIN\r\n" + DONE
        if call.name == "NAMESPACE":
            words = b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n' + DONE
            return b"TAG NO [UNAVAILABLE] Try again later\r\n" if refused[0] else words
        return None

    with hard_imap({b"INBOX.Clients": Mailbox(letters(MESSAGES))}) as server:
        server.answer, server.listed = answer, b'* LIST () "." INBOX.Clients\r\n'
        claire.migrate(account(server))
        before = claire.subjects()
        refused[0] = True
        claire.migrate(account(server))
        refused[0] = False

        claire.migrate(account(server))

    assert {folder for folder, _ in before} == {("Clients",)}
    assert claire.subjects() == before


def test_two_maildrops_whose_messages_have_the_same_names_are_both_moved(claire: Person) -> None:
    """Two POP3 accounts with one login at two providers, both of which call their messages 1, 2, 3: all arrive."""
    def maildrop(of: str) -> list[Kept]:
        return [
            Kept(str(number), (
                f"From: {of}@example.net\r\nSubject: {of} {number}\r\nDate: Sun, 17 May 2020 08:2{number}:00 +0000\r\n"
                f"Message-ID: <{of}{number}@example.net>\r\n\r\nHello\r\n"
            ).encode()) for number in range(1, 6)
        ]

    with scripted_pop3(maildrop("one")) as one, scripted_pop3(maildrop("two")) as two:
        claire.migrate(f"pop3://info@localhost:{one.port}")
        claire.migrate(f"pop3://info@localhost:{two.port}")

    subjects = sorted(subject for _, subject in claire.subjects())
    assert subjects == sorted(f"{of} {number}" for of in ("one", "two") for number in range(1, 6))
