"""What real servers rarely say, said by a script: refusals, strange answers, old and new extensions."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from engine.connectors.imap import ImapSource, connection
from engine.connectors.imap.reader import PIECE
from engine.connectors.network.pinning import Network
from engine.errors import RefusedError, RetryableError
from engine.migration.account import Account
from engine.ports.items import Listed, SourceMessage
from engine.ports.source import Role, SourceFolder
from engine.systems import System, Transport
from tests.servers.mail_servers.scripted_imap import Answer, ScriptedImap, scripted_imap

EXAMINED = b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 10] ok\r\n"
INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
DATE = b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"'


def message(uid: int, header: bytes = b"Message-ID: <m>\r\n\r\n", *, flags: bytes = b"") -> bytes:
    return b"* %d FETCH (UID %d FLAGS (%b) %b RFC822.SIZE 9 BODY[] {%d}\r\n%b)\r\n" % (
        uid, uid, flags, DATE, len(header), header,
    )


def asked(text: str) -> list[int]:
    """The UIDs that a UID FETCH names, of 1 to 9."""
    uids: list[int] = []
    for part in text.split()[2].split(","):
        first, _, last = part.partition(":")
        uids += range(int(first), min(int(last or first), 9) + 1)
    return uids


def until_refused(messages: Iterator[SourceMessage | Listed]) -> list[int]:
    """The UIDs that come before the RefusedError, which must come."""
    got: list[int] = []
    with pytest.raises(RefusedError):
        deque((got.append(message.uid) for message in messages), maxlen=0)
    return got


@pytest.fixture
def script() -> Iterator[Callable[..., tuple[ImapSource, ScriptedImap]]]:
    """Starts a server that answers so; a source for it."""
    open_servers = []

    def start(answers: dict[str, Answer], *, offers: bytes = b"", **options: object) -> tuple[ImapSource, ScriptedImap]:
        capability = b"* CAPABILITY IMAP4rev1 %b\r\n" % offers
        context = scripted_imap({"CAPABILITY": capability, "EXAMINE": EXAMINED % 3, **answers})
        server = context.__enter__()
        open_servers.append(context)
        account = Account(System.IMAP, "claire", "localhost", server.port, Transport.PLAINTEXT)
        return ImapSource(account, "secret", Network(trusts_person=True), waits=(0.0, 0.0), **options), server

    yield start
    for context in open_servers:
        context.__exit__(None, None, None)


def test_folders_are_opened_read_only(script) -> None:
    """EXAMINE and PEEK, never SELECT, STORE or a body without PEEK."""
    source, server = script({
        "FETCH": b"", "UID FETCH": lambda _, text: b"".join(message(uid) for uid in asked(text) if uid < 4),
        "LIST": b'* LIST () "/" INBOX\r\n',
    })
    reader = source.connect()
    reader.folders()
    list(reader.listing(INBOX))
    list(reader.read(INBOX, [1, 2]))
    reader.spool(INBOX, 1).mime.close()
    reader.envelopes(INBOX, [1])
    reader.close()

    sent = " ".join(server.commands)
    assert not re.search(r"\b(SELECT|STORE|EXPUNGE|APPEND|COPY|MOVE|CREATE|DELETE|RENAME|SUBSCRIBE|CLOSE)\b", sent)
    assert "BODY[" not in sent
    assert "1:*" not in sent


def test_a_listing_takes_whatever_is_shown(script) -> None:
    """Messages come twice, with news of others, and beyond the UID that was announced as the next one."""
    answer = message(3) + message(2) + message(2) + message(11) + b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 EXPUNGE\r\n"
    source, _ = script({"EXAMINE": EXAMINED % 2, "UID FETCH": answer})
    reader = source.connect()

    assert [each.uid for each in reader.listing(INBOX)] == [2, 3, 11]
    reader.close()


def test_messages_that_are_counted_but_not_shown(script) -> None:
    """A server that shows fewer messages than it counts is reported; what it shows is listed."""
    source, _ = script({"UID FETCH": message(1) + message(2)})
    reader = source.connect()

    assert until_refused(reader.listing(INBOX)) == [1, 2]
    reader.close()


def test_messages_that_went_while_we_listed(script) -> None:
    """A folder that has become smaller meanwhile hides nothing."""
    counts = iter((3, 2))
    source, _ = script({"EXAMINE": lambda *_: EXAMINED % next(counts), "UID FETCH": message(1) + message(2)})
    reader = source.connect()

    assert [each.uid for each in reader.listing(INBOX)] == [1, 2]
    reader.close()


def test_flags_that_come_later_count(script) -> None:
    """A second response about a message brings its flags up to date."""
    answer = message(1) + b"* 1 FETCH (UID 1 FLAGS (\\Deleted))\r\n"
    source, _ = script({"EXAMINE": EXAMINED % 1, "UID FETCH": answer})
    reader = source.connect()

    assert [each.deleted for each in reader.listing(INBOX)] == [True]
    reader.close()


def test_a_server_without_uidnext(script) -> None:
    """UIDNEXT is only offered, never promised (RFC 3501 §6.3.2)."""
    source, server = script({"EXAMINE": b"* 1 EXISTS\r\n", "UID FETCH": message(4_000_000_000)})
    reader = source.connect()

    assert [each.uid for each in reader.listing(INBOX)] == [4_000_000_000]
    assert any("1:4294967295" in command for command in server.commands)
    reader.close()


def test_one_broken_message_spoils_no_other(script) -> None:
    """A server that refuses a whole FETCH for one message: the others come, that one is named."""
    def fetch(_: ScriptedImap, text: str) -> bytes:
        if 5 in asked(text):
            return b"TAG NO [SERVERBUG] message is damaged\r\n".replace(b"[SERVERBUG] ", b"")
        return b"".join(message(uid) for uid in asked(text))

    source, _ = script({"UID FETCH": fetch})
    reader = source.connect()

    assert until_refused(reader.read(INBOX, range(1, 9))) == [1, 2, 3, 4, 6, 7, 8]
    with pytest.raises(RefusedError, match="damaged"):
        list(reader.read(INBOX, [5]))
    reader.close()


def test_a_message_that_is_listed_but_not_given(script) -> None:
    """BODY[] NIL for a message that is there is a refusal, not a disappearance."""
    source, _ = script({"NOOP": b"", "UID FETCH": message(1) + b"* 2 FETCH (UID 2 FLAGS () BODY[] NIL)\r\n"})
    reader = source.connect()

    assert until_refused(reader.read(INBOX, [1, 2])) == [1]
    with pytest.raises(RefusedError):
        reader.spool(INBOX, 2)
    reader.close()


def test_a_damaged_message_does_not_hide_its_folder(script) -> None:
    """Listing goes on without what the server cannot read."""
    def fetch(_: ScriptedImap, text: str) -> bytes:
        if "BODY" in text and 2 in asked(text):
            return b"TAG NO damaged\r\n"
        if "BODY" not in text:
            return b"".join(b"* %d FETCH (UID %d FLAGS () %b)\r\n" % (uid, uid, DATE) for uid in (1, 2, 3))
        return b"".join(message(uid) for uid in asked(text) if uid < 4)

    source, _ = script({"FETCH": b"", "UID FETCH": fetch})
    reader = source.connect()

    listed = list(reader.listing(INBOX))
    assert [each.uid for each in listed] == [1, 2, 3]
    assert listed[1].key not in (b"", listed[0].key)
    reader.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"TAG NO [NONEXISTENT] gone\r\n", RefusedError),
        (b"TAG NO no rights\r\n", RefusedError),
        (b"TAG BAD what\r\n", RefusedError),
        (b"TAG NO [INUSE] locked\r\n", RetryableError),
        (b"TAG NO [UNAVAILABLE] later\r\n", RetryableError),
        (b"CUT", RetryableError),
    ],
)
def test_folders_that_do_not_open(script, answer: bytes, error: type[Exception]) -> None:
    """A folder that is refused is reported; one that is busy is tried again later."""
    source, _ = script({"EXAMINE": answer})
    reader = source.connect()

    with pytest.raises(error):
        list(reader.listing(INBOX))
    reader.close()


def test_special_use_is_asked_for(script) -> None:
    """Where the server knows special uses it is asked to tell them (RFC 6154 §2)."""
    answer = b'* LIST (\\HasNoChildren \\Sent) "/" Gesendet\r\n* LIST () "/" INBOX\r\n'
    source, server = script({"LIST": answer}, offers=b"SPECIAL-USE LIST-EXTENDED")
    reader = source.connect()

    assert reader.folders().folders[1].role is Role.SENT
    assert 'LIST "" "*" RETURN (SPECIAL-USE)' in server.commands
    reader.close()


def test_special_use_that_is_offered_but_refused(script) -> None:
    """A server that offers SPECIAL-USE and does not understand the question is asked plainly."""
    def answer(_: ScriptedImap, text: str) -> bytes:
        return b"TAG BAD what\r\n" if "RETURN" in text else b'* LIST () "/" INBOX\r\n'

    source, _ = script({"LIST": answer}, offers=b"SPECIAL-USE")
    reader = source.connect()

    assert [each.path for each in reader.folders().folders] == [("INBOX",)]
    reader.close()


def test_xlist(script) -> None:
    """A server of XLIST's time is asked by XLIST."""
    answer = b'* XLIST (\\Inbox) "/" Posteingang\r\n* XLIST (\\Trash) "/" Weg\r\n'
    source, _ = script({"XLIST": answer}, offers=b"XLIST")
    reader = source.connect()

    assert [(each.path, each.role) for each in reader.folders().folders] == [
        (("INBOX",), Role.INBOX), (("Weg",), Role.DELETED),
    ]
    reader.close()


