"""Servers as they are: what can be had arrives, and what is said of the rest is true."""

from __future__ import annotations

import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest

from emulators.exchange import Fault
from tests.regressions.conftest import ADDRESS, PASSWORD, Done, Person
from tests.servers.mail_servers.hard_imap import CUT, DONE, Call, HardImap, Held, hard_imap, letters
from tests.servers.mail_servers.hard_imap import Folder as Mailbox

MESSAGES = 35
WAITED_FOR = 100    # seconds
SLOW = 6.0          # seconds; some servers take longer over a sign-in

# CreateFolder, with PidTagAttributeHidden (MS-OXPROPS).
HIDDEN = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
<s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body><m:CreateFolder>
<m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId><m:Folders><t:Folder>
<t:FolderClass>IPF.Files</t:FolderClass><t:DisplayName>Files</t:DisplayName><t:ExtendedProperty>
<t:ExtendedFieldURI PropertyTag="0x10F4" PropertyType="Boolean"/><t:Value>true</t:Value></t:ExtendedProperty>
</t:Folder></m:Folders></m:CreateFolder></s:Body></s:Envelope>"""

Spoil = Callable[[Held, bytes], bytes]


def moved(claire: Person, server: HardImap) -> Done:
    return claire.migrate(f"imap://claire@localhost:{server.port}")


def moved_at_last(claire: Person, server: HardImap) -> None:
    """As `moved`; whoever waits for ever is ended."""
    running = claire.start(
        "migrate", f"imap://claire@localhost:{server.port}", claire.destination, "--allow-plaintext", "--json"
    )
    try:
        running.communicate(timeout=WAITED_FOR)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()


def counts(claire: Person) -> int:
    return len(claire.subjects())


def of_the_seventh(old: bytes, new: bytes) -> Spoil:
    return lambda held, response: response.replace(old, new) if held.uid == 7 else response


@pytest.mark.parametrize(("old", "new"), [
    (b"FLAGS (\\Seen)", b"FLAGS (\\Seen oops(1)"), (b")\r\n", b"\r\n)\r\n"),
], ids=["flags that break off", "a line end behind a literal"])
def test_odd_lines_about_one_message_keep_no_other_back(claire: Person, old: bytes, new: bytes) -> None:
    """What the server means is clear, or it is asked for alone."""
    with hard_imap(list(letters(MESSAGES))) as server:
        server.spoil = of_the_seventh(old, new)
        moved_at_last(claire, server)

    assert counts(claire) == MESSAGES


def test_a_bad_connection_is_not_blamed_on_its_messages(claire: Person) -> None:
    """The first connection that is read from answers BAD from its second fetch of messages on; a new one works."""
    read_from: list[int] = []

    def answer(call: Call) -> bytes | None:
        if call.is_body:
            read_from.append(call.connection)
        bad = read_from[1:] and call.connection == read_from[0] and call.name != "LOGOUT"
        return b"TAG BAD User is authenticated but not connected.\r\n" if bad else None

    with hard_imap(list(letters(120))) as server:
        server.answer, server.most_connections = answer, 1
        moved(claire, server)

    assert counts(claire) == 120


def test_a_sign_in_may_take_longer_than_five_seconds(claire: Person) -> None:
    """After wrong passwords of others Dovecot takes its time."""
    never = threading.Event()
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: never.wait(SLOW) or None if call.name == "LOGIN" else None  # type: ignore[return-value]
        moved(claire, server)

    assert counts(claire) == 3


def test_an_ok_without_text_is_an_ok(claire: Person) -> None:
    """An Exchange says no more to a sign-in."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: b"TAG OK\r\n" if call.name == "LOGIN" else None
        moved(claire, server)

    assert counts(claire) == 3


def test_a_next_uid_that_is_too_small_is_a_hint(claire: Person) -> None:
    """GMX rewinds it: 30 messages, and the next one is said to be the 11th."""
    with hard_imap(list(letters(30))) as server:
        server.answer = lambda call: (
            call.usual().replace(b"UIDNEXT 31", b"UIDNEXT 11") if call.name == "EXAMINE" else None
        )
        moved(claire, server)

    assert counts(claire) == 30


def test_mail_of_other_people_is_not_copied_as_the_owner_s(claire: Person) -> None:
    """Cyrus says that everything outside INBOX is shared."""
    def answer(call: Call) -> bytes | None:
        if call.name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 NAMESPACE AUTH=PLAIN\r\n" + DONE
        if call.name == "NAMESPACE":
            return b'* NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\n' + DONE
        return None

    with hard_imap({b"INBOX": Mailbox(letters(3)), b"sales": Mailbox(letters(5, name="offer"))}) as server:
        server.answer, server.listed = answer, b'* LIST () "." INBOX\r\n* LIST () "." sales\r\n'
        moved(claire, server)

    assert [subject for _, subject in claire.subjects()] == ["letter 1", "letter 2", "letter 3"]


