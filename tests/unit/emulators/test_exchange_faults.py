"""What can be made to go wrong, and what is in the store afterwards."""

import base64
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from emulators.exchange import ExchangeEmulator, Fault, Settings
from emulators.exchange.control import Control

ADDRESS, PASSWORD = "claire@example.org", "correct horse"
MAIL = b"Subject: one\r\n\r\nbody\r\n"
GONE = (ConnectionError, http.client.HTTPException)


@pytest.mark.parametrize("action", ["drop", "reset", "cut"])
@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_a_lost_answer_leaves_what_was_committed(emulator: ExchangeEmulator, client: Any, action: Any, when: Any,
                                                 stored: int) -> None:
    """drop, reset and cut lose the answer; only "after" leaves the message."""
    emulator.add_fault(Fault(operation="CreateItem", when=when, action=action, bytes=40))

    with pytest.raises(GONE):
        client.create(MAIL)

    assert len(emulator.messages(ADDRESS)) == stored
    assert [(one.status, one.committed) for one in emulator.requests] == [(0, bool(stored))]


def test_a_truncated_answer_is_well_framed(emulator: ExchangeEmulator, client: Any) -> None:
    """truncate sends a whole HTTP answer whose XML stops, and the connection lives on."""
    emulator.add_fault(Fault(action="truncate", nth=1, when="after", bytes=333))

    _, body = client.post("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
                          '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>')

    assert len(body) == 333
    assert client.codes(client.create(MAIL)) == ["NoError"]


