"""Servers that leave things out, count wrong, send rubbish, or refuse a message: the rest arrives all the same."""

from __future__ import annotations

import pytest

from engine.connectors.pop3 import fetching
from engine.connectors.pop3.fetching import MOST_BROKEN
from engine.connectors.pop3.maildrop import MOST_WRONG
from engine.connectors.pop3.reader import INBOX
from engine.errors import RefusedError, RetryableError
from tests.contract.pop3.conftest import reading, source
from tests.servers.mail_servers.scripted_pop3 import CUT, SILENCE, Kept, multiline, scripted_pop3


def mail(number: int, body: bytes = b"hello\r\n") -> bytes:
    """A small message."""
    return b"Subject: number %d\r\nMessage-ID: <%d@example.org>\r\n\r\n" % (number, number) + body


def maildrop(count: int, **changes: object) -> list[Kept]:
    """That many messages."""
    return [Kept(f"name-{number}", mail(number), **changes) for number in range(1, count + 1)]


def everything(server, **options: object) -> dict[int, bytes]:
    """What a reader lists and reads there."""
    with reading(source(server.port, **options)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        return {message.uid: message.mime for message in reader.read(INBOX, uids)}


def asked(server, verb: str) -> list[str]:
    """The commands of that name."""
    return [command for command in server.commands if command.startswith(verb)]


def test_only_what_changes_nothing_is_ever_said() -> None:
    """No DELE, no QUIT that a server would act on, and no RETR where TOP brings everything."""
    with scripted_pop3(maildrop(5)) as server:
        assert everything(server) == {number: mail(number) for number in range(1, 6)}

    said = {command.split()[0] for command in server.commands}
    assert said == {"CAPA", "USER", "PASS", "STAT", "LIST", "UIDL", "TOP"}


@pytest.mark.parametrize("capabilities", [("TOP", "USER"), ()])
def test_no_uidl(capabilities: tuple[str, ...]) -> None:
    """Without UIDL a message is known by its header, on another day and at another number, too."""
    messages = maildrop(4)
    with scripted_pop3(messages, {"UIDL": b"-ERR what?\r\n"}, capabilities=capabilities) as server:
        with reading(source(server.port)) as reader:
            first = [each.key for each in reader.listing(INBOX)]
        server.messages = messages[1:]
        with reading(source(server.port)) as reader:
            second = [each.key for each in reader.listing(INBOX)]

    assert len(set(first)) == 4
    assert second == first[1:]
    assert not asked(server, "RETR")


def test_neither_uidl_nor_top() -> None:
    """Then the whole message tells what it is, and after one refused TOP no other is asked for."""
    answers = {"UIDL": b"-ERR what?\r\n", "TOP": b"-ERR what?\r\n", "CAPA": b"-ERR what?\r\n"}
    with scripted_pop3(maildrop(4), answers) as server:
        assert everything(server) == {number: mail(number) for number in range(1, 5)}

    assert len(asked(server, "TOP")) == 1


def test_no_top_and_no_word_of_it() -> None:
    """A server that does not say what it can do is asked for one TOP, and for no second one after an -ERR."""
    with scripted_pop3(maildrop(4), {"TOP": b"-ERR what?\r\n", "CAPA": b"-ERR what?\r\n"}) as server:
        assert everything(server) == {number: mail(number) for number in range(1, 5)}

    assert len(asked(server, "TOP")) == 1


@pytest.mark.parametrize(("refusal", "capabilities"), [
    (b"-ERR no\r\n", ("TOP", "UIDL")), (b"-ERR [SYS/TEMP] index is away\r\n", ("TOP",)), (b"-ERR [IN-USE]\r\n", ()),
])
def test_names_that_are_not_told_for_a_moment(refusal: bytes, capabilities: tuple[str, ...]) -> None:
    """A message is not taken for another because UIDL fails for a moment."""
    with scripted_pop3(maildrop(2), {"UIDL": refusal}, capabilities=capabilities) as server:
        subject = source(server.port)
        with reading(subject) as reader, pytest.raises(RetryableError):
            list(reader.listing(INBOX))


def test_headers_that_are_not_told_for_a_moment() -> None:
    """Nor because TOP does, where headers stand for names."""
    answers = {"UIDL": b"-ERR what?\r\n", "TOP": b"-ERR [SYS/TEMP] away\r\n"}
    with scripted_pop3(maildrop(2), answers, capabilities=("TOP",)) as server:
        subject = source(server.port)
        with reading(subject) as reader, pytest.raises(RetryableError, match="away"):
            list(reader.listing(INBOX))


def test_some_messages_without_a_name() -> None:
    """Where UIDL leaves a message out, or its name, the header stands in for it, also in the next session."""
    names = multiline(b"1 a\r\n2\r\n4  d \r\n99 nobody\r\nnonsense\r\n")
    with scripted_pop3(maildrop(4), {"UIDL": names}) as server, reading(source(server.port)) as reader:
        listed = list(reader.listing(INBOX, keys=False))
        reader._steady.drop()
        read = {message.uid: message.mime for message in reader.read(INBOX, [each.uid for each in listed])}

    assert read == {number: mail(number) for number in range(1, 5)}


def test_one_name_for_several_messages() -> None:
    """Equal names are told apart by their order, before and after a lost connection."""
    messages = [Kept("same", mail(number)) for number in (1, 2, 3)]
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        listed = list(reader.listing(INBOX))
        reader._steady.drop()
        read = {message.uid: message.mime for message in reader.read(INBOX, [each.uid for each in listed])}

    assert len({each.key for each in listed}) == 3
    assert read == {1: mail(1), 2: mail(2), 3: mail(3)}


def test_the_first_of_several_with_one_name_goes() -> None:
    """Its namesake is still found in another session, and not taken for the one that is gone."""
    messages = [Kept("same", mail(1)), Kept("same", mail(2)), Kept("other", mail(3))]
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        server.messages = messages[1:]
        reader._steady.drop()

        read = {message.uid: message.mime for message in reader.read(INBOX, uids)}

    assert read == {2: mail(2), 3: mail(3)}


def test_a_name_that_is_given_a_second_time() -> None:
    """A message that comes during the visit under another's name takes nothing from that one."""
    messages = [Kept("same", mail(1)), Kept("other", mail(2))]
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        server.messages = [*messages, Kept("same", mail(3))]
        reader._steady.drop()

        read = {message.uid: message.mime for message in reader.read(INBOX, uids)}

    assert read == {1: mail(1), 2: mail(2)}


def test_one_name_for_several_messages_without_top() -> None:
    """No message is brought whole to tell it from its namesakes: their order does."""
    messages = [Kept("same", mail(number)) for number in (1, 2, 3)]
    with scripted_pop3(messages, capabilities=("UIDL",)) as server:
        assert everything(server) == {1: mail(1), 2: mail(2), 3: mail(3)}

    assert len(asked(server, "RETR")) == 3


def test_sizes_that_are_not_true() -> None:
    """Large messages that are listed with a size of 0 are not held in memory together, and arrive whole."""
    large = [Kept(f"n{n}", mail(n) + b"0123456789abcd\r\n" * 125_000, 0) for n in range(1, 7)]
    held, whole = 0, []
    with scripted_pop3(large) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        for got in reader.read(INBOX, uids):
            if isinstance(got.mime, bytes):
                held += len(got.mime)
                whole.append(got.mime)
            else:
                with got.mime:
                    whole.append(got.mime.read())

    assert whole == [kept.mime for kept in large]
    assert held <= 5 * 1024 * 1024


def test_numbers_move_up_between_sessions() -> None:
    """A message is found by its name when others before it have gone; one that has gone is left out."""
    messages = maildrop(5)
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        server.messages = [messages[4], messages[1], Kept("new", mail(9)), messages[3]]
        reader._steady.drop()
        read = {message.uid: message.mime for message in reader.read(INBOX, uids)}
        again = reader.spool(INBOX, 3)

    assert read == {2: mail(2), 4: mail(4), 5: mail(5)}
    assert again is None


@pytest.mark.parametrize("answers", [{}, {"UIDL": b"-ERR what?\r\n"}])
def test_a_message_that_goes_in_the_middle_of_a_session(answers: dict[str, bytes]) -> None:
    """Servers that do not lock answer -ERR for what another program removed: that is gone, not refused."""
    messages = maildrop(4)
    with scripted_pop3(messages, answers, capabilities=("TOP",)) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        server.messages = [messages[0], *messages[2:]]
        server.answers |= {"TOP 2 99999999": b"-ERR expunged\r\n", "RETR 2": once(b"-ERR expunged\r\n", messages[2])}
        read = {message.uid: message.mime for message in reader.read(INBOX, uids)}

    assert read == {1: mail(1), 3: mail(3), 4: mail(4)}


def once(first: bytes, then: Kept):
    """An answer for the first time, and the message after that."""
    answers = iter([first])
    return lambda _command: next(answers, multiline(then.mime))


def test_a_message_that_is_refused() -> None:
    """One that the server keeps to itself is named with the server's words; the others arrive."""
    refusal = b"-ERR [SYS/PERM] message is corrupt\r\n"
    answers = {"RETR 3": refusal, "TOP 3 99999999": refusal}
    with scripted_pop3(maildrop(4), answers) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        read, said = until_refused(reader.read(INBOX, uids))
        asked_before = len(server.commands)
        with pytest.raises(RefusedError, match="message is corrupt"):
            list(reader.read(INBOX, [3]))
        with pytest.raises(RefusedError, match="message is corrupt"):
            reader.spool(INBOX, 3)

    assert "message is corrupt" in said
    assert [message.uid for message in read] == [1, 2, 4]
    assert len(server.commands) == asked_before
    assert server.connections == 2


def until_refused(messages) -> tuple[list, str]:
    """What came before the refusal, and the refusal's words."""
    read = []
    try:
        for message in messages:
            read.append(message)        # a comprehension would lose them with the error
    except RefusedError as error:
        return read, str(error)
    return read, ""


def test_a_server_that_is_busy_for_a_moment() -> None:
    """A refusal that will pass is asked again, in the session that gives others."""
    answers = {"RETR 2": once(b"-ERR [SYS/TEMP] storage is away\r\n", maildrop(2)[1]), "TOP 2 99999999": b"-ERR no\r\n"}
    with scripted_pop3(maildrop(3), answers) as server:
        assert everything(server) == {number: mail(number) for number in (1, 2, 3)}

    assert server.connections == 1


@pytest.mark.parametrize("capabilities", [("TOP", "UIDL", "USER"), ("UIDL", "USER")])
@pytest.mark.parametrize(
    "broken", [CUT, b"+OK\r\nSubject: num" + CUT, b"+OK\r\nSubject: a\r\n\r\nno end" + SILENCE, b"rubbish\r\n"]
)
def test_a_message_that_breaks_the_session(broken: bytes, capabilities: tuple[str, ...]) -> None:
    """Cut, without an end, or rubbish each time: that message is reported, and the others arrive."""
    answers = {"RETR 2": broken, "TOP 2 99999999": broken}
    with (
        scripted_pop3(maildrop(4), answers, capabilities=capabilities) as server,
        reading(source(server.port, answer_time=0.1)) as reader,
    ):
        uids = [each.uid for each in reader.listing(INBOX)]
        read, said = until_refused(reader.read(INBOX, uids))

    assert "breaks off each time" in said
    assert [message.uid for message in read] == [1, 3, 4]


def test_top_breaks_what_retr_does_not() -> None:
    """A server that breaks off over TOP gives its messages out by RETR."""
    with scripted_pop3(maildrop(3), {"TOP": CUT}) as server:
        assert everything(server) == {number: mail(number) for number in (1, 2, 3)}


def test_a_server_that_breaks_over_everything() -> None:
    """Then no message is to blame: it is waited for, and what it gives later is taken."""
    messages = maildrop(MOST_BROKEN + 2)
    with scripted_pop3(messages, {"TOP": CUT, "RETR": CUT}) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        with pytest.raises(RetryableError, match="ends every connection"):
            list(reader.read(INBOX, uids))
        server.answers.clear()
        read = list(reader.read(INBOX, uids))

    assert [message.uid for message in read] == uids


def test_a_quota_stops_and_blames_no_message() -> None:
    """What a server says of itself is passed on."""
    answers = {"TOP": b"-ERR no\r\n", "RETR": b"-ERR download quota exceeded\r\n"}
    with scripted_pop3(maildrop(MOST_BROKEN + 1), answers) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        with pytest.raises(RetryableError, match="download quota exceeded"):
            list(reader.read(INBOX, uids))


def test_sizes_that_are_estimates() -> None:
    """Where LIST does not tell exact sizes, messages come whole by RETR, and soon nothing is brought twice."""
    messages = maildrop(MOST_WRONG + 20, size=10_000)
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX, keys=False)]
        read = [m for at in range(0, len(uids), 5) for m in reader.read(INBOX, uids[at:at + 5])]

    assert [message.mime for message in read] == [each.mime for each in messages]
    assert len(asked(server, "TOP")) <= MOST_WRONG + 5