@pytest.mark.parametrize("name", [b"Clients\t", b"Clients "], ids=["a tab at the end", "a blank at the end"])
def test_names_without_quotes_are_read_to_their_end(claire: Person, name: bytes) -> None:
    """An Exchange quotes no name."""
    with hard_imap({name: Mailbox(letters(3))}) as server:
        server.listed = b'* LIST () "/" %b\r\n' % name
        moved(claire, server)

    assert counts(claire) == 3


def test_no_python_is_in_what_a_server_says(claire: Person) -> None:
    """Its words reach the owner as it said them."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: b"TAG BAD Mailbox is damaged.\r\n" if call.name == "UID FETCH" else None
        done = moved(claire, server)

    words = f"{done.said}{done.warned}"
    assert "Mailbox is damaged." in words
    assert "b'" not in words


def test_the_server_s_own_advice_reaches_the_owner(claire: Person) -> None:
    """It takes the password, and says what is still to be done."""
    advice = b"Please enable IMAP access in your account settings first."
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: (
            b"TAG NO [ALERT] " + advice + b"\r\n" if call.name == "CAPABILITY" and call.nth > 1 else None
        )
        done = moved(claire, server)

    assert advice.decode() in f"{done.said}{done.warned}"


def test_marks_that_did_not_come_are_asked_for(claire: Person) -> None:
    """A connection ends right behind the text of a message, before its flags."""
    def answer(call: Call) -> bytes | None:
        if not call.is_body or call.nth > 3:
            return None
        usual = call.usual()
        head, _, _ = usual.partition(b")\r\n* 2 FETCH")
        return re_ordered(head) + b")\r\n" + CUT

    with hard_imap(list(letters(1, size=2000)) + list(letters(2, first=2, name="other"))) as server:
        server.answer = answer
        moved(claire, server)

    assert all(one.is_read for one in claire.exchange.messages("claire@exchange.example"))
    assert counts(claire) == 3


def re_ordered(response: bytes) -> bytes:
    """A FETCH response without the flags that stand before its text."""
    return response.replace(b"FLAGS (\\Seen) ", b"")


@pytest.mark.parametrize("fault", [
    Fault(operation="CreateItem", nth=2, action="status", status=404),
    Fault(operation="CreateItem", nth=2, action="items", positions=range(20), code="ErrorMailboxFailover"),
], ids=["a status of 404", "a failover"])
def test_what_passes_at_the_destination_is_waited_for(claire: Person, fault: Fault) -> None:
    """After a first batch arrived one request is refused in a way that passes."""
    with hard_imap(list(letters(120))) as server:
        claire.exchange.add_fault(fault)
        done = moved(claire, server)

    assert counts(claire) == 120
    assert done.status == 0


def test_sixty_refused_for_what_they_hold_cost_no_other_its_place(claire: Person) -> None:
    """They stand before the good ones, and are named."""
    claire.exchange.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: poison", code="ErrorMimeContentInvalid")
    )
    with hard_imap([*letters(60, name="poison"), *letters(60, first=61)]) as server:
        done = moved(claire, server)

    assert counts(claire) == 60
    assert done.json["contents"]["mail"]["failed"] == 60


def test_names_are_read_though_nothing_was_enabled(claire: Person) -> None:
    """A server answers ENABLE with OK, and enables nothing: its names stay in modified UTF-7."""
    def answer(call: Call) -> bytes | None:
        if call.name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT AUTH=PLAIN\r\n" + DONE
        return b"* ENABLED\r\n" + DONE if call.name == "ENABLE" else None

    with hard_imap({b"B&APw-cher": Mailbox(letters(3))}) as server:
        server.answer, server.listed = answer, b'* LIST () "/" B&APw-cher\r\n'
        moved(claire, server)

    assert {folder for folder, _ in claire.subjects()} == {("Bücher",)}


def test_three_messages_over_which_connections_end_cost_no_other_its_place(claire: Person) -> None:
    """They stand side by side, and are named."""
    three = {60, 61, 62}
    with hard_imap(list(letters(120))) as server:
        server.answer = lambda call: CUT if call.is_body and three & set(call.uids()) else None
        moved_at_last(claire, server)

    assert counts(claire) == 117


def test_a_hidden_folder_of_the_destination_is_not_taken_for_one_of_the_owner_s(claire: Person) -> None:
    """A program keeps a folder Files there that nobody sees; the source has one of that name, too."""
    login = b64encode(f"{ADDRESS}:{PASSWORD}".encode()).decode()
    asked = Request(claire.exchange.url, HIDDEN, {"Content-Type": "text/xml", "Authorization": f"Basic {login}"})
    with urlopen(asked, timeout=60) as answered:
        assert b'ResponseClass="Success"' in answered.read()

    with hard_imap({b"Files": Mailbox(letters(3))}) as server:
        moved(claire, server)

    assert {folder for folder, _ in claire.subjects()} == {("Files (2)",)}