def test_items_are_refused_by_place_and_by_content(emulator: ExchangeEmulator, client: Any) -> None:
    """items refuses the chosen ones, in order, and stores the others."""
    emulator.add_fault(Fault(action="items", positions=[0], containing="poison", code="ErrorItemSave"))

    answer = client.create(b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n", b"Subject: c\r\n\r\npoison")

    assert client.codes(answer) == ["ErrorItemSave", "NoError", "ErrorItemSave"]
    assert [one.subject for one in emulator.messages(ADDRESS)] == ["b"]


def test_a_fatal_item_stops_the_batch(emulator: ExchangeEmulator, client: Any) -> None:
    """With stop_batch everything after the refused item is left undone with a warning."""
    emulator.add_fault(Fault(action="items", positions=[1], code="ErrorQuotaExceeded", stop_batch=True))

    answer = client.create(MAIL, MAIL, MAIL)

    assert client.codes(answer) == ["NoError", "ErrorQuotaExceeded", "ErrorBatchProcessingStopped"]
    assert len(emulator.messages(ADDRESS)) == 1


def test_a_busy_server_says_how_long_to_wait(emulator: ExchangeEmulator, client: Any) -> None:
    """fault answers HTTP 500 with the code and BackOffMilliseconds, once when nth is 1."""
    emulator.add_fault(Fault(operation="CreateItem", nth=1, action="fault", back_off_ms=1500))

    status, body = client.post('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message/></m:Items>'
                               "</m:CreateItem>")

    assert (status, b'Name="BackOffMilliseconds">1500<' in body) == (500, True)
    assert client.codes(client.create(MAIL)) == ["NoError"]


@pytest.mark.parametrize(("fault", "stored"), [
    (Fault(action="hold", name="x"), 0),
    (Fault(action="hold", name="x", when="after"), 1),
    (Fault(action="hold", name="x", when="after", middle=True), 1),
])
def test_a_held_request_goes_on_when_released(emulator: ExchangeEmulator, client: Any, fault: Fault,
                                              stored: int) -> None:
    """A hold can be waited for, looked at, and released; then the answer is as if nothing had been."""
    emulator.add_fault(fault)
    answers: list[list[str]] = []
    thread = threading.Thread(target=lambda: answers.append(client.codes(client.create(MAIL))))
    thread.start()

    assert emulator.wait_held("x", 90)
    assert len(emulator.messages(ADDRESS)) == stored
    assert not answers
    emulator.release("x")
    thread.join(60)

    assert answers == [["NoError"]]


def test_a_request_that_is_too_large_is_thrown_away(emulator: ExchangeEmulator, client: Any) -> None:
    """More than max_request_bytes is HTTP 507 with an empty body and the connection closed."""
    emulator.configure(max_request_bytes=10_000)

    status, body = client.post("<m:GetFolder/>" + " " * 20_000)

    assert (status, body) == (507, b"")
    assert client.connection.sock is None


def test_a_full_mailbox_takes_no_more(emulator: ExchangeEmulator, client: Any) -> None:
    """What would exceed the quota is refused item by item; deleting makes room."""
    emulator.configure(quota_bytes=60)

    answer = client.create(MAIL, MAIL * 2, MAIL)
    client.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{client.ids(answer)[0]}</m:ItemIds></m:DeleteItem>')

    assert client.codes(answer) == ["NoError", "ErrorQuotaExceeded", "NoError"]
    assert client.codes(client.create(MAIL)) == ["NoError"]


@pytest.mark.parametrize("raw", [
    b"", b"\x00", b"\r\n", b"\r\r\r", b"no header at all", b": nameless", b"Subject: \xff\xfe\x00\r\n\r\n",
    b"Subject: =?utf-8?b?!!!?=\r\nDate: nonsense\r\nFrom: <<>>@@,,\r\n\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n", b"Content-Type: multipart/mixed\r\n\r\nx",
    b"Content-Type: text/plain; charset=no-such\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
    b"A" * 100_000, b"Subject: " + b"x" * 100_000 + b"\r\n\r\n" + b"y" * 100_000, bytes(range(256)) * 40,
    b"Subject: a\rb\x0b\x01\r\n\r\n\x0b\x01", b"From: a\r\n" * 5000, "Subject: Grüße 日本語\r\n\r\nö".encode(),
    b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\xff",
])
def test_any_bytes_are_kept_and_read_back(emulator: ExchangeEmulator, client: Any, raw: bytes) -> None:
    """Whatever a mailbox holds can be stored as it is, and every property of it can be asked for."""
    answer = client.create(raw)

    assert client.codes(answer) == ["NoError"]
    assert [one.mime for one in emulator.messages(ADDRESS)] == [raw]
    shape = ("<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
             '<t:AdditionalProperties><t:FieldURI FieldURI="item:Attachments"/><t:FieldURI FieldURI="item:TextBody"/>'
             '<t:FieldURI FieldURI="item:Preview"/></t:AdditionalProperties></m:ItemShape>')
    read = client.call(f"<m:GetItem>{shape}<m:ItemIds>{client.ids(answer)[0]}</m:ItemIds></m:GetItem>")
    assert client.codes(read) == ["NoError"]


def test_receipts_that_would_have_left_are_on_record(emulator: ExchangeEmulator, client: Any) -> None:
    """Deleting an unread message that asked for a receipt is heard of, unless receipts are suppressed."""
    raw = b"From: ann@example.com\r\nDisposition-Notification-To: ann@example.com\r\nSubject: please\r\n\r\n"
    loud, quiet = client.ids(client.create(raw, raw))

    client.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{loud}</m:ItemIds></m:DeleteItem>')
    client.call(f'<m:DeleteItem DeleteType="HardDelete" SuppressReadReceipts="true"><m:ItemIds>{quiet}</m:ItemIds>'
                "</m:DeleteItem>")

    assert [(one.kind, one.recipients) for one in emulator.outgoing()] == [("not-read receipt", ("ann@example.com",))]


def test_a_round_of_pages_reports_every_item_once(emulator: ExchangeEmulator, client: Any) -> None:
    """Items that change while a synchronisation is paged are created once, and updated in the next round."""
    ids = client.ids(client.create(*[b"Subject: %d\r\n\r\n" % number for number in range(7)]))
    update = ('<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
              f'<t:ItemChange>{ids[0]}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:Message>'
              "<t:Subject>new</t:Subject></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
              "</m:UpdateItem>")
    state, first = _page(client, "")
    client.call(update)
    rest = []
    for _ in range(4):
        state, changes = _page(client, state)
        rest += changes

    assert first + rest == ["Create"] * 7 + ["Update"]


def _page(client: Any, state: str) -> tuple[str, list[str]]:
    """One page of three changes of the Inbox: the new state and the kinds of change."""
    given = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    answer = client.call("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
                         '<m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>'
                         f"{given}<m:MaxChangesReturned>3</m:MaxChangesReturned></m:SyncFolderItems>")
    (changes,) = answer.iter("{*}Changes")
    return answer.findtext(".//{*}SyncState"), [str(one.tag).rpartition("}")[2] for one in changes]


def test_a_restart_changes_nothing(emulator: ExchangeEmulator, client: Any, tmp_path: Path) -> None:
    """The same file opened again holds the same mailbox, ids included."""
    (item,) = client.ids(client.create(MAIL))
    before = emulator.dump()
    emulator.stop()

    with ExchangeEmulator(tmp_path / "exchange.db") as again:
        again.add_mailbox(ADDRESS, password=PASSWORD, user="EXAMPLE\\claire")

        assert again.dump() == before
        assert again.messages(ADDRESS)[0].item_id in item


def test_the_file_holds_no_password(emulator: ExchangeEmulator, tmp_path: Path) -> None:
    """No clear password lies in the store."""
    emulator.stop()

    assert all(PASSWORD.encode() not in one.read_bytes() for one in tmp_path.iterdir())


@contextmanager
def command(tmp_path: Path, *more: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """The emulator as its own process, and the line it printed."""
    arguments = [sys.executable, "-m", "emulators.exchange", "--database", str(tmp_path / "own.db"), "--mailbox",
                 ADDRESS, "--control-port", "0", *more]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"OMM_EMULATOR_PASSWORD": PASSWORD} | environment) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_what_is_committed_survives_the_kill(tmp_path: Path, connect: Callable[..., Any]) -> None:
    """kill -9 after the commit and before the answer: the message is there after the restart."""
    with command(tmp_path) as (process, said):
        control, client = Control(said["control"]), connect(said["url"])
        control.add_fault(Fault(operation="CreateItem", nth=2, when="after", action="hold", name="killed"))
        client.create(MAIL)
        thread = threading.Thread(target=_ignore, args=(client, MAIL))
        thread.start()
        assert control.wait_held("killed", 90)
        before = control.dump()
        process.send_signal(signal.SIGKILL)
        thread.join(60)
        process.wait(90)

    with command(tmp_path) as (process, said):
        control = Control(said["control"])
        assert control.dump() == before
        assert [one.mime for one in control.messages(ADDRESS)] == [MAIL, MAIL]
        assert (control.schema_faults, control.outgoing(), control.sign_ins) == ([], [], [])
        process.terminate()
        assert process.wait(90) == 0


