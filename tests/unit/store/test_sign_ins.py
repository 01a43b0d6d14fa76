from __future__ import annotations

from dataclasses import replace

import pytest

from engine.account import parse_account
from engine.errors import Cause, SignInError
from engine.sign_ins import SignIns

ANNA = parse_account("imaps://anna%40example.org@imap.example.org")


@pytest.fixture
def sign_ins(redis, clock) -> SignIns:
    return SignIns(redis, clock=clock, patience=0.2)


def test_three_refusals_are_the_last(sign_ins, clock):
    """After the third refusal in ten minutes no sign-in is tried, and the words say when one may be."""
    for _ in range(3):
        sign_ins.before(ANNA)
        sign_ins.refused(ANNA)
        clock.move(minutes=1)

    with pytest.raises(SignInError, match=r"3 times within ten minutes.*12:10 UTC") as caught:
        sign_ins.before(ANNA)
    assert caught.value.cause is Cause.SIGN_IN_LIMIT


def test_it_may_be_tried_again_when_the_first_is_ten_minutes_old(sign_ins, clock):
    """The window slides: each refusal counts for ten minutes."""
    for _ in range(3):
        sign_ins.refused(ANNA)
        clock.move(minutes=3)

    clock.move(seconds=59)
    with pytest.raises(SignInError):
        sign_ins.before(ANNA)
    clock.move(seconds=1)
    sign_ins.before(ANNA)
    sign_ins.refused(ANNA)
    with pytest.raises(SignInError):
        sign_ins.before(ANNA)


def test_being_let_in_clears_the_count(sign_ins):
    """After a success the count starts anew."""
    for _ in range(2):
        sign_ins.refused(ANNA)
    sign_ins.accepted(ANNA)
    for _ in range(2):
        sign_ins.refused(ANNA)

    sign_ins.before(ANNA)


def test_two_jobs_count_together(sign_ins, server, clock):
    """Refusals are counted over all processes."""
    import fakeredis

    with fakeredis.FakeRedis(server=server) as other:
        for each in (sign_ins, SignIns(other, clock=clock), sign_ins):
            each.refused(ANNA)

        with pytest.raises(SignInError):
            SignIns(other, clock=clock).before(ANNA)


def test_an_account_is_login_and_host(sign_ins):
    """Capitals, ports and transports are the same account; another login or host is not."""
    sign_ins.refused(replace(ANNA, login="ANNA@example.org", port=1993))
    sign_ins.refused(replace(ANNA, host="IMAP.Example.org"))
    sign_ins.refused(parse_account("imap+starttls://anna%40example.org@imap.example.org"))

    with pytest.raises(SignInError):
        sign_ins.before(ANNA)
    sign_ins.before(parse_account("imaps://berta%40example.org@imap.example.org"))
    sign_ins.before(parse_account("imaps://anna%40example.org@imap2.example.org"))


def test_a_refusal_counts_as_often_as_the_server_counted_it(sign_ins):
    """Two schemes tried are two refusals; what is left is said before the next try."""
    assert sign_ins.before(ANNA) == 3
    sign_ins.refused(ANNA, times=2)
    assert sign_ins.before(ANNA) == 1
    sign_ins.refused(ANNA)

    with pytest.raises(SignInError):
        sign_ins.before(ANNA)
