"""Injected faults: each does what it says, on its side of the commit and nowhere else."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Fault

from .conftest import PASSWORD
from .soap import NS, Mailbox, basic, distinguished, envelope, mime, names

INBOX = distinguished("inbox")
SIDES = pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])


def creation(*subjects: str) -> str:
    """A CreateItem of messages by MIME with these subjects."""
    items = "".join(
        f"<t:Message><t:MimeContent>{mime(one)}</t:MimeContent></t:Message>" for one in subjects or ("One",)
    )
    return (
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{INBOX}</m:SavedItemFolderId>'
        f"<m:Items>{items}</m:Items></m:CreateItem>"
    )


@contextlib.contextmanager
def posted(emulator: ExchangeEmulator, mailbox: Mailbox, body: str) -> Iterator[socket.socket]:
    """A plain connection on which this request has been sent."""
    url, data = urlsplit(emulator.url), envelope(body)
    head = "".join(
        f"{name}: {value}\r\n"
        for name, value in {
            "Host": "localhost",
            "Content-Type": "text/xml; charset=utf-8",
            "Content-Length": str(len(data)),
            **basic(mailbox.address, PASSWORD),
        }.items()
    )
    with socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=90) as plain:
        plain.sendall(f"POST {url.path} HTTP/1.1\r\n{head}\r\n".encode() + data)
        yield plain


def everything(plain: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    data = b""
    while more := plain.recv(65536):
        data += more
    return data


def answered(plain: socket.socket) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of an answer that is complete as HTTP."""
    with contextlib.closing(http.client.HTTPResponse(plain)) as reply:
        reply.begin()
        body = reply.read()  # raises IncompleteRead where less comes than was promised
        return reply.status, reply.headers, body


def count(emulator: ExchangeEmulator, mailbox: Mailbox) -> int:
    """How many messages the mailbox holds."""
    return len(emulator.messages(mailbox.address))


@SIDES
def test_drop_closes_the_connection_without_a_byte(
    emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int
) -> None:
    """A dropped request has no answer at all; before the commit it is not stored, after it is."""
    emulator.add_fault(Fault(operation="CreateItem", action="drop", when=when))

    with posted(emulator, mailbox, creation()) as plain:
        assert everything(plain) == b""

    assert count(emulator, mailbox) == stored


@SIDES
def test_reset_breaks_the_connection(emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int) -> None:
    """A reset request ends in a TCP reset; before the commit it is not stored, after it is."""
    emulator.add_fault(Fault(operation="CreateItem", action="reset", when=when))

    with posted(emulator, mailbox, creation()) as plain, pytest.raises(ConnectionResetError):
        everything(plain)

    assert count(emulator, mailbox) == stored


@SIDES
def test_cut_stops_in_the_middle_of_the_answer(
    emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int
) -> None:
    """A cut answer promises more than it holds, so that the client knows; the commit is on its side."""
    emulator.add_fault(Fault(operation="CreateItem", action="cut", when=when, bytes=120))

    with posted(emulator, mailbox, creation()) as plain:
        data = everything(plain)

    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    if b"chunked" in head:
        assert not body.endswith(b"0\r\n\r\n")
    else:
        promised = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        assert int(promised.split(b":")[1]) > len(body)
    assert b"<" in body
    assert b"</s:Envelope>" not in body
    assert count(emulator, mailbox) == stored


@SIDES
def test_truncate_is_framed_well_and_broken_within(
    emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int
) -> None:
    """A truncated answer is complete as HTTP and incomplete as XML; the next one is whole."""
    emulator.add_fault(Fault(operation="CreateItem", action="truncate", when=when, bytes=300, nth=1))

    with posted(emulator, mailbox, creation()) as plain:
        status, _, body = answered(plain)

    assert (status, len(body)) == (200, 300)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert count(emulator, mailbox) == stored
    assert mailbox.call(creation("Next")).ok()


@SIDES
def test_status_answers_with_its_own(emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int) -> None:
    """A status is answered with the headers and the body of the fault."""
    emulator.add_fault(
        Fault(
            operation="CreateItem",
            action="status",
            when=when,
            status=503,
            headers={"Retry-After": "7"},
            body="<html>Busy</html>",
        )
    )

    with posted(emulator, mailbox, creation()) as plain:
        status, headers, body = answered(plain)

    assert (status, headers["Retry-After"], body) == (503, "7", b"<html>Busy</html>")
    assert count(emulator, mailbox) == stored


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (302, {"Location": "/ews/genericerrorpage.htm"}),
        (401, {}),
        (429, {}),
        (502, {}),
        (200, {"Content-Type": "text/html"}),
    ],
)
def test_status_may_be_any(emulator: ExchangeEmulator, mailbox: Mailbox, status: int, headers: dict[str, str]) -> None:
    """Any status with any header can be answered, a maintenance page with 200 too."""
    emulator.add_fault(Fault(action="status", status=status, headers=headers, body="x"))

    answer = mailbox.send(envelope(creation()))

    assert answer.status == status
    assert {name: answer.headers[name] for name in headers} == headers


