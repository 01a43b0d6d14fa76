"""What a check relies on."""

from __future__ import annotations

import pytest

from engine.errors import Cause, SignInError

from .server import Server


def test_the_server_offers_a_scheme_that_is_known(server: Server) -> None:
    """An unsigned request is answered by 401 with NTLM or Basic among the offers."""
    offered = server.sessions.offer()

    assert offered & {"ntlm", "basic"}, server.says(f"offers {offered}")


def test_a_probe_opens_the_mailbox(server: Server) -> None:
    """One request tells that mailbox and password are good."""
    server.destination.probe()


def test_two_sign_ins_open_the_same_mailbox(server: Server) -> None:
    """The id of the mailbox's root is the same for every session: migrations into one mailbox wait by it."""
    other = server.open(server.password)

    key = other.mailbox()
    other.close()

    assert key == server.destination.mailbox(), server.says("the root folder's id differs between two sessions")


def test_a_wrong_password_is_refused_as_such(server: Server) -> None:
    """Once, and nothing else is tried."""
    other = server.open("certainly not the password")

    with pytest.raises(SignInError) as caught:
        other.probe()
    other.close()

    assert caught.value.cause is Cause.SIGN_IN, server.says(f"a wrong password is called: {caught.value.cause}")