def test_namespaces(script) -> None:
    """The personal prefix goes, other users' and shared folders stay where they are."""
    source, _ = script({
        "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) (("user." ".")) (("shared." "." "X" ("Y")))\r\n',
        "LIST": b'* LIST () "." INBOX\r\n* LIST () "." INBOX.a\r\n* LIST () "." user.b\r\n* LIST () "." shared.c\r\n',
    }, offers=b"NAMESPACE")
    reader = source.connect()

    assert [each.path for each in reader.folders().folders] == [("INBOX",), ("a",)]
    reader.close()


def test_folders_of_other_people_are_named(script) -> None:
    """Cyrus shares whatever is outside of INBOX (a prefix of ""): such folders are left out, and said to be."""
    source, _ = script({
        "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\n',
        "LIST": b"".join(b'* LIST () "." "%b"\r\n' % name for name in (
            b"INBOX", b"INBOX.Work", b"user.bob", b"public.announcements", b"sales",
        )) + b'* LIST (\\Noselect) "." "public"\r\n',
    }, offers=b"NAMESPACE")
    reader = source.connect()
    found = reader.folders()
    reader.close()

    assert [folder.path for folder in found.folders] == [("INBOX",), ("Work",)]
    assert found.others == ("user.bob", "public.announcements", "sales")