@pytest.mark.parametrize("kept", [64_000, 100])
def test_a_top_that_leaves_lines_out(kept: int) -> None:
    """Some servers cut TOP off after so many bytes: what is shorter than listed is no message."""
    long = [Kept(f"name-{n}", mail(n, b"0123456789abcde\r\n" * 8000)) for n in (1, 2)]

    def cut_short(command: str) -> bytes:
        return multiline(long[int(command.split()[1]) - 1].mime[:kept])

    with scripted_pop3(long, {"TOP": cut_short}) as server:
        assert everything(server) == {1: long[0].mime, 2: long[1].mime}


def test_bare_line_feeds() -> None:
    """A server that sends its files as they are: line ends arrive as they were, dots too."""
    mime = b"Subject: x\n\n.hidden\n..\n.\nlast\n"
    stuffed = mime.replace(b"\n.", b"\n..")
    answers = {"RETR": b"+OK\r\n" + stuffed + b".\r\n", "TOP": b"-ERR\r\n"}
    with scripted_pop3([Kept("a", mime)], answers) as server:
        assert everything(server) == {1: mime}


@pytest.mark.parametrize(
    "body", [b".\r\n..\r\n...\r\n.x\r\n", b"\0\0\r\n\xff\x80\xfe\r\n", b"a" * 1_000_000, b"", b"\r\n\r\n"]
)
def test_contents(body: bytes) -> None:
    """Dots at line starts, NULs, 8 bits, a line of a million characters, nothing: all of it arrives."""
    with scripted_pop3([Kept("a", mail(1, body))]) as server:
        whole = mail(1, body)
        assert everything(server) == {1: whole if whole.endswith(b"\r\n") else whole + b"\r\n"}


