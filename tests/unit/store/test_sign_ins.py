from __future__ import annotations

from dataclasses import replace
from hashlib import md5, sha1, sha256, sha512

import pytest

from engine.errors import Cause, Side, SignInError
from engine.migration.account import Access, opening, parse_account
from engine.migration.keeping import SECRETS_KEPT
from engine.store.keys import SecretKeys
from engine.store.sign_ins import SignIns

ANNA = parse_account("imaps://anna%40example.org@imap.example.org")


@pytest.fixture
def sign_ins(redis, keys, clock) -> SignIns:
    return SignIns(redis, keys=keys, clock=clock, patience=0.2)


def refused_too_often(sign_ins, password="a guess"):
    """Three wrong passwords."""
    for _ in range(3):
        sign_ins.refused(ANNA, password)


def test_three_refusals_are_the_last(sign_ins, clock):
    """After the third refusal in ten minutes no sign-in is tried, and the words say how long to wait."""
    for _ in range(3):
        sign_ins.before(ANNA)
        sign_ins.refused(ANNA)
        clock.move(minutes=1)

    with pytest.raises(SignInError) as caught:
        sign_ins.before(ANNA, "any other", side=Side.SOURCE)
    assert (caught.value.cause, caught.value.side) == (Cause.SIGN_IN_LIMIT, Side.SOURCE)
    assert str(caught.value) == (
        "The source server refused the password 3 times in ten minutes. To keep the server from locking the account, "
        "wait 7 minutes, then try again."
    )


@pytest.mark.parametrize(("seconds", "wait"), [
    (0, "10 minutes"), (1, "10 minutes"), (60, "9 minutes"), (479, "3 minutes"), (539, "2 minutes"), (540, "1 minute"),
    (541, "1 minute"), (599.5, "1 minute"),
])
def test_how_long_to_wait_is_said_in_whole_minutes(sign_ins, clock, seconds, wait):
    """Whoever waits so long may try again: never less than what is left, and never none."""
    refused_too_often(sign_ins)
    clock.move(seconds=seconds)

    with pytest.raises(SignInError, match=rf"^The server refused the password .* wait {wait}, then try again\.$"):
        sign_ins.before(ANNA)


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


def test_two_jobs_count_together(sign_ins, server, keys, clock):
    """Refusals are counted over all processes."""
    import fakeredis

    with fakeredis.FakeRedis(server=server) as other:
        for each in (sign_ins, SignIns(other, keys=keys, clock=clock), sign_ins):
            each.refused(ANNA)

        with pytest.raises(SignInError):
            SignIns(other, keys=keys, clock=clock).before(ANNA)


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


# A password that the server has accepted


def test_a_colleague_s_guesses_do_not_keep_the_owner_s_password_out(sign_ins):
    """The server accepted it, so it cannot be the one that is refused: it is let through, and no other one is."""
    sign_ins.accepted(ANNA, "the right one")
    refused_too_often(sign_ins)

    assert sign_ins.before(ANNA, "the right one") > 0
    for other in ("a guess", "The right one", "", None):
        with pytest.raises(SignInError):
            sign_ins.before(ANNA, other)


def test_a_password_that_was_changed_is_no_longer_accepted(sign_ins):
    """Let through once more and refused by its server, it is subject to the limit like every other one."""
    sign_ins.accepted(ANNA, "the right one")
    refused_too_often(sign_ins)
    sign_ins.before(ANNA, "the right one")

    sign_ins.refused(ANNA, "the right one")

    with pytest.raises(SignInError):
        sign_ins.before(ANNA, "the right one")


def test_a_password_is_accepted_for_its_own_account_alone(sign_ins):
    """Whoever uses one password for two accounts has two limits."""
    berta = parse_account("imaps://berta%40example.org@imap.example.org")
    sign_ins.accepted(berta, "the same one")
    refused_too_often(sign_ins)

    with pytest.raises(SignInError):
        sign_ins.before(ANNA, "the same one")


def test_another_process_knows_an_accepted_password_too(sign_ins, redis, keys, clock):
    """What the check of a form has found out holds for the worker that carries the task out."""
    sign_ins.accepted(ANNA, "the right one")
    refused_too_often(sign_ins)

    assert SignIns(redis, keys=keys, clock=clock).before(ANNA, "the right one") > 0


def test_nobody_can_try_passwords_against_what_is_stored(sign_ins, redis, clock):
    """The password is in the store in no form, and under another key nothing in there tells whether it is the one."""
    sign_ins.accepted(ANNA, "hunter2-hunter2")

    stored = " ".join(str(key) + str(redis.smembers(key)) for key in redis.keys("omm:accepted:*"))
    assert stored
    for guess in ("hunter2-hunter2", *(plain(b"hunter2-hunter2").hexdigest() for plain in (md5, sha1, sha256, sha512))):
        assert guess not in stored
    refused_too_often(sign_ins)
    with pytest.raises(SignInError):
        SignIns(redis, keys=SecretKeys([b"x" * 32]), clock=clock).before(ANNA, "hunter2-hunter2")


def test_an_accepted_password_is_forgotten_after_a_month(sign_ins, redis):
    """As long as passwords themselves may be kept, and no longer."""
    sign_ins.accepted(ANNA, "the right one")

    (key,) = redis.keys("omm:accepted:*")
    assert 0 < redis.ttl(key) <= SECRETS_KEPT.total_seconds()


def test_refusals_of_a_service_account_are_counted_together(sign_ins):
    """Whichever mailbox it was to open: the server counts them for the login that it would lock."""
    service = parse_account("ews+https://mover%40example.org@ex.example.org")
    for name in "abc":
        sign_ins.refused(opening(service, f"{name}@example.org", Access.IMPERSONATION))

    with pytest.raises(SignInError):
        sign_ins.before(opening(service, "d@example.org", Access.FULL_ACCESS))
    sign_ins.before(parse_account("ews+https://a%40example.org@ex.example.org"))


def test_wrong_passwords_do_not_keep_a_grant_out(sign_ins):
    """What its owner has granted is no guess at a password: it may be tried at once. App passwords are guesses."""
    gmail = parse_account("gmail://anna@gmail.com")
    for _ in range(3):
        sign_ins.refused(gmail, "a guess")

    assert sign_ins.before(gmail, '{"v":1,"way":"grant"}') == 3
    for account, secret in ((gmail, "abcdefghijklmnop"), (gmail, None)):
        with pytest.raises(SignInError):
            sign_ins.before(account, secret)
    refused_too_often(sign_ins)
    with pytest.raises(SignInError):
        sign_ins.before(ANNA, '{"v":1,"way":"grant"}')
