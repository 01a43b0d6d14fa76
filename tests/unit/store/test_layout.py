"""The layout of the store: one of another release is refused by name, before anything is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.store.layout import adopt
from tests.unit.store.accounts import request_of


def test_an_empty_store_is_ours_from_then_on(redis) -> None:
    """It is opened again without a word."""
    for _ in range(2):
        adopt(redis, directory=None, patience=0)

    assert redis.get("omm:layout") in (b"1", "1")


def test_a_store_that_was_used_without_a_door_is_ours(redis, store) -> None:
    """A record that this release has made says so too."""
    store.create(request_of())

    adopt(redis, directory=None, patience=0)


@pytest.mark.parametrize("key", ["omm:tasks", "omm:orders", "omm:outbox", "omm:secrets"])
def test_a_store_of_before_the_versions_is_refused_by_name(redis, key: str) -> None:
    """Its owner reads which store it is and what to do; nothing in it has changed, whatever it holds."""
    redis.zadd(key, {"7K2F-9QXD": 1})

    with pytest.raises(InputError, match=r"The store in /var/omm was written by a release of OMM from before"):
        adopt(redis, directory=Path("/var/omm"), patience=0)
    assert redis.keys() in ([key.encode()], [key])


def test_a_store_of_another_layout_is_refused_by_name(redis) -> None:
    """Another release has made it over: this one keeps its hands off."""
    redis.set("omm:layout", 2)

    with pytest.raises(InputError, match=r"OMM_REDIS_URL names has layout 2, and this release of OMM reads layout 1"):
        adopt(redis, directory=None, patience=0)
