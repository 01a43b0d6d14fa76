"""Creating messages: what arrives, and what is said of each."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exchangelib import DELEGATE, Account, Build, Configuration, Credentials, Message, Version
from exchangelib.extended_properties import ExtendedProperty, Flag
from exchangelib.protocol import CachingProtocol

from emulators.exchange import Fault
from emulators.exchange.control import Control
from engine.connectors.exchange.tags import PROPERTY_NAME, PROPERTY_SET
from engine.errors import Cause, FatalError, RetryableError
from engine.ports.destination import Limits
from engine.ports.items import Marks, Outcome, SourceMessage, Tagged, Verdict
from engine.ports.source import Role
from tests.servers.proxy import cutting_proxy

from .conftest import PASSWORD, Opened, eventually, mime, new

RECEIVED = datetime(2019, 2, 3, 4, 5, 6, tzinfo=UTC)
SENT = datetime(2020, 5, 17, 8, 29, tzinfo=UTC)


def verdicts(outcomes: list[Outcome]) -> list[Verdict]:
    return [o.verdict for o in outcomes]


def three() -> list[Tagged]:
    return [new("one"), new("two"), new("three")]


# What plain exchangelib reads back


class ItemTag(ExtendedProperty):
    property_set_id = PROPERTY_SET
    property_name = PROPERTY_NAME
    property_type = "String"


class LastVerb(ExtendedProperty):
    property_tag = 0x1081
    property_type = "Integer"


class IconIndex(ExtendedProperty):
    property_tag = 0x1080
    property_type = "Integer"


FIELDS = {"omm_tag": ItemTag, "omm_verb": LastVerb, "omm_icon": IconIndex, "omm_flag": Flag}


@pytest.fixture
def reader(opened: Opened) -> Iterator[Account]:
    """The mailbox as stock exchangelib opens it."""
    for name, field in FIELDS.items():
        Message.register(name, field)
    config = Configuration(
        service_endpoint=opened.emulator.url, credentials=Credentials(opened.address, PASSWORD), auth_type="basic",
        version=Version(Build(15, 2, 1748, 10)),
    )
    yield Account(opened.address, config=config, autodiscover=False, access_type=DELEGATE)
    for name in FIELDS:
        Message.deregister(name)
    for protocol, _ in list(CachingProtocol._protocol_cache.values()):  # type: ignore[attr-defined]  # private
        if not isinstance(protocol, Exception):
            protocol.close()
    CachingProtocol.clear_cache()


@pytest.mark.parametrize(("marks", "read"), [
    ({}, {}),
    ({"read": True}, {"is_read": True}),
    ({"flagged": True}, {"omm_flag": 2}),
    ({"answered": True, "read": True}, {"omm_verb": 102, "omm_icon": 261, "is_read": True}),
    ({"forwarded": True}, {"omm_verb": 104, "omm_icon": 262}),
    ({"draft": True}, {"is_draft": True}),
    ({"draft": True, "read": True}, {"is_draft": True, "is_read": True}),
    ({"categories": ("Red", "Ä & <b>", "\U0001f4e7")}, {"categories": ["Red", "Ä & <b>", "\U0001f4e7"]}),
])
def test_every_mark_is_read_back_by_another_client(opened: Opened, reader: Account, marks: dict, read: dict) -> None:
    """Received, sent, read, flag, verb, draft and categories, and nothing that was not said."""
    content = mime("Grüße".encode().decode("latin-1"), header="Importance: high\r\nX-Priority: 1\r\n")
    message = SourceMessage(1, content, len(content), RECEIVED, Marks(**marks))

    (made,) = opened.destination.create(opened.inbox, [Tagged("7K2F9QXD:0a1b2c3d:" + "0" * 32, message)])

    (found,) = reader.inbox.all()
    expected = {"is_read": False, "is_draft": False, "omm_flag": None, "omm_verb": None, "omm_icon": None,
                "categories": None} | read
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.id == made.id
    assert (found.datetime_received, found.datetime_sent) == (RECEIVED, SENT)
    assert found.omm_tag == "7K2F9QXD:0a1b2c3d:" + "0" * 32
    assert found.importance == "High"
    assert (found.is_read_receipt_requested, found.is_delivery_receipt_requested) == (False, False)


@pytest.mark.parametrize(("header", "importance"), [("", "Normal"), ("Importance: low\r\n", "Low")])
def test_importance_is_that_of_the_mime(opened: Opened, header: str, importance: str) -> None:
    """What the message says of itself stands."""
    opened.destination.create(opened.inbox, [new("a", content=mime("a", header=header))])

    assert opened.messages[0].importance == importance


def test_a_receipt_that_was_asked_for_at_the_source_is_not_asked_for_again(opened: Opened, reader: Account) -> None:
    """Reading, and removing unread, a message that wanted receipts tells nobody."""
    wants = "Disposition-Notification-To: ann@example.net\r\nReturn-Receipt-To: ann@example.net\r\n"
    made = opened.destination.create(
        opened.inbox, [new(s, content=mime(s, header=wants)) for s in ("read later", "removed unread")])
    found = next(m for m in reader.inbox.all() if m.id == made[0].id)
    found.is_read = True
    found.save(update_fields=["is_read"])

    opened.destination.delete([made[1].id or ""])

    assert opened.emulator.outgoing() == []
    assert opened.subjects == ["read later"]


@pytest.mark.parametrize("content", [
    b"", b"\r\n", b"no header at all", b"Subject: LF only\n\nbody\n", b"Subject: \xff\xfe\x00\r\n\r\n\x00\x01\xff",
    b"From: a\r\n\r\n.\r\n..\r\n", b"Subject: x\r\n\r\n" + bytes(range(256)) * 40,
])
def test_odd_messages_arrive_byte_for_byte(opened: Opened, content: bytes) -> None:
    """Whatever the bytes, the server holds those and no others, or says why it does not take them."""
    (outcome,) = opened.destination.create(opened.inbox, [new("odd", content=content)])

    assert outcome.verdict in (Verdict.DONE, Verdict.REFUSED)
    assert [m.mime for m in opened.messages] == ([content] if outcome.verdict is Verdict.DONE else [])


def test_a_batch_is_answered_in_its_own_order(opened: Opened) -> None:
    """Fifty ids, each of its own message, from one request."""
    messages = [new(f"m{n:02}") for n in range(50)]

    outcomes = opened.destination.create(opened.inbox, messages)

    subject = {m.item_id: m.subject for m in opened.messages}
    assert [subject[o.id or ""] for o in outcomes] == [f"m{n:02}" for n in range(50)]
    assert eventually(lambda: opened.requests("CreateItem") == [200])


# What is said of each


@pytest.mark.parametrize(("code", "verdict"), [
    ("ErrorServerBusy", Verdict.BUSY), ("ErrorTooManyObjectsOpened", Verdict.BUSY),
    ("ErrorQuotaExceeded", Verdict.FATAL), ("ErrorAccessDenied", Verdict.FATAL),
    ("ErrorMessageSizeExceeded", Verdict.REFUSED), ("ErrorMimeContentInvalid", Verdict.REFUSED),
    ("ErrorItemCorrupt", Verdict.REFUSED), ("ErrorInternalServerError", Verdict.UNKNOWN),
])
def test_one_items_error_is_taken_at_its_place(opened: Opened, code: str, verdict: Verdict) -> None:
    """The neighbours are created and say so; nothing is sent twice."""
    opened.emulator.add_fault(Fault(operation="CreateItem", action="items", positions=(1,), code=code, nth=1))

    outcomes = opened.destination.create(opened.inbox, three())

    assert verdicts(outcomes) == [Verdict.DONE, verdict, Verdict.DONE]
    assert opened.subjects == ["one", "three"]
    assert str(outcomes[1].error)
    assert eventually(lambda: opened.requests("CreateItem") == [200])


def test_items_that_a_stopped_batch_did_not_reach_are_busy(opened: Opened) -> None:
    """ErrorBatchProcessingStopped means: not this time."""
    opened.emulator.add_fault(Fault(
        operation="CreateItem", action="items", positions=(0,), code="ErrorQuotaExceeded", stop_batch=True, nth=1))

    outcomes = opened.destination.create(opened.inbox, three())

    assert verdicts(outcomes) == [Verdict.FATAL, Verdict.BUSY, Verdict.BUSY]
    assert isinstance(outcomes[0].error, FatalError)
    assert outcomes[0].error.cause is Cause.MAILBOX_FULL
    assert opened.subjects == []


@pytest.mark.parametrize(("code", "verdict"), [
    ("ErrorServerBusy", Verdict.BUSY), ("ErrorExceededConnectionCount", Verdict.BUSY),
    ("ErrorAccessDenied", Verdict.SPLIT), ("ErrorNonExistentMailbox", Verdict.FATAL),
    ("ErrorSchemaValidation", Verdict.SPLIT), ("ErrorInvalidRequest", Verdict.SPLIT),
    ("ErrorInternalServerError", Verdict.UNKNOWN), ("ErrorInternalServerTransientError", Verdict.UNKNOWN),
])
def test_a_fault_of_the_whole_request_is_everybodys(opened: Opened, code: str, verdict: Verdict) -> None:
    """One verdict for all three, one request, and no other version of it tried."""
    opened.emulator.add_fault(Fault(operation="CreateItem", action="fault", code=code, back_off_ms=2500))

    outcomes = opened.destination.create(opened.inbox, three())

    assert verdicts(outcomes) == [verdict] * 3
    assert outcomes[0].back_off == (2.5 if verdict is Verdict.BUSY else None)
    assert eventually(lambda: opened.requests("CreateItem") == [500])


def test_a_folder_that_is_gone_refuses_each_message(opened: Opened) -> None:
    """Its owner removed it meanwhile."""
    folder = opened.destination.create_folder(opened.destination.top, "x", "t").id
    assert opened.destination.delete_folder(folder)

    outcomes = opened.destination.create(folder, three())

    assert set(verdicts(outcomes)) <= {Verdict.REFUSED, Verdict.GONE}
    assert {str(o.error).partition(" was ")[2] for o in outcomes} == {"removed at the destination meanwhile"}
    assert opened.subjects == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [
    {"action": "drop"}, {"action": "reset"}, {"action": "cut", "bytes": 0}, {"action": "cut", "bytes": 500},
    {"action": "truncate", "bytes": 0}, {"action": "truncate", "bytes": 900},
    {"action": "status", "status": 500, "body": "<html>oops</html>"}, {"action": "status", "status": 502},
    {"action": "status", "status": 503, "headers": {"Retry-After": "7"}}, {"action": "status", "status": 504},
    {"action": "status", "status": 408}, {"action": "status", "status": 200, "body": "<html>Maintenance</html>"},
    {"action": "status", "status": 200, "body": ""},
    {"action": "status", "status": 302, "headers": {"Location": "/ews/genericerrorpage.htm"}},
    {"action": "hold", "name": "answer", "middle": True}, {"action": "hold", "name": "answer"},
], ids=str)
def test_a_lost_answer_is_unknown_for_all_and_nothing_is_sent_again(opened: Opened, fault: dict, when: str) -> None:
    """Before the commit or after it, nobody can tell: every item is unknown, and there was one request."""
    emulator, address = opened.emulator, opened.address
    destination = opened.server.open(address, shortest_deadline=0.5)
    inbox = opened.inbox
    emulator.add_fault(Fault(operation="CreateItem", when=when, **fault))

    outcomes = destination.create(inbox, three())

    assert verdicts(outcomes) == [Verdict.UNKNOWN] * 3
    assert all(isinstance(o.error, RetryableError) for o in outcomes)
    emulator.clear_faults()
    assert eventually(lambda: len(opened.requests("CreateItem")) == 1)
    if fault["action"] != "hold":
        stored = 3 if when == "after" or fault["action"] in ("cut", "truncate") else 0
        assert len(opened.messages) in ((stored,) if when == "after" else (0, 3))


@pytest.mark.parametrize(("status", "verdict", "cause"), [
    (401, Verdict.FATAL, Cause.SIGN_IN), (429, Verdict.BUSY, Cause.BUSY), (400, Verdict.BUSY, Cause.BUSY),
])
def test_a_status_that_says_no_is_taken_at_its_word(
    opened: Opened, status: int, verdict: Verdict, cause: Cause
) -> None:
    """Nothing was done; the cause can be acted upon."""
    opened.emulator.add_fault(
        Fault(operation="CreateItem", action="status", status=status, headers={"Retry-After": "3"}))

    outcomes = opened.destination.create(opened.inbox, three())

    assert verdicts(outcomes) == [verdict] * 3
    assert outcomes[0].error.cause is cause  # type: ignore[union-attr]
    assert outcomes[0].back_off == (3.0 if verdict is Verdict.BUSY else None)


def test_a_refused_connection_is_busy_because_nothing_was_sent(opened: Opened, reach) -> None:
    """The server restarts: what was not sent may be sent later."""
    with cutting_proxy(int(opened.emulator.url.split(":")[2].split("/")[0])) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/EWS/Exchange.asmx"
        destination = reach(url, login=opened.address)
        destination.probe()
        proxy.stop()

        outcomes = destination.create(opened.inbox, three())

    assert verdicts(outcomes) == [Verdict.BUSY] * 3
    assert outcomes[0].error.cause is Cause.UNREACHABLE  # type: ignore[union-attr]
    assert opened.subjects == []


# Size


@pytest.mark.parametrize("status", [507, 413])
def test_a_request_that_is_too_large_is_split_and_teaches_the_limit(opened: Opened, status: int) -> None:
    """A batch is split, a single message refused; what is known to be too large is not asked about again."""
    opened.emulator.configure(max_request_bytes=3_000_000, oversize_status=status)
    before = opened.destination.limits.largest_message
    batch = [new(s, content=mime(s, size=2_000_000)) for s in ("a", "b")]

    together = opened.destination.create(opened.inbox, batch)
    after_batch = opened.destination.limits.largest_message
    alone = [opened.destination.create(opened.inbox, [one])[0] for one in batch]
    single = opened.destination.create(opened.inbox, [new("c", content=mime("c", size=2_500_000))])

    assert verdicts(together) == [Verdict.SPLIT] * 2
    assert verdicts(alone) == [Verdict.DONE] * 2
    assert verdicts(single) == [Verdict.REFUSED]
    assert "larger than the destination takes" in str(single[0].error)
    assert before > after_batch >= 2_000_000
    assert 2_000_000 <= opened.destination.limits.largest_message < 2_500_000


@pytest.mark.parametrize("status", [507, 413])
def test_a_small_request_that_is_called_too_large_teaches_nothing(opened: Opened, status: int) -> None:
    """A full disk may answer the same: the one message is refused, and larger ones are not given up unasked."""
    before = opened.destination.limits
    opened.emulator.add_fault(Fault(operation="CreateItem", action="status", status=status))

    outcomes = opened.destination.create(opened.inbox, [new("a")])

    assert verdicts(outcomes) == [Verdict.REFUSED]
    assert opened.destination.limits == before


def test_the_limit_never_grows() -> None:
    """Exchange's 64 MB hold about 48 MB of mail; a message limit of its own counts when it is smaller."""
    assert 47_000_000 < Limits().largest_message < 51_000_000
    assert Limits(message=10_000_000).largest_message == 10_000_000
    assert Limits(request=1_000_000, message=10_000_000).largest_message < 750_000


