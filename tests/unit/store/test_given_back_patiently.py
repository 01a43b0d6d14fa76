"""Giving back while Google does not answer, or wants to be left alone: one look asks it once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest
from cryptography.fernet import Fernet

from engine.connectors.google.access.grants import KeptAccess, Way, granting_account
from engine.errors import Cause, RetryableError
from engine.migration.giving_back import give_back
from engine.store.keys import secret_keys
from engine.store.vault import Secret, Vault


@dataclass
class Away:
    """Google, which does not answer."""

    error: RetryableError
    asked: int = 0

    def account(self, secret: str) -> str:
        return granting_account(secret)

    def give_back(self, _secret: Secret) -> None:
        self.asked += 1
        raise self.error


def engine_with(directory: Path, google: Away, grants: int) -> Any:
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, directory)
    vault = Vault(fakeredis.FakeRedis(), keys=keys, goes_back=granting_account)
    for number in range(grants):
        vault.let_go(KeptAccess(Way.GRANT, f"a{number}@gmail.com", client="1-x", refresh=f"1//{number}").secret)
    return cast("Any", SimpleNamespace(vault=vault, returning=google))


@pytest.mark.parametrize(("error", "asked"), [
    (RetryableError("oauth2.googleapis.com cannot be reached.", cause=Cause.UNREACHABLE), 2),
    (RetryableError("oauth2.googleapis.com is busy (status 429).", back_off=3600.0), 1),
], ids=["away", "busy"])
def test_a_google_that_does_not_answer_is_tried_once_in_a_look(
    tmp_path: Path, error: RetryableError, asked: int
) -> None:
    """Each try takes up to half a minute, and the end of a command waits for it.

    The next look tries it again, unless Google has said for how long it wants to be left alone (RFC 9110 §10.2.3).
    """
    google = Away(error)
    engine = engine_with(tmp_path, google, 6)

    assert [give_back(engine), give_back(engine)] == [6, 6]
    assert google.asked == asked