def test_a_server_that_drips_a_message() -> None:
    """Byte by byte is slow, but whole."""
    answer = multiline(mail(1, b".\r\n.dots\r\n"))
    pieces = [answer[at:at + 1] for at in range(len(answer))]
    with scripted_pop3([Kept("a", mail(1, b".\r\n.dots\r\n"))], {"TOP": pieces}) as server:
        assert everything(server) == {1: mail(1, b".\r\n.dots\r\n")}


@pytest.mark.parametrize("capabilities", [("TOP", "UIDL"), ("UIDL",), ("UIDL", "PIPELINING")])
def test_a_dot_that_was_not_doubled_cuts_no_message_short(capabilities: tuple[str, ...]) -> None:
    """A server that does not double dots ends a message in its middle: such a half is not taken for the whole."""
    whole = mail(2, b"first\r\n.\r\nsecond\r\n")
    messages = [Kept("a", mail(1)), Kept("b", whole), Kept("c", mail(3))]
    answers = {"RETR 2": b"+OK\r\n" + whole + b".\r\n", "TOP 2 99999999": b"+OK\r\n" + whole + b".\r\n"}
    with scripted_pop3(messages, answers, capabilities=capabilities) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        read, said = until_refused(reader.read(INBOX, uids))

    assert "where this message ends" in said
    assert [message.mime for message in read] == [mail(1), mail(3)]