@SIDES
def test_fault_is_a_soap_fault(emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int) -> None:
    """A fault is HTTP 500 with the code, and with the back-off where there is one, and without a version."""
    emulator.add_fault(
        Fault(operation="CreateItem", action="fault", when=when, code="ErrorServerBusy", back_off_ms=178510)
    )

    answer = mailbox.send(envelope(creation()))

    assert (answer.status, answer.fault) == (500, "ErrorServerBusy")
    value = answer.one("detail/t:MessageXml/t:Value")
    assert (value.get("Name"), value.text) == ("BackOffMilliseconds", "178510")
    assert answer.text(".//e:Message") == "The server cannot service this request right now. Try again later."
    assert answer.tree is not None
    assert names(answer.tree) == ["Body"]
    assert count(emulator, mailbox) == stored


def test_fault_may_have_any_code_and_no_back_off(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A fault of another code names no back-off."""
    emulator.add_fault(Fault(action="fault", code="ErrorInternalServerError"))

    answer = mailbox.send(envelope(creation()))

    assert answer.fault == "ErrorInternalServerError"
    assert answer.all(".//t:Value") == []


def test_items_refuses_those_at_their_positions(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The items at the positions are refused with the code and not stored; the others are."""
    emulator.add_fault(Fault(operation="CreateItem", action="items", positions=(0, 2), code="ErrorQuotaExceeded"))

    answer = mailbox.call(creation("a", "b", "c", "d"))

    assert answer.codes == ["ErrorQuotaExceeded", "NoError", "ErrorQuotaExceeded", "NoError"]
    assert mailbox.subjects(INBOX) == ["b", "d"]


def test_items_refuses_those_that_hold_a_text(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The items whose MIME holds the text are refused wherever they stand, in every request."""
    emulator.add_fault(Fault(operation="CreateItem", action="items", containing="poison", code="ErrorCorruptData"))

    first, second = mailbox.call(creation("a", "poison 1")), mailbox.call(creation("poison 2", "b", "c"))

    assert first.codes == ["NoError", "ErrorCorruptData"]
    assert second.codes == ["ErrorCorruptData", "NoError", "NoError"]
    assert mailbox.subjects(INBOX) == ["a", "b", "c"]


def test_items_may_be_refused_with_an_inner_error(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A busy server may say so of one item within HTTP 200: ErrorInternalServerError around ErrorServerBusy."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 2, folder=INBOX)
    emulator.add_fault(
        Fault(
            operation="GetItem",
            action="items",
            positions=(1,),
            code="ErrorInternalServerError",
            inner="ErrorServerBusy",
        )
    )

    answer = mailbox.call(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{''.join(items)}</m:ItemIds></m:GetItem>"
    )

    assert (answer.status, answer.codes) == (200, ["NoError", "ErrorInternalServerError"])
    told = {one.get("Name"): one.text for one in answer.messages[1].iterfind("m:MessageXml/t:Value", NS)}
    assert (told["InnerErrorResponseCode"], told["InnerErrorDescriptiveLinkKey"]) == ("ErrorServerBusy", "0")
    assert told["InnerErrorMessageText"] == "The server cannot service this request right now. Try again later."


@pytest.mark.parametrize("when", ["before", "after"])
def test_delay_answers_later(emulator: ExchangeEmulator, mailbox: Mailbox, when: str) -> None:
    """A delayed request is answered as ever, and not before its time."""
    emulator.add_fault(Fault(operation="CreateItem", action="delay", when=when, seconds=0.2))
    begun = time.monotonic()

    with posted(emulator, mailbox, creation()) as plain:
        status, _, body = answered(plain)

    assert time.monotonic() - begun >= 0.2
    assert (status, b"NoError" in body) == (200, True)
    assert count(emulator, mailbox) == 1


@SIDES
def test_hold_waits_until_it_is_released(emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int) -> None:
    """A held request stands on its side of the commit until it is released, and then is answered."""
    emulator.add_fault(Fault(operation="CreateItem", action="hold", when=when, name=f"gate {when}"))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(mailbox.call(creation())))
    thread.start()
    try:
        assert emulator.wait_held(f"gate {when}", 90)
        assert count(emulator, mailbox) == stored
        assert answers == []
    finally:
        emulator.release(f"gate {when}")
        thread.join(60)

    assert answers[0].ok()
    assert count(emulator, mailbox) == 1


def test_hold_in_the_middle_has_begun_to_answer(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A request held in the middle has sent the head and the first half of its answer, which is committed."""
    emulator.add_fault(Fault(operation="CreateItem", action="hold", when="after", name="gate", middle=True))

    with posted(emulator, mailbox, creation()) as plain:
        assert emulator.wait_held("gate", 90)
        begun = plain.recv(65536)
        assert begun.startswith(b"HTTP/1.1 200 ")
        assert b"</s:Envelope>" not in begun
        assert count(emulator, mailbox) == 1
        emulator.release("gate")
        rest = begun
        while not rest.endswith(b"0\r\n\r\n"):
            rest += plain.recv(65536)

    assert b"</s:Envelope>" in rest


def test_nobody_is_held_where_nothing_holds(emulator: ExchangeEmulator) -> None:
    """Waiting for a request that is not held ends with the time given."""
    assert emulator.wait_held("nothing", 0.01) is False


def test_the_nth_request_alone_is_hit(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A fault with a number hits that one of the requests that match, and no other."""
    emulator.add_fault(Fault(operation="CreateItem", action="fault", code="ErrorInternalServerError", nth=2))

    statuses = []
    for subject in "abc":
        statuses.append(mailbox.send(envelope(creation(subject))).status)
        mailbox.subjects(INBOX)

    assert statuses == [200, 500, 200]
    assert mailbox.subjects(INBOX) == ["a", "c"]


def test_other_operations_are_not_hit(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A fault for one operation leaves the others alone; one for all hits each."""
    emulator.add_fault(Fault(operation="DeleteItem", action="fault"))
    assert mailbox.call(creation()).ok()

    emulator.add_fault(Fault(action="fault", code="ErrorInternalServerError"))
    assert mailbox.send(envelope(creation())).status == 500


def test_faults_are_cleared(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """After clearing, requests are answered as ever."""
    emulator.add_fault(Fault(action="drop"))
    emulator.clear_faults()

    assert mailbox.call(creation()).ok()


def test_a_request_that_is_not_signed_in_is_not_counted(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A 401 is no request that a fault could hit."""
    emulator.add_fault(Fault(action="fault", code="ErrorInternalServerError", nth=1))

    refused = mailbox.send(envelope(creation()), headers={"Content-Type": "text/xml"})
    hit = mailbox.send(envelope(creation()))

    assert (refused.status, hit.status) == (401, 500)


@SIDES
def test_what_was_committed_is_on_record(emulator: ExchangeEmulator, mailbox: Mailbox, when: str, stored: int) -> None:
    """The record of a request says whether it was committed, whatever its client was told."""
    emulator.add_fault(Fault(operation="CreateItem", action="status", when=when, status=503))
    mailbox.send(envelope(creation()))

    record = next(one for one in reversed(emulator.requests) if one.user == mailbox.address)

    assert (record.operation, record.status, record.committed) == ("CreateItem", 503, bool(stored))


def test_a_rule_files_a_message_before_the_request_is_carried_out(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Mail arrives between two requests of a client; its request is then carried out as it would be."""
    emulator.add_fault(Fault(operation="CreateItem", action="file", path=["Inbox"], name="from a rule", nth=1))

    answer = mailbox.call(creation("mine"))

    assert answer.ok()
    assert mailbox.subjects(INBOX) == ["from a rule", "mine"]


def test_a_rule_without_its_folder_is_a_tests_own_fault(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A test that names a folder which is not there sees that, not a mailbox in which nothing arrived."""
    emulator.add_fault(Fault(operation="CreateItem", action="file", path=["Nowhere"], name="lost"))

    status = mailbox.send(envelope(creation())).status
    faults = list(emulator.schema_faults)
    emulator._service.schema_faults.clear()

    assert status == 500
    assert any("There is no folder Nowhere" in words for words in faults)


@pytest.mark.parametrize("ahead", [-180, 3600])
def test_the_mailbox_may_have_another_clock_than_the_date_header(
    emulator: ExchangeEmulator, mailbox: Mailbox, ahead: int
) -> None:
    """Items are dated by the server that holds the mailbox; the header tells the time of the one that answers."""
    emulator.configure(mailbox_ahead_s=ahead)

    mailbox.call(creation("dated"))
    emulator.configure(mailbox_ahead_s=0)

    (stored,) = [line for line in _created(emulator, mailbox) if line]
    assert abs((stored - datetime.now(UTC)).total_seconds() - ahead) < 60


def _created(emulator: ExchangeEmulator, mailbox: Mailbox) -> list[datetime]:
    with emulator._store.lock:
        rows = emulator._store.db.execute(
            "SELECT created FROM item JOIN mailbox ON item.mailbox=mailbox.id WHERE address=?", (mailbox.address,)
        )
        return [datetime.fromisoformat(created) for (created,) in rows]