def pattern(size: int) -> Iterator[bytes]:
    """A message of that many bytes that is not the same anywhere."""
    yield (head := mime("large"))
    left = size - len(head)
    for number in range(left // 65_536 + 1):
        piece = hashlib.sha256(str(number).encode()).digest() * 2048
        yield piece[: min(left, 65_536)]
        left -= 65_536
        if left <= 0:
            return


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[tuple[str, Control]]:
    """An emulator in a process of its own, whose memory is not ours."""
    with subprocess.Popen(
        [sys.executable, "-m", "emulators.exchange", "--database", str(tmp_path / "e.sqlite"),
         "--mailbox", "large@example.org", "--control-port", "0"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "OMM_EMULATOR_PASSWORD": PASSWORD},
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        yield line["url"], Control(line["control"])
        process.terminate()


@pytest.mark.parametrize("scheme", ["basic", "ntlm"])
def test_a_large_message_streams_from_its_file(apart: tuple[str, Control], reach, scheme: str) -> None:
    """Twenty megabytes arrive byte for byte, with less than twenty megabytes of memory."""
    url, control = apart
    control.configure(auth=[scheme])
    destination = reach(url, login="large@example.org")
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    size, digest = 20_000_001, hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        for piece in pattern(size):
            digest.update(piece)
            file.write(piece)
        file.seek(0)
        message = Tagged("7K2F9QXD:0a1b2c3d:" + "1" * 32, SourceMessage(1, file, size, RECEIVED))
        tracemalloc.start()
        (outcome,) = destination.create(inbox, [message])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    (stored,) = control.messages("large@example.org")
    assert outcome.verdict is Verdict.DONE
    assert (len(stored.mime), hashlib.sha256(stored.mime).hexdigest()) == (size, digest.hexdigest())
    assert stored.sent == "2020-05-17T08:29:00Z"
    assert peak < 20_000_000
    assert [r.status for r in control.requests if r.operation == "CreateItem"] == [200]


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",)])
def test_a_spooled_message_outlives_a_connection_that_was_cut_while_idle(tls, offer) -> None:
    """Sent again from its start over a new connection, NTLM's three legs included."""
    tls.emulator.configure(auth=offer)
    address = tls.mailbox()
    destination = tls.open(address)
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    for connection in list(tls.emulator._server._open):
        connection.shutdown(socket.SHUT_RDWR)
    content = b"".join(pattern(300_000))

    (outcome,) = destination.create(inbox, [Tagged("t", SourceMessage(1, io.BytesIO(content), len(content), None))])

    assert outcome.verdict is Verdict.DONE
    assert [m.mime for m in tls.emulator.messages(address)] == [content]


def test_a_spooled_message_whose_size_was_told_wrong_arrives_whole(opened: Opened) -> None:
    """The file's own length counts, not what the source said."""
    content = b"".join(pattern(100_000))
    for said in (10, 1_000_000):
        message = SourceMessage(1, io.BytesIO(content), said, None)

        (outcome,) = opened.destination.create(opened.inbox, [Tagged("t", message)])

        assert outcome.verdict is Verdict.DONE
    assert [m.mime for m in opened.messages] == [content] * 2


# Threads


def test_eight_threads_write_side_by_side(server) -> None:
    """Every message is there once, every outcome is its own, and each thread's connection signed in once."""
    server.emulator.configure(auth=("ntlm",), request_ms=5)
    address = server.mailbox()
    destination = server.open(address)
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    ids: dict[str, str | None] = {}

    def write(thread: int) -> None:
        for batch in range(5):
            names = [f"{thread}-{batch}-{n}" for n in range(4)]
            for name, outcome in zip(names, destination.create(inbox, [new(n) for n in names]), strict=True):
                assert outcome.verdict is Verdict.DONE
                ids[name] = outcome.id

    threads = [threading.Thread(target=write, args=(n,), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {m.subject: m.item_id for m in server.emulator.messages(address)} == ids
    assert len(ids) == 160
    assert all(server.accepted(address))
    assert len(server.accepted(address)) <= 8
