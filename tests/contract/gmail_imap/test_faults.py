"""How Gmail fails: budgets, cuts, locked doors, dead tokens, busy servers."""

from __future__ import annotations

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from tests.contract.gmail_imap.world import World
from tests.servers.gmail.account import Cut, Ending

DAY = 24 * 60 * 60
EXCEEDED = "Account exceeded command or bandwidth limits"
BODY = ["BODY.PEEK[]"]


def test_bytes_and_commands_are_counted_by_account(world: World) -> None:
    """Whatever client of the account has read them."""
    who, other = world.newcomer(), world.newcomer()
    for _ in range(2):
        with world.client(who) as client:
            client.select_folder("INBOX", readonly=True)
            client.fetch([11, 12], BODY)

    spent = world.gmail.control.spent(who)
    assert 4 * 1000 < spent.total == spent.today < 4 * 1500
    assert spent.commands == {"EXAMINE": 2, "UID FETCH": 2}
    assert world.gmail.control.spent(other).total == 0


def test_a_spent_account_says_bye_until_the_next_day(world: World) -> None:
    """In the middle of a FETCH; signing in works, and the next message ends the session again."""
    who, control = world.newcomer(), world.gmail.control
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        control.limit(who, control.spent(who).today + 1200, Ending.BYE)
        with pytest.raises(IMAPClientAbortError, match="Session expired, please login again"):
            client.fetch([11, 12, 13, 14], BODY)
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        with pytest.raises(IMAPClientAbortError, match="Session expired"):
            client.fetch([11], ["FLAGS"])

    world.skip(DAY)
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        assert len(client.fetch([11], BODY)) == 1


def test_a_spent_account_lets_nobody_in(world: World) -> None:
    """Or so: sessions end at their next command, and signing in is refused until the next day."""
    who, control = world.newcomer(), world.gmail.control
    with world.client(who) as client:
        control.limit(who, 10_000, Ending.REFUSED)
        client.noop()
        control.spend(who, 10_000)      # another client's
        with pytest.raises(IMAPClientAbortError, match="Session expired"):
            client.list_folders()
    with pytest.raises(LoginError, match=EXCEEDED), world.client(who):
        pass

    world.skip(DAY)
    with world.client(who) as client:
        client.noop()


def test_a_spent_account_crawls(world: World) -> None:
    """Or so: what is sent comes in pieces of at most 512 bytes, with a pause after each."""
    who, control = world.newcomer(), world.gmail.control
    control.behave(crawl_pause=600.0)
    with world.client(who) as client:
        client.select_folder("INBOX", readonly=True)
        control.limit(who, 0, Ending.CRAWL)
        raw = client.socket()
        raw.sendall(b"x FETCH 1 BODY.PEEK[]\r\n")
        first = raw.recv(1)
        control.end_sessions(who)
        rest = b"".join(iter(lambda: raw.recv(4096), b""))
        control.behave(crawl_pause=0.6)

    assert (first + rest).startswith(b"* 1 FETCH (BODY[] {")
    assert len(first + rest) == 512


@pytest.mark.parametrize(("how", "begun", "end"), [
    (Cut.BYE, 2, b"* BYE Session expired, please login again.\r\n"), (Cut.EOF, 2, b")\r\n"), (Cut.TORN, 3, b""),
])
def test_a_session_is_cut_in_the_middle_of_a_fetch(world: World, how: Cut, begun: int, end: bytes) -> None:
    """Between two messages with BYE or without a word, or in the middle of one; and then all goes well."""
    who = world.newcomer()
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        world.gmail.control.cut(who, how, after=2)
        raw = client.socket()
        raw.sendall(b"x UID FETCH 11:14 BODY.PEEK[]\r\n")
        told = b"".join(iter(lambda: raw.recv(4096), b""))
        assert told.count(b" FETCH (") == begun
        assert told.endswith(end)
        assert told.endswith(b"\r\n") is (how is not Cut.TORN)
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        assert len(client.fetch([11, 12, 13, 14], BODY)) == 4


def test_a_locked_account_is_open_again_when_the_time_is_over(world: World) -> None:
    """Its sessions end, and nobody signs in."""
    who = world.newcomer()
    with world.client(who) as client:
        world.gmail.control.lock_out(who, 3600)
        with pytest.raises((IMAPClientAbortError, OSError)):
            client.noop()
    with pytest.raises(LoginError, match=EXCEEDED), world.client(who):
        pass

    world.skip(3601)
    with world.client(who) as client:
        client.noop()


def test_at_most_fifteen_connections(world: World) -> None:
    """The sixteenth is refused; when one has gone, another may come."""
    who = world.newcomer()
    world.gmail.control.allow_connections(who, 2)
    with world.client(who), world.client(who) as second:
        with pytest.raises(LoginError, match="Too many simultaneous connections"), world.client(who):
            pass
        assert world.gmail.control.connections(who) == 2
        second.logout()
        with world.client(who) as third:
            third.noop()


def test_a_session_ends_with_its_token_where_that_is_so(world: World) -> None:
    """Reports disagree: with the setting it is asked before each command, without it the session lives on."""
    who, control = world.newcomer(), world.gmail.control
    token = world.token(who)
    with world.client(who, token) as client:
        world.tokens[token]["active"] = False
        client.noop()
        control.behave(recheck_tokens=True)
        with pytest.raises(IMAPClientAbortError, match="Session expired"):
            client.list_folders()
        control.behave(recheck_tokens=False)


def test_a_server_that_is_unavailable_for_a_few_commands(world: World) -> None:
    """Those that are named, as often as was said."""
    who = world.newcomer()
    with world.client(who) as client:
        client.select_folder("INBOX", readonly=True)
        world.gmail.control.unavailable(who, times=2, verb="UID FETCH")
        for _ in range(2):
            with pytest.raises(IMAPClientError, match="UNAVAILABLE"):
                client.fetch([11], ["FLAGS"])
            client.noop()
        assert len(client.fetch([11], ["FLAGS"])) == 1
