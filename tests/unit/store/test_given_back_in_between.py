"""A program that looks after the store while another one lets a grant go."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest
from cryptography.fernet import Fernet

from engine.connectors.google.access.grants import KeptAccess, Way, granting_account
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.store.keys import secret_keys
from engine.store.vault import Secret, Vault

TASK = "7K2F-9QXD"


def grant(address: str) -> Secret:
    return KeptAccess(Way.GRANT, address, client="1-x", refresh=f"1//{address}").secret


@pytest.mark.parametrize("how", ["dropped", "over", "replaced"])
def test_a_look_between_letting_go_and_removing_loses_nothing(tmp_path: Path, how: str) -> None:
    """Whoever looks then finds the grant twice, as kept and as leaving, and it goes back all the same: once."""
    redis, back, looks = fakeredis.FakeRedis(), [], [True]
    vault = Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path),
                  goes_back=granting_account)
    engine = cast("Any", SimpleNamespace(
        vault=vault, returning=SimpleNamespace(account=granting_account, give_back=back.append)
    ))

    class Looked(Vault):
        """Another program looks as soon as this one has let go."""

        def let_go(self, secret: str, task_id: str = "") -> None:
            super().let_go(secret, task_id)
            if looks.pop() if looks else False:
                give_back(engine)

    ours = Looked(redis, keys=vault._keys, goes_back=granting_account)
    ours.put(TASK, Side.SOURCE, grant("ann@gmail.com"))
    if how == "replaced":
        ours.put(TASK, Side.SOURCE, "abcdefghijklmnop")
    elif how == "dropped":
        ours.drop(TASK)
    else:
        ours.expire(TASK, Side.SOURCE, ours._clock())
        looks.clear()
        ours.purge(ours._clock())
    give_back(engine)

    assert back == [grant("ann@gmail.com")]
