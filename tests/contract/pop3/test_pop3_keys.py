"""Source keys of a maildrop: each header once a visit, and no message twice for their sake."""

from __future__ import annotations

from itertools import count

import pytest

from engine.connectors.pop3.reader import INBOX
from engine.messages.source_key import message_key
from tests.contract.pop3.conftest import reading, source
from tests.servers.mail_servers.scripted_pop3 import (
    CAPABILITIES,
    CUT,
    UNKNOWN,
    Kept,
    ScriptedPop3,
    multiline,
    scripted_pop3,
)

WITHOUT_TOP = tuple(each for each in CAPABILITIES if each != "TOP")
WITHOUT_UIDL = tuple(each for each in CAPABILITIES if each != "UIDL")
ONE_NAME = b"".join(b"%d same\r\n" % number for number in range(1, 1001))


def mail(number: int, size: int, header: int) -> Kept:
    """A message of that many bytes, `header` of them its header."""
    head = b"Message-ID: <%d@example.org>\r\nSubject: number %d\r\n" % (number, number)
    filler = b"X-Trace: " + b"a" * 60 + b"\r\n"
    head += filler * max(0, (header - len(head)) // len(filler)) + b"\r\n"
    line = b"b" * 76 + b"\r\n"
    return Kept(f"uid-{number}", head + line * max(1, (size - len(head)) // len(line)))


def size_of(server: ScriptedPop3) -> int:
    return sum(len(each.mime) for each in server.messages)


def first_run(server: ScriptedPop3) -> int:
    """Lists without keys and reads everything, as into an empty mailbox; returns how many messages came."""
    with reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        batches = (uids[start : start + 50] for start in range(0, len(uids), 50))
        return sum(1 for batch in batches for _ in reader.read(INBOX, batch))


@pytest.mark.parametrize(("count", "size", "header"), [(1000, 50_000, 3000), (1000, 2000, 600)])
def test_a_first_run_reads_the_maildrop_once(count: int, size: int, header: int) -> None:
    """What goes over the wire is at most 1.1 times the maildrop, of large messages and of small ones."""
    with scripted_pop3([mail(number, size, header) for number in range(count)]) as server:
        came = first_run(server)

        assert came == count
        assert server.sent <= 1.1 * size_of(server)


@pytest.mark.parametrize("answers", [{}, {"UIDL": UNKNOWN}, {"UIDL": multiline(ONE_NAME)}])
def test_a_second_run_reads_headers_alone(answers: dict[str, bytes]) -> None:
    """A listing with keys takes at most a tenth of the maildrop, and tells the key of every message.

    Where UIDL does not tell the messages apart, the header that does tells the key as well: it comes once.
    """
    capabilities = CAPABILITIES if not answers else WITHOUT_UIDL
    messages = [mail(number, 50_000, 3000) for number in range(1000)]
    with scripted_pop3(messages, answers, capabilities=capabilities) as server:
        with reading(source(server.port)) as reader:
            listed = list(reader.listing(INBOX))

        assert [each.key for each in listed] == [message_key(each.mime) for each in server.messages]
        assert server.sent <= 0.1 * size_of(server)


def test_without_top_a_message_is_read_once_for_its_key_and_its_content() -> None:
    """The listing asks for no message; reading them all takes at most 1.01 times the maildrop."""
    with scripted_pop3([mail(number, 50_000, 3000) for number in range(1000)], capabilities=WITHOUT_TOP) as server:
        with reading(source(server.port)) as reader:
            listed = list(reader.listing(INBOX))
            came = sum(1 for start in range(0, 1000, 50)
                       for _ in reader.read(INBOX, [each.uid for each in listed[start : start + 50]]))

        assert {each.key for each in listed} == {b""}
        assert came == 1000
        assert server.sent <= 1.01 * size_of(server)


def test_keys_are_asked_for_once_a_visit() -> None:
    """A second listing of the same visit has them already."""
    with scripted_pop3([mail(number, 500, 200) for number in range(5)]) as server:
        with reading(source(server.port)) as reader:
            first, second = list(reader.listing(INBOX)), list(reader.listing(INBOX))

        assert first == second
        assert sum(command.startswith("TOP") for command in server.commands) == 5


def test_headers_are_asked_for_ahead_where_the_server_takes_that() -> None:
    """PIPELINING (RFC 2449 section 6.6) lets many be under way at once."""
    messages = [mail(number, 500, 200) for number in range(50)]
    with scripted_pop3(messages, capabilities=(*CAPABILITIES, "PIPELINING")) as server:
        server.waits = 0.1
        with reading(source(server.port)) as reader:
            assert len(list(reader.listing(INBOX))) == 50

        assert server.ahead >= 40


def test_a_header_that_breaks_its_server_costs_no_other_its_key() -> None:
    """The message itself will tell; the others' keys are there."""
    messages = [mail(number, 500, 200) for number in range(1, 5)]
    with scripted_pop3(messages, {"TOP 2 0": CUT}) as server, reading(source(server.port)) as reader:
        listed = list(reader.listing(INBOX))

    assert [each.key == b"" for each in listed] == [False, True, False, False]


def test_a_connection_that_ends_again_and_again_costs_no_key() -> None:
    """As long as each new session brings some headers, it goes on, and no message is to blame."""
    messages = [mail(number, 500, 200) for number in range(40)]
    tops = count(1)

    def third_time_cut(command: str) -> bytes:
        return CUT if next(tops) % 3 == 0 else multiline(messages[int(command.split()[1]) - 1].mime)

    with scripted_pop3(messages, {"TOP": third_time_cut}) as server, reading(source(server.port)) as reader:
        listed = list(reader.listing(INBOX))

    assert [each.key for each in listed] == [message_key(each.mime) for each in messages]