def test_an_endless_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message far longer than announced fills neither memory nor disk."""
    monkeypatch.setattr(fetching, "LARGEST_HELD", 300_000)
    monkeypatch.setattr(fetching, "LARGEST_SPOOLED", 600_000)
    endless = [b"+OK\r\nSubject: x\r\n\r\n", *[b"x" * 60_000 + b"\r\n"] * 20, SILENCE]
    with scripted_pop3(maildrop(2), {"TOP 2 99999999": endless, "RETR 2": endless}) as server:
        for spooled in (False, True):
            with reading(source(server.port)) as reader:
                list(reader.listing(INBOX))
                with pytest.raises(RefusedError, match="more of this message"):
                    reader.spool(INBOX, 2) if spooled else list(reader.read(INBOX, [2]))
                assert [message.mime for message in reader.read(INBOX, [1])] == [mail(1)]


@pytest.mark.parametrize(("capabilities", "ahead"), [(("TOP", "USER", "PIPELINING"), 10), (("TOP", "USER"), 1)])
def test_commands_are_sent_ahead_only_where_the_server_takes_them(capabilities: tuple[str, ...], ahead: int) -> None:
    """PIPELINING must be announced; without it every answer is awaited."""
    with scripted_pop3(maildrop(10), capabilities=capabilities) as server:
        server.waits = 0.01
        assert len(everything(server)) == 10

    assert server.ahead == ahead


@pytest.mark.parametrize("answers", [{"LIST": b"-ERR no\r\n"}, {"UIDL": b"-ERR no\r\n"}, {"STAT": b"-ERR no\r\n"}, {}])
def test_an_empty_maildrop(answers: dict[str, bytes]) -> None:
    """However it is said."""
    with scripted_pop3([], answers) as server:
        assert everything(server) == {}


def test_a_maildrop_that_is_not_shown() -> None:
    """A list that is refused is no empty maildrop."""
    with scripted_pop3(maildrop(2), {"LIST": b"-ERR cannot list\r\n"}) as server:
        subject = source(server.port)
        with reading(subject) as reader, pytest.raises(RetryableError, match="cannot list"):
            list(reader.listing(INBOX))


@pytest.mark.parametrize("stat", [b"+OK 5 1000\r\n", b"+OK five\r\n", b"-ERR\r\n"])
def test_a_list_that_is_shorter_than_the_count(stat: bytes) -> None:
    """What the server counts and does not show is said; where it does not count, there is nothing to say."""
    with scripted_pop3(maildrop(3), {"STAT": stat}) as server, reading(source(server.port)) as reader:
        listed = reader.listing(INBOX)
        assert [next(listed).uid for _ in range(3)] == [1, 2, 3]
        if b"5" in stat:
            with pytest.raises(RefusedError, match="counts 5 messages here, but shows only 3"):
                next(listed)
        else:
            assert list(listed) == []


def test_a_list_with_rubbish_in_it() -> None:
    """Odd spaces, NULs and words are read past."""
    rubbish = b"\r\nnonsense here\r\n" + b"9" * 5000 + b" 1\r\n"
    sizes = multiline(b"1  120 \0\r\n2\r\n3 " + b"9" * 40 + b"\r\n" + rubbish)
    with scripted_pop3(maildrop(3), {"LIST": sizes}) as server, reading(source(server.port)) as reader:
        assert [(each.uid, each.size) for each in reader.listing(INBOX)] == [(1, 120), (2, 0), (3, 0)]
        assert [message.mime for message in reader.read(INBOX, [1, 2, 3])] == [mail(1), mail(2), mail(3)]


def test_names_for_a_report_without_top() -> None:
    """A message is not brought whole to learn its subject."""
    with scripted_pop3(maildrop(2), capabilities=("UIDL", "USER")) as server, reading(source(server.port)) as reader:
        list(reader.listing(INBOX))
        assert reader.envelopes(INBOX, [1, 2]) == {}

    assert not asked(server, "RETR")
