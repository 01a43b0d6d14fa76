"""What a server says to a sign-in, sorted by what a person can do about it."""

from __future__ import annotations

import pytest

from engine.connectors.pop3 import failures
from engine.errors import Cause, OmmError, RetryableError, SignInError
from engine.migration.account import parse_account

ACCOUNT = parse_account("pop3s://claire%40example.org@mail.example.org")


@pytest.mark.parametrize(("words", "error", "cause"), [
    ("[AUTH] Invalid login", SignInError, Cause.SIGN_IN),
    ("[AUTH] Too many failures, try again later", SignInError, Cause.SIGN_IN),
    ("", SignInError, Cause.SIGN_IN),
    ("sorry, no mailbox for frated here", SignInError, Cause.SIGN_IN),
    ("Authentication failed, account locked", SignInError, Cause.SIGN_IN),
    ("Too many failed logins", SignInError, Cause.SIGN_IN),
    ("Account temporarily locked", SignInError, Cause.SIGN_IN),
    ("Password incorrect", SignInError, Cause.SIGN_IN),
    ("[SYS/PERM] Your account is not enabled for POP access", SignInError, Cause.FORBIDDEN),
    ("[IN-USE] Do you have another POP session running?", RetryableError, Cause.BUSY),
    ("maildrop already locked", RetryableError, Cause.BUSY),
    ("unable to lock maildrop", RetryableError, Cause.BUSY),
    ("mailbox in use", RetryableError, Cause.BUSY),
    ("Another session has it open", RetryableError, Cause.BUSY),
    ("[LOGIN-DELAY] too soon", RetryableError, Cause.BUSY),
    ("[SYS/TEMP] storage is away", RetryableError, Cause.BUSY),
    ("Too many connections from your address", RetryableError, Cause.BUSY),
    ("login frequency exceeded", RetryableError, Cause.BUSY),
])
def test_refused_sign_ins(words: str, error: type[OmmError], cause: Cause) -> None:
    """A code says it; without one only clear words about locks and crowds keep a refusal from being the password's."""
    found = failures.signing_in(words, ACCOUNT, delay=None)

    assert (type(found), found.cause) == (error, cause)
    assert str(found).startswith("mail.example.org")
    assert "[" not in str(found)


def test_a_pause_that_the_server_names() -> None:
    """The next attempt waits as long as the server wants; a crowded one gets some time."""
    assert failures.signing_in("[LOGIN-DELAY] 1", ACCOUNT, delay=300.0).back_off == 300.0
    assert failures.signing_in("[LOGIN-DELAY] 1", ACCOUNT, delay=None).back_off == failures.CROWDED_FOR
    assert failures.signing_in("too many connections", ACCOUNT, delay=None).back_off == failures.CROWDED_FOR
    assert failures.signing_in("[IN-USE] locked", ACCOUNT, delay=300.0).back_off is None


@pytest.mark.parametrize(("words", "passing"), [
    ("[SYS/TEMP] x", True), ("[IN-USE] x", True), ("temporary failure", True), ("download quota exceeded", True),
    ("no such message", False), ("[SYS/PERM] temporary", False), ("message is corrupt", False),
])
def test_what_may_go_through_later(words: str, passing: bool) -> None:
    """A refusal that will pass is told from one that will not."""
    assert failures.is_passing(words) is passing