def test_utf8_that_is_not_enabled(script) -> None:
    """A server that answers ENABLE with OK and enables nothing goes on with names in modified UTF-7."""
    source, _ = script(
        {"ENABLE": b"* ENABLED\r\n", "LIST": b'* LIST () "/" Entw&APw-rfe\r\n'}, offers=b"ENABLE UTF8=ACCEPT",
    )
    reader = source.connect()

    assert [folder.path for folder in reader.folders().folders] == [("Entwürfe",)]
    reader.close()


@pytest.mark.parametrize("name", [b"a\tb", b"end\t", b"end ", b"two  blanks"])
def test_white_space_in_names_without_quotes(script, name: bytes) -> None:
    """A name that a server does not quote keeps its tabs and blanks, and opens by them."""
    source, server = script({"LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" %b\r\n' % name, "EXAMINE": EXAMINED % 0,
                             "UID FETCH": b""})
    reader = source.connect()
    folder = reader.folders().folders[1]
    list(reader.listing(folder))
    reader.close()

    assert folder.ref.encode() == name
    assert any(name.decode() in command for command in server.commands if command.startswith("EXAMINE"))


def test_a_next_uid_is_a_hint(script) -> None:
    """A server that announces UIDNEXT 3 is asked for what is beyond, too."""
    source, _ = script({
        "EXAMINE": b"* 4 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 3] ok\r\n",
        "UID FETCH": lambda _, text: b"".join(message(uid) for uid in asked(text) if uid < 5),
    })
    reader = source.connect()

    assert [each.uid for each in reader.listing(INBOX)] == [1, 2, 3, 4]
    reader.close()


