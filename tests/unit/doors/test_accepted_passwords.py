"""What one door has learned about a password holds for every other door."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest
from cryptography.fernet import Fernet

import wiring
from engine.migration.account import parse_account
from engine.store.sign_ins import ALLOWED
from wiring import opening


def test_doors_know_a_password_that_another_has_seen_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The checker's sign-in counts for the worker: with the same keys, both know the password again."""
    redis, account = fakeredis.FakeRedis(), parse_account("imaps://ann@imap.example.org")
    monkeypatch.setattr(opening, "_reached", lambda *_: redis)
    chosen = wiring.settings({
        "HOME": str(tmp_path), "OMM_REDIS_URL": "redis://127.0.0.1:9",
        "OMM_SECRET_KEYS": Fernet.generate_key().decode(),
    })
    with wiring.doors(chosen) as checker:
        checker.engine.sign_ins.accepted(account, "the right one")
        checker.engine.sign_ins.refused(account, "a guess", times=ALLOWED)

    with wiring.doors(chosen) as worker:
        assert worker.engine.sign_ins.before(account, "the right one") > 0
