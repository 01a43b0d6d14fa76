from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from redis import Redis

from engine.store.keys import SecretKeys, secret_keys
from engine.store.patience import connect
from engine.store.valkey import open_server
from tests.recovery.store.doors import Door, pid, until


@pytest.fixture
def door(state_dir) -> Iterator[Callable[..., Door]]:
    """Opens doors to the state directory in processes of their own."""
    doors: list[Door] = []

    def open_door(*arguments, **keywords) -> Door:
        doors.append(Door(state_dir, *arguments, **keywords))
        return doors[-1]

    yield open_door
    for each in doors:
        each.close()


@pytest.fixture
def state_dir(request) -> Iterator[Path]:
    """A state directory that nobody has made yet, by a short path; what runs over it at the end is ended."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base:
        directory = Path(base).resolve() / getattr(request, "param", "state of 'änna'")
        yield directory
        if (running := pid(directory)) is not None:
            os.kill(running, signal.SIGKILL)
            until(lambda: pid(directory) is None)


@pytest.fixture
def url(state_dir) -> Iterator[str]:
    """A server over the state directory, this process its door."""
    with open_server(state_dir) as address:
        yield address


@pytest.fixture
def redis(url) -> Iterator[Redis]:
    with connect(url) as client:
        yield client


@pytest.fixture
def keys(tmp_path) -> SecretKeys:
    return secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)
