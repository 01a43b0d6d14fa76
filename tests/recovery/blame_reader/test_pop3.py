"""POP3: what is bad at the front, what comes empty, and names that hold for one session only."""

from __future__ import annotations

from collections.abc import Callable

from tests.recovery.hard_servers.conftest import Moved
from tests.servers.scripted_pop3 import Kept, scripted_pop3

Move = Callable[..., Moved]
WHOLE = 99_999_999


def letters(count: int = 60) -> list[Kept]:
    return [
        Kept(f"name-{n}", b"Subject: letter %d\r\nMessage-ID: <%d@example.net>\r\n\r\nHello %d\r\n" % (n, n, n))
        for n in range(1, count + 1)
    ]


def test_messages_that_are_away_cost_no_wall_of_sign_ins(move: Move) -> None:
    """Twenty messages lie on storage that is away: each sign-in counts at a server, and keeps others out."""
    with scripted_pop3(letters()) as server:
        for n in range(30, 50):
            away = b"-ERR [SYS/TEMP] storage is away\r\n"
            server.answers |= {f"TOP {n} {WHOLE}": away, f"RETR {n}": away}
        moved = move(server)

    assert moved.counts == (60, 40, 20, 0), moved.words
    assert server.connections <= 60
