"""POP3: names and lists that hold for one session only, and what comes empty."""

from __future__ import annotations

from collections.abc import Callable

from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.scripted_pop3 import CUT, Kept, ScriptedPop3, multiline, scripted_pop3

Move = Callable[..., Moved]
WHOLE = 99_999_999


def letters(count: int = 60) -> list[Kept]:
    return [
        Kept(f"name-{n}", b"Subject: letter %d\r\nMessage-ID: <%d@example.net>\r\n\r\nHello %d\r\n" % (n, n, n))
        for n in range(1, count + 1)
    ]


def cut_once(server: ScriptedPop3) -> Callable[[str], bytes]:
    """What TOP answers; over the twentieth message the connection ends, once."""
    cut: list[str] = []

    def top(command: str) -> bytes:
        number, lines = (int(word) for word in command.split()[1:])
        if number == 20 and lines == WHOLE and not cut:
            cut.append(command)
            return CUT
        mime = server.messages[number - 1].mime
        return multiline(mime if lines else mime.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    return top


def test_names_that_change_with_each_session_remove_nothing(move: Move) -> None:
    """A server whose UIDL holds for one session ends the connection once: nobody removed a message."""
    def uidl(_: str) -> bytes:
        return multiline(b"".join(b"%d s%d.%d\r\n" % (n, server.connections, n) for n in range(1, 61)))

    with scripted_pop3(letters()) as server:
        server.answers |= {"UIDL": uidl, "TOP": cut_once(server)}
        moved = move(server)

    assert moved.counts[3] == 0, (moved.counts, moved.report[:2])


def test_names_that_the_server_does_not_tell_again_remove_nothing(move: Move) -> None:
    """A server without CAPA ends the connection once, and has no names to tell in the next session."""
    def uidl(_: str) -> bytes:
        names = b"".join(b"%d name-%d\r\n" % (n, n) for n in range(1, 61))
        return b"-ERR internal error\r\n" if server.connections == 2 else multiline(names)

    with scripted_pop3(letters()) as server:
        server.answers |= {"UIDL": uidl, "TOP": cut_once(server), "CAPA": b"-ERR what?\r\n"}
        moved = move(server)

    assert moved.counts == (60, 60, 0, 0), moved.report[:2]


def test_a_message_that_comes_empty_is_not_copied_as_an_empty_one(move: Move) -> None:
    """It is listed with its size, and given as nothing."""
    with scripted_pop3(letters()) as server:
        server.answers |= {f"TOP 23 {WHOLE}": b"+OK\r\n.\r\n", "RETR 23": b"+OK\r\n.\r\n"}
        moved = move(server)

    assert b"" not in [m.mime for m in moved.world.messages()]
    assert (moved.counts[1], len(moved.failed)) == (59, 1)


def test_a_list_that_is_empty_in_one_session_removes_nothing(move: Move) -> None:
    """The server ends the connection once; in the next session it counts sixty messages and lists none."""
    def listed(_: str) -> bytes:
        sizes = b"".join(b"%d %d\r\n" % (n, len(each.mime)) for n, each in enumerate(server.messages, start=1))
        return multiline(b"" if server.connections == 2 else sizes)

    with scripted_pop3(letters()) as server:
        server.answers |= {"TOP": cut_once(server), "LIST": listed}
        moved = move(server)

    assert moved.counts == (60, 60, 0, 0), moved.report[:2]


def test_messages_that_are_away_cost_few_sign_ins(move: Move) -> None:
    """Twenty in a row are kept back for now; a session that gives others is as good as a new one."""
    away = range(21, 41)
    with scripted_pop3(letters()) as server:
        for number in away:
            server.answers |= {
                f"{command} {number}{rest}": b"-ERR [SYS/TEMP] storage is away\r\n"
                for command, rest in (("TOP", f" {WHOLE}"), ("RETR", ""))
            }
        moved = move(server)
        signed_in = server.connections

    assert moved.counts == (60, 40, 20, 0), moved.report[:2]
    assert all("storage is away" in reason for _, _, reason in moved.failed)
    assert signed_in <= 5


def test_a_session_that_has_gone_bad_keeps_nothing_back(move: Move) -> None:
    """From its thirtieth message on the first session says "not now" to everything; the next one gives it all."""
    asked: list[str] = []

    def of_the_first(command: str) -> bytes:
        asked.append(command)
        bad = server.connections == 1 and len(asked) > 30
        mime = server.messages[int(command.split()[1]) - 1].mime
        return b"-ERR [SYS/TEMP] storage is away\r\n" if bad else multiline(mime)

    with scripted_pop3(letters()) as server:
        server.answers |= {"TOP": of_the_first, "RETR": of_the_first}
        moved = move(server)

    assert moved.counts == (60, 60, 0, 0), moved.report[:2]