def _ignore(client: Any, raw: bytes) -> None:
    """Create a message for an answer that will not come."""
    with pytest.raises(GONE):
        client.create(raw)


def test_the_command_refuses_to_start_without_a_schema(tmp_path: Path) -> None:
    """Without a schema there is one line that says why, and exit status 2."""
    done = subprocess.run(
        [sys.executable, "-m", "emulators.exchange", "--database", str(tmp_path / "x.db"), "--mailbox", ADDRESS,
         "--schema", str(tmp_path)], capture_output=True, text=True, check=False,
        env=os.environ | {"OMM_EMULATOR_PASSWORD": PASSWORD})

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "schema" in done.stderr


def test_tls_is_served_with_the_given_certificate(tmp_path: Path) -> None:
    """With a certificate the address is https and the certificate verifies."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with ExchangeEmulator(tmp_path / "tls.db", tls=(tmp_path / "cert.pem", tmp_path / "key.pem"),
                          settings=Settings(auth=("ntlm",))) as running:
        port = int(running.url.split(":")[2].partition("/")[0])
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
        connection.request("GET", "/ews/exchange.asmx")
        answer = connection.getresponse()
        answer.read()
        connection.close()

    assert running.url.startswith("https://localhost:")
    assert (answer.status, answer.headers.get_all("WWW-Authenticate")) == (401, ["NTLM"])


def test_parallel_requests_overlap(emulator: ExchangeEmulator, connect: Callable[..., Any]) -> None:
    """The service time is slept outside any lock: requests of several connections run at the same time."""
    emulator.configure(request_ms=150)
    clients = [connect(emulator.url) for _ in range(4)]
    threads = [threading.Thread(target=one.create, args=(MAIL,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    started = max(one.started for one in emulator.requests)
    assert started < min(one.ended for one in emulator.requests)
    assert len(emulator.messages(ADDRESS)) == 4


def test_too_many_at_once_are_refused(emulator: ExchangeEmulator, connect: Callable[..., Any]) -> None:
    """More requests at once than the mailbox may have are ErrorExceededConnectionCount."""
    emulator.configure(max_concurrency=1)
    emulator.add_fault(Fault(nth=1, action="hold", name="slow"))
    first, second = connect(emulator.url), connect(emulator.url)
    thread = threading.Thread(target=first.create, args=(MAIL,))
    thread.start()
    assert emulator.wait_held("slow", 90)

    status, body = second.post("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
                               '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>')
    emulator.release("slow")
    thread.join(60)

    assert (status, b"ErrorExceededConnectionCount" in body) == (500, True)


def test_mime_is_base64_and_nothing_else(emulator: ExchangeEmulator, client: Any) -> None:
    """MIME that is not base64 is refused; white space in it is not minded."""
    encoded = base64.b64encode(MAIL).decode()
    items = "".join(f"<t:Message><t:MimeContent>{one}</t:MimeContent></t:Message>"
                    for one in ("!!!", "abc", f" {encoded[:8]}\n{encoded[8:]} "))

    answer = client.call(f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items>{items}</m:Items></m:CreateItem>')

    assert client.codes(answer) == ["ErrorMimeContentInvalidBase64String"] * 2 + ["NoError"]
    assert [one.mime for one in emulator.messages(ADDRESS)] == [MAIL]