def test_marks_are_asked_for_until_they_are_there(script) -> None:
    """A message that came without its marks and its date, in a broken answer perhaps, is asked for them."""
    def fetch(_: ScriptedImap, text: str) -> bytes:
        if "BODY" in text:
            return b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n"
        return b"* 1 FETCH (UID 1 FLAGS (\\Seen) %b)\r\n" % DATE

    source, _ = script({"UID FETCH": fetch})
    reader = source.connect()
    got = next(reader.read(INBOX, [1]))
    reader.close()

    assert got.marks.read
    assert got.received is not None
    assert got.untold == ""


def test_marks_that_cannot_be_had_are_said_to_be_lost(script) -> None:
    """A message whose marks nobody tells is copied, and the report can say what is missing."""
    source, _ = script({"UID FETCH": b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n"})
    reader = source.connect()
    got = next(reader.read(INBOX, [1]))
    reader.close()

    assert got.mime == b"hello"
    assert got.untold == "the source does not tell marks, such as read, or the time of arrival"


def test_a_refusal_is_told_in_the_words_of_the_server(script) -> None:
    """BAD and its text, without a trace of how we hold them."""
    source, _ = script({"EXAMINE": b"TAG BAD User is authenticated but cannot use 'this'\r\n"})
    reader = source.connect()

    with pytest.raises(RefusedError) as caught:
        list(reader.listing(INBOX))
    reader.close()
    assert "“User is authenticated but cannot use 'this'”" in str(caught.value)


def test_utf8_is_switched_on_where_offered(script) -> None:
    """After ENABLE UTF8=ACCEPT names are sent and read as UTF-8."""
    source, server = script(
        {"ENABLE": b"* ENABLED UTF8=ACCEPT\r\n", "LIST": '* LIST () "/" "Été & Cie"\r\n'.encode(), "UID FETCH": b""},
        offers=b"ENABLE UTF8=ACCEPT",
    )
    reader = source.connect()
    folder = reader.folders().folders[0]
    list(reader.read(folder, [1]))
    reader.close()

    assert folder.path == ("Été & Cie",)
    assert 'EXAMINE "Été & Cie"' in server.commands


def test_raw_names_are_sent_back_as_they_came(script) -> None:
    """An old server's 8-bit name opens by its own bytes, in a literal."""
    source, server = script({"LIST": b'* LIST () "/" "\xe9t\xe9"\r\n', "UID FETCH": b""})
    reader = source.connect()
    folder = reader.folders().folders[0]
    list(reader.read(folder, [1]))
    reader.close()

    assert folder.path == ("été",)
    assert any(command.startswith("EXAMINE {3}") for command in server.commands)


@pytest.mark.parametrize("answer", [b"TAG NO [UNAVAILABLE] not now\r\n", b"TAG BAD what\r\n"])
def test_a_namespace_that_is_refused_is_not_guessed(script, answer: bytes) -> None:
    """Without the prefix every folder would have another path, and all mail would be taken for new."""
    source, _ = script({"LIST": b'* LIST () "." INBOX.Work\r\n', "NAMESPACE": answer}, offers=b"NAMESPACE")
    reader = source.connect()

    with pytest.raises(RetryableError):
        reader.folders()

    reader.close()


def test_virtual_folders_are_counted(script) -> None:
    """What only shows mail of other folders is left out, with the number of its messages."""
    source, _ = script({
        "LIST": b'* LIST (\\Flagged) "/" "Starred"\r\n* LIST () "/" INBOX\r\n',
        "STATUS": b'* STATUS "Starred" (MESSAGES 42)\r\n',
    })
    reader = source.connect()
    found = reader.folders()
    reader.close()

    assert [(each.path, each.messages) for each in found.virtual] == [(("Starred",), 42)]


def test_id_is_sent_where_offered(script) -> None:
    """Some servers open no folder to a client that does not introduce itself (RFC 2971)."""
    source, server = script({"ID": b"* ID NIL\r\n"}, offers=b"ID")
    source.connect().close()

    assert 'ID ("name" "OMM for Slack")' in server.commands


@pytest.mark.parametrize("size", [5, 2_000_000])
def test_a_server_that_gives_smaller_pieces_than_asked(script, size: int) -> None:
    """Pieces may be shorter than asked for; the message is whole all the same."""
    content = (b"0123456789" * (size // 10 + 1))[:size]

    def fetch(_: ScriptedImap, text: str) -> bytes:
        start = int(re.search(r"<(\d+)\.", text)[1])
        piece = content[start:start + 300_000]
        return b"* 1 FETCH (UID 1 FLAGS () %b RFC822.SIZE %d BODY[]<%d> {%d}\r\n%b)\r\n" % (
            DATE, size, start, len(piece), piece,
        )

    source, _ = script({"UID FETCH": fetch})
    reader = source.connect()
    message = reader.spool(INBOX, 1)
    with message.mime:
        assert message.mime.read() == content
    reader.close()


def test_a_list_without_end(script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that nobody asked for fill no memory: the server is given up on."""
    monkeypatch.setattr(connection, "MOST_LINES", 50_000)
    source, _ = script({"LIST": b'* LIST () "/" again\r\n' * 3000})
    reader = source.connect()

    with pytest.raises(RetryableError):
        reader.folders()
    reader.close()


def test_another_piece_than_was_asked_for(script) -> None:
    """A server that always gives the beginning is not taken for one that goes on: nothing is put together wrongly."""
    start = b"Subject: large\r\n\r\n" + b"x" * (PIECE - 18)
    answer = b"* 1 FETCH (UID 1 FLAGS () %b RFC822.SIZE %d BODY[]<0> {%d}\r\n%b)\r\n" % (
        DATE, 3 * PIECE, len(start), start,
    )
    source, _ = script({"UID FETCH": answer})
    reader = source.connect()

    with pytest.raises(RefusedError, match="does not give it out"):
        reader.spool(INBOX, 1)
    reader.close()


@pytest.mark.parametrize("listed", [b"0", b"9", b"NIL"])
def test_sizes_that_are_not_true(script, listed: bytes) -> None:
    """Large messages that are listed as small ones, or without a size, are not held in memory together."""
    content = b"Subject: large\r\n\r\n" + b"0123456789abcd\r\n" * 125_000       # 2 MB

    def fetch(_: ScriptedImap, text: str) -> bytes:
        piece = re.search(r"<(\d+)\.(\d+)>", text)
        start, length = (int(piece[1]), int(piece[2])) if piece else (0, len(content))
        part, origin = content[start:start + length], b"<%d>" % start if piece else b""
        return b"".join(
            b"* %d FETCH (UID %d FLAGS (\\Seen) %b RFC822.SIZE %b BODY[]%b {%d}\r\n%b)\r\n"
            % (uid, uid, DATE, listed, origin, len(part), part) for uid in asked(text)
        )

    source, _ = script({"UID FETCH": fetch})
    reader = source.connect()
    held, whole = 0, []
    for got in reader.read(INBOX, range(1, 9)):
        if isinstance(got.mime, bytes):
            held += len(got.mime)
            whole.append(got.mime == content)
        else:
            with got.mime:
                whole.append(got.mime.read() == content)
    reader.close()

    assert whole == [True] * 8
    assert held <= 5 * 1024 * 1024


def test_a_server_that_knows_no_pieces(script) -> None:
    """The whole message in one answer is taken as the whole message."""
    source, _ = script({"UID FETCH": message(1, b"Subject: whole\r\n\r\n")})
    reader = source.connect()
    got = reader.spool(INBOX, 1)
    with got.mime:
        assert got.mime.read() == b"Subject: whole\r\n\r\n"
    reader.close()


def test_half_an_answer_is_progress(script) -> None:
    """A server that ends every connection after two messages is read to the end, each message once."""
    def fetch(server: ScriptedImap, text: str) -> bytes:
        uids = asked(text)
        answer = b"".join(message(uid) for uid in uids[:2])
        return answer if len(uids) <= 2 else answer + b"* BYE enough\r\nTAG NO x\r\n"

    source, server = script({"UID FETCH": fetch})
    reader = source.connect()

    assert [each.uid for each in reader.read(INBOX, range(1, 9))] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert server.connections == 4
    reader.close()
