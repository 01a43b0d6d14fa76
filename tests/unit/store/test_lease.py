from __future__ import annotations

import threading
import time

import pytest

from engine.errors import LeaseLostError
from engine.store import lease as lease_module
from engine.store.lease import Lease
from engine.store.patience import Patient


def until(condition, *, seconds: float = 60) -> None:
    """Waits for the condition, and fails when it does not come."""
    over = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < over, "it did not happen"
        threading.Event().wait(0.005)


def short(redis, name: str = "m", *, length: float = 0.4, every: float = 0.05, holder: str = "us") -> Lease | str:
    """A lease with the times of a test."""
    return lease_module.acquire(Patient(redis, patience=0.2), name, holder=holder, length=length, every=every)


def test_one_owner_at_a_time(store):
    """Whoever comes second gets the words of the first; after the release the lease is free."""
    first = store.acquire("mailbox", holder="task 7K2F-9QXD for Anna Ødegård")

    assert store.acquire("mailbox", holder="another") == "task 7K2F-9QXD for Anna Ødegård"
    assert store.held("mailbox") == "task 7K2F-9QXD for Anna Ødegård"
    first.release()
    assert store.held("mailbox") is None
    with store.acquire("mailbox", holder="another") as second:
        assert isinstance(second, Lease)


def test_names_are_apart(store):
    """Leases of different names do not meet."""
    with store.acquire("a", holder="x") as a, store.acquire("b", holder="x") as b:
        assert (a.name, b.name) == ("a", "b")


def test_fencing_numbers_only_grow(store):
    """Each owner's number is higher than every earlier one's, after a release and over all names."""
    numbers = []
    for name in ("a", "b", "a", "a"):
        with store.acquire(name, holder="x") as lease:
            numbers.append(lease.fencing)

    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0


def test_a_lease_lasts_thirty_seconds_and_is_renewed_every_ten(store, redis):
    """The times are those that other processes count on."""
    with store.acquire("m", holder="x") as lease:
        assert 0 < lease.remaining() <= 30
        assert 0 < redis.ttl("omm:lease:m") <= 30
    assert lease_module.RENEWED_EVERY == 10.0
    assert lease.remaining() == 0


def test_it_is_renewed_by_itself(redis):
    """A lease that nobody asks about grows again by itself, here and on the server."""
    with short(redis, length=5) as lease:
        until(lambda: lease.remaining() < 4.98)
        least = (lease.remaining(), redis.pttl("omm:lease:m"))

        until(lambda: lease.remaining() > least[0] and redis.pttl("omm:lease:m") > least[1])


def test_its_thread_ends_with_it(redis):
    """A released lease leaves no thread behind."""
    with short(redis, "thread") as lease:
        assert any(thread.name == "lease thread" and thread.daemon for thread in threading.enumerate())
    lease.release()

    assert not any(thread.name == "lease thread" for thread in threading.enumerate())


def test_cover_asks_only_when_it_must(redis, store):
    """Enough left needs no round trip; too little is extended, beyond the usual length if so asked."""
    with store.acquire("m", holder="x") as lease:
        lease.cover(25)
        assert redis.ttl("omm:lease:m") <= 30
        lease.cover(100)
        assert lease.remaining() >= 100
        assert redis.ttl("omm:lease:m") >= 100
        lease.cover(0)


def test_it_never_counts_on_more_than_the_server_grants(redis):
    """What is left by our reckoning is no more than what the server will wait."""
    with short(redis, length=2) as lease:
        for covered in (1.95, 5):
            lease.cover(covered)
            granted = redis.pttl("omm:lease:m")      # asked first: both run out while we look

            assert lease.remaining() <= granted / 1000 + 0.001


def test_renewing_never_shortens(redis):
    """What was covered for long stays so when the renewal comes by."""
    with short(redis) as lease:
        lease.cover(60)
        covered = lease.remaining()
        until(lambda: lease.remaining() < covered - 0.2)

        assert redis.pttl("omm:lease:m") > 60_000


def test_a_lease_that_others_took_is_lost(redis, server):
    """When it ran out and somebody else has it, the first learns so, extends nothing and deletes nothing."""
    lease = short(redis, every=60)
    redis.delete("omm:lease:m")
    with short(redis, holder="other"):
        with pytest.raises(LeaseLostError):
            lease.cover(10)
        with pytest.raises(LeaseLostError):
            lease.check()
        lease.release()

        assert redis.exists("omm:lease:m")


def test_the_renewal_notices_a_loss(redis):
    """Without being asked, a lost lease soon counts no second more."""
    lease = short(redis, length=30)
    redis.delete("omm:lease:m")

    until(lambda: lease.remaining() == 0)
    with pytest.raises(LeaseLostError):
        lease.check()


def test_a_short_outage_is_survived(redis, server):
    """Redis away for less than the lease changes nothing for its owner."""
    with short(redis, length=3) as lease:
        server.connected = False
        until(lambda: lease.remaining() < 2.7)
        lease.check()
        server.connected = True

        lease.cover(3)
        assert lease.remaining() > 2.9


def test_an_outage_longer_than_the_lease_loses_it(redis, server):
    """Without an answer until its end, nobody may count on the lease."""
    lease = short(redis)
    server.connected = False

    with pytest.raises(LeaseLostError):
        lease.cover(5)
    assert lease.remaining() == 0
    lease.release()


def test_an_error_inside_releases_it(redis):
    """The context manager gives the lease back also when its body fails."""
    with pytest.raises(ZeroDivisionError), short(redis):
        _ = 1 / 0

    assert not redis.exists("omm:lease:m")
